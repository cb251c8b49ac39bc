import { HOUR_MS, MINUTE_MS } from "../units/time.js";
import type { ClusterQueueSeries, Observed } from "./observed.js";

/** Pending work of a ClusterQueue of which telemetry does not say what it would take. */
export interface HiddenQueue {
  readonly clusterQueue: string;
  /** "gpus": no series says how many GPUs it asks for; "place": no nodegroup is known that its flavors stand for. */
  readonly why: "gpus" | "place";
  /** The nodegroups that its flavors reach; none for "place", where it could be any. */
  readonly eligible: readonly string[];
  /** Workloads that were pending so, times the hours. */
  readonly workloadHours: number;
  /** Whether some of it was pending still when Kueue was last seen. */
  readonly atEnd: boolean;
}

/** What may wait although it is not in the GPU-hours that waited: sources answered, but did not say enough. */
export interface Hidden {
  /** Most workload-hours first. */
  readonly queues: readonly HiddenQueue[];
  readonly workloadHours: number;
  /** Share of the time at which some work was pending so. */
  readonly share: number;
  /**
   * ClusterQueues that admitted workloads while no pod bears their name, and GPUs were held by pods that bear none: of
   * their work nobody sees what started and what was admitted and has no nodes.
   */
  readonly podless: readonly string[];
}

/** Why what a queue has pending at a tick is not counted; undefined where it is, or where nothing is pending. */
export function hiddenAt(
  { pending, pendingGpus, eligible }: Pick<ClusterQueueSeries, "pending" | "pendingGpus" | "eligible">,
  tick: number,
): HiddenQueue["why"] | undefined {
  if (!(pending[tick]! > 0)) return undefined;
  if (Number.isNaN(pendingGpus[tick]!)) return "gpus";
  return eligible.length === 0 && pendingGpus[tick]! > 0 ? "place" : undefined;
}

/** Whether anything may have waited uncounted. */
export const isHidden = ({ queues, podless }: Hidden): boolean => queues.length + podless.length > 0;

/** Whether what is counted at nodegroups may be too little. */
export function isHiddenAt(observed: Observed, hidden: Hidden, nodegroups: readonly string[]): boolean {
  const reaches = (eligible: readonly string[]) =>
    eligible.length === 0 || eligible.some((name) => nodegroups.includes(name));
  return (
    hidden.queues.some(({ eligible }) => reaches(eligible)) ||
    observed.clusterQueues.some(({ name, eligible }) => hidden.podless.includes(name) && reaches(eligible))
  );
}

/** What was not counted of all that was pending, and of all that was admitted. */
export function hiddenWork(observed: Observed): Hidden {
  const { clusterQueues, stepMs, ticks } = observed;
  const some = new Uint8Array(ticks);
  const queues = clusterQueues.flatMap((queue): HiddenQueue[] => {
    let workloadTicks = 0;
    let why: HiddenQueue["why"] | undefined;
    for (let tick = 0; tick < ticks; tick++) {
      const here = hiddenAt(queue, tick);
      if (here === undefined) continue;
      why = why === "gpus" ? why : here;
      workloadTicks += queue.pending[tick]!;
      some[tick] = 1;
    }
    if (why === undefined) return [];
    const last = queue.pending.findLastIndex((workloads) => !Number.isNaN(workloads));
    return [
      {
        clusterQueue: queue.name,
        why,
        eligible: queue.eligible,
        workloadHours: (workloadTicks * stepMs) / HOUR_MS,
        atEnd: hiddenAt(queue, last) !== undefined,
      },
    ];
  });
  queues.sort((a, b) => b.workloadHours - a.workloadHours || (a.clusterQueue < b.clusterQueue ? -1 : 1));
  return {
    queues,
    workloadHours: queues.reduce((sum, { workloadHours }) => sum + workloadHours, 0),
    share: some.reduce((sum, one) => sum + one, 0) / Math.max(1, ticks),
    podless: podless(observed),
  };
}

/** Pods of what was admitted so shortly before the end may not have been seen yet. Field convention. */
const SEEN_AFTER_MINUTES = 15;

function podless({ clusterQueues, nodegroups, started, unplaced, stepMs, ticks }: Observed): string[] {
  if (!nodegroups.some(({ heldOutsideKueue }) => heldOutsideKueue.some((gpus) => gpus > 0))) return [];
  const named = new Set([...started, ...unplaced].map(({ clusterQueue }) => clusterQueue));
  const known = ticks - Math.ceil((SEEN_AFTER_MINUTES * MINUTE_MS) / stepMs);
  // A queue that has no GPUs reserved admits what needs none; where no quota is exported, that is not known.
  const isExported = clusterQueues.some(({ flavors }) => flavors.some(({ reserved }) => reserved.some((n) => n >= 0)));
  return clusterQueues
    .filter(
      ({ name, admitted, flavors }) =>
        !named.has(name) &&
        admitted.some((workloads, tick) => workloads > 0 && tick < known) &&
        (!isExported || flavors.some(({ reserved }) => reserved.some((gpus) => gpus > 0))),
    )
    .map(({ name }) => name);
}
