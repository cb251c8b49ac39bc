import { expect, test } from "vitest";
import { arrivalOrder } from "./arrival-order.js";

const order = (...arrivals: number[]) => [...arrivalOrder(arrivals.map((arrival) => ({ arrival })))];

test("arrivalOrder(jobs) are the indices of the jobs by arrival", () => {
  expect(order()).toEqual([]);
  expect(order(1, 2, 3)).toEqual([0, 1, 2]);
  expect(order(3, -1, 2)).toEqual([1, 2, 0]);
});

test("arrivalOrder(jobs) keeps the order of jobs that arrive together", () => {
  expect(order(5, 1, 5, 1, 5)).toEqual([1, 3, 0, 2, 4]);
});
