import type { Fault } from "./fault.js";
import { among, changed } from "./sql.js";

export const quotaBeyondGpus: Fault = {
  name: "quota-beyond-gpus",
  shows: ["F28"],
  field:
    "Nominal quota is set by hand. It was doubled, or nodes went away, and Kueue admits more than the nodegroup has: whoever takes quota for capacity sees GPUs that do not exist.",
  fails: [],
  notes: ["quota"],
  spoils: ["gpus_capacity", "gpus_quota"],
  join: "repairs",
  how: "Capacity is read from nodes, never from quota.",
  nodegroup: true,
  hours: "all",
  change({ contract, nodegroup }) {
    const flavors = Object.entries(contract.flavors).filter(([, behind]) => behind.includes(nodegroup));
    const quota = "kueue_cluster_queue_nominal_quota";
    return [
      {
        table: "kueue_cluster_queue_resource",
        sql: changed(
          { [quota]: `2 * ${quota}` },
          among(
            "flavor",
            flavors.map(([flavor]) => flavor),
          ),
        ),
      },
    ];
  },
};
