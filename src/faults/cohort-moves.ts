import type { Fault } from "./fault.js";
import { during, instant } from "./sql.js";

export const cohortMoves: Fault = {
  name: "cohort-moves",
  shows: ["F30"],
  field:
    "ClusterQueues move to another cohort. The cohort is a label of the quota metrics: the series under the old one stay, as they last were, beside the new ones.",
  fails: ["duplicates"],
  notes: [],
  spoils: ["gpus_quota", "gpus_reserved"],
  join: "refuses",
  how: "The larger of the two counts; it may be the dead one, so the check fails.",
  nodegroup: false,
  hours: "from middle",
  change(world) {
    const measures = ["nominal_quota", "borrowing_limit", "resource_reservation", "resource_usage"];
    const frozen = measures.map((measure) => {
      const value = `kueue_cluster_queue_${measure}`;
      return `arg_max(${value}, timestamp) FILTER (timestamp < ${instant(world.fromMs)}) OVER series AS ${value}`;
    });
    return [
      {
        table: "kueue_cluster_queue_resource",
        sql: `
          WITH moved AS (SELECT * REPLACE (CASE WHEN ${during(world)} THEN cohort || '-new' ELSE cohort END AS cohort) FROM old)
          FROM moved
          UNION ALL
          FROM (SELECT * REPLACE (${frozen.join(", ")}) FROM old
                WINDOW series AS (PARTITION BY instance, cluster_queue, flavor, resource, replica_role))
          WHERE ${during(world)}`,
      },
    ];
  },
};
