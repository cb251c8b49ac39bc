import { MONTH_HOURS } from "../plan/capacity.js";
import type { Nodegroup, Scenario } from "../scenario/schema.js";
import { DAY_MS } from "../units/time.js";

/** What an action costs, US dollars a month; less than 0 is saved. */
export interface Money {
  readonly usdPerMonth: number;
  /** Until when the price is committed: what is bought has to be paid for so long; null is on demand. */
  readonly committedUntil: string | null;
  /** What is given back and saves nothing before the commitment ends, US dollars a month: reusable. */
  readonly reusableUsdPerMonth: number;
}

export const FREE: Money = { usdPerMonth: 0, committedUntil: null, reusableUsdPerMonth: 0 };

/** What nodes of a nodegroup cost that are bought, or save that are given back (below 0), at its list price. */
export function moneyFor(
  { gpusPerNode, usdPerGpuHour, committedUntil }: Nodegroup,
  nodes: number,
  { start, days }: Pick<Scenario, "start" | "days">,
): Money {
  const usd = nodes * gpusPerNode * usdPerGpuHour * MONTH_HOURS;
  const bound = committedUntil !== null && Date.parse(committedUntil) > Date.parse(start) + days * DAY_MS;
  if (nodes < 0 && bound) return { usdPerMonth: 0, committedUntil, reusableUsdPerMonth: -usd };
  return { usdPerMonth: usd, committedUntil: bound ? committedUntil : null, reusableUsdPerMonth: 0 };
}

/** What several actions cost together; committed until the last of their commitments ends. */
export function together(some: readonly Money[]): Money {
  return {
    usdPerMonth: some.reduce((sum, { usdPerMonth }) => sum + usdPerMonth, 0),
    committedUntil: some
      .map(({ committedUntil }) => committedUntil)
      .reduce((last, one) => (one !== null && (last === null || one > last) ? one : last), null),
    reusableUsdPerMonth: some.reduce((sum, { reusableUsdPerMonth }) => sum + reusableUsdPerMonth, 0),
  };
}
