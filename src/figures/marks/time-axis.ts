import { clock, day, dayOfMonth, weekday } from "../../units/format.js";
import { DAY_MS, HOUR_MS } from "../../units/time.js";
import { GREY } from "../palette.js";
import { FONT_SIZE, type Markish, plotLibrary } from "../plot.js";
import { textWidth, widest } from "../text.js";

const HOURS = [1, 2, 3, 6, 12].map((hours) => hours * HOUR_MS);
const DAYS = [1, 2, 7, 14, 28].map((days) => days * DAY_MS);

/** Multiples of `step` in [from, to], in milliseconds. Weeks begin on Monday. */
export function ticksOf(from: number, to: number, step: number): number[] {
  const origin = step % (7 * DAY_MS) === 0 ? 4 * DAY_MS : 0;
  const first = Math.ceil((from - origin) / step) * step + origin;
  return Array.from({ length: Math.max(0, Math.floor((to - first) / step) + 1) }, (_, i) => first + i * step);
}

/**
 * An axis in UTC over [from, to], in milliseconds, with as many labels as `width` pixels have room for. It replaces the
 * plot's own axis and carries its label.
 *
 * - up to two days: hours, each under its tick, and the day at midnight
 * - up to eight days: days, to the right of the midnight they begin at, as "Mon 5 Jan" or "Mon"
 * - more: days of the month, every few days or weeks
 */
export function timeAxis(from: number, to: number, width: number): Markish[] {
  const perPixel = (to - from) / width;
  const fitting = (steps: readonly number[], example: string) => {
    const room = widest([example], FONT_SIZE) + 8;
    return { step: steps.find((step) => step / perPixel >= room) };
  };
  const hours = fitting(HOURS, "Wed 28 May");
  if (to - from <= 2 * DAY_MS && hours.step !== undefined) {
    const ticks = ticksOf(from, to, hours.step);
    return axis(ticks, ticks, (t) => (t % DAY_MS === 0 && t < to ? day(t) : clock(t)), "middle");
  }
  const short = to - from <= 8 * DAY_MS;
  const days = short ? fitting([DAY_MS], "Wed 28 May") : fitting(DAYS, "28 May");
  const { step } = days.step === undefined && short ? fitting(DAYS, "Wed") : days;
  const text = !short ? dayOfMonth : days.step === undefined ? weekday : day;
  const ticks = ticksOf(from, to, step ?? DAYS.at(-1)!);
  const labelled = ticks.filter((t) => (to - t) / perPixel >= textWidth(text(t), FONT_SIZE));
  return axis(ticks, labelled, text, "start");
}

function axis(
  ticks: readonly number[],
  labelled: readonly number[],
  text: (time: number) => string,
  textAnchor: "start" | "middle",
): Markish[] {
  const Plot = plotLibrary();
  const toDates = (times: readonly number[]) => times.map((time) => new Date(time));
  const beside = textAnchor === "start";
  return [
    Plot.axisX(toDates(ticks), { fill: "none", stroke: GREY, tickSize: beside ? 16 : 5 }),
    Plot.axisX(toDates(labelled), {
      tickSize: 0,
      tickPadding: beside ? 6 : 9,
      textAnchor,
      dx: beside ? 5 : 0,
      tickFormat: (_: unknown, i: number) => text(labelled[i]!),
      labelArrow: "none",
      labelAnchor: "right",
    }),
  ];
}
