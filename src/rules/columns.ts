import type { MetricColumn } from "../metrics/metric.js";
import type { Contract } from "../tables/contract.js";
import { nodegroupWindow } from "../tables/nodegroup-window.js";
import { recordGpus } from "./gpus.js";
import { recordNodes } from "./nodes.js";
import { recordPods } from "./pods.js";
import { recordQueues, TRAILING_SECONDS } from "./queues.js";
import { requireKnownNodegroups } from "./reach.js";
import { type Recording, recorderOf } from "./recorder.js";
import { by, fixedLabel, inParentheses, union } from "./series.js";

/**
 * The columns of nodegroup_window that PromQL can express, at one moment, and before them what they are built on: nodes,
 * pods, GPUs and ClusterQueues. Each names only what stands before it. The right side of a join has one series a key, so
 * that neither replicas of an exporter nor series that overlap can make it fail.
 *
 * @throws EvenkeelError if the contract maps a flavor to a nodegroup that it does not list
 */
export function columnRecordings(contract: Contract): readonly Recording[] {
  requireKnownNodegroups(contract);
  const recorder = recorderOf(contract);
  const nodes = recordNodes(recorder);
  const pods = recordPods(recorder, nodes);
  const gpus = recordGpus(recorder, nodes);
  const queues = recordQueues(recorder);

  const column = (name: MetricColumn, expr: string, more = "") =>
    recorder.record("nodegroup", name, `${nodegroupWindow.columns[name].doc}${more}`, expr);
  const sum = (text: string) => by("sum", ["nodegroup"], text);
  const orZero = (text: string, where: string) => `${text}\nor on (nodegroup) 0 * ${where}`;

  const paid = column(
    "gpus_paid",
    union(contract.nodegroups.map(({ name, gpusPaid }) => fixedLabel(`vector(${gpusPaid})`, "nodegroup", name))),
  );
  const capacity = column("gpus_capacity", sum(nodes.capacity));
  const held = column("gpus_held", sum(pods.held));
  column("gpus_free", sum(`clamp_min(${nodes.capacity} - ${pods.held}, 0)`));
  const unplaced = column("gpus_unplaced", orZero(`(${sum(pods.unplaced)} and on (nodegroup) ${capacity})`, capacity));

  // Where Kueue answers, what no ClusterQueue tells is 0; but while work is pending that could be for any nodegroup.
  const kueueOrZero = (text: string) =>
    `${inParentheses(orZero(inParentheses(text), `(${paid} and on () ${queues.answers})`))}\nunless on () ${queues.dropped} > 0`;
  const lower = column("gpus_pending_lower", kueueOrZero(queues.overBoundTo(queues.pendingGpus)));
  const upper = column("gpus_pending_upper", kueueOrZero(queues.overReaching(queues.pendingGpus)));
  column("gpus_waiting_lower", `${unplaced} + ${lower}`);
  column("gpus_waiting_upper", `${unplaced} + ${upper}`);
  column("gpus_demand_lower", `${held} + ${unplaced} + ${lower}`);
  column("gpus_demand_upper", `${held} + ${unplaced} + ${upper}`);
  column("gpus_quota", queues.quota("kueue_cluster_queue_nominal_quota"));
  column("gpus_reserved", queues.quota("kueue_cluster_queue_resource_reservation"));

  const shareable = inParentheses(orZero(gpus.shareable, gpus.seen));
  column("gpus_shareable", `${shareable}\nunless on (nodegroup) (${gpus.held} unless on (nodegroup) ${gpus.told})`);
  column("gpu_util_percent_all", `${gpus.utilPercent} / ${gpus.seen}`);
  column("tdp_share_all", `${gpus.tdpShare} / ${gpus.seen}`);

  column("workloads_pending", kueueOrZero(queues.overReaching(queues.pending)));
  const trails = `. The window is the ${TRAILING_SECONDS} s before`;
  column("window_seconds", `0 * ${paid} + ${TRAILING_SECONDS}`, trails);
  const admitted = column("workloads_admitted", kueueOrZero(queues.overReaching(queues.admitted)), trails);
  const waited = queues.overReaching(queues.admittedWaitSeconds);
  column("wait_mean_seconds", `${waited}\n/ on (nodegroup) (${admitted} > 0)`, trails);
  return recorder.recordings;
}
