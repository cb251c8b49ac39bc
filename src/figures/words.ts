/** Words of a figure; the rest is numbers and marks. */
export interface Words {
  /** Stable, to cite it by: notebook number and subject, like "03-demand-and-capacity". */
  readonly id: string;
  /** The finding, in at most 14 words on one line, without a full stop. */
  readonly title: string;
  /** Statistic, unit, population, period. */
  readonly subtitle: string;
  /** The "so what": what, how much, against which threshold, what one would do. Two or three sentences. */
  readonly takeaway: string;
  /** The definition in a line, and what is left out. */
  readonly note: string;
  /** Scenario, seed, manifest digest, tables, version. */
  readonly source: string;
  /** "<chart type> of <data>, where <reason>". */
  readonly alt: string;
}
