import type { Contract } from "../tables/contract.js";

/** What the join does about a fault. */
export type Response =
  /** Every figure is as it would be without it. */
  | "repairs"
  /** What it touches is left out and counted: figures of that place or time are missing. */
  | "excludes"
  /** Nothing: figures are wrong, and the check that fails says not to read them. */
  | "refuses"
  /** It is the truth, not a fault of the telemetry: figures change, and a column says why. */
  | "reports";

/** Where the recording rules make something else of the same telemetry than the join does. */
export interface RulesDiffer {
  /**
   * Columns of the joined table or metrics, and what the rules say beside what the join says: a higher value, a lower one,
   * either, or one where the join has none.
   */
  readonly figures: Readonly<Record<string, "higher" | "lower" | "either" | "known">>;
  readonly why: string;
}

/** A way in which telemetry goes wrong in the field, as a change of a dataset's tables. */
export interface Fault {
  /** Lower case, with dashes: what --fault and a scenario's faults name it by. */
  readonly name: string;
  /** Numbers of the failure modes that it shows; docs/faults.md lists them all. */
  readonly shows: readonly string[];
  /** What happens in the field, and why. */
  readonly field: string;
  /** Checks that fail on it, exactly. */
  readonly fails: readonly string[];
  /** Checks that pass, but say that it is there. */
  readonly notes: readonly string[];
  /** Metrics, or columns of the joined table, that a reading without check and repair would get wrong. */
  readonly spoils: readonly string[];
  readonly join: Response;
  /** How the join does that, in a sentence. */
  readonly how: string;
  /**
   * How far any metric may move where no check fails, as a share of its severe anchor; 0 unless told. Not for what the
   * join reports: there the figures are meant to move.
   */
  readonly band?: number;
  /** Left out where the recording rules say what the join says. */
  readonly rulesDiffer?: RulesDiffer;
  /** Whether it strikes one nodegroup, which may then be chosen. */
  readonly nodegroup: boolean;
  /** When it strikes: all the time, or unless told in the middle third, or from the middle on. */
  readonly hours: "all" | "middle" | "from middle";
  change(world: World): Change[] | Promise<Change[]>;
}

/** A table's new content. In the query "old" is the table as it was, other tables go by their names. */
export interface TableChange {
  readonly table: string;
  readonly sql: string;
}

export type Change = TableChange | { readonly contract: Contract };

/** The dataset that a fault strikes, and where and when. */
export interface World {
  readonly contract: Contract;
  /** Unix ms. */
  readonly startMs: number;
  readonly endMs: number;
  readonly nodegroup: string;
  /** Names of the nodegroup's nodes, in order. */
  readonly nodes: readonly string[];
  readonly fromMs: number;
  readonly toMs: number;
  query<R extends Record<string, unknown>>(sql: string): Promise<R[]>;
}
