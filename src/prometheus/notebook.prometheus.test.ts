import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { compare } from "../notebook/fresh.js";
import { stringify } from "../notebook/notebook.js";
import type * as running from "../notebook/run.js";
import { notebookFolder, notebooksOf } from "../notebook/run.js";
import { compiled } from "../testing/compiled.js";
import { datasetOf, tempFolder } from "../testing/dataset.js";
import { dataOf, type PrometheusServer, startPrometheus } from "../testing/prometheus-server.js";
import { SMALL_FLEET_SEED, smallFleet } from "../testing/small-fleet.js";
import { exportOpenMetrics } from "./export.js";

// The notebook that begins at a server's address, as committed: run on a real Prometheus.

let server: PrometheusServer;
beforeAll(async () => {
  const file = join(await tempFolder(), "day.om");
  await exportOpenMetrics(await datasetOf(smallFleet(), SMALL_FLEET_SEED), file);
  server = await startPrometheus(await dataOf(file), { lookbackSeconds: 55 });
}, 300_000);
afterAll(() => server.stop());

test("is what its source and a server make: EVENKEEL_WRITE=1 writes it, where the change is meant", async () => {
  const { runNotebooks } = await compiled<typeof running>("notebook/run.js");
  const names = await notebooksOf("server");
  expect(names).toEqual(["07-your-cluster"]);
  process.env["EVENKEEL_PROMETHEUS_URL"] = server.url;
  for (const name of names) {
    process.env["EVENKEEL_PULL_TO"] = join(await tempFolder(), "your-cluster");
    const [execution] = await runNotebooks([{ name, figures: "png" }]);
    if (!execution!.ok) throw new Error(execution!.failure.message);
    const text = stringify(execution!.notebook);
    const file = join(notebookFolder, `${name}.ipynb`);
    if (process.env["EVENKEEL_WRITE"]) await writeFile(file, text);
    expect(compare(await readFile(file, "utf8"), text, file)).toEqual([]);
    expect(text).not.toContain(server.url);
  }
});
