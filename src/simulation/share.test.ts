import { expect, test } from "vitest";
import { QuotaNode } from "./quota.js";
import { compareShares, Sharer, weighted } from "./share.js";

/** A ClusterQueue of nominal quota 5 in a cohort whose other member lends it `lent`, with 7 in use. */
function seven({ weight, lent }: { weight: number; lent: number }): Sharer {
  const cohort = new QuotaNode(undefined, false);
  const queue = new QuotaNode(cohort, true, { nominalQuota: 5 });
  new QuotaNode(cohort, true, { nominalQuota: lent });
  cohort.gather();
  queue.add(7);
  return new Sharer(new Sharer(undefined, 1, new Map([["a", cohort]])), weight, new Map([["a", queue]]));
}

test("a weighted share is what is borrowed, of all that the cohort has, times 1000, over the weight", () => {
  expect(weighted(seven({ weight: 1, lent: 5 }).share)).toBe(200);
  expect(weighted(seven({ weight: 2, lent: 5 }).share)).toBe(100);
  expect(weighted(seven({ weight: 0.5, lent: 5 }).share)).toBe(400);
  expect(weighted(seven({ weight: 0, lent: 5 }).share)).toBe(Number.POSITIVE_INFINITY);
});

test("who borrows nothing has a share of 0 whatever the weight, and so has a cohort without a parent", () => {
  const queue = seven({ weight: 0, lent: 5 });
  expect(weighted(queue.parent!.share)).toBe(0);
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
  const flavors = ["demand", "spot", "theirs"] as const;
  const cohorts = new Map(flavors.map((flavor) => [flavor as string, new QuotaNode(undefined, false)]));
  const quota = (flavor: string, nominalQuota: number) => new QuotaNode(cohorts.get(flavor), true, { nominalQuota });
  const [demand, spot] = [quota("demand", 20), quota("spot", 80)];
  quota("theirs", 100);
  for (const cohort of cohorts.values()) cohort.gather();
  demand.add(25);
  spot.add(5);
  const quotas = new Map([
    ["demand", demand],
    ["spot", spot],
  ]);
  expect(weighted(new Sharer(new Sharer(undefined, 1, cohorts), 1, quotas).share)).toBe(25);
});

/** A ClusterQueue with 10 in use, in a cohort of weight 2 below a root, with the shares of both. */
function nested(nominal: { queue: number; root: number }, child: { borrowingLimit?: number } = {}) {
  const root = new QuotaNode(undefined, false, { nominalQuota: nominal.root });
  const cohort = new QuotaNode(root, false, { nominalQuota: 0, ...child });
  const queue = new QuotaNode(cohort, true, { nominalQuota: nominal.queue });
  root.gather();
  queue.add(10);
  const above = new Sharer(undefined, 1, new Map([["a", root]]));
  const between = new Sharer(above, 2, new Map([["a", cohort]]));
  const below = new Sharer(between, 1, new Map([["a", queue]]));
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
  const roots = new Map(["a", "b"].map((flavor) => [flavor, new QuotaNode(undefined, false, { nominalQuota: 10 })]));
  const cohort = new QuotaNode(roots.get("a"), false);
  const queue = new QuotaNode(cohort, true);
  for (const root of roots.values()) root.gather();
  queue.add(5);
  const between = new Sharer(new Sharer(undefined, 1, roots), 1, new Map([["a", cohort]]));
  expect(weighted(new Sharer(between, 1, new Map([["a", queue]])).share)).toBe(250);
});
