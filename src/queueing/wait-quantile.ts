import { log } from "../random/transcendental.js";
import { outOfRange } from "../statistics/out-of-range.js";
import { type MarkovQueue, shareWaiting } from "./mean-wait.js";

/**
 * The p-quantile of the wait in the queue of M/M/c, over all arrivals, those that don't wait included; in the unit of
 * time of the rates. 0 up to the share that doesn't wait; Infinity when unstable, and for p = 1 if anyone arrives.
 * Throws a RangeError for p outside [0, 1] and for the same arguments as meanWait.
 *
 * P(W > t) = C exp(-(c mu - lambda) t): Cooper, "Introduction to Queueing Theory", section 3.4.
 */
export function waitQuantile(queue: MarkovQueue, p: number): number {
  if (!(p >= 0 && p <= 1)) throw outOfRange("p", p, "numbers from 0 to 1");
  const waiting = shareWaiting(queue);
  const spare = queue.servers * queue.serviceRate - queue.arrivalRate;
  if (spare <= 0) return Infinity;
  // Apart, because with very many servers the share that waits can be too small for a number and yet not zero.
  if (p === 1) return queue.arrivalRate > 0 ? Infinity : 0;
  return waiting <= 1 - p ? 0 : log(waiting / (1 - p)) / spare;
}
