import type { Observed } from "../join/observed.js";
import { gpusOf } from "../join/shapes.js";
import { HOUR_MS, SECOND_MS } from "../units/time.js";

/** What one team's pods held and did not use, GPU-hours, and what that cost at list price. */
export interface OwnerWaste {
  readonly owner: string;
  readonly namespaces: readonly string[];
  readonly held: number;
  readonly idle: number;
  readonly stalled: number;
  /** GPU-hours since the start of attempts that failed: what was lost at most. */
  readonly lost: number;
  readonly usdIdle: number;
  readonly usdLost: number;
}

/** Idle, stalled and lost GPU-hours by the team that answers for the namespace, most costly first. */
export function ownerWaste(observed: Observed): OwnerWaste[] {
  const { contract, startMs, stepMs, ticks } = observed;
  const price = new Map(contract.nodegroups.map((n) => [n.name, n.usdPerGpuHour]));
  const owners = new Map<
    string,
    {
      namespaces: Set<string>;
      held: number;
      idle: number;
      stalled: number;
      lost: number;
      usdIdle: number;
      usdLost: number;
    }
  >();
  const of = (namespace: string) => {
    const owner = contract.owners[namespace] ?? namespace;
    let waste = owners.get(owner);
    if (!waste) {
      waste = { namespaces: new Set(), held: 0, idle: 0, stalled: 0, lost: 0, usdIdle: 0, usdLost: 0 };
      owners.set(owner, waste);
    }
    waste.namespaces.add(namespace);
    return waste;
  };

  const endMs = startMs + ticks * stepMs;
  for (const gang of observed.started) {
    const from = Math.max(startMs, gang.scheduledSeconds * SECOND_MS);
    const to = Math.min(endMs, gang.endedSeconds === undefined ? endMs : gang.endedSeconds * SECOND_MS);
    const gpuHours = (Math.max(0, to - from) / HOUR_MS) * gpusOf(gang);
    const waste = of(gang.namespace);
    waste.held += gpuHours;
    if (!gang.failed) continue;
    waste.lost += gpuHours;
    waste.usdLost += gpuHours * price.get(gang.nodegroup)!;
  }
  for (const { state, nodegroup, namespace, firstTick, lastTick } of observed.quiet) {
    const gpuHours = ((lastTick - firstTick + 1) * stepMs) / HOUR_MS;
    const waste = of(namespace);
    waste[state] += gpuHours;
    if (state === "idle") waste.usdIdle += gpuHours * price.get(nodegroup)!;
  }
  return [...owners]
    .map(([owner, { namespaces, ...waste }]) => ({ owner, namespaces: [...namespaces].sort(), ...waste }))
    .sort((a, b) => b.usdIdle + b.usdLost - (a.usdIdle + a.usdLost) || (a.owner < b.owner ? -1 : 1));
}
