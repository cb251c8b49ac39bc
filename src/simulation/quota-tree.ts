import type { ClusterQueue, Scenario } from "../scenario/schema.js";
import { QuotaNode } from "./quota.js";

/** The quota of every ClusterQueue and cohort, flavor by flavor. */
export class QuotaTree {
  readonly #cohorts = new Map<string, QuotaNode>();
  readonly #scenario: Scenario;

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    for (const cohort of scenario.cohorts ?? [])
      for (const { name } of cohort.flavors ?? []) this.#cohort(cohort.name, name);
  }

  /** The quota of a ClusterQueue in one of its flavors, made with the cohorts above it. */
  queue({ cohort }: ClusterQueue, flavor: ClusterQueue["flavors"][number]): QuotaNode {
    return new QuotaNode(cohort === undefined ? undefined : this.#cohort(cohort, flavor.name), true, flavor);
  }

  /** Adds up what is lent, once all queues are there. */
  gather(): void {
    for (const node of this.#cohorts.values()) if (!node.parent) node.gather();
  }

  /** The cohort at the top of the tree in which one stands. */
  root(cohort: string): string {
    const parent = this.#definition(cohort)?.parent;
    return parent === undefined ? cohort : this.root(parent);
  }

  #cohort(name: string, flavor: string): QuotaNode {
    const key = `${name}/${flavor}`;
    let node = this.#cohorts.get(key);
    if (!node) {
      const definition = this.#definition(name);
      const parent = definition?.parent === undefined ? undefined : this.#cohort(definition.parent, flavor);
      node = new QuotaNode(
        parent,
        false,
        definition?.flavors?.find((own) => own.name === flavor),
      );
      this.#cohorts.set(key, node);
    }
    return node;
  }

  /** Undefined for a cohort that only ClusterQueues name: it has neither quota of its own nor a parent. */
  #definition(name: string) {
    return this.#scenario.cohorts?.find((cohort) => cohort.name === name);
  }
}
