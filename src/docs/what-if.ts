import { type ActionRow, MATERIAL_GPU_HOURS, MATERIAL_SHARE } from "../plan/actions.js";
import { MONTH_HOURS } from "../plan/capacity.js";
import { LEVEL, whatIfRow } from "../trial/rows.js";
import { BANDS } from "../twin/report.js";
import { LEAST_SHARE, ROUND_TRIP, roundTripRows, WAIT_BAND } from "../twin/round-trip.js";
import { dollars, duration, number, percent, range } from "../units/format.js";
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
      "- [Try a capacity plan](#try-a-capacity-plan)",
      "- [From a real cluster](#from-a-real-cluster)",
      "- [What it cannot tell](#what-it-cannot-tell)",
    ].join("\n"),
    "## Try one",
    '```\nnpx evenkeel whatif --scenario demand-constrained --seed 42 --seeds 10 \\\n  --action "add-nodes h100-training 2" --action "strategy research-h100 BestEffortFIFO"\n```',
    `simulates the scenario as it is, with each action, and with all of them together, with each of ten seeds, in a process a processor. Without and with an action a seed brings the same arrivals, sizes, durations and failures (common random numbers), so that what differs is what the action does, and few seeds show it. Differences are taken seed by seed, with a ${LEVEL * 100} % interval of Student's t over the seeds; where it spans zero, no difference is shown. Queues for which something is shown to differ are listed as who gains and who loses.`,
    'An `--action "A + B"` is several that are only tried together, as where one opens only with the other: `--action "cohort training-h100 a100 + borrow training-h100 8"`. Alone, the second is refused. Beside `--action "A"` it shows what B adds; what would change one setting twice is not tried all together then.',
    "An action holds from the start of the warm-up, so that what is measured is the cluster after it has settled; nodes that come with a delay come so long after telemetry starts. Every finished simulation is kept, by scenario, seed and code, in `data/finished`: after Ctrl-C the same command goes on from there, and an action tried again costs nothing. The folder may be deleted at any time. `--json FILE` and `--csv FILE` write all rows; the JSON has every simulation's outcome too.",
    "With `--pairs`, each two together are tried as well. `--notebook FILE` writes what [notebook 08](../notebooks/08-what-if.ipynb) shows, rounded so that it is the same on any machine, with the command that makes it; `npx evenkeel notebooks 08-what-if --what-if FILE --out DIR` shows yours, and `npx evenkeel whatif --scenario SCENARIO --check FILE` does one seed of it again. [data/what-if](../data/README.md) has one of `quota-and-capacity`, made by `npm run what-if`.",
    "## Actions",
    "`npx evenkeel whatif --list` lists them, in the order in which those that are taken together are applied, however they are written. Two that change the same setting contradict each other and are refused; so is one that would make the scenario invalid, also before those that are applied after it, one that changes nothing, and a delay or grace beyond the days that are simulated.",
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
      "2. Each gate brings up the actions that could open it: lending, borrowing and quota against *quota*; packing and repacking against *fragmentation*; another queueing strategy against *head-of-line*; further flavors against *flavor*; nodes that are away against *unavailable*; order, reaping, moving, shifting and buying against *capacity*. An action against a cause of which nothing waits is not tried, nor one beyond the budget.",
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
    "How much quota to give is not searched: `quota` and `retarget` are tried with all of a flavor's GPUs where the queue cannot borrow. With less, which `whatif` tries, as in notebook 08, a further flavor may remove more: others keep theirs.",
    "Among equals the search is greedy: an action that helps only together with one that does nothing by itself is not found, but for joining a cohort whose member lends nothing with having it lend. The intervals are of single comparisons; of twenty options that do nothing, one may be shown to help by chance, and since each is looked at again with more seeds, somewhat more than one.",
    "## Try a capacity plan",
    "```\nnpx evenkeel plan data/demand-constrained-42 --target 1h --seeds 10\nnpx evenkeel plan data/mine --scenario mine.yaml\n```",
    "makes the capacity plan of a dataset from its telemetry, as notebook 05 does, and simulates it: the scenario that the dataset was made from, first with the dataset's own seed, then with those after it. With `--scenario` it is that scenario, with seeds from 1 on: so a plan of a real cluster can be tried on its [twin](#from-a-real-cluster). What is found goes into the dataset's folder as `simulated-plan.json`, from where notebook 05 shows it beside what the plan promises; it is shown only beside the data that it was made of. `npm run plans` does it for every named scenario with seed 42, into [data/what-if/plans.json](../data/what-if/plans.json), which is found by the dataset's digest; `npm run check:plans` does one again.",
    [
      "- **Waits.** For each nodegroup that has an estimate, the scenario is simulated with as many nodes as its plan has, all others as they are. Whose waits count is settled by the simulation as it is: workloads created while telemetry lasts that first ran on the nodegroup, and those that still had no nodes at the end where it is the first that could have run them. The same workloads are followed to wherever they run then; the p95 is of their wait from creation to first nodes, over the GPUs asked for, as the plan's target is.",
      "- **What differs from the replay.** The replay packs pods, knows no quota, no cohort, no priorities and no failures, starts no job later for its order in another queue, and keeps the nodegroup's work on the nodegroup. It counts the waits of later attempts, too. The simulator has all of that in the way, and moves work where flavors let it. Where a nodegroup keeps its nodes, the promise is about what free actions would give, not about today.",
      "- **Actions.** What each removes is of the whole cluster: GPU-hours that waited without it less those that wait with it, so that who loses by it counts against it. `gpu_hours_behind` is what waited behind a gate, and no promise of that.",
    ].join("\n"),
    "What an action of the plan is here; its column `what_if` has the words. Which it is follows from telemetry and contract alone.",
    mdTable(["action of the plan", "is tried as"], Object.entries(triedAs)),
    "How far promises are off is on the score board, in [notebook 06](../notebooks/06-which-metric.ipynb).",
    "## From a real cluster",
    "```\nnpx evenkeel twin data/mine --out mine.yaml\nnpx evenkeel advise --scenario mine.yaml --budget 20000/month\nnpx evenkeel plan data/mine --scenario mine.yaml\n```",
    "`twin` fits a scenario to a dataset, pulled or generated, from its telemetry and contract alone; it is a file like any other, to read and to correct. Then it generates the twin's telemetry with a few seeds and holds that against the dataset. What it could not know it says, and writes at the head of the file.",
    mdTable(["of the scenario", "from"], Object.entries(twinFrom)),
    `Quantiles are compared by the code that reads any dataset: of waits from creation to nodes by LocalQueue, with what still waits counted as waiting longer; of GPUs held, hour by hour, by nodegroup; of GPUs pending, hour by hour, by ClusterQueue. The dataset's agrees where it lies within the twin's range from seed to seed, or the twin's mean is off by no more than ${duration(BANDS.wait.within)} or ${percent(BANDS.wait.share)} of the dataset's value for waits, ${BANDS.held.within} GPUs or ${percent(BANDS.held.share)} for what is held, ${BANDS.backlog.within} GPUs or ${percent(BANDS.backlog.share)} for what is pending. \`--csv FILE\` writes all of it; [the dictionary](../DATA_DICTIONARY.md#twin) has its columns.`,
    `How well that works: a week of every named scenario and of ${roundTripRows().length - adviceRows().length} random worlds that were not looked at while it was written is generated, a twin fitted, and both asked the same. A queue's p95 wait agrees where the twin's mean over ${ROUND_TRIP.seeds.length} seeds is no more than ${WAIT_BAND.factor} times and ${WAIT_BAND.minutes} minutes beyond the range of the world's own seeds. The best free action agrees where neither has one, or that of the twin removes in the world at least ${percent(LEAST_SHARE)} of what the world's best does. \`npm run twins\` makes the table, into [data/what-if/twins.json](../data/what-if/twins.json); \`npm run check:twins\` does a world again.`,
    mdTable(
      ["world", "queues whose p95 wait agrees", "best free action", "of its twin", "agrees"],
      roundTripRows().map(({ scenario, queues, best }) => [
        scenario,
        `${queues.filter(({ agrees }) => agrees).length} of ${queues.length}`,
        best.original === null ? "nothing" : `\`${best.original}\``,
        best.twin === null ? "nothing" : `\`${best.twin}\``,
        best.agrees ? (best.share === null ? "yes" : `yes, ${percent(best.share)} of it`) : "no",
      ]),
    ),
    "Where a twin calls for something else, what decides is told by no series: what jobs ask for of a topology, or which of a queue's work could run on which GPUs, so that a head of line holds up less in the twin than in the world. Where the wait differs, it is of a few large gangs: a week shows few of them.",
    "## What it cannot tell",
    [
      "- People answer a change: shorter queues draw more work, and a queue that loses submits elsewhere. Demand stays as it was here.",
      "- Quota for nodes that come with a delay comes at the very moment at which they do; an administrator may be late. A delay that is long beside the days looks worse than it would be.",
      "- Nothing grows by itself: `autoscaling` in a scenario bounds what an action may add, and no more.",
      "- `repack` knows what waits and for whom it makes room. A real descheduler does not: HighNodeUtilization evicts what runs on nodes that are little used, whatever waits, and leaves it to the scheduler, which has to favour full nodes, where it goes; a pod may come back to where it was, or others take the room before the one that waits. It moves single pods, and a gang that loses one starts again wherever that goes; it heeds disruption budgets; pods get their grace to end, and may write a checkpoint in it. So what is shown is the most that moving so few GPUs could do. Quota is kept, as Kueue keeps it for a Job whose pods are evicted, unless the PodsReady recovery timeout runs out.",
      "- `cap` takes work away. What is not submitted does not wait, which looks like a gain and is a loss to who would have submitted it.",
      "- An interval is over seeds of one scenario. It says how far chance moves the difference, not how far the scenario is from your cluster.",
    ].join("\n"),
  ]
    .join("\n\n")
    .concat("\n");
}

