import { flavorsByGroup, limitsOf } from "../scenario/resource-groups.js";
import type { Scenario } from "../scenario/schema.js";
import { Sharer } from "./sharer.js";

/** Every ClusterQueue and cohort of a scenario, with its quota. */
export class QuotaTree {
  readonly #queues = new Map<string, Sharer>();
  readonly #cohorts = new Map<string, Sharer>();
  readonly #scenario: Scenario;

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    for (const { name } of scenario.cohorts ?? []) this.#cohort(name);
    for (const queue of scenario.clusterQueues) {
      const { name, cohort, fairSharing } = queue;
      const above = cohort === undefined ? undefined : this.#cohort(cohort);
      const sharer = new Sharer(above, "ClusterQueue", fairSharing?.weight);
      this.#queues.set(name, sharer);
      for (const flavor of flavorsByGroup(queue).flat())
        for (const [resource, limits] of limitsOf(flavor)) sharer.addQuota({ flavor: flavor.name, resource }, limits);
    }
    for (const cohort of this.#cohorts.values()) if (!cohort.parent) cohort.gather();
  }

  queue(name: string): Sharer {
    return this.#queues.get(name)!;
  }

  /** A cohort that only ClusterQueues name has neither quota of its own nor a parent. */
  #cohort(name: string): Sharer {
    let cohort = this.#cohorts.get(name);
    if (!cohort) {
      const { parent, fairSharing, flavors = [] } = this.#scenario.cohorts?.find((one) => one.name === name) ?? {};
      cohort = new Sharer(parent === undefined ? undefined : this.#cohort(parent), "cohort", fairSharing?.weight);
      this.#cohorts.set(name, cohort);
      for (const flavor of flavors)
        for (const [resource, limits] of limitsOf(flavor)) cohort.addQuota({ flavor: flavor.name, resource }, limits);
    }
    return cohort;
  }
}
