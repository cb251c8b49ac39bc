import type { Analysis } from "../../analysis/analyse.js";
import type { NodeAtMoment } from "../../join/moment.js";
import type { BusyBin, Observed, StartedGang, WaitHistogram } from "../../join/observed.js";
import { makePlan, type Plan } from "../../plan/plan.js";
import type { Contract } from "../../tables/contract.js";
import { kueueBuckets } from "../../tables/histogram.js";
import { type AnalysisInput, analysisOf, observedOf } from "../../testing/analysis.js";
import type { Moment } from "../fragmentation-moment.js";

const steady: AnalysisInput = {
  nodegroups: [
    { name: "a100", gpus: 32, held: 28 },
    { name: "h100", gpus: 16, held: 14 },
  ],
  queues: [
    { name: "a", nodegroups: ["a100"] },
    { name: "h", nodegroups: ["h100"] },
  ],
};

/** So much in these hours, else nothing. */
export const during = (from: number, to: number, amount: number) => (hour: number) =>
  hour >= from && hour < to ? amount : 0;

/** Monday, 5 January 2026, where hand-made data begin. */
const START_SECONDS = Date.UTC(2026, 0, 5) / 1000;

export interface GangsInput {
  readonly nodegroup: string;
  /** The nodegroup's name unless told; the LocalQueue has its name too. */
  readonly queue?: string;
  readonly count: number;
  /** When the first was created, and how long after it the next; hours, 0 and 1 unless told. */
  readonly firstHour?: number;
  readonly everyHours?: number;
  /** One pod of one GPU unless told. */
  readonly pods?: number;
  readonly gpusPerPod?: number;
  /** From creation to scheduled; 60 unless told. */
  readonly waitSeconds?: number | ((i: number) => number);
  /** How long each ran; 1 unless told. */
  readonly hours?: number;
}

/** Gangs that got nodes, one after the other. */
export function gangs({ nodegroup, queue = nodegroup, count, ...rest }: GangsInput): StartedGang[] {
  const { firstHour = 0, everyHours = 1, pods = 1, gpusPerPod = 1, waitSeconds = 60, hours = 1 } = rest;
  return Array.from({ length: count }, (_, i): StartedGang => {
    const createdSeconds = START_SECONDS + (firstHour + i * everyHours) * 3600;
    const scheduledSeconds = createdSeconds + (typeof waitSeconds === "number" ? waitSeconds : waitSeconds(i));
    return {
      gang: `team/Job/${queue}-${pods}x${gpusPerPod}-${i}`,
      namespace: "team",
      clusterQueue: queue,
      localQueue: queue,
      priorityClass: "",
      nodegroup,
      pods,
      gpusPerPod,
      createdSeconds,
      scheduledSeconds,
      endedSeconds: scheduledSeconds + hours * 3600,
      lost: false,
    };
  });
}

/** Kueue's histogram of these waits, in seconds, of one LocalQueue. */
export function histogramOf(name: string, waits: readonly number[]): WaitHistogram {
  const bounds = [...kueueBuckets(14), Number.POSITIVE_INFINITY];
  const buckets = bounds.map((le) => ({ le, count: waits.filter((wait) => wait <= le).length }));
  return { namespace: "team", name, priorityClass: "", buckets };
}

/** GPU-hours at a GPU_UTIL and tensor activity of bins that begin there; at full power unless told. */
export function bin(nodegroup: string, utilPercent: number, tensorActive: number, gpuHours: number, powerShare = 0.9) {
  return { nodegroup, utilPercent, tensorActive, gpuHours, powerShare } satisfies BusyBin;
}

/** The input with another contract than the one that is made for it. */
export function withContract(input: AnalysisInput, change: (contract: Contract) => Contract): AnalysisInput {
  return { ...input, observed: { ...input.observed, contract: change(observedOf(input).contract) } };
}

