import { literal } from "../dataset/session.js";
import type { Fault } from "./fault.js";
import { during } from "./sql.js";

export const gpuLost: Fault = {
  name: "gpu-lost",
  shows: ["F32"],
  field:
    "A GPU falls off the bus. DCGM no longer sees it, while the device plugin goes on offering it, and pods that get it fail.",
  fails: ["devices"],
  notes: [],
  spoils: ["gpus_capacity", "gpus_free"],
  join: "refuses",
  how: "Capacity is what Kubernetes offers, one GPU too many; the check names node and time, coverage_dcgm falls.",
  nodegroup: true,
  hours: "from middle",
  change(world) {
    const node = `"Hostname" = ${literal(world.nodes[0]!)}`;
    return [
      {
        table: "dcgm_gpu",
        sql: `FROM old WHERE NOT (${node} AND ${during(world)} AND "UUID" = (SELECT min("UUID") FROM old WHERE ${node}))`,
      },
    ];
  },
};
