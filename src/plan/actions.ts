import { z } from "zod";
import type { Cause } from "../diagnosis/cause.js";
import { causeWords } from "../diagnosis/cause-words.js";
import type { Diagnosis, WaitingByPlace } from "../diagnosis/diagnose.js";
import { alarms } from "../diagnosis/headline.js";
import { placeText } from "../diagnosis/place.js";
import { quietOwners } from "../diagnosis/quiet-owners.js";
import { heldGpuHours } from "../diagnosis/supply.js";
import type { OwnerWaste } from "../diagnosis/waste.js";
import { isHiddenAt } from "../join/hidden.js";
import { fixed, gpuHours, list, plural } from "../units/format.js";
import type { CapacityRow } from "./capacity.js";
import {
  lendText,
  moveText,
  packText,
  raiseText,
  reapText,
  reorderText,
  resizeText,
  retargetText,
  uncordonText,
  type WhatIfText,
} from "./what-if.js";

/** Something one would do, with the finding that it follows from. Free ones come first. */
export const actionRow = z.object({
  action: z
    .enum(["lend", "retarget", "reorder", "repack", "uncordon", "reap", "feed", "move", "add", "free"])
    .describe("Kind of action"),
  place: z.string().describe("Where"),
  what: z.string().describe("What one would do"),
  because: z.string().describe("The finding that it follows from"),
  nodes: z.int().nullable().describe("Whole nodes that it adds, moves or frees; empty where it is not about nodes"),
  gpu_hours_behind: z
    .number()
    .nullable()
    .describe(
      "GPU-hours that waited behind what it opens, while it was closed; empty where it is about waste, not waiting, or where what waited is not known. Not what it would remove: the queue that a closed gate let grow counts as capacity, so it may be more; whoever's room it takes waits instead, so it may be less",
    ),
  gpu_hours_freed: z.number().nullable().describe("GPU-hours of capacity that it would give back at most"),
  usd_per_month: z.number().describe("What it costs a month; 0 is free"),
  loses: z.string().describe("Who loses by it"),
  what_if: z
    .string()
    .nullable()
    .describe(
      "How `evenkeel whatif` tries it, several actions together joined by +; empty where it has no action for it, or a name has a space",
    ),
});
export type ActionRow = z.output<typeof actionRow>;

/** Whether something waited behind what it opens, and it costs nothing. Nodes whose price is 0, or unknown and therefore 0, are bought all the same. */
export function opensForFree({ action, usd_per_month, gpu_hours_behind }: ActionRow): boolean {
  return action !== "add" && usd_per_month === 0 && (gpu_hours_behind ?? 0) > 0;
}

/** The GPU-hours that an action is about: "196 GPU-hours waited behind it". Empty where it is about none. */
export function stakeText({ action, gpu_hours_behind, gpu_hours_freed }: ActionRow): string {
  if (gpu_hours_freed !== null) return `frees at most ${gpuHours(Math.round(gpu_hours_freed))}`;
  const bringsNodes = action === "add" || action === "move";
  if (gpu_hours_behind === null) return bringsNodes ? "how much waited for capacity there is not known" : "";
  return `${gpuHours(Math.round(gpu_hours_behind))} waited ${bringsNodes ? "for capacity there" : "behind it"}`;
}

/** Waiting of fewer GPU-hours, or of a smaller share of what its nodegroup could do, calls for no action. Field convention. */
export const MATERIAL_GPU_HOURS = 20;
export const MATERIAL_SHARE = 0.01;
/** Whether GPU-hours that waited call for an action, of so many that there were at the place. */
export const isMaterial = (waited: number, there: number): boolean =>
  waited >= Math.max(MATERIAL_GPU_HOURS, MATERIAL_SHARE * there);
/** Idle GPU-hours of one owner, as a share of what it holds, from which on reaping is worth the quarrel. Field convention. */
const IDLE_SHARE = 0.05;
/** Stalled GPU-hours as a share of what the nodegroup's pods hold. Field convention; the metric's concern. */
const STALLED_SHARE = 0.1;

