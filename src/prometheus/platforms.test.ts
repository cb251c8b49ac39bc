import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { packageRoot } from "../notebook/root.js";
import { NODEGROUP_KEYS, NODEGROUP_LABELS } from "./platforms.js";

test("every label that is known to name a nodegroup stands in the label contract, as key and as column", () => {
  const rows = readFileSync(join(packageRoot, "docs", "label-contract.md"), "utf8").split("\n");
  for (const [i, key] of NODEGROUP_KEYS.entries())
    expect(rows.filter((row) => row.includes(`| \`${key}\` | \`${NODEGROUP_LABELS[i]}\` |`))).toHaveLength(1);
});
