import { z } from "zod";
import { WEEK_HOURS } from "../units/time.js";

/** A Kubernetes object name: lower case letters, digits and dashes (RFC 1123 label). */
const name = z.string().regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, {
  error: "allowed: lower-case letters, digits and dashes, at most 63, as Kubernetes names are",
});
/** The name of an object that may have dots, too (RFC 1123 subdomain). */
const dottedName = z.string().regex(/^(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/, {
  error: "allowed: lower-case letters, digits, dashes and dots, as Kubernetes names are",
});
/** The value of a node label. */
const labelValue = z.string().regex(/^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/, {
  error: "allowed: letters, digits, dashes, dots and underscores, at most 63, as values of Kubernetes labels are",
});
const count = z.int().min(0);
const positiveCount = z.int().min(1);
const share = z.number().min(0).max(1);
const utcDate = z.iso.datetime({ error: "allowed: a UTC time such as 2026-01-05T00:00:00Z" });

const gpuModel = z.strictObject({
  product: z.string().min(1).describe("DCGM modelName, for instance NVIDIA H100 80GB HBM3"),
  memoryMiB: z.number().min(1024).describe("Framebuffer, MiB"),
  tdpWatts: z.number().positive().describe("Board power limit, W"),
  idleWatts: z.number().positive().describe("Power with no context loaded, W"),
  idleWithContextWatts: z.number().positive().describe("Power with a context loaded but no work, W"),
});

/**
 * Published rates of node failures, in node-days between two: RSC-1 154 and RSC-2 427 (6.50 and 2.34 a thousand
 * node-days, arXiv 2410.21680), Llama 3 264 (419 interruptions in 54 days of 2,048 nodes), a B200 cluster 347
 * (10 in 55 days of 63 nodes, arXiv 2605.09370). 58.7 % of Llama 3's were blamed on a GPU.
 */
const nodeFailures = z.strictObject({
  mtbfHours: z
    .number()
    .min(1)
    .describe("Mean time in service before a node fails (exponential); published: 3,700 to 10,000"),
  repairHours: z.number().min(0.01).describe("Mean time until it is back (exponential)"),
  xidShare: share.default(0.587).describe("Share of failures before which one of its GPUs shows an XID"),
});

/** The longest simulation after its warm-up. */
export const MOST_DAYS = 366;

/** Every node is a domain of a level below all others, which has this name. */
export const HOST = "host";

const MINUTE_HOURS = 1 / 60;

const nodeLevel = z.strictObject({
  level: name,
  nodes: positiveCount.describe("Nodes of one of its domains; nodes fill them in order, and the last may have fewer"),
});

const topologyRequest = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("required"), level: name }),
  z.strictObject({ kind: z.literal("preferred"), level: name }),
  z.strictObject({ kind: z.literal("unconstrained") }),
]);

const nodegroup = z.strictObject({
  name: labelValue.describe("Value of the node label that names the nodegroup"),
  region: labelValue.describe("Value of the node label topology.kubernetes.io/region"),
  gpuModel: z.string().min(1).describe("A known model (H100, A100, L40S) or one of the scenario's own gpuModels"),
  nodes: positiveCount,
  gpusPerNode: count.describe("0 only in a replay, whose nodes need not all have GPUs"),
  cpusPerNode: z.number().positive().default(192).describe("Allocatable CPU cores of a node"),
  memoryGiBPerNode: z.number().positive().default(2048).describe("Allocatable memory of a node, GiB"),
  usdPerGpuHour: z.number().min(0).describe("Price of one GPU for one hour, US dollars"),
  committedUntil: utcDate.nullable().default(null).describe("End of the price's commitment; null is on demand"),
  failures: nodeFailures.optional().describe("Nodes that fail at random; without it, none does"),
  autoscaling: z
    .strictObject({
      maxNodes: positiveCount,
      provisioningMinutes: z.number().min(0).describe("From the decision until a new node takes pods"),
    })
    .optional()
    .describe("How far it may grow and how long that takes, for actions that add nodes: nothing grows by itself"),
  repackEveryHours: z
    .number()
    .min(MINUTE_HOURS)
    .optional()
    .describe(
      "How often, from the start of the warm-up, gangs that run are moved together where one that holds quota finds no node with room, though enough GPUs are free: those of fewest GPUs, which start again from their last checkpoint. Without it, never",
    ),
  topology: z
    .array(nodeLevel)
    .min(1)
    .optional()
    .describe(
      "How its nodes stand together, outermost level first, for instance blocks of 8 nodes and racks of 4; each node is a host, the lowest level",
    ),
});

