import { expect, test } from "vitest";
import type { QuotaLimits } from "../scenario/resource-groups.js";
import type { FlavorResource } from "./quota.js";
import { compareShares, weighted } from "./share.js";
import { Sharer } from "./sharer.js";

const gpus = (flavor: string): FlavorResource => ({ flavor, resource: "gpus" });
const cohort = (parent?: Sharer, weight?: number) => new Sharer(parent, "cohort", weight);
const queue = (parent: Sharer, weight?: number) => new Sharer(parent, "ClusterQueue", weight);

/** A ClusterQueue of nominal quota 5 in a cohort whose other member lends it `lent`, with 7 in use. */
function seven({ weight, lent }: { weight: number; lent: number }): Sharer {
  const all = cohort();
  const one = queue(all, weight);
  const used = one.addQuota(gpus("a"), { nominalQuota: 5 });
  queue(all).addQuota(gpus("a"), { nominalQuota: lent });
  all.gather();
  used.add(7);
  return one;
}

test("a weighted share is what is borrowed, of all that the cohort has, times 1000, over the weight", () => {
  expect(weighted(seven({ weight: 1, lent: 5 }).share)).toBe(200);
  expect(weighted(seven({ weight: 2, lent: 5 }).share)).toBe(100);
  expect(weighted(seven({ weight: 0.5, lent: 5 }).share)).toBe(400);
  expect(weighted(seven({ weight: 0, lent: 5 }).share)).toBe(Number.POSITIVE_INFINITY);
});

test("who borrows nothing has a share of 0 whatever the weight, and so has a cohort without a parent", () => {
  expect(weighted(seven({ weight: 0, lent: 5 }).parent!.share)).toBe(0);
  expect(weighted({ borrowed: 0, weight: 0 })).toBe(0);
});

test("shares compare by weight; who borrows at weight 0 has more than anyone else, by how much it borrows", () => {
  const one = { borrowed: 100, weight: 1 };
  const half = { borrowed: 100, weight: 2 };
  const nothing = { borrowed: 100, weight: 0 };
  expect(compareShares(one, half)).toBeGreaterThan(0);
  expect(compareShares(half, { borrowed: 50, weight: 1 })).toBe(0);
  expect(compareShares(nothing, one)).toBeGreaterThan(0);
  expect(compareShares(nothing, { borrowed: 101, weight: 0 })).toBeLessThan(0);
  expect(compareShares(nothing, nothing)).toBe(0);
  expect(compareShares({ borrowed: 0, weight: 0 }, { borrowed: 0, weight: 1 })).toBe(0);
});

// The four below are worked examples of Kueue's own tests of its share (fair_sharing_test.go).
test("flavors add up: what is unused of one does not make up for what is borrowed of another", () => {
  const all = cohort();
  const one = queue(all);
  const demand = one.addQuota(gpus("demand"), { nominalQuota: 20 });
  const spot = one.addQuota(gpus("spot"), { nominalQuota: 80 });
  queue(all).addQuota(gpus("theirs"), { nominalQuota: 100 });
  all.gather();
  demand.add(25);
  spot.add(5);
  expect(weighted(one.share)).toBe(25);
});

test("of several resources the one counts of which most is borrowed, whatever its unit", () => {
  const all = cohort();
  const one = queue(all);
  const used = one.addQuota(gpus("a"), { nominalQuota: 4 });
  const cores = one.addQuota({ flavor: "a", resource: "cpus" }, { nominalQuota: 100 });
  const other = queue(all);
  other.addQuota(gpus("a"), { nominalQuota: 16 });
  other.addQuota({ flavor: "b", resource: "cpus" }, { nominalQuota: 300 });
  all.gather();
  // 2 of 20 GPUs are a tenth; 100 of 400 cores, those of another flavor included, a fourth.
  used.add(6);
  expect(weighted(one.share)).toBe(100);
  cores.add(200);
  expect(weighted(one.share)).toBe(250);
  cores.remove(100);
  expect(weighted(one.share)).toBe(100);
});

/** A ClusterQueue with 10 in use, in a cohort of weight 2 below a root, with the shares of both. */
function nested(nominal: { queue: number; root: number }, child: Partial<QuotaLimits> = {}) {
  const root = cohort();
  root.addQuota(gpus("a"), { nominalQuota: nominal.root });
  const between = cohort(root, 2);
  between.addQuota(gpus("a"), { nominalQuota: 0, ...child });
  const below = queue(between);
  const used = below.addQuota(gpus("a"), { nominalQuota: nominal.queue });
  root.gather();
  used.add(10);
  return [weighted(below.share), weighted(between.share)];
}

test("a cohort has a share of its parent, by its own weight", () => {
  expect(nested({ queue: 5, root: 45 })).toEqual([100, 50]);
});

test("quota that only the root has counts for all below it", () => {
  expect(nested({ queue: 0, root: 50 })).toEqual([200, 100]);
});

test("a borrowing limit makes the parent smaller, and the share of it larger", () => {
  expect(nested({ queue: 0, root: 50 }, { borrowingLimit: 10 })).toEqual([1000, 100]);
});

test("what a cohort could use includes flavors of its root that are none of its own", () => {
  const root = cohort();
  for (const flavor of ["a", "b"]) root.addQuota(gpus(flavor), { nominalQuota: 10 });
  const below = queue(cohort(root));
  const used = below.addQuota(gpus("a"));
  root.gather();
  used.add(5);
  expect(weighted(below.share)).toBe(250);
});
