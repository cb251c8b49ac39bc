import type { Fault } from "./fault.js";
import { offeredTwice } from "./shared-gpus.js";
import { among, doubled } from "./sql.js";

export const timeSlicing: Fault = {
  name: "time-slicing",
  shows: ["F12"],
  field:
    "The device plugin offers every GPU twice. Kubernetes counts shares as GPUs, and dcgm-exporter writes a GPU once for each pod on it.",
  fails: ["devices", "duplicates"],
  notes: [],
  spoils: ["gpus_capacity", "gpus_held", "demand_ratio"],
  join: "refuses",
  how: "A GPU counts once a tick, whoever shares it; capacity and requests stay in shares, which no price or inventory fits.",
  nodegroup: true,
  hours: "all",
  change({ nodes }) {
    const peer = { pod: "pod || '-peer'" };
    return [
      offeredTwice(nodes),
      { table: "kube_pod", sql: doubled({ ...peer, uid: "uid || '-peer'" }, among("node", nodes)) },
      { table: "dcgm_gpu", sql: doubled(peer, `pod IS NOT NULL AND ${among("Hostname", nodes)}`) },
    ];
  },
};
