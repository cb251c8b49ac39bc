import type { Fault } from "./fault.js";

export const finishedPodsKept: Fault = {
  name: "finished-pods-kept",
  shows: ["F24"],
  field:
    "Finished pods are not deleted. kube-state-metrics goes on listing what they requested, and a plain sum of requests grows beyond what there is.",
  fails: [],
  notes: [],
  spoils: ["gpus_held", "demand_ratio"],
  join: "repairs",
  how: "Only pods on a node that are Pending or Running hold GPUs.",
  nodegroup: false,
  hours: "all",
  change: () => [
    {
      table: "kube_pod",
      sql: `
        WITH last AS (SELECT * FROM old QUALIFY row_number() OVER (PARTITION BY instance, uid ORDER BY timestamp DESC) = 1)
        FROM old
        UNION ALL
        SELECT last.* REPLACE (up.timestamp AS timestamp)
        FROM last JOIN up ON up.instance = last.instance AND up.job = 'kube-state-metrics' AND up.up = 1 AND up.timestamp > last.timestamp
        WHERE last.kube_pod_status_phase IN ('Succeeded', 'Failed')`,
    },
  ],
};
