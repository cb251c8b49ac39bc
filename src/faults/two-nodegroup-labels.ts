import { nodegroupSql } from "../dataset/nodegroup-sql.js";
import { literal } from "../dataset/session.js";
import type { Fault } from "./fault.js";
import { among } from "./sql.js";

const LABELS = ["label_alpha_eksctl_io_nodegroup_name", "label_karpenter_sh_nodepool"];

export const twoNodegroupLabels: Fault = {
  name: "two-nodegroup-labels",
  shows: ["F02"],
  field:
    "A node carries the labels of two provisioners, one of them from before its nodegroup was renamed. A join on both finds two nodegroups for one node, and counts its GPUs twice.",
  fails: [],
  notes: ["labels"],
  spoils: ["gpus_capacity", "demand_ratio"],
  join: "repairs",
  how: "The first of the contract's labels that a node has counts, so that every node has one nodegroup.",
  nodegroup: true,
  hours: "all",
  change({ contract, nodegroup, nodes }) {
    const second = LABELS.find((label) => !contract.nodegroupLabels.includes(label))!;
    const first = nodegroupSql({ contract });
    return [
      {
        table: "kube_node",
        sql: `SELECT *, CASE WHEN ${among("node", nodes)} THEN ${literal(`${nodegroup}-before`)} ELSE ${first} END AS ${second} FROM old`,
      },
      { contract: { ...contract, nodegroupLabels: [...contract.nodegroupLabels, second] } },
    ];
  },
};
