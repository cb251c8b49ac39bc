import { identifier } from "../dataset/session.js";
import { EvenkeelError } from "../errors.js";
import type { TableChange, World } from "./fault.js";
import { instant, tablesOf } from "./sql.js";

/** What a process of Kueue is told by in `up`. */
export const lifeAt = async ({ query, fromMs }: World): Promise<number> => {
  const [life] = await query<{ started: number }>(
    `SELECT process_start_time_seconds AS started FROM up
     WHERE job = 'kueue' AND up = 1 AND timestamp >= ${instant(fromMs)} ORDER BY timestamp LIMIT 1`,
  );
  if (!life)
    throw new EvenkeelError(`found no scrape of Kueue from ${new Date(fromMs).toISOString()} on; lower fromHour`);
  return life.started;
};

/** Kueue's counters, beginning at 0 again at a moment and counting on as they did, as long as its process lives. */
export async function countersFromZero(world: World): Promise<TableChange[]> {
  const started = await lifeAt(world);
  return tablesOf("kueue").flatMap(({ name, key, columns }) => {
    const counters = Object.entries(columns).filter(([, { role }]) => role === "counter");
    if (counters.length === 0) return [];
    const here = `started = ${started} AND timestamp >= ${instant(world.fromMs)}`;
    const replaced = counters.map(([column]) => {
      const value = identifier(column);
      const before = `max(${value}) FILTER (started = ${started} AND timestamp < ${instant(world.fromMs)}) OVER series`;
      return `CASE WHEN ${here} THEN ${value} - coalesce(${before}, 0) ELSE ${value} END AS ${value}`;
    });
    const lives = "SELECT instance, timestamp, process_start_time_seconds AS started FROM up WHERE job = 'kueue'";
    return {
      table: name,
      sql: `SELECT * EXCLUDE (started) REPLACE (${replaced.join(", ")})
            FROM old LEFT JOIN (${lives}) USING (instance, timestamp)
            WINDOW series AS (PARTITION BY ${key.map(identifier).join(", ")})`,
    };
  });
}
