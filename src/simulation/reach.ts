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

/** Nodes that workloads with one set of GPU models and one wish for the topology may use, by index. */
interface Nodes {
  readonly byFlavor: ReadonlyMap<string, Int32Array>;
  readonly byQueue: ReadonlyMap<string, readonly Reached[]>;
  readonly able: readonly Int32Array[];
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
  ofFlavor(workload: Workload, flavor: string): Int32Array {
    return this.#of(workload).byFlavor.get(flavor)!;
  }

  /** Nodes behind the flavors of the workload's ClusterQueue that can run it, in the queue's order. */
  ofQueue(workload: Workload): readonly Reached[] {
    return this.#of(workload).byQueue.get(workload.clusterQueue)!;
  }

  /** Nodes that can run the workload, whether or not its queue reaches them, nodegroup by nodegroup. */
  able(workload: Workload): readonly Int32Array[] {
    return this.#of(workload).able;
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
    const byFlavor = new Map(
      resourceFlavors.map(({ name }) => {
        const behind = new Set(flavorNodegroups(this.#scenario, name));
        return [name, indices(able.filter((n) => behind.has(n)))];
      }),
    );
    for (const [name, nodes] of byFlavor) if (isTopologyAware(this.#scenario, name)) this.#topologyAware.add(nodes);
    return {
      byFlavor,
      byQueue: new Map(
        clusterQueues.map((queue) => [
          queue.name,
          queue.flavors
            .filter(({ name }) => offers(this.#scenario, queue, name, topology))
            .map(({ name }) => ({ flavor: name, nodes: byFlavor.get(name)! }))
            .filter(({ nodes }) => nodes.length > 0),
        ]),
      ),
      able: able.map((n) => indices([n])),
    };
  }
}
