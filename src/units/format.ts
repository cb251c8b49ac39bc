/**
 * Quantities as readers meet them: en-US numbers, a number of digits that depends on size alone, UTC times. None of it
 * uses Intl, whose output moves with the ICU version, so the same value gives the same bytes everywhere.
 *
 * What is missing (`undefined`, `null`, `NaN`) reads "unknown" and never "0"; what has no bound reads "infinite".
 */

import { DAY_MS } from "./time.js";

/** A number that may be missing. */
export type Quantity = number | null | undefined;

/** A moment: milliseconds since 1970, or a Date. */
export type Moment = number | Date | null | undefined;

export const UNKNOWN = "unknown";
const MINUS = "−";

/** `fixed(1234.5, 1)` is "1,234.5"; halves go away from zero. */
export function fixed(value: Quantity, digits: number): string {
  if (isMissing(value)) return UNKNOWN;
  if (!Number.isFinite(value)) return value > 0 ? "infinite" : `${MINUS}infinite`;
  const [whole, fraction] = Math.abs(value).toFixed(digits).split(".") as [string, string | undefined];
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  const text = fraction === undefined ? grouped : `${grouped}.${fraction}`;
  return value < 0 && /[1-9]/.test(text) ? MINUS + text : text;
}

/**
 * Whole numbers as they are; others with no digits from 100 on, one from 1 on, two below. What would round to 0.00
 * without being 0 reads "<0.01".
 */
export function number(value: Quantity): string {
  if (isMissing(value) || !Number.isFinite(value)) return fixed(value, 0);
  if (isWhole(value)) return fixed(value, 0);
  const size = Math.abs(value);
  if (size < 0.005) return value > 0 ? "<0.01" : `>${MINUS}0.01`;
  const rounded = Number(size.toFixed(digitsFor(size)));
  return fixed(value, digitsFor(rounded));
}

function digitsFor(size: number): number {
  if (size >= 100) return 0;
  return size >= 1 ? 1 : 2;
}

/** `plural(1, "queue")` is "1 queue", `plural(2, "queue")` "2 queues"; irregular nouns name their plural. */
export function plural(value: Quantity, noun: string, nouns = `${noun}s`): string {
  const text = number(value);
  if (text === UNKNOWN) return text;
  return `${text} ${text === "1" || text === `${MINUS}1` ? noun : nouns}`;
}

/** `gpus(12)` is "12 GPUs". */
export function gpus(value: Quantity): string {
  return plural(value, "GPU");
}

/** `gpuHours(1234.5)` is "1,235 GPU-hours". */
export function gpuHours(value: Quantity): string {
  return plural(value, "GPU-hour");
}

/**
 * A ratio as a percentage: `percent(0.123)` is "12%", `percent(0.0123)` "1.2%". Only a ratio of 0 reads "0%", and only
 * one of 1 reads "100%": what is near reads "<0.1%", "99.7%", ">99.9%" or "100.2%".
 */
export function percent(ratio: Quantity): string {
  if (isMissing(ratio) || !Number.isFinite(ratio)) return fixed(ratio, 0);
  const value = ratio * 100;
  if (isWhole(value)) return `${fixed(value, 0)}%`;
  const size = Math.abs(value);
  if (size < 0.05) return value > 0 ? "<0.1%" : `>${MINUS}0.1%`;
  if (size >= 99.95 && size < 100) return value > 0 ? ">99.9%" : `<${MINUS}99.9%`;
  const nearlyAll = size >= 99.5 && size < 100.5;
  return `${fixed(value, nearlyAll || Number(size.toFixed(1)) < 10 ? 1 : 0)}%`;
}

/** `dollars(1234.5)` is "$1,235"; cents are shown below $100, millions from $1,000,000 on. */
export function dollars(value: Quantity): string {
  if (isMissing(value) || !Number.isFinite(value)) return fixed(value, 0);
  const size = Math.abs(value);
  let text: string;
  if (size >= 999_999.5) text = `${fixed(size / 1e6, 2)} million`;
  else text = fixed(size, size === Math.floor(size) || size >= 99.995 ? 0 : 2);
  return `${value < 0 && /[1-9]/.test(text) ? MINUS : ""}$${text}`;
}

/**
 * Seconds in the two largest units that matter: "0.4 s", "45 s", "4 min 30 s" below ten minutes, "12 min",
 * "4 h 12 min" below two days, then "3 d 4 h".
 */
