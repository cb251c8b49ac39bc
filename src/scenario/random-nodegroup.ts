import type { Random } from "../random/random.js";
import { exp, sqrt } from "../random/transcendental.js";
import { WEEK_HOURS } from "../units/time.js";
import { activities } from "./activities.js";
import { between, whole } from "./random-draws.js";
import { arrivalsPerHour } from "./rate.js";
import type { ScenarioInput } from "./schema.js";

type ClassInput = ScenarioInput["workloadClasses"][number];
type Gang = ClassInput["gang"];

/** A nodegroup and the team that uses it. */
export interface Group extends Readonly<ScenarioInput["nodegroups"][number]> {
  readonly team: string;
}

/**
 * What is put at a nodegroup. Every nodegroup has work that stays, a stream of short jobs, and some nodes that are left
 * to gangs that visit. Troubles are made of that, by mechanisms whose waiting can be reckoned beforehand:
 *
 * - capacity: two gangs a day need the same nodes, and the second waits for the first, in half of the cases amid a rush
 *   of short jobs; flavor: the same, while a twin, a nodegroup of the same model that its queue does not reach, has room;
 * - quota: there is room for both gangs, but quota for one;
 * - head-of-line: two gangs need the same nodes of a host; the second stands at the head of this nodegroup's StrictFIFO
 *   queue, and holds up its short jobs;
 * - fragmentation: pods that leave a hole on every node; the holes together would do for the gang that waits;
 * - unavailable: the nodes that a gang comes for are cordoned;
 * - idle: sessions that hold GPUs and hardly compute; stalled: training that starves.
 *
 * Without a trouble, gangs come one at a time (visited), or none comes and the nodes are free (roomy), one of them
 * cordoned (cordoned), pods outside Kueue on them (served), or are used like the rest (full).
 */
export type Role =
  | { readonly kind: "visited" | "roomy" | "cordoned" | "served" | "full" | "host" }
  | { readonly kind: "capacity" | "quota" | "fragmentation" | "unavailable" | Quiet; readonly strength: number }
  | { readonly kind: "flavor"; readonly strength: number; readonly twin: Group }
  | { readonly kind: "head-of-line"; readonly strength: number; readonly host: Group };

type Quiet = "idle" | "stalled";

/** What a nodegroup brings to its scenario. */
export interface Parts extends Pick<ScenarioInput, "clusterQueues" | "localQueues" | "workloadClasses"> {
  readonly injected: NonNullable<ScenarioInput["injected"]>;
  readonly standalone: NonNullable<ScenarioInput["standalone"]>;
  readonly cordons: NonNullable<ScenarioInput["cordons"]>;
}

export interface Surroundings {
  readonly placement: "pack" | "spread";
  readonly warmupHours: number;
  /** A nodegroup's stream for its layout, from the start: a neighbour that needs the layout draws the same. */
  readonly layoutStream: (group: Group) => Random;
  /** For all else that is drawn here. */
  readonly next: Random;
}

/** What is worth a headline (RFC 0001): this share of the GPU-hours paid for waits, or of those held is quiet. */
const WAITED_SHARE = 0.02;
const QUIET_SHARE = 0.1;

/** Longer than any world: what stays does not end, and what is submitted once does not come again. */
const EVER_HOURS = 1000;
/** Short jobs share so many GPUs at most: a world then has some ten thousand of them. */
const MOST_SHORT_GPUS = 24;
/** Of two gangs that need the same, the second comes so much later. */
const SECOND_AFTER_HOURS = 1;
/** Of what comes daily, none waits into the next day. */
const MOST_WAIT_HOURS = 18;
/** Pods that leave holes stay so long each day. */
const UNEVEN_HOURS = 20;
const MOST_AWAY_HOURS = 96;
/** How often short jobs come when the gangs do, where they may. */
const RUSH_SHARE = 0.5;
/** Work on nodes that are to be cordoned ends within this time. */
const DRAIN_HOURS = 8;

