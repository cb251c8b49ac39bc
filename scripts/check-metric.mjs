// npm run check:metric: walks the way of CONTRIBUTING.md's "Propose a metric" in a copy of the repository. A toy metric
// added in four places (RFC, metric, test, one line in the registry) must show up in the data dictionary, the figure of
// all metrics, the leaderboard and the RFC's measured effect. Exit code 1: it does not.
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const copy = mkdtempSync(join(tmpdir(), "evenkeel-metric-"));
const inCopy = (...path) => join(copy, ...path);
process.on("exit", () => rmSync(copy, { recursive: true, force: true }));
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(1));

function run(what, command, ...args) {
  console.log(`- ${what}`);
  const { status, stdout, stderr } = spawnSync(process.execPath, [command, ...args], { cwd: copy, encoding: "utf8" });
  if (status === 0) return stdout;
  console.error(`check:metric: ${what} failed (exit code ${status})\n${stdout}\n${stderr}`);
  process.exit(1);
}

function expect(ok, what) {
  console.log(`  ${ok ? "ok" : "WRONG"}: ${what}`);
  if (!ok) process.exitCode = 1;
}

for (const entry of readdirSync(root))
  if (!["node_modules", "dist", "report", "data", ".git"].includes(entry))
    cpSync(join(root, entry), inCopy(entry), { recursive: true });
for (const entry of ["expected", "score", "what-if"])
  cpSync(join(root, "data", entry), inCopy("data", entry), { recursive: true });
symlinkSync(join(root, "node_modules"), inCopy("node_modules"), "junction");

// 1. The RFC.
const numbers = readdirSync(inCopy("rfcs")).flatMap((file) => /^(\d{4})-/.exec(file)?.[1] ?? []);
const number = String(Math.max(...numbers.map(Number)) + 1).padStart(4, "0");
const rfc = inCopy("rfcs", `${number}-free-share.md`);
const template = readFileSync(inCopy("rfcs", "0000-template.md"), "utf8");
writeFileSync(rfc, template.replace("NNNN", number).replace(/^(\| name, .* \|) \|$/m, "$1 `free_share` |"));
// 2. The metric.
writeFileSync(
  inCopy("src", "metrics", "free-share.ts"),
  `import { metric, ratio } from "./metric.js";

export const freeShare = metric({
  name: "free_share",
  title: "Free share",
  kind: "imbalance",
  unit: "ratio",
  worse: "higher",
  anchors: { concern: 0.3, severe: 0.6 },
  definition: "The share of the healthy capacity that is free: a toy, to walk the way of a proposal.",
  formula: "free / capacity",
  undefinedWhen: "kube-state-metrics was silent, or there was no healthy GPU",
  kueueSeries: [],
  sensitiveTo: "Slack.",
  failureModes: "It does not see what waits.",
  falsePositives: "Headroom.",
  action: "None.",
  rfc: "${number}",
  columns: ["gpus_free", "gpus_capacity"],
  promql: "gpus_free / (gpus_capacity > 0)",
  value: ({ gpus_free, gpus_capacity }) => ratio(gpus_free, gpus_capacity),
});
`,
);
// 3. Its test.
writeFileSync(
  inCopy("src", "metrics", "free-share.test.ts"),
  `import { expect, test } from "vitest";
import type { NodegroupWindow } from "../tables/nodegroup-window.js";
import { freeShare } from "./free-share.js";

test("free_share is what is free of the healthy capacity", () => {
  const rows = [{ gpus_free: 12, gpus_capacity: 48 }, { gpus_free: 0, gpus_capacity: 0 }] as NodegroupWindow[];
  expect(freeShare.measure(rows)).toEqual([0.25, undefined]);
});
`,
);
// 4. One line in the registry, and its import.
const registry = inCopy("src", "metrics", "index.ts");
writeFileSync(
  registry,
  `import { freeShare } from "./free-share.js";\n${readFileSync(registry, "utf8").replace("\n];", "\n  freeShare,\n];")}`,
);

run("it compiles", "node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json");
run("its test passes", "node_modules/vitest/vitest.mjs", "run", "src/metrics");
run("the documents are written", "scripts/docs.mjs");
expect(readFileSync(inCopy("DATA_DICTIONARY.md"), "utf8").includes("### free_share"), "it is in the data dictionary");

const evenkeel = (what, ...args) => run(what, "scripts/evenkeel.mjs", ...args);
evenkeel("a dataset is generated", "generate", "--scenario", "balanced", "--days", "1", "--out", "data/toy");
writeFileSync(
  inCopy("figure.mjs"),
  `import { analyse, metricsAgree, open } from "./dist/index.js";
const dataset = await open("data/toy");
console.log(metricsAgree(await analyse(dataset)).svg);
dataset.close();
`,
);
expect(
  run("the figure of all metrics is drawn", "figure.mjs").includes("Free share"),
  "it is in the figure of all metrics",
);

const scenarios = ["--scenario", "fragmentation", "--seeds", "2", "--random", "0"];
const board = evenkeel("it is scored", "score", "--metric", "free_share", "imbalance", ...scenarios, "--out", "board");
expect(/^free_share /m.test(board), "it is on the leaderboard");
const effect = evenkeel("its effect is measured", "rfc", number, "--board", "board");
expect(effect.includes("Measured: `free_share` against `imbalance`"), "its effect is measured against the default");
expect(readFileSync(rfc, "utf8").includes("| fragmentation | "), "its RFC says what it finds in a scenario");
