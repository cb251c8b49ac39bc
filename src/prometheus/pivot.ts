import type { Block, TableRows } from "../tables/block.js";
import { type ColumnSeries, columnSeries, rowLabels } from "../tables/series.js";
import { type Column, optionalLabel, type Table } from "../tables/table.js";
import type { RangeSeries } from "./client.js";
import { numberOf } from "./openmetrics.js";
import { labelOf } from "./selectors.js";

type Labels = Readonly<Record<string, string>>;

/** What was met that no table has, or that was read under another name; how many samples. */
export type Remarks = Map<string, number>;

/** The rows of one set of labels: a row for each instant at which any of its series has a sample. */
interface Group {
  readonly labels: Readonly<Record<string, string | null>>;
  readonly rows: Map<number, number>;
  readonly numbers: Map<string, number[]>;
  readonly strings: Map<string, (string | undefined)[]>;
  /** Of columns that are made of several series, as of the containers of a pod: the values of each. */
  readonly parts: Map<string, Map<string, number[]>>;
}

/**
 * Gathers samples of a table's series, metric by metric in any order, and gives them back as the table's rows: samples
 * that share their labels and their instant stand in one.
 */
export class Pivot {
  readonly #table: Table;
  readonly #labels: readonly string[];
  readonly #columns = new Map<string, readonly ColumnSeries[]>();
  readonly #groups = new Map<string, Group>();
  readonly #found = new Set<string>();
  readonly #fromMs: number;
  readonly #toMs: number;

  /** Samples that were taken. */
  samples = 0;
  /** What was read otherwise than it stands, or not at all. */
  readonly remarks: Remarks = new Map();

  constructor(table: Table, fromMs: number, toMs: number) {
    this.#table = table;
    this.#labels = rowLabels(table);
    this.#fromMs = fromMs;
    this.#toMs = toMs;
    for (const series of columnSeries(table))
      this.#columns.set(series.metric, [...(this.#columns.get(series.metric) ?? []), series]);
  }

