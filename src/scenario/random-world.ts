import { weighted } from "../random/draw.js";
import { type Random, random } from "../random/random.js";
import { between, shuffled, whole } from "./random-draws.js";
import { type Group, groupGpus, type Role, randomNodegroup } from "./random-nodegroup.js";
import type { ScenarioInput } from "./schema.js";

/** What may be out of balance at a nodegroup; how often nothing is, at one of them something, and at two. */
const troubles = [
  { kind: "capacity", weight: 3 },
  { kind: "quota", weight: 2 },
  { kind: "head-of-line", weight: 3 },
  { kind: "fragmentation", weight: 1.5 },
  { kind: "unavailable", weight: 1.5 },
  { kind: "idle", weight: 1.5 },
  { kind: "stalled", weight: 1 },
] as const;
const howMany = [
  { count: 0, weight: 0.3 },
  { count: 1, weight: 0.45 },
  { count: 2, weight: 0.25 },
] as const;

/** 1 is worth a headline, just so; half of that is not, and whatever is more is. */
const strengths = [0.5, 1, 2, 4];

/** What a nodegroup may be without a trouble of its own. */
const calm = [
  { kind: "visited", weight: 3 },
  { kind: "roomy", weight: 1 },
  { kind: "cordoned", weight: 1 },
  { kind: "served", weight: 1 },
] as const;

/** GPU models with nodes as clouds rent them out, and prices as in the default fleet. */
const machines = [
  { model: "H100", gpusPerNode: 8, mostNodes: 10, usdPerGpuHour: 4.5, weight: 2 },
  { model: "A100", gpusPerNode: 8, mostNodes: 10, usdPerGpuHour: 3.5, weight: 2 },
  { model: "L40S", gpusPerNode: 4, mostNodes: 16, usdPerGpuHour: 1.861, weight: 1 },
] as const;
const FEWEST_NODES = 4;
const purposes = ["training", "research", "batch", "inference", "shared"];
const teams = ["vision", "speech", "ranking", "robotics", "forecasting"];

/** All that stays is there from the start, and what comes daily has come. */
const WARMUP_DAYS = 2;

/**
 * A plausible cluster of 2 to 5 nodegroups and 32 to 400 GPUs, with no trouble in it, or one, or two, of half to four
 * times the strength that is worth a headline: for scoring a diagnosis on worlds that nobody has looked at.
 * `injected` says what was put in, however weak; what came of it only the simulation knows.
 *
 * The same seed gives the same world; what is drawn for the work of one nodegroup moves no other's. All ranges and
 * weights are our choice.
 */
export function randomWorld(seed: number): ScenarioInput {
  const stream = (name: string) => random(seed, `world/${name}`);
  const groups = drawFleet(stream("fleet"));
  const placement = stream("placement")() < 0.75 ? "pack" : "spread";
  const roles = drawRoles(groups, stream("troubles"));
  const parts = groups.map((group) =>
    randomNodegroup(group, roles.get(group)!, {
      placement,
      warmupHours: WARMUP_DAYS * 24,
      layoutStream: (of) => stream(`layout/${of.name}`),
      next: stream(`work/${group.name}`),
    }),
  );
  const injected = parts.flatMap((part) => part.injected);
  const gpus = groups.reduce((sum, group) => sum + groupGpus(group), 0);
  const what = injected.map(({ cause }) => cause).join(" and ") || "nothing on purpose";
  const restart = stream("restart");
  return {
    name: `random-${seed}`,
    description: `Drawn: ${groups.length} nodegroups, ${gpus} GPUs; out of balance: ${what}`,
    injected,
    warmupDays: WARMUP_DAYS,
    placement,
    nodegroups: groups.map(({ team: _, ...nodegroup }) => nodegroup),
    resourceFlavors: groups.map(({ name }) => ({ name, nodeLabels: { "eks.amazonaws.com/nodegroup": name } })),
    clusterQueues: parts.flatMap((part) => part.clusterQueues),
    localQueues: parts.flatMap((part) => part.localQueues),
    priorityClasses: [
      { name: "production", value: 1000 },
      { name: "standard", value: 500 },
    ],
    workloadClasses: parts.flatMap((part) => part.workloadClasses),
    standalone: parts.flatMap((part) => part.standalone),
    cordons: parts.flatMap((part) => part.cordons),
    kueueRestartHours: restart() < 0.3 ? [whole(restart, 10, 158)] : [],
  };
}

function drawFleet(next: Random): Group[] {
  const count = whole(next, 2, 5);
  const [names, owners] = [shuffled(next, purposes), shuffled(next, teams)];
  return Array.from({ length: count }, (_, i) => {
    const { model, gpusPerNode, mostNodes, usdPerGpuHour } = weighted(next, machines);
    return {
      name: `${model.toLowerCase()}-${names[i]}`,
      region: between(next, 0, 1) < 0.6 ? "us-west-2" : "us-east-1",
      gpuModel: model,
      nodes: whole(next, FEWEST_NODES, mostNodes),
      gpusPerNode,
      cpusPerNode: gpusPerNode * 24,
      memoryGiBPerNode: gpusPerNode * 256,
      usdPerGpuHour,
      team: owners[i]!,
    };
  });
}

/** Draws troubles for nodegroups that have no role yet; what a trouble needs of other nodegroups becomes theirs. */
function drawRoles(groups: readonly Group[], next: Random): ReadonlyMap<Group, Role> {
  const roles = new Map<Group, Role>();
  const untouched = (group: Group) => !roles.has(group);
  const sameModel = (group: Group) => groups.filter((one) => one !== group && one.gpuModel === group.gpuModel);
  const { count } = weighted(next, howMany);
  for (const group of shuffled(next, groups).slice(0, count)) {
    const { kind } = weighted(next, troubles);
    const strength = strengths[whole(next, 0, strengths.length - 1)]!;
    const elsewhere = next() < 0.5;
    if (!untouched(group)) continue;
    const twins = sameModel(group);
    const host = groups.find((one) => one !== group && untouched(one) && sameModel(one).length === 0);
    if (kind === "capacity" && twins.every(untouched)) {
      // GPUs of the same model that are free elsewhere make it a matter of flavors.
      const twin = elsewhere ? twins[0] : undefined;
      roles.set(group, twin ? { kind: "flavor", strength, twin } : { kind, strength });
      for (const one of twins) roles.set(one, { kind: one === twin ? "roomy" : "full" });
    } else if (kind === "head-of-line" && host) {
      roles.set(group, { kind, strength, host });
      roles.set(host, { kind: "host" });
    } else {
      roles.set(group, { kind: kind === "capacity" || kind === "head-of-line" ? "quota" : kind, strength });
    }
  }
  for (const group of groups) if (untouched(group)) roles.set(group, { kind: weighted(next, calm).kind });
  return roles;
}
