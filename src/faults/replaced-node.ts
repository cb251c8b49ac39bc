import { literal } from "../dataset/session.js";
import { SECOND_MS } from "../units/time.js";
import type { Fault } from "./fault.js";
import { changed, during } from "./sql.js";

export const replacedNode: Fault = {
  name: "replaced-node",
  shows: ["F23"],
  field: "A broken machine is replaced, and the new one takes its name: the same node with other GPUs in it.",
  fails: [],
  notes: ["devices"],
  spoils: ["gpus_idle", "coverage_dcgm"],
  join: "repairs",
  how: "GPUs count tick by tick; how long one was idle ends with it.",
  band: 0.1,
  nodegroup: true,
  hours: "from middle",
  change(world) {
    const node = literal(world.nodes[0]!);
    return [
      {
        table: "kube_node",
        sql: changed(
          { kube_node_created: String(Math.floor(world.fromMs / SECOND_MS)) },
          `node = ${node} AND ${during(world)}`,
        ),
      },
      {
        table: "dcgm_gpu",
        sql: changed({ UUID: `'GPU-' || md5("UUID")` }, `"Hostname" = ${node} AND ${during(world)}`),
      },
    ];
  },
};