  /** Samples of one metric, between the pivot's moments; others are left out. */
  add(metric: string, answer: readonly RangeSeries[]): void {
    for (const { metric: labels, values } of answer) {
      const columns = this.#columnsOf(metric, labels);
      if (columns.length === 0) continue;
      const group = this.#groupOf(labels);
      for (const [seconds, text] of values) {
        const ms = Math.round(seconds * 1000);
        if (ms < this.#fromMs || ms >= this.#toMs) continue;
        this.samples++;
        const row = rowOf(group, ms);
        for (const column of columns) this.#put(group, row, column, labels, numberOf(text));
      }
    }
  }

  /** The gathered rows, in the order of their labels and of time. */
  rows(): TableRows {
    const { openLabels } = this.#table;
    const open = openLabels
      ? [...this.#found]
          .filter((name) => !(name in this.#table.columns))
          .filter((name) => name.startsWith(openLabels.prefix))
      : [];
    const table = this.#tableAsFound();
    const groups = [...this.#groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, group]) => group);
    const { presence } = this.#table;
    const strings = [
      ...Object.entries<Column>(table.columns)
        .filter(([, { type }]) => type === "string")
        .map(([name, { nullable }]) => ({ name, nullable })),
      ...open.map((name) => ({ name, nullable: true })),
    ];
    const numbers = Object.entries<Column>(table.columns)
      .filter(([, { type }]) => type === "integer" || type === "double")
      .map(([name]) => name);
    return {
      table,
      openLabels: open,
      *blocks() {
        for (const group of groups) yield* blocksOf(group, strings, numbers, presence);
      },
    };
  }

  #columnsOf(metric: string, labels: Labels): readonly Pick<ColumnSeries, "column" | "label" | "role" | "over">[] {
    const { openLabels } = this.#table;
    if (metric === openLabels?.series) {
      const open = Object.keys(labels).filter(
        (name) => name.startsWith(openLabels.prefix) && !(name in this.#table.columns),
      );
      const declared = (this.#columns.get(metric) ?? []).filter(({ label }) => label! in labels);
      return [...declared, ...open.map((name) => ({ column: name, label: name, role: "label" as const }))];
    }
    const matching = (this.#columns.get(metric) ?? []).filter(({ where }) =>
      Object.entries(where).every(([name, value]) => labels[name] === value),
    );
    if (matching.length === 0 && "le" in labels) {
      const bound = boundOf(labels["le"]!);
      const same = (this.#columns.get(metric) ?? []).filter(({ where }) => boundOf(where["le"] ?? "") === bound);
      if (same.length > 0) return same.slice(0, 1);
      this.#remark(`${metric}: a bucket that no table has, le="${labels["le"]}"`);
    }
    return matching;
  }

  #groupOf(labels: Labels): Group {
    const own: Record<string, string | null> = {};
    for (const name of this.#labels) {
      const column: Column | undefined = this.#table.columns[name] ?? this.#table.optionalLabels?.[name];
      const spelled = (column?.spellings ?? []).find((spelling) => spelling.name in labels)?.name;
      if (spelled !== undefined && labels[name] === undefined) this.#remark(`label ${spelled}, read as ${name}`);
      const value = labels[name] ?? (spelled === undefined ? undefined : labels[spelled]);
      if (value !== undefined && name in (this.#table.optionalLabels ?? {})) this.#found.add(name);
      own[name] = value ?? (column?.nullable ? null : "");
      const exported = labels[`exported_${name}`];
      if (exported !== undefined) {
        own[`exported_${name}`] = exported;
        this.#found.add(`exported_${name}`);
        this.#remark(`label exported_${name}, which goes before ${name}`);
      }
    }
    const key = JSON.stringify(own);
    let group = this.#groups.get(key);
    if (!group) {
      group = { labels: own, rows: new Map(), numbers: new Map(), strings: new Map(), parts: new Map() };
      this.#groups.set(key, group);
    }
    return group;
  }

  #put(
    group: Group,
    row: number,
    { column, label, role, over }: Pick<ColumnSeries, "column" | "label" | "role" | "over">,
    labels: Labels,
    value: number,
  ): void {
    this.#found.add(column);
    if (label !== undefined) {
      // Of an info series or a state set, the one that is 1 counts.
      const text = labelOf(labels, label);
      if (value !== 1 || !text) return;
      const strings = at(group.strings, column);
      if (strings[row] !== undefined && strings[row] !== text)
        this.#remark(
          `${column}: another ${role === "state" ? "state" : "value"} of the same row at the same instant, left out`,
        );
      else strings[row] = text;
      return;
    }
    const numbers = over ? partOf(group, column, labelOf(labels, "container") ?? "") : at(group.numbers, column);
    const before = numbers[row];
    if (before === undefined || Number.isNaN(before)) numbers[row] = value;
    else {
      this.#remark(`${column}: another sample of the same row at the same instant; the larger counts`);
      numbers[row] = Math.max(before, value);
    }
    if (over) at(group.numbers, column)[row] = combined(group, column, row, over);
  }

  /** The table with the columns that its file has: other spellings and labels beside its own, where they were met. */
  #tableAsFound(): Table {
    const { columns, optionalLabels = {} } = this.#table;
    const found = (name: string) => this.#found.has(name);
    const more: Record<string, Column> = {};
    for (const column of Object.values<Column>(columns)) {
      if (column.type === "string") continue;
      for (const { name: spelled } of column.spellings ?? [])
        if (found(spelled)) more[spelled] = { ...column, nullable: true };
    }
    for (const name of this.#labels) if (found(`exported_${name}`)) more[`exported_${name}`] = optionalLabel("");
    for (const [name, column] of Object.entries<Column>(optionalLabels)) if (found(name)) more[name] = column;
    const all = Object.entries<Column>({ ...columns, ...more });
    // An array of integers has no place for what is missing.
    const kept = all.map(([name, column]) => [
      name,
      column.type === "integer" ? { ...column, type: "double" } : column,
    ]);
    return { ...this.#table, columns: Object.fromEntries(kept) };
  }

  #remark(text: string): void {
    this.remarks.set(text, (this.remarks.get(text) ?? 0) + 1);
  }
}

const boundOf = (le: string) => (le === "" ? Number.NaN : numberOf(le));

function at<T>(map: Map<string, T[]>, name: string): T[] {
  const list = map.get(name) ?? [];
  map.set(name, list);
  return list;
}

function partOf({ parts }: Group, column: string, part: string): number[] {
  const all = parts.get(column) ?? new Map<string, number[]>();
  parts.set(column, all);
  return at(all, part);
}

function combined({ parts }: Group, column: string, row: number, over: "sum" | "max"): number {
  const values = [...parts.get(column)!.values()].map((part) => part[row]).filter((value) => value !== undefined);
  return over === "sum" ? values.reduce((sum, value) => sum + value, 0) : Math.max(...values);
}

function rowOf({ rows }: Group, ms: number): number {
  let row = rows.get(ms);
  if (row === undefined) {
    row = rows.size;
    rows.set(ms, row);
  }
  return row;
}

/** A group's rows as blocks: cut where a string changes. */
function* blocksOf(
  group: Group,
  strings: readonly { readonly name: string; readonly nullable: boolean }[],
  numbers: readonly string[],
  presence: string | undefined,
): Generator<Block> {
  const needed = presence === undefined ? undefined : (group.numbers.get(presence) ?? []);
  const rows = [...group.rows].filter(([, row]) => needed === undefined || needed[row] !== undefined);
  rows.sort(([a], [b]) => a - b);
  const varying = strings.filter(({ name }) => group.strings.has(name));
  const same = (a: number, b: number) =>
    varying.every(({ name }) => group.strings.get(name)![a] === group.strings.get(name)![b]);
  for (let from = 0, to = 1; from < rows.length; from = to, to++) {
    while (to < rows.length && same(rows[from]![1], rows[to]![1])) to++;
    const part = rows.slice(from, to);
    yield {
      timestamps: Float64Array.from(part, ([ms]) => ms),
      strings: Object.fromEntries(
        strings.map(({ name, nullable }) => [
          name,
          group.labels[name] ?? group.strings.get(name)?.[part[0]![1]] ?? (nullable ? null : ""),
        ]),
      ),
      fill(columns, start) {
        for (const name of numbers) {
          const values = group.numbers.get(name);
          for (const [i, [, row]] of part.entries()) columns[name]![start + i] = values?.[row] ?? Number.NaN;
        }
      },
    };
  }
}
