import { z } from "zod";

/** What a metric is asked: RFC 0001. */
export const tasks = ["shortage", "mismatch", "quiet"] as const;
export type Task = (typeof tasks)[number];

/** The scenario in which nothing is out of balance: what metrics should be silent on. */
export const CALM = "balanced";

/** Levels of recall, in percent, at which a precision-recall curve is kept. */
export const recallLevels = [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100] as const;
export const precisionColumn = (level: (typeof recallLevels)[number]) => `precision_at_recall_${level}` as const;

const world = {
  scenario: z.string().describe("Scenario"),
  random: z.boolean().describe("Whether it is a random world, which was drawn and not designed"),
  seed: z.int().describe("Seed"),
};
const share = (text: string) => z.number().describe(text);

export type PrecisionColumn = ReturnType<typeof precisionColumn>;
const curve = Object.fromEntries(
  recallLevels.map((level) => [
    precisionColumn(level),
    z.int().describe(`Highest precision with a recall of ${level} % or more, in percent`),
  ]),
) as Record<PrecisionColumn, z.ZodInt>;

/** How well a metric did one task in one world. A task without positives, or without negatives, has no row. */
export const scoreRow = z.object({
  ...world,
  metric: z.string().describe("Metric"),
  task: z.enum(tasks).describe("What it was asked"),
  cases: z.int().describe("Nodegroup-hours"),
  positives: z.int().describe("Of these, those that it should rank high"),
  undefined_share: share("Share of the nodegroup-hours in which it says nothing; they rank last"),
  average_precision: share("Average precision: 1 is perfect, the share of positives is what chance gives"),
  roc_auc: share("Area under the ROC curve: 1 is perfect, 0.5 is chance"),
  ...curve,
});
export type ScoreRow = z.output<typeof scoreRow>;

/** What a metric's alarms did in one world, at the cut that was best on the odd seeds. */
export const alarmRow = z.object({
  ...world,
  metric: z.string().describe("Metric"),
  threshold: z.number().describe("The cut: an alarm is on in hours at or above it"),
  nodegroup_hours: z.int().describe("Nodegroup-hours looked at"),
  true_hours: z.int().describe("Hours with an alarm and a shortage"),
  false_hours: z.int().describe("Hours with an alarm and no shortage"),
  missed_hours: z.int().describe("Hours with a shortage and no alarm"),
  false_alarms: z.int().describe("Runs of hours with an alarm in which there is no shortage at all"),
  shortages: z.int().describe("Runs of hours with a shortage"),
  caught: z.int().describe("Of these, with an alarm no later than the hour in which most waited"),
  late: z.int().describe("Of these, with an alarm that came later"),
  lead_hours: z
    .number()
    .describe("Hours from the first alarm within the shortage to its largest hour, over those caught, added up"),
});
export type AlarmRow = z.output<typeof alarmRow>;

/** GPU-hours that waited in one world, by true and by diagnosed cause. */
export const causeRow = z.object({
  ...world,
  truth: z.string().describe("What it waited for; nothing if nothing waited"),
  verdict: z.string().describe("What the diagnosis put it down to; nothing if it saw nothing wait"),
  gpu_hours: z.number().describe("GPU-hours"),
});
export type CauseRow = z.output<typeof causeRow>;

/** GPU-hours that are paid for in one world, by what the GPUs did. */
export const stateRow = z.object({
  ...world,
  state: z.string().describe("What the GPUs did"),
  truth_gpu_hours: z.number().describe("GPU-hours in truth"),
  verdict_gpu_hours: z.number().describe("GPU-hours that the diagnosis puts down to it"),
});
export type StateRow = z.output<typeof stateRow>;

/** What the diagnosis calls what a scenario put out of balance. */
export const namedRow = z.object({
  ...world,
  nodegroup: z.string().describe("Where it was put"),
  injected: z.string().describe("What the scenario puts there: a cause of waiting, or a state of GPUs"),
  truth: z.string().describe("What the simulator says was there on the days looked at; mixed, or nothing worth naming"),
  verdict: z.string().describe("What the diagnosis says was there"),
});
export type NamedRow = z.output<typeof namedRow>;

