import type { Workload } from "../demand/workload.js";
import { flavorNodegroups, gpuModelOf } from "../scenario/nodes.js";
import { flavorsByGroup } from "../scenario/resource-groups.js";
import type { Scenario } from "../scenario/schema.js";
import { type Contract, defaultWaitTargets } from "../tables/contract.js";
import { GPU_TAINT, mangled } from "../tables/kubernetes.js";

/**
 * What the operator of the simulated cluster would know of it and write down.
 *
 * @param workloads what it replays, if its classes do not say what is submitted
 */
export function contractOf(scenario: Scenario, workloads?: readonly Workload[]): Contract {
  const owners = new Map<string, string>();
  for (const { namespace, owner } of [...scenario.localQueues, ...scenario.standalone]) {
    if (!owners.has(namespace) || owner) owners.set(namespace, owner ?? namespace);
  }
  // A flavor that only further resource groups list stands for cores or memory of all nodes, not for GPUs of some.
  const ofGpus = new Set(scenario.clusterQueues.flatMap(({ flavors }) => flavors.map(({ name }) => name)));
  const ofFurtherGroups = new Set(
    scenario.clusterQueues.flatMap((queue) => flavorsByGroup(queue).slice(1).flat()).map(({ name }) => name),
  );
  return {
    version: 1,
    cluster: scenario.cluster,
    scrapeIntervalSeconds: {
      kueue: scenario.intervalSeconds,
      "kube-state-metrics": scenario.intervalSeconds,
      "dcgm-exporter": scenario.intervalSeconds,
    },
    nodegroupLabels: [`label_${mangled(scenario.nodegroupLabel)}`],
    toleratedTaints: [GPU_TAINT],
    gpuModels: Object.fromEntries(
      scenario.nodegroups.map((nodegroup) => {
        const { product, memoryMiB, tdpWatts, idleWithContextWatts } = gpuModelOf(scenario, nodegroup);
        return [product, { memoryMiB, tdpWatts, idleWithContextWatts }];
      }),
    ),
    nodegroups: scenario.nodegroups.map((nodegroup) => ({
      name: nodegroup.name,
      region: nodegroup.region,
      gpuModel: gpuModelOf(scenario, nodegroup).product,
      gpusPerNode: nodegroup.gpusPerNode,
      gpusPaid: nodegroup.nodes * nodegroup.gpusPerNode,
      usdPerGpuHour: nodegroup.usdPerGpuHour,
      committedUntil: nodegroup.committedUntil,
    })),
    flavors: Object.fromEntries(
      scenario.resourceFlavors
        .filter(({ name }) => ofGpus.has(name) || !ofFurtherGroups.has(name))
        .map(({ name }) => [name, flavorNodegroups(scenario, name).map((n) => n.name)]),
    ),
    clusterQueues: scenario.clusterQueues.map((queue) => ({
      name: queue.name,
      queueingStrategy: queue.queueingStrategy,
      flavors: queue.flavors.map((flavor) => flavor.name),
      ableNodegroups: ableNodegroups(scenario, queue.name, workloads),
    })),
    localQueues: scenario.localQueues.map((queue) => ({
      namespace: queue.namespace,
      name: queue.name,
      clusterQueue: queue.clusterQueue,
      interactive: queue.interactive,
      ...(queue.waitTargetMinutes === undefined ? {} : { waitTargetSeconds: queue.waitTargetMinutes * 60 }),
    })),
    owners: Object.fromEntries(owners),
    waitTargets: defaultWaitTargets,
  };
}

/** Nodegroups that could run all of a ClusterQueue's work. */
function ableNodegroups(
  scenario: Scenario,
  clusterQueue: string,
  workloads: readonly Workload[] | undefined,
): string[] {
  const localQueues = scenario.localQueues
    .filter((q) => q.clusterQueue === clusterQueue)
    .map((q) => `${q.namespace}/${q.name}`);
  const work: readonly { readonly gpuModels: readonly string[] }[] =
    workloads?.filter((one) => one.clusterQueue === clusterQueue) ??
    scenario.workloadClasses.filter((c) => localQueues.includes(c.localQueue));
  return scenario.nodegroups
    .filter((n) => work.length > 0 && work.every(({ gpuModels }) => gpuModels.includes(n.gpuModel)))
    .map((n) => n.name);
}
