/** An estimate and its two-sided confidence interval, all in the unit of what is estimated. */
export interface Interval {
  readonly estimate: number;
  readonly lower: number;
  readonly upper: number;
}
