import { mangled } from "../tables/kubernetes.js";

/** Keys of node labels that name a nodegroup, on every platform that is known; docs/label-contract.md says whose they are. */
export const NODEGROUP_KEYS = [
  "eks.amazonaws.com/nodegroup",
  "alpha.eksctl.io/nodegroup-name",
  "karpenter.sh/nodepool",
  "karpenter.sh/provisioner-name",
  "cloud.google.com/gke-nodepool",
  "kubernetes.azure.com/agentpool",
  "agentpool",
  "hypershift.openshift.io/nodePool",
  "kops.k8s.io/instancegroup",
] as const;

const labelOfKey = (key: string) => `label_${mangled(key)}`;

/** The same as kube-state-metrics has them. The first that a node has counts. */
export const NODEGROUP_LABELS: readonly string[] = NODEGROUP_KEYS.map(labelOfKey);

/** Region of a node, where its label is exported. */
export const REGION_LABELS = ["topology.kubernetes.io/region", "failure-domain.beta.kubernetes.io/region"].map(
  labelOfKey,
);