export const groupGpus = ({ nodes, gpusPerNode }: Group): number => nodes * gpusPerNode;

export function randomNodegroup(group: Group, role: Role, surroundings: Surroundings): Parts {
  const site = siteOf(group, role, surroundings);
  const { workloadClasses = [], ...put } = putAt(site, role);
  const { service, jobs, train, clusterQueue, localQueues } = site;
  return {
    injected: [],
    clusterQueues: [clusterQueue],
    localQueues,
    standalone: [],
    cordons: [],
    ...put,
    workloadClasses: [train, service, jobs, ...workloadClasses],
  };
}

/** What every nodegroup has, whatever is put there. */
interface Site extends Surroundings {
  readonly group: Group;
  readonly layout: Layout;
  readonly train: ClassInput;
  readonly service: ClassInput;
  readonly jobs: ClassInput;
  /** GPUs that the service and the short jobs use, on average. */
  readonly used: number;
  readonly clusterQueue: ScenarioInput["clusterQueues"][number];
  readonly localQueues: ScenarioInput["localQueues"];
  /** UTC hour at which the first gang of a day comes. */
  readonly hour: number;
}

function siteOf(group: Group, role: Role, surroundings: Surroundings): Site {
  const { next, layoutStream } = surroundings;
  const { name, team, gpusPerNode } = group;
  const layout = drawLayout(group, role, layoutStream(group));
  const hour = whole(next, 0, 20);
  // In a rush short jobs come when the gangs do, and shapes of all sizes wait beside each other.
  const rush = next() < RUSH_SHARE && canRush(role);
  const { jobGpus, load } = roomForJobs(group, role, layout, rush);
  const used = jobGpus * between(next, load[0], load[1]);
  const rhythm = {
    dailySwing: rush ? 0.6 : between(next, 0, 0.4),
    peakHour: rush ? (hour + 2) % 24 : whole(next, 8, 20),
    weekendShare: between(next, 0.6, 1),
  };
  const jobs =
    role.kind === "fragmentation"
      ? shortJobs(used - 1, 10, [1], rhythm, next)
      : shortJobs(used - 1, between(next, 30, 70), [1, 1, 1, 2], rhythm, next);
  return {
    ...surroundings,
    group,
    layout,
    used,
    jobs: { ...classOf(group, "job", "jobs"), ...jobs },
    train: {
      ...classOf(group, "train", "large"),
      arrivals: once(0),
      gang: [{ pods: layout.stay, gpusPerPod: gpusPerNode }],
      duration: constant(EVER_HOURS),
      activity: next() < 0.7 ? activities.pretraining : activities.batchInference,
    },
    // One GPU among the short jobs that never gets free: a gang as large as all their nodes waits for its own.
    service: {
      ...classOf(group, "service", "jobs"),
      arrivals: once(0),
      gang: [{ pods: 1, gpusPerPod: 1 }],
      duration: constant(EVER_HOURS),
      activity: activities.batchInference,
    },
    clusterQueue: { name, flavors: [{ name, nominalQuota: groupGpus(group) }] },
    localQueues: ["jobs", "large"].map((queue) => ({
      name: queue,
      namespace: team,
      clusterQueue: name,
      owner: `${team[0]!.toUpperCase()}${team.slice(1)}`,
    })),
    hour,
  };
}

