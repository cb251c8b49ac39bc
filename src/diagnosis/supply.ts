import type { Observed } from "../join/observed.js";
import type { NodegroupWindow } from "../tables/nodegroup-window.js";

/** Where the GPU-hours that are paid for went. The parts and the residual add up to `paid`. */
export interface Supply {
  readonly nodegroup: string;
  readonly paid: number;
  /** Useful at most: work that was lost later is in it. */
  readonly useful: number;
  readonly starting: number;
  readonly stalled: number;
  readonly idle: number;
  readonly free: number;
  readonly outOfService: number;
  readonly absent: number;
  /** What telemetry does not cover, or covers twice if negative. */
  readonly residual: number;
  /** Of the residual: held, but the telemetry that tells useful from stalled and idle is not all there. */
  readonly useUnknown: number;
  /** Of useful, starting, stalled and idle: held by pods outside Kueue. */
  readonly outsideKueue: number;
}

/** Largest share of the paid GPU-hours that may be unaccounted for in what is called reconciled. Field convention. */
export const RECONCILED_SHARE = 0.01;

const parts = ["useful", "starting", "stalled", "idle", "free", "outOfService", "absent"] as const;
export type SupplyPart = (typeof parts)[number];
export const supplyParts: readonly SupplyPart[] = parts;

/** GPU-hours by nodegroup, from the joined windows. */
export function supply(observed: Observed, windows: readonly NodegroupWindow[]): Supply[] {
  const hours = (observed.ticks * observed.stepMs) / 3_600_000;
  return observed.contract.nodegroups.map(({ name, gpusPaid }) => {
    const mine = windows.filter((window) => window.nodegroup === name);
    const gpuHours = (column: keyof NodegroupWindow) =>
      mine.reduce((sum, window) => sum + ((window[column] as number | null) ?? 0) * windowHours(window), 0);
    const row = {
      useful: gpuHours("gpus_useful"),
      starting: gpuHours("gpus_starting"),
      stalled: gpuHours("gpus_stalled"),
      idle: gpuHours("gpus_idle"),
      free: gpuHours("gpus_free"),
      outOfService: gpuHours("gpus_out_of_service"),
      absent: gpuHours("gpus_absent"),
    };
    const paid = gpusPaid * hours;
    const accounted = parts.reduce((sum, part) => sum + row[part], 0);
    return {
      nodegroup: name,
      paid,
      ...row,
      residual: paid - accounted,
      useUnknown: mine.reduce((sum, window) => sum + useUnknownIn(window) * windowHours(window), 0),
      outsideKueue: gpuHours("gpus_held_outside_kueue"),
    };
  });
}

/** GPUs held in a window that are in none of the states of held ones. */
const useUnknownIn = ({ gpus_useful, gpus_held, gpus_starting, gpus_stalled, gpus_idle }: NodegroupWindow): number =>
  gpus_useful === null
    ? Math.max(0, (gpus_held ?? 0) - (gpus_starting ?? 0) - (gpus_stalled ?? 0) - (gpus_idle ?? 0))
    : 0;

/** GPU-hours that pods held and of which it is known what they did with them. */
export const heldGpuHours = ({
  useful,
  starting,
  stalled,
  idle,
}: Pick<Supply, "useful" | "starting" | "stalled" | "idle">): number => useful + starting + stalled + idle;

/** Hours of a window; the last may be shorter than the rest. */
export const windowHours = ({ window_seconds }: Pick<NodegroupWindow, "window_seconds">): number =>
  (window_seconds ?? 0) / 3600;

/** The sum of all nodegroups. */
export function fleetSupply(rows: readonly Supply[]): Supply {
  const add = (pick: (row: Supply) => number) => rows.reduce((sum, row) => sum + pick(row), 0);
  return {
    nodegroup: "fleet",
    paid: add((r) => r.paid),
    useful: add((r) => r.useful),
    starting: add((r) => r.starting),
    stalled: add((r) => r.stalled),
    idle: add((r) => r.idle),
    free: add((r) => r.free),
    outOfService: add((r) => r.outOfService),
    absent: add((r) => r.absent),
    residual: add((r) => r.residual),
    useUnknown: add((r) => r.useUnknown),
    outsideKueue: add((r) => r.outsideKueue),
  };
}
