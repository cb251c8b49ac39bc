import { outOfRange } from "../statistics/out-of-range.js";
import { erlangC } from "./erlang-c.js";

/** M/M/c: Poisson arrivals, exponential service, equal servers, first come first served. Rates are per unit of time. */
export interface MarkovQueue {
  readonly arrivalRate: number;
  /** Of one server, while busy. */
  readonly serviceRate: number;
  readonly servers: number;
}

/**
 * Mean wait in the queue, over all arrivals, in the unit of time of the rates. Infinity when unstable: arrivals at
 * least as fast as all servers together. Throws a RangeError for an arrival rate that isn't a finite number >= 0, a
 * service rate that isn't one > 0, and servers that aren't a whole number >= 0.
 *
 * Wq = C / (c mu - lambda): Cooper, "Introduction to Queueing Theory", section 3.4.
 */
export function meanWait(queue: MarkovQueue): number {
  const waiting = shareWaiting(queue);
  const spare = queue.servers * queue.serviceRate - queue.arrivalRate;
  return spare > 0 ? waiting / spare : Infinity;
}

/** Erlang C of the queue, with its rates checked. */
export function shareWaiting({ arrivalRate, serviceRate, servers }: MarkovQueue): number {
  if (!(arrivalRate >= 0 && arrivalRate < Infinity))
    throw outOfRange("arrivalRate", arrivalRate, "finite numbers >= 0");
  if (!(serviceRate > 0 && serviceRate < Infinity)) throw outOfRange("serviceRate", serviceRate, "finite numbers > 0");
  // Where the load is too large for a number, the largest one says as much: no servers are enough.
  return erlangC(Math.min(arrivalRate / serviceRate, Number.MAX_VALUE), servers);
}
