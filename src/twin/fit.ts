import { verifyOnce } from "../checks/verify-once.js";
import type { Dataset } from "../dataset/open.js";
import { EvenkeelError } from "../errors.js";
import { observe } from "../join/observe.js";
import type { Observed } from "../join/observed.js";
import { parseScenario } from "../scenario/parse.js";
import type { Scenario, ScenarioInput } from "../scenario/schema.js";
import { duration, list, percent, plural } from "../units/format.js";
import { HOUR_MS } from "../units/time.js";
import { ASSUMED_ACTIVITY, fitActivity } from "./activity.js";
import { classesOf } from "./classes.js";
import { fitFleet } from "./fleet.js";
import { type Job, jobsOf } from "./jobs.js";
import { kubernetesName } from "./names.js";
import { fitPriorities } from "./priorities.js";
import { fitQueues } from "./queues.js";
import { fitScheduling } from "./scheduling.js";
import { readTraces, type Traces } from "./traces.js";

/** A scenario fitted to a dataset, and what the dataset did not tell. */
export interface Twin {
  readonly input: ScenarioInput;
  readonly scenario: Scenario;
  /** What could not be known, and what was taken in its place. */
  readonly unknown: readonly string[];
  readonly observed: Observed;
  readonly jobs: readonly Job[];
}

/** Shorter data tell no rhythm of a day. */
const FEWEST_HOURS = 24;
/** Of the time, that Kueue and kube-state-metrics have to be seen. */
const LEAST_COVERAGE = 0.5;
/** Jobs that started while they were watched. */
const FEWEST_JOBS = 20;
/** The same rates before the data as in them, so that queues stand as they would after a week of it. */
const WARMUP_DAYS = 7;

/**
 * Fits a scenario to what a dataset shows: what `whatif` and `advise` then run on.
 *
 * @param name of the scenario
 * @throws EvenkeelError for a dataset that is too short, has too many gaps, or in which too little started
 */
export async function fitTwin(dataset: Dataset, name: string): Promise<Twin> {
  const observed = await observe(dataset);
  refuseThin(dataset, observed);
  const { checks } = await verifyOnce(dataset.folder);
  const traces = await readTraces(dataset.folder, observed);
  const { jobs, leftOut } = jobsOf(traces, observed);
  const started = jobs.filter(({ scheduledHours }) => scheduledHours !== undefined && scheduledHours >= 0);
  if (started.length < FEWEST_JOBS)
    throw new EvenkeelError(
      `${dataset.folder}: found ${plural(started.length, "job")} of Kueue's that started; allowed: at least ${FEWEST_JOBS}, from which rates and durations are told; pull a longer time, and check with npx evenkeel verify that pods have the labels of their queues`,
    );
  const fleet = fitFleet(observed, traces);
  const flavors = new Set(fleet.resourceFlavors.map((flavor) => flavor.name));
  const gpusOf = new Map(fleet.nodegroups.map((one) => [one.name, one.nodes * one.gpusPerNode]));
  const queues = fitQueues(observed, traces, flavors, (flavor) =>
    (observed.contract.flavors[flavor] ?? []).reduce((sum, one) => sum + (gpusOf.get(one) ?? 0), 0),
  );
  const clusterQueueOf = new Map(queues.localQueues.map((q) => [`${q.namespace}/${q.name}`, q.clusterQueue]));
  const priorityClasses = fitPriorities(jobs, (queue) => clusterQueueOf.get(queue));
  const scheduling = fitScheduling(traces.attempts, observed);
  const classes = classesOf(
    jobs.filter(({ localQueue }) => clusterQueueOf.has(localQueue)),
    { traces, observed, fleet, queues, warmupHours: WARMUP_DAYS * 24 },
  );
  const { start, days } = spanOf(observed);
  const open = jobs.filter(({ ended }) => !ended).length;
  const input: ScenarioInput = {
    name,
    description: `Fitted to ${plural(days, "day")} of ${dataset.manifest.scenario}, from ${start} on`,
    start,
    days,
    warmupDays: WARMUP_DAYS,
    intervalSeconds: Math.min(3600, Math.max(5, Math.round(observed.stepMs / 1000))),
    cluster: kubernetesName(observed.contract.cluster) || name,
    ...(fleet.gpuModels ? { gpuModels: fleet.gpuModels } : {}),
    nodegroups: fleet.nodegroups,
    resourceFlavors: fleet.resourceFlavors,
    clusterQueues: queues.clusterQueues,
    localQueues: queues.localQueues,
    priorityClasses,
    workloadClasses: classes.workloadClasses,
    standalone: standaloneOf(traces, observed),
    ...(fleet.outages ? { outages: fleet.outages } : {}),
    ...(scheduling.placement ? { placement: scheduling.placement } : {}),
    ...(scheduling.binding ? { binding: scheduling.binding } : {}),
    ...(queues.podsReadyTimeoutMinutes ? { podsReadyTimeoutMinutes: queues.podsReadyTimeoutMinutes } : {}),
  };
  return {
    input,
    scenario: parseScenario(input, name),
    observed,
    jobs,
    unknown: [
      ...checks
        // Whether files are as they were written says nothing of what is in them.
        .filter(({ ok, name: check }) => !ok && check !== "hashes")
        .map(
          ({ name: check, found }) => `what the data would say if they were sound: the check ${check} fails (${found})`,
        ),
      ...(open > 0
        ? [`how long ${plural(open, "job")} last that still ran or waited at the end: longer than was seen`]
        : []),
      ...fleet.unknown,
      ...queues.unknown,
      ...scheduling.unknown,
      ...classes.unknown,
      ...(priorityClasses.length > 1 && new Set(priorityClasses.map(({ value }) => value)).size < priorityClasses.length
        ? [
            `the order of the priority classes ${list(priorityClasses.map((one) => one.name))}: those with the same value overtook each other both ways, or never`,
          ]
        : []),
      ...leftOut.map(({ what, count }) => `what became of ${count} ${what}: left out`),
      "checkpoints: taken as none, so that what is evicted starts anew",
      "what jobs ask for of a topology, partial admission, and quota on CPU and memory: taken as none",
    ],
  };
}

