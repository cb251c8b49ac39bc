import type { Workload } from "../demand/workload.js";
import { flavorNodegroups } from "../scenario/nodes.js";
import type { Scenario, TopologyRequest } from "../scenario/schema.js";
import { hasLevel, isTopologyAware, offers } from "../scenario/topology.js";
import type { SimulatedNode } from "./history.js";

/** The nodes behind a flavor. */
export interface Reached {
  readonly flavor: string;
  readonly nodes: Int32Array;
}

/** Where a workload may run, flavor by flavor in its queue's order, and where only others' flavors would let it. */
export interface Range {
  readonly reached: readonly Reached[];
  /** Nodegroup by nodegroup: nodes that could run it and are in none of these. */
  readonly beyond: readonly Int32Array[];
}

/** Sets of nodes, by index, that workloads with one set of GPU models and one wish for the topology may use. */
interface Nodes {
  readonly byFlavor: ReadonlyMap<string, Range>;
  readonly byQueue: ReadonlyMap<string, Range>;
}

/** Which nodes a workload may use: those behind its flavors whose GPU model can run it. */
export class Reach {
  /** Sets of nodes that are behind a topology-aware flavor. */
  readonly topologyAware: ReadonlySet<Int32Array>;
  readonly #topologyAware = new Set<Int32Array>();
  /** Keyed by the array and the request themselves, which all workloads of a class share. */
  readonly #byModels = new Map<readonly string[], Map<TopologyRequest | undefined, Nodes>>();
  readonly #scenario: Scenario;
  readonly #nodes: readonly SimulatedNode[];

  constructor(scenario: Scenario, nodes: readonly SimulatedNode[]) {
    this.#scenario = scenario;
    this.#nodes = nodes;
    this.topologyAware = this.#topologyAware;
  }

  /** Nodes behind a flavor that can run the workload. */
  nodesOfFlavor(workload: Workload, flavor: string): Int32Array {
    return this.ofFlavor(workload, flavor).reached[0]!.nodes;
  }

  /** What a workload reaches that holds quota in a flavor. */
  ofFlavor(workload: Workload, flavor: string): Range {
    return this.#of(workload).byFlavor.get(flavor)!;
  }

  /** What a workload reaches through all flavors of its ClusterQueue. */
  ofQueue(workload: Workload): Range {
    return this.#of(workload).byQueue.get(workload.clusterQueue)!;
  }

  #of({ gpuModels, topology }: Workload): Nodes {
    let byTopology = this.#byModels.get(gpuModels);
    if (!byTopology) {
      byTopology = new Map();
      this.#byModels.set(gpuModels, byTopology);
    }
    let nodes = byTopology.get(topology);
    if (!nodes) {
      nodes = this.#list(gpuModels, topology);
      byTopology.set(topology, nodes);
    }
    return nodes;
  }

  #list(gpuModels: readonly string[], topology: TopologyRequest | undefined): Nodes {
    const { resourceFlavors, clusterQueues, nodegroups } = this.#scenario;
    const able = nodegroups.filter((n) => gpuModels.includes(n.gpuModel) && hasLevel(n, topology));
    const indices = (names: readonly { name: string }[]) => {
      const wanted = new Set(names.map((n) => n.name));
      return Int32Array.from(this.#nodes.flatMap((node, i) => (wanted.has(node.nodegroup) ? [i] : [])));
    };
    const ableNodes = able.map((n) => indices([n]));
    const rangeOf = (reached: readonly Reached[]): Range => ({
      reached,
      beyond: ableNodes.filter((nodes) => !reached.some((one) => one.nodes.includes(nodes[0]!))),
    });
    const byFlavor = new Map(
      resourceFlavors.map(({ name: flavor }) => {
        const behind = new Set(flavorNodegroups(this.#scenario, flavor));
        const nodes = indices(able.filter((n) => behind.has(n)));
        if (isTopologyAware(this.#scenario, flavor)) this.#topologyAware.add(nodes);
        return [flavor, rangeOf([{ flavor, nodes }])];
      }),
    );
    return {
      byFlavor,
      byQueue: new Map(
        clusterQueues.map((queue) => [
          queue.name,
          rangeOf(
            queue.flavors
              .filter(({ name }) => offers(this.#scenario, queue, name, topology))
              .flatMap(({ name }) => byFlavor.get(name)!.reached)
              .filter(({ nodes }) => nodes.length > 0),
          ),
        ]),
      ),
    };
  }
}
