import { literal } from "../dataset/session.js";
import type { Fault } from "./fault.js";
import { changed, during } from "./sql.js";

export const renamedNode: Fault = {
  name: "renamed-node",
  shows: ["F23"],
  field: "A machine comes back under another name, with the same GPUs in it.",
  fails: [],
  notes: ["devices"],
  spoils: ["gpus_idle", "gpus_capacity"],
  join: "repairs",
  how: "Nodes count tick by tick, and a GPU is itself by its UUID, whatever its host is called.",
  nodegroup: true,
  hours: "from middle",
  change(world) {
    const old = world.nodes[0]!;
    const rename = (table: string, column: string) => ({
      table,
      sql: changed({ [column]: literal(`renamed-${old}`) }, `"${column}" = ${literal(old)} AND ${during(world)}`),
    });
    return [
      ...["up", "kube_node", "kube_node_spec_taint", "kube_pod"].map((table) => rename(table, "node")),
      rename("dcgm_gpu", "Hostname"),
    ];
  },
};