function refuseThin({ folder }: Dataset, observed: Observed): void {
  const hours = (observed.ticks * observed.stepMs) / HOUR_MS;
  if (hours < FEWEST_HOURS)
    throw new EvenkeelError(
      `${folder}: found ${duration(hours * 3600)} of data; allowed: at least ${duration(FEWEST_HOURS * 3600)}, a week or more for the rhythm of a week; pull a longer time`,
    );
  for (const [source, seen] of [
    ["Kueue", observed.coverage.kueue],
    ["kube-state-metrics", observed.coverage.kubeState],
  ] as const) {
    const share = seen.reduce((sum, one) => sum + one, 0) / observed.ticks;
    if (share < LEAST_COVERAGE)
      throw new EvenkeelError(
        `${folder}: ${source} was seen for ${percent(share)} of the time; allowed: at least ${percent(LEAST_COVERAGE)}; pull a time in which Prometheus scraped it`,
      );
  }
}

/** A scenario's start and days: those of the dataset's grid. */
function spanOf({ startMs, ticks, stepMs }: Observed): { start: string; days: number } {
  return {
    start: new Date(startMs).toISOString().replace(".000Z", "Z"),
    days: Number(((ticks * stepMs) / (24 * HOUR_MS)).toFixed(4)),
  };
}

/** Pods outside Kueue, as many as there were on average: that they came and went is not kept. */
function standaloneOf({ outside, activity }: Traces, observed: Observed): NonNullable<ScenarioInput["standalone"]> {
  const { contract, stepMs } = observed;
  return outside.flatMap(({ namespace, nodegroup, gpusPerPod, pods, gang }) => {
    const count = Math.round(pods);
    if (count === 0) return [];
    const model = contract.nodegroups.find(({ name }) => name === nodegroup)?.gpuModel;
    const mine = activity.filter((one) => one.gang === gang).map((one) => ({ ...one, startupHours: undefined, model }));
    return [
      {
        name: kubernetesName(`${namespace}-${nodegroup}-${gpusPerPod}`),
        namespace,
        ...(contract.owners[namespace] === undefined ? {} : { owner: contract.owners[namespace]! }),
        nodegroup,
        pods: count,
        gpusPerPod,
        activity: fitActivity(mine, contract, stepMs / HOUR_MS) ?? ASSUMED_ACTIVITY,
      },
    ];
  });
}
