import { clock, day, timestamp } from "../units/format.js";
import { DAY_MS, HOUR_MS } from "../units/time.js";

/** When most of something happened, as a planner would say it. */
export type When =
  /** It is one stretch. */
  | { readonly kind: "span"; readonly startMs: number; readonly endMs: number }
  /** Most of it lies on one calendar day. */
  | { readonly kind: "day"; readonly startMs: number; readonly share: number }
  /** Most of it lies on these days, and if they are given, between these hours (UTC); past midnight counts as the day before. */
  | {
      readonly kind: "pattern";
      readonly days: "all" | "weekdays" | "weekends";
      readonly hours: { readonly from: number; readonly to: number } | undefined;
      readonly share: number;
    }
  /** No days or hours stand out. */
  | { readonly kind: "throughout" };

/** An amount spread evenly over a stretch of time. */
export interface Stretch {
  readonly startMs: number;
  readonly endMs: number;
  readonly amount: number;
}

/** "Most" is this share at least. Field convention. */
export const MOST_SHARE = 0.6;
/** Hours stand out when so many of a day's hold most of it: evenly spread, that would take 14 and more. */
const MOST_HOURS = 12;
/** Weekdays, or weekends, stand out when their days hold so many times what the others do. */
const MOST_TIMES = 2;

/** When most of an amount happened within a period; undefined if nothing did. */
export function when(stretches: readonly Stretch[], period: { startMs: number; endMs: number }): When | undefined {
  const some = stretches.filter((stretch) => stretch.amount > 0).sort((a, b) => a.startMs - b.startMs);
  const total = some.reduce((sum, { amount }) => sum + amount, 0);
  if (total === 0) return undefined;
  const end = Math.max(...some.map(({ endMs }) => endMs));
  const gap = some.some(({ startMs }, i) => i > 0 && startMs > Math.max(...some.slice(0, i).map(({ endMs }) => endMs)));
  if (!gap && end - some[0]!.startMs < 2 * DAY_MS) return { kind: "span", startMs: some[0]!.startMs, endMs: end };

  const hours = hourly(some);
  const onDay = new Map<number, number>();
  for (const [hour, amount] of hours) {
    const start = Math.floor((hour * HOUR_MS) / DAY_MS) * DAY_MS;
    onDay.set(start, (onDay.get(start) ?? 0) + amount);
  }
  const [startMs, most] = [...onDay].sort((a, b) => b[1] - a[1] || a[0] - b[0])[0]!;
  // Of a single day that is no news.
  const isLong = period.endMs - period.startMs > DAY_MS;
  if (isLong && most >= MOST_SHARE * total) return { kind: "day", startMs, share: most / total };

  const days = standingOut(onDay, period);
  const found = shortest(hours, total, days);
  if (found !== undefined) return { kind: "pattern", days, ...found };
  if (days === "all") return { kind: "throughout" };
  const share = [...hours].reduce((sum, [hour, amount]) => sum + (isOn(days, hour) ? amount : 0), 0) / total;
  return { kind: "pattern", days, hours: undefined, share };
}

/** "most on weekdays from 14:00 to 02:00 UTC", to stand after a comma. */
export function whenText(when: When): string {
  switch (when.kind) {
    case "span": {
      const oneDay = day(when.startMs) === day(when.endMs - 1);
      if (!oneDay) return `from ${timestamp(when.startMs).replace(" UTC", "")} to ${timestamp(when.endMs)}`;
      if (when.endMs - when.startMs === DAY_MS) return `all day on ${day(when.startMs)}`;
      return `on ${day(when.startMs)} from ${clock(when.startMs)} to ${clock(when.endMs)} UTC`;
    }
    case "day":
      return `most on ${day(when.startMs)}`;
    case "pattern": {
      const on = { all: "", weekdays: " on weekdays", weekends: " at weekends" }[when.days];
      if (when.hours === undefined) return `most${on}`;
      return `most${on} from ${clock(when.hours.from * HOUR_MS)} to ${clock(when.hours.to * HOUR_MS)} UTC`;
    }
    case "throughout":
      return "at all hours";
  }
}

/** Amounts by hour since 1970. */
function hourly(stretches: readonly Stretch[]): Map<number, number> {
  const hours = new Map<number, number>();
  for (const { startMs, endMs, amount } of stretches) {
    const length = Math.max(1, endMs - startMs);
    for (let hour = Math.floor(startMs / HOUR_MS); hour * HOUR_MS < startMs + length; hour++) {
      const part = Math.min(startMs + length, (hour + 1) * HOUR_MS) - Math.max(startMs, hour * HOUR_MS);
      hours.set(hour, (hours.get(hour) ?? 0) + (amount * part) / length);
    }
  }
  return hours;
}

function isWeekend(dayStartMs: number): boolean {
  const weekday = new Date(dayStartMs).getUTCDay();
  return weekday === 0 || weekday === 6;
}

function isOn(days: "all" | "weekdays" | "weekends", hour: number): boolean {
  return days === "all" || isWeekend(hour * HOUR_MS) === (days === "weekends");
}

/** Whether the days of the week, or the weekends, hold so much more a day; both must be in the period. */
function standingOut(
  onDay: ReadonlyMap<number, number>,
  period: { startMs: number; endMs: number },
): "all" | "weekdays" | "weekends" {
  const [count, amount] = [
    { week: 0, weekend: 0 },
    { week: 0, weekend: 0 },
  ];
  for (let start = Math.floor(period.startMs / DAY_MS) * DAY_MS; start < period.endMs; start += DAY_MS) {
    const kind = isWeekend(start) ? "weekend" : "week";
    count[kind] += Math.min(period.endMs, start + DAY_MS) - Math.max(period.startMs, start);
    amount[kind] += onDay.get(start) ?? 0;
  }
  if (count.week === 0 || count.weekend === 0) return "all";
  const [week, weekend] = [amount.week / count.week, amount.weekend / count.weekend];
  const total = amount.week + amount.weekend;
  if (week >= MOST_TIMES * weekend && amount.week >= MOST_SHARE * total) return "weekdays";
  return weekend >= MOST_TIMES * week && amount.weekend >= MOST_SHARE * total ? "weekends" : "all";
}

/** The fewest hours in a row, on such days, that hold most of the amount; undefined if it takes too many. */
function shortest(
  hours: ReadonlyMap<number, number>,
  total: number,
  days: "all" | "weekdays" | "weekends",
): { hours: { from: number; to: number }; share: number } | undefined {
  // By the hour of the day at which a window begins, what lies so many hours after that, on such a day.
  const after = Array.from({ length: 24 }, (_, from) => {
    const sums = new Float64Array(24);
    for (const [hour, amount] of hours)
      if (isOn(days, hour - ((((hour - from) % 24) + 24) % 24))) sums[(hour - from + 24) % 24]! += amount;
    return sums;
  });
  for (let length = 1; length <= MOST_HOURS; length++) {
    let [best, share] = [0, 0];
    after.forEach((sums, from) => {
      const held = sums.subarray(0, length).reduce((a, b) => a + b, 0) / total;
      if (held > share + 1e-9) [best, share] = [from, held];
    });
    if (share >= MOST_SHARE) return { hours: { from: best, to: (best + length) % 24 }, share };
  }
  return undefined;
}
