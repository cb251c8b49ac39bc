import type { Fault } from "./fault.js";
import { among, changed, during } from "./sql.js";

export const phaseMissing: Fault = {
  name: "phase-missing",
  shows: ["F24"],
  field:
    "kube_pod_status_phase has five series a pod and is the first to be dropped to save room. Requests without a phase hold nothing, or all that ever ran.",
  fails: ["states"],
  notes: [],
  spoils: ["gpus_held", "gpus_free", "imbalance"],
  join: "refuses",
  how: "A pod without a phase is not counted as holding GPUs; the check says how many pods that are.",
  nodegroup: true,
  hours: "middle",
  change: (world) => [
    {
      table: "kube_pod",
      sql: changed({ kube_pod_status_phase: "NULL" }, `${among("node", world.nodes)} AND ${during(world)}`),
    },
  ],
};
