import type { ClusterQueueSeries, Observed } from "../join/observed.js";
import type { ScenarioInput } from "../scenario/schema.js";
import { quantile } from "../statistics/index.js";
import { list } from "../units/format.js";
import { HOUR_MS } from "../units/time.js";
import { grouped } from "./grouped.js";
import type { Traces } from "./traces.js";

type QueueInput = ScenarioInput["clusterQueues"][number];

export interface Queues extends Pick<ScenarioInput, "clusterQueues" | "localQueues" | "podsReadyTimeoutMinutes"> {
  readonly unknown: readonly string[];
}

/** Kueue's own, where nothing tells. */
const PODS_READY_MINUTES = 5;

/** ClusterQueues with their quotas and what can be told of their rules, and the LocalQueues of the contract. */
export function fitQueues(
  observed: Observed,
  traces: Pick<Traces, "attempts" | "unplacedMinutes">,
  flavors: ReadonlySet<string>,
  capacityOf: (flavor: string) => number,
): Queues {
  const { contract } = observed;
  const unknown: string[] = [];
  const evicted = grouped(observed.evictions, ({ reason }) => reason);
  const preempted = (name: string) =>
    (evicted.get("Preempted") ?? []).some(({ clusterQueue, count }) => clusterQueue === name && count > 0);
  const clusterQueues = observed.clusterQueues.flatMap((queue): QueueInput[] => {
    const own = queue.flavors.filter(({ flavor }) => flavors.has(flavor));
    if (own.length === 0) return [];
    const stops = inactiveSpans(queue, observed);
    const known = contract.clusterQueues.find(({ name }) => name === queue.name);
    if (known?.queueingStrategy === undefined)
      unknown.push(`the queueing strategy of ${queue.name}: taken as BestEffortFIFO`);
    return [
      {
        name: queue.name,
        ...(queue.cohort === "" ? {} : { cohort: queue.cohort }),
        queueingStrategy: known?.queueingStrategy ?? "BestEffortFIFO",
        flavors: own.map(({ flavor, nominal, borrowingLimit }) => {
          const quota = usual(nominal);
          if (quota === undefined) unknown.push(`the quota of ${queue.name} on ${flavor}: taken as all its GPUs`);
          else if (nominal.some((value) => !Number.isNaN(value) && value !== quota))
            unknown.push(`when the quota of ${queue.name} on ${flavor} changed: the one that held longest is taken`);
          const limit = usual(borrowingLimit);
          return {
            name: flavor,
            nominalQuota: Math.round(quota ?? capacityOf(flavor)),
            ...(limit !== undefined && Number.isFinite(limit) && queue.cohort !== ""
              ? { borrowingLimit: Math.round(limit) }
              : {}),
          };
        }),
        ...preemptionOf(queue, observed, preempted),
        ...(stops.length > 0 ? { stops } : {}),
      },
    ];
  });
  const cohorts = new Set(clusterQueues.flatMap(({ cohort }) => cohort ?? []));
  if (cohorts.size > 0)
    unknown.push(
      `lending limits, fair sharing, and quota or parents of the cohorts ${list([...cohorts])}: taken as none`,
    );
  const guessed = clusterQueues.filter(({ preemption }) => preemption !== undefined).map(({ name }) => name);
  unknown.push(
    guessed.length > 0
      ? `whom ${list(guessed)} may preempt: guessed from evictions that were seen`
      : "whom Kueue may preempt: nothing was, so taken as nobody",
  );
  const timeouts = (evicted.get("PodsReadyTimeout") ?? []).some(({ count }) => count > 0);
  const names = new Set(clusterQueues.map(({ name }) => name));
  return {
    clusterQueues,
    localQueues: contract.localQueues
      .filter(({ clusterQueue }) => names.has(clusterQueue))
      .map((queue) => ({
        name: queue.name,
        namespace: queue.namespace,
        clusterQueue: queue.clusterQueue,
        ...(contract.owners[queue.namespace] === undefined ? {} : { owner: contract.owners[queue.namespace]! }),
        ...(queue.interactive ? { interactive: true } : {}),
        ...(queue.waitTargetSeconds === undefined ? {} : { waitTargetMinutes: queue.waitTargetSeconds / 60 }),
      })),
    ...(timeouts ? { podsReadyTimeoutMinutes: timeoutMinutes(traces) ?? PODS_READY_MINUTES } : {}),
    unknown,
  };
}

/** The value that a gauge held longest; undefined where it was never seen. */
function usual(series: ArrayLike<number>): number | undefined {
  const held = new Map<number, number>();
  for (const value of Array.from(series)) if (!Number.isNaN(value)) held.set(value, (held.get(value) ?? 0) + 1);
  return [...held].sort((a, b) => b[1] - a[1])[0]?.[0];
}

/**
 * What evictions say of whom a queue's cohort may preempt: a queue that borrowed lost to those who came back for their
 * quota; one that did not lost to its own work of higher priority.
 */
function preemptionOf(
  queue: ClusterQueueSeries,
  observed: Observed,
  preempted: (name: string) => boolean,
): Pick<QueueInput, "preemption"> {
  const borrowed = (one: ClusterQueueSeries) =>
    one.cohort !== "" && one.flavors.some(({ nominal, reserved }) => reserved.some((value, i) => value > nominal[i]!));
  const members = observed.clusterQueues.filter((one) => one.cohort !== "" && one.cohort === queue.cohort);
  const reclaims = members.some((one) => one.name !== queue.name && preempted(one.name) && borrowed(one));
  const within = preempted(queue.name) && !borrowed(queue);
  if (!reclaims && !within) return {};
  return {
    preemption: {
      ...(within ? { withinClusterQueue: "LowerPriority" as const } : {}),
      ...(reclaims ? { reclaimWithinCohort: "Any" as const } : {}),
    },
  };
}

/** While Kueue said that the queue was not active. */
function inactiveSpans({ inactive }: ClusterQueueSeries, observed: Observed): NonNullable<QueueInput["stops"]> {
  const hour = (tick: number) => Number(((tick * observed.stepMs) / HOUR_MS).toFixed(3));
  const spans: { policy: "Hold"; fromHour: number; toHour?: number }[] = [];
  for (let from = 0, to = 0; from < observed.ticks; from = to) {
    for (to = from + 1; to < observed.ticks && (inactive[to] === 1) === (inactive[from] === 1); to++);
    if (inactive[from] === 1)
      spans.push({
        policy: "Hold",
        fromHour: hour(from),
        ...(to === observed.ticks ? {} : { toHour: hour(to) }),
      });
  }
  return spans;
}

/** From admission to eviction, minutes, of what was evicted before all its pods had run. */
function timeoutMinutes({
  attempts,
  unplacedMinutes,
}: Pick<Traces, "attempts" | "unplacedMinutes">): number | undefined {
  const minutes = attempts
    .filter(({ evicted, placed, pods, runningSeconds }) => evicted && (placed < pods || runningSeconds === null))
    .flatMap(({ endedSeconds, admittedSeconds }) =>
      endedSeconds === null ? [] : (endedSeconds - admittedSeconds) / 60,
    );
  const usual = quantile([...minutes, ...unplacedMinutes], 0.5);
  return usual === undefined ? undefined : Math.max(1, Math.round(usual));
}
