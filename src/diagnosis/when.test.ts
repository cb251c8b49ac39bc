import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DAY_MS, HOUR_MS } from "../units/time.js";
import { MOST_SHARE, type Stretch, when, whenText } from "./when.js";

const MONDAY = Date.UTC(2026, 0, 5);
const week = { startMs: MONDAY, endMs: MONDAY + 7 * DAY_MS };
/** A moment by day, 0 for Monday, and hour. */
const at = (day: number, hour = 0) => MONDAY + day * DAY_MS + hour * HOUR_MS;
const stretch = (startMs: number, hours: number, amount = hours): Stretch => ({
  startMs,
  endMs: startMs + hours * HOUR_MS,
  amount,
});
/** The same hours on each of some days; as much in each hour. */
const daily = (days: readonly number[], from: number, hours: number, perHour = 1) =>
  days.map((day) => stretch(at(day, from), hours, hours * perHour));
const WEEKDAYS = [0, 1, 2, 3, 4];
const WEEKEND = [5, 6];
const ALL_DAYS = [...WEEKDAYS, ...WEEKEND];
const share = (value: number) => expect.closeTo(value, 9);

describe("when(stretches, period) is a span", () => {
  test("where it is one stretch, or several that touch or overlap, in any order", () => {
    const span = { kind: "span", startMs: at(1, 8), endMs: at(1, 20) };
    expect(when([stretch(at(1, 8), 12)], week)).toEqual(span);
    expect(when([stretch(at(1, 14), 6), stretch(at(1, 8), 6)], week)).toEqual(span);
    expect(when([stretch(at(1, 8), 12), stretch(at(1, 9), 1), stretch(at(1, 15), 5)], week)).toEqual(span);
  });

  test("whatever lies beside it with an amount of zero", () => {
    expect(when([stretch(at(0), 5, 0), stretch(at(1, 8), 12), stretch(at(5), 5, 0)], week)).toMatchObject({
      kind: "span",
    });
  });

  test("of less than two days", () => {
    expect(when([stretch(at(1), 47)], week)).toMatchObject({ kind: "span" });
    expect(when([stretch(at(1), 48)], week)?.kind).not.toBe("span");
  });
});

describe("when(stretches, period) is a day", () => {
  test("where 60 % lies on it", () => {
    const rest = [stretch(at(0, 9), 2), stretch(at(4, 20), 2)];
    expect(when([...rest, stretch(at(2, 3), 3), stretch(at(2, 15), 3)], week)).toEqual({
      kind: "day",
      startMs: at(2),
      share: share(0.6),
    });
    expect(when([...rest, stretch(at(2, 3), 3), stretch(at(2, 15), 2.9)], week)?.kind).not.toBe("day");
  });

  test("counting of a stretch over midnight what lies on either side", () => {
    // Six hours before midnight, two after it, and two more a day later.
    expect(when([stretch(at(2, 18), 8), stretch(at(4), 2)], week)).toEqual({
      kind: "day",
      startMs: at(2),
      share: share(0.6),
    });
  });

  test("never where the data are of one day: the hours of it say more", () => {
    const day = { startMs: at(0), endMs: at(1) };
    expect(when([stretch(at(0, 2), 1), stretch(at(0, 15), 3)], day)).toMatchObject({
      kind: "pattern",
      hours: { from: 15, to: 18 },
    });
  });
});

