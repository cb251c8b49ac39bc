import { identifier, literal } from "../dataset/session.js";
import { tables } from "../tables/index.js";
import type { Source, Table } from "../tables/table.js";
import type { TableChange, World } from "./fault.js";

/** SQL for a moment. */
export const instant = (ms: number): string => `'${new Date(ms).toISOString()}'::TIMESTAMPTZ`;

/** SQL that is true while the fault strikes. */
export const during = ({ fromMs, toMs }: Pick<World, "fromMs" | "toMs">): string =>
  `(timestamp >= ${instant(fromMs)} AND timestamp < ${instant(toMs)})`;

/** SQL that is true where a column has one of some values. */
export const among = (column: string, values: readonly string[]): string =>
  values.length === 0 ? "FALSE" : `${identifier(column)} IN (${values.map(literal).join(", ")})`;

/** The old table with the values of some columns changed in the rows of which a condition is true. */
export function changed(values: Readonly<Record<string, string>>, where = "TRUE"): string {
  const replaced = Object.entries(values).map(
    ([column, value]) => `CASE WHEN ${where} THEN ${value} ELSE ${identifier(column)} END AS ${identifier(column)}`,
  );
  return `SELECT * REPLACE (${replaced.join(", ")}) FROM old`;
}

/** The old table and, once more, the rows of which a condition is true, with the values of some columns changed. */
export const doubled = (values: Readonly<Record<string, string>>, where = "TRUE"): string =>
  `FROM old UNION ALL (${changed(values)} WHERE ${where})`;

export const tablesOf = (source: Source): Table[] => tables.filter((table) => table.source === source);

/**
 * Everything that some tables of a source say, said again by another target a second later, with the values of some of
 * their columns changed.
 */
export function secondTarget(
  { endMs }: World,
  source: "kube-state-metrics" | "kueue",
  saying: readonly { readonly table: string; readonly values?: Readonly<Record<string, string>> }[],
): TableChange[] {
  const other = { instance: "'second-' || instance", timestamp: "timestamp + INTERVAL 1 SECOND" };
  const inTime = `timestamp + INTERVAL 1 SECOND < ${instant(endMs)}`;
  return [
    { table: "up", sql: doubled(other, `job = '${source}' AND ${inTime}`) },
    ...saying.map(({ table, values }) => ({ table, sql: doubled({ ...other, ...values }, inTime) })),
  ];
}

/** SQL for a short suffix as Kubernetes gives it to a pod's name, made of a name. */
export const suffix = (of: string): string => `substr(md5(${of}), 1, 5)`;
