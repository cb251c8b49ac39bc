import type { Attempt, Workload } from "../demand/workload.js";
import { parseScenario } from "../scenario/parse.js";
import type { Activity, Scenario, ScenarioInput } from "../scenario/schema.js";
import { HOUR_MS, MINUTE_MS } from "../units/time.js";

type NodegroupInput = ScenarioInput["nodegroups"][number];
type QueueInput = ScenarioInput["clusterQueues"][number];
export type ClassInput = ScenarioInput["workloadClasses"][number];

/** A scenario in which only what matters has to be said. */
export interface SmallInput extends Omit<Partial<ScenarioInput>, "nodegroups" | "clusterQueues" | "workloadClasses"> {
  /** One node of 8 H100s unless told. Named a, b, c …; each has a flavor of its name, unless flavors are given. */
  readonly nodegroups?: readonly Partial<NodegroupInput>[];
  /** One queue with all the quota of nodegroup a unless told. Each has a LocalQueue team/<its name>, unless given. */
  readonly clusterQueues?: readonly (Partial<QueueInput> & Pick<QueueInput, "name">)[];
  /** One class, "work", that submits nothing, unless told. */
  readonly workloadClasses?: readonly (Partial<ClassInput> & Pick<ClassInput, "name">)[];
}

export const steady: Activity = {
  gpuUtilPercent: 95,
  grEngineActive: 0.9,
  tensorActive: 0.4,
  dramActive: 0.4,
  powerShare: 0.7,
  memoryShare: 0.8,
  dutyShare: 1,
  cycleMinutes: 30,
  starved: false,
  loadMinutes: 0,
};

/** What `small` makes a scenario of, before it is parsed: for tests of parsing. */
export function smallInput({ nodegroups = [{}], clusterQueues, workloadClasses, ...rest }: SmallInput = {}) {
  const groups = nodegroups.map(
    (group, i): NodegroupInput => ({
      name: "abcdefgh"[i]!,
      region: "us-west-2",
      gpuModel: "H100",
      nodes: 1,
      gpusPerNode: 8,
      usdPerGpuHour: 1,
      ...group,
    }),
  );
  const [first] = groups as [NodegroupInput];
  const all = { name: first.name, nominalQuota: first.nodes * first.gpusPerNode };
  const queues = (clusterQueues ?? [{ name: "queue" }]).map((queue): QueueInput => ({ flavors: [all], ...queue }));
  const classes = (workloadClasses ?? [{ name: "work" }]).map(
    (workloadClass): ClassInput => ({
      localQueue: `team/${queues[0]!.name}`,
      arrivals: { kind: "poisson", perHour: 0 },
      gang: [{ pods: 1, gpusPerPod: 1 }],
      duration: { kind: "constant", minutes: 30 },
      activity: steady,
      gpuModels: [...new Set(groups.map((group) => group.gpuModel))],
      cpusPerGpu: 0,
      memoryGiBPerGpu: 0,
      startupSeconds: 0,
      ...workloadClass,
    }),
  );
  return {
    name: "small",
    description: "A small cluster for a test",
    days: 1,
    warmupDays: 0,
    missedScrapeShare: 0,
    resourceFlavors: groups.map(({ name }) => ({ name, nodeLabels: { "eks.amazonaws.com/nodegroup": name } })),
    localQueues: queues.map(({ name }) => ({ name, namespace: "team", clusterQueue: name })),
    ...rest,
    nodegroups: groups,
    clusterQueues: queues,
    workloadClasses: classes,
  } satisfies ScenarioInput;
}

/** A valid scenario in which only what matters to a test has to be said. */
export function small(input: SmallInput = {}): Scenario {
  return parseScenario(smallInput(input), "small");
}

/** A hand-made workload: one pod of one GPU that runs for an hour, unless told. */
export interface WorkloadInput extends Partial<Omit<Workload, "attempts">> {
  readonly hours?: number;
  /** Attempts before the last fail after these many hours. */
  readonly failsAfterHours?: readonly number[];
}

/** GPU models shared by all hand-made workloads that name none, as workloads of one class share theirs. */
const anyModel: readonly string[] = ["H100", "A100", "L40S"];

/** Hand-made demand, in order of creation, for runSimulation. */
export function workloads(inputs: readonly WorkloadInput[]): Workload[] {
  return inputs
    .map(({ createdMs = 0, ...input }) => ({ createdMs, ...input }))
    .sort((a, b) => a.createdMs - b.createdMs)
    .map(({ hours = 1, failsAfterHours = [], ...input }, id): Workload => {
      const attempt = (after: number, fails: boolean): Attempt => ({ durationMs: Math.round(after * HOUR_MS), fails });
      return {
        name: `work-${id}`,
        workloadClass: "work",
        namespace: "team",
        localQueue: input.clusterQueue ?? "queue",
        clusterQueue: "queue",
        pods: 1,
        gpusPerPod: 1,
        cpusPerPod: 0,
        memoryGiBPerPod: 0,
        priorityClass: "",
        priority: 0,
        gpuModels: anyModel,
        kind: "Job",
        startupMs: 0,
        attempts: [...failsAfterHours.map((after) => attempt(after, true)), attempt(hours, false)],
        ...input,
        id,
      };
    });
}

export const minutes = (n: number): number => n * MINUTE_MS;
export const hours = (n: number): number => n * HOUR_MS;
