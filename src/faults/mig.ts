import type { Fault } from "./fault.js";
import { offeredTwice } from "./shared-gpus.js";
import { among } from "./sql.js";

export const mig: Fault = {
  name: "mig",
  shows: ["F11"],
  field:
    "GPUs are cut into MIG instances. Each has rows of its own, GPU_UTIL and the framebuffer are in none of them, and Kubernetes counts instances where the contract counts GPUs.",
  fails: ["devices", "signals"],
  notes: [],
  spoils: ["gpus_capacity", "stalled_share", "shareable_mismatch"],
  join: "refuses",
  how: "Instances are told apart and idleness goes by the engine; what needs GPU_UTIL or the framebuffer is missing. GPUs are then instances, which no price or inventory fits.",
  nodegroup: true,
  hours: "all",
  change({ nodes }) {
    const cut = among("Hostname", nodes);
    const [resting, free] = [
      ["GR_ENGINE", "PIPE_TENSOR", "DRAM"].map((of) => `0 AS "DCGM_FI_PROF_${of}_ACTIVE"`),
      ["namespace", "pod", "container"].map((label) => `NULL AS ${label}`),
    ];
    const unseen = ["GPU_UTIL", "FB_USED", "FB_FREE"].map((of) => `NULL::DOUBLE AS "DCGM_FI_DEV_${of}"`);
    const instance = (id: number, ...replaced: string[]) =>
      `SELECT * REPLACE (${replaced.join(", ")}), '${id}' AS "GPU_I_ID", '3g.40gb' AS "GPU_I_PROFILE" FROM old WHERE ${cut}`;
    return [
      offeredTwice(nodes),
      {
        table: "dcgm_gpu",
        sql: `SELECT *, NULL AS "GPU_I_ID", NULL AS "GPU_I_PROFILE" FROM old WHERE NOT ${cut}
              UNION ALL ${instance(1, ...unseen)} UNION ALL ${instance(2, ...unseen, ...resting, ...free)}`,
      },
    ];
  },
};
