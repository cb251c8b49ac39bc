import { dcgmGpu } from "./dcgm-gpu.js";
import { kubeJob } from "./kube-job.js";
import { kubeNode, kubeNodeSpecTaint } from "./kube-node.js";
import { kubePod } from "./kube-pod.js";
import {
  kueueClusterQueue,
  kueueClusterQueuePriority,
  kueueClusterQueueResource,
  kueueEvictedWorkloads,
  kueueLocalQueue,
  kueueLocalQueuePriority,
  kueueLocalQueueResource,
} from "./kueue.js";
import type { Table } from "./table.js";
import { up } from "./up.js";

/** Every table of a dataset, in the order in which a newcomer reads them. */
export const tables: readonly Table[] = [
  up,
  kubeNode,
  kubeNodeSpecTaint,
  kubePod,
  kubeJob,
  dcgmGpu,
  kueueClusterQueue,
  kueueClusterQueueResource,
  kueueClusterQueuePriority,
  kueueEvictedWorkloads,
  kueueLocalQueue,
  kueueLocalQueueResource,
  kueueLocalQueuePriority,
];

/** Version of this contract: a dataset of another version is refused. */
export const CONTRACT_VERSION = 1;
