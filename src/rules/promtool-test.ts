import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { type Dataset, openDataset } from "../dataset/open.js";
import { EvenkeelError } from "../errors.js";
import { STALE_INTERVALS } from "../join/grid.js";
import { observe } from "../join/observe.js";
import type { Observed } from "../join/observed.js";
import { metrics } from "../metrics/index.js";
import { exportOpenMetrics } from "../prometheus/export.js";
import { labelText } from "../prometheus/openmetrics.js";
import { labelThere, nameThere, quoted } from "../prometheus/selectors.js";
import type { Contract } from "../tables/contract.js";
import type { NodegroupWindow } from "../tables/nodegroup-window.js";
import { SECOND_MS } from "../units/time.js";
import { momentWindows } from "./moment-windows.js";
import { type Recording, recorded, recordOf } from "./recorder.js";
import { type Alert, GROUPS, hasTwin, rulesOf } from "./rules.js";
import { durationText } from "./series.js";

/** A dataset with more ticks makes a file that nobody reads. */
export const MOST_TICKS = 240;
/** Moments that are asked about at most. */
const MOST_MOMENTS = 30;
/** Both sides are rounded to this: promtool compares to the last bit. */
const ROUNDED_TO = 1e-6;
/** Means that the join rounds on its way: they are only near. */
const NEAR: readonly string[] = ["gpu_util_percent_all", "tdp_share_all"];
const NEAR_BY = 2e-6;

/**
 * A file for `promtool test rules`: a small dataset's series, and what the formulas in TypeScript make of it at moments
 * of its grid. Series end as they do in a Prometheus that scrapes: with a stale marker.
 *
 * @param rulesFile where the rules lie, seen from the test
 * @throws EvenkeelError if the dataset is too long
 */
export async function promtoolTest(folder: string, rulesFile: string): Promise<string> {
  const dataset = await openDataset(folder);
  try {
    const observed = await observe(dataset);
    const { ticks, stepMs, contract } = observed;
    if (ticks > MOST_TICKS)
      throw new EvenkeelError(
        `${folder}: found ${ticks} intervals; allowed for a test: ${MOST_TICKS}; name a shorter dataset`,
      );
    const { columns, metrics: metricRules, alerts } = rulesOf(contract);
    const recordings = [...columns, ...metricRules];
    const asked = momentsOf(observed, await carriedTicks(dataset, observed));
    const expected = expectationsOf(observed, recordings);
    const text = stringify(
      {
        rule_files: [rulesFile],
        evaluation_interval: durationText(stepMs / SECOND_MS),
        group_eval_order: GROUPS,
        tests: [
          {
            interval: durationText(slotSecondsOf(contract)),
            input_series: await inputSeries(folder, observed, recordings),
            promql_expr_test: asked.flatMap((tick) => [
              ...expected.values(tick),
              ...alerts.flatMap((alert) => expected.firing(alert, tick)),
            ]),
          },
        ],
      },
      { lineWidth: 0, aliasDuplicateObjects: false },
    );
    return `# Written by evenkeel rules from a dataset; for promtool test rules.\n${text}`;
  } finally {
    dataset.close();
  }
}

/**
 * Ticks at which a sample counts in the join that Prometheus no longer has: after a scrape that failed or did not come,
 * the join goes on with the last for up to two and a half intervals.
 */
export async function carriedTicks(
  { query }: Pick<Dataset, "query">,
  { startMs, stepMs, ticks }: Pick<Observed, "startMs" | "stepMs" | "ticks">,
): Promise<ReadonlySet<number>> {
  const scrapes = await query<{ target: string; tick: number }>(
    `SELECT job || ' ' || instance AS target, ((epoch_ms(timestamp) - ${startMs}) // ${stepMs})::INTEGER AS tick
     FROM up WHERE up = 1 ORDER BY target, tick`,
  );
  const carried = new Set<number>();
  scrapes.forEach(({ target, tick }, i) => {
    const next = scrapes[i + 1];
    const end = next?.target === target ? next.tick : ticks;
    for (let later = tick + 1; later < Math.min(end, tick + Math.ceil(STALE_INTERVALS)); later++) carried.add(later);
  });
  return carried;
}

