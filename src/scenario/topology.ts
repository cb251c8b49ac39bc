import { flavorNodegroups } from "./nodes.js";
import { type ClusterQueue, HOST, type Nodegroup, type Scenario, type TopologyRequest } from "./schema.js";

/** The levels at which a nodegroup's nodes stand together, outermost first. */
export function levelsOf({ topology = [] }: Nodegroup): string[] {
  return [...topology.map(({ level }) => level), HOST];
}

/** Nodes of one domain of a level that the nodegroup has; its last may have fewer. */
export function nodesPerDomain({ topology = [] }: Nodegroup, level: string): number {
  return topology.find((one) => one.level === level)?.nodes ?? 1;
}

/** The domain of one of a nodegroup's nodes at each level above the host, outermost first. No two nodegroups share any. */
export function domainsOf({ name, topology = [] }: Nodegroup, node: number): string[] {
  return topology.map(({ level, nodes }) => `${name}-${level}-${Math.floor(node / nodes)}`);
}

/** Labels of a node that say its domains, by keys as in Kueue's documentation. */
export function domainLabels({ topology = [] }: Nodegroup, domains: readonly string[] = []): Record<string, string> {
  return Object.fromEntries(topology.map(({ level }, i) => [`cloud.provider.com/topology-${level}`, domains[i]!]));
}

export function isTopologyAware(scenario: Scenario, flavor: string): boolean {
  return scenario.resourceFlavors.some(({ name, topologyAware }) => name === flavor && topologyAware === true);
}

/**
 * Whether a ClusterQueue would give a flavor to work that asks for this of the topology (v0.19,
 * pkg/scheduler/flavorassigner/tas_flavorassigner.go): what asks gets none but topology-aware flavors that have the
 * level; what does not ask gets such flavors only where the queue has no other.
 */
export function offers(
  scenario: Scenario,
  queue: ClusterQueue,
  flavor: string,
  request: TopologyRequest | undefined,
): boolean {
  const aware = isTopologyAware(scenario, flavor);
  if (request === undefined) return !aware || queue.flavors.every(({ name }) => isTopologyAware(scenario, name));
  return aware && flavorNodegroups(scenario, flavor).some((nodegroup) => hasLevel(nodegroup, request));
}

/** Whether a nodegroup's nodes have the level that is asked for, if one is. */
export function hasLevel(nodegroup: Nodegroup, request: TopologyRequest | undefined): boolean {
  return request === undefined || request.kind === "unconstrained" || levelsOf(nodegroup).includes(request.level);
}