const resourceFlavor = z.strictObject({
  name: dottedName,
  nodeLabels: z
    .record(z.string(), z.string())
    .describe("Labels of the nodes it covers. Nodes carry the nodegroup label, the region and the GPU product"),
  topologyAware: z
    .boolean()
    .optional()
    .describe(
      "Whether it names a Topology (topologyName), of the levels of its nodes: Kueue then admits only what it finds nodes for, and says which",
    ),
});

const quotaChanges = (unit: string) =>
  z
    .array(
      z.strictObject({
        fromHour: z.number().describe("Hours after telemetry starts; negative is in the warm-up"),
        nominalQuota: count.describe(unit),
      }),
    )
    .optional()
    .describe(
      "Other nominal quotas from these hours on, as an administrator sets them, for instance when nodes come. What is admitted stays",
    );

/** What a ClusterQueue says of one resource of a flavor. */
const clusterQueueLimits = (unit: string) => ({
  nominalQuota: count.describe(unit),
  quotaChanges: quotaChanges(unit),
  borrowingLimit: count.optional().describe(`${unit} that may be borrowed from the cohort; without it, all it has`),
  lendingLimit: count.optional().describe(`${unit} of the nominal quota that others may borrow; without it, all of it`),
});
const CORES = "CPU cores";
const GIB = "GiB of memory";
const cpusAndMemory = {
  cpus: z.strictObject(clusterQueueLimits(CORES)).optional().describe("Quota on CPU, if there is any"),
  memoryGiB: z.strictObject(clusterQueueLimits(GIB)).optional().describe("Quota on memory, if there is any"),
};

const clusterQueueFlavor = z.strictObject({
  name: dottedName.describe("A ResourceFlavor. Flavors are tried in this order"),
  ...clusterQueueLimits("GPUs"),
  ...cpusAndMemory,
});

const resourceGroup = z.strictObject({
  flavors: z
    .array(
      z.strictObject({
        name: dottedName.describe("A ResourceFlavor that covers all nodes of flavors"),
        ...cpusAndMemory,
      }),
    )
    .min(1)
    .describe("Tried in this order"),
});

const flavorFungibility = z.strictObject({
  whenCanBorrow: z
    .enum(["MayStopSearch", "TryNextFlavor"])
    .default("MayStopSearch")
    .describe("Whether a flavor that has to be borrowed is taken, or the next one tried first"),
  whenCanPreempt: z
    .enum(["MayStopSearch", "TryNextFlavor"])
    .default("TryNextFlavor")
    .describe("Whether a flavor that others have to leave is taken, or the next one tried first"),
});

const preemption = z.strictObject({
  withinClusterQueue: z.enum(["Never", "LowerPriority", "LowerOrNewerEqualPriority"]).default("Never"),
  reclaimWithinCohort: z
    .enum(["Never", "LowerPriority", "Any"])
    .default("Never")
    .describe("Whom of those in the cohort that use more than their own quota"),
  borrowWithinCohort: z
    .strictObject({
      policy: z.enum(["Never", "LowerPriority"]),
      maxPriorityThreshold: z.int().optional().describe("Nobody above this priority"),
    })
    .optional()
    .describe("Whom for a workload that itself goes beyond its queue's own quota"),
});

const weight = z.strictObject({
  weight: z
    .number()
    .min(0)
    .describe("How much of what is borrowed it is to have, against others below the same cohort; 0: only what is left"),
});

const stops = z.array(
  z.strictObject({
    policy: z
      .enum(["Hold", "HoldAndDrain"])
      .describe("Hold: it admits nothing; HoldAndDrain: what it has admitted is evicted too"),
    fromHour: z.number().describe("Hours after telemetry starts; negative is in the warm-up"),
    toHour: z.number().optional().describe("Without it, to the end"),
  }),
);

