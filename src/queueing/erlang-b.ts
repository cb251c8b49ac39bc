import { outOfRange } from "../statistics/out-of-range.js";

/** What is left of the sum may be left out once it is below half a unit in the last place. */
const NEGLIGIBLE = Number.EPSILON / 2;

/**
 * Erlang B: the share of arrivals that find all servers busy when there is no queue (they are lost).
 * `offeredErlangs` is arrival rate x mean service time, the mean number of servers wanted. Exact for any distribution
 * of service times with that mean. 1 for no servers; 0 where it is too small for a number. Throws a RangeError for a
 * load that isn't a finite number >= 0, and for servers that aren't a whole number from 0 to 2^53 - 1.
 *
 * 1/B = 1 + c/A + c(c-1)/A^2 + ... + c!/A^c: the recurrence of Cooper, "Introduction to Queueing Theory", section 3.3,
 * 1/B(k) = 1 + k/A 1/B(k-1), written out from its end. All terms are positive, so that nothing cancels, and only some
 * 50 sqrt(c) of them can matter, however many servers there are: they end at zero, at infinity or in what is negligible.
 */
export function erlangB(offeredErlangs: number, servers: number): number {
  if (!(offeredErlangs >= 0 && offeredErlangs < Infinity)) {
    throw outOfRange("offeredErlangs", offeredErlangs, "finite numbers >= 0");
  }
  if (!Number.isSafeInteger(servers) || servers < 0) {
    throw outOfRange("servers", servers, `whole numbers from 0 to ${Number.MAX_SAFE_INTEGER}`);
  }
  let term = 1;
  let sum = 1;
  for (let free = servers; free > 0 && sum < Infinity; free--) {
    const ratio = free / offeredErlangs;
    term *= ratio;
    sum += term;
    // The ratio only falls, so the rest is less than a geometric series.
    if (ratio < 1 && term * ratio <= (1 - ratio) * sum * NEGLIGIBLE) break;
  }
  return 1 / sum;
}
