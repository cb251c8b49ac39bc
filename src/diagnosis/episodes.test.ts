import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MINUTE_MS } from "../units/time.js";
import type { Cause } from "./cause.js";
import {
  EPISODE_WINDOW_SECONDS,
  episodeRule,
  episodeThreshold,
  findSpans,
  mainCause,
  type UnmetWindow,
} from "./episodes.js";

const GAP = null;
const STEP = EPISODE_WINDOW_SECONDS * 1000;
/** The start of the n-th window. */
const at = (n: number) => n * STEP;

/** Windows in a row, by the GPUs that wait in each. 48 GPUs are healthy unless told: four waiting are enough. */
function windowsOf(waiting: readonly (number | null)[], capacity: number | null = 48): UnmetWindow[] {
  return waiting.map((gpus, i) => ({ startMs: at(i), endMs: at(i + 1), waiting: gpus, capacity }));
}

const times = <T>(n: number, value: T): T[] => Array<T>(n).fill(value);
/** How many windows an episode takes to open and to close. */
const opens = (episodeRule.opensAfterMinutes * 60) / EPISODE_WINDOW_SECONDS;
const closes = (episodeRule.closesAfterMinutes * 60) / EPISODE_WINDOW_SECONDS;
/** Where most episodes of these tests begin: 40 GPUs for 15 minutes are 10 GPU-hours. */
const start = times(opens, 40);
const quiet = times(closes, 0);
const spans = (...waiting: readonly (number | null)[]) =>
  findSpans(windowsOf(waiting)).map(({ startMs, endMs }) => [startMs / STEP, endMs / STEP]);

test("episodes open after three windows in a row and close after six", () => {
  expect([opens, closes]).toEqual([3, 6]);
});

describe("findSpans(windows) opens an episode", () => {
  test("at the first of three windows in a row with enough waiting", () => {
    expect(spans(0, 0, 40, 40, 40, ...quiet)).toEqual([[2, 5]]);
  });

  test("never, where it is less for one window in three", () => {
    expect(spans(40, 40, 0, 40, 40, 3.9, 40, 40, 0)).toEqual([]);
  });

  test("from four GPUs on, or from a twentieth of the healthy capacity on if that is more", () => {
    const opened = (waiting: number, capacity: number) => findSpans(windowsOf(times(100, waiting), capacity)).length;
    expect([opened(4, 48), opened(3.99, 48), opened(4, 80), opened(4, 81)]).toEqual([1, 0, 1, 0]);
    expect([opened(10, 200), opened(9.99, 200)]).toEqual([1, 0]);
  });

  test("in a small place, from a quarter of the healthy GPUs on, and never below one GPU", () => {
    const opened = (waiting: number, capacity: number) => findSpans(windowsOf(times(100, waiting), capacity)).length;
    expect([opened(4, 16), opened(3.99, 16)]).toEqual([1, 0]);
    expect([opened(2, 8), opened(1.99, 8)]).toEqual([1, 0]);
    expect([opened(1, 2), opened(0.99, 2), opened(1, 0), opened(0.99, 0)]).toEqual([1, 0, 1, 0]);
  });
});

describe("findSpans(windows) closes an episode", () => {
  test("after half an hour below half of what opened it, at the last window that was not", () => {
    expect(spans(...start, ...times(6, 1.9), ...start, ...quiet)).toEqual([
      [0, 3],
      [9, 12],
    ]);
  });

  test("not for less than half an hour", () => {
    expect(spans(...start, ...times(5, 0), 40, ...quiet)).toEqual([[0, 9]]);
  });

  test("not while half of what opened it waits", () => {
    expect(spans(...start, ...times(20, 2), ...quiet)).toEqual([[0, 23]]);
    expect(spans(...start, ...times(20, 1.99), ...quiet)).toEqual([[0, 3]]);
  });

  test("counting the half hour anew whenever half of it waits again", () => {
    expect(spans(...start, ...times(5, 0), 2, ...times(5, 0), 2, ...quiet, 40, 40)).toEqual([[0, 15]]);
  });

  test("before another can open: that takes three windows again", () => {
    expect(spans(...start, ...quiet, 40, 40, 0)).toEqual([[0, 3]]);
  });
});