describe("when(stretches, period) is a pattern", () => {
  test("of the fewest hours in a row that hold 60 %", () => {
    // Four hours a day with 1, 2, 2 and 1: the middle two hold 4 of 6.
    const hours = [daily(ALL_DAYS, 8, 4), daily(ALL_DAYS, 9, 2)].flat();
    expect(when(hours, week)).toEqual({
      kind: "pattern",
      days: "all",
      hours: { from: 9, to: 11 },
      share: share(4 / 6),
    });
  });

  test("of hours that go on past midnight", () => {
    const nights = daily(ALL_DAYS, 22, 4).concat(daily(ALL_DAYS, 23, 2));
    // The night from Sunday on lies in the Monday after.
    expect(when(nights, week)).toEqual({
      kind: "pattern",
      days: "all",
      hours: { from: 23, to: 1 },
      share: share(4 / 6),
    });
  });

  test("of hours that end at midnight, or begin there", () => {
    const hours = (from: number) => when(daily(ALL_DAYS, from, 3), week);
    expect(hours(21)).toMatchObject({ hours: { from: 21, to: 23 } });
    expect(when(daily(ALL_DAYS, 22, 2, 4).concat(daily(ALL_DAYS, 10, 2)), week)).toMatchObject({
      hours: { from: 22, to: 0 },
      share: share(0.8),
    });
    expect(hours(0)).toMatchObject({ hours: { from: 0, to: 2 } });
  });

  test("of weekdays, where a weekday holds twice what a day of the weekend does", () => {
    const days = (onWeekdays: number, atWeekends: number) =>
      when([...daily(WEEKDAYS, 10, 2, onWeekdays), ...daily(WEEKEND, 10, 2, atWeekends)], week);
    expect(days(2, 1)).toMatchObject({ days: "weekdays" });
    expect(days(1.99, 1)).toMatchObject({ days: "all" });
    expect(days(1, 0)).toEqual({ kind: "pattern", days: "weekdays", hours: { from: 10, to: 12 }, share: share(1) });
  });

  test("of weekends, where a day of them holds twice what a weekday does, and together they hold most", () => {
    const days = (onWeekdays: number, atWeekends: number) =>
      when([...daily(WEEKDAYS, 10, 2, onWeekdays), ...daily(WEEKEND, 10, 2, atWeekends)], week);
    // 4 of 9 lie on the weekend: not most. With 4 times as much it is 8 of 13.
    expect(days(1, 2)).toMatchObject({ days: "all" });
    expect(days(1, 4)).toEqual({
      kind: "pattern",
      days: "weekends",
      hours: { from: 10, to: 12 },
      share: share(8 / 13),
    });
  });

  test("of the days on which the hours begin: past midnight counts as the day before", () => {
    const nights = daily(WEEKDAYS, 23, 2);
    // Friday's night ends on Saturday, and is one of five all the same.
    expect(when(nights, week)).toEqual({
      kind: "pattern",
      days: "weekdays",
      hours: { from: 23, to: 1 },
      share: share(1),
    });
  });

  test("of days alone, where their hours are alike", () => {
    expect(when(daily(WEEKDAYS, 0, 24), week)).toEqual({
      kind: "pattern",
      days: "weekdays",
      hours: undefined,
      share: share(1),
    });
    expect(when(daily(WEEKEND, 0, 24), { ...week, endMs: at(14) })).toMatchObject({
      days: "weekends",
      hours: undefined,
    });
  });

  test("of no days, where the period has only weekdays, or only a weekend", () => {
    const only = (days: readonly number[]) =>
      when(daily(days, 10, 2), { startMs: at(days[0]!), endMs: at(days.at(-1)! + 1) });
    expect([only(WEEKDAYS), only(WEEKEND)]).toEqual([
      { kind: "pattern", days: "all", hours: { from: 10, to: 12 }, share: share(1) },
      { kind: "pattern", days: "all", hours: { from: 10, to: 12 }, share: share(1) },
    ]);
  });

  test("by how much of each kind of day the period has", () => {
    // Two weeks of weekdays and one hour of a Saturday, as busy as any hour: nothing stands out.
    const period = { startMs: MONDAY, endMs: at(5, 1) };
    expect(when([...daily(WEEKDAYS, 0, 24), stretch(at(5), 1)], period)).toEqual({ kind: "throughout" });
  });
});

describe("when(stretches, period) is throughout", () => {
  test("where hours are alike", () => {
    expect(when(daily(ALL_DAYS, 0, 24), week)).toEqual({ kind: "throughout" });
  });

  test("where it takes more than half a day to hold 60 %", () => {
    // 12 of 20 hours are 60 %, 12 of 21 are less.
    expect(when(daily(ALL_DAYS, 0, 20), week)).toMatchObject({ kind: "pattern", hours: { from: 0, to: 12 } });
    expect(when(daily(ALL_DAYS, 0, 21), week)).toEqual({ kind: "throughout" });
  });
});

