import { countGauge, gauge, label, table, timestamp } from "./table.js";

export const kubeJob = table({
  name: "kube_job",
  source: "kube-state-metrics",
  doc: "Jobs, suspended ones included. A suspended Job has no pods: this is all that Kubernetes itself shows of it.",
  sparse: true,
  key: ["instance", "namespace", "job_name"],
  columns: {
    timestamp,
    instance: label("Address of kube-state-metrics"),
    namespace: label("Namespace of the Job"),
    job_name: label("Name of the Job: its pods name it as their owner"),
    kube_job_created: gauge("Unix s", "When the Job was submitted: the start of its wait"),
    kube_job_spec_parallelism: countGauge("pods", "Pods that run at the same time: the size of the gang"),
  },
});
