import type { CapacityRow } from "../capacity.js";
import { resizeText } from "../what-if.js";

/** A row of the capacity plan of which only what matters has to be said: an H100 nodegroup of 4 nodes of 8 GPUs. */
export function capacityRowOf({
  nodes_to_add = 0,
  nodes_now = 4,
  nodegroup,
  ...rest
}: Partial<CapacityRow> & Pick<CapacityRow, "nodegroup">): CapacityRow {
  const needed = nodes_to_add === null ? null : nodes_now + nodes_to_add;
  return {
    nodegroup,
    gpu_model: "H100",
    nodes_now,
    gpus_now: 8 * nodes_now,
    jobs: 100,
    jobs_censored: 0,
    jobs_unseen: 0,
    target_seconds: 3600,
    wait_p95_seconds_observed: 0,
    wait_p95_seconds_replayed: 0,
    nodes_needed: needed,
    nodes_needed_lower: needed,
    nodes_needed_upper: needed,
    nodes_to_add,
    gpus_to_add: nodes_to_add === null ? null : 8 * nodes_to_add,
    wait_p95_seconds_planned: 0,
    what_if: resizeText(nodegroup, nodes_to_add ?? 0),
    erlang_gpus: 20,
    usd_per_month: nodes_to_add === null ? null : 8 * nodes_to_add * 2 * 730,
    committed_until: null,
    estimable: "yes",
    ...rest,
  };
}