const clusterQueue = z.strictObject({
  name: dottedName,
  cohort: dottedName.optional().describe("ClusterQueues of one cohort borrow each other's unused quota"),
  queueingStrategy: z.enum(["StrictFIFO", "BestEffortFIFO"]).default("BestEffortFIFO"),
  flavors: z
    .array(clusterQueueFlavor)
    .min(1)
    .describe("The resource group of the GPUs: what a workload asks for in it, it is given of one flavor"),
  resourceGroups: z
    .array(resourceGroup)
    .min(1)
    .optional()
    .describe(
      "Further resource groups, each with flavors of its own, for CPU or memory. What no group has is not checked",
    ),
  flavorFungibility: flavorFungibility.optional(),
  preemption: preemption.optional().describe("Whom its workloads may preempt; without it, nobody"),
  fairSharing: weight.optional().describe("Without it, weight 1"),
  stops: stops.optional().describe("Spans in which its stopPolicy is set"),
});

const cohortLimits = (unit: string) => ({
  nominalQuota: count.default(0).describe(`${unit} that belong to none of its ClusterQueues`),
  quotaChanges: quotaChanges(unit),
  borrowingLimit: count.optional().describe(`${unit} that its members together may borrow from its parent`),
  lendingLimit: count.optional().describe(`${unit} that its parent may borrow from its members together`),
});

const cohort = z.strictObject({
  name: dottedName,
  parent: dottedName.optional().describe("The cohort from which it borrows; without it, none"),
  fairSharing: weight.optional().describe("Without it, weight 1"),
  flavors: z
    .array(
      z.strictObject({
        name: dottedName,
        ...cohortLimits("GPUs"),
        cpus: z.strictObject(cohortLimits(CORES)).optional(),
        memoryGiB: z.strictObject(cohortLimits(GIB)).optional(),
      }),
    )
    .optional(),
});

const localQueue = z.strictObject({
  name: dottedName,
  namespace: name,
  clusterQueue: dottedName,
  owner: z.string().min(1).optional().describe("Team that answers for the namespace; the namespace's name unless told"),
  interactive: z.boolean().default(false).describe("Whether people wait at it, as at notebooks"),
  waitTargetMinutes: z
    .number()
    .positive()
    .optional()
    .describe("p95 from creation to scheduled; 15 if interactive, 240 up to one node, 1440 larger, unless told"),
  stops: stops.optional().describe("Spans in which its stopPolicy is set: what it has pending is in no ClusterQueue"),
});

const poissonArrivals = z.strictObject({
  kind: z.literal("poisson"),
  perHour: z.number().min(0).describe("Mean workloads an hour over a whole week, bursts included"),
  dailySwing: share.default(0).describe("Height of the daily wave: 0.4 goes from 0.6 to 1.4 of the mean"),
  peakHour: z.number().min(0).lt(24).default(14).describe("UTC hour of the daily peak"),
  weekendShare: z.number().min(0).default(1).describe("Saturday's and Sunday's rate, as a share of a weekday's"),
  burstSize: z.number().min(1).default(1).describe("Mean workloads that arrive together (geometric)"),
});

const periodicArrivals = z.strictObject({
  kind: z.literal("periodic"),
  everyHours: z.number().positive(),
  offsetHours: z.number().min(0).default(0).describe("First arrival, hours after the simulation starts"),
  jitterMinutes: z.number().min(0).default(0).describe("Each arrival comes up to this much later, uniformly"),
});

const weeklyArrivals = z.strictObject({
  kind: z.literal("weekly"),
  perHourOfWeek: z
    .array(z.number().min(0))
    .length(WEEK_HOURS)
    .describe("Mean workloads an hour, bursts included, from that of Monday 00:00 UTC on"),
  burstSize: z.number().min(1).default(1).describe("Mean workloads that arrive together (geometric)"),
});

const listedArrivals = z.strictObject({
  kind: z.literal("listed"),
  hours: z.array(z.number().min(0)).min(1).describe("Of each arrival, after the simulation starts; in order"),
});

const arrivals = z.discriminatedUnion("kind", [poissonArrivals, periodicArrivals, weeklyArrivals, listedArrivals]);

