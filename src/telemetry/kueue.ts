import { gpus, localQueueOf, type Workload } from "../demand/workload.js";
import { nominalAt, type QuotaLimits } from "../scenario/resource-groups.js";
import { asAdmitted, type QuotaHold, type WorkloadHistory } from "../simulation/history.js";
import type { Simulation } from "../simulation/simulate.js";
import { isStopped, listStops, type StopSpan, whileOpen } from "../simulation/stops.js";
import type { Block, TableRows } from "../tables/block.js";
import { bucketColumn, kueueBuckets } from "../tables/histogram.js";
import {
  kueueClusterQueue,
  kueueClusterQueuePriority,
  kueueClusterQueueResource,
  kueueEvictedWorkloads,
  kueueLocalQueue,
  kueueLocalQueuePriority,
  kueueLocalQueueResource,
} from "../tables/kueue.js";
import { HOUR_MS, SECOND_MS } from "../units/time.js";
import { Steps } from "./steps.js";
import { lowerBound, samplesWithin, type Target } from "./target.js";

const RESOURCE = "nvidia.com/gpu";
const ROLE = "leader";

/** What Kueue's gauges count for one ClusterQueue or LocalQueue. Times are Unix ms. */
class QueueSteps {
  readonly pending = new Steps();
  readonly pendingGpus = new Steps();
  readonly admitted = new Steps();
  readonly #usage = new Map<string, Steps>();

  usage(flavor: string): Steps {
    let steps = this.#usage.get(flavor);
    if (!steps) {
      steps = new Steps();
      this.#usage.set(flavor, steps);
    }
    return steps;
  }

  /** @param stops spans in which a LocalQueue is stopped, and its pending workloads are in no queue */
  add({ workload, holds }: WorkloadHistory, originMs: number, stops: readonly StopSpan[]): void {
    const size = gpus(workload);
    const count = (at: number, by: 1 | -1) => {
      this.pending.add(originMs + at, by);
      this.pendingGpus.add(originMs + at, by * size);
    };
    const wait = (from: number, to = Number.POSITIVE_INFINITY) => {
      for (const { fromMs, toMs } of whileOpen(stops, localQueueOf(workload), from, to)) {
        count(fromMs, 1);
        if (toMs < Number.POSITIVE_INFINITY) count(toMs, -1);
      }
    };
    const hold = (hold: QuotaHold, at: number, by: 1 | -1) => {
      this.admitted.add(originMs + at, by);
      this.usage(hold.flavor).add(originMs + at, by * gpus(asAdmitted(workload, hold)));
    };
    wait(workload.createdMs, holds[0]?.reservedMs);
    for (const [i, one] of holds.entries()) {
      const { reservedMs, endMs, end } = one;
      hold(one, reservedMs, 1);
      if (endMs !== undefined) hold(one, endMs, -1);
      if (end === "evicted") wait(endMs!, holds[i + 1]?.reservedMs);
    }
  }
}

/** What Kueue's counters and histograms count for one queue and priority class. Times are Unix ms. */
class QueueCounts {
  /** Reservations, with the wait before each in seconds. */
  readonly #reserved: { at: number; wait: number }[] = [];
  readonly #finished: number[] = [];

  add({ workload, holds }: WorkloadHistory, originMs: number, stops: readonly StopSpan[]): void {
    let waitsSince = workload.createdMs;
    for (const hold of holds) {
      const { reservedMs, endMs, end } = hold;
      this.#reserved.push({ at: originMs + reservedMs, wait: (reservedMs - waitsSince) / SECOND_MS });
      if (end === "evicted") waitsSince = requeuedMs(workload, hold, stops);
      if (end === "finished") this.#finished.push(originMs + endMs!);
    }
  }

