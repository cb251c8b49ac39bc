import { inThousandths, type Workload } from "../demand/workload.js";

/** Quota that a workload holds, for as long as it does. */
export interface Holding {
  readonly workload: Workload;
  readonly node: QuotaNode;
  readonly gpus: number;
  readonly reservedMs: number;
  /** It has been told to go, and holds its quota until its pods are gone. */
  leaving: boolean;
}

/** What a ClusterQueue or cohort says of one flavor, GPUs. */
export interface QuotaLimits {
  readonly nominalQuota: number;
  readonly borrowingLimit?: number | undefined;
  readonly lendingLimit?: number | undefined;
}

/**
 * One flavor's quota at a ClusterQueue or cohort. A cohort has what its members lend it beside its own; what a member
 * keeps to itself (its quota beyond the lending limit) it uses first, and only the rest counts in its cohort.
 */
export class QuotaNode {
  readonly parent: QuotaNode | undefined;
  readonly children: QuotaNode[] = [];
  /** Who holds quota here: at ClusterQueues, where anyone may be preempted. */
  readonly holdings = new Map<number, Holding>();
  /** Its own and what its members lend it. */
  quota: number;
  /** Of its own members' usage, what goes beyond what they keep to themselves. */
  usage = 0;
  readonly isQueue: boolean;
  /** A ClusterQueue that is stopped: nobody of it may be preempted, though its quota and usage count. */
  stopped = false;
  readonly #borrowingLimit: number;
  readonly #lendingLimit: number;
  /** What is never lent. */
  #kept = 0;

  constructor(parent: QuotaNode | undefined, isQueue: boolean, limits: QuotaLimits = { nominalQuota: 0 }) {
    this.parent = parent;
    this.isQueue = isQueue;
    this.quota = limits.nominalQuota;
    this.#borrowingLimit = limits.borrowingLimit ?? Number.POSITIVE_INFINITY;
    this.#lendingLimit = limits.lendingLimit ?? Number.POSITIVE_INFINITY;
    parent?.children.push(this);
  }

  /** Adds up what the members of a tree lend; to be called once, at its root. */
  gather(): void {
    for (const child of this.children) {
      child.gather();
      this.quota += child.quota - child.#kept;
    }
    if (this.parent) this.#kept = Math.max(0, this.quota - this.#lendingLimit);
  }

  get root(): QuotaNode {
    return this.parent?.root ?? this;
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
  borrowsWith(gpus: number): boolean {
    return this.usage + gpus > this.quota;
  }

  add(gpus: number): void {
    const beyond = gpus - this.keptUnused;
    this.usage = inThousandths(this.usage + gpus);
    if (beyond > 0) this.parent?.add(beyond);
  }

  remove(gpus: number): void {
    const beyond = Math.min(gpus, this.usage - this.#kept);
    this.usage = inThousandths(this.usage - gpus);
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
export function reachOf(node: QuotaNode, gpus: number): { readonly height: number; readonly partOfTree: boolean } {
  if (!node.parent || !node.borrowsWith(gpus)) return { height: 0, partOfTree: node.parent !== undefined };
  let left = gpus - node.keptUnused;
  let cohort = node.parent;
  while (cohort.parent && cohort.borrowsWith(left)) {
    left -= cohort.keptUnused;
    cohort = cohort.parent;
  }
  return { height: cohort.height, partOfTree: cohort.parent !== undefined };
}
