import { MATERIAL_GPU_HOURS, MATERIAL_SHARE } from "../plan/actions.js";
import { MONTH_HOURS } from "../plan/capacity.js";
import { LEVEL, whatIfRow } from "../trial/rows.js";
import { dollars, number, percent, range } from "../units/format.js";
import { formOf } from "../whatif/actions/action.js";
import { actionKinds } from "../whatif/actions/index.js";
import { ADVICE, adviceRows } from "../whatif/advice-rows.js";
import { FIRST_SEEDS, PAIRED } from "../whatif/advise.js";
import { measures, queueMeasures } from "../whatif/compare.js";
import { mdTable } from "./md-table.js";

/** docs/what-if.md: trying an action before paying for it. */
export function whatIfDocument(): string {
  return [
    "# What if",
    "What would an action change? `evenkeel whatif` tries it: the same arrivals, the same failures, one thing changed. This page is made from [src/whatif](../src/whatif/whatif.ts) by `npm run docs`.",
    [
      "- [Try one](#try-one)",
      "- [Actions](#actions)",
      "- [What is compared](#what-is-compared)",
      "- [Have it search](#have-it-search)",
      "- [What it cannot tell](#what-it-cannot-tell)",
    ].join("\n"),
    "## Try one",
    '```\nnpx evenkeel whatif --scenario demand-constrained --seed 42 --seeds 10 \\\n  --action "add-nodes h100-training 2" --action "strategy research-h100 BestEffortFIFO"\n```',
    `simulates the scenario as it is, with each action, and with all of them together, with each of ten seeds, in a process a processor. Without and with an action a seed brings the same arrivals, sizes, durations and failures (common random numbers), so that what differs is what the action does, and few seeds show it. Differences are taken seed by seed, with a ${LEVEL * 100} % interval of Student's t over the seeds; where it spans zero, no difference is shown. Queues for which something is shown to differ are listed as who gains and who loses.`,
    "An action holds from the start of the warm-up, so that what is measured is the cluster after it has settled; nodes that come with a delay come so long after telemetry starts. Every finished simulation is kept, by scenario, seed and code, in `data/finished`: after Ctrl-C the same command goes on from there, and an action tried again costs nothing. The folder may be deleted at any time. `--json FILE` and `--csv FILE` write all rows; the JSON has every simulation's outcome too.",
    "With `--pairs`, each two together are tried as well. `--notebook FILE` writes what [notebook 08](../notebooks/08-what-if.ipynb) shows, rounded so that it is the same on any machine, with the command that makes it; `npx evenkeel notebooks 08-what-if --what-if FILE --out DIR` shows yours, and `npx evenkeel whatif --scenario SCENARIO --check FILE` does one seed of it again. [data/what-if](../data/README.md) has one of `quota-and-capacity`, made by `npm run what-if`.",
    "## Actions",
    "`npx evenkeel whatif --list` lists them, in the order in which those that are taken together are applied, however they are written. Two that change the same setting contradict each other and are refused, and so is one that would make the scenario invalid.",
    mdTable(
      ["written", "does", "for instance"],
      actionKinds.map((kind) => [`\`${formOf(kind)}\``, kind.does, `\`${kind.example}\``]),
    ),
    "Allowed in their places:",
    mdTable(["place", "allowed"], places()),
    `Money is at the list price of the nodegroup, ${MONTH_HOURS} hours a month. Nodes that are bought at a committed price are paid for until the commitment ends; committed nodes that are given back save nothing before, and are told as reusable. All other actions cost nothing.`,
    "## What is compared",
    "All of it while telemetry would last, as the simulator's truth knows it. Less of any of it is better.",
    measureTable(),
    "A row of the CSV:",
    mdTable(
      ["column", "is"],
      Object.entries(whatIfRow.shape).map(([name, type]) => [`\`${name}\``, type.description ?? ""]),
    ),
    "## Have it search",
    "```\nnpx evenkeel advise --scenario fragmentation --budget 30000/month --pairs\nnpx evenkeel advise --scenario fragmentation --free-only\n```",
    [
      `1. Doing nothing is simulated with every seed. What waited is told by ClusterQueue, nodegroups and cause; behind a gate counts what is material as in the capacity plan (${MATERIAL_GPU_HOURS} GPU-hours, and ${percent(MATERIAL_SHARE)} of what the nodegroups could do). Where there is no such gate, nothing is worth doing, and it says so.`,
      "2. Each gate brings up the actions that could open it: lending, borrowing and quota against *quota*; packing against *fragmentation*; another queueing strategy against *head-of-line*; further flavors against *flavor*; nodes that are away against *unavailable*; order, reaping, moving, shifting and buying against *capacity*. An action against a cause of which nothing waits is not tried, nor one beyond the budget.",
      `3. All of them are tried on ${FIRST_SEEDS} seeds. Those of which it is not clear yet whether they help, or which of them is best, are tried on twice as many, and so on up to \`--seeds\`: simulations go where they decide.`,
      `4. With \`--pairs\`, two together of the ${PAIRED} best, where they do not contradict each other. A pair has to remove ${MATERIAL_GPU_HOURS} GPU-hours more than the better of its two alone.`,
      "5. What is shown to help is ranked: what is free first, by the GPU-hours that it removes; then by what a dollar a month removes. The front lists what no other beats both in dollars and in the p95 wait of a GPU, over the seeds that all were tried on.",
    ].join("\n"),
    `What it says of the [named scenarios](scenarios.md), with ${dollars(ADVICE.budgetUsdPerMonth)} a month and up to ${ADVICE.seeds.length} seeds of a week each: GPU-hours that are removed, with their interval. \`npm run advice\` makes it, into [data/what-if/advice.json](../data/what-if/advice.json); \`npm run check:advice\` does a scenario again.`,
    mdTable(
      [
        "scenario",
        "out of balance on purpose",
        "what waits, GPU-hours a week, because of",
        "best that is free",
        "best that costs",
      ],
      adviceRows().map((row) => [
        row.scenario,
        row.injected.join(", "),
        `${number(row.unmetGpuHours)}${row.causes.length > 0 ? `: ${row.causes.join(", ")}` : ": nowhere enough to act"}`,
        row.free ? `${actionsText(row.free.actions)}: ${removedText(row.free)}` : "nothing",
        row.paid
          ? `${actionsText(row.paid.actions)} at ${dollars(row.paid.usdPerMonth)} a month: ${removedText(row.paid)}`
          : "nothing",
      ]),
    ),
    "Among equals the search is greedy: an action that helps only together with one that does nothing by itself is not found. The intervals are of single comparisons; of twenty options that do nothing, one may be shown to help by chance, and since each is looked at again with more seeds, somewhat more than one.",
    "## What it cannot tell",
    [
      "- People answer a change: shorter queues draw more work, and a queue that loses submits elsewhere. Demand stays as it was here.",
      "- Quota does not change in time: that of nodes that come with a delay is there from the start of the warm-up, so that until they come more is admitted than has nodes, and may be evicted where a PodsReady timeout is set. A delay that is long beside the days looks worse than it would be.",
      "- Nothing grows by itself: `autoscaling` in a scenario bounds what an action may add, and no more.",
      "- Moving pods that run to make room (a descheduler) is not tried; `placement` says where pods go when they start.",
      "- `cap` takes work away. What is not submitted does not wait, which looks like a gain and is a loss to who would have submitted it.",
      "- An interval is over seeds of one scenario. It says how far chance moves the difference, not how far the scenario is from your cluster.",
    ].join("\n"),
  ]
    .join("\n\n")
    .concat("\n");
}

const actionsText = (actions: readonly string[]) => actions.map((action) => `\`${action}\``).join(" with ");

const removedText = ({
  removed,
  lower,
  upper,
}: {
  readonly removed: number;
  readonly lower: number;
  readonly upper: number;
}) => `${number(removed)} (${range(lower, upper)})`;

/** What is compared. */
export const measureTable = (): string =>
  mdTable(
    ["measure", "unit", "of", "is"],
    [
      ...measures.map(({ name, unit, doc }) => [`\`${name}\``, unit, "cluster", doc]),
      ...queueMeasures.map(({ name, unit, doc }) => [`\`${name}\``, unit, "each LocalQueue", doc]),
    ],
  );

/** What is allowed at each place of an action, those of one name and meaning once. */
function places(): string[][] {
  const found = new Map<string, string[]>();
  for (const { args, options } of actionKinds) {
    for (const [place, { allowed }] of Object.entries({ ...args, ...options }))
      found.set(`${place}/${allowed}`, [`\`${place}\``, allowed]);
  }
  return [...found.values()];
}
