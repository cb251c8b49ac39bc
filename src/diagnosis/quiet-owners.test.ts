import { expect, test } from "vitest";
import type { QuietSpan } from "../join/observed.js";
import { observedOf } from "../testing/analysis.js";
import { quietOwners } from "./quiet-owners.js";

/** Ticks of half an hour. */
const observed = observedOf({ stepMinutes: 30, nodegroups: [{ name: "a" }, { name: "b" }] });
const contract = { ...observed.contract, owners: { one: "Research", two: "Research", three: "Search" } };

const span = (namespace: string, ticks: number, rest: Partial<QuietSpan> = {}): QuietSpan => ({
  state: "idle",
  nodegroup: "a",
  namespace,
  firstTick: 3,
  lastTick: 3 + ticks - 1,
  ...rest,
});

test("quietOwners(observed, state, nodegroup) adds up the namespaces of a team, most GPU-hours first", () => {
  const quiet = [span("three", 4), span("one", 2), span("two", 3), span("one", 1)];
  expect(quietOwners({ ...observed, contract, quiet }, "idle", "a")).toEqual([
    { owner: "Research", gpuHours: 3 },
    { owner: "Search", gpuHours: 2 },
  ]);
});

test("quietOwners(observed, state, nodegroup) counts neither the other state nor other nodegroups", () => {
  const quiet = [span("one", 2), span("one", 2, { state: "stalled" }), span("three", 2, { nodegroup: "b" })];
  const owners = (state: QuietSpan["state"], nodegroup: string) =>
    quietOwners({ ...observed, contract, quiet }, state, nodegroup);
  expect(owners("idle", "a")).toEqual([{ owner: "Research", gpuHours: 1 }]);
  expect(owners("stalled", "a")).toEqual([{ owner: "Research", gpuHours: 1 }]);
  expect(owners("idle", "b")).toEqual([{ owner: "Search", gpuHours: 1 }]);
  expect(owners("stalled", "b")).toEqual([]);
});

test("quietOwners(observed, state, nodegroup) names the namespace where nobody answers for it, and equals by name", () => {
  const quiet = [span("unowned", 2), span("one", 2)];
  expect(quietOwners({ ...observed, contract, quiet }, "idle", "a").map(({ owner }) => owner)).toEqual([
    "Research",
    "unowned",
  ]);
});
