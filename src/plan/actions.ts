import { z } from "zod";
import type { Cause } from "../diagnosis/cause.js";
import type { Diagnosis, WaitingByPlace } from "../diagnosis/diagnose.js";
import { fixed, gpuHours, list, plural } from "../units/format.js";
import { type CapacityRow, MONTH_HOURS } from "./capacity.js";

/** Something one would do, with the finding that it follows from. Free ones come first. */
export const actionRow = z.object({
  action: z
    .enum(["lend", "retarget", "reorder", "repack", "uncordon", "reap", "feed", "move", "add", "free"])
    .describe("Kind of action"),
  place: z.string().describe("Where"),
  what: z.string().describe("What one would do"),
  because: z.string().describe("The finding that it follows from"),
  gpu_hours_removed: z
    .number()
    .nullable()
    .describe("GPU-hours of waiting that it would remove at most; empty where it removes waste, not waiting"),
  gpu_hours_freed: z.number().nullable().describe("GPU-hours of capacity that it would give back at most"),
  usd_per_month: z.number().describe("What it costs a month; 0 is free"),
  loses: z.string().describe("Who loses by it"),
});
export type ActionRow = z.output<typeof actionRow>;

/** Waiting of fewer GPU-hours, or of a smaller share of what its nodegroup could do, calls for no action. Field convention. */
const MATERIAL_GPU_HOURS = 20;
const MATERIAL_SHARE = 0.005;
/** Idle GPU-hours of one owner, as a share of what it holds, from which on reaping is worth the quarrel. Field convention. */
const IDLE_SHARE = 0.05;
/** Stalled GPU-hours as a share of what the nodegroup's pods hold. Field convention; the metric's concern. */
const STALLED_SHARE = 0.1;

/** What one would do: what is free first, by GPU-hours removed; then what only money fixes. */
export function actions(diagnosis: Diagnosis, plan: readonly CapacityRow[]): ActionRow[] {
  const free = [...againstCauses(diagnosis), ...againstWaste(diagnosis), ...moves(diagnosis, plan)];
  free.sort(
    (a, b) =>
      (b.gpu_hours_removed ?? 0) - (a.gpu_hours_removed ?? 0) || (b.gpu_hours_freed ?? 0) - (a.gpu_hours_freed ?? 0),
  );
  return [...free, ...purchases(diagnosis, plan)];
}

const freeAction: Partial<
  Record<
    Cause,
    {
      action: ActionRow["action"];
      what(diagnosis: Diagnosis, w: WaitingByPlace): string;
      loses(diagnosis: Diagnosis, w: WaitingByPlace): string;
    }
  >
> = {
  quota: {
    action: "lend",
    what: (_, w) =>
      `Raise the quota of ${w.clusterQueue} on ${w.nodegroup}, or let it borrow what its neighbours leave unused`,
    loses: (d, w) => losers(d, w, "may find lent GPUs taken when they come back for them"),
  },
  flavor: {
    action: "retarget",
    what: (d, w) => `Give ${w.clusterQueue} a flavor on ${list(unreached(d, w))}, whose GPUs could run its work`,
    loses: (d, w) => `queues on ${list(unreached(d, w))}: they share their headroom`,
  },
  "head-of-line": {
    action: "reorder",
    what: (_, w) => `Make ${w.clusterQueue} BestEffortFIFO, or split its large gangs into a queue of their own`,
    loses: () => "large gangs at the head: smaller work passes them",
  },
  fragmentation: {
    action: "repack",
    what: (_, w) =>
      `Pack pods on ${w.nodegroup} (MostAllocated instead of LeastAllocated), move small jobs together, or keep some nodes for whole-node gangs`,
    loses: () => "small jobs that are moved restart",
  },
  unavailable: {
    action: "uncordon",
    what: (_, w) => `Bring the nodes of ${w.nodegroup} that are out of service back`,
    loses: () => "nobody, once the maintenance is done",
  },
};

function againstCauses(diagnosis: Diagnosis): ActionRow[] {
  const paid = new Map(diagnosis.supply.map((row) => [row.nodegroup, row.paid]));
  return diagnosis.waiting.flatMap((waiting): ActionRow[] => {
    const known = freeAction[waiting.cause];
    const least = Math.max(MATERIAL_GPU_HOURS, MATERIAL_SHARE * (paid.get(waiting.nodegroup) ?? 0));
    if (!known || waiting.gpuHours < least) return [];
    return [
      {
        action: known.action,
        place: waiting.nodegroup,
        what: known.what(diagnosis, waiting),
        because: `${waiting.clusterQueue} waited ${gpuHours(waiting.gpuHours)} for ${waiting.cause}`,
        gpu_hours_removed: waiting.gpuHours,
        gpu_hours_freed: null,
        usd_per_month: 0,
        loses: known.loses(diagnosis, waiting),
      },
    ];
  });
}

