import { cos, sin, sqrt } from "../random/transcendental.js";
import { outOfRange } from "./out-of-range.js";

/**
 * The p-quantile of Student's t distribution.
 * Throws a RangeError for p outside (0, 1) and for degrees of freedom that aren't a whole number >= 1.
 *
 * Bisection in the angle atan(t / sqrt(degrees)), which is bounded whatever p is.
 */
export function studentTQuantile(p: number, degrees: number): number {
  if (!(p > 0 && p < 1)) throw outOfRange("p", p, "numbers between 0 and 1");
  if (!Number.isInteger(degrees) || degrees < 1) throw outOfRange("degrees", degrees, "whole numbers >= 1");
  if (p < 0.5) return -studentTQuantile(1 - p, degrees);
  let low = 0;
  let high = Math.PI / 2;
  for (let step = 0; step < 100; step++) {
    const middle = (low + high) / 2;
    if (central(middle, degrees) < 2 * p - 1) low = middle;
    else high = middle;
  }
  return (sqrt(degrees) * sin(low)) / cos(low);
}

/** P(|T| <= sqrt(degrees) tan(angle)): the finite series of Abramowitz & Stegun, 26.7.3 (odd) and 26.7.4 (even). */
function central(angle: number, degrees: number): number {
  const odd = degrees % 2;
  const cosine = cos(angle);
  let term = odd ? cosine : 1;
  let series = 0;
  for (let power = odd; power <= degrees - 2; power += 2) {
    series += term;
    term *= (cosine * cosine * (power + 1)) / (power + 2);
  }
  const even = sin(angle) * series;
  return odd ? (2 / Math.PI) * (angle + even) : even;
}