/** Moments to ask about: spread evenly, and the last. */
function momentsOf({ ticks }: Observed, without: ReadonlySet<number>): number[] {
  const all = Array.from({ length: ticks }, (_, tick) => tick).filter((tick) => !without.has(tick));
  const every = Math.ceil(all.length / MOST_MOMENTS);
  return all.filter((_, i) => (all.length - 1 - i) % every === 0);
}

interface Expectation {
  readonly expr: string;
  readonly eval_time: string;
  readonly exp_samples: readonly { readonly labels: string; readonly value: number }[];
}

/** What the formulas say at a tick, and which alerts fire. */
function expectationsOf(observed: Observed, recordings: readonly Recording[]) {
  const { contract, ticks, stepMs } = observed;
  const rows = momentWindows(observed);
  const measured = new Map(metrics.filter(hasTwin).map((metric) => [metric.name, metric.measure(rows)]));
  const time = (tick: number) => durationText(((tick + 1) * stepMs) / SECOND_MS);
  const valueAt = (name: string, nodegroup: number, tick: number): number | undefined => {
    const row = nodegroup * ticks + tick;
    return measured.has(name) ? measured.get(name)![row] : numberIn(rows[row]!, name);
  };
  const names = [...Object.keys(rows[0]!), ...measured.keys()].filter((name) =>
    recordings.some(({ record }) => record === recordOf(name)),
  );
  const { cluster, nodegroups } = contract;
  return {
    values: (tick: number): Expectation[] => [
      ...names
        .filter((name) => !NEAR.includes(name))
        .map((name) => ({
          expr: `round(${recorded(recordOf(name), contract)}, ${ROUNDED_TO})`,
          eval_time: time(tick),
          exp_samples: nodegroups.flatMap(({ name: nodegroup }, i) => {
            const value = valueAt(name, i, tick);
            if (value === undefined) return [];
            const rounded = Math.floor(value / ROUNDED_TO + 0.5) / (1 / ROUNDED_TO);
            return [{ labels: labelText(Object.entries({ cluster, nodegroup })), value: rounded }];
          }),
        })),
      ...names
        .filter((name) => NEAR.includes(name))
        .flatMap((name) =>
          nodegroups.flatMap(({ name: nodegroup }, i) => {
            const value = valueAt(name, i, tick);
            if (value === undefined) return [];
            const labels = labelText(Object.entries({ cluster, nodegroup }));
            return [
              {
                expr: `abs(${recordOf(name)}${labels} - ${value}) <= bool ${NEAR_BY}`,
                eval_time: time(tick),
                exp_samples: [{ labels, value: 1 }],
              },
            ];
          }),
        ),
    ],
    firing: ({ alert, labels, on, for: duration }: Alert, tick: number): Expectation[] => {
      if (!on) return [];
      const held = Number.parseInt(duration, 10) * 60 * SECOND_MS;
      const { severity } = labels;
      const exp_samples = nodegroups.flatMap(({ name: nodegroup }, i) => {
        let since = tick + 1;
        while (since > 0 && on.meets((name) => valueAt(name, i, since - 1))) since--;
        if (since > tick || (tick - since) * stepMs < held) return [];
        const all = { alertname: alert, alertstate: "firing", cluster, nodegroup, severity };
        return [{ labels: `ALERTS${labelText(Object.entries(all))}`, value: 1 }];
      });
      const expr = `ALERTS{alertname="${alert}", severity="${severity}", alertstate="firing"}`;
      return [{ expr, eval_time: time(tick), exp_samples }];
    },
  };
}

function numberIn(row: NodegroupWindow, name: string): number | undefined {
  const value = row[name as keyof NodegroupWindow];
  return typeof value === "number" ? value : undefined;
}