function againstWaste({ owners, supply }: Diagnosis): ActionRow[] {
  const reaped = owners
    .filter((owner) => owner.idle >= MATERIAL_GPU_HOURS && owner.idle >= IDLE_SHARE * owner.held)
    .map(
      (owner): ActionRow => ({
        action: "reap",
        place: list(owner.namespaces),
        what: `Stop pods of ${owner.owner} that have idled for an hour, after a warning`,
        because: `${owner.owner} held ${gpuHours(owner.idle)} without using them`,
        gpu_hours_removed: null,
        gpu_hours_freed: owner.idle,
        usd_per_month: 0,
        loses: `${owner.owner}: sessions left open are closed`,
      }),
    );
  const fed = supply
    .filter(
      (row) =>
        row.stalled >= STALLED_SHARE * (row.useful + row.starting + row.stalled + row.idle) &&
        row.stalled >= MATERIAL_GPU_HOURS,
    )
    .map((row): ActionRow => {
      const teams = owners.filter((owner) => owner.stalled > 0).map((owner) => owner.owner);
      return {
        action: "feed",
        place: row.nodegroup,
        what: `Find out what the jobs of ${list(teams)} on ${row.nodegroup} wait for (input, CPU, network) before they get more GPUs`,
        because: `${gpuHours(row.stalled)} were held and busy by GPU_UTIL, but starved`,
        gpu_hours_removed: null,
        gpu_hours_freed: row.stalled,
        usd_per_month: 0,
        loses: "nobody",
      };
    });
  return [...reaped, ...fed];
}

/** Whole nodes from a nodegroup that can spare them to one of the same GPU model that lacks them. */
function moves({ observed }: Diagnosis, plan: readonly CapacityRow[]): ActionRow[] {
  const rows: ActionRow[] = [];
  for (const short of plan.filter((row) => (row.nodes_to_add ?? 0) > 0)) {
    for (const spare of plan.filter((row) => (row.nodes_to_add ?? 0) < 0 && row.gpu_model === short.gpu_model)) {
      const nodes = Math.min(short.nodes_to_add!, -spare.nodes_to_add!);
      const queues = observed.clusterQueues
        .filter((queue) => queue.eligible.includes(spare.nodegroup))
        .map((queue) => queue.name);
      rows.push({
        action: "move",
        place: `${spare.nodegroup} to ${short.nodegroup}`,
        what: `Move ${fixed(nodes, 0)} of ${spare.nodegroup}'s nodes to ${short.nodegroup}, if region and network allow`,
        because: `${spare.nodegroup} meets the target with ${fixed(spare.nodes_needed_upper!, 0)} of ${fixed(spare.nodes_now, 0)} nodes`,
        gpu_hours_removed: null,
        gpu_hours_freed: null,
        usd_per_month: 0,
        loses: `${list(queues)}: less headroom`,
      });
    }
  }
  return rows;
}

/** Nodes to buy where capacity is what is missing, and nodes to give back where nobody would miss them. */
function purchases({ observed, waiting }: Diagnosis, plan: readonly CapacityRow[]): ActionRow[] {
  const priceOf = (name: string) => observed.contract.nodegroups.find((n) => n.name === name)!.usdPerGpuHour;
  return plan.flatMap((row): ActionRow[] => {
    const nodes = row.nodes_to_add ?? 0;
    if (nodes === 0) return [];
    const short = waiting
      .filter((w) => w.nodegroup === row.nodegroup && w.cause === "capacity")
      .reduce((sum, w) => sum + w.gpuHours, 0);
    const usd = nodes * (row.gpus_now / row.nodes_now) * priceOf(row.nodegroup) * MONTH_HOURS;
    if (nodes > 0)
      return [
        {
          action: "add",
          place: row.nodegroup,
          what: `Add ${plural(nodes, "node")} (${fixed(row.gpus_to_add!, 0)} GPUs) to ${row.nodegroup}`,
          because: `its demand, packed and with no quota in the way, needs ${fixed(row.nodes_needed!, 0)} nodes for the target; it has ${fixed(row.nodes_now, 0)}`,
          gpu_hours_removed: short,
          gpu_hours_freed: null,
          usd_per_month: usd,
          loses: "the budget",
        },
      ];
    const committed = row.committed_until !== null && Date.parse(row.committed_until) > observed.startMs;
    return [
      {
        action: "free",
        place: row.nodegroup,
        what: `Give back, or give other work, ${plural(-nodes, "node")} of ${row.nodegroup} (${fixed(-row.gpus_to_add!, 0)} GPUs), once the free actions are done`,
        because: `packed and with no quota in the way, its demand needs at most ${fixed(row.nodes_needed_upper!, 0)} of ${fixed(row.nodes_now, 0)} nodes`,
        gpu_hours_removed: null,
        gpu_hours_freed: null,
        // What is committed saves nothing when it is freed: it is there for other work.
        usd_per_month: committed ? 0 : usd,
        loses: committed
          ? `nobody, but nothing is saved before ${row.committed_until!.slice(0, 10)}: reusable`
          : "headroom for growth",
      },
    ];
  });
}

function unreached({ observed }: Diagnosis, { clusterQueue }: WaitingByPlace): string[] {
  const queue = observed.clusterQueues.find((q) => q.name === clusterQueue);
  return (queue?.able ?? []).filter((name) => !queue!.eligible.includes(name));
}

function losers({ observed }: Diagnosis, { clusterQueue, nodegroup }: WaitingByPlace, how: string): string {
  const others = observed.clusterQueues
    .filter((q) => q.name !== clusterQueue && q.eligible.includes(nodegroup))
    .map((q) => q.name);
  return others.length > 0 ? `${list(others)} ${how}` : "nobody: no other queue uses the nodegroup";
}
