import { dollars, duration, number, percent } from "../units/format.js";
import type { Difference } from "../whatif/compare.js";
import type { Money } from "../whatif/money.js";

/** How what actions change is said on a terminal. */

export const quoted = (actions: readonly string[]): string => actions.map((one) => `"${one}"`).join(" with ");

export function moneyText({ usdPerMonth, committedUntil, reusableUsdPerMonth }: Money): string {
  const until = committedUntil === null ? "" : `committed until ${committedUntil.slice(0, 10)}`;
  if (reusableUsdPerMonth > 0 && usdPerMonth > 0)
    return `costs ${dollars(usdPerMonth)} a month; nodes of ${dollars(reusableUsdPerMonth)} a month that it gives back, ${until}, become free for other work`;
  if (reusableUsdPerMonth > 0)
    return `saves nothing yet: nodes of ${dollars(reusableUsdPerMonth)} a month, ${until}, become free for other work`;
  if (usdPerMonth === 0) return "costs nothing";
  return usdPerMonth > 0
    ? `costs ${dollars(usdPerMonth)} a month${until && `, ${until}`}`
    : `saves ${dollars(-usdPerMonth)} a month`;
}

const inUnit: Readonly<Record<string, (value: number | null) => string>> = {
  "USD/month": dollars,
  s: (value) => (value === null ? "not reached" : duration(value)),
  share: percent,
};

/** A value of a measure in its unit. */
export const shownIn = (unit: string, value: number | null): string => (inUnit[unit] ?? number)(value);

export function signed(unit: string, value: number): string {
  const said = shownIn(unit, value);
  return value > 0 && !said.startsWith("<") ? `+${said}` : said;
}

export function differenceText({ unit, difference, lower, upper, verdict }: Difference): string {
  if (verdict === "same") return "the same";
  if (difference === null) return "unknown";
  const interval = lower === null || upper === null ? "" : ` (${signed(unit, lower)} to ${signed(unit, upper)})`;
  return `${signed(unit, difference)}${interval}${verdict === "no difference shown" ? ": no difference shown" : ""}`;
}
