import { kubePod } from "../tables/kube-pod.js";
import type { RecordedNodes } from "./nodes.js";
import { onlyHomes } from "./reach.js";
import type { Recorder } from "./recorder.js";
import {
  type Ask,
  by,
  firstLabel,
  fixedLabel,
  inParentheses,
  is,
  isNot,
  isOneOf,
  onlyOne,
  withLabel,
} from "./series.js";

export interface RecordedPods {
  /** GPUs held, by node and nodegroup. */
  readonly held: string;
  /** GPUs of admitted pods without a node, by pod, with the nodegroup where it is known. */
  readonly unplaced: string;
}

const POD = ["namespace", "pod", "uid"];
const PER_POD = `on (${POD.join(", ")})`;
const CLUSTER_QUEUE = "label_kueue_x_k8s_io_cluster_queue_name";

/**
 * As src/join/pods.ts, but that GPUs without a node are added up pod by pod: the pods of a gang are taken to ask for as
 * many each there.
 */
export function recordPods({ contract, series, record }: Recorder, nodes: RecordedNodes): RecordedPods {
  const pod = (column: string, ask: Partial<Ask> = {}) => series.column(kubePod, column, { labels: POD, ...ask });
  const most = (column: string, ask?: Partial<Ask>) => by("max", POD, pod(column, ask));

  const containers = pod("kube_pod_container_resource_requests_nvidia_com_gpu", { labels: [...POD, "container"] });
  const requested = by("sum", POD, by("max", [...POD, "container"], containers));
  const requestedAtFirst = most("kube_pod_init_container_resource_requests_nvidia_com_gpu");
  const live = record(
    "pod",
    "gpus_requested",
    "GPUs that each pod requests which is Pending or Running: all its containers, or its largest init container if that is more",
    `${inParentheses(`${requestedAtFirst} > ${PER_POD} ${requested}\nor ${PER_POD} ${requested}`)}
and ${PER_POD} ${most("kube_pod_status_phase", { where: { phase: isOneOf(["Pending", "Running"]) } })} == 1`,
  );
  const node = record(
    "pod",
    "node",
    "1: the node that each pod is bound to",
    onlyOne(POD, by("max", [...POD, "node"], pod("node", { where: { node: isNot("") } }))),
  );
  const held = record(
    "node",
    "gpus_held",
    "GPUs that pods request which are bound to the node, Pending or Running",
    `${by("sum", ["node", "nodegroup"], nodes.atHome(`${live} * ${PER_POD} group_left (node) ${node}`))}
or on (node) 0 * ${nodes.allocatable}`,
  );

  const queue = withLabel(
    pod(CLUSTER_QUEUE, { where: { [CLUSTER_QUEUE]: isNot("") } }),
    "cluster_queue",
    CLUSTER_QUEUE,
  );
  const gated = most("kube_pod_status_reason", { where: { reason: is("SchedulingGated") } });
  const nodeless = record(
    "pod",
    "gpus_nodeless",
    "GPUs that pods request which a ClusterQueue admitted and which have no node",
    `${inParentheses(`${live}\nunless ${PER_POD} ${node}\nunless ${PER_POD} ${gated} == 1`)}
* ${PER_POD} group_left (cluster_queue) ${onlyOne(POD, by("max", [...POD, "cluster_queue"], queue))}`,
  );
  const selectors = contract.nodegroupLabels.map((label) => label.replace(/^label_/, "nodeselector_"));
  const selected = firstLabel(selectors, "nodegroup", (where) =>
    series.metric(kubePod, kubePod.openLabels.series, { labels: POD, where }),
  );
  const byQueue = onlyHomes(contract).reduce(
    (text, [nodegroup, oneOf]) => fixedLabel(text, "nodegroup", nodegroup, { label: "cluster_queue", oneOf }),
    nodeless,
  );
  const unplaced = record(
    "pod",
    "gpus_unplaced",
    "The same with the nodegroup that their node selector asks for, or that is the only one of their ClusterQueue",
    `${nodeless} * ${PER_POD} group_left (nodegroup) ${onlyOne(POD, by("max", [...POD, "nodegroup"], selected))}
or ${PER_POD} ${byQueue}`,
  );
  return { held, unplaced };
}
