import { beforeAll, describe, expect, test } from "vitest";
import type { CheckResult } from "../checks/check.js";
import { checks } from "../checks/index.js";
import { openDataset } from "../dataset/open.js";
import { compareFiles } from "../dataset/verify-files.js";
import { observe } from "../join/observe.js";
import { rollUp } from "../join/roll-up.js";
import { metrics } from "../metrics/index.js";
import { tables } from "../tables/index.js";
import { type NodegroupWindow, nodegroupWindow } from "../tables/nodegroup-window.js";
import { copyOf, datasetOf, readManifest } from "../testing/dataset.js";
import { smallWorld } from "../testing/small-world.js";
import { applyFaults } from "./apply.js";
import type { Fault } from "./fault.js";
import { faults } from "./index.js";
import { notShown } from "./not-shown.js";

/** All that a reader makes of a dataset: what its checks say, the joined table by the hour, and every metric. */
interface Read {
  readonly checks: ReadonlyMap<string, CheckResult>;
  readonly windows: readonly NodegroupWindow[];
  readonly metrics: ReadonlyMap<string, readonly (number | undefined)[]>;
}

async function read(folder: string): Promise<Read> {
  const dataset = await openDataset(folder, { threads: 1 });
  try {
    // Held in memory, so little is read faster by so many queries.
    for (const { name } of tables) await dataset.run(`CREATE TEMP TABLE ${name} AS FROM main.${name}`);
    const found = new Map<string, CheckResult>();
    for (const check of checks) found.set(check.name, await check.run(dataset));
    const windows = rollUp(await observe(dataset), 3600);
    return { checks: found, windows, metrics: new Map(metrics.map((m) => [m.name, m.measure(windows)])) };
  } finally {
    dataset.close();
  }
}

const withFault = async ({ name }: Fault) => {
  const folder = await copyOf(clean.folder);
  await applyFaults(folder, [name], () => "test");
  return folder;
};

/** How far a metric moved at most, as a share of its severe anchor; infinitely, where a value came or went. */
function moved(before: Read, after: Read, { name, anchors }: (typeof metrics)[number]): number {
  const [were, are] = [before.metrics.get(name)!, after.metrics.get(name)!];
  return Math.max(
    ...were.map((was, i) => {
      const is = are[i];
      if (was === undefined || is === undefined) return was === is ? 0 : Number.POSITIVE_INFINITY;
      return Math.abs(is - was) / anchors.severe;
    }),
  );
}

let clean: Read & { readonly folder: string };
/** A check says where something is wrong: in which table or source, on which node, in which nodegroup or queue. */
const place = new RegExp(
  [
    ...tables.map(({ name }) => name).filter((name) => name !== "up"),
    "dcgm-exporter|kube-state-metrics|ip-10-|\\b[ab] (is|in) |ClusterQueue \\w|\\((train|try|serve)\\)",
  ].join("|"),
);

beforeAll(async () => {
  const folder = await datasetOf(smallWorld());
  clean = { folder, ...(await read(folder)) };
}, 60_000);

describe("the world that faults strike", () => {
  test("passes every check, and gives every metric something to say", () => {
    expect([...clean.checks].filter(([, { ok, count }]) => !ok || count > 0)).toEqual([]);
    for (const { name } of metrics)
      expect([name, clean.metrics.get(name)!.some((value) => value)]).toEqual([name, true]);
  });
});

describe.concurrent("with the fault", () => {
  test.each(faults.map((fault) => [fault.name, fault] as const))(
    "%s, files agree with the manifest, exactly its checks speak, and no metric moves unsaid",
    async (_, fault) => {
      const folder = await withFault(fault);
      const [before, manifest] = [await readManifest(clean.folder), await readManifest(folder)];
      expect(manifest.digest).not.toBe(before.digest);
      expect(manifest.faults).toEqual([fault.name]);
      expect(await compareFiles(folder, manifest)).toEqual([]);

      const broken = await read(folder);
      const failed = [...broken.checks].filter(([, { ok }]) => !ok);
      const noted = [...broken.checks].filter(([, { ok, count }]) => ok && count > 0);
      expect(failed.map(([name]) => name).sort()).toEqual([...fault.fails].sort());
      expect(noted.map(([name]) => name).sort()).toEqual([...fault.notes].sort());
      for (const [name, { count, found }] of failed) {
        expect([name, count > 0]).toEqual([name, true]);
        expect(found).toMatch(place);
      }

      const moves = metrics.map((metric) => [metric.name, moved(clean, broken, metric)] as const);
      if (fault.join === "reports") {
        const sum = (windows: Read["windows"], column: "gpus_capacity" | "gpus_absent") =>
          windows.reduce((all, window) => all + window[column]!, 0);
        expect(sum(broken.windows, "gpus_capacity")).toBeLessThan(sum(clean.windows, "gpus_capacity"));
        expect(sum(broken.windows, "gpus_absent")).toBe(sum(clean.windows, "gpus_absent"));
      } else if (fault.join === "repairs" || fault.fails.length === 0) {
        const { band = 0 } = fault;
        expect(moves.filter(([, far]) => far > band)).toEqual([]);
      }
    },
  );
});

describe("faults", () => {
  test("have names of their own, in lower case with dashes", () => {
    expect(new Set(faults.map(({ name }) => name)).size).toBe(faults.length);
    for (const { name } of faults) expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
  });

  test("name checks, metrics and columns that there are", () => {
    const figures = [...metrics.map(({ name }) => name), ...Object.keys(nodegroupWindow.columns)];
    for (const { name, fails, notes, spoils, rulesDiffer } of faults) {
      expect([name, [...fails, ...notes].filter((check) => !checks.some((one) => one.name === check))]).toEqual([
        name,
        [],
      ]);
      const named = [...spoils, ...Object.keys(rulesDiffer?.figures ?? {})];
      expect([name, named.filter((figure) => !figures.includes(figure))]).toEqual([name, []]);
      expect([name, spoils.length > 0]).toEqual([name, true]);
    }
  });

  test("are either repaired, or said by a check that fails or takes note", () => {
    for (const { name, join, fails, notes } of faults) {
      if (join === "refuses") expect([name, fails.length > 0]).toEqual([name, true]);
      if (join === "excludes" || join === "reports")
        expect([name, fails.length + notes.length > 0]).toEqual([name, true]);
    }
  });

  test("show every failure mode of the list, but for those of which is said why a dataset cannot", () => {
    const shown = new Set(faults.flatMap(({ shows }) => shows));
    const excused = notShown.map(({ mode }) => mode);
    const all = Array.from({ length: 40 }, (_, i) => `F${String(i + 1).padStart(2, "0")}`);
    expect([...shown, ...excused].sort()).toEqual(all);
  });
});
