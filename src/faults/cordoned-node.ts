import type { Fault } from "./fault.js";
import { among, changed, during } from "./sql.js";

export const cordonedNode: Fault = {
  name: "cordoned-node",
  shows: ["F31"],
  field: "A node is cordoned. It stays Ready and its GPUs stay allocatable, but nothing new may start on them.",
  fails: [],
  notes: ["service"],
  spoils: ["gpus_capacity", "demand_ratio"],
  join: "reports",
  how: "It is out of capacity while it is cordoned; its free GPUs are in gpus_out_of_service.",
  nodegroup: true,
  hours: "middle",
  change: (world) => [
    {
      table: "kube_node",
      sql: changed(
        { kube_node_spec_unschedulable: "1" },
        `${among("node", world.nodes.slice(0, 1))} AND ${during(world)}`,
      ),
    },
  ],
};