describe("findSpans(windows) takes missing telemetry for a pause, which", () => {
  test("keeps an episode from opening no more than it opens one", () => {
    expect(spans(GAP, 40, GAP, GAP, 40, GAP, 40, ...quiet)).toEqual([[1, 7]]);
    expect(spans(40, 40, GAP, GAP, GAP, 0)).toEqual([]);
  });

  test("does not close an episode, nor count towards its half hour", () => {
    expect(spans(...start, ...times(50, GAP), 40, ...quiet)).toEqual([[0, 54]]);
    expect(spans(...start, ...times(3, 0), ...times(50, GAP), ...times(2, 0), 40, ...quiet)).toEqual([[0, 59]]);
    expect(spans(...start, ...times(3, 0), ...times(50, GAP), ...times(3, 0), 40)).toEqual([[0, 3]]);
  });

  test("adds no GPU-hours", () => {
    // 40 GPUs in four known windows of five minutes.
    expect(findSpans(windowsOf([...start, ...times(50, GAP), 40]))[0]!.gpuHours).toBeCloseTo(160 / 12, 9);
  });

  test("holds as well where the capacity is not known", () => {
    const unknown = windowsOf(times(50, 40), null);
    expect(findSpans(unknown)).toEqual([]);
  });
});

describe("findSpans(windows) says of an episode", () => {
  test("its GPU-hours, with windows below half of what opened it and a last window that is shorter", () => {
    const windows = windowsOf([36, 36, 36, 0, 12, 24]);
    const cut = windows.map((window, i) => (i === 5 ? { ...window, endMs: window.startMs + 2 * MINUTE_MS } : window));
    // 36 GPUs for 15 minutes, 12 for 5, 24 for 2.
    expect(findSpans(cut)).toEqual([
      { startMs: at(0), endMs: at(5) + 2 * MINUTE_MS, gpuHours: 9 + 1 + 0.8, peakGpus: 36, peakMs: at(0), open: true },
    ]);
  });

  test("where most waited, at first", () => {
    const [span] = findSpans(windowsOf([0, 40, 40, 60, 50, 60, ...quiet]));
    expect(span).toMatchObject({ peakGpus: 60, peakMs: at(3) });
  });

  test("whether it was open at the end: it is until half an hour has passed", () => {
    const open = (...rest: readonly (number | null)[]) => findSpans(windowsOf([...start, ...rest]))[0]!.open;
    expect([open(), open(...times(5, 0)), open(...times(6, 0))]).toEqual([true, true, false]);
    expect(open(...times(50, GAP))).toBe(true);
  });

  test("nothing, with less than 8 GPU-hours", () => {
    // 32 GPUs for 15 minutes are 8 GPU-hours.
    expect(spans(...times(3, 32), ...quiet)).toEqual([[0, 3]]);
    expect(spans(...times(3, 31.9), ...quiet)).toEqual([]);
    // What comes after it does not count with it.
    expect(spans(...times(3, 31.9), ...quiet, ...start, ...quiet)).toEqual([[9, 12]]);
  });
});

test("findSpans(windows, windowSeconds) keeps to minutes, whatever the length of the windows", () => {
  const minutely = (high: number, low: number) =>
    [...times(high, 60), ...times(low, 0), 60].map(
      (waiting, i): UnmetWindow => ({ startMs: i * MINUTE_MS, endMs: (i + 1) * MINUTE_MS, waiting, capacity: 48 }),
    );
  const found = (high: number, low: number) =>
    findSpans(minutely(high, low), 60).map(({ endMs, open }) => [endMs / MINUTE_MS, open]);
  expect([found(14, 30), found(15, 29), found(15, 30)]).toEqual([[], [[45, true]], [[15, false]]]);
});