/** What one would do: what is free first, by the GPU-hours that waited behind it; then what only money fixes. */
export function actions(diagnosis: Diagnosis, plan: readonly CapacityRow[]): ActionRow[] {
  const { rows: moved, left } = moves(diagnosis, plan);
  const free = [...againstCauses(diagnosis), ...againstWaste(diagnosis), ...moved];
  free.sort(
    (a, b) =>
      (b.gpu_hours_behind ?? 0) - (a.gpu_hours_behind ?? 0) || (b.gpu_hours_freed ?? 0) - (a.gpu_hours_freed ?? 0),
  );
  return [...free, ...purchases(diagnosis, plan, left)];
}

const freeAction: Partial<
  Record<
    Cause,
    {
      action: ActionRow["action"];
      what(diagnosis: Diagnosis, w: WaitingByPlace): string;
      loses(diagnosis: Diagnosis, w: WaitingByPlace): string;
      whatIf(diagnosis: Diagnosis, w: WaitingByPlace): WhatIfText;
    }
  >
> = {
  quota: {
    action: "lend",
    what: (_, w) =>
      `Raise the quota of ${w.clusterQueue} on ${list(w.nodegroups)}, or let it borrow what its neighbours leave unused`,
    loses: (d, w) => losers(d, w, "may find lent GPUs taken when they come back for them"),
    whatIf: ({ observed }, w) => lendText(observed, w),
  },
  flavor: {
    action: "retarget",
    what: (_, w) =>
      `Give ${w.clusterQueue} a flavor on ${list(w.toward)}, where GPUs that could run its work stood free`,
    loses: (d, w) => {
      const short = w.toward.filter((name) =>
        alarms(d).some((a) => a.kind === "shortage" && a.nodegroups.includes(name)),
      );
      const others = `queues on ${list(w.toward)}: they share their headroom`;
      return short.length === 0
        ? others
        : `${others}, and ${list(short)} ${short.length === 1 ? "is" : "are"} short at other hours`;
    },
    whatIf: ({ observed }, w) => retargetText(observed, w),
  },
  invalid: {
    action: "lend",
    what: (_, w) =>
      `Raise the quota of ${w.clusterQueue}, which its jobs exceed even when nothing else runs, or make them smaller`,
    loses: (d, w) => losers(d, w, "share the nodes with it"),
    whatIf: ({ observed }, w) => raiseText(observed, w),
  },
  "head-of-line": {
    action: "reorder",
    what: (_, w) => `Make ${w.clusterQueue} BestEffortFIFO, or split its large gangs into a queue of their own`,
    loses: () => "large gangs at the head: smaller work passes them",
    whatIf: (_, w) => reorderText(w),
  },
  fragmentation: {
    action: "repack",
    what: (_, w) =>
      `Pack pods on ${list(w.nodegroups)} (MostAllocated instead of LeastAllocated), move small jobs together, or keep some nodes for whole-node gangs`,
    loses: () => "small jobs that are moved restart",
    whatIf: () => packText(),
  },
  unavailable: {
    action: "uncordon",
    what: (d, w) => `Bring the nodes of ${list(outOfService(d, w))} that are out of service back`,
    loses: () => "nobody, once the maintenance is done",
    whatIf: (d, w) => uncordonText(outOfService(d, w)),
  },
};

function againstCauses(diagnosis: Diagnosis): ActionRow[] {
  const paid = new Map(diagnosis.supply.map((row) => [row.nodegroup, row.paid]));
  return diagnosis.waiting.flatMap((waiting): ActionRow[] => {
    const known = freeAction[waiting.cause];
    const there = waiting.nodegroups.reduce((sum, name) => sum + (paid.get(name) ?? 0), 0);
    if (!known || !isMaterial(waiting.gpuHours, there)) return [];
    return [
      {
        action: known.action,
        place: placeText(waiting.nodegroups),
        what: known.what(diagnosis, waiting),
        because: `${waiting.clusterQueue} waited ${gpuHours(waiting.gpuHours)} ${causeWords(waiting.cause).waited}`,
        nodes: null,
        gpu_hours_behind: waiting.gpuHours,
        gpu_hours_freed: null,
        usd_per_month: 0,
        loses: known.loses(diagnosis, waiting),
        what_if: known.whatIf(diagnosis, waiting),
      },
    ];
  });
}

