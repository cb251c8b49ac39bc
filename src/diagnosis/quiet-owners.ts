import type { Observed, QuietSpan } from "../join/observed.js";
import { HOUR_MS } from "../units/time.js";

export interface QuietOwner {
  readonly owner: string;
  readonly gpuHours: number;
}

/** Whose GPUs were idle, or stalled, on a nodegroup; most GPU-hours first. */
export function quietOwners(
  { contract, quiet, stepMs }: Pick<Observed, "contract" | "quiet" | "stepMs">,
  state: QuietSpan["state"],
  nodegroup: string,
): QuietOwner[] {
  const sums = new Map<string, number>();
  for (const span of quiet) {
    if (span.state !== state || span.nodegroup !== nodegroup) continue;
    const owner = contract.owners[span.namespace] ?? span.namespace;
    const gpuHours = ((span.lastTick - span.firstTick + 1) * stepMs) / HOUR_MS;
    sums.set(owner, (sums.get(owner) ?? 0) + gpuHours);
  }
  return [...sums]
    .map(([owner, gpuHours]) => ({ owner, gpuHours }))
    .sort((a, b) => b.gpuHours - a.gpuHours || (a.owner < b.owner ? -1 : 1));
}
