import type { Workload } from "../demand/workload.js";
import { flavorNodegroups } from "../scenario/nodes.js";
import type { Scenario } from "../scenario/schema.js";
import type { SimulatedNode } from "./history.js";

/** Nodes on which a workload may run, and those on which only others' flavors would let it. Sets of node indices. */
export interface Reached {
  /** Flavor by flavor, in the queue's order. */
  readonly reached: readonly Int32Array[];
  /** Nodegroup by nodegroup: nodes that can run it and are in none of these. */
  readonly beyond: readonly Int32Array[];
}

/** Nodes that workloads with one set of GPU models may use. */
interface Nodes {
  readonly byFlavor: ReadonlyMap<string, Reached>;
  readonly byQueue: ReadonlyMap<string, Reached>;
}

/** Which nodes a workload may use: those behind its flavors whose GPU model can run it. */
export class Reach {
  /** Keyed by the array itself, which all workloads of a class share. */
  readonly #byModels = new Map<readonly string[], Nodes>();
  readonly #scenario: Scenario;
  readonly #nodes: readonly SimulatedNode[];

  constructor(scenario: Scenario, nodes: readonly SimulatedNode[]) {
    this.#scenario = scenario;
    this.#nodes = nodes;
  }

  /** Nodes behind a flavor that can run the workload. */
  nodesOfFlavor(workload: Workload, flavor: string): Int32Array {
    return this.ofFlavor(workload, flavor).reached[0]!;
  }

  /** What a workload reaches that holds quota in a flavor. */
  ofFlavor(workload: Workload, flavor: string): Reached {
    return this.#of(workload).byFlavor.get(flavor)!;
  }

  /** What a workload reaches through all flavors of its ClusterQueue. */
  ofQueue(workload: Workload): Reached {
    return this.#of(workload).byQueue.get(workload.clusterQueue)!;
  }

  #of(workload: Workload): Nodes {
    let nodes = this.#byModels.get(workload.gpuModels);
    if (!nodes) {
      nodes = this.#list(workload.gpuModels);
      this.#byModels.set(workload.gpuModels, nodes);
    }
    return nodes;
  }

  #list(gpuModels: readonly string[]): Nodes {
    const { resourceFlavors, clusterQueues, nodegroups } = this.#scenario;
    const able = nodegroups.filter((n) => gpuModels.includes(n.gpuModel));
    const indices = (names: readonly { name: string }[]) => {
      const wanted = new Set(names.map((n) => n.name));
      return Int32Array.from(this.#nodes.flatMap((node, i) => (wanted.has(node.nodegroup) ? [i] : [])));
    };
    const ableNodes = able.map((n) => indices([n]));
    const reachedBy = (reached: readonly Int32Array[]): Reached => ({
      reached,
      beyond: ableNodes.filter((nodes) => !reached.some((among) => among.includes(nodes[0]!))),
    });
    const byFlavor = new Map(
      resourceFlavors.map(({ name }) => {
        const behind = new Set(flavorNodegroups(this.#scenario, name));
        return [name, reachedBy([indices(able.filter((n) => behind.has(n)))])];
      }),
    );
    return {
      byFlavor,
      byQueue: new Map(
        clusterQueues.map((queue) => [
          queue.name,
          reachedBy(
            queue.flavors.flatMap((flavor) => byFlavor.get(flavor.name)!.reached.filter((nodes) => nodes.length > 0)),
          ),
        ]),
      ),
    };
  }
}