function againstWaste({ observed, owners, supply }: Diagnosis): ActionRow[] {
  const reaped = owners
    .filter((owner) => owner.idle >= MATERIAL_GPU_HOURS && owner.idle >= IDLE_SHARE * owner.held)
    .map(
      (owner): ActionRow => ({
        action: "reap",
        place: list(owner.namespaces),
        what: `Stop pods of ${owner.owner} that have idled for an hour, after a warning`,
        because: `${owner.owner} held ${gpuHours(owner.idle)} without using them${behindIdleText(owner)}`,
        nodes: null,
        gpu_hours_behind: opensRoom(owner) ? owner.waitedBehindIdle : null,
        gpu_hours_freed: owner.idle,
        usd_per_month: 0,
        loses: `${owner.owner}: sessions left open are closed`,
        what_if: reapText(owner.namespaces),
      }),
    );
  const fed = supply
    .filter((row) => row.stalled >= STALLED_SHARE * heldGpuHours(row) && row.stalled >= MATERIAL_GPU_HOURS)
    .map((row): ActionRow => {
      const teams = quietOwners(observed, "stalled", row.nodegroup).map(({ owner }) => owner);
      return {
        action: "feed",
        place: row.nodegroup,
        what: `Find out what the jobs of ${list(teams)} on ${row.nodegroup} wait for (input, CPU, network) before they get more GPUs`,
        because: `${gpuHours(row.stalled)} were held and busy by GPU_UTIL, but starved`,
        nodes: null,
        gpu_hours_behind: null,
        gpu_hours_freed: row.stalled,
        usd_per_month: 0,
        loses: "nobody",
        what_if: null,
      };
    });
  return [...reaped, ...fed];
}

const opensRoom = ({ waitedBehindIdle }: OwnerWaste) => waitedBehindIdle >= MATERIAL_GPU_HOURS;

const behindIdleText = (owner: OwnerWaste) =>
  opensRoom(owner) ? `, while ${gpuHours(owner.waitedBehindIdle)} waited for capacity on the same nodegroups` : "";

/** A part of a purchase or a release: so many of the nodes that the plan would add or free. */
const partOf = (row: CapacityRow, nodes: number) => nodes / Math.abs(row.nodes_to_add!);

/** GPU-hours that waited for capacity, for a part of the nodes; null where none are seen, but not all that waited is. */
function waitedForCapacity({ waiting, observed, hidden }: Diagnosis, row: CapacityRow, nodes: number): number | null {
  const here = waiting.filter((w) => w.nodegroup === row.nodegroup && w.cause === "capacity");
  if (here.length === 0 && isHiddenAt(observed, hidden, [row.nodegroup])) return null;
  return here.reduce((sum, w) => sum + w.gpuHours, 0) * partOf(row, nodes);
}

/**
 * Whole nodes from a nodegroup that can spare them to one of the same kind and region that lacks them, none of them twice;
 * and how many nodes are left to add or to free at each nodegroup after that.
 */
function moves(
  diagnosis: Diagnosis,
  plan: readonly CapacityRow[],
): { rows: ActionRow[]; left: ReadonlyMap<string, number> } {
  const { observed } = diagnosis;
  const rows: ActionRow[] = [];
  const left = new Map(plan.map((row) => [row.nodegroup, Math.abs(row.nodes_to_add ?? 0)]));
  const kindOf = (name: string) => {
    const { region, gpuModel, gpusPerNode } = observed.contract.nodegroups.find((n) => n.name === name)!;
    return [region, gpuModel, gpusPerNode].join("\n");
  };
  for (const short of plan.filter((row) => (row.nodes_to_add ?? 0) > 0)) {
    for (const spare of plan.filter((row) => (row.nodes_to_add ?? 0) < 0)) {
      const nodes = Math.min(left.get(short.nodegroup)!, left.get(spare.nodegroup)!);
      if (nodes === 0 || kindOf(short.nodegroup) !== kindOf(spare.nodegroup)) continue;
      for (const { nodegroup } of [short, spare]) left.set(nodegroup, left.get(nodegroup)! - nodes);
      const queues = observed.clusterQueues
        .filter((queue) => queue.eligible.includes(spare.nodegroup))
        .map((queue) => queue.name);
      rows.push({
        action: "move",
        place: `${spare.nodegroup} to ${short.nodegroup}`,
        what: `Move ${plural(nodes, "node")} from ${spare.nodegroup} to ${short.nodegroup}, if the network between them allows it`,
        because: `${spare.nodegroup} meets the target with ${fixed(spare.nodes_needed_upper!, 0)} of ${fixed(spare.nodes_now, 0)} nodes, and ${short.nodegroup} lacks ${fixed(short.nodes_to_add!, 0)}`,
        nodes,
        gpu_hours_behind: waitedForCapacity(diagnosis, short, nodes),
        gpu_hours_freed: null,
        usd_per_month: 0,
        loses: queues.length > 0 ? `${list(queues)}: less headroom` : "nobody: no queue uses the nodegroup",
        what_if: moveText(spare.nodegroup, short.nodegroup, nodes),
      });
    }
  }
  return { rows, left };
}