test("when(stretches, period) is undefined where nothing happened", () => {
  expect(when([], week)).toBeUndefined();
  expect(when([stretch(at(1), 5, 0)], week)).toBeUndefined();
});

describe("when(stretches, period) of any stretches", () => {
  const anyStretch = fc
    .tuple(fc.nat(6), fc.nat(23), fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 9 }))
    .map(([day, hour, hours, amount]) => stretch(at(day, hour), Math.min(hours, 7 * 24 - day * 24 - hour), amount));
  const anyStretches = fc.array(anyStretch, { minLength: 1, maxLength: 12 });

  test("holds most of it where it says so, within the week", () => {
    fc.assert(
      fc.property(anyStretches, (stretches) => {
        const found = when(stretches, week)!;
        if (found.kind === "span") {
          expect(found.startMs).toBe(Math.min(...stretches.map(({ startMs }) => startMs)));
          expect(found.endMs).toBe(Math.max(...stretches.map(({ endMs }) => endMs)));
        }
        if (found.kind === "day" || found.kind === "pattern") {
          expect(found.share).toBeGreaterThanOrEqual(MOST_SHARE - 1e-9);
          expect(found.share).toBeLessThanOrEqual(1 + 1e-9);
        }
      }),
    );
  });

  test("depends neither on their order, nor on the unit, nor on the week", () => {
    const later = 3 * week.endMs - 3 * week.startMs;
    const shift = <T extends { startMs: number; endMs: number }>(one: T) => ({
      ...one,
      startMs: one.startMs + later,
      endMs: one.endMs + later,
    });
    fc.assert(
      fc.property(anyStretches, (stretches) => {
        const found = when(stretches, week)!;
        const other = when(
          stretches.map((one) => ({ ...shift(one), amount: one.amount * 1024 })).reverse(),
          shift(week),
        )!;
        expect(other.kind).toBe(found.kind);
        if (found.kind === "pattern" && other.kind === "pattern") expect(other.days).toBe(found.days);
        if (found.kind === "span") expect(other).toEqual(shift(found));
      }),
    );
  });
});

describe("whenText(when)", () => {
  test("says a span within a day by its hours, and else by its moments", () => {
    expect(whenText({ kind: "span", startMs: at(0, 8), endMs: at(0, 20) })).toBe(
      "on Mon 5 Jan from 08:00 to 20:00 UTC",
    );
    expect(whenText({ kind: "span", startMs: at(0), endMs: at(1) })).toBe("all day on Mon 5 Jan");
    expect(whenText({ kind: "span", startMs: at(0, 8), endMs: at(1) })).toBe("on Mon 5 Jan from 08:00 to 00:00 UTC");
    expect(whenText({ kind: "span", startMs: at(0, 8), endMs: at(1, 2.5) })).toBe(
      "from Mon 5 Jan 08:00 to Tue 6 Jan 02:30 UTC",
    );
  });

  test("says a day by its date", () => {
    expect(whenText({ kind: "day", startMs: at(1), share: 0.7 })).toBe("most on Tue 6 Jan");
  });

  test("says a pattern by days, hours or both", () => {
    const pattern = (days: "all" | "weekdays" | "weekends", hours?: { from: number; to: number }) =>
      whenText({ kind: "pattern", days, hours, share: 0.7 });
    expect(pattern("weekdays", { from: 14, to: 2 })).toBe("most on weekdays from 14:00 to 02:00 UTC");
    expect(pattern("weekends", { from: 22, to: 0 })).toBe("most at weekends from 22:00 to 00:00 UTC");
    expect(pattern("all", { from: 9, to: 11 })).toBe("most from 09:00 to 11:00 UTC");
    expect([pattern("weekdays"), pattern("weekends")]).toEqual(["most on weekdays", "most at weekends"]);
  });

  test("says that nothing stands out", () => {
    expect(whenText({ kind: "throughout" })).toBe("at all hours");
  });
});
