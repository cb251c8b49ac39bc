import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { packageRoot } from "../notebook/root.js";
import { scenarios } from "../scenario/index.js";

test("docs/scenarios.md lists every scenario with what is injected into it, in the order of the list", async () => {
  const text = await readFile(join(packageRoot, "docs", "scenarios.md"), "utf8");
  const rows = [...text.matchAll(/^\| \[([\w-]+)\]\(\.\.\/src\/scenario\/([\w-]+)\.ts\) \| ([^|]*) \|/gm)];
  const injectedText = ({ injected = [] }: (typeof scenarios)[number]) =>
    injected.map(({ cause, nodegroup }) => `${cause} at ${nodegroup}`).join(", ") || "nothing";
  expect(rows.map(([, name, file, injected]) => [name, file, injected])).toEqual(
    scenarios.map((scenario) => [scenario.name, scenario.name, injectedText(scenario)]),
  );
});
