import { createWriteStream, rmSync } from "node:fs";
import { rename } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { DuckDBConnection } from "@duckdb/node-api";
import { openDataset } from "../dataset/open.js";
import { fileLiteral, identifier, literal, withSession } from "../dataset/session.js";
import { EvenkeelError } from "../errors.js";
import { tables } from "../tables/index.js";
import { type ColumnSeries, columnSeries, type FileLabel, fileLabels } from "../tables/series.js";
import type { Table } from "../tables/table.js";
import { familyOf, labelText, timeText, valueText } from "./openmetrics.js";

/** What an export wrote. */
export interface Exported {
  readonly samples: number;
  readonly series: number;
  /** Samples left out: their series had another one at the same instant, and Prometheus keeps one of them. */
  readonly collisions: number;
}

/** Characters that are gathered before they are written. */
const PIECE = 65_536;

/** What a metric's series are in the file of a table. */
interface Metric {
  readonly name: string;
  readonly columns: readonly ColumnSeries[];
}

/** Some series of a metric: which rows have them, and what of a row they say. */
interface Selection {
  /** SQL. */
  readonly value: string;
  readonly where: string;
  /** Labels that all of them have, beside the row's. */
  readonly labels: Readonly<Record<string, string>>;
  /** Labels that differ from row to row, by the column that holds them. */
  readonly varying: readonly FileLabel[];
}

/**
 * Writes a dataset as OpenMetrics text, which `promtool tsdb create-blocks-from openmetrics` reads: metric by metric, each
 * series in order of time, timestamps in seconds, `# EOF` last. The file appears whole or not at all.
 *
 * What Prometheus cannot hold is lost: that a label was empty and not absent, and when a series ended (with a lookback
 * below two scrape intervals it does not linger).
 *
 * @param onMetric called before each metric is written
 * @throws EvenkeelError if the folder holds no dataset or the file cannot be written
 */
export async function exportOpenMetrics(
  folder: string,
  file: string,
  onMetric?: (name: string, position: number, of: number) => void,
): Promise<Exported> {
  const dataset = await openDataset(folder);
  const { manifest } = dataset;
  dataset.close();
  const partial = `${file}.partial-${process.pid}`;
  const spillFolder = `${partial}.spill`;
  const clear = () => {
    rmSync(partial, { force: true });
    rmSync(spillFolder, { recursive: true, force: true });
  };
  process.on("exit", clear);
  const count = { samples: 0, series: 0, collisions: 0 };
  try {
    await withSession({ memoryLimit: "1GB", spillFolder }, async (connection) => {
      async function* text() {
        const work = tables.flatMap((table) =>
          metricsOf(table, manifest.tables[table.name]!.columns).map((metric) => ({ table, metric })),
        );
        let before: Table | undefined;
        let labels: readonly FileLabel[] = [];
        for (const [position, { table, metric }] of work.entries()) {
          onMetric?.(metric.name, position, work.length);
          if (table !== before) {
            const entry = manifest.tables[table.name]!;
            labels = fileLabels(table, entry.columns);
            await numberSeries(connection, join(folder, entry.file), labels);
            before = table;
          }
          yield* metricText(connection, table, labels, metric, count);
        }
        yield "# EOF\n";
      }
      await pipeline(Readable.from(text()), createWriteStream(partial));
    });
    await rename(partial, file);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === undefined) throw cause;
    throw new EvenkeelError(`--out ${file}: cannot be written (${(cause as Error).message}); name another file`, 2, {
      cause,
    });
  } finally {
    process.off("exit", clear);
    clear();
  }
  return count;
}

/** The metrics of a table's file, columns of one metric together, in the order of the columns. */
function metricsOf(table: Table, columns: readonly string[]): Metric[] {
  const metrics = new Map<string, ColumnSeries[]>();
  const add = (series: ColumnSeries) => metrics.set(series.metric, [...(metrics.get(series.metric) ?? []), series]);
  for (const series of columnSeries(table)) if (columns.includes(series.column)) add(series);
  const { openLabels } = table;
  if (openLabels)
    for (const column of columns.filter((name) => name.startsWith(openLabels.prefix) && !(name in table.columns)))
      add({ column, metric: openLabels.series, where: {}, label: column, role: "label" });
  return [...metrics].map(([name, of]) => ({ name, columns: of }));
}

/**
 * Makes the temporary tables `series`, every set of labels that rows of a file share, with a number; and `numbered`, the
 * file with this number in their place and Unix ms in its timestamp's.
 */
