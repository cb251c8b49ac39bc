import { z } from "zod";
import type { Observed } from "../join/observed.js";
import { type Discipline, waitQuantile } from "../queueing/index.js";
import { random } from "../random/random.js";
import { bootstrap, type Interval, mean } from "../statistics/index.js";
import { SECOND_MS } from "../units/time.js";
import { type NodegroupDemand, nodegroupDemand } from "./demand.js";
import {
  DAY_SECONDS,
  type DayOfJobs,
  gpuWeightedP95,
  nodesNeeded,
  type Pool,
  replayedP95,
  resamplable,
} from "./replay.js";

/** Hours of a month, as clouds bill it. */
export const MONTH_HOURS = 730;
/** Below this no distribution-free upper bound of a p95 exists: 0.95^59 < 0.05. */
const FEWEST_JOBS = 59;
const FEWEST_DAYS = 3;
const RESAMPLES = 40;
const LEVEL = 0.9;
/** Share of a nodegroup's GPUs that stays free on average however many could be given back: room to grow is policy. */
const HEADROOM_SHARE = 0.1;

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
    "Nodes to add; below 0 to free, and then so few that the upper end of the interval and a headroom of 10 % still have room",
  ),
  gpus_to_add: nullableCount("The same in GPUs"),
  erlang_gpus: nullableCount(
    "GPUs that Erlang's formula asks for if every GPU were a server of its own: less than needed, as gangs never pack so well",
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

/** How many nodes each nodegroup would need for the target, by replaying its demand. */
export function capacityPlan(observed: Observed, options: PlanOptions): CapacityRow[] {
  return observed.contract.nodegroups.map(({ name }) => planNodegroup(observed, name, options));
}

/** p95 of the wait against the number of nodes, with what resampled days say of it. */
export interface WaitCurvePoint {
  readonly nodes: number;
  readonly gpus: number;
  readonly p95Seconds: Interval | undefined;
}

/** The curve that a nodegroup's plan is read off, from a few nodes fewer than now to a few more than needed. */
export function waitCurve(observed: Observed, nodegroup: string, row: CapacityRow): WaitCurvePoint[] {
  const { pool, days } = setUp(observed, nodegroup);
  const from = Math.max(1, Math.min(row.nodes_now, row.nodes_needed ?? row.nodes_now) - 2);
  const to = Math.max(row.nodes_now, row.nodes_needed_upper ?? row.nodes_now) + 2;
  return Array.from({ length: to - from + 1 }, (_, i) => {
    const nodes = from + i;
    const next = random(0, `plan/curve/${nodegroup}`);
    return {
      nodes,
      gpus: nodes * pool.gpusPerNode,
      p95Seconds: bootstrap(next, days, (chosen) => replayedP95(pool, chosen, nodes), {
        resamples: RESAMPLES,
        level: LEVEL,
      }),
    };
  });
}

function setUp(
  observed: Observed,
  nodegroup: string,
): { demand: NodegroupDemand; pool: Pool; days: DayOfJobs[]; spanSeconds: number } {
  const { gpusPerNode } = observed.contract.nodegroups.find((n) => n.name === nodegroup)!;
  const demand = nodegroupDemand(observed, nodegroup);
  const queues = observed.clusterQueues.filter((queue) => queue.eligible.includes(nodegroup));
  const discipline: Discipline =
    queues.length > 0 && queues.every((queue) => queue.strict === true) ? "strict-fifo" : "best-effort-fifo";
  const spanSeconds = (observed.ticks * observed.stepMs) / SECOND_MS;
  const { days, long } = resamplable(demand, spanSeconds);
  return { demand, pool: { gpusPerNode, discipline, initial: demand.initial, long }, days, spanSeconds };
}

function planNodegroup(observed: Observed, nodegroup: string, { targetSeconds }: PlanOptions): CapacityRow {
  const { gpusPaid, gpusPerNode, gpuModel, usdPerGpuHour, committedUntil } = observed.contract.nodegroups.find(
    (n) => n.name === nodegroup,
  )!;
  const { demand, pool, days, spanSeconds } = setUp(observed, nodegroup);
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
  const notEstimable = (why: string): CapacityRow => ({
    ...facts,
    wait_p95_seconds_replayed: null,
    nodes_needed: null,
    nodes_needed_lower: null,
    nodes_needed_upper: null,
    nodes_to_add: null,
    gpus_to_add: null,
    erlang_gpus: null,
    usd_per_month: null,
    estimable: why,
  });
  if (demand.arriving.length < FEWEST_JOBS)
    return notEstimable(`no: ${demand.arriving.length} jobs, a p95 needs ${FEWEST_JOBS}`);
  if (spanSeconds < FEWEST_DAYS * DAY_SECONDS)
    return notEstimable(`no: ${(spanSeconds / DAY_SECONDS).toFixed(1)} days of data, resampling needs ${FEWEST_DAYS}`);

  const most = 3 * nodesNow + 4;
  const needed = bootstrap(
    random(0, `plan/${nodegroup}`),
    days,
    (chosen) => nodesNeeded(pool, chosen, targetSeconds, most),
    {
      resamples: RESAMPLES,
      level: LEVEL,
    },
  );
  if (!needed) return notEstimable(`no: not even ${most} nodes meet the target on every resample`);
  const lower = Math.floor(needed.lower);
  const upper = Math.ceil(needed.upper);
  const kept = Math.max(upper, Math.ceil(meanHeld(observed, nodegroup) / (1 - HEADROOM_SHARE) / gpusPerNode));
  const toAdd = needed.estimate > nodesNow ? needed.estimate - nodesNow : Math.min(0, kept - nodesNow);
  return {
    ...facts,
    wait_p95_seconds_replayed: replayedP95(pool, days, nodesNow) ?? null,
    nodes_needed: needed.estimate,
    nodes_needed_lower: lower,
    nodes_needed_upper: upper,
    nodes_to_add: toAdd,
    gpus_to_add: toAdd * gpusPerNode,
    erlang_gpus: erlangGpus(demand, spanSeconds, targetSeconds),
    usd_per_month: toAdd * gpusPerNode * usdPerGpuHour * MONTH_HOURS,
    estimable: "yes",
  };
}

function meanHeld({ nodegroups }: Observed, nodegroup: string): number {
  return mean(nodegroups.find((n) => n.name === nodegroup)!.held) ?? 0;
}

/** GPUs with which an M/M/c queue of single GPUs, offered the same GPU-time, meets the target: a lower bound. */
function erlangGpus(demand: NodegroupDemand, spanSeconds: number, targetSeconds: number): number {
  const held = demand.initial.reduce(
    (sum, job) => sum + (Math.min(job.duration, spanSeconds) / spanSeconds) * job.pods * job.gpusPerPod,
    0,
  );
  const gpus = demand.arriving.reduce((sum, job) => sum + job.pods * job.gpusPerPod, 0);
  const gpuSeconds = demand.arriving.reduce(
    (sum, job) => sum + Math.min(job.duration, spanSeconds) * job.pods * job.gpusPerPod,
    0,
  );
  const arrivalRate = gpus / spanSeconds;
  const serviceRate = gpus / gpuSeconds;
  for (let servers = Math.max(1, Math.ceil(arrivalRate / serviceRate)); ; servers++)
    if (waitQuantile({ arrivalRate, serviceRate, servers }, 0.95) <= targetSeconds) return Math.ceil(held) + servers;
}
