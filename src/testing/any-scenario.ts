import fc from "fast-check";
import type { Scenario, ScenarioInput } from "../scenario/schema.js";
import { type ClassInput, small, steady } from "./scenario.js";

const models = ["H100", "A100", "L40S"] as const;

const anyNodegroup = fc.record({
  gpuModel: fc.constantFrom(...models),
  nodes: fc.integer({ min: 1, max: 4 }),
  /** Nodes of a rack, of which two are a block. */
  rack: fc.integer({ min: 1, max: 2 }),
  gpusPerNode: fc.integer({ min: 1, max: 8 }),
  /** Cores and GiB a GPU: with 8 and 64 the classes' requests, some of which are larger, meet their limit. */
  cpusPerGpu: fc.constantFrom(8, 24),
  memoryGiBPerGpu: fc.constantFrom(64, 200),
  failures: fc.option(fc.constant({ mtbfHours: 6, repairHours: 0.5 })),
  /** Left out where a flavor that covers it is topology-aware. */
  repackEveryHours: fc.constantFrom(undefined, 0.25, 1),
});

const anyStop = fc.option(
  fc.record({
    policy: fc.constantFrom("Hold" as const, "HoldAndDrain" as const),
    fromHour: fc.integer({ min: -3, max: 5 }),
    hours: fc.option(fc.constantFrom(0.5, 2)),
  }),
  { freq: 2 },
);

const anyQueue = fc.record({
  cohort: fc.constantFrom(undefined, "cohort", "cohort", "left"),
  stop: anyStop,
  localStop: anyStop,
  strict: fc.boolean(),
  /** For each of its flavors: whether it has it, quota as a share of the GPUs behind it, borrowing limit. */
  flavors: fc.array(
    fc.record({
      has: fc.boolean(),
      share: fc.constantFrom(1, 0.75, 0.5, 0.3, 0, 1.3),
      limit: fc.option(fc.nat(6)),
      lends: fc.option(fc.constantFrom(0, 0.5)),
      /** Another share from an hour on. */
      change: fc.option(fc.record({ fromHour: fc.constantFrom(-2, 0.4, 3), share: fc.constantFrom(0, 0.3, 1, 1.3) }), {
        freq: 2,
      }),
    }),
    { minLength: 4, maxLength: 4 },
  ),
  /** Quota on cores and memory, as a share of those behind it, where there is such quota. */
  more: fc.record({
    cpus: fc.constantFrom(1, 0.5, 0.3),
    memoryGiB: fc.option(fc.constantFrom(1, 0.4)),
    limit: fc.option(fc.nat(30)),
    lends: fc.option(fc.constantFrom(0, 0.5)),
  }),
  weight: fc.constantFrom(undefined, 0, 0.5, 3),
  preemption: fc.option(
    fc.record({
      withinClusterQueue: fc.constantFrom(
        "Never" as const,
        "LowerPriority" as const,
        "LowerOrNewerEqualPriority" as const,
      ),
      reclaimWithinCohort: fc.constantFrom("Any" as const, "LowerPriority" as const),
      borrowWithinCohort: fc.constantFrom(
        { policy: "Never" as const },
        { policy: "LowerPriority" as const },
        { policy: "LowerPriority" as const, maxPriorityThreshold: -5 },
      ),
    }),
  ),
  flavorFungibility: fc.option(
    fc.record({
      whenCanBorrow: fc.constantFrom("MayStopSearch" as const, "TryNextFlavor" as const),
      whenCanPreempt: fc.constantFrom("MayStopSearch" as const, "TryNextFlavor" as const),
    }),
  ),
});

const anyClass = fc.record({
  queue: fc.nat(10),
  /** Whether it submits to the second LocalQueue of its ClusterQueue. */
  too: fc.boolean(),
  nodegroup: fc.nat(10),
  otherModels: fc.subarray([...models]),
  shapes: fc.array(
    fc.record({
      pods: fc.integer({ min: 1, max: 4 }),
      minPods: fc.option(fc.integer({ min: 1, max: 3 })),
      gpusPerPod: fc.integer({ min: 1, max: 8 }),
    }),
    { minLength: 1, maxLength: 2 },
  ),
  arrivals: fc.oneof(
    fc.record({
      kind: fc.constant("poisson" as const),
      perHour: fc.constantFrom(1, 3, 8),
      burstSize: fc.constantFrom(1, 3),
    }),
    fc.record({
      kind: fc.constant("periodic" as const),
      everyHours: fc.constantFrom(0.5, 1),
      jitterMinutes: fc.nat(90),
    }),
  ),
  /** Left out where no flavor of the queue is topology-aware. */
  topology: fc.constantFrom<ClassInput["topology"]>(
    undefined,
    { kind: "unconstrained" },
    { kind: "required", level: "host" },
    { kind: "required", level: "rack" },
    { kind: "required", level: "rack" },
    { kind: "required", level: "block" },
    { kind: "preferred", level: "host" },
    { kind: "preferred", level: "rack" },
  ),
  minutes: fc.constantFrom(5, 40, 180),
  constant: fc.boolean(),
  priority: fc.option(fc.constantFrom("high", "low")),
  kind: fc.constantFrom("Job" as const, "Pod" as const),
  cpusPerGpu: fc.constantFrom(0, 0.1, 4, 12.5),
  memoryGiBPerGpu: fc.constantFrom(0, 32, 90.5),
  startupSeconds: fc.constantFrom(0, 45, 1200),
  failure: fc.record({ share: fc.constantFrom(0, 0.5), retries: fc.nat(2) }),
  checkpointMinutes: fc.option(fc.constantFrom(3, 25)),
  /** Minutes after which it is ended when it idles, which it does only then. */
  reaped: fc.constantFrom(undefined, undefined, undefined, undefined, 5, 30),
});

