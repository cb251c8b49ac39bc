import { z } from "zod";
import { episodeThreshold } from "../diagnosis/episodes.js";
import { type Hidden, hiddenWork, isHiddenAt } from "../join/hidden.js";
import type { Observed } from "../join/observed.js";
import { gpusOf } from "../join/shapes.js";
import { HEADROOM_SHARE } from "../metrics/imbalance.js";
import { type Discipline, type GangJob, waitQuantile } from "../queueing/index.js";
import { random } from "../random/random.js";
import { type Interval, mean, weightedQuantile } from "../statistics/index.js";
import { SECOND_MS } from "../units/time.js";
import { type NodegroupDemand, nodegroupDemand } from "./demand.js";
import {
  DAY_SECONDS,
  type DayOfJobs,
  gpuWeightedP95,
  nodesNeeded,
  type Pool,
  replayer,
  resamplable,
} from "./replay.js";
import { resizeText } from "./what-if.js";

/** Hours of a month, as clouds bill it. */
export const MONTH_HOURS = 730;
/** Below this no distribution-free upper bound of a p95 exists: 0.95^59 < 0.05. */
const FEWEST_JOBS = 59;
const FEWEST_DAYS = 3;
const RESAMPLES = 30;
const LEVEL = 0.9;

const BEYOND = "no: not even";

/** Whether a row has no estimate because all the nodes that were tried are too few, not because too little is known. */
export const isBeyond = ({ estimable }: Pick<CapacityRow, "estimable">): boolean => estimable.startsWith(BEYOND);

const nullableCount = (text: string) => z.int().nullable().describe(text);
const nullableSeconds = (text: string) => z.number().nullable().describe(text);

/** One row of the capacity plan. */
export const capacityRow = z.object({
  nodegroup: z.string().describe("Nodegroup"),
  gpu_model: z.string().describe("Its GPUs"),
  nodes_now: z.int().describe("Nodes paid for"),
  gpus_now: z.int().describe("GPUs paid for"),
  jobs: z.int().describe("Jobs that arrived while the data were taken, rebuilt from pods"),
  jobs_censored: z
    .int()
    .describe(
      "Of these, and of those already running at the start, still running at the end: their duration is an estimate",
    ),
  jobs_unseen: z.int().describe("Of these, pending at the end: shape and arrival are estimates"),
  target_seconds: z.number().describe("Target for the p95 of the wait from creation to scheduled"),
  wait_p95_seconds_observed: nullableSeconds("p95 of the wait as it was: 95 % of the GPUs asked for had nodes by then"),
  wait_p95_seconds_replayed: nullableSeconds(
    "p95 of the wait of the same demand on as many nodes, packed, with no quota in the way",
  ),
  nodes_needed: nullableCount("Fewest whole nodes with which the replayed p95 meets the target"),
  nodes_needed_lower: nullableCount("Lower end of the 90 % bootstrap interval over days"),
  nodes_needed_upper: nullableCount("Upper end of the 90 % bootstrap interval over days"),
  nodes_to_add: nullableCount(
    "Nodes to add; below 0 to free, and then so few that the upper end of the interval and a headroom of 10 % still have room, and none where an episode's worth of work still waited at the end, or it is not known how much did",
  ),
  gpus_to_add: nullableCount("The same in GPUs"),
  wait_p95_seconds_planned: nullableSeconds(
    "p95 of the wait that the replay promises with as many nodes as the plan has",
  ),
  what_if: z
    .string()
    .nullable()
    .describe("How `evenkeel whatif` tries these nodes; empty where none are added or freed, or a name has a space"),
  erlang_gpus: nullableCount(
    "GPUs that Erlang's formula asks for, as if every GPU were a server of its own: for scale, it knows no gangs",
  ),
  usd_per_month: z
    .number()
    .nullable()
    .describe("What that costs a month at the list price; GPUs freed before the commitment ends save nothing"),
  committed_until: z.string().nullable().describe("End of the price's commitment; none is on demand"),
  estimable: z.string().describe("yes, or why not"),
});
export type CapacityRow = z.output<typeof capacityRow>;

export interface PlanOptions {
  /** Target for the p95 of the wait from creation to scheduled. */
  readonly targetSeconds: number;
}

/** p95 of the wait against the number of nodes, with what resampled days say of it. */
export interface WaitCurvePoint {
  readonly nodes: number;
  readonly gpus: number;
  /** Seconds; Infinity where the demand does not fit. */
  readonly p95Seconds: Interval;
}

