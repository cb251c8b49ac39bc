import { describe, expect, test } from "vitest";
import type { QuietSpan, StartedGang } from "../join/observed.js";
import { observedOf } from "../testing/analysis.js";
import { HOUR_MS, SECOND_MS } from "../units/time.js";
import type { Waiting } from "./walk.js";
import { ownerWaste } from "./waste.js";

/** A day, in ticks of an hour. Nodegroup a costs 2 dollars for a GPU-hour, b 10. */
const observed = observedOf({
  stepMinutes: 60,
  nodegroups: [
    { name: "a", usdPerGpuHour: 2 },
    { name: "b", usdPerGpuHour: 10 },
  ],
});
const owners = { one: "Research", two: "Research", three: "Search" };
const secondsAt = (hour: number) => (observed.startMs + hour * HOUR_MS) / SECOND_MS;

const gang = (
  namespace: string,
  from: number,
  to: number | undefined,
  rest: Partial<StartedGang> = {},
): StartedGang => ({
  gang: `${namespace}/Job/work`,
  namespace,
  clusterQueue: "queue",
  localQueue: "queue",
  priorityClass: "",
  nodegroup: "a",
  pods: 2,
  gpusPerPod: 4,
  createdSeconds: secondsAt(from),
  scheduledSeconds: secondsAt(from),
  endedSeconds: to === undefined ? undefined : secondsAt(to),
  lost: false,
  ...rest,
});
const quiet = (namespace: string, ticks: number, rest: Partial<QuietSpan> = {}): QuietSpan => ({
  state: "idle",
  nodegroup: "a",
  namespace,
  firstTick: 5,
  lastTick: 5 + ticks - 1,
  ...rest,
});

const waits = (tick: number, gpus: number, rest: Partial<Waiting> = {}): Waiting => ({
  tick,
  clusterQueue: "queue",
  nodegroup: "a",
  cause: "capacity",
  gpus,
  toward: undefined,
  gang: undefined,
  ...rest,
});

const wasteOf = (started: readonly StartedGang[], spans: readonly QuietSpan[] = [], walk: readonly Waiting[] = []) =>
  ownerWaste({ ...observed, contract: { ...observed.contract, owners }, started, quiet: spans }, walk);

describe("ownerWaste(observed, walk)", () => {
  test("says what a team held, left idle, stalled with and lost, at the nodegroups' prices, as counted by hand", () => {
    const started = [
      gang("one", 2, 5),
      gang("two", 4, 6, { lost: true }),
      gang("two", 4, 5, { lost: true, nodegroup: "b", pods: 1 }),
    ];
    const spans = [quiet("one", 3), quiet("two", 2, { nodegroup: "b" }), quiet("one", 4, { state: "stalled" })];
    expect(wasteOf(started, spans)).toEqual([
      {
        owner: "Research",
        namespaces: ["one", "two"],
        // 8 GPUs for 3 hours, 8 for 2, 4 for 1.
        held: 24 + 16 + 4,
        idle: 3 + 2,
        stalled: 4,
        told: { idle: 1, stalled: 1 },
        lost: 16 + 4,
        usdIdle: 3 * 2 + 2 * 10,
        usdLost: 16 * 2 + 4 * 10,
        waitedBehindIdle: 0,
      },
    ]);
  });

  test("counts what lies within the data: from their start, and to their end for what still runs", () => {
    const held = (from: number, to: number | undefined) => wasteOf([gang("one", from, to)])[0]!.held;
    expect([held(-5, 1), held(22, undefined), held(23, 30), held(-5, -1)]).toEqual([8, 16, 8, 0]);
  });

  test("loses every attempt that failed, and none that did not", () => {
    const [waste] = wasteOf([gang("one", 0, 1, { lost: true }), gang("one", 2, 3, { lost: true }), gang("one", 4, 8)]);
    expect(waste).toMatchObject({ held: 48, lost: 16 });
  });

  test("puts the most costly first, idle and lost together, and names the namespace where nobody answers for it", () => {
    const started = [gang("three", 0, 1, { lost: true }), gang("unowned", 0, 1), gang("alone", 0, 1)];
    // Lost at 16 dollars, idle at 40.
    const found = wasteOf(started, [quiet("one", 4, { nodegroup: "b" })]);
    expect(found.map(({ owner, usdIdle, usdLost }) => [owner, usdIdle, usdLost])).toEqual([
      ["Research", 40, 0],
      ["Search", 0, 16],
      ["alone", 0, 0],
      ["unowned", 0, 0],
    ]);
  });

  test("says how much waited for capacity while GPUs were idle there, no more than were, each owner with its share", () => {
    // From 5 to 8 Research has one idle GPU on a, from 5 to 6 Search has three.
    const spans = [quiet("one", 4), ...[1, 2, 3].map(() => quiet("three", 2))];
    const behind = (...walk: Waiting[]) =>
      Object.fromEntries(wasteOf([], spans, walk).map(({ owner, waitedBehindIdle }) => [owner, waitedBehindIdle]));
    expect(behind(waits(5, 2))).toEqual({ Research: 0.5, Search: 1.5 });
    expect(behind(waits(5, 1), waits(5, 1, { clusterQueue: "other" }))).toEqual({ Research: 0.5, Search: 1.5 });
    expect(behind(waits(5, 40), waits(8, 40), waits(9, 40))).toEqual({ Research: 2, Search: 3 });
    // Elsewhere, for another cause, and while GPUs are stalled, idle ones would not have helped.
    expect(behind(waits(5, 2, { nodegroup: "b" }), waits(5, 2, { cause: "quota" }))).toEqual({
      Research: 0,
      Search: 0,
    });
    const [stalled] = wasteOf([], [quiet("one", 4, { state: "stalled" })], [waits(5, 2)]);
    expect(stalled).toMatchObject({ stalled: 4, waitedBehindIdle: 0 });
  });

  test("says of which share of what was held DCGM told what it did", () => {
    const silentFrom = (hour: number) => (hour * HOUR_MS) / observed.stepMs;
    const idle = observed.nodegroups[0]!.idle.map((value, tick) => (tick >= silentFrom(6) ? Number.NaN : value));
    const nodegroups = observed.nodegroups.map((group) => (group.name === "a" ? { ...group, idle } : group));
    const told = (...started: StartedGang[]) => ownerWaste({ ...observed, nodegroups, started }, [])[0]!.told;
    expect(told(gang("one", 0, 8))).toEqual({ idle: 0.75, stalled: 1 });
    expect(told(gang("one", -4, undefined))).toEqual({ idle: 0.25, stalled: 1 });
    expect(told(gang("one", 8, 9))).toEqual({ idle: 0, stalled: 1 });
    expect(told(gang("one", 8, 9, { nodegroup: "b" }))).toEqual({ idle: 1, stalled: 1 });
  });

  test("says nothing of nobody", () => {
    expect(wasteOf([])).toEqual([]);
  });
});
