import type { Analysis } from "../analysis/analyse.js";
import { diagnose } from "../diagnosis/diagnose.js";
import type {
  ClusterQueueSeries,
  NodegroupSeries,
  NodeSeries,
  Observed,
  QuietSpan,
  Series,
  UnplacedGang,
} from "../join/observed.js";
import { rollUp } from "../join/roll-up.js";
import { defaultWaitTargets } from "../tables/contract.js";
import { period } from "../units/format.js";
import { HOUR_MS, MINUTE_MS } from "../units/time.js";

/** A value, or one for each hour of the data (fractions of hours included); undefined where it is not known. */
export type Values = number | undefined | ((hour: number) => number | undefined);

/** A nodegroup of which only what matters has to be said. All in GPUs. */
export interface NodegroupInput {
  readonly name: string;
  /** Paid for; whole nodes. 16 unless told. */
  readonly gpus?: number;
  /** 8 unless told. */
  readonly gpusPerNode?: number;
  /** Half of `gpus` unless told. */
  readonly held?: Values;
  readonly starting?: Values;
  readonly idle?: Values;
  readonly stalled?: Values;
  readonly outOfService?: Values;
  readonly absent?: Values;
  readonly heldOutsideKueue?: Values;
  readonly usdPerGpuHour?: number;
  /** Whether free GPUs lie scattered over the nodes instead of together. */
  readonly scattered?: boolean;
}

export interface QueueInput {
  readonly name: string;
  /** The nodegroups that its flavors reach; each has a flavor of its name. */
  readonly nodegroups: readonly string[];
  readonly able?: readonly string[];
  readonly strict?: boolean;
  readonly pendingGpus?: Values;
  /** 1 while it is stopped. */
  readonly inactive?: Values;
  /** One for every 8 pending GPUs unless told. */
  readonly pending?: Values;
  readonly admitted?: Values;
  /** Nominal quota in each flavor; all GPUs of its nodegroup unless told. */
  readonly nominal?: number;
  readonly reserved?: Values;
  /** From which it borrows without a limit; none unless told. */
  readonly cohort?: string;
}

/** A gang that was admitted, and whose pods have no node from one hour of the data to another. */
export interface UnplacedInput {
  readonly clusterQueue: string;
  readonly nodegroup: string;
  readonly pods: number;
  readonly gpusPerPod: number;
  readonly fromHour: number;
  readonly toHour: number;
}

export interface AnalysisInput {
  /** Length of the data, 24 unless told. */
  readonly hours?: number;
  /** Monday, 5 January 2026 unless told. */
  readonly startMs?: number;
  /** Of a tick; 5 unless told. */
  readonly stepMinutes?: number;
  readonly nodegroups: readonly NodegroupInput[];
  readonly queues?: readonly QueueInput[];
  readonly unplaced?: readonly UnplacedInput[];
  /** At which hours a source was silent; never unless told. */
  readonly silent?: Partial<Record<"kueue" | "kubeState" | "dcgm", (hour: number, nodegroup?: string) => boolean>>;
  /** What this cannot make: gangs that started, histograms, bins, what was dropped. */
  readonly observed?: Partial<Observed>;
}

/** An analysis of hand-made series: the join is made up, all that follows from it is computed as ever. */
export function analysisOf(input: AnalysisInput): Analysis {
  const observed = observedOf(input);
  const diagnosis = diagnose(observed);
  const endMs = observed.startMs + observed.ticks * observed.stepMs;
  const refuse = (): never => {
    throw new Error("an analysis made by hand has no dataset");
  };
  return {
    dataset: {
      spelled: [],
      folder: "",
      get manifest() {
        return refuse();
      },
      contract: observed.contract,
      query: refuse,
      columns: refuse,
      run: refuse,
      close: () => {},
    },
    observed,
    diagnosis,
    windows: diagnosis.windows,
    hours: rollUp(observed, 3600),
    period: period(observed.startMs, endMs),
    source: "made by hand; dataset 000000000000; evenkeel 0.0.0",
  };
}