/** Seconds of a slot of the test's series: one interval, or the longest that all sources' intervals are multiples of. */
function slotSecondsOf({ scrapeIntervalSeconds }: Contract): number {
  const greatest = (a: number, b: number): number => (b === 0 ? a : greatest(b, a % b));
  return (
    Object.values(scrapeIntervalSeconds)
      .map((seconds) => seconds * SECOND_MS)
      .reduce(greatest) / SECOND_MS
  );
}

/**
 * The series of a dataset that the rules read, a value a slot. A sample is in the slot that ends with its own, so that the
 * evaluation at a tick's end sees all of the tick's samples and none after it.
 */
async function inputSeries(folder: string, observed: Observed, recordings: readonly Recording[]) {
  const { startMs, stepMs, ticks, contract } = observed;
  const slotMs = slotSecondsOf(contract) * SECOND_MS;
  const read = new Set(recordings.flatMap(({ expr }) => expr.match(/[a-zA-Z_]\w*/g) ?? []));
  const temporary = await mkdtemp(join(tmpdir(), "evenkeel-rules-"));
  const found = new Map<string, { readonly every: number; readonly values: Map<number, string> }>();
  try {
    const file = join(temporary, "series.om");
    await exportOpenMetrics(folder, file);
    for (const line of (await readFile(file, "utf8")).split("\n")) {
      const [, usual, value, seconds] = /^([^#].*) (\S+) (\S+)$/.exec(line) ?? [];
      if (usual === undefined) continue;
      const series = asWired(usual, contract);
      if (!read.has(/^[^{]*/.exec(series)![0])) continue;
      if (!found.has(series)) {
        const source = /[{,]job="([^"]*)"/.exec(usual)![1] as keyof Contract["scrapeIntervalSeconds"];
        const every = (contract.scrapeIntervalSeconds[source] * SECOND_MS) / slotMs;
        found.set(series, { every, values: new Map() });
      }
      const slot = Math.floor((Math.round(Number(seconds) * SECOND_MS) - startMs) / slotMs) + 1;
      found.get(series)!.values.set(slot, value!);
    }
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  const slots = (ticks * stepMs) / slotMs + 1;
  return [...found].map(([series, { every, values }]) => ({ series, values: notation(values, slots, every) }));
}

/** A series under the names, and with the labels, that the contract says it has at the cluster's server. */
function asWired(series: string, { prometheus: wiring = {} }: Contract): string {
  const [, metric = series, inside = ""] = /^([^{]*)\{(.*)\}$/.exec(series) ?? [];
  const labels = [...inside.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, label, value]) => {
    const jobs = label === "job" ? wiring.jobs?.[value as keyof typeof wiring.jobs] : undefined;
    return `${labelThere(label!, wiring)}="${jobs?.[0] ?? value}"`;
  });
  const matchers = Object.entries(wiring.matchers ?? {}).map(([label, value]) => `${label}=${quoted(value)}`);
  return `${nameThere(metric, wiring)}{${[...labels, ...matchers].join(",")}}`;
}

/**
 * Values as promtool writes them, runs of equal ones as one: `8+0x3 stale _x5`. A series ends with the first scrape that
 * is without it.
 *
 * @param every slots between two scrapes
 */
function notation(values: ReadonlyMap<number, string>, slots: number, every: number): string {
  const each = Array.from({ length: slots }, (_, slot) => {
    const before = Array.from({ length: every }, (_, i) => slot - 1 - i).find((one) => values.has(one));
    return values.get(slot) ?? (before === slot - every ? "stale" : "_");
  });
  const runs: { value: string; times: number }[] = [];
  for (const value of each) {
    const last = runs.at(-1);
    if (last?.value === value) last.times++;
    else runs.push({ value, times: 1 });
  }
  return runs
    .map(({ value, times }) => {
      if (times === 1 || value === "stale") return value;
      return value === "_" ? `_x${times}` : `${value}+0x${times - 1}`;
    })
    .join(" ");
}
