export const SECOND_MS = 1_000;
export const MINUTE_MS = 60 * SECOND_MS;
export const HOUR_MS = 60 * MINUTE_MS;
export const DAY_MS = 24 * HOUR_MS;
export const WEEK_HOURS = 7 * 24;

/** The hour of the week in which a moment lies, from 0 at Monday 00:00 UTC; Unix time began on a Thursday. */
export const hourOfWeek = (unixMs: number): number => (Math.floor(unixMs / HOUR_MS) + 3 * 24) % WEEK_HOURS;

/**
 * Unix ms of a day, or of a day and its time: ISO 8601, UTC unless it says otherwise; undefined if the text is none, or
 * names a day that no month has.
 */
export function momentOf(text: string): number | undefined {
  const [, day, time = "T00:00:00", zone = "Z"] =
    /^(\d{4}-\d{2}-\d{2})(T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?)?(Z|[+-]\d{2}:\d{2})?$/.exec(text) ?? [];
  const [ms, dayMs] = [Date.parse(`${day}${time}${zone}`), Date.parse(`${day}T00:00:00Z`)];
  if (Number.isNaN(ms) || Number.isNaN(dayMs)) return undefined;
  return new Date(dayMs).toISOString().startsWith(day!) ? ms : undefined;
}
