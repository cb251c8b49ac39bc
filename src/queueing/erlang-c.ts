import { erlangB } from "./erlang-b.js";

/**
 * Erlang C: the share of arrivals that have to wait in M/M/c, where those who find all servers busy queue.
 * `offeredErlangs` is arrival rate x mean service time. 1 when the load is at least the number of servers: the queue
 * then grows without end. Throws a RangeError for the same arguments as erlangB.
 *
 * C = c B / (c - A (1 - B)), Cooper, "Introduction to Queueing Theory", section 3.4; written as c - A + A B, so that
 * nothing cancels close to saturation.
 */
export function erlangC(offeredErlangs: number, servers: number): number {
  const blocked = erlangB(offeredErlangs, servers);
  if (offeredErlangs >= servers) return 1;
  return (servers * blocked) / (servers - offeredErlangs + offeredErlangs * blocked);
}