/** What the role adds to a nodegroup, and what of it it replaces; classes are added. */
function putAt(site: Site, role: Role): Partial<Parts> {
  const { group, layout, placement, next, clusterQueue, localQueues } = site;
  const { name, team, gpusPerNode, nodes } = group;
  const [gpus, visitGpus] = [groupGpus(group), layout.visit * gpusPerNode];
  const all = gangOn(placement, layout.visit, gpusPerNode);
  /** GPU-hours that are to wait in a day. */
  const waitedADay = "strength" in role ? role.strength * WAITED_SHARE * gpus * 24 : 0;
  const waitHours = (gang: Gang) => Math.min(MOST_WAIT_HOURS, waitedADay / gangGpus(gang));

  switch (role.kind) {
    case "full":
    case "roomy":
      return {};
    case "visited":
      return { workloadClasses: [visitor(site, "nightly", all, 0, between(next, 2, 20))] };
    case "cordoned":
      return { cordons: [{ nodegroup: name, node: nodes - 1, ...spanOf(whole(next, 12, 100), next) }] };
    case "served": {
      const pods = whole(next, 1, visitGpus);
      const activity = { ...activities.batchInference, loadMinutes: 0 };
      return {
        clusterQueues: [{ name, flavors: [{ name, nominalQuota: gpus - pods }] }],
        standalone: [{ name: `${name}-server`, namespace: "serving", nodegroup: name, pods, gpusPerPod: 1, activity }],
      };
    }
    case "host":
      return { clusterQueues: [{ ...clusterQueue, cohort: `${name}-cohort` }] };
    case "capacity":
    case "flavor":
      return { injected: [{ cause: role.kind, nodegroup: name }], workloadClasses: rivals(site, all, waitHours(all)) };
    case "quota": {
      const half = gangOn(placement, layout.visit, gpusPerNode / 2);
      const inCohort = next() < 0.5;
      const quotaOf = (queue: string, nominalQuota: number) => ({
        name: queue,
        ...(inCohort ? { cohort: `${name}-cohort` } : {}),
        flavors: [{ name, nominalQuota, ...(inCohort ? { borrowingLimit: 0 } : {}) }],
      });
      const [mine, theirs] = [`${name}-gangs`, name];
      return {
        injected: [{ cause: "quota", nodegroup: name }],
        clusterQueues: [quotaOf(theirs, gpus - visitGpus / 2), quotaOf(mine, visitGpus / 2)],
        localQueues: [...localQueues, { name: "gangs", namespace: team, clusterQueue: mine }],
        workloadClasses: rivals(site, half, waitHours(half)).map((one) => ({ ...one, localQueue: `${team}/gangs` })),
      };
    }
    case "head-of-line": {
      const { host } = role;
      const { visit } = drawLayout(host, { kind: "host" }, site.layoutStream(host));
      const gpusAnHour = gpusAskedAnHour(site.jobs);
      // What is held up grows with the time: a triangle a day. It must find room when its turn comes.
      const blockedHours = Math.min(sqrt((2 * waitedADay) / gpusAnHour), (0.8 * visitGpus) / gpusAnHour);
      const gang = gangOn(placement, visit, host.gpusPerNode);
      const [first, second] = rivals(site, gang, Math.min(MOST_WAIT_HOURS, blockedHours));
      const there = { gpuModels: [host.gpuModel] };
      return {
        injected: [
          { cause: "head-of-line", nodegroup: name },
          { cause: "capacity", nodegroup: host.name },
        ],
        clusterQueues: [
          {
            name,
            cohort: `${host.name}-cohort`,
            queueingStrategy: "StrictFIFO",
            flavors: [...clusterQueue.flavors, { name: host.name, nominalQuota: 0 }],
          },
        ],
        workloadClasses: [
          { ...first, ...there, localQueue: `${host.team}/large` },
          { ...second, ...there, priorityClass: "production" },
        ],
      };
    }
    case "fragmentation": {
      const hole = holeOf(gpusPerNode);
      const gpusPerPod = hole + 1;
      const pods = Math.max(1, Math.floor((0.6 * layout.visit * hole) / gpusPerPod));
      const gang = [{ pods, gpusPerPod }];
      const uneven = [{ pods: layout.visit, gpusPerPod: gpusPerNode - hole }];
      return {
        injected: [{ cause: "fragmentation", nodegroup: name }],
        workloadClasses: [
          visitor(site, "uneven", uneven, 0, UNEVEN_HOURS),
          visitor(site, "nightly", gang, UNEVEN_HOURS - waitHours(gang), 0.5),
        ],
      };
    }
    case "unavailable": {
      const { fromHour, toHour } = spanOf(Math.min(MOST_AWAY_HOURS, 7 * waitHours(all)), next);
      const monthly = visitor(site, "monthly", all, 0, between(next, 2, 20));
      return {
        injected: [{ cause: "unavailable", nodegroup: name }],
        workloadClasses: [{ ...monthly, arrivals: once(site.warmupHours + fromHour) }],
        cordons: Array.from({ length: layout.visit }, (_, i) => ({
          nodegroup: name,
          node: nodes - 1 - i,
          fromHour: fromHour - DRAIN_HOURS,
          toHour,
        })),
      };
    }
    case "idle":
    case "stalled": {
      const share = role.strength * QUIET_SHARE;
      const others = layout.stay * gpusPerNode + site.used;
      const quiet = Math.min(visitGpus, Math.max(1, Math.round((share * others) / (1 - share))));
      return {
        injected: [{ cause: role.kind, nodegroup: name }],
        workloadClasses: [
          role.kind === "idle"
            ? { ...classOf(group, "session", "jobs"), ...openSessions(quiet) }
            : { ...classOf(group, "retrain", "jobs"), ...starving(quiet) },
        ],
      };
    }
  }
}

