import { inThousandths } from "../demand/workload.js";
import type { QuotaLimits, Resource } from "../scenario/resource-groups.js";

/** What quota is of: one resource of one flavor. */
export interface FlavorResource {
  readonly flavor: string;
  readonly resource: Resource;
}

/** An amount of one flavor's resource, of the quota of a ClusterQueue. */
export interface Ask extends FlavorResource {
  readonly node: QuotaNode;
  readonly amount: number;
}

/** What a workload asks for or holds: of every resource that quota is on, of the flavor that it gets it from. */
export type Request = readonly Ask[];

/** Whether there is quota for all of a request. */
export function fits(request: Request): boolean {
  for (const { node, amount } of request) if (amount > node.available) return false;
  return true;
}

export function take(request: Request): void {
  for (const { node, amount } of request) node.add(amount);
}

export function giveBack(request: Request): void {
  for (const { node, amount } of request) node.remove(amount);
}

/**
 * The quota of one resource of a flavor at a ClusterQueue or cohort. A cohort has what its members lend it beside its
 * own; what a member keeps to itself (its quota beyond the lending limit) it uses first, and only the rest counts in its
 * cohort.
 */
export class QuotaNode {
  readonly parent: QuotaNode | undefined;
  readonly children: QuotaNode[] = [];
  /** Its own. The tree is to be gathered once it changes. */
  nominal: number;
  /** Its own and what its members lend it. */
  quota: number;
  /** Of its own members' usage, what goes beyond what they keep to themselves. */
  usage = 0;
  readonly #borrowingLimit: number;
  readonly #lendingLimit: number;
  /** What is never lent. */
  #kept = 0;

  constructor(parent: QuotaNode | undefined, limits: QuotaLimits = { nominalQuota: 0 }) {
    this.parent = parent;
    this.nominal = limits.nominalQuota;
    this.quota = this.nominal;
    this.#borrowingLimit = limits.borrowingLimit ?? Number.POSITIVE_INFINITY;
    this.#lendingLimit = limits.lendingLimit ?? Number.POSITIVE_INFINITY;
    parent?.children.push(this);
  }

  /** Adds up what the members of a tree lend, and use of that; to be called at its root. */
  gather(): void {
    this.quota = this.nominal;
    if (this.children.length > 0) this.usage = 0;
    for (const child of this.children) {
      child.gather();
      this.quota += child.quota - child.#kept;
      this.usage = inThousandths(this.usage + Math.max(0, child.usage - child.#kept));
    }
    if (this.parent) this.#kept = Math.max(0, this.quota - this.#lendingLimit);
  }

  /** What may still be used here, borrowed quota included. */
  get available(): number {
    if (!this.parent) return inThousandths(this.quota - this.usage);
    const kept = this.#kept;
    const mayTake = this.quota - kept - Math.max(0, this.usage - kept) + this.#borrowingLimit;
    return inThousandths(this.keptUnused + Math.min(mayTake, this.parent.available));
  }

  /** The most that could be used here if nobody else used anything. */
  get potential(): number {
    if (!this.parent) return this.quota;
    return Math.min(this.quota + this.#borrowingLimit, this.#kept + this.parent.potential);
  }

  /** What no one else may use, and nobody does. */
  get keptUnused(): number {
    return Math.max(0, this.#kept - this.usage);
  }

  get exceeded(): boolean {
    return this.usage > this.quota;
  }

  /** Whether using so much more would go beyond its own quota. */
  borrowsWith(amount: number): boolean {
    return inThousandths(this.usage + amount) > this.quota;
  }

  add(amount: number): void {
    const beyond = amount - this.keptUnused;
    this.usage = inThousandths(this.usage + amount);
    if (beyond > 0) this.parent?.add(beyond);
  }

  remove(amount: number): void {
    const beyond = Math.min(amount, this.usage - this.#kept);
    this.usage = inThousandths(this.usage - amount);
    if (beyond > 0) this.parent?.remove(beyond);
  }

  /** Cohorts between it and its farthest ClusterQueue, itself included. */
  get height(): number {
    return this.children.reduce((most, child) => Math.max(most, child.height + 1), 0);
  }
}

/**
 * How far up a request has to go for quota: 0 if the ClusterQueue's own is enough, else the height of the lowest cohort
 * around it with enough, or of the root; and whether there is more of the tree above.
 */
export function reachOf(node: QuotaNode, amount: number): { readonly height: number; readonly partOfTree: boolean } {
  if (!node.parent || !node.borrowsWith(amount)) return { height: 0, partOfTree: node.parent !== undefined };
  let left = amount - node.keptUnused;
  let cohort = node.parent;
  while (cohort.parent && cohort.borrowsWith(left)) {
    left -= cohort.keptUnused;
    cohort = cohort.parent;
  }
  return { height: cohort.height, partOfTree: cohort.parent !== undefined };
}