  /**
   * One block for each life of the series, at Kueue's process unless the target says otherwise: a series appears with its first event and starts from 0 after a restart.
   *
   * @param prefix "kueue_" or "kueue_local_queue_"
   * @param admissionBuckets how many bounds the admission histogram has
   */
  *blocks(target: Target, strings: Block["strings"], prefix: string, admissionBuckets: 14 | 16): Generator<Block> {
    this.#reserved.sort((a, b) => a.at - b.at);
    this.#finished.sort((a, b) => a - b);
    for (const [i, startMs] of target.starts.entries()) {
      const endMs = target.starts[i + 1] ?? Number.POSITIVE_INFINITY;
      const reserved = this.#reserved.filter(({ at }) => at >= startMs && at < endMs);
      const finished = this.#finished.filter((at) => at >= startMs && at < endMs);
      const firstMs = Math.min(reserved[0]?.at ?? endMs, finished[0] ?? endMs);
      const timestamps = samplesWithin(target, firstMs, endMs);
      if (timestamps.length === 0) continue;
      const times = reserved.map((r) => r.at);
      const counts = timestamps.map((at) => lowerBound(times, at + 1));
      const sums = prefixSums(reserved.map((r) => r.wait));
      yield {
        timestamps,
        strings,
        fill: (columns, at) => {
          for (const total of ["quota_reserved_workloads_total", "admitted_workloads_total"])
            columns[prefix + total]!.set(counts, at);
          columns[`${prefix}finished_workloads_total`]!.set(
            timestamps.map((t) => lowerBound(finished, t + 1)),
            at,
          );
          for (const [name, length] of [
            ["quota_reserved_wait_time_seconds", 14],
            ["admission_wait_time_seconds", admissionBuckets],
          ] as const) {
            const histogram = prefix + name;
            columns[`${histogram}_count`]!.set(counts, at);
            columns[`${histogram}_sum`]!.set(
              counts.map((n) => sums[n]!),
              at,
            );
            for (const le of [...kueueBuckets(length), Number.POSITIVE_INFINITY]) {
              const within = prefixSums(reserved.map((r) => (r.wait <= le ? 1 : 0)));
              columns[bucketColumn(histogram, le)]!.set(
                counts.map((n) => within[n]!),
                at,
              );
            }
          }
        },
      };
    }
  }
}

/** Since when an evicted workload waits again: if its queue was stopped, since that was over. */
function requeuedMs(workload: Workload, { endMs, eviction }: QuotaHold, stops: readonly StopSpan[]): number {
  const queues = { ClusterQueueStopped: workload.clusterQueue, LocalQueueStopped: localQueueOf(workload) };
  const reason = eviction!.reason;
  if (reason !== "ClusterQueueStopped" && reason !== "LocalQueueStopped") return endMs!;
  const [open] = whileOpen(stops, queues[reason], endMs!, Number.POSITIVE_INFINITY);
  return open!.fromMs;
}

/** sums[n] is the sum of the first n values, to the millisecond. */
function prefixSums(values: readonly number[]): Float64Array {
  const sums = new Float64Array(values.length + 1);
  values.forEach((value, i) => {
    sums[i + 1] = Math.round((sums[i]! + value) * 1000) / 1000;
  });
  return sums;
}

function grouped<K extends string, V>(make: () => V): { get(key: K): V; entries(): IterableIterator<[K, V]> } {
  const map = new Map<K, V>();
  return {
    get(key) {
      let value = map.get(key);
      if (value === undefined) {
        value = make();
        map.set(key, value);
      }
      return value;
    },
    entries: () => map.entries(),
  };
}

