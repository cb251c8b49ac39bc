import type { ClusterQueue, Scenario } from "../scenario/schema.js";
import { QuotaNode } from "./quota.js";

/** The quota of every ClusterQueue and cohort, flavor by flavor. */
export class QuotaTree {
  readonly #queues = new Map<string, Map<string, QuotaNode>>();
  readonly #cohorts = new Map<string, Map<string, QuotaNode>>();
  readonly #scenario: Scenario;

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    for (const cohort of scenario.cohorts ?? [])
      for (const { name } of cohort.flavors ?? []) this.#cohort(cohort.name, name);
  }

  /** The quota of a ClusterQueue in one of its flavors, made with the cohorts above it. */
  queue({ name, cohort }: ClusterQueue, flavor: ClusterQueue["flavors"][number]): QuotaNode {
    const node = new QuotaNode(cohort === undefined ? undefined : this.#cohort(cohort, flavor.name), true, flavor);
    keep(this.#queues, name, flavor.name, node);
    return node;
  }

  /** The quota of a ClusterQueue by flavor. */
  ofQueue(name: string): ReadonlyMap<string, QuotaNode> {
    return this.#queues.get(name)!;
  }

  /** The quota of a cohort by flavor, of those that it or anyone below it has. */
  ofCohort(name: string): ReadonlyMap<string, QuotaNode> {
    return this.#cohorts.get(name) ?? new Map();
  }

  /** Adds up what is lent, once all queues are there. */
  gather(): void {
    for (const flavors of this.#cohorts.values()) for (const node of flavors.values()) if (!node.parent) node.gather();
  }

  /** The cohort at the top of the tree in which one stands. */
  root(cohort: string): string {
    const parent = this.#definition(cohort)?.parent;
    return parent === undefined ? cohort : this.root(parent);
  }

  #cohort(name: string, flavor: string): QuotaNode {
    let node = this.#cohorts.get(name)?.get(flavor);
    if (!node) {
      const definition = this.#definition(name);
      const parent = definition?.parent === undefined ? undefined : this.#cohort(definition.parent, flavor);
      node = new QuotaNode(
        parent,
        false,
        definition?.flavors?.find((own) => own.name === flavor),
      );
      keep(this.#cohorts, name, flavor, node);
    }
    return node;
  }

  /** Undefined for a cohort that only ClusterQueues name: it has neither quota of its own nor a parent. */
  #definition(name: string) {
    return this.#scenario.cohorts?.find((cohort) => cohort.name === name);
  }
}

function keep(nodes: Map<string, Map<string, QuotaNode>>, name: string, flavor: string, node: QuotaNode): void {
  const flavors = nodes.get(name) ?? new Map<string, QuotaNode>();
  nodes.set(name, flavors.set(flavor, node));
}
