import type { Observed, QuietSpan, Series, StartedGang } from "../join/observed.js";
import { gpusOf } from "../join/shapes.js";
import { HOUR_MS, SECOND_MS } from "../units/time.js";
import type { Waiting } from "./walk.js";

/** What one team's pods held and did not use, GPU-hours, and what that cost at list price. */
export interface OwnerWaste {
  readonly owner: string;
  readonly namespaces: readonly string[];
  readonly held: number;
  readonly idle: number;
  readonly stalled: number;
  /** Share of what was held of which DCGM told whether it was so: with less than all, idle and stalled are the least. */
  readonly told: Readonly<Record<QuietSpan["state"], number>>;
  /** GPU-hours since the start of attempts that failed, or were evicted and made again: what was lost at most. */
  readonly lost: number;
  readonly usdIdle: number;
  readonly usdLost: number;
  /** GPU-hours that waited for capacity at a nodegroup while its GPUs there were idle: never more than were. */
  readonly waitedBehindIdle: number;
}

/** Idle, stalled and lost GPU-hours by the team that answers for the namespace, most costly first. */
export function ownerWaste(observed: Observed, walk: Iterable<Waiting>): OwnerWaste[] {
  const { contract, stepMs } = observed;
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
      told: Record<QuietSpan["state"], number>;
    }
  >();
  const toldAt = new Map(
    observed.nodegroups.map(({ name, idle, stalled }) => [name, { idle: toldBy(idle), stalled: toldBy(stalled) }]),
  );
  const of = (namespace: string) => {
    const owner = contract.owners[namespace] ?? namespace;
    let waste = owners.get(owner);
    if (!waste) {
      const told = { idle: 0, stalled: 0 };
      waste = { namespaces: new Set(), held: 0, idle: 0, stalled: 0, lost: 0, usdIdle: 0, usdLost: 0, told };
      owners.set(owner, waste);
    }
    waste.namespaces.add(namespace);
    return waste;
  };

  for (const gang of observed.started) {
    const gpuHours = gangGpuHours(gang, observed);
    const waste = of(gang.namespace);
    waste.held += gpuHours;
    const [from, to] = heldTicks(gang, observed);
    const there = toldAt.get(gang.nodegroup);
    for (const state of ["idle", "stalled"] as const) {
      const known = there === undefined ? 0 : there[state][to]! - there[state][from]!;
      waste.told[state] += to > from ? gpuHours * (known / (to - from)) : 0;
    }
    if (!gang.lost) continue;
    waste.lost += gpuHours;
    waste.usdLost += gpuHours * price.get(gang.nodegroup)!;
  }
  for (const { state, nodegroup, namespace, firstTick, lastTick } of observed.quiet) {
    const gpuHours = ((lastTick - firstTick + 1) * stepMs) / HOUR_MS;
    const waste = of(namespace);
    waste[state] += gpuHours;
    if (state === "idle") waste.usdIdle += gpuHours * price.get(nodegroup)!;
  }
  const behind = waitedBehindIdle(observed, walk);
  return [...owners]
    .map(([owner, { namespaces, told, ...waste }]) => ({
      owner,
      namespaces: [...namespaces].sort(),
      ...waste,
      told: { idle: shareOf(told.idle, waste.held), stalled: shareOf(told.stalled, waste.held) },
      waitedBehindIdle: behind.get(owner) ?? 0,
    }))
    .sort((a, b) => b.usdIdle + b.usdLost - (a.usdIdle + a.usdLost) || (a.owner < b.owner ? -1 : 1));
}

/** Rounding errors of the sums are no part of what was not told. */
const shareOf = (told: number, held: number) => (held > 0 ? Math.min(1, Math.round((told / held) * 1e6) / 1e6) : 1);

/** By tick, at how many before it a series has a value. */
function toldBy(series: Series): Uint32Array {
  const before = new Uint32Array(series.length + 1);
  series.forEach((value, tick) => {
    before[tick + 1] = before[tick]! + (Number.isNaN(value) ? 0 : 1);
  });
  return before;
}

/** The ticks in which an attempt held GPUs: from the first to before the last. */
function heldTicks({ scheduledSeconds, endedSeconds }: StartedGang, { startMs, stepMs, ticks }: Observed) {
  const tickOf = (seconds: number) => Math.min(ticks, Math.max(0, (seconds * SECOND_MS - startMs) / stepMs));
  const to = endedSeconds === undefined ? ticks : Math.ceil(tickOf(endedSeconds));
  return [Math.floor(tickOf(scheduledSeconds)), to] as const;
}

/** GPU-hours that an attempt held within the time observed. */
export function gangGpuHours(gang: StartedGang, { startMs, stepMs, ticks }: Observed): number {
  const endMs = startMs + ticks * stepMs;
  const from = Math.max(startMs, gang.scheduledSeconds * SECOND_MS);
  const to = Math.min(endMs, gang.endedSeconds === undefined ? endMs : gang.endedSeconds * SECOND_MS);
  return (Math.max(0, to - from) / HOUR_MS) * gpusOf(gang);
}

/**
 * GPU-hours by owner: at every tick and nodegroup as many GPUs as waited for capacity, or as were idle if that is less,
 * shared out over the idle ones. Whether the waiting shape would have fitted on them is not asked.
 */
function waitedBehindIdle(
  { contract, quiet, stepMs, ticks }: Observed,
  walk: Iterable<Waiting>,
): ReadonlyMap<string, number> {
  const waiting = new Map<string, Float64Array>();
  for (const { cause, nodegroup, tick, gpus } of walk) {
    if (cause !== "capacity") continue;
    const here = waiting.get(nodegroup) ?? new Float64Array(ticks);
    waiting.set(nodegroup, here);
    here[tick]! += gpus;
  }
  const idle = quiet.filter(({ state, nodegroup }) => state === "idle" && waiting.has(nodegroup));
  const idleAt = new Map([...waiting.keys()].map((nodegroup) => [nodegroup, new Float64Array(ticks)]));
  for (const { nodegroup, firstTick, lastTick } of idle)
    for (let tick = firstTick; tick <= lastTick; tick++) idleAt.get(nodegroup)![tick]! += 1;

  const behind = new Map<string, number>();
  for (const { nodegroup, namespace, firstTick, lastTick } of idle) {
    const owner = contract.owners[namespace] ?? namespace;
    let gpus = 0;
    for (let tick = firstTick; tick <= lastTick; tick++)
      gpus += Math.min(1, waiting.get(nodegroup)![tick]! / idleAt.get(nodegroup)![tick]!);
    behind.set(owner, (behind.get(owner) ?? 0) + (gpus * stepMs) / HOUR_MS);
  }
  return behind;
}