const anyKind = fc.constantFrom("cordon" as const, "drain" as const, "fail" as const, "delete" as const);

const anyRest = fc.record({
  fairSharing: fc.option(
    fc.constantFrom<NonNullable<ScenarioInput["fairSharing"]>>(
      {},
      { preemptionStrategies: ["LessThanOrEqualToFinalShare"] },
      { preemptionStrategies: ["LessThanInitialShare"] },
    ),
  ),
  /** Quota of "left" of its own, and what it may borrow from "cohort", above it, and lend to it. */
  left: fc.record({
    nominalQuota: fc.nat(4),
    borrowingLimit: fc.option(fc.nat(4)),
    lendingLimit: fc.option(fc.nat(4)),
  }),
  placement: fc.constantFrom(
    "spread" as const,
    "pack" as const,
    "best-fit" as const,
    "random" as const,
    "fgd" as const,
  ),
  binding: fc.constantFrom(undefined, "pod" as const),
  timeout: fc.option(fc.constantFrom(10, 45)),
  graceSeconds: fc.constantFrom(0, 30, 300),
  recovery: fc.option(fc.constantFrom(5, 20)),
  shared: fc.boolean(),
  /** For each flavor. */
  topologyAware: fc.array(fc.constantFrom(false, true, false), { minLength: 4, maxLength: 4 }),
  /** Whether there is quota on cores and memory: in the resource group of the GPUs, or in one of their own. */
  more: fc.constantFrom(undefined, undefined, "with GPUs" as const, "apart" as const),
  standalone: fc.boolean(),
  cordons: fc.array(
    fc.record({
      nodegroup: fc.nat(10),
      node: fc.nat(10),
      fromHour: fc.integer({ min: -3, max: 5 }),
      hours: fc.option(fc.constantFrom(0.5, 3)),
    }),
    { maxLength: 3 },
  ),
  /** Of each of these spans. */
  kinds: fc.tuple(anyKind, anyKind, anyKind),
});

type More = (typeof anyQueue extends fc.Arbitrary<infer Queue> ? Queue : never)["more"];

/** A queue's stops, of at most one. */
const stopsOf = (stop: { policy: "Hold" | "HoldAndDrain"; fromHour: number; hours: number | null } | null) =>
  stop === null
    ? {}
    : {
        stops: [
          {
            policy: stop.policy,
            fromHour: stop.fromHour,
            ...(stop.hours === null ? {} : { toHour: stop.fromHour + stop.hours }),
          },
        ],
      };

/**
 * Any small cluster that a scenario may describe, hours long, most of them too small for their demand: several models,
 * flavors of one nodegroup and over all of them, topology-aware or not, quota on cores and memory, cohorts, both queueing
 * strategies, gangs bound together or pod by pod or moved, failures, evictions, nodes out of service.
 */