const twinFrom: Readonly<Record<string, string>> = {
  "nodes, prices, flavors": "contract.yaml; cores and memory from kube_node",
  "nodes out of service": "when they were cordoned, not Ready, or no node of the cluster, just so in every seed",
  "quotas, cohorts, borrowing limits": "Kueue's gauges; queueing strategy and order of flavors from contract.yaml",
  "arrivals by class":
    "Jobs and pods by LocalQueue, priority, shape and habit: by a plan where their gaps are even, else with a rate for each hour of the week, smoothed as far as that foresees single hours best, and in bursts; what came at too few moments, or lasts for long, comes just when it came",
  "durations, failures, startup":
    "pods; what was still running counts as lasting longer (Kaplan and Meier); attempts that failed are counted, not timed",
  "work that waits and never started":
    "Jobs without pods, as many as Kueue counts; shape and queue of its like by name",
  "GPU models that could run it":
    "the queue's flavors and ableNodegroups of contract.yaml; not those that it never had although there was room",
  activity: "DCGM: means while computing, share of time, turns; what hardly ever computes is a class of its own",
  "order of priority classes": "whose jobs pass whose: no series says their values",
  "placement, binding": "which of the nodes that fit was chosen; whether gangs got their nodes one by one",
  "preemption, PodsReady timeout": "evictions that were seen, by reason",
};

const triedAs: Readonly<Record<ActionRow["action"], string>> = {
  lend: "`borrow` without a limit where the queue is in a cohort and limited; else `quota`, to all GPUs that are paid for behind its flavors there",
  retarget: "`retarget` of the ClusterQueue to every flavor of the nodegroups on which GPUs stood free",
  reorder: "`strategy` BestEffortFIFO",
  repack: "`placement pack`; that pods which run are moved is not tried",
  uncordon: "`uncordon`; nodes that fail at random cannot be brought back so, and it says so",
  reap: "`reap` of all classes of the team's namespaces, after an hour",
  feed: "nothing: no action mends what starves a GPU",
  move: "`move-nodes`",
  add: "`add-nodes`",
  free: "`remove-nodes`",
};

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
