import type { Dataset } from "../dataset/open.js";
import { EvenkeelError } from "../errors.js";
import type { Contract } from "../tables/contract.js";
import { SECOND_MS } from "../units/time.js";

/** A sample counts until this many of its own scrape intervals have passed; after that its series is unknown. */
export const STALE_INTERVALS = 2.5;

/** The common grid: equal steps from the dataset's start to its end, each seen as it stood at its end. */
export interface Grid {
  readonly startMs: number;
  readonly stepMs: number;
  readonly ticks: number;
}

/** Seconds of a step: as long as the slowest source's. Finer would pretend to know more than was scraped. */
export const stepSecondsOf = ({ scrapeIntervalSeconds }: Pick<Contract, "scrapeIntervalSeconds">): number =>
  Math.max(...Object.values(scrapeIntervalSeconds));

export function gridOf({ manifest, contract }: Pick<Dataset, "manifest" | "contract">): Grid {
  const stepMs = stepSecondsOf(contract) * SECOND_MS;
  const startMs = Math.floor(Date.parse(manifest.start) / stepMs) * stepMs;
  const ticks = Math.ceil((Date.parse(manifest.end) - startMs) / stepMs);
  if (ticks < 1)
    throw new EvenkeelError(
      `manifest: found start ${manifest.start} and end ${manifest.end}; allowed: at least one scrape interval (${stepMs / SECOND_MS} s) between them`,
    );
  return { startMs, stepMs, ticks };
}

/**
 * Makes two temporary tables. `seen` has a row for each source, target and tick at which a scrape counts: the last one
 * before the tick's end that is not stale. `carried` holds, of these, the ticks after the scrape's own: what a gap of
 * one or two scrapes is bridged with. `superseded` holds scrapes that a later one of the same tick replaces.
 */
export async function makeGrid(dataset: Dataset, { startMs, stepMs, ticks }: Grid): Promise<void> {
  const staleMs = Object.entries(dataset.contract.scrapeIntervalSeconds)
    .map(([job, seconds]) => `WHEN '${job}' THEN ${STALE_INTERVALS * seconds * SECOND_MS}`)
    .join(" ");
  const ms = `(epoch_ms(timestamp) - ${startMs})`;
  await dataset.run(`
    CREATE TEMP TABLE seen AS
    WITH spans AS (
      SELECT job, instance, node, timestamp, ${ms} // ${stepMs} AS own_tick,
             least(
               coalesce(lead(${ms}) OVER (PARTITION BY job, instance ORDER BY timestamp) // ${stepMs} - 1, ${ticks - 1}),
               (${ms} + CASE job ${staleMs} END) // ${stepMs} - 1,
               ${ticks - 1}
             )::BIGINT AS last_tick
      FROM up WHERE up = 1)
    SELECT job, instance, node, timestamp, own_tick::INTEGER AS own_tick,
           unnest(range(own_tick, greatest(last_tick, own_tick - 1) + 1))::INTEGER AS tick
    FROM spans`);
  await dataset.run(
    "CREATE TEMP TABLE carried AS SELECT job, instance, timestamp, tick FROM seen WHERE tick <> own_tick",
  );
  await dataset.run(`
    CREATE TEMP TABLE superseded AS
    SELECT job, instance, timestamp FROM up WHERE up = 1
    EXCEPT SELECT job, instance, timestamp FROM seen`);
}

/**
 * SQL for a table's rows at the ticks at which they count: one row a series and tick. Must run after makeGrid.
 *
 * @param columns selected columns, `tick` beside them
 */
export async function atTicks(
  dataset: Dataset,
  { startMs, stepMs }: Grid,
  source: { readonly job: string; readonly table: string; readonly columns: string; readonly where?: string },
): Promise<string> {
  const { job, table, columns, where = "TRUE" } = source;
  const [found] = await dataset.query<{ superseded: number }>(
    `SELECT count(*) AS superseded FROM superseded WHERE job = '${job}'`,
  );
  const keep =
    found!.superseded > 0
      ? `AND (instance, timestamp) NOT IN (SELECT (instance, timestamp) FROM superseded WHERE job = '${job}')`
      : "";
  return `
    SELECT ((epoch_ms(timestamp) - ${startMs}) // ${stepMs})::INTEGER AS tick, ${columns} FROM ${table} WHERE ${where} ${keep}
    UNION ALL
    SELECT carried.tick, ${columns} FROM ${table} JOIN carried USING (instance, timestamp)
    WHERE carried.job = '${job}' AND ${where}`;
}