export const anyScenario: fc.Arbitrary<Scenario> = fc
  .record({
    nodegroups: fc.array(anyNodegroup, { minLength: 1, maxLength: 3 }),
    queues: fc.array(anyQueue, { minLength: 1, maxLength: 3 }),
    classes: fc.array(anyClass, { minLength: 1, maxLength: 4 }),
    rest: anyRest,
  })
  .map(({ nodegroups, queues, classes, rest }) => {
    const isCoveredAware = (i: number) =>
      rest.topologyAware[i]! || (rest.shared && rest.topologyAware[nodegroups.length]!);
    const groups = nodegroups.map(({ cpusPerGpu, memoryGiBPerGpu, failures, repackEveryHours, rack, ...group }, i) => ({
      ...group,
      ...(failures === null ? {} : { failures }),
      ...(repackEveryHours === undefined || isCoveredAware(i) ? {} : { repackEveryHours }),
      name: "abc"[i]!,
      topology: [
        { level: "block", nodes: 2 * rack },
        { level: "rack", nodes: rack },
      ],
      cpusPerNode: group.gpusPerNode * cpusPerGpu,
      memoryGiBPerNode: group.gpusPerNode * memoryGiBPerGpu,
    }));
    const own = groups.map(({ name }) => ({ name, nodeLabels: { "eks.amazonaws.com/nodegroup": name } }));
    const region = { name: "region", nodeLabels: { "topology.kubernetes.io/region": "us-west-2" } };
    const resourceFlavors = (rest.shared ? [...own, region] : own).map((flavor, f) =>
      rest.topologyAware[f] ? { ...flavor, topologyAware: true } : flavor,
    );
    const isAware = (flavor: string) =>
      resourceFlavors.some(({ name, ...one }) => name === flavor && "topologyAware" in one);
    const sumOf = (flavor: string, perNode: "gpusPerNode" | "cpusPerNode" | "memoryGiBPerNode") =>
      groups
        .filter(({ name }) => !own.some((one) => one.name === flavor) || flavor === name)
        .reduce((sum, group) => sum + group.nodes * group[perNode], 0);
    const coresAndMemory = (flavor: string, inCohort: boolean, { cpus, memoryGiB, limit, lends }: More) => {
      const limits = (nominalQuota: number) => ({
        nominalQuota,
        ...(inCohort && lends !== null ? { lendingLimit: Math.floor(lends * nominalQuota) } : {}),
        ...(inCohort && limit !== null ? { borrowingLimit: limit } : {}),
      });
      return {
        cpus: limits(Math.round(cpus * sumOf(flavor, "cpusPerNode"))),
        ...(memoryGiB === null ? {} : { memoryGiB: limits(Math.round(memoryGiB * sumOf(flavor, "memoryGiBPerNode"))) }),
      };
    };
    const fair = rest.fairSharing !== null;
    const clusterQueues = queues.map(({ cohort, strict, flavors, preemption, flavorFungibility, stop, weight }, i) => {
      const chosen = resourceFlavors.filter((_, f) => flavors[f]!.has);
      const mine = chosen.length > 0 ? chosen : own.slice(0, 1);
      return {
        name: `queue-${i}`,
        ...(cohort ? { cohort } : {}),
        ...(cohort && fair && weight !== undefined ? { fairSharing: { weight } } : {}),
        ...stopsOf(stop),
        queueingStrategy: strict ? ("StrictFIFO" as const) : ("BestEffortFIFO" as const),
        ...(preemption === null
          ? {}
          : {
              preemption: {
                withinClusterQueue: preemption.withinClusterQueue,
                ...(cohort ? { reclaimWithinCohort: preemption.reclaimWithinCohort } : {}),
                ...(cohort && !fair ? { borrowWithinCohort: preemption.borrowWithinCohort } : {}),
              },
            }),
        ...(flavorFungibility === null ? {} : { flavorFungibility }),
        flavors: mine.map(({ name }, f) => {
          const { share, limit, lends, change } = flavors[f]!;
          const quota = (part: number) => Math.round(part * sumOf(name, "gpusPerNode"));
          const nominalQuota = quota(share);
          const changes = change ? [{ fromHour: change.fromHour, nominalQuota: quota(change.share) }] : [];
          const least = Math.min(nominalQuota, ...changes.map((one) => one.nominalQuota));
          return {
            name,
            nominalQuota,
            ...(change ? { quotaChanges: changes } : {}),
            ...(cohort && lends !== null ? { lendingLimit: Math.floor(lends * least) } : {}),
            ...(cohort && limit !== null ? { borrowingLimit: limit } : {}),
            ...(rest.more === "with GPUs" ? coresAndMemory(name, cohort !== undefined, queues[i]!.more) : {}),
          };
        }),
        ...(rest.more === "apart" && !mine.some(({ name }) => isAware(name))
          ? {
              resourceGroups: [
                { flavors: [{ name: "all", ...coresAndMemory("all", cohort !== undefined, queues[i]!.more) }] },
              ],
            }
          : {}),
      };
    });
    const workloadClasses = classes.map((one, i): Partial<ClassInput> & { name: string } => {
      const queue = clusterQueues[one.queue % clusterQueues.length]!;
      const aware = queue.flavors.filter(({ name }) => isAware(name));
      const topology = aware.length > 0 ? one.topology : undefined;
      const others = queue.flavors.filter(({ name }) => !isAware(name));
      const offered = topology !== undefined || others.length === 0 ? aware : others;
      const reached = groups.filter(({ name }) => offered.some((f) => f.name === "region" || f.name === name));
      const group = reached[one.nodegroup % reached.length]!;
      const level = topology?.kind === "required" ? topology.level : undefined;
      const within = level === "host" ? 1 : group.topology.find((domain) => domain.level === level)?.nodes;
      const nodes = Math.min(group.nodes, within ?? group.nodes);
      const cpusPerGpu = Math.min(one.cpusPerGpu, group.cpusPerNode);
      const memoryGiBPerGpu = Math.min(one.memoryGiBPerGpu, group.memoryGiBPerNode);
      /** GPUs of one node that the class can use. */
      const usable = Math.floor(
        Math.min(group.gpusPerNode, group.cpusPerNode / cpusPerGpu, group.memoryGiBPerNode / memoryGiBPerGpu),
      );
      return {
        name: `class-${i}`,
        localQueue: `team/${queue.name}${one.too ? "-too" : ""}`,
        arrivals: one.arrivals,
        gang: one.shapes.map((shape) => {
          const gpusPerPod = Math.min(shape.gpusPerPod, usable);
          const pods = Math.min(shape.pods, nodes * Math.floor(usable / gpusPerPod));
          const mayBeFewer = shape.minPods !== null && shape.minPods < pods && one.kind === "Job";
          return { pods, ...(mayBeFewer ? { minPods: shape.minPods! } : {}), gpusPerPod };
        }),
        duration: one.constant
          ? { kind: "constant", minutes: one.minutes }
          : { kind: "exponential", meanMinutes: one.minutes },
        ...(one.reaped === undefined
          ? { activity: steady }
          : { activity: { ...steady, dutyShare: 0.4, cycleMinutes: 60 }, reapedAfterIdleMinutes: one.reaped }),
        gpuModels: [...new Set([group.gpuModel, ...one.otherModels])],
        ...(topology === undefined ? {} : { topology }),
        ...(one.priority === null ? {} : { priorityClass: one.priority }),
        kind: one.kind,
        cpusPerGpu,
        memoryGiBPerGpu,
        startupSeconds: one.startupSeconds,
        ...(one.checkpointMinutes === null ? {} : { checkpointMinutes: one.checkpointMinutes }),
        failure: one.kind === "Pod" ? { share: one.failure.share } : one.failure,
      };
    });
    const spans = rest.cordons.map(({ nodegroup, node, fromHour, hours }, i) => {
      const { name, nodes } = groups[nodegroup % groups.length]!;
      return {
        kind: rest.kinds[i]!,
        nodegroup: name,
        node: node % nodes,
        fromHour,
        ...(hours === null ? {} : { toHour: fromHour + hours }),
      };
    });
    const standalone: ScenarioInput["standalone"] = rest.standalone
      ? [{ name: "server", namespace: "search", nodegroup: "a", pods: 1, gpusPerPod: 1, activity: steady }]
      : [];
    return small({
      days: 0.25,
      warmupDays: 0.125,
      nodegroups: groups,
      resourceFlavors: rest.more === "apart" ? [...resourceFlavors, { name: "all", nodeLabels: {} }] : resourceFlavors,
      clusterQueues,
      localQueues: clusterQueues.flatMap(({ name }, i) => [
        { name, namespace: "team", clusterQueue: name },
        { name: `${name}-too`, namespace: "team", clusterQueue: name, ...stopsOf(queues[i]!.localStop) },
      ]),
      ...(rest.fairSharing === null ? {} : { fairSharing: rest.fairSharing }),
      cohorts: [
        { name: "cohort" },
        {
          name: "left",
          parent: "cohort",
          flavors: [
            {
              name: "a",
              nominalQuota: rest.left.nominalQuota,
              ...(rest.left.borrowingLimit === null ? {} : { borrowingLimit: rest.left.borrowingLimit }),
              ...(rest.left.lendingLimit === null ? {} : { lendingLimit: rest.left.lendingLimit }),
              ...(rest.more === "with GPUs" ? { cpus: { nominalQuota: 10, borrowingLimit: 20 } } : {}),
            },
            ...(rest.more === "apart" ? [{ name: "all", cpus: { nominalQuota: 10, lendingLimit: 20 } }] : []),
          ],
        },
      ],
      workloadClasses,
      standalone,
      priorityClasses: [
        { name: "high", value: 10 },
        { name: "low", value: -10 },
      ],
      placement: rest.placement,
      ...(rest.binding === undefined ? {} : { binding: rest.binding }),
      terminationGraceSeconds: rest.graceSeconds,
      ...(rest.timeout === null ? {} : { podsReadyTimeoutMinutes: rest.timeout }),
      ...(rest.timeout === null || rest.recovery === null ? {} : { podsReadyRecoveryMinutes: rest.recovery }),
      cordons: spans.flatMap(({ kind, ...span }) => (kind === "cordon" ? [span] : [])),
      outages: spans.filter(({ kind }) => kind !== "cordon"),
    });
  });
