import { stepSecondsOf } from "../join/grid.js";
import { kueueClusterQueue, kueueClusterQueuePriority, kueueClusterQueueResource } from "../tables/kueue.js";
import { flavorHomes, queueHomes } from "./reach.js";
import type { Recorder } from "./recorder.js";
import { by, durationText, fixedLabel, inParentheses, isOneOf, union, type Where } from "./series.js";

export interface RecordedQueues {
  /** Series that are there while Kueue answers. */
  readonly answers: string;
  /** Sums by nodegroup of what its ClusterQueues say: of those that could run there, or nowhere else. */
  /** Pending workloads that no nodegroup is known for: while there are any, nobody knows what waits where. */
  readonly dropped: string;
  overReaching(queueSeries: string): string;
  overBoundTo(queueSeries: string): string;
  /** By ClusterQueue. */
  readonly pending: string;
  readonly pendingGpus: string;
  /** By ClusterQueue, summed over the time that trails. */
  readonly admitted: string;
  readonly admittedWaitSeconds: string;
  /** By nodegroup: a column of quota, of the flavors that stand for it alone. */
  quota(column: string): string;
}

/** Seconds over which admissions are counted: within one interval hardly ever anything is admitted. */
export const TRAILING_SECONDS = 3600;
/** Intervals over which a counter is followed through a gap of its scrapes. */
const BRIDGED_INTERVALS = 5;

/** As src/join/queues.ts, for the moment. Replicas of Kueue export the same gauges: the maximum over them counts. */
export function recordQueues({ contract, series, record }: Recorder): RecordedQueues {
  const QUEUE = ["cluster_queue"];
  const stepSeconds = stepSecondsOf(contract);
  const answers = series.metric(kueueClusterQueue, "kueue_pending_workloads", { labels: QUEUE });
  const quota = (column: string, where: Where = {}) =>
    series.column(kueueClusterQueueResource, column, { labels: ["cluster_queue", "flavor"], where });
  const nominal = "kueue_cluster_queue_nominal_quota";

  const byQuota = flavorHomes(contract).map(([nodegroup, flavors]) =>
    fixedLabel(quota(nominal, { flavor: isOneOf(flavors) }), "nodegroup", nodegroup),
  );
  const byContract = queueHomes(contract).map(([nodegroup, names]) => {
    const where = { cluster_queue: isOneOf(names) };
    return fixedLabel(
      series.metric(kueueClusterQueue, "kueue_pending_workloads", { labels: QUEUE, where }),
      "nodegroup",
      nodegroup,
    );
  });
  const reach = record(
    "cluster_queue_nodegroup",
    "reach",
    "1: the nodegroups that the flavors of each ClusterQueue stand for, by its quota; by the contract where that is not exported",
    by(
      "group",
      ["cluster_queue", "nodegroup"],
      union([...byQuota, `${inParentheses(union(byContract))} unless on (cluster_queue) ${quota(nominal)}`]),
    ),
  );
  const over = (queueSeries: string, reached: string) =>
    by("sum", ["nodegroup"], `${reached}\n* on (cluster_queue) group_left () ${queueSeries}`);

  const pending = record(
    "cluster_queue",
    "workloads_pending",
    "Pending workloads of each ClusterQueue, active and inadmissible ones",
    by("max", QUEUE, `sum without (status) (${answers})`),
  );
  const pendingGpus = record(
    "cluster_queue",
    "gpus_pending",
    "GPUs that they ask for; NaN where that is not exported and some are pending",
    `${by("max", QUEUE, series.column(kueueClusterQueue, "kueue_cluster_queue_resource_pending_nvidia_com_gpu", { labels: QUEUE }))}
or on (cluster_queue) 0 * (${pending} == 0)
or on (cluster_queue) NaN * ${pending}`,
  );

  const dropped = record(
    "cluster",
    "workloads_dropped",
    "Pending workloads that are left out: their ClusterQueue's flavors stand for no nodegroup",
    `sum(${pending} > 0 unless on (cluster_queue) ${reach})`,
  );
  record(
    "cluster",
    "cluster_queues_untold",
    "ClusterQueues of which Kueue does not say how many GPUs wait in them, though workloads do",
    `count(${pendingGpus} != ${pendingGpus})`,
  );

  const before = (selector: string) =>
    `last_over_time(${selector}[${durationText(BRIDGED_INTERVALS * stepSeconds)}] offset ${durationText(stepSeconds)})`;
  const answered = series.metric(kueueClusterQueue, "kueue_pending_workloads", { labels: [], over: before });
  const trailing = (name: string, doc: string, column: string) => {
    const key = ["cluster_queue", "priority_class"];
    const now = series.column(kueueClusterQueuePriority, column, { labels: key });
    const then = series.column(kueueClusterQueuePriority, column, { labels: key, over: before });
    // A counter that fell, or that was not there while Kueue was, began at 0.
    const rise = `${now} - ${then} >= 0\nor ${now} and on () ${answered}`;
    const recorded = record("cluster_queue", name, doc, by("sum", QUEUE, by("max", key, rise)));
    // Half an interval less, so that it holds as many evaluations whether or not a range includes its start.
    return `sum_over_time(${recorded}[${TRAILING_SECONDS - Math.floor(stepSeconds / 2)}s])`;
  };
  return {
    answers,
    dropped,
    overReaching: (queueSeries) => over(queueSeries, reach),
    overBoundTo: (queueSeries) =>
      over(queueSeries, `(${reach} and on (cluster_queue) count by (cluster_queue) (${reach}) == 1)`),
    pending,
    pendingGpus,
    admitted: trailing(
      "workloads_admitted_step",
      "Workloads that each ClusterQueue admitted since the evaluation before, as its counters differ: not extrapolated",
      "kueue_admitted_workloads_total",
    ),
    admittedWaitSeconds: trailing(
      "wait_seconds_admitted_step",
      "Seconds that these had waited, together",
      "kueue_admission_wait_time_seconds_sum",
    ),
    quota: (column) => {
      const alone = flavorHomes(contract, true).map(([nodegroup, flavors]) =>
        fixedLabel(
          by("max", ["cluster_queue", "flavor"], quota(column, { flavor: isOneOf(flavors) })),
          "nodegroup",
          nodegroup,
        ),
      );
      return by("sum", ["nodegroup"], union(alone));
    },
  };
}
