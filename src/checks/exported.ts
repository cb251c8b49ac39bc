import type { Dataset } from "../dataset/open.js";
import { metricsOfColumn } from "../tables/series.js";
import type { Source, Table } from "../tables/table.js";
import type { Example } from "./check.js";

type Described = Pick<Dataset, "manifest">;

// What a server did not have while a dataset was pulled from it nobody failed to scrape. Of a dataset that was not pulled
// everything is expected.

/** Whether a source was there when the dataset was pulled. */
export const isScraped = ({ manifest: { pulled } }: Described, source: Source): boolean =>
  pulled?.jobs[source]?.length !== 0;

/** Whether any series was there that fills a table, or one of its columns under any of its names. */
export function isExported({ manifest: { pulled } }: Described, table: Table, column?: string): boolean {
  const columns = column === undefined ? Object.keys(table.columns) : [column];
  const metrics = columns.flatMap((name) => metricsOfColumn(table, name).slice(0, 1));
  return metrics.length === 0 || metrics.some((metric) => !pulled?.absent.includes(metric));
}

/** What is worth knowing of something that was not there. */
export const notExported = (what: string): Example => ({ count: 1, what: `${what}: not exported` });
