import type { Fault } from "./fault.js";
import { among, changed, suffix } from "./sql.js";

export const exporterAsHolder: Fault = {
  name: "exporter-as-holder",
  shows: ["F08"],
  field:
    "honorLabels is off and a relabelling drops exported_pod: every GPU is held, at all times, by the pod of the exporter.",
  fails: ["holders"],
  notes: [],
  spoils: ["gpus_idle", "waste_share"],
  join: "refuses",
  how: "Who held the GPUs is lost: free GPUs look held and idle.",
  rulesDiffer: {
    figures: { gpus_shareable: "lower", shareable_mismatch: "lower" },
    why: "The rules know dcgm-exporter's own pod by its name: nobody holds the GPU. The join takes it for the pod that does.",
  },
  nodegroup: true,
  hours: "all",
  change: ({ nodes }) => [
    {
      table: "dcgm_gpu",
      sql: changed(
        {
          namespace: "'gpu-operator'",
          pod: `'nvidia-dcgm-exporter-' || ${suffix('"Hostname"')}`,
          container: "'nvidia-dcgm-exporter'",
        },
        among("Hostname", nodes),
      ),
    },
  ],
};