const maxMinutes = z.number().positive().describe("The tail is cut here: what would be longer is drawn again");
const duration = z.discriminatedUnion("kind", [
  z.strictObject({ kind: z.literal("constant"), minutes: z.number().positive() }),
  z.strictObject({
    kind: z.literal("exponential"),
    meanMinutes: z.number().positive(),
    maxMinutes: maxMinutes.optional(),
  }),
  z.strictObject({
    kind: z.literal("lognormal"),
    medianMinutes: z.number().positive(),
    sigma: z.number().min(0).describe("Standard deviation of the logarithm"),
    maxMinutes,
  }),
  z.strictObject({
    kind: z.literal("quantiles"),
    points: z
      .array(z.tuple([share, z.number().positive()]))
      .min(2)
      .describe("[probability, minutes], both rising, from 0 to 1; between two points the logarithm is linear"),
  }),
  z.strictObject({
    kind: z.literal("listed"),
    minutesEach: z
      .array(z.number().positive())
      .min(1)
      .describe("Of the first arrival, the second and so on; after the last one, from the first again"),
  }),
]);

const activity = z.strictObject({
  gpuUtilPercent: z.number().min(0).max(100).describe("DCGM_FI_DEV_GPU_UTIL while computing"),
  grEngineActive: share.describe("DCGM_FI_PROF_GR_ENGINE_ACTIVE while computing"),
  tensorActive: share.describe("DCGM_FI_PROF_PIPE_TENSOR_ACTIVE while computing"),
  dramActive: share.describe("DCGM_FI_PROF_DRAM_ACTIVE while computing"),
  powerShare: share.describe("While computing, as a share of the way from idle with context to the power limit"),
  memoryShare: share.describe("Framebuffer in use"),
  dutyShare: share.default(1).describe("Share of the running time spent computing; the rest is idle with context"),
  cycleMinutes: z.number().positive().default(30).describe("Mean length of one turn of computing and idling"),
  starved: z
    .boolean()
    .default(false)
    .describe("Whether what looks like computing waits for input: known to the truth alone, no series says it"),
  loadMinutes: z.number().min(0).default(2).describe("Idle with context at the start: loading data and weights"),
});

const workloadClass = z.strictObject({
  name,
  localQueue: z.string().describe("namespace/name of a LocalQueue"),
  arrivals,
  gang: z
    .array(
      z.strictObject({
        pods: positiveCount,
        minPods: positiveCount
          .optional()
          .describe(
            "With how few pods it may start, and run longer, where quota has no room for all; without it, none",
          ),
        gpusPerPod: z.number().positive().describe("Whole, or a share of one GPU in thousandths, such as 0.25"),
        weight: z.number().min(0).default(1),
      }),
    )
    .min(1)
    .describe("Shapes, one drawn by weight: all pods of a gang start together or none does"),
  duration,
  activity,
  gpuModels: z.array(z.string()).min(1).describe("GPU models that could run it; it is given no other"),
  topology: topologyRequest
    .optional()
    .describe(
      "Where its pods are to be, by podset-required-topology: in one domain of the level; podset-preferred-topology: in one of it or of the lowest level above that has room, else in as few as can be; podset-unconstrained-topology: anywhere. Without it, anywhere in a ClusterQueue all of whose flavors are topology-aware, and in no such flavor elsewhere",
    ),
  priorityClass: dottedName.optional().describe("One of priorityClasses; without it, priority 0"),
  kind: z
    .enum(["Job", "Pod"])
    .default("Job")
    .describe("A suspended Job has no pods while it queues; a plain Pod exists, gated, from the start"),
  cpusPerGpu: z.number().min(0).default(8),
  memoryGiBPerGpu: z.number().min(0).default(64),
  checkpointMinutes: z
    .number()
    .positive()
    .optional()
    .describe("Running time between two checkpoints; a restart goes on from the last, without it from the start"),
  startupSeconds: z.number().min(0).max(86_400).default(60).describe("From bound to Running: image pull and start"),
  reapedAfterIdleMinutes: z
    .number()
    .positive()
    .optional()
    .describe("Its work is ended once its GPUs have not computed for so long; without it, never"),
  failure: z
    .strictObject({
      share: share.describe("Share of attempts that fail"),
      retries: count
        .max(100)
        .default(0)
        .describe("The Job's backoffLimit: attempts after the first, within its admission"),
    })
    .default({ share: 0, retries: 0 }),
});