export interface NodegroupPlan {
  readonly row: CapacityRow;
  /** What the row is read off: from a few nodes fewer than now or needed to a few more; empty if not estimable. */
  readonly curve: readonly WaitCurvePoint[];
}

/** How many nodes each nodegroup would need for the target, by replaying its demand. */
export function capacityPlan(observed: Observed, options: PlanOptions): NodegroupPlan[] {
  const hidden = hiddenWork(observed);
  return observed.contract.nodegroups.map(({ name }) => planNodegroup(observed, hidden, name, options));
}

function planNodegroup(
  observed: Observed,
  hidden: Hidden,
  nodegroup: string,
  { targetSeconds }: PlanOptions,
): NodegroupPlan {
  const { gpusPaid, gpusPerNode, gpuModel, usdPerGpuHour, committedUntil } = observed.contract.nodegroups.find(
    (n) => n.name === nodegroup,
  )!;
  const demand = nodegroupDemand(observed, nodegroup);
  const spanSeconds = (observed.ticks * observed.stepMs) / SECOND_MS;
  const nodesNow = Math.round(gpusPaid / gpusPerNode);
  const facts = {
    nodegroup,
    gpu_model: gpuModel,
    nodes_now: nodesNow,
    gpus_now: gpusPaid,
    jobs: demand.arriving.length,
    jobs_censored: demand.censored,
    jobs_unseen: demand.unseen,
    target_seconds: targetSeconds,
    wait_p95_seconds_observed:
      gpuWeightedP95(
        demand.observed.map((job) => job.wait),
        demand.observed,
      ) ?? null,
    committed_until: committedUntil,
  };
  const notEstimable = (why: string): NodegroupPlan => ({
    row: {
      ...facts,
      wait_p95_seconds_replayed: null,
      nodes_needed: null,
      nodes_needed_lower: null,
      nodes_needed_upper: null,
      nodes_to_add: null,
      gpus_to_add: null,
      wait_p95_seconds_planned: null,
      what_if: null,
      erlang_gpus: null,
      usd_per_month: null,
      estimable: why,
    },
    curve: [],
  });
  if (isHiddenAt(observed, { ...hidden, queues: [] }, [nodegroup]))
    return notEstimable("no: pods do not say which queue they are of");
  if (demand.arriving.length < FEWEST_JOBS)
    return notEstimable(`no: ${demand.arriving.length} jobs, a p95 needs ${FEWEST_JOBS}`);
  if (spanSeconds < FEWEST_DAYS * DAY_SECONDS)
    return notEstimable(`no: ${daysText(spanSeconds)} days of data, resampling needs ${FEWEST_DAYS}`);

  const { days, long, rest } = resamplable(demand, spanSeconds);
  const pool: Pool = {
    gpusPerNode,
    discipline: disciplineOf(observed, nodegroup),
    initial: demand.initial,
    fixed: [...long, ...rest],
  };
  const most = 3 * nodesNow + 4;
  const asItWas = replayer(pool, days);
  const needed = nodesNeeded(asItWas, targetSeconds, nodesNow, most);
  if (needed === undefined) return notEstimable(`${BEYOND} ${most} nodes meet the target`);
  const resampled = resamples(pool, days, random(0, `plan/${nodegroup}`));
  const neededThen = resampled.map((p95) => nodesNeeded(p95, targetSeconds, needed, most) ?? most + 1);
  const [low, high] = ends(neededThen) as [number, number];
  // Where what needs most nodes hangs on the order of days, hardly a resample needs as many; it was so once, at least.
  const [lower, upper] = [Math.min(low, needed), Math.max(high, needed)];
  if (upper > most) return notEstimable(`${BEYOND} ${most} nodes meet the target on every resample`);

  const pendingUnknown = isHiddenAt(
    observed,
    { ...hidden, queues: hidden.queues.filter(({ atEnd }) => atEnd), podless: [] },
    [nodegroup],
  );
  // Of what still waits little is known, neither how long it will run nor where: nothing is given back from under it.
  const kept =
    pendingUnknown || waitingAtEnd(observed, nodegroup) >= episodeThreshold({ capacity: gpusPaid })!
      ? nodesNow
      : Math.max(upper, Math.ceil(meanHeld(observed, nodegroup) / (1 - HEADROOM_SHARE) / gpusPerNode));
  const toAdd = needed > nodesNow ? needed - nodesNow : Math.min(0, kept - nodesNow);
  const from = Math.max(1, Math.min(nodesNow, lower) - 1);
  const to = Math.max(nodesNow, upper) + 1;
  return {
    row: {
      ...facts,
      wait_p95_seconds_replayed: finiteOrNull(asItWas(nodesNow)),
      nodes_needed: needed,
      nodes_needed_lower: lower,
      nodes_needed_upper: upper,
      nodes_to_add: toAdd,
      gpus_to_add: toAdd * gpusPerNode,
      wait_p95_seconds_planned: finiteOrNull(asItWas(nodesNow + toAdd)),
      what_if: resizeText(nodegroup, toAdd),
      erlang_gpus: erlangGpus(demand, spanSeconds, targetSeconds),
      usd_per_month: toAdd * gpusPerNode * usdPerGpuHour * MONTH_HOURS,
      estimable: "yes",
    },
    curve: Array.from({ length: to - from + 1 }, (_, i): WaitCurvePoint => {
      const nodes = from + i;
      const estimate = asItWas(nodes);
      const [low, high] = ends(resampled.map((p95) => p95(nodes)));
      const p95Seconds = { estimate, lower: Math.min(low!, estimate), upper: Math.max(high!, estimate) };
      return { nodes, gpus: nodes * gpusPerNode, p95Seconds };
    }),
  };
}

