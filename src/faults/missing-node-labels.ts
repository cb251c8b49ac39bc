import type { Fault } from "./fault.js";
import { among, changed } from "./sql.js";

export const missingNodeLabels: Fault = {
  name: "missing-node-labels",
  shows: ["F01"],
  field:
    "kube-state-metrics exports no node label that it is not told to. A nodegroup that came later, from another provider, is not on the list.",
  fails: ["labels", "nodegroups"],
  notes: [],
  spoils: ["gpus_capacity", "imbalance"],
  join: "excludes",
  how: "Nodes, pods and GPUs without a nodegroup are left out and counted; the nodegroup's figures are missing, not zero.",
  nodegroup: true,
  hours: "all",
  change: ({ contract, nodes }) => [
    {
      table: "kube_node",
      sql: changed(Object.fromEntries(contract.nodegroupLabels.map((label) => [label, "NULL"])), among("node", nodes)),
    },
  ],
};