const columns = z.record(z.string(), z.string()).describe("What the file calls a column, by the name that it has here");

const demand = z.strictObject({
  replay: z
    .string()
    .min(1)
    .describe("CSV or Parquet file of workloads, found from the scenario's file: docs/replay.md says its columns"),
  columns: columns.optional(),
  nodes: z.string().min(1).optional().describe("CSV or Parquet file of nodes, in place of nodegroups"),
  nodeColumns: columns.optional(),
  unusable: z
    .enum(["refuse", "leave-out"])
    .optional()
    .describe("What to do about workloads that cannot be run; refuse unless told"),
  startupSeconds: z.number().min(0).max(86_400).optional().describe("From bound to Running; 0 unless told"),
  activity: activity.optional().describe("How all of it drives a GPU; as pre-training does unless told"),
});

const standalone = z.strictObject({
  name,
  namespace: name,
  owner: z.string().min(1).optional(),
  nodegroup: labelValue,
  pods: positiveCount,
  gpusPerPod: positiveCount,
  activity,
});

const cordon = z.strictObject({
  nodegroup: labelValue,
  node: count.describe("Which of the nodegroup's nodes, from 0"),
  fromHour: z.number().describe("Hours after telemetry starts; negative is in the warm-up"),
  toHour: z.number().optional().describe("Without it, to the end"),
});

const outage = z.strictObject({
  nodegroup: labelValue,
  node: count.describe("Which of the nodegroup's nodes, from 0"),
  kind: z
    .enum(["cordon", "drain", "fail", "delete"])
    .describe(
      "cordon: nothing new comes; drain: cordoned, and its pods are evicted; fail: NotReady, its pods are lost; delete: no node of the cluster, as before it is added",
    ),
  fromHour: z.number().describe("Hours after telemetry starts; negative is in the warm-up or before"),
  toHour: z.number().optional().describe("Without it, to the end"),
  xid: count.max(1000).optional().describe("XID that its GPU 0 shows in the minutes before"),
});

/** What a scenario may put out of balance on purpose: causes of waiting, and states of GPUs that are held. */
export const injectedCauses = [
  "head-of-line",
  "quota",
  "fragmentation",
  "unavailable",
  "flavor",
  "capacity",
  "idle",
  "stalled",
  "starting",
  "lost",
] as const;

const fault = z
  .union(
    [
      z.string(),
      z.strictObject({
        name: z.string().describe("npx evenkeel break --list lists them"),
        nodegroup: labelValue
          .optional()
          .describe("Where it strikes, if it strikes one nodegroup; the first unless told"),
        fromHour: z.number().min(0).optional().describe("Hours after telemetry starts"),
        toHour: z.number().min(0).optional().describe("Hours after telemetry starts"),
      }),
    ],
    { error: "allowed: a fault's name, or { name, nodegroup, fromHour, toHour } of which only the name must be there" },
  )
  .describe("A fault by its name, or by name, place and time");