/** With one digit; cut, so that what is too short never reads as long enough. */
const daysText = (seconds: number) => (Math.floor((seconds / DAY_SECONDS) * 10) / 10).toFixed(1);

const finiteOrNull = (value: number) => (Number.isFinite(value) ? value : null);

/** Replays of whole days drawn with replacement. */
function resamples(pool: Pool, days: readonly DayOfJobs[], next: () => number): ((nodes: number) => number)[] {
  return Array.from({ length: RESAMPLES }, () =>
    replayer(
      pool,
      days.map(() => days[Math.floor(next() * days.length)]!),
    ),
  );
}

/** Ends of the percentile interval; no interpolation, so that whole numbers and Infinity stay what they are. */
function ends(values: readonly number[]): [number | undefined, number | undefined] {
  const weights = values.map(() => 1);
  const tail = (1 - LEVEL) / 2;
  return [weightedQuantile(values, weights, tail), weightedQuantile(values, weights, 1 - tail)];
}

/** Strict only if every queue that reaches the nodegroup is. */
function disciplineOf({ clusterQueues }: Observed, nodegroup: string): Discipline {
  const queues = clusterQueues.filter((queue) => queue.eligible.includes(nodegroup));
  return queues.length > 0 && queues.every((queue) => queue.strict === true) ? "strict-fifo" : "best-effort-fifo";
}

/** GPUs that waited at the end for this nodegroup or could have run on it: pending, or admitted without nodes. */
function waitingAtEnd({ clusterQueues, unplaced, ticks }: Observed, nodegroup: string): number {
  const pending = clusterQueues
    .filter(({ eligible }) => eligible.includes(nodegroup))
    .map(({ pendingGpus }) => pendingGpus.findLast((value) => !Number.isNaN(value)) ?? 0);
  const placeless = unplaced
    .filter((gang) => gang.lastTick === ticks - 1 && (gang.nodegroup ?? nodegroup) === nodegroup)
    .map(gpusOf);
  return [...pending, ...placeless].reduce((a, b) => a + b, 0);
}

function meanHeld({ nodegroups }: Observed, nodegroup: string): number {
  return mean(nodegroups.find((n) => n.name === nodegroup)!.held) ?? 0;
}

/**
 * GPUs that Erlang's formula asks for: what lasts longer than a day as it is, and an M/M/c queue of single GPUs offered
 * the rest of the GPU-time. It knows no gangs, no bursts and no rhythm.
 */
function erlangGpus(demand: NodegroupDemand, spanSeconds: number, targetSeconds: number): number {
  const gpuSeconds = (jobs: readonly GangJob[]) =>
    jobs.reduce(
      (sum, { arrival, duration, pods, gpusPerPod }) =>
        sum + (Math.min(arrival + duration, spanSeconds) - Math.max(0, arrival)) * pods * gpusPerPod,
      0,
    );
  const { days, long, rest } = resamplable(demand, spanSeconds);
  const short = [...days.flat(), ...rest];
  const constant = Math.ceil(gpuSeconds([...demand.initial, ...long]) / spanSeconds);
  const gpus = short.reduce((sum, job) => sum + gpusOf(job), 0);
  const work = short.reduce((sum, job) => sum + job.duration * gpusOf(job), 0);
  if (work === 0) return constant;
  const [arrivalRate, serviceRate] = [gpus / spanSeconds, gpus / work];
  let servers = Math.max(1, Math.ceil(arrivalRate / serviceRate));
  while (waitQuantile({ arrivalRate, serviceRate, servers }, 0.95) > targetSeconds) servers++;
  return constant + servers;
}
