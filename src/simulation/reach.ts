import type { Workload } from "../demand/workload.js";
import { flavorNodegroups } from "../scenario/nodes.js";
import type { Scenario } from "../scenario/schema.js";
import type { SimulatedNode } from "./history.js";

/** Nodes that workloads with one set of GPU models may use, by index. */
interface Nodes {
  readonly byFlavor: ReadonlyMap<string, Int32Array>;
  readonly byQueue: ReadonlyMap<string, readonly Int32Array[]>;
  readonly able: readonly Int32Array[];
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
  ofFlavor(workload: Workload, flavor: string): Int32Array {
    return this.#of(workload).byFlavor.get(flavor)!;
  }

  /** Nodes behind the flavors of the workload's ClusterQueue that can run it, flavor by flavor in the queue's order. */
  ofQueue(workload: Workload): readonly Int32Array[] {
    return this.#of(workload).byQueue.get(workload.clusterQueue)!;
  }

  /** Nodes that can run the workload, whether or not its queue reaches them, nodegroup by nodegroup. */
  able(workload: Workload): readonly Int32Array[] {
    return this.#of(workload).able;
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
    const byFlavor = new Map(
      resourceFlavors.map(({ name }) => {
        const behind = new Set(flavorNodegroups(this.#scenario, name));
        return [name, indices(able.filter((n) => behind.has(n)))];
      }),
    );
    return {
      byFlavor,
      byQueue: new Map(
        clusterQueues.map((queue) => [
          queue.name,
          queue.flavors.map((flavor) => byFlavor.get(flavor.name)!).filter((nodes) => nodes.length > 0),
        ]),
      ),
      able: able.map((n) => indices([n])),
    };
  }
}
