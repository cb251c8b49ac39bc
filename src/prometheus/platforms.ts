/** Node labels that name a nodegroup, as kube-state-metrics mangles them, and who sets them. The first that a node has counts. */
export const NODEGROUP_LABELS: readonly { readonly label: string; readonly key: string; readonly platform: string }[] =
  [
    {
      label: "label_eks_amazonaws_com_nodegroup",
      key: "eks.amazonaws.com/nodegroup",
      platform: "EKS managed node groups",
    },
    { label: "label_alpha_eksctl_io_nodegroup_name", key: "alpha.eksctl.io/nodegroup-name", platform: "eksctl" },
    { label: "label_karpenter_sh_nodepool", key: "karpenter.sh/nodepool", platform: "Karpenter" },
    {
      label: "label_karpenter_sh_provisioner_name",
      key: "karpenter.sh/provisioner-name",
      platform: "Karpenter before v1",
    },
    { label: "label_cloud_google_com_gke_nodepool", key: "cloud.google.com/gke-nodepool", platform: "GKE" },
    { label: "label_kubernetes_azure_com_agentpool", key: "kubernetes.azure.com/agentpool", platform: "AKS" },
    { label: "label_agentpool", key: "agentpool", platform: "AKS, older" },
    {
      label: "label_hypershift_openshift_io_node_pool",
      key: "hypershift.openshift.io/nodePool",
      platform: "OpenShift on HyperShift",
    },
    { label: "label_kops_k8s_io_instancegroup", key: "kops.k8s.io/instancegroup", platform: "kOps" },
  ];

/** Region of a node, where its label is exported. */
export const REGION_LABELS = ["label_topology_kubernetes_io_region", "label_failure_domain_beta_kubernetes_io_region"];
