import type { Fault } from "./fault.js";
import { suffix } from "./sql.js";

const clashing = (labels: Readonly<Record<string, string>>) =>
  `SELECT * REPLACE (${Object.entries(labels)
    .map(([label, own]) => `${own} AS ${label}`)
    .join(", ")}), ${Object.keys(labels)
    .map((label) => `${label} AS exported_${label}`)
    .join(", ")} FROM old`;

export const exportedLabels: Fault = {
  name: "exported-labels",
  shows: ["F08"],
  field:
    "honorLabels is off, the default of the charts: namespace and pod are those of the exporter, and what it reports moves to exported_namespace and exported_pod.",
  fails: [],
  notes: ["dialects"],
  spoils: ["gpus_idle", "waste_share", "gpus_held"],
  join: "repairs",
  how: "exported_ labels go before the target's own, and an idle GPU has no pod, not the exporter's.",
  nodegroup: false,
  hours: "all",
  change: () => [
    {
      table: "dcgm_gpu",
      sql: clashing({
        namespace: "'gpu-operator'",
        pod: `'nvidia-dcgm-exporter-' || ${suffix('"Hostname"')}`,
        container: "'nvidia-dcgm-exporter'",
      }),
    },
    { table: "kube_pod", sql: clashing({ namespace: "'monitoring'", pod: "'kube-state-metrics-0'" }) },
    { table: "kube_job", sql: clashing({ namespace: "'monitoring'" }) },
    ...["kueue_local_queue", "kueue_local_queue_resource", "kueue_local_queue_priority"].map((table) => ({
      table,
      sql: clashing({ namespace: "'kueue-system'" }),
    })),
  ],
};
