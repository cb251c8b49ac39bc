import { outOfRange } from "../statistics/out-of-range.js";

/**
 * Erlang B: the share of arrivals that find all servers busy when there is no queue (they are lost).
 * `offeredErlangs` is arrival rate x mean service time, the mean number of servers wanted. Exact for any distribution
 * of service times with that mean. 1 for no servers. Throws a RangeError for a load that isn't a finite number >= 0,
 * and for servers that aren't a whole number >= 0.
 *
 * The recurrence B(k) = A B(k-1) / (k + A B(k-1)), B(0) = 1, which neither overflows nor cancels:
 * Cooper, "Introduction to Queueing Theory", section 3.3.
 */
export function erlangB(offeredErlangs: number, servers: number): number {
  if (!(offeredErlangs >= 0 && offeredErlangs < Infinity)) {
    throw outOfRange("offeredErlangs", offeredErlangs, "finite numbers >= 0");
  }
  if (!Number.isInteger(servers) || servers < 0) throw outOfRange("servers", servers, "whole numbers >= 0");
  let blocked = 1;
  for (let k = 1; k <= servers; k++) blocked = (offeredErlangs * blocked) / (k + offeredErlangs * blocked);
  return blocked;
}
