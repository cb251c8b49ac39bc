import { join } from "node:path";
import { openDataset } from "../dataset/open.js";
import { observe } from "../join/observe.js";
import type { Observed } from "../join/observed.js";
import { metrics } from "../metrics/index.js";
import { type Exported, exportOpenMetrics } from "../prometheus/export.js";
import { momentWindows } from "../rules/moment-windows.js";
import { carriedTicks } from "../rules/promtool-test.js";
import { type Recording, recordOf } from "../rules/recorder.js";
import { hasTwin, rulesOf } from "../rules/rules.js";
import type { NodegroupWindow } from "../tables/nodegroup-window.js";
import { SECOND_MS } from "../units/time.js";
import { tempFolder } from "./dataset.js";
import { inlined } from "./inlined.js";
import { dataOf, type PrometheusServer, queryRange, startPrometheus } from "./prometheus-server.js";

/** A dataset, and a Prometheus that was backfilled with it. */
export interface Served {
  readonly observed: Observed;
  /** What the rules should record: nodegroup by nodegroup, tick by tick. */
  readonly rows: readonly NodegroupWindow[];
  /** Ticks at which the join goes on with a scrape that Prometheus no longer has. */
  readonly carried: ReadonlySet<number>;
  readonly recordings: readonly Recording[];
  readonly exported: Exported;
  /** The server's data folder. */
  readonly data: string;
  readonly server: PrometheusServer;
}

/** Backfills a server with a dataset. Its lookback is just under a step: at the end of a tick no sample of the tick before is seen. */
export async function serve(folder: string): Promise<Served> {
  const dataset = await openDataset(folder);
  try {
    const observed = await observe(dataset);
    const { columns, metrics: twins } = rulesOf(dataset.contract);
    const text = join(await tempFolder(), "series.om");
    const exported = await exportOpenMetrics(folder, text);
    const data = await dataOf(text);
    return {
      observed,
      rows: momentWindows(observed),
      carried: await carriedTicks(dataset, observed),
      recordings: [...columns, ...twins],
      exported,
      data,
      server: await startPrometheus(data, { lookbackSeconds: observed.stepMs / SECOND_MS - 0.001 }),
    };
  } finally {
    dataset.close();
  }
}

/** Columns and metrics that are recorded by nodegroup. */
export const figuresOf = (recordings: readonly Recording[]): string[] =>
  recordings.flatMap(({ record }) => /^nodegroup:evenkeel_(.*)/.exec(record)?.[1] ?? []);

/** A recorded figure of a nodegroup at a tick, and what the join and the formula say; NaN where it is missing. */
export interface Pair {
  readonly nodegroup: string;
  readonly tick: number;
  readonly is: number;
  readonly expected: number;
}

/** A figure of every nodegroup at the end of every tick, or of every so many, but for those that are carried. */
export async function pairsOf(
  figure: string,
  { observed, rows, carried, recordings, server: own }: Served,
  { server = own, every = 1 } = {},
): Promise<Pair[]> {
  const { startMs, stepMs, ticks } = observed;
  const { expr } = recordings.find(({ record }) => record === recordOf(figure))!;
  const range = { startMs: startMs + stepMs, endMs: startMs + ticks * stepMs, stepMs: every * stepMs };
  const answer = await queryRange(server, inlined(expr, recordings, stepMs / SECOND_MS), range);
  const known = new Set(rows.map(({ nodegroup }) => nodegroup));
  const stray = answer.filter(
    ({ labels }) => Object.keys(labels).join() !== "nodegroup" || !known.has(labels["nodegroup"]!),
  );
  if (stray.length > 0) throw new Error(`${figure}: found ${JSON.stringify(stray[0]!.labels)}; allowed: a nodegroup`);
  const byNodegroup = new Map(answer.map(({ labels, values }) => [labels["nodegroup"]!, values]));
  const measured = metrics
    .filter(hasTwin)
    .find(({ name }) => name === figure)
    ?.measure(rows);
  return rows.flatMap((row, i) => {
    const [{ nodegroup }, tick] = [row, i % ticks];
    if (carried.has(tick) || tick % every > 0) return [];
    const expected = measured ? measured[i] : row[figure as keyof NodegroupWindow];
    const is = byNodegroup.get(nodegroup)?.get(startMs + (tick + 1) * stepMs);
    return [{ nodegroup, tick, is: is ?? Number.NaN, expected: Number(expected ?? Number.NaN) }];
  });
}

/** The join rounds means to six digits, on the way more than once; whole GPUs and what is made of them are the same. */
const ROUNDED: readonly string[] = ["gpu_util_percent_all", "tdp_share_all"];
const ROUNDING = 2e-6;
const RELATIVE = 1e-9;

/** How far a recorded figure is off, as a share of what is allowed: above 1 it is wrong. Infinitely where one side is missing. */
export function offBy(figure: string, { is, expected }: Pair): number {
  if (Number.isNaN(is) || Number.isNaN(expected)) return Number.isNaN(is) === Number.isNaN(expected) ? 0 : Infinity;
  if (is === expected) return 0;
  return Math.abs(is - expected) / (ROUNDED.includes(figure) ? ROUNDING : RELATIVE * Math.max(1, Math.abs(expected)));
}