async function numberSeries(connection: DuckDBConnection, path: string, labels: readonly FileLabel[]): Promise<void> {
  const names = labels.map(({ column }) => identifier(column)).join(", ");
  const same = labels.map(({ column }) => `s.${identifier(column)} IS NOT DISTINCT FROM f.${identifier(column)}`);
  const file = `read_parquet(${fileLiteral(path)})`;
  await connection.run(`
    CREATE OR REPLACE TEMP TABLE series AS
    SELECT (row_number() OVER (ORDER BY ${names}) - 1)::INTEGER AS series, * FROM (SELECT DISTINCT ${names} FROM ${file})`);
  await connection.run(`
    CREATE OR REPLACE TEMP TABLE numbered AS
    SELECT series, epoch_ms(timestamp)::DOUBLE AS ms, f.* EXCLUDE (timestamp, ${names})
    FROM ${file} AS f JOIN series AS s ON ${same.join(" AND ")}`);
}

async function* metricText(
  connection: DuckDBConnection,
  table: Table,
  labels: readonly FileLabel[],
  metric: Metric,
  count: { samples: number; series: number; collisions: number },
): AsyncGenerator<string> {
  const rows = (await connection.runAndReadAll("SELECT * EXCLUDE (series) FROM series ORDER BY series")).getRows();
  const ownLabels = rows.map((row) => labels.map(({ label }, i) => [label, row[i] as string | null] as const));
  const jobLabel = table.source === "prometheus" ? [] : [["job", table.source] as const];
  const family = familyOf(metric.name, metric.columns[0]!.role === "counter");
  let text = `# TYPE ${family.name} ${family.type}\n`;
  for (const { value, where, labels: fixed, varying } of await selectionsOf(connection, metric)) {
    const columns = varying.map(({ column }) => identifier(column));
    const order = ["series", ...columns, "ms"].join(", ");
    const result = await connection.stream(
      `SELECT ${["series", "ms", value, ...columns].join(", ")} FROM numbered WHERE ${where} ORDER BY ${order}`,
    );
    let [before, name, lastMs] = ["", "", Number.NaN];
    for (let chunk = await result.fetchChunk(); chunk && chunk.rowCount > 0; chunk = await result.fetchChunk()) {
      const [series, times, values, ...others] = chunk.getColumns() as [number[], number[], number[], ...string[][]];
      for (let row = 0; row < chunk.rowCount; row++) {
        const its = varying.map(({ label }, i) => [label, others[i]![row]] as const);
        const identity = `${series[row]}${its.length > 0 ? JSON.stringify(its) : ""}`;
        if (identity !== before) {
          [before, lastMs] = [identity, Number.NaN];
          name = metric.name + labelText([...jobLabel, ...ownLabels[series[row]!]!, ...Object.entries(fixed), ...its]);
          count.series++;
        }
        if (times[row] === lastMs) {
          count.collisions++;
          continue;
        }
        lastMs = times[row]!;
        count.samples++;
        text += `${name} ${valueText(values[row]!)} ${timeText(lastMs)}\n`;
        if (text.length < PIECE) continue;
        yield text;
        text = "";
      }
    }
  }
  yield text;
}

/** A metric's series, by what of the rows they say: a value, which state is present, or that the row has such labels. */
async function selectionsOf(connection: DuckDBConnection, { columns }: Metric): Promise<Selection[]> {
  const info = columns.filter(({ role }) => role === "label");
  const selections: Selection[] = [];
  if (info.length > 0) {
    const there = info.map(({ column }) => `${identifier(column)} IS NOT NULL`);
    const varying = info.map(({ column, label }) => ({ column, label: label! }));
    selections.push({ value: "1::DOUBLE", where: there.join(" OR "), labels: {}, varying });
  }
  for (const { column, where: labels, label, states } of columns.filter(({ role }) => role !== "label")) {
    const name = identifier(column);
    if (label === undefined) {
      selections.push({ value: `${name}::DOUBLE`, where: `${name} IS NOT NULL`, labels, varying: [] });
      continue;
    }
    const found = await connection.runAndReadAll(
      `SELECT DISTINCT ${name}::VARCHAR FROM numbered WHERE ${name} IS NOT NULL ORDER BY 1`,
    );
    for (const one of new Set([...(states ?? []), ...found.getRows().map(([text]) => String(text))])) {
      const present = `${name} = ${literal(one)}`;
      const where = states ? `${name} IS NOT NULL` : present;
      selections.push({
        value: `(${present})::INTEGER::DOUBLE`,
        where,
        labels: { ...labels, [label]: one },
        varying: [],
      });
    }
  }
  return selections;
}
