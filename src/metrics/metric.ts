import type { NodegroupWindow } from "../tables/nodegroup-window.js";

/** Columns of the joined table that a metric may read. */
export type MetricColumn = keyof NodegroupWindow;

/** What a metric looks for. A baseline is there to be beaten, not to be used. */
export type MetricKind = "imbalance" | "stranding" | "waste" | "baseline";

/** A metric in PromQL, or why there is none: one of the two. */
export type PromqlTwin =
  | {
      /** The value as `formula` has it, at one moment of every nodegroup, over the columns' names; `src/rules` records these. */
      readonly promql: string;
      readonly promqlWithout?: never;
    }
  | {
      readonly promql?: never;
      /** Why PromQL cannot express it. */
      readonly promqlWithout: string;
    };

/** What is true of a metric whatever it is computed in. */
interface MetricFacts<C extends MetricColumn = MetricColumn> {
  /** Column name: snake case, ending in its unit unless that is a ratio. */
  readonly name: string;
  readonly title: string;
  readonly kind: MetricKind;
  readonly unit: "ratio" | "hours" | "score";
  /** Which direction is worse; "away from zero" for a signed metric. */
  readonly worse: "higher" | "away from zero";
  /** Fixed points of its scale: from `concern` on a reader should look, from `severe` on act. */
  readonly anchors: { readonly concern: number; readonly severe: number };
  /** What it says, in plain English. */
  readonly definition: string;
  readonly formula: string;
  readonly undefinedWhen: string;
  /** Kueue's series behind the columns it reads. */
  readonly kueueSeries: readonly string[];
  readonly sensitiveTo: string;
  readonly failureModes: string;
  readonly falsePositives: string;
  /** What an operator would do about a high value. */
  readonly action: string;
  /** A metric that may be high while nobody loses anything: the column of waiting GPUs without which it alerts nobody. */
  readonly alertsWith?: MetricColumn;
  /** The RFC that decided on it. */
  readonly rfc: string;
  /** The only columns that `value` sees; its lineage. */
  readonly columns: readonly C[];
}

/** A metric's declaration: everything that is true of it, once. The data dictionary and the notebooks are made of it. */
export type MetricSpec<C extends MetricColumn = MetricColumn, Context = unknown> = MetricFacts<C> &
  PromqlTwin &
  Formula<C, Context>;

interface Formula<C extends MetricColumn, Context> {
  /** What it must know of the whole sample before it can judge a row. A metric that needs this is not comparable between samples. */
  context?(rows: readonly Readonly<Pick<NodegroupWindow, C>>[]): Context;
  value(row: Readonly<Pick<NodegroupWindow, C>>, context: Context): number | undefined;
}

/** A metric as the registry holds it. */
export type Metric = MetricFacts &
  PromqlTwin & {
    /** Its value in each of the given rows of one dataset; undefined where it says nothing. */
    measure(rows: readonly NodegroupWindow[]): (number | undefined)[];
  };

/** Declares a metric. `value` is type-checked to read no other columns than those it lists. */
export function metric<const C extends MetricColumn, Context = undefined>(spec: MetricSpec<C, Context>): Metric {
  const { context, value, ...facts } = spec;
  return {
    ...(facts as MetricFacts<C> & PromqlTwin),
    measure(rows) {
      const known = context?.(rows) as Context;
      return rows.map((row) => {
        const measured = value(row, known);
        return measured === undefined || Number.isNaN(measured) ? undefined : measured;
      });
    },
  };
}

/** A ratio; undefined where a part is missing or nothing is there to divide by. */
export function ratio(part: number | null, whole: number | null): number | undefined {
  return part === null || whole === null || whole <= 0 ? undefined : part / whole;
}