/** The series of an analysis made by hand, on a grid of ticks. */
export function observedOf(input: AnalysisInput): Observed {
  const { hours = 24, startMs = Date.UTC(2026, 0, 5), stepMinutes = 5, queues = [], silent = {} } = input;
  const stepMs = stepMinutes * MINUTE_MS;
  const ticks = Math.ceil((hours * HOUR_MS) / stepMs);
  const hourOf = (tick: number) => (tick * stepMs) / HOUR_MS;
  const series = (values: Values, isSilent?: (hour: number, nodegroup?: string) => boolean, nodegroup?: string) =>
    Float64Array.from({ length: ticks }, (_, tick) => {
      const hour = hourOf(tick);
      if (isSilent?.(hour, nodegroup)) return Number.NaN;
      return (typeof values === "function" ? values(hour) : values) ?? Number.NaN;
    });
  const seen = (source: "kueue" | "kubeState" | "dcgm", nodegroup?: string) =>
    Float64Array.from({ length: ticks }, (_, tick) => (silent[source]?.(hourOf(tick), nodegroup) ? 0 : 1));
  const zip = (combine: (...values: number[]) => number, ...all: Series[]): Series =>
    Float64Array.from({ length: ticks }, (_, tick) => combine(...all.map((each) => each[tick]!)));
  const everywhere = (value: number) => new Float64Array(ticks).fill(value);

  const unplaced = (input.unplaced ?? []).map(
    ({ fromHour, toHour, ...gang }, i): UnplacedGang => ({
      ...gang,
      gang: `team/Job/unplaced-${i}`,
      namespace: "team",
      localQueue: gang.clusterQueue,
      firstTick: Math.floor((fromHour * HOUR_MS) / stepMs),
      lastTick: Math.min(ticks, Math.ceil((toHour * HOUR_MS) / stepMs)) - 1,
    }),
  );
  const unplacedIn = (nodegroup: string) => (hour: number) => {
    const tick = Math.round((hour * HOUR_MS) / stepMs);
    return unplaced
      .filter((gang) => gang.nodegroup === nodegroup && gang.firstTick <= tick && tick <= gang.lastTick)
      .reduce((sum, gang) => sum + gang.pods * gang.gpusPerPod, 0);
  };

  const groups = input.nodegroups.map((group) => {
    const { name, gpus = 16, gpusPerNode = 8, scattered = false } = group;
    const kube = (values: Values) => series(values, silent.kubeState);
    const dcgm = (values: Values) => series(values, silent.dcgm, name);
    const [held, outOfService, absent] = [
      kube(group.held ?? gpus / 2),
      kube(group.outOfService ?? 0),
      kube(group.absent ?? 0),
    ];
    const present = zip((gone) => gpus - gone, absent);
    const capacity = zip((there, out) => there - out, present, outOfService);
    const free = zip((healthy, taken) => Math.max(0, healthy - taken), capacity, held);
    const nodegroup: NodegroupSeries = {
      name,
      present,
      capacity,
      held,
      heldOutsideKueue: kube(group.heldOutsideKueue ?? 0),
      starting: kube(group.starting ?? 0),
      free,
      unplaced: kube(unplacedIn(name)),
      idle: dcgm(group.idle ?? 0),
      stalled: dcgm(group.stalled ?? 0),
      seen: zip((there, answered) => (Number.isNaN(answered) ? Number.NaN : there), present, dcgm(1)),
      shareable: dcgm(0),
      utilPercent: dcgm(90),
      engineActive: dcgm(0.9),
      tensorActive: dcgm(0.4),
      dramActive: dcgm(0.4),
      powerShare: dcgm(0.7),
      memoryShare: dcgm(0.8),
      utilPercentAll: dcgm(60),
      tdpShareAll: dcgm(0.5),
    };
    const count = Math.max(1, Math.round(gpus / gpusPerNode));
    const nodes = Array.from({ length: count }, (_, node): NodeSeries => {
      const share = (total: number) => {
        if (scattered) return Math.floor(total / count) + (node < total % count ? 1 : 0);
        return Math.min(gpusPerNode, Math.max(0, total - node * gpusPerNode));
      };
      return {
        name: `${name}-${node}`,
        nodegroup: name,
        free: zip((total) => share(total), free),
        // Counted at the last node, so that it takes no free GPU away from another.
        outOfService: node === count - 1 ? outOfService : zip((total) => total * 0, outOfService),
      };
    });
    return { nodegroup, nodes, gpus, gpusPerNode, usdPerGpuHour: group.usdPerGpuHour ?? 2 };
  });

  const clusterQueues = queues.map((queue): ClusterQueueSeries => {
    const kueue = (values: Values) => series(values, silent.kueue);
    const { pendingGpus = 0, pending } = queue;
    return {
      name: queue.name,
      cohort: queue.cohort ?? "",
      flavors: queue.nodegroups.map((name) => ({
        flavor: name,
        nodegroups: [name],
        nominal: kueue(queue.nominal ?? groups.find(({ nodegroup }) => nodegroup.name === name)!.gpus),
        borrowingLimit: everywhere(queue.cohort === undefined ? 0 : Number.POSITIVE_INFINITY),
        reserved: kueue(queue.reserved ?? 0),
      })),
      eligible: queue.nodegroups,
      able: queue.able,
      strict: queue.strict ?? false,
      pendingGpus: kueue(pendingGpus),
      pending: pending === undefined ? zip((gpus) => Math.ceil(gpus / 8), kueue(pendingGpus)) : kueue(pending),
      admitted: kueue(queue.admitted ?? 1),
      admittedWaitSeconds: kueue(0),
      inactive: kueue(queue.inactive ?? 0),
    };
  });

  return {
    startMs,
    stepMs,
    ticks,
    contract: {
      version: 1,
      cluster: "by-hand",
      scrapeIntervalSeconds: { kueue: 60, "kube-state-metrics": 60, "dcgm-exporter": 60 },
      nodegroupLabels: ["label_nodegroup"],
      toleratedTaints: [],
      gpuModels: {},
      nodegroups: groups.map(({ nodegroup, gpus, gpusPerNode, usdPerGpuHour }) => ({
        name: nodegroup.name,
        region: "us-west-2",
        gpuModel: "H100",
        gpusPerNode,
        gpusPaid: gpus,
        usdPerGpuHour,
        committedUntil: null,
      })),
      flavors: Object.fromEntries(groups.map(({ nodegroup: { name } }) => [name, [name]])),
      clusterQueues: queues.map(({ name, nodegroups, able }) => ({
        name,
        flavors: [...nodegroups],
        ...(able === undefined ? {} : { ableNodegroups: [...able] }),
      })),
      localQueues: queues.map(({ name }) => ({ namespace: "team", name, clusterQueue: name, interactive: false })),
      owners: { team: "Team" },
      waitTargets: defaultWaitTargets,
    },
    nodegroups: groups.map(({ nodegroup }) => nodegroup),
    nodes: groups.flatMap(({ nodes }) => nodes),
    clusterQueues,
    localQueues: clusterQueues.map(({ name, pending }) => ({ namespace: "team", name, clusterQueue: name, pending })),
    unplaced,
    started: [],
    quiet: groups.flatMap(({ nodegroup }) => [
      ...quietSpans(nodegroup.name, "idle", nodegroup.idle),
      ...quietSpans(nodegroup.name, "stalled", nodegroup.stalled),
    ]),
    waits: [],
    busy: [],
    evictions: [],
    coverage: {
      kueue: seen("kueue"),
      kubeState: seen("kubeState"),
      dcgm: Object.fromEntries(groups.map(({ nodegroup: { name } }) => [name, seen("dcgm", name)])),
    },
    dropped: [],
    ...input.observed,
  };
}

/** The spans of each of the GPUs that a series counts, all of one namespace. */
function quietSpans(nodegroup: string, state: QuietSpan["state"], series: Series): QuietSpan[] {
  const most = series.reduce((max, value) => (value > max ? value : max), 0);
  return Array.from({ length: Math.ceil(most) }, (_, gpu) => {
    const spans: { firstTick: number; lastTick: number }[] = [];
    series.forEach((value, tick) => {
      if (!(value > gpu)) return;
      const last = spans.at(-1);
      if (last?.lastTick === tick - 1) last.lastTick = tick;
      else spans.push({ firstTick: tick, lastTick: tick });
    });
    return spans.map((span): QuietSpan => ({ state, nodegroup, namespace: "team", ...span }));
  }).flat();
}
