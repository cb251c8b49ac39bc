import type { FlavorSeries, Observed } from "../join/observed.js";
import type { ScenarioInput } from "../scenario/schema.js";
import { conditionalQuantile, kaplanMeier, mean, quantile } from "../statistics/index.js";
import { list } from "../units/format.js";
import { HOUR_MS } from "../units/time.js";
import { ASSUMED_ACTIVITY, fitActivity, isQuiet, type SeenActivity } from "./activity.js";
import { fitArrivals, together } from "./arrivals.js";
import { fitDuration } from "./durations.js";
import type { Fleet } from "./fleet.js";
import { grouped } from "./grouped.js";
import type { Job } from "./jobs.js";
import { kubernetesName } from "./names.js";
import type { Queues } from "./queues.js";
import type { ActivityTrace, Traces } from "./traces.js";

type ClassInput = ScenarioInput["workloadClasses"][number];

/** Work that lasts at least this share of the data comes when it came, each piece as it was: it is too rare for a rate. */
const LONG_SHARE = 1 / 14;
/** Characters of a class's name, so that there is room for what tells it from others. */
const CLASS_NAME = 55;
/** So many pieces that one queue was given together are work of its own kind. */
const BURST = 5;

interface World {
  readonly traces: Traces;
  readonly observed: Observed;
  readonly fleet: Fleet;
  readonly queues: Queues;
  readonly warmupHours: number;
}

/** Work of one queue, priority, shape and habit. */
interface Group {
  readonly name: string;
  readonly jobs: readonly Job[];
  readonly activity: ClassInput["activity"];
}

/** Workload classes that submit what was seen: what is frequent by rates, what is rare or long as it was. */
export function classesOf(
  jobs: readonly Job[],
  world: World,
): { readonly workloadClasses: ClassInput[]; readonly unknown: string[] } {
  const { observed, traces } = world;
  const stepHours = observed.stepMs / HOUR_MS;
  const spanHours = observed.ticks * stepHours;
  const traceOf = new Map(traces.activity.map((trace) => [trace.gang, trace]));
  const names = new Set<string>();
  const seen = seenShares(observed);
  const workloadClasses = groups(jobs, traceOf, world).flatMap(({ name, jobs: mine, activity }) => {
    const isLong = (job: Job) => (job.minutes ?? 0) / 60 >= LONG_SHARE * spanHours;
    const frequent = atARate(
      name,
      mine.filter((job) => !isLong(job)),
      seen,
      activity,
      world,
    );
    const one = asItWas(frequent ? `${name}-long` : name, frequent ? mine.filter(isLong) : mine, activity, world);
    return [frequent, one].filter((made) => made !== undefined);
  });
  for (const one of workloadClasses) {
    const cut = one.name;
    for (let n = 2; names.has(one.name); n++) one.name = `${cut}-${n}`;
    names.add(one.name);
  }
  const assumed = workloadClasses.filter(({ activity }) => activity === ASSUMED_ACTIVITY).map(({ name }) => name);
  const unknown =
    assumed.length === 0 ? [] : [`how ${list(assumed)} drive their GPUs, which none reported: taken as fine-tuning`];
  return { workloadClasses, unknown };
}

function groups(jobs: readonly Job[], traceOf: ReadonlyMap<string, ActivityTrace>, world: World): Group[] {
  const { observed } = world;
  const stepHours = observed.stepMs / HOUR_MS;
  const modelOf = new Map(observed.contract.nodegroups.map(({ name, gpuModel }) => [name, gpuModel]));
  const seenOf = (job: Job): SeenActivity[] => {
    const trace = traceOf.get(job.gang);
    if (!trace) return [];
    const startupHours = job.startupSeconds === undefined ? undefined : job.startupSeconds / 3600;
    return [{ ...trace, startupHours, model: job.nodegroup === undefined ? undefined : modelOf.get(job.nodegroup) }];
  };
  const bursts = [...grouped(jobs, ({ localQueue }) => localQueue).values()].flatMap((mine) =>
    together(mine, ({ createdHours }) => createdHours).filter(({ length }) => length >= BURST),
  );
  const inBurst = new Set(bursts.flat());
  const habit = (job: Job) => {
    const trace = traceOf.get(job.gang);
    if (trace !== undefined && isQuiet(trace, stepHours)) return "idle";
    return inBurst.has(job) ? "burst" : "";
  };
  const byOwner = grouped(jobs, (job) => [job.localQueue, job.priorityClass, job.kind, habit(job)].join("\n"));
  return [...byOwner.values()].flatMap((mine) => {
    // How work of one owner drives a GPU does not depend on how many it takes; the more is seen, the better it is told.
    const activity = fitActivity(mine.flatMap(seenOf), observed.contract, stepHours);
    return [...grouped(mine, ({ pods, gpusPerPod }) => `${pods}x${gpusPerPod}`)].map(([shape, jobs]): Group => {
      const [first] = jobs as [Job];
      const words = [first.localQueue.replace("/", "-"), first.priorityClass, shape, habit(first)];
      return {
        name: kubernetesName(words.filter((word) => word !== "").join("-"), CLASS_NAME),
        jobs,
        activity: fitActivity(jobs.flatMap(seenOf), observed.contract, stepHours) ?? activity ?? ASSUMED_ACTIVITY,
      };
    });
  });
}

