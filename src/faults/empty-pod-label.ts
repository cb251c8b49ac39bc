import type { Fault } from "./fault.js";
import { changed } from "./sql.js";

export const emptyPodLabel: Fault = {
  name: "empty-pod-label",
  shows: ["F09"],
  field: 'Older versions of dcgm-exporter write pod="" for a GPU that is free; newer ones leave the label out.',
  fails: [],
  notes: ["dialects"],
  spoils: ["gpus_idle", "waste_share"],
  join: "repairs",
  how: "An empty pod is no pod: nobody holds the GPU.",
  nodegroup: false,
  hours: "all",
  change: () => [{ table: "dcgm_gpu", sql: changed({ namespace: "''", pod: "''", container: "''" }, "pod IS NULL") }],
};
