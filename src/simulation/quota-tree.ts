import type { ClusterQueue } from "../scenario/schema.js";
import { QuotaNode } from "./quota.js";

/** The quota of every ClusterQueue and cohort, flavor by flavor. */
export class QuotaTree {
  readonly #cohorts = new Map<string, QuotaNode>();

  /** The quota of a ClusterQueue in one of its flavors, made with the cohorts above it. */
  queue({ cohort }: ClusterQueue, flavor: ClusterQueue["flavors"][number]): QuotaNode {
    return new QuotaNode(cohort === undefined ? undefined : this.#cohort(cohort, flavor.name), true, flavor);
  }

  /** Adds up what is lent, once all queues are there. */
  gather(): void {
    for (const node of this.#cohorts.values()) if (!node.parent) node.gather();
  }

  #cohort(name: string, flavor: string): QuotaNode {
    const key = `${name}/${flavor}`;
    let node = this.#cohorts.get(key);
    if (!node) {
      node = new QuotaNode(undefined, false);
      this.#cohorts.set(key, node);
    }
    return node;
  }
}