/** What all classes of a group have in common. */
function common(name: string, jobs: readonly Job[], activity: ClassInput["activity"], world: World) {
  const [first] = jobs as [Job];
  const able = ableNodegroups(jobs, world);
  const nodegroups = world.fleet.nodegroups.filter((one) => able.includes(one.name));
  /** No more than leaves room for as many GPUs as a node has. */
  const within = (amounts: readonly number[], there: (one: (typeof nodegroups)[number]) => number | undefined) => {
    const most = Math.min(...nodegroups.map((one) => (there(one) ?? Number.POSITIVE_INFINITY) / one.gpusPerNode));
    const usual = quantile(amounts, 0.5);
    return usual === undefined ? undefined : Number(Math.min(usual, most).toPrecision(4));
  };
  const cpusPerGpu = within(
    jobs.flatMap((job) => job.cpusPerGpu ?? []),
    ({ cpusPerNode }) => cpusPerNode,
  );
  const memoryGiBPerGpu = within(
    jobs.flatMap((job) => job.gibPerGpu ?? []),
    ({ memoryGiBPerNode }) => memoryGiBPerNode,
  );
  return {
    name,
    localQueue: first.localQueue,
    gang: [{ pods: first.pods, gpusPerPod: first.gpusPerPod }],
    activity,
    gpuModels: [...new Set(nodegroups.map(({ gpuModel }) => gpuModel))],
    ...(first.priorityClass === "" ? {} : { priorityClass: first.priorityClass }),
    kind: first.kind,
    ...(cpusPerGpu === undefined ? {} : { cpusPerGpu }),
    ...(memoryGiBPerGpu === undefined ? {} : { memoryGiBPerGpu }),
    startupSeconds: startupOf(jobs),
  } satisfies Partial<ClassInput>;
}

/** Starts on one GPU model while Kueue could as well have given another, from which on that one cannot run it. */
const FEWEST_TO_RULE_OUT = 2;

/**
 * Nodegroups that could run it: those that its queue's flavors reach and what the contract says of others; without GPU
 * models that it never had although there was room: on flavors that are tried before the one that it got, or, while it
 * waited in a queue in which nobody holds up others, on any.
 */
function ableNodegroups(jobs: readonly Job[], { observed, queues, fleet }: World): string[] {
  const [namespace, name] = jobs[0]!.localQueue.split("/");
  const home = queues.localQueues.find((queue) => queue.namespace === namespace && queue.name === name)!;
  const queue = observed.clusterQueues.find((one) => one.name === home.clusterQueue)!;
  const able = [...new Set([...queue.eligible, ...(queue.able ?? [])])];
  const modelOf = (one: string) => fleet.nodegroups.find((nodegroup) => nodegroup.name === one)?.gpuModel;
  const used = new Set(jobs.flatMap(({ nodegroup }) => (nodegroup === undefined ? [] : modelOf(nodegroup))));
  const passedOver = new Map<string | undefined, number>();
  for (const job of jobs) {
    const { nodegroup, scheduledHours, createdHours } = job;
    const tick = Math.floor(((scheduledHours ?? -1) * HOUR_MS) / observed.stepMs) - 1;
    if (nodegroup === undefined || tick < 0) continue;
    const got = queue.flavors.findIndex(({ nodegroups }) => nodegroups.includes(nodegroup));
    const waited = !queue.strict && tick > (createdHours * HOUR_MS) / observed.stepMs;
    const offered = queue.flavors.filter((flavor, i) => (i < got || waited) && hasRoom(flavor, job, tick, observed));
    for (const model of new Set(offered.flatMap(({ nodegroups }) => nodegroups).map(modelOf)))
      passedOver.set(model, (passedOver.get(model) ?? 0) + 1);
  }
  return able.filter(
    (one) => used.has(modelOf(one)) || (passedOver.get(modelOf(one)) ?? 0) < Math.min(FEWEST_TO_RULE_OUT, jobs.length),
  );
}

/** Whether a flavor had both quota and nodes for a job. */
function hasRoom(
  { nominal, reserved, nodegroups }: FlavorSeries,
  { pods, gpusPerPod }: Job,
  tick: number,
  { nodes }: Observed,
): boolean {
  if (!(nominal[tick]! - reserved[tick]! >= pods * gpusPerPod)) return false;
  const here = nodes.filter(({ nodegroup }) => nodegroups.includes(nodegroup));
  return here.reduce((sum, { free }) => sum + Math.floor((free[tick] || 0) / gpusPerPod), 0) >= pods;
}

