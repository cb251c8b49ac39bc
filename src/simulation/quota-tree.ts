import {
  type FlavorLimits,
  flavorsByGroup,
  limitsOf,
  nominalAt,
  type QuotaLimits,
} from "../scenario/resource-groups.js";
import type { Scenario } from "../scenario/schema.js";
import type { QuotaNode } from "./quota.js";
import { Sharer } from "./sharer.js";

/** Every ClusterQueue and cohort of a scenario, with its quota. */
export class QuotaTree {
  readonly #queues = new Map<string, Sharer>();
  readonly #cohorts = new Map<string, Sharer>();
  readonly #changing: { readonly node: QuotaNode; readonly limits: QuotaLimits }[] = [];
  readonly #scenario: Scenario;

  /** With the quotas at the start of the warm-up. */
  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    for (const { name } of scenario.cohorts ?? []) this.#cohort(name);
    for (const queue of scenario.clusterQueues) {
      const { name, cohort, fairSharing } = queue;
      const above = cohort === undefined ? undefined : this.#cohort(cohort);
      const sharer = new Sharer(above, "ClusterQueue", fairSharing?.weight);
      this.#queues.set(name, sharer);
      this.#addQuotas(sharer, flavorsByGroup(queue).flat());
    }
    this.setHour(-24 * scenario.warmupDays);
  }

  /** Hours after telemetry starts at which quotas change, in order. */
  get changeHours(): number[] {
    const hours = this.#changing.flatMap(({ limits: { quotaChanges = [] } }) =>
      quotaChanges.map((one) => one.fromHour),
    );
    return [...new Set(hours)].sort((a, b) => a - b);
  }

  /** Has everyone the quota of an hour after telemetry starts. What is in use stays so. */
  setHour(hour: number): void {
    for (const { node, limits } of this.#changing) node.nominal = nominalAt(limits, hour);
    for (const sharer of [...this.#queues.values(), ...this.#cohorts.values()]) if (!sharer.parent) sharer.gather();
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
      this.#addQuotas(cohort, flavors);
    }
    return cohort;
  }

  #addQuotas(sharer: Sharer, flavors: readonly FlavorLimits[]): void {
    for (const flavor of flavors)
      for (const [resource, limits] of limitsOf(flavor)) {
        const node = sharer.addQuota({ flavor: flavor.name, resource }, limits);
        if (limits.quotaChanges) this.#changing.push({ node, limits });
      }
  }
}