test("findSpans(windows) finds nothing in nothing", () => {
  expect(findSpans([])).toEqual([]);
  expect(spans(...times(100, 0))).toEqual([]);
  expect(spans(...times(100, GAP))).toEqual([]);
});

describe("findSpans(windows) of any windows", () => {
  const level = fc.constantFrom<number>(0, 1.5, 2, 3, 4, 30, 60);
  const levels = fc.array(fc.tuple(level, fc.integer({ min: 1, max: 8 })), { maxLength: 20 });
  const drawn = levels.map((runs) => runs.flatMap(([waiting, length]) => times(length, waiting)));

  test("finds episodes one after the other, each beginning and ending where much waits, with all that waits between", () => {
    fc.assert(
      fc.property(drawn, (waiting) => {
        let before = 0;
        for (const { startMs, endMs, gpuHours, peakGpus, open } of findSpans(windowsOf(waiting))) {
          const [from, to] = [startMs / STEP, endMs / STEP];
          const inside = waiting.slice(from, to);
          expect(from).toBeGreaterThanOrEqual(before);
          expect(Math.min(...inside.slice(0, opens))).toBeGreaterThanOrEqual(4);
          expect(inside.at(-1)).toBeGreaterThanOrEqual(2);
          expect(gpuHours).toBeCloseTo(inside.reduce((a, b) => a + b, 0) / 12, 9);
          expect(gpuHours).toBeGreaterThanOrEqual(episodeRule.listedGpuHours - 1e-9);
          expect(peakGpus).toBe(Math.max(...inside));
          // Six windows below half end it, and where the data end before that it is open.
          const after = waiting.slice(to, to + closes);
          expect(Math.max(0, ...after)).toBeLessThan(2);
          expect(open).toBe(after.length < closes);
          before = to;
        }
      }),
    );
  });

  test("finds the same with gaps in between", () => {
    fc.assert(
      fc.property(drawn, fc.array(fc.nat(200), { maxLength: 20 }), (waiting, places) => {
        const gapped: (number | null)[] = [...waiting];
        for (const place of places) gapped.splice(place % (gapped.length + 1), 0, GAP);
        const known = (some: readonly (number | null)[]) =>
          findSpans(windowsOf(some)).map(({ gpuHours, peakGpus, open }) => ({
            gpuHours: expect.closeTo(gpuHours, 9),
            peakGpus,
            open,
          }));
        const found = findSpans(windowsOf(gapped)).map(({ gpuHours, peakGpus, open }) => ({
          gpuHours,
          peakGpus,
          open,
        }));
        expect(found).toEqual(known(waiting));
      }),
    );
  });
});

describe("mainCause(shares)", () => {
  const main = (shares: Partial<Record<Cause, number>>) =>
    mainCause(new Map(Object.entries(shares) as [Cause, number][]));

  test("is the cause of 60 % of the GPU-hours, in whatever order they stand", () => {
    expect(main({ quota: 60, capacity: 40 })).toBe("quota");
    expect(main({ capacity: 40, quota: 60 })).toBe("quota");
    expect(main({ unknown: 6 })).toBe("unknown");
  });

  test("is mixed where none has as much", () => {
    expect(main({ quota: 59.9, capacity: 40.1 })).toBe("mixed");
    expect(main({ quota: 30, capacity: 30, flavor: 40 })).toBe("mixed");
  });

  test("is undefined where nothing waited", () => {
    expect(main({})).toBeUndefined();
    expect(main({ quota: 0, capacity: 0 })).toBeUndefined();
  });
});

test("episodeThreshold(window) is four GPUs, less in a small place, a twentieth of a large one, and unknown with it", () => {
  expect([0, 2, 8, 16, 80, 81, 1000, null].map((capacity) => episodeThreshold({ capacity }))).toEqual([
    1,
    1,
    2,
    4,
    4,
    4.05,
    50,
    undefined,
  ]);
});