/** Share of each hour of the data in which Jobs and pods were seen. */
function seenShares({ coverage, ticks, stepMs }: Observed): number[] {
  const shares = new Array<number>(Math.ceil((ticks * stepMs) / HOUR_MS)).fill(0);
  coverage.kubeState.forEach((seen, tick) => {
    shares[Math.floor((tick * stepMs) / HOUR_MS)]! += (seen * stepMs) / HOUR_MS;
  });
  return shares;
}

/** From nodes to running, whole seconds; 0 where no scrape saw any start. */
const startupOf = (jobs: readonly Job[]) =>
  Math.max(0, Math.round(mean(jobs.flatMap(({ startupSeconds }) => startupSeconds ?? [])) ?? 0));

/**
 * What comes often enough for a rate, or by a plan; undefined of what does not.
 *
 * @param seen share of each hour in which arrivals were seen
 */
function atARate(
  name: string,
  all: readonly Job[],
  seen: readonly number[],
  activity: ClassInput["activity"],
  world: World,
): ClassInput | undefined {
  const { observed, warmupHours } = world;
  // Of what came before, only what lasted was seen.
  const jobs = all.filter(({ createdHours }) => createdHours >= 0);
  const arrivals = fitArrivals(
    jobs.map(({ createdHours }) => createdHours),
    seen,
    observed.startMs,
    warmupHours,
  );
  if (!arrivals) return undefined;
  const attempts = jobs.reduce((sum, job) => sum + job.attempts, 0);
  const failures = jobs.reduce((sum, job) => sum + job.failures, 0);
  const startupMinutes = startupOf(jobs) / 60;
  const started = jobs.flatMap(({ minutes, done, ended }) =>
    minutes === undefined ? [] : [{ duration: Math.max(0, minutes - startupMinutes), done, ended }],
  );
  // An attempt that failed was cut short: how long it would have lasted is not known from it.
  const told = started.filter(({ done, ended }) => done || !ended);
  return {
    ...common(name, jobs, activity, world),
    arrivals,
    duration: fitDuration(
      told.some(({ done }) => done)
        ? told.map(({ duration, done }) => ({ duration, ended: done }))
        : started.map(({ duration }) => ({ duration, ended: true })),
    ),
    ...(failures === 0
      ? {}
      : {
          failure: {
            share: Number((failures / attempts).toPrecision(3)),
            retries: jobs[0]!.kind === "Pod" ? 0 : Math.min(100, Math.max(0, ...jobs.map((job) => job.attempts - 1))),
          },
        }),
  };
}

/** Each piece when it came, for as long as it ran: what ran on when the data ended, as long as its like do beyond that. */
function asItWas(
  name: string,
  jobs: readonly Job[],
  activity: ClassInput["activity"],
  world: World,
): ClassInput | undefined {
  const { warmupHours, observed } = world;
  const spanHours = (observed.ticks * observed.stepMs) / HOUR_MS;
  const seen = jobs.filter(({ minutes }) => minutes !== undefined);
  const curve = kaplanMeier(seen.map(({ minutes, ended }) => ({ duration: minutes!, ended })));
  const typical = quantile(
    seen.map(({ minutes }) => minutes!),
    0.5,
  );
  const startupMinutes = startupOf(jobs) / 60;
  const lasts = (job: Job) =>
    job.failedMinutes + (job.ended || job.minutes === undefined ? (job.minutes ?? typical ?? 60) : beyond(job.minutes));
  const isLong = (job: Job) => lasts(job) / 60 >= LONG_SHARE * spanHours;
  const pieces = jobs
    .flatMap((job): { readonly from: number; readonly minutes: number }[] => {
      const minutes = lasts(job) - startupMinutes;
      // What ran for long when the data began is there from when it started, whatever it had waited.
      if (isLong(job)) return [{ from: Math.min(job.createdHours, job.scheduledHours ?? job.createdHours), minutes }];
      // The rest comes before the data as it does in them.
      if (job.createdHours < 0) return [];
      const before = Math.floor((job.createdHours + warmupHours) / spanHours);
      return Array.from({ length: before + 1 }, (_, i) => ({ from: job.createdHours - i * spanHours, minutes }));
    })
    .map(({ from, minutes }) => {
      const hour = Math.max(0, from + warmupHours);
      return {
        hour: Number(hour.toFixed(4)),
        minutes: Number((minutes - (hour - from - warmupHours) * 60).toFixed(2)),
      };
    })
    .filter(({ minutes }) => minutes > 0)
    .sort((a, b) => a.hour - b.hour);
  if (pieces.length === 0) return undefined;
  return {
    ...common(name, jobs, activity, world),
    arrivals: { kind: "listed", hours: pieces.map(({ hour }) => hour) },
    duration: { kind: "listed", minutesEach: pieces.map(({ minutes }) => minutes) },
  };

  function beyond(elapsed: number): number {
    return conditionalQuantile(curve ?? [], 0.5, elapsed) ?? elapsed + spanHours * 60;
  }
}
