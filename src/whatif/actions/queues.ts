import { flavorNodegroups } from "../../scenario/nodes.js";
import type { ClusterQueue, Scenario } from "../../scenario/schema.js";
import { QuotaTree } from "../../simulation/quota-tree.js";
import { list } from "../../units/format.js";
import { withFlavors, withoutExcess, withoutLimits } from "../quotas.js";
import { actionKind } from "./action.js";
import {
  classesOfQueue,
  clusterQueue,
  clusterQueueOf,
  cohort,
  count,
  flavor,
  limit,
  NotAllowed,
  oneOf,
  timeout,
} from "./arguments.js";

export const quota = actionKind({
  name: "quota",
  args: { queue: clusterQueue, flavor, gpus: count("GPUs", 0) },
  does: "sets a ClusterQueue's nominal quota on GPUs of one of its flavors, from start to end; a limit on what it lends that is above it comes down to it",
  example: "quota inference l40s-west 64",
  changes: ({ queue, flavor }) => [`the quota of ${queue} on ${flavor}`],
  apply: (scenario, { queue, flavor, gpus }) =>
    withGpuFlavors(scenario, queue, flavor, ({ quotaChanges: _, ...limits }) =>
      withoutExcess({ ...limits, nominalQuota: gpus }),
    ),
});

export const borrow = actionKind({
  name: "borrow",
  args: { queue: clusterQueue, limit },
  options: { on: flavor },
  does: "lets a ClusterQueue borrow its cohort's unused GPUs, without a limit, at most so many or not at all: of all its flavors, or of one",
  example: "borrow batch-a100 on",
  changes: ({ queue }) => [`what ${queue} may borrow`],
  apply(scenario, { queue, limit, on }) {
    if (limit !== 0) mustHaveCohort(scenario, queue, "borrow from");
    return withLimit(scenario, queue, on, "borrowingLimit", limit);
  },
});

export const lend = actionKind({
  name: "lend",
  args: { queue: clusterQueue, limit },
  options: { on: flavor },
  does: "lets a ClusterQueue's cohort borrow its unused GPUs, without a limit, at most so many or not at all: of all its flavors, or of one",
  example: "lend training-a100 16",
  changes: ({ queue }) => [`what ${queue} lends`],
  apply(scenario, { queue, limit, on }) {
    mustHaveCohort(scenario, queue, "lend to");
    return withLimit(scenario, queue, on, "lendingLimit", limit);
  },
});

export const join = actionKind({
  name: "cohort",
  args: { queue: clusterQueue, cohort },
  does: "puts a ClusterQueue into a cohort, with whose members it shares unused quota, or into none. Limits on what it lends and borrows stay as they are; out of a cohort they go, with its weight and with whom it preempts there",
  example: "cohort training-h100 h100",
  changes: ({ queue }) => [`the cohort of ${queue}`],
  apply: (scenario, { queue, cohort }) =>
    withQueue(scenario, queue, (one) => (cohort === undefined ? alone(one) : { ...one, cohort })),
});

export const strategy = actionKind({
  name: "strategy",
  args: { queue: clusterQueue, strategy: oneOf("queueing strategy", ["StrictFIFO", "BestEffortFIFO"]) },
  does: "sets a ClusterQueue's queueing strategy: whether work that would fit passes the first that does not",
  example: "strategy research-h100 BestEffortFIFO",
  changes: ({ queue }) => [`the queueing strategy of ${queue}`],
  apply: (scenario, { queue, strategy }) =>
    withQueue(scenario, queue, (one) => ({ ...one, queueingStrategy: strategy })),
});

export const preempt = actionKind({
  name: "preempt",
  args: {
    queue: clusterQueue,
    within: oneOf("withinClusterQueue", ["Never", "LowerPriority", "LowerOrNewerEqualPriority"]),
    reclaim: oneOf("reclaimWithinCohort", ["Never", "LowerPriority", "Any"]),
  },
  does: "sets whom a ClusterQueue's work may preempt: within its own queue, and in its cohort among those that use more than their own quota",
  example: "preempt training-h100 LowerPriority Never",
  changes: ({ queue }) => [`whom ${queue} preempts`],
  apply: (scenario, { queue, within, reclaim }) =>
    withQueue(scenario, queue, (one) =>
      !one.preemption && within === "Never" && reclaim === "Never"
        ? one
        : { ...one, preemption: { ...one.preemption, withinClusterQueue: within, reclaimWithinCohort: reclaim } },
    ),
});

