import type { Column, Spelling, Table } from "./table.js";

/** The series of one metric that a column holds. */
export interface ColumnSeries {
  /** The column under the name that a file has it by: the table's, or another spelling. */
  readonly column: string;
  readonly metric: string;
  /** Label values by which these series differ from others of the metric. */
  readonly where: Readonly<Record<string, string>>;
  /** The label that the column holds, of the series that is 1; without it, the column holds the value. */
  readonly label?: string;
  readonly role: Column["role"];
  readonly states?: readonly string[];
  readonly over?: "sum" | "max";
}

/** A metric with label values: `name{a="1",b}`. @throws Error if the text is none */
export function parseSeries(text: string): { metric: string; where: Record<string, string>; label?: string } {
  const [, metric, inside = ""] = /^([a-zA-Z_:][\w:]*)(?:\{([^}]*)\})?$/.exec(text) ?? [];
  if (metric === undefined) throw new Error(`${text} is no series`);
  const where: Record<string, string> = {};
  let label: string | undefined;
  for (const part of inside.split(",").filter(Boolean)) {
    const [, name, value] = /^(\w+)(?:="([^"]*)")?$/.exec(part) ?? [];
    if (name === undefined) throw new Error(`${text} is no series`);
    if (value === undefined) label = name;
    else where[name] = value;
  }
  return { metric, where, ...(label === undefined ? {} : { label }) };
}

/** What of a table's columns stands in series of its own, other spellings included; open labels aside. */
export function columnSeries(table: Table): ColumnSeries[] {
  return Object.entries<Column>(table.columns).flatMap(([column, declared]) => {
    if (declared.type === "timestamp" || isRowLabel(declared)) return [];
    const { role, states, over, series, spellings = [] } = declared;
    const of = (name: string, text: string): ColumnSeries => ({
      column: name,
      ...parseSeries(text),
      role,
      ...(states ? { states } : {}),
      ...(over ? { over } : {}),
    });
    return [
      of(column, series ?? column),
      ...spellings.map((spelling: Spelling) => of(spelling.name, spelling.series ?? spelling.name)),
    ];
  });
}

/** Metrics that fill a column: the one that the table names it by, then those of other spellings; of a row's label none. */
export function metricsOfColumn(table: Table, column: string): string[] {
  const names = [column, ...(table.columns[column]?.spellings ?? []).map(({ name }) => name)];
  const series = columnSeries(table).filter((one) => names.includes(one.column));
  return [...new Set(series.map(({ metric }) => metric))];
}

/** Whether a column is a label of every series of its row, and not held by a series of its own. */
const isRowLabel = ({ role, type, series }: Column) => role === "label" && type === "string" && series === undefined;

/** Labels that every series of a row has, in the order of the columns; those that are not in every file last. */
export function rowLabels(table: Table): string[] {
  const declared = Object.entries<Column>(table.columns).filter(([, column]) => isRowLabel(column));
  return [...declared.map(([name]) => name), ...Object.keys(table.optionalLabels ?? {})];
}

/** A column of a file that is a label of every series of its row, and the label's name in Prometheus. */
export interface FileLabel {
  readonly column: string;
  readonly label: string;
}

/**
 * Which columns of a file are labels of every series of a row, other spellings and exported_… included.
 *
 * @param columns as DuckDB names them: the second of two that differ only in case ends in _1
 */
export function fileLabels(table: Table, columns: readonly string[]): FileLabel[] {
  const own = rowLabels(table);
  const spelled = own.flatMap((name) => (table.columns[name]?.spellings ?? []).map((spelling) => spelling.name));
  const known = new Set([
    ...own,
    ...spelled,
    ...CLASHING_LABELS.filter((name) => own.includes(name)).map((name) => `exported_${name}`),
  ]);
  return columns.flatMap((column) => {
    const label = [column, column.replace(/_1$/, "")].find((name) => known.has(name));
    return label === undefined ? [] : [{ column, label }];
  });
}

/** Labels that Prometheus renames to exported_… where the scraped target has its own, unless honorLabels is set. */
export const CLASHING_LABELS = ["namespace", "pod", "container", "node"];