/** What a finding can be made of: a day of two nodegroups, hour by hour by hand. */
export const inputs = {
  /** Held and useful, with little free and nothing waiting. */
  steady,
  /** h100 is full and 8 GPUs more are asked for from 8:00 to 20:00: 96 GPU-hours wait for capacity. */
  short: {
    nodegroups: [steady.nodegroups[0]!, { name: "h100", gpus: 16, held: 16 }],
    queues: [
      { name: "a", nodegroups: ["a100"] },
      { name: "h", nodegroups: ["h100"], able: ["h100"], pendingGpus: during(8, 20, 8) },
    ],
  },
  /** Every node of h100 has 4 of 8 GPUs free while a pod of 8 has no node, from 6:00 to 18:00: 96 GPU-hours. */
  fragmented: {
    nodegroups: [steady.nodegroups[0]!, { name: "h100", gpus: 16, held: 8, scattered: true }],
    queues: steady.queues!,
    unplaced: [{ clusterQueue: "h", nodegroup: "h100", pods: 1, gpusPerPod: 8, fromHour: 6, toHour: 18 }],
  },
  /** Half of what is held in h100 is busy but starved. */
  stalled: { ...steady, nodegroups: [steady.nodegroups[0]!, { name: "h100", gpus: 16, held: 14, stalled: 7 }] },
  /** Half of what is held in h100 is idle. */
  idle: { ...steady, nodegroups: [steady.nodegroups[0]!, { name: "h100", gpus: 16, held: 14, idle: 7 }] },
  /** One queue may use both nodegroups, which are full; 8 GPUs wait from 8:00 to 20:00. */
  shared: {
    nodegroups: [
      { name: "a100", gpus: 16, held: 16 },
      { name: "h100", gpus: 16, held: 16 },
    ],
    queues: [{ name: "both", nodegroups: ["a100", "h100"], able: ["a100", "h100"], pendingGpus: during(8, 20, 8) }],
  },
  /** A quarter of what is there is held. */
  slack: {
    ...steady,
    nodegroups: [
      { name: "a100", gpus: 32, held: 8 },
      { name: "h100", gpus: 16, held: 8 },
    ],
  },
  noDcgm: { ...steady, silent: { dcgm: () => true } },
  noKueue: { ...steady, silent: { kueue: () => true } },
  nothingSeen: { ...steady, silent: { kueue: () => true, kubeState: () => true, dcgm: () => true } },
} satisfies Record<string, AnalysisInput>;

const made = new Map<AnalysisInput, Analysis>();

/** The analysis of an input, made once. */
export function worldOf(input: AnalysisInput): Analysis {
  const known = made.get(input) ?? analysisOf(input);
  made.set(input, known);
  return known;
}

export const TARGET_SECONDS = 3600;
const planned = new Map<AnalysisInput, Plan>();

/** The plan for a world and a target of an hour, made once. */
export function planOf(input: AnalysisInput): Plan {
  const known = planned.get(input) ?? makePlan(worldOf(input), TARGET_SECONDS);
  planned.set(input, known);
  return known;
}

/** The nodes of a nodegroup at a tick, as kube-state-metrics would have them: all that is held is held by one queue. */
export function nodesByHand(observed: Observed, { nodegroup, tick, clusterQueue }: Moment): NodeAtMoment[] {
  const { gpusPerNode: gpus } = observed.contract.nodegroups.find(({ name }) => name === nodegroup)!;
  return observed.nodes
    .filter((node) => node.nodegroup === nodegroup)
    .map(({ name, free, outOfService }) => {
      const held = gpus - free[tick]! - outOfService[tick]!;
      const holders = held > 0 ? [{ name: clusterQueue ?? "team", gpus: held }] : [];
      return { node: `${name}.internal`, gpus, healthy: outOfService[tick]! < gpus, holders };
    });
}

const many = Array.from({ length: 9 }, (_, i) => ({
  name: i === 5 ? "h200-long-context-inference-eu-central-1" : `nodegroup-${String(i).padStart(2, "0")}`,
  gpus: i === 3 ? 256 : 8 * (i + 1),
  held: (hour: number) => 8 * (i + 1) - ((i + Math.floor(hour)) % 5),
  idle: i % 3,
  stalled: i % 4,
  outOfService: i % 2,
}));

const pendingOf = (i: number) => (hour: number) => (hour % 24 < 3 ? (i === 0 ? 60 : i) : 0);
const waitsOf = (i: number) => (job: number) => (job % (i + 2) === 0 ? 600 * i : 20 + job);

