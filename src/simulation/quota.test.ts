import { describe, expect, test } from "vitest";
import { QuotaNode, reachOf } from "./quota.js";

/** A cohort of two queues, one of which keeps a part of its quota to itself. */
function pair(lendingLimit?: number, borrowingLimit?: number) {
  const cohort = new QuotaNode(undefined);
  const lender = new QuotaNode(cohort, { nominalQuota: 10, lendingLimit });
  const borrower = new QuotaNode(cohort, { nominalQuota: 4, borrowingLimit });
  cohort.gather();
  return { cohort, lender, borrower };
}

describe("a ClusterQueue in a cohort", () => {
  test("may use what nobody else does, up to what it may borrow", () => {
    const { lender, borrower } = pair();
    expect([borrower.available, borrower.potential]).toEqual([14, 14]);
    lender.add(6);
    expect(borrower.available).toBe(8);
    expect(pair(undefined, 3).borrower.available).toBe(7);
  });

  test("gets no more of a peer than its lending limit, however little the peer uses", () => {
    const { cohort, lender, borrower } = pair(2);
    expect([cohort.quota, borrower.available, borrower.potential]).toEqual([6, 6, 6]);
    // What it keeps is used first, and leaves what it lends alone.
    lender.add(8);
    expect([lender.available, borrower.available, cohort.usage]).toEqual([6, 6, 0]);
    lender.add(1);
    expect([borrower.available, cohort.usage]).toEqual([5, 1]);
    borrower.add(5);
    expect([lender.available, borrower.available]).toEqual([0, 0]);
    lender.remove(9);
    expect([lender.available, borrower.available, cohort.usage]).toEqual([9, 1, 5]);
  });
});

test("quota that changes leaves what is in use, and counts it against what there is now", () => {
  const { cohort, lender, borrower } = pair(2);
  lender.add(9); // 8 that it keeps, and 1 of what it lends.
  borrower.add(5);
  lender.nominal = 6;
  cohort.gather();
  // It keeps 4 of 6 and lends 2: of its 9 in use 5 are the cohort's, which has 4 + 2.
  expect([cohort.quota, cohort.usage, lender.available, borrower.available]).toEqual([6, 10, -4, -4]);
  lender.nominal = 12;
  cohort.gather();
  expect([cohort.quota, cohort.usage, lender.available, borrower.available]).toEqual([6, 5, 2, 1]);
  lender.remove(9);
  borrower.remove(5);
  expect([cohort.usage, lender.usage, borrower.usage]).toEqual([0, 0, 0]);
});

describe("a tree of cohorts", () => {
  // root (own 2) ── left (borrows 3 at most) ── a (4), b (4)
  //             └── right (lends 5 at most) ── c (8)
  const root = new QuotaNode(undefined, { nominalQuota: 2 });
  const left = new QuotaNode(root, { nominalQuota: 0, borrowingLimit: 3 });
  const right = new QuotaNode(root, { nominalQuota: 0, lendingLimit: 5 });
  const [a, b, c] = [
    new QuotaNode(left, { nominalQuota: 4 }),
    new QuotaNode(left, { nominalQuota: 4 }),
    new QuotaNode(right, { nominalQuota: 8 }),
  ] as const;
  root.gather();

  test("has at each cohort what its members lend it and its own", () => {
    expect([left.quota, right.quota, root.quota]).toEqual([8, 8, 15]);
  });

  test("limits what goes through a cohort either way", () => {
    // Of a and b's 8 and the 3 that left may borrow; c has its own and what root and left have.
    expect([a.available, c.available, c.potential]).toEqual([11, 18, 18]);
    a.add(9);
    expect([b.available, left.exceeded, a.exceeded]).toEqual([2, true, true]);
    a.remove(9);
    expect([root.usage, left.usage, a.usage]).toEqual([0, 0, 0]);
  });

  test("says how far up a request reaches for quota", () => {
    expect(reachOf(a, 4)).toEqual({ height: 0, partOfTree: true });
    expect(reachOf(a, 8)).toEqual({ height: 1, partOfTree: true });
    expect(reachOf(a, 9)).toEqual({ height: 2, partOfTree: false });
  });
});