/** The world as data. Times are in the unit that the field's name ends in. */
export const scenarioSchema = z.strictObject({
  name,
  description: z.string().min(1).describe("One line: what is out of balance in it"),
  injected: z
    .array(z.strictObject({ cause: z.enum(injectedCauses), nodegroup: labelValue }))
    .default([])
    .describe("What is out of balance on purpose, and where: the answer to be found. Changes nothing in the data"),
  start: utcDate.default("2026-01-05T00:00:00Z").describe("When telemetry starts, UTC"),
  days: z
    .number()
    .positive()
    .max(MOST_DAYS)
    .default(7)
    .describe("Length of the telemetry; at most 92, but in a replay without telemetry"),
  warmupDays: z.number().min(0).max(92).default(7).describe("Simulated before telemetry starts"),
  intervalSeconds: z.int().min(5).max(3600).default(60).describe("Scrape interval"),
  missedScrapeShare: z
    .number()
    .min(0)
    .max(0.9)
    .default(0.0005)
    .describe("Share of scrapes that fail, leaving a gap; enough must be left to tell something"),
  cluster: name.default("evenkeel"),
  nodegroupLabel: z
    .string()
    .min(1)
    .default("eks.amazonaws.com/nodegroup")
    .describe("Node label that names the nodegroup"),
  gpuModels: z.record(z.string(), gpuModel).default({}).describe("GPU models beside those known by name"),
  nodegroups: z.array(nodegroup).min(1),
  resourceFlavors: z.array(resourceFlavor).min(1),
  clusterQueues: z.array(clusterQueue).min(1),
  cohorts: z
    .array(cohort)
    .optional()
    .describe("Cohorts with quota of their own or a parent; others need only be named by ClusterQueues"),
  fairSharing: z
    .strictObject({
      preemptionStrategies: z
        .array(z.enum(["LessThanOrEqualToFinalShare", "LessThanInitialShare"]))
        .min(1)
        .default(["LessThanOrEqualToFinalShare", "LessThanInitialShare"])
        .describe(
          "When others may be preempted for a smaller share: by the first, and if that is not enough the second",
        ),
    })
    .optional()
    .describe("What is borrowed is shared by weight; without it, first come, first served"),
  localQueues: z.array(localQueue).min(1),
  priorityClasses: z.array(z.strictObject({ name: dottedName, value: z.int() })).default([]),
  workloadClasses: z.array(workloadClass),
  demand: demand
    .optional()
    .describe("A list of workloads to replay, in place of workloadClasses; what the scenario leaves out comes from it"),
  standalone: z.array(standalone).default([]).describe("GPU pods outside Kueue, there from the start to the end"),
  cordons: z.array(cordon).default([]),
  outages: z
    .array(outage)
    .optional()
    .describe(
      "Spans in which nodes are out of service, beside cordons; a node that is added later is deleted until then",
    ),
  kueueRestartHours: z
    .array(z.number())
    .default([])
    .describe("Hours after telemetry starts at which Kueue's controller restarts, and its counters with it"),
  placement: z
    .enum(["spread", "pack", "best-fit", "random", "fgd"])
    .default("spread")
    .describe(
      "Which node that fits: the emptiest; the fullest; the one with fewest GPUs, then cores, left over; any; the one on which the fewest GPUs become fragments to what the classes submit",
    ),
  binding: z
    .enum(["gang", "pod"])
    .optional()
    .describe(
      "How the pods of an admitted gang get their nodes: gang, all together or none, as with coscheduling, or pod, one by one, as kube-scheduler does by itself; gang unless told",
    ),
  podsReadyTimeoutMinutes: z
    .number()
    .positive()
    .optional()
    .describe("waitForPodsReady: evict and requeue a workload whose pods are not Running in time"),
  podsReadyRecoveryMinutes: z
    .number()
    .positive()
    .optional()
    .describe(
      "recoveryTimeout of waitForPodsReady: evict a workload that lost its pods and is not Running again in time; without it, none",
    ),
  terminationGraceSeconds: z
    .number()
    .min(0)
    .max(86_400)
    .optional()
    .describe("How long preempted pods take to end; 30, Kubernetes' own default, unless told"),
  faults: z
    .array(fault)
    .min(1)
    .optional()
    .describe("What goes wrong in the telemetry, not in the world, in this order"),
  podRetentionMinutes: z.number().min(0).default(15).describe("ttlSecondsAfterFinished: finished pods stay this long"),
});

/** A scenario with every default filled in. */
export type Scenario = z.output<typeof scenarioSchema>;
/** A scenario as one writes it: fields with a default may be left out. */
export type ScenarioInput = z.input<typeof scenarioSchema>;

/** A fault as it is asked for. */
export type FaultInput = z.output<typeof fault>;

export type Nodegroup = Scenario["nodegroups"][number];
export type ClusterQueue = Scenario["clusterQueues"][number];
export type LocalQueue = Scenario["localQueues"][number];
export type WorkloadClass = Scenario["workloadClasses"][number];
export type TopologyRequest = z.output<typeof topologyRequest>;
export type Arrivals = z.output<typeof arrivals>;
export type Duration = z.output<typeof duration>;
export type Activity = z.output<typeof activity>;