export function duration(seconds: Quantity): string {
  if (isMissing(seconds) || !Number.isFinite(seconds)) return fixed(seconds, 0);
  if (seconds < 0) return MINUS + duration(-seconds);
  if (seconds === 0) return "0 s";
  if (seconds < 0.05) return "<0.1 s";
  if (seconds < 0.95) return `${fixed(seconds, 1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 600) return pair(Math.floor(whole / 60), "min", whole % 60, "s");
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 48 * 60) return pair(Math.floor(minutes / 60), "h", minutes % 60, "min");
  const hours = Math.round(seconds / 3600);
  return pair(Math.floor(hours / 24), "d", hours % 24, "h");
}

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  const text = `${fixed(large, 0)} ${largeUnit}`;
  return small === 0 ? text : `${text} ${small} ${smallUnit}`;
}

/**
 * `range(12, 18)` is "12 to 18", `range(12, 18, "GPU-hour")` "12 to 18 GPU-hours". Bounds that read the same are said
 * once; without an upper bound it is "at least 12", without a lower one "at most 18".
 */
export function range(low: Quantity, high: Quantity, noun?: string, nouns?: string): string {
  const say = (value: Quantity) => (noun === undefined ? number(value) : plural(value, noun, nouns));
  const noLow = isMissing(low) || low === Number.NEGATIVE_INFINITY;
  const noHigh = isMissing(high) || high === Number.POSITIVE_INFINITY;
  if (noLow && noHigh) return UNKNOWN;
  if (noHigh) return `at least ${say(low)}`;
  if (noLow) return `at most ${say(high)}`;
  return number(low) === number(high) ? say(high) : `${number(low)} to ${say(high)}`;
}

/** `list(["a", "b", "c"])` is "a, b and c"; nothing is "none". */
export function list(items: readonly string[]): string {
  if (items.length === 0) return "none";
  if (items.length === 1) return items[0]!;
  return `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`;
}

const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** "Tue", in UTC. */
export function weekday(time: Moment): string {
  return withDate(time, (value) => DAYS[value.getUTCDay()]!);
}

/** "6 Jan", in UTC. */
export function dayOfMonth(time: Moment): string {
  return withDate(time, (value) => `${value.getUTCDate()} ${MONTHS[value.getUTCMonth()]}`);
}

/** "Tue 6 Jan", in UTC. */
export function day(time: Moment): string {
  return withDate(time, (value) => `${weekday(value)} ${dayOfMonth(value)}`);
}

/** "6 Jan 2026", in UTC. */
export function date(time: Moment): string {
  return withDate(time, (value) => `${dayOfMonth(value)} ${value.getUTCFullYear()}`);
}

/** "14:00", in UTC; seconds are cut, not rounded. */
export function clock(time: Moment): string {
  return withDate(time, (value) => `${two(value.getUTCHours())}:${two(value.getUTCMinutes())}`);
}

/** "Tue 6 Jan 14:00 UTC". */
export function timestamp(time: Moment): string {
  return withDate(time, (value) => `${day(value)} ${clock(value)} UTC`);
}

/**
 * A period whose end is exclusive. Whole days are named by their first and last: "6 Jan to 12 Jan 2026", one day
 * "6 Jan 2026"; anything else by its moments: "6 Jan 2026 14:00 to 7 Jan 2026 02:00 UTC".
 */
export function period(from: Moment, to: Moment): string {
  const start = milliseconds(from);
  const end = milliseconds(to);
  if (start === undefined || end === undefined) return UNKNOWN;
  if (start % DAY_MS !== 0 || end % DAY_MS !== 0 || end <= start) {
    return `${date(start)} ${clock(start)} to ${date(end)} ${clock(end)} UTC`;
  }
  const last = end - DAY_MS;
  if (last === start) return date(start);
  const sameYear = new Date(start).getUTCFullYear() === new Date(last).getUTCFullYear();
  return `${sameYear ? dayOfMonth(start) : date(start)} to ${date(last)}`;
}

function withDate(time: Moment, format: (date: Date) => string): string {
  const at = milliseconds(time);
  return at === undefined ? UNKNOWN : format(new Date(at));
}

function milliseconds(time: Moment): number | undefined {
  if (time === null || time === undefined) return undefined;
  const at = new Date(time).getTime();
  return Number.isNaN(at) ? undefined : at;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}

function isMissing(value: Quantity): value is null | undefined {
  return value === null || value === undefined || Number.isNaN(value);
}

/** Whole but for the last bits of a float: 0.07 * 100 is 7. */
function isWhole(value: number): boolean {
  return Math.abs(value - Math.round(value)) < 1e-9 * Math.max(1, Math.abs(value));
}