export const retarget = actionKind({
  name: "retarget",
  args: { class: classesOfQueue, flavor },
  options: { quota: count("GPUs", 0) },
  does: "opens a flavor that could run a class to its ClusterQueue, after those that it has: with so much quota, or none of its own where its cohort has some that it may borrow, or else with as much as its nodes have, so that who comes first gets them",
  example: "retarget fraud a100-east",
  changes: ({ class: names, flavor }, scenario) => [`the quota of ${queueOf(scenario, names[0]!).name} on ${flavor}`],
  apply(scenario, { class: names, flavor, quota }) {
    const queue = queueOf(scenario, names[0]!);
    const gpuModels = [
      ...new Set(scenario.workloadClasses.filter((one) => names.includes(one.name)).flatMap((one) => one.gpuModels)),
    ];
    const behind = flavorNodegroups(scenario, flavor);
    if (queue.flavors.some((one) => one.name === flavor))
      throw new NotAllowed(
        `${queue.name}, the ClusterQueue of ${list(names)}, has ${flavor} already; allowed: a flavor that it has not, or the action quota`,
      );
    if (!behind.some(({ gpuModel }) => gpuModels.includes(gpuModel)))
      throw new NotAllowed(
        `${list(names)} can run on ${list(gpuModels)}, and ${flavor} is of ${list(behind.map(({ gpuModel }) => gpuModel))}; allowed: a flavor of GPUs that can run it`,
      );
    if (queue.flavors.some(({ cpus, memoryGiB }) => cpus || memoryGiB))
      throw new NotAllowed(
        `${queue.name} has quota on cores or memory too, which a further flavor would need; write the scenario with that flavor instead`,
      );
    const all = behind.reduce((sum, { nodes, gpusPerNode }) => sum + nodes * gpusPerNode, 0);
    const nominalQuota = quota ?? (canBorrow(scenario, queue, flavor) ? 0 : all);
    return withQueue(scenario, queue.name, (one) => ({
      ...one,
      flavors: [...one.flavors, { name: flavor, nominalQuota }],
    }));
  },
});

export const podsReady = actionKind({
  name: "pods-ready-timeout",
  args: { timeout },
  does: "sets Kueue's waitForPodsReady timeout, after which a workload whose pods do not all run is evicted and queues again, or switches it off",
  example: "pods-ready-timeout 30m",
  changes: () => ["the PodsReady timeout"],
  apply({ podsReadyTimeoutMinutes: _, podsReadyRecoveryMinutes, ...scenario }, { timeout }) {
    if (timeout === undefined) return scenario;
    return {
      ...scenario,
      podsReadyTimeoutMinutes: timeout,
      ...(podsReadyRecoveryMinutes === undefined ? {} : { podsReadyRecoveryMinutes }),
    };
  },
});

type FlavorOf = ClusterQueue["flavors"][number];

/** A ClusterQueue without what only one in a cohort can have. */
function alone({ cohort: _, fairSharing: __, preemption, ...queue }: ClusterQueue): ClusterQueue {
  return withFlavors(
    {
      ...queue,
      ...(preemption && {
        preemption: { withinClusterQueue: preemption.withinClusterQueue, reclaimWithinCohort: "Never" },
      }),
    },
    withoutLimits,
  );
}

function withQueue(scenario: Scenario, name: string, change: (queue: ClusterQueue) => ClusterQueue): Scenario {
  return { ...scenario, clusterQueues: scenario.clusterQueues.map((one) => (one.name === name ? change(one) : one)) };
}

/** @param only name of a flavor; all that the queue has unless told */
function withGpuFlavors(
  scenario: Scenario,
  queue: string,
  only: string | undefined,
  change: (flavor: FlavorOf) => FlavorOf,
): Scenario {
  return withQueue(scenario, queue, (one) => {
    const have = one.flavors.map(({ name }) => name);
    if (only !== undefined && !have.includes(only))
      throw new NotAllowed(
        `${queue} has no flavor ${only}; allowed: ${list(have)}, or retarget, which opens another to it`,
      );
    const isMeant = ({ name }: FlavorOf) => only === undefined || name === only;
    return { ...one, flavors: one.flavors.map((flavor) => (isMeant(flavor) ? change(flavor) : flavor)) };
  });
}

/** Another limit on what is borrowed or lent; undefined is none. */
function withLimit(
  scenario: Scenario,
  queue: string,
  only: string | undefined,
  of: "borrowingLimit" | "lendingLimit",
  limit: number | undefined,
): Scenario {
  return withGpuFlavors(scenario, queue, only, ({ [of]: _, ...limits }) =>
    limit === undefined ? limits : { ...limits, [of]: limit },
  );
}

function queueOf(scenario: Scenario, workloadClass: string): ClusterQueue {
  const clusterQueue = clusterQueueOf(scenario, scenario.workloadClasses.find(({ name }) => name === workloadClass)!);
  return scenario.clusterQueues.find(({ name }) => name === clusterQueue)!;
}

function mustHaveCohort({ clusterQueues }: Scenario, queue: string, doing: string): void {
  const { cohort } = clusterQueues.find(({ name }) => name === queue)!;
  if (cohort === undefined)
    throw new NotAllowed(
      `${queue} is in no cohort and has nobody to ${doing}; allowed: a ClusterQueue that is in one. The action cohort puts it into one, where it has no limits`,
    );
}

/** Whether a ClusterQueue with no quota of its own on a flavor could use any: its cohort's, or of the cohorts around that. */
function canBorrow(scenario: Scenario, queue: ClusterQueue, flavor: string): boolean {
  const without = withQueue(scenario, queue.name, (one) => ({
    ...one,
    flavors: [...one.flavors, { name: flavor, nominalQuota: 0 }],
  }));
  return new QuotaTree(without).queue(queue.name).quota({ flavor, resource: "gpus" })!.potential > 0;
}