/** What the classes of a nodegroup have in common: a queue of its team, and its GPU model. */
const classOf = ({ name, team, gpuModel }: Group, of: string, localQueue: "jobs" | "large") => ({
  name: `${name}-${of}`,
  localQueue: `${team}/${localQueue}`,
  gpuModels: [gpuModel],
  priorityClass: "standard",
});

/** A gang that comes every day. */
function visitor({ group, hour }: Site, of: string, gang: Gang, afterHours: number, hours: number): ClassInput {
  return {
    ...classOf(group, of, "large"),
    arrivals: { kind: "periodic", everyHours: 24, offsetHours: hour + afterHours, jitterMinutes: 20 },
    gang,
    duration: constant(hours),
    activity: activities.finetuning,
  };
}

/** Two gangs a day that need the same, the second of which waits so long for the first. */
function rivals(site: Site, gang: Gang, waitHours: number): [ClassInput, ClassInput] {
  return [
    visitor(site, "nightly", gang, 0, SECOND_AFTER_HOURS + waitHours),
    visitor(site, "candidate", gang, SECOND_AFTER_HOURS, between(site.next, 0.5, 2)),
  ];
}

/** Pods of whole nodes would find none where pods are spread: there, as many pods of one GPU. */
function gangOn(placement: Surroundings["placement"], nodes: number, gpusOfNode: number): Gang {
  return placement === "spread"
    ? [{ pods: nodes * gpusOfNode, gpusPerPod: 1 }]
    : [{ pods: nodes, gpusPerPod: gpusOfNode }];
}

const gangGpus = (gang: Gang) => gang.reduce((sum, { pods, gpusPerPod }) => sum + pods * gpusPerPod, 0);

/** Nodes by who uses them. */
interface Layout {
  readonly stay: number;
  readonly short: number;
  readonly visit: number;
}

/** Short jobs have no more nodes than visitors: a gang of visitors never finds room among them. */
function drawLayout({ nodes, gpusPerNode }: Group, role: Role, next: Random): Layout {
  const [forVisit, forShort] = [between(next, 0.15, 0.35), between(next, 0.15, 0.3)];
  if (role.kind === "full") return { stay: nodes - 1, short: 1, visit: 0 };
  if (role.kind === "roomy") return { stay: 1, short: 1, visit: nodes - 2 };
  if (role.kind === "fragmentation") {
    const visit = Math.max(3, Math.round(nodes * (forVisit + forShort)));
    return { stay: nodes - visit, short: 0, visit };
  }
  // A gang that would have to find room at a twin is no larger than what is free there.
  const most = role.kind === "flavor" ? Math.min(nodes, role.twin.nodes) - 2 : nodes - 2;
  const visit = Math.min(most, Math.max(1, Math.round(nodes * forVisit)));
  const mostShort = Math.min(visit, nodes - visit - 1, MOST_SHORT_GPUS / gpusPerNode);
  const short = Math.min(mostShort, Math.max(1, Math.round(nodes * forShort)));
  return { stay: nodes - visit - short, short, visit };
}

