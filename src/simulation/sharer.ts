import type { Workload } from "../demand/workload.js";
import type { QuotaLimits, Resource } from "../scenario/resource-groups.js";
import { type FlavorResource, QuotaNode, type Request } from "./quota.js";
import type { Share } from "./share.js";

/** Quota that a workload holds, for as long as it does. */
export interface Holding {
  readonly workload: Workload;
  readonly queue: Sharer;
  readonly request: Request;
  readonly reservedMs: number;
  /** It has been told to go, and holds its quota until its pods are gone. */
  leaving: boolean;
}

/** A cohort's are of all flavors that it or anyone below it has. */
interface ResourceQuotas {
  readonly resource: Resource;
  readonly byFlavor: Map<string, QuotaNode>;
  /** What the cohort around could use of all flavors if nobody else used anything, once that has been asked. */
  ofParent: number | undefined;
}

/** A ClusterQueue or cohort with its quota of every flavor, as one of those that share the quota of a cohort. */
export class Sharer {
  readonly parent: Sharer | undefined;
  readonly children: Sharer[] = [];
  readonly isQueue: boolean;
  /** Who holds quota of a ClusterQueue, by workload. */
  readonly holdings = new Map<number, Holding>();
  /** A ClusterQueue that is stopped: it admits nothing and nobody of it is preempted, though its quota and usage count. */
  stopped = false;
  readonly #weight: number;
  readonly #quotas: ResourceQuotas[] = [];

  constructor(parent: Sharer | undefined, kind: "ClusterQueue" | "cohort", weight = 1) {
    this.parent = parent;
    this.isQueue = kind === "ClusterQueue";
    this.#weight = weight;
    parent?.children.push(this);
  }

  get root(): Sharer {
    return this.parent?.root ?? this;
  }

  /** From the root down to itself. */
  get path(): Sharer[] {
    return this.parent ? [...this.parent.path, this] : [this];
  }

  quota({ flavor, resource }: FlavorResource): QuotaNode | undefined {
    return this.#of(resource)?.byFlavor.get(flavor);
  }

  /** Gives it quota, and where they have none of this yet the cohorts around it, too. */
  addQuota(of: FlavorResource, limits?: QuotaLimits): QuotaNode {
    const { flavor, resource } = of;
    const node = new QuotaNode(this.parent && (this.parent.quota(of) ?? this.parent.addQuota(of)), limits);
    const quotas = this.#of(resource);
    if (quotas) quotas.byFlavor.set(flavor, node);
    else this.#quotas.push({ resource, byFlavor: new Map([[flavor, node]]), ofParent: undefined });
    return node;
  }

  /** Adds up what the members of a tree lend, and use of that; to be called at its root. */
  gather(): void {
    for (const { byFlavor } of this.#quotas) for (const node of byFlavor.values()) node.gather();
    this.#forget();
  }

  #forget(): void {
    for (const quotas of this.#quotas) quotas.ofParent = undefined;
    for (const child of this.children) child.#forget();
  }

  /** Whether it uses more than its own quota of any of these. */
  exceeds(some: readonly FlavorResource[]): boolean {
    return some.some((one) => this.quota(one)?.exceeded);
  }

  /**
   * Kueue's dominant resource share (pkg/cache/scheduler/fair_sharing.go in v0.19): what goes beyond its quota, flavor by
   * flavor, of all that its parent could use if nobody else used anything; of the resource of which that is most.
   */
  get share(): Share {
    const { parent } = this;
    let borrowed = 0;
    if (parent) {
      for (const quotas of this.#quotas) {
        let amount = 0;
        for (const { usage, quota } of quotas.byFlavor.values()) amount += Math.max(0, usage - quota);
        if (amount === 0) continue;
        quotas.ofParent ??= parent.#potential(quotas.resource);
        borrowed = Math.max(borrowed, (amount * 1000) / quotas.ofParent);
      }
    }
    return { borrowed, weight: this.#weight };
  }

  #of(resource: Resource): ResourceQuotas | undefined {
    for (const quotas of this.#quotas) if (quotas.resource === resource) return quotas;
    return undefined;
  }

  #potential(resource: Resource): number {
    const flavors = [...this.root.#of(resource)!.byFlavor.keys()];
    return flavors.reduce((sum, flavor) => sum + this.#potentialOf({ flavor, resource }), 0);
  }

  /** Nobody limits what a cohort may borrow of a flavor that is none of its own. */
  #potentialOf(of: FlavorResource): number {
    const quota = this.quota(of);
    if (quota) return quota.potential;
    return this.parent ? this.parent.#potentialOf(of) : 0;
  }
}
