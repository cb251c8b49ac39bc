import type { Fault } from "./fault.js";
import { among, changed, during } from "./sql.js";

export const profilingPaused: Fault = {
  name: "profiling-paused",
  shows: ["F13"],
  field:
    "Somebody profiles on the node, and DCGM pauses its own profiling there. The exporter drops blank values: the fields are absent, not zero.",
  fails: ["signals"],
  notes: [],
  spoils: ["stalled_share", "waste_share", "shareable_mismatch"],
  join: "excludes",
  how: "Where no held GPU of a nodegroup has the signals, stalled and shareable are missing; idleness falls back on GPU_UTIL.",
  nodegroup: true,
  hours: "middle",
  change: (world) => [
    {
      table: "dcgm_gpu",
      sql: changed(
        Object.fromEntries(["GR_ENGINE", "PIPE_TENSOR", "DRAM"].map((of) => [`DCGM_FI_PROF_${of}_ACTIVE`, "NULL"])),
        `${among("Hostname", world.nodes)} AND ${during(world)}`,
      ),
    },
  ],
};
