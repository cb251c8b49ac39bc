import { describe, expect, test } from "vitest";
import { inputs, worldOf } from "../figures/__fixtures__/worlds.js";
import { analysisOf } from "../testing/analysis.js";
import { gangs, periodic } from "./__fixtures__/gangs.js";
import { actions } from "./actions.js";
import { capacityPlan } from "./capacity.js";
import { costs } from "./cost.js";
import { makePlan } from "./plan.js";
import { planTables } from "./tables.js";

const HOUR = 3600;

/** Nodegroup a lacks a node of three and lets work wait, b has hardly any work, and of c nothing is known. */
const analysis = analysisOf({
  hours: 72,
  nodegroups: [
    { name: "a", gpus: 16, held: 16, idle: 8 },
    { name: "b", gpus: 48, held: 1 },
    { name: "c", gpus: 8, held: 0 },
  ],
  queues: [
    { name: "queue", nodegroups: ["a"], able: ["a", "b"], pendingGpus: (hour) => (hour < 24 ? 8 : 0) },
    { name: "other", nodegroups: ["b"] },
  ],
  observed: {
    started: [
      ...periodic({ every: HOUR, lasts: 2.5 * HOUR, days: 3, gpusPerPod: 8 }),
      ...periodic({ every: HOUR, lasts: 0.5 * HOUR, days: 3, nodegroup: "b" }),
      ...gangs([{ created: 0, nodegroup: "c" }]),
    ],
  },
});
const plan = makePlan(analysis, 0);

describe("makePlan(analysis, target)", () => {
  test("plans every nodegroup of the contract for the target", () => {
    expect(plan.targetSeconds).toBe(0);
    expect(plan.capacity.map((row) => [row.nodegroup, row.target_seconds, row.nodes_to_add])).toEqual([
      ["a", 0, 1],
      ["b", 0, -5],
      ["c", 0, null],
    ]);
    expect(makePlan(analysis, 3 * 24 * HOUR).capacity[0]).toMatchObject({
      target_seconds: 3 * 24 * HOUR,
      nodes_to_add: 0,
    });
  });

  test("has the curves of those that can be estimated", () => {
    expect([...plan.curves.keys()]).toEqual(["a", "b"]);
    const points = plan.curves.get("a")!;
    expect(points.map(({ nodes }) => nodes)).toEqual([1, 2, 3, 4]);
    expect(points.map(({ p95Seconds }) => p95Seconds.estimate <= 0)).toEqual([false, false, true, true]);
  });

  test("has what it costs, and what one would do", () => {
    const { diagnosis } = analysis;
    expect(plan.costs).toEqual(costs(diagnosis));
    expect(plan.actions).toEqual(actions(diagnosis, plan.capacity));
    expect(plan.capacity).toEqual(capacityPlan(analysis.observed, { targetSeconds: 0 }).map(({ row }) => row));
    // The node that a lacks is one of five that b can spare.
    expect(plan.actions.map(({ action, nodes }) => [action, nodes])).toEqual([
      ["retarget", null],
      ["reap", null],
      ["move", 1],
      ["free", 4],
    ]);
    expect(plan.actions.at(-1)!.usd_per_month).toBeCloseTo(-4 * 8 * 2 * 730, 6);
  });

  test("is the same every time", () => {
    expect(makePlan(analysis, 0)).toEqual(plan);
  });

  test("has a row that says why not for every nodegroup of which nothing is known", () => {
    const { capacity, curves } = makePlan(worldOf(inputs.nothingSeen), 3600);
    expect(capacity.map(({ estimable }) => estimable)).toEqual(Array(2).fill("no: 0 jobs, a p95 needs 59"));
    expect(curves.size).toBe(0);
  });

  test("throws a RangeError for a target that is below 0, or no number", () => {
    for (const target of [-1, Number.NaN]) expect(() => makePlan(analysis, target)).toThrow(RangeError);
    expect(() => makePlan(analysis, -1)).toThrow("targetSeconds: found -1, allowed: 0 or more");
  });
});

describe("planTables(plan)", () => {
  const tables = planTables(plan);

  test("are the plan, the actions and the costs", () => {
    expect(tables.map(({ name, rows }) => [name, rows])).toEqual([
      ["capacity-plan", plan.capacity],
      ["actions", plan.actions],
      ["costs", plan.costs],
    ]);
  });

  test("have rows of exactly the columns that their schemas declare, each with a description", () => {
    for (const { schema, rows } of tables) {
      expect(rows.length).toBeGreaterThan(1);
      for (const row of rows) {
        expect(schema.parse(row)).toEqual(row);
        expect(Object.keys(row).sort()).toEqual(Object.keys(schema.shape).sort());
      }
      for (const column of Object.values(schema.shape))
        expect((column as { description?: string }).description).toMatch(/\S/);
    }
  });
});