/** Shapes that data may have: every figure must be readable in all of them. */
export const shapes: Readonly<Record<string, AnalysisInput>> = {
  ...inputs,
  oneHour: {
    hours: 1,
    nodegroups: [{ name: "l40s", held: 9 }],
    queues: [{ name: "q", nodegroups: ["l40s"], pendingGpus: 3 }],
  },
  /** Names shorter than anything that stands beside them, one GPU a node, and demand far beyond what is there. */
  small: {
    nodegroups: [
      { name: "a", gpus: 16, gpusPerNode: 1, held: 16 },
      { name: "b", gpus: 2, gpusPerNode: 1, held: 0 },
    ],
    queues: [{ name: "q", nodegroups: ["a"], able: ["a"], pendingGpus: 160 }],
  },
  /** Work that its quota could never let in, where two nodegroups would have room. */
  aboveQuota: {
    nodegroups: [
      { name: "a100", gpus: 16, held: 4 },
      { name: "h100", gpus: 16, held: 4 },
    ],
    queues: [{ name: "both", nodegroups: ["a100", "h100"], able: ["a100", "h100"], nominal: 0, pendingGpus: 12_345 }],
  },
  nothingHeld: { nodegroups: [{ name: "h100", held: 0 }], queues: [{ name: "h", nodegroups: ["h100"] }] },
  /** A week in which each source says all that it can. */
  oneWeek: {
    hours: 7 * 24,
    nodegroups: [
      { name: "a100", gpus: 32, held: 20, idle: 1 },
      { name: "h100", gpus: 24, held: 20, stalled: 6, starting: 1, scattered: true },
      { name: "l40s", gpus: 16, held: 8, outOfService: 2, absent: 1, usdPerGpuHour: 0.8 },
    ],
    queues: ["a100", "h100", "l40s"].map((name) => ({ name, nodegroups: [name], able: [name] })),
    unplaced: [{ clusterQueue: "h100", nodegroup: "h100", pods: 1, gpusPerPod: 4, fromHour: 30, toHour: 42 }],
    observed: {
      started: [
        ...gangs({ nodegroup: "a100", count: 168, gpusPerPod: 8, hours: 2, waitSeconds: (i) => (i % 10) * 300 }),
        ...gangs({ nodegroup: "h100", count: 150, gpusPerPod: 8, hours: 4, waitSeconds: (i) => 200 * i }),
        ...gangs({ nodegroup: "l40s", count: 20, hours: 4 }),
      ],
      waits: [
        histogramOf("a100", [0.5, 3, 30, 30, 400, 2000]),
        histogramOf("h100", [3, 900, 5000, 5000, 9000, 30_000]),
      ],
      busy: [
        bin("a100", 95, 0.4, 2400),
        bin("a100", 0, 0, 168),
        bin("h100", 95, 0.025, 1008, 0.1),
        bin("h100", 90, 0.5, 1000),
        bin("h100", 85, 0.05, 40),
      ],
      dropped: [{ source: "DCGM", reason: "no node of that name", count: 1, unit: "GPUs" }],
    },
  },
  fourWeeks: {
    hours: 28 * 24,
    nodegroups: many,
    queues: [
      ...many.map(({ name }, i) => ({ name: `q${i}`, nodegroups: [name], pendingGpus: pendingOf(i) })),
      { name: "wide", nodegroups: many.slice(0, 3).map(({ name }) => name), pendingGpus: during(50, 150, 6) },
    ],
    observed: {
      started: many.flatMap(({ name: nodegroup }, i) =>
        gangs({
          nodegroup,
          queue: `q${i}`,
          count: 40 + 8 * i,
          everyHours: 5,
          gpusPerPod: 8,
          hours: 1 + (i % 4),
          waitSeconds: waitsOf(i),
        }),
      ),
      waits: many.map((_, i) =>
        histogramOf(
          `q${i}`,
          Array.from({ length: 60 }, (_, job) => waitsOf(i)(job)),
        ),
      ),
      busy: many.flatMap(({ name }, i) => [bin(name, 95, 0.3, 900 + 400 * i), bin(name, 80, 0.05, 60 * i, i % 2)]),
    },
  },
  gaps: {
    hours: 100,
    nodegroups: steady.nodegroups,
    queues: steady.queues!,
    silent: {
      kueue: (hour) => hour > 30 && hour < 40,
      kubeState: (hour) => hour > 50 && hour < 70,
      dcgm: (hour, nodegroup) => nodegroup === "a100" && hour > 80,
    },
  },
  /** GPUs of one's own, for which the contract has no price. */
  unpriced: { ...steady, nodegroups: steady.nodegroups.map((group) => ({ ...group, usdPerGpuHour: 0 })) },
  /** A nodegroup that is not paid for any more. */
  unpaid: { ...steady, nodegroups: [...steady.nodegroups, { name: "gone", gpus: 0, held: 0 }] },
  /** Two nodegroups of long names share queues that wait again and again, and nobody can tell for what. */
  longNames: {
    hours: 72,
    nodegroups: ["reserved-capacity-block-h200-us-east-1a", "reserved-capacity-block-h200-us-east-1b"].map((name) => ({
      name,
      gpus: 64,
      held: 60,
    })),
    queues: [
      {
        name: "foundation-model-pretraining-and-evaluation",
        nodegroups: ["reserved-capacity-block-h200-us-east-1a", "reserved-capacity-block-h200-us-east-1b"],
        pendingGpus: (hour) => (hour % 6 < 3 ? 40 : 0),
        nominal: 64,
        reserved: 64,
      },
    ],
  },
};