/** Nodes to buy where capacity is what is missing, and nodes to give back where nobody would miss them. */
function purchases(diagnosis: Diagnosis, plan: readonly CapacityRow[], left: ReadonlyMap<string, number>): ActionRow[] {
  const { startMs, stepMs, ticks } = diagnosis.observed;
  const endMs = startMs + ticks * stepMs;
  return plan.flatMap((row): ActionRow[] => {
    const nodes = left.get(row.nodegroup)!;
    if (nodes === 0) return [];
    const gpus = fixed(Math.abs(row.gpus_to_add!) * partOf(row, nodes), 0);
    const usd = row.usd_per_month! * partOf(row, nodes);
    if (row.nodes_to_add! > 0)
      return [
        {
          action: "add",
          place: row.nodegroup,
          what: `Add ${plural(nodes, "node")} (${gpus} GPUs) to ${row.nodegroup}`,
          because: `its demand, packed and with no quota in the way, needs ${fixed(row.nodes_needed!, 0)} nodes for the target; it has ${fixed(row.nodes_now, 0)}${nodes < row.nodes_to_add! ? `, and ${fixed(row.nodes_to_add! - nodes, 0)} can be moved there` : ""}`,
          nodes,
          gpu_hours_behind: waitedForCapacity(diagnosis, row, nodes),
          gpu_hours_freed: null,
          usd_per_month: usd,
          loses: "the budget",
          what_if: resizeText(row.nodegroup, nodes),
        },
      ];
    const committed = row.committed_until !== null && Date.parse(row.committed_until) > endMs;
    return [
      {
        action: "free",
        place: row.nodegroup,
        what: `Give back, or give other work, ${plural(nodes, "node")} of ${row.nodegroup} (${gpus} GPUs), once the free actions are done`,
        because: `packed and with no quota in the way, its demand needs at most ${fixed(row.nodes_needed_upper!, 0)} of ${fixed(row.nodes_now, 0)} nodes`,
        nodes,
        gpu_hours_behind: null,
        gpu_hours_freed: null,
        // What is committed saves nothing when it is freed: it is there for other work.
        usd_per_month: committed ? 0 : usd,
        loses: committed
          ? `nobody, but nothing is saved before ${row.committed_until!.slice(0, 10)}: reusable`
          : "headroom for growth",
        what_if: resizeText(row.nodegroup, -nodes),
      },
    ];
  });
}

/** Of the nodegroups at which something waits, those with GPUs out of service. */
function outOfService({ supply }: Diagnosis, { nodegroups }: WaitingByPlace): readonly string[] {
  const some = nodegroups.filter((name) => supply.some((row) => row.nodegroup === name && row.outOfService > 0));
  return some.length > 0 ? some : nodegroups;
}

function losers({ observed }: Diagnosis, { clusterQueue, nodegroups }: WaitingByPlace, how: string): string {
  const others = observed.clusterQueues
    .filter((q) => q.name !== clusterQueue && q.eligible.some((name) => nodegroups.includes(name)))
    .map((q) => q.name);
  return others.length > 0 ? `${list(others)} ${how}` : `nobody: no other queue uses ${list(nodegroups)}`;
}
