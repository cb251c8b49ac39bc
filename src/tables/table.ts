/** How a column is kept. Timestamps are UTC instants to the millisecond; integers are 32 bits. */
export type ColumnType = "timestamp" | "string" | "integer" | "double";

/**
 * What a column is to Prometheus: `label` identifies a series; `gauge` and `counter` are sample values; `state` is the
 * one label value of a state set whose series is 1 (its other series, all 0, are not kept).
 */
export type Role = "label" | "gauge" | "counter" | "state" | "derived";

/** Another name that exporters give a column. */
export interface Spelling {
  readonly name: string;
  /** What its values are multiplied by to be in the column's unit; 1 unless told. */
  readonly times?: number;
  /** The series behind it, where the name alone does not say. */
  readonly series?: string;
}

export interface Column {
  readonly type: ColumnType;
  readonly role: Role;
  /** "" for what has none. */
  readonly unit: string;
  /** Whether it may be missing; missing is never zero. */
  readonly nullable: boolean;
  readonly doc: string;
  /**
   * The series that the column holds, where its name alone does not say: `name{label="value"}`. A label without a value
   * is what the column holds, of the series that is 1. A label column without this is a label of all series of its row.
   */
  readonly series?: string;
  /** Values of a state set whose series are there all the time, 0 or 1; otherwise only that of the present state is. */
  readonly states?: readonly string[];
  /** What a row holds where it has several series, as of the containers of a pod; otherwise it has one. */
  readonly over?: "sum" | "max";
  /** Smallest and largest value that can be right. */
  readonly range?: readonly [number, number];
  /** Names that are read as this one. A file may have them in its place, or beside it while exporters are upgraded. */
  readonly spellings?: readonly Spelling[];
}

export type Source = "prometheus" | "kueue" | "kube-state-metrics" | "dcgm-exporter" | "evenkeel";

/** One table of a dataset: samples that share a scrape and a label set stand in one row, a column for each metric. */
export interface Table {
  readonly name: string;
  readonly source: Source;
  readonly doc: string;
  /** Columns that tell one series from another; with `timestamp` they identify a row. */
  readonly key: readonly string[];
  readonly columns: Readonly<Record<string, Column>>;
  /** Labels that a file need not have: exporters add them under some settings only. They tell series apart, too. */
  readonly optionalLabels?: Readonly<Record<string, Column>>;
  /** The column without which there is no row: other series of its kind are of what has nothing to do with GPUs. */
  readonly presence?: string;
  /** The label and series by which a server is asked for no more than has to do with GPUs: only values that they have. */
  readonly narrow?: { readonly label: string; readonly series: string };
  /** Values of a label to which the table is limited. */
  readonly only?: Readonly<Record<string, readonly string[]>>;
  /** Whether it may have no row at a scrape that succeeded: its series appear with their first event or object. */
  readonly sparse?: true;
  /** Further string columns whose name starts so may follow: labels that a cluster's owner chose, of this series. */
  readonly openLabels?: { readonly prefix: string; readonly series: string };
}

/** Columns that tell one series of a table from another, those included that not every file has. */
export const seriesKey = ({ key, optionalLabels = {} }: Table): string[] => [...key, ...Object.keys(optionalLabels)];

/** Declares a table. Identity at run time; it exists for inference. */
export const table = <const T extends Table>(t: T): T => t;

type Value<C extends Column> = C["type"] extends "string" ? string : number;

/** A row of a table as TypeScript sees it. Timestamps are Unix milliseconds. */
export type Row<T extends Table> = {
  [K in keyof T["columns"]]: Value<T["columns"][K]> | (T["columns"][K]["nullable"] extends true ? null : never);
};

type Extra = Partial<Pick<Column, "series" | "states" | "over" | "range" | "spellings">>;

/** When the sample was scraped: the same for all series of one scrape. */
export const timestamp = {
  type: "timestamp",
  role: "label",
  unit: "UTC",
  nullable: false,
  doc: "When Prometheus scraped the sample",
} as const satisfies Column;

export const label = (doc: string, extra: Extra = {}) =>
  ({ type: "string", role: "label", unit: "", nullable: false, doc, ...extra }) as const;

/** A label that is absent on some series. */
export const optionalLabel = (doc: string, extra: Extra = {}) =>
  ({ type: "string", role: "label", unit: "", nullable: true, doc, ...extra }) as const;

/** The label value whose series is 1. */
export const state = (doc: string, series: string, states?: readonly string[]) =>
  ({ type: "string", role: "state", unit: "", nullable: true, doc, series, ...(states ? { states } : {}) }) as const;

export const gauge = (unit: string, doc: string, extra: Extra = {}) =>
  ({ type: "double", role: "gauge", unit, nullable: false, doc, ...extra }) as const;

/** A gauge that not every row has. */
export const optionalGauge = (unit: string, doc: string, extra: Extra = {}) =>
  ({ type: "double", role: "gauge", unit, nullable: true, doc, ...extra }) as const;

/** A gauge of whole numbers. */
export const countGauge = (unit: string, doc: string, extra: Extra = {}) =>
  ({ type: "integer", role: "gauge", unit, nullable: false, doc, range: [0, 2 ** 31 - 1], ...extra }) as const;

/** A sum since the process started; it falls only when the process restarts. */
export const counter = (unit: string, doc: string, extra: Extra = {}) =>
  ({ type: "double", role: "counter", unit, nullable: false, doc, range: [0, Number.MAX_VALUE], ...extra }) as const;

/** A column that evenkeel computes; missing where its sources were silent. */
export const derived = (unit: string, doc: string, extra: Extra = {}) =>
  ({ type: "double", role: "derived", unit, nullable: true, doc, ...extra }) as const;