/** GPUs that a large pod leaves free on its node, too few for a pod of one more. */
const holeOf = (gpusPerNode: number) => Math.floor((gpusPerNode * 3) / 8);

const SIGMA = 0.7;

type Work = Pick<ClassInput, "arrivals" | "gang" | "duration" | "activity"> & Partial<ClassInput>;

/** GPUs that a service and the short jobs have, and what share of them they use. */
function roomForJobs(
  { gpusPerNode }: Group,
  { kind }: Role,
  { short, visit }: Layout,
  rush: boolean,
): { jobGpus: number; load: readonly [number, number] } {
  if (kind === "fragmentation") return { jobGpus: visit * holeOf(gpusPerNode), load: [0.15, 0.3] };
  const jobGpus = short * gpusPerNode;
  // Where the visitors' nodes are away, no job can spill over to them.
  if (kind === "unavailable") return { jobGpus, load: [0.15, 0.3] };
  return { jobGpus, load: rush ? [0.6, 0.8] : [0.35, 0.6] };
}

/** Where what waits in a rush waits for the same as the gangs. */
const canRush = ({ kind }: Role) => kind === "capacity" || kind === "flavor";

/** Where a service leaves them next to nothing, short jobs come now and then all the same. */
const FEWEST_JOB_GPUS = 0.25;

/** A stream of short jobs that keeps so many GPUs busy, on average. */
function shortJobs(
  gpus: number,
  medianMinutes: number,
  sizes: readonly number[],
  rhythm: { dailySwing: number; peakHour: number; weekendShare: number },
  next: Random,
): Work {
  const meanGpus = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
  const meanHours = (medianMinutes * exp(SIGMA ** 2 / 2)) / 60;
  return {
    arrivals: {
      kind: "poisson",
      perHour: Math.max(FEWEST_JOB_GPUS, gpus) / (meanGpus * meanHours),
      ...rhythm,
    },
    gang: sizes.map((gpusPerPod) => ({ pods: 1, gpusPerPod })),
    duration: { kind: "lognormal", medianMinutes, sigma: SIGMA, maxMinutes: 8 * medianMinutes },
    activity: next() < 0.5 ? activities.finetuning : activities.evaluation,
    failure: { share: between(next, 0.05, 0.2), retries: 0 },
  };
}

function gpusAskedAnHour({ arrivals, gang }: ClassInput): number {
  const mean = gangGpus(gang) / gang.length;
  return arrivalsPerHour(arrivals, WEEK_HOURS) * mean;
}

/** Sessions of two days, one GPU each, so many at a time. */
function openSessions(gpus: number): Work {
  return {
    kind: "Pod",
    arrivals: { kind: "periodic", everyHours: 48 / gpus, jitterMinutes: 60 },
    gang: [{ pods: 1, gpusPerPod: 1 }],
    duration: constant(48),
    activity: activities.leftOpen,
  };
}

function starving(gpus: number): Work {
  return {
    arrivals: once(0),
    gang: [{ pods: gpus, gpusPerPod: 1 }],
    duration: constant(EVER_HOURS),
    activity: activities.starved,
  };
}

const once = (offsetHours: number): ClassInput["arrivals"] => ({
  kind: "periodic",
  everyHours: EVER_HOURS,
  offsetHours,
});

const constant = (hours: number): ClassInput["duration"] => ({ kind: "constant", minutes: hours * 60 });

/** So many hours somewhere in the week, a few hours from its start and end. */
function spanOf(hours: number, next: Random): { fromHour: number; toHour: number } {
  const fromHour = whole(next, 12, Math.floor(WEEK_HOURS - 12 - hours));
  return { fromHour, toHour: fromHour + hours };
}