/** What the capacity plan of a nodegroup is made from in one world. */
export const planRow = z.object({
  ...world,
  nodegroup: z.string().describe("Nodegroup"),
  truth_jobs: z.int().describe("Attempts that asked for GPUs here, those that still waited at the end included"),
  verdict_jobs: z.int().describe("The same, as rebuilt from telemetry"),
  truth_gpu_hours: z.number().describe("GPU-hours that they take, to their end"),
  verdict_gpu_hours: z.number().describe("The same, as estimated from telemetry"),
  truth_wait_p95_seconds: z
    .number()
    .nullable()
    .describe("p95 of the wait from creation to nodes, over the GPUs asked for"),
  verdict_wait_p95_seconds: z.number().nullable().describe("The same, as seen in telemetry"),
});
export type PlanRow = z.output<typeof planRow>;

const seconds = (text: string) => z.number().nullable().describe(text);

/** What the capacity plan of a world promises of a nodegroup, and what a simulation with the same seed finds. */
export const promiseRow = z.object({
  ...world,
  nodegroup: z.string().describe("Nodegroup"),
  nodes_now: z.int().describe("Nodes that it has"),
  nodes_to_add: z.int().describe("Nodes that the plan adds; below 0 it frees them"),
  target_seconds: z.number().describe("Target for the p95 of the wait"),
  promised_p95_seconds: seconds(
    "p95 of the wait that the replay promises with them; empty where the demand does not fit",
  ),
  promised_lower_seconds: seconds("Lower end of its 90 % bootstrap interval over days"),
  promised_upper_seconds: seconds("Upper end"),
  simulated_p95_seconds: seconds(
    "p95 of the wait of the same work when they are simulated, over the GPUs asked for; empty where it is beyond the end",
  ),
});
export type PromiseRow = z.output<typeof promiseRow>;

/** What waits behind an action of the plan of a world, and what it removes when it is simulated with the same seed. */
export const removalRow = z.object({
  ...world,
  action: z.string().describe("Kind of action"),
  place: z.string().describe("Where"),
  what_if: z.string().nullable().describe("How it was tried; empty where `evenkeel whatif` has no action for it"),
  behind_gpu_hours: z
    .number()
    .nullable()
    .describe("GPU-hours that waited behind it; empty where it is not about waiting"),
  removed_gpu_hours: z
    .number()
    .nullable()
    .describe(
      "GPU-hours of waiting that it removes from the whole cluster; below 0 it adds. Empty where it cannot be tried",
    ),
});
export type RemovalRow = z.output<typeof removalRow>;

/** What a fault of the telemetry does to a metric, in one world. */
export const faultRow = z.object({
  ...world,
  fault: z.string().describe("Fault"),
  join: z.string().describe("What the join does about it: repairs, excludes, refuses or reports"),
  failing: z.string().describe("Checks that fail on it, separated by spaces; empty if none"),
  metric: z.string().describe("Metric"),
  hours: z.int().describe("Nodegroup-hours"),
  moved: z.number().describe("Furthest that it moves in any hour, as a share of its severe anchor"),
  changed: z.int().describe("Hours in which it says something only with the fault, or only without"),
});
export type FaultRow = z.output<typeof faultRow>;

/** How high a metric stood at a nodegroup in one named scenario. */
export const levelRow = z.object({
  ...world,
  metric: z.string().describe("Metric"),
  nodegroup: z.string().describe("Nodegroup"),
  mean: z.number().nullable().describe("Mean over the hours in which it is defined"),
  concern_share: z.number().describe("Share of the hours in which it is at its concern anchor or above"),
});
export type LevelRow = z.output<typeof levelRow>;

/** The tables of the board, by file name. */
export const boardTables = {
  scores: scoreRow,
  alarms: alarmRow,
  causes: causeRow,
  states: stateRow,
  named: namedRow,
  plan: planRow,
  promises: promiseRow,
  removals: removalRow,
  faults: faultRow,
  levels: levelRow,
} as const;

/** All rows of a board. */
export type Board = { readonly [K in keyof typeof boardTables]: readonly z.output<(typeof boardTables)[K]>[] };