/** Everything that Kueue exports about a simulation. */
export function kueueRows(simulation: Simulation, target: Target, originMs: number): TableRows[] {
  const { scenario } = simulation;
  const clusterQueues = grouped(() => new QueueSteps());
  const localQueues = grouped(() => new QueueSteps());
  const clusterQueueCounts = grouped(() => new QueueCounts());
  const localQueueCounts = grouped(() => new QueueCounts());
  const evictions = grouped<string, number[]>(() => []);
  const stops = listStops(scenario, simulation.telemetryStartMs, simulation.endMs);
  for (const history of simulation.workloads) {
    const { clusterQueue, namespace, localQueue, priorityClass } = history.workload;
    clusterQueues.get(clusterQueue).add(history, originMs, stops);
    localQueues.get(`${namespace}/${localQueue}`).add(history, originMs, stops);
    clusterQueueCounts.get(`${clusterQueue}/${priorityClass}`).add(history, originMs, stops);
    localQueueCounts.get(`${namespace}/${localQueue}/${priorityClass}`).add(history, originMs, stops);
    for (const hold of history.holds)
      if (hold.eviction) {
        const { reason, underlyingCause, atMs } = hold.eviction;
        evictions.get(`${clusterQueue}/${priorityClass}/${reason}/${underlyingCause}`).push(originMs + atMs);
      }
  }

  const { samples: timestamps, instance } = target;
  /** All samples, in runs over which each of these queues is stopped or is not. */
  const standing = (...queues: string[]) => {
    const cuts = stops
      .filter(({ queue }) => queues.includes(queue))
      .flatMap(({ fromMs, toMs }) => [originMs + fromMs, originMs + toMs]);
    const times = [...new Set([originMs, ...cuts, Number.POSITIVE_INFINITY])].sort((a, b) => a - b);
    return times.slice(1).map((to, i) => ({
      timestamps: samplesWithin(target, times[i]!, to),
      isStopped: (queue: string) => isStopped(stops, queue, times[i]! - originMs),
    }));
  };
  /** A stop takes the counters of a LocalQueue away, as a restart of Kueue's process does. */
  const clearedBy = (localQueue: string): Target => {
    const stopped = stops.filter(({ queue, fromMs }) => queue === localQueue && !isStopped(stops, queue, fromMs - 1));
    const starts = [...target.starts, ...stopped.map(({ fromMs }) => originMs + fromMs)].sort((a, b) => a - b);
    return { ...target, starts };
  };
  const source = { instance, replica_role: ROLE };
  const startMs = originMs + simulation.telemetryStartMs;
  const nominal = (limits: QuotaLimits) => timestamps.map((at) => nominalAt(limits, (at - startMs) / HOUR_MS));
  const isStrict = (queue: string) =>
    scenario.clusterQueues.find((q) => q.name === queue)!.queueingStrategy === "StrictFIFO";
  /** Under StrictFIFO what waits stays in the heap; under BestEffortFIFO it has been tried and parked. */
  const pendingByStatus = (heap: boolean, pending: Float64Array) => {
    const none = new Float64Array(pending.length);
    return (heap ? [pending, none] : [none, pending]) as [Float64Array, Float64Array];
  };

  return [
    {
      table: kueueClusterQueue,
      openLabels: [],
      *blocks() {
        for (const queue of scenario.clusterQueues) {
          for (const { timestamps, isStopped } of standing(queue.name)) {
            const stopped = isStopped(queue.name);
            yield {
              timestamps,
              strings: {
                ...source,
                cluster_queue: queue.name,
                parent_cohort: queue.cohort ?? null,
                kueue_cluster_queue_status: stopped ? "pending" : "active",
              },
              fill(columns, at) {
                const steps = clusterQueues.get(queue.name);
                const heap = isStrict(queue.name) && !stopped;
                const [active, inadmissible] = pendingByStatus(heap, steps.pending.at(timestamps));
                columns["kueue_pending_workloads_active"]!.set(active, at);
                columns["kueue_pending_workloads_inadmissible"]!.set(inadmissible, at);
                columns["kueue_cluster_queue_resource_pending_nvidia_com_gpu"]!.set(
                  steps.pendingGpus.at(timestamps),
                  at,
                );
                const admitted = steps.admitted.at(timestamps);
                columns["kueue_reserving_active_workloads"]!.set(admitted, at);
                columns["kueue_admitted_active_workloads"]!.set(admitted, at);
              },
            };
          }
        }
      },
    },
    {
      table: kueueClusterQueueResource,
      openLabels: [],
      *blocks() {
        for (const queue of scenario.clusterQueues) {
          for (const flavor of queue.flavors) {
            yield {
              timestamps,
              strings: {
                ...source,
                cohort: queue.cohort ?? "",
                cluster_queue: queue.name,
                flavor: flavor.name,
                resource: RESOURCE,
              },
              constants: {
                kueue_cluster_queue_borrowing_limit: flavor.borrowingLimit ?? Number.POSITIVE_INFINITY,
              },
              fill(columns, at) {
                const usage = clusterQueues.get(queue.name).usage(flavor.name).at(timestamps);
                columns["kueue_cluster_queue_nominal_quota"]!.set(nominal(flavor), at);
                columns["kueue_cluster_queue_resource_reservation"]!.set(usage, at);
                columns["kueue_cluster_queue_resource_usage"]!.set(usage, at);
              },
            };
          }
        }
      },
    },
    {
      table: kueueClusterQueuePriority,
      openLabels: [],
      *blocks() {
        for (const [key, counts] of clusterQueueCounts.entries()) {
          const [cluster_queue, priority_class] = key.split("/") as [string, string];
          yield* counts.blocks(target, { ...source, cluster_queue, priority_class }, "kueue_", 16);
        }
      },
    },
    {
      table: kueueEvictedWorkloads,
      openLabels: [],
      *blocks() {
        for (const [key, times] of evictions.entries()) {
          const [cluster_queue, priority_class, reason, underlying_cause] = key.split("/") as [
            string,
            string,
            string,
            string,
          ];
          for (const [i, startMs] of target.starts.entries()) {
            const endMs = target.starts[i + 1] ?? Number.POSITIVE_INFINITY;
            const within = times.filter((at) => at >= startMs && at < endMs).sort((a, b) => a - b);
            if (within.length === 0) continue;
            const evictedAt = samplesWithin(target, within[0]!, endMs);
            yield {
              timestamps: evictedAt,
              strings: {
                ...source,
                cluster_queue,
                reason,
                underlying_cause,
                priority_class,
              },
              fill(columns, at) {
                columns["kueue_evicted_workloads_total"]!.set(
                  evictedAt.map((t) => lowerBound(within, t + 1)),
                  at,
                );
              },
            };
          }
        }
      },
    },
    {
      table: kueueLocalQueue,
      openLabels: [],
      *blocks() {
        for (const { namespace, name, clusterQueue } of scenario.localQueues) {
          const localQueue = localQueueOf({ namespace, localQueue: name });
          for (const { timestamps, isStopped } of standing(clusterQueue, localQueue)) {
            const [above, gone] = [isStopped(clusterQueue), isStopped(localQueue)];
            yield {
              timestamps,
              strings: { ...source, namespace, name, kueue_local_queue_status: above || gone ? "False" : "True" },
              fill(columns, at) {
                const steps = localQueues.get(localQueue);
                const heap = isStrict(clusterQueue) && !above;
                // While it is stopped itself, Kueue does not say what waits in it.
                const [active, inadmissible] = pendingByStatus(heap, steps.pending.at(timestamps));
                if (gone) for (const pending of [active, inadmissible]) pending.fill(Number.NaN);
                columns["kueue_local_queue_pending_workloads_active"]!.set(active, at);
                columns["kueue_local_queue_pending_workloads_inadmissible"]!.set(inadmissible, at);
                const admitted = steps.admitted.at(timestamps);
                columns["kueue_local_queue_reserving_active_workloads"]!.set(admitted, at);
                columns["kueue_local_queue_admitted_active_workloads"]!.set(admitted, at);
              },
            };
          }
        }
      },
    },
    {
      table: kueueLocalQueueResource,
      openLabels: [],
      *blocks() {
        for (const { namespace, name, clusterQueue } of scenario.localQueues) {
          for (const flavor of scenario.clusterQueues.find((q) => q.name === clusterQueue)!.flavors) {
            yield {
              timestamps,
              strings: { ...source, namespace, name, flavor: flavor.name, resource: RESOURCE },
              fill(columns, at) {
                const usage = localQueues.get(`${namespace}/${name}`).usage(flavor.name).at(timestamps);
                columns["kueue_local_queue_resource_reservation"]!.set(usage, at);
                columns["kueue_local_queue_resource_usage"]!.set(usage, at);
              },
            };
          }
        }
      },
    },
    {
      table: kueueLocalQueuePriority,
      openLabels: [],
      *blocks() {
        for (const [key, counts] of localQueueCounts.entries()) {
          const [namespace, name, priority_class] = key.split("/") as [string, string, string];
          const cleared = clearedBy(localQueueOf({ namespace, localQueue: name }));
          yield* counts.blocks(cleared, { ...source, namespace, name, priority_class }, "kueue_local_queue_", 14);
        }
      },
    },
  ];
}

/** Unix ms at which Kueue's controller started: with the simulation, and after each restart. */
export function kueueStarts({ scenario }: Simulation, originMs: number): number[] {
  const startMs = Date.parse(scenario.start);
  const restarts = scenario.kueueRestartHours.map((hour) => Math.round(startMs + hour * HOUR_MS));
  return [originMs, ...restarts.filter((at) => at > originMs).sort((a, b) => a - b)];
}
