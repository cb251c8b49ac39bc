import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { rollUp } from "../join/roll-up.js";
import { type AnalysisInput, observedOf } from "../testing/analysis.js";
import { EPISODE_WINDOW_SECONDS } from "./episodes.js";
import { fleetSupply, type Supply, supply, supplyParts, windowHours } from "./supply.js";

/** Without what floats leave over. */
const rounded = (row: Supply) =>
  Object.fromEntries(
    Object.entries(row).map(([part, value]) => [
      part,
      typeof value === "number" ? Math.round(value * 1e9) / 1e9 + 0 : value,
    ]),
  ) as unknown as Supply;
const supplyOf = (input: AnalysisInput, windowSeconds = EPISODE_WINDOW_SECONDS): Supply[] => {
  const observed = observedOf(input);
  return supply(observed, rollUp(observed, windowSeconds)).map(rounded);
};
const accounted = (row: Supply) => supplyParts.reduce((sum, part) => sum + row[part], 0);

describe("supply(observed, windows)", () => {
  test("splits what is paid for into what became of it, as counted by hand", () => {
    // 16 GPUs for ten hours: 1 absent, 2 out of service, 10 held, so 3 free. Of the 10, 1 starting, 2 stalled, 3 idle.
    const [row] = supplyOf({
      hours: 10,
      nodegroups: [
        { name: "a", absent: 1, outOfService: 2, held: 10, starting: 1, stalled: 2, idle: 3, heldOutsideKueue: 4 },
      ],
    });
    expect(row).toEqual({
      nodegroup: "a",
      paid: 160,
      useful: 40,
      starting: 10,
      stalled: 20,
      idle: 30,
      free: 30,
      outOfService: 20,
      absent: 10,
      residual: 0,
      useUnknown: 0,
      outsideKueue: 40,
    });
  });

  test("counts a last window that is shorter for its own length", () => {
    // Two hours and a half, in windows of an hour: 8 held for two hours, then 16 for half an hour.
    const input = { hours: 2.5, nodegroups: [{ name: "a", held: (hour: number) => (hour < 2 ? 8 : 16) }] };
    for (const windowSeconds of [3600, EPISODE_WINDOW_SECONDS])
      expect(supplyOf(input, windowSeconds)[0]).toMatchObject({ paid: 40, useful: 24, free: 16, residual: 0 });
  });

  test("leaves in the residual what telemetry did not cover, and calls it nothing else", () => {
    const nodegroups = [{ name: "a", held: 8 }];
    const late = (hour: number) => hour >= 4;
    const [withoutKubeState] = supplyOf({ hours: 10, nodegroups, silent: { kubeState: late } });
    expect(withoutKubeState).toMatchObject({ paid: 160, useful: 32, free: 32, absent: 0, residual: 96, useUnknown: 0 });
    // Without DCGM what is held is known, but not whether it is of use.
    const [withoutDcgm] = supplyOf({ hours: 10, nodegroups, silent: { dcgm: late } });
    expect(withoutDcgm).toMatchObject({ useful: 32, idle: 0, free: 80, residual: 48, useUnknown: 48 });
  });

  test("leaves what is held in use unknown where a signal that tells its use is missing, but for what the others tell", () => {
    // Whether a GPU stalled is not known without the profiling module, or of a model with unknown power; idling is.
    const nodegroups = [{ name: "a", held: 10, starting: 1, idle: 3, stalled: Number.NaN }];
    expect(supplyOf({ hours: 10, nodegroups })[0]).toMatchObject({
      useful: 0,
      starting: 10,
      idle: 30,
      free: 60,
      residual: 60,
      useUnknown: 60,
    });
  });

  test("has a negative residual where telemetry covers something twice", () => {
    // 10 of 8 healthy GPUs are held: none is free, and two are more than there are.
    const [row] = supplyOf({ hours: 1, nodegroups: [{ name: "a", gpus: 8, held: 10 }] });
    expect(row).toMatchObject({ paid: 8, useful: 10, free: 0, residual: -2 });
  });

  test("has a row for every nodegroup of the inventory, in its order, seen or not", () => {
    const rows = supplyOf({ hours: 1, nodegroups: [{ name: "b" }, { name: "a" }], silent: { kubeState: () => true } });
    expect(rows.map(({ nodegroup, paid, residual }) => [nodegroup, paid, residual])).toEqual([
      ["b", 16, 16],
      ["a", 16, 16],
    ]);
  });

  test("adds up to what is paid for, and its fleet to the sum of its nodegroups", () => {
    const gpus = fc.nat(8);
    const group = fc.record({
      held: gpus,
      starting: gpus,
      idle: gpus,
      stalled: gpus,
      outOfService: gpus,
      absent: gpus,
      gpus: fc.integer({ min: 1, max: 24 }),
    });
    const silent = fc.array(fc.boolean(), { minLength: 8, maxLength: 8 });
    fc.assert(
      fc.property(fc.array(group, { minLength: 1, maxLength: 3 }), silent, silent, (groups, noKube, noDcgm) => {
        const rows = supplyOf({
          hours: 2 / 3,
          nodegroups: groups.map((one, i) => ({ ...one, name: `nodegroup-${i}` })),
          silent: {
            kubeState: (hour) => noKube[Math.round(hour * 12)]!,
            dcgm: (hour) => noDcgm[Math.round(hour * 12)]!,
          },
        });
        for (const row of rows) expect(accounted(row) + row.residual).toBeCloseTo(row.paid, 6);
        const fleet = fleetSupply(rows);
        expect(fleet.paid).toBeCloseTo((groups.reduce((sum, one) => sum + one.gpus, 0) * 2) / 3, 6);
        expect(accounted(fleet) + fleet.residual).toBeCloseTo(fleet.paid, 6);
      }),
    );
  });
});

test("fleetSupply(rows) adds up every part", () => {
  const row = (n: number): Supply => ({
    nodegroup: `nodegroup-${n}`,
    paid: 10 * n,
    useful: n,
    starting: 2 * n,
    stalled: 3 * n,
    idle: 4 * n,
    free: 5 * n,
    outOfService: 6 * n,
    absent: 7 * n,
    residual: -18 * n,
    useUnknown: 9 * n,
    outsideKueue: 8 * n,
  });
  expect(fleetSupply([row(1), row(2)])).toEqual({ ...row(3), nodegroup: "fleet" });
  expect(fleetSupply([])).toEqual({ ...row(0), nodegroup: "fleet", residual: 0 });
});

test("windowHours(window) is its length, and what is left of the data at their end", () => {
  const observed = observedOf({ hours: 2.5, nodegroups: [{ name: "a" }] });
  const windows = rollUp(observed, 3600);
  expect(windows.map((window) => windowHours(window))).toEqual([1, 1, 0.5]);
});
