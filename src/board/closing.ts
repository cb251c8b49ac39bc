import type { Sheet } from "../analysis/tables.js";
import { number, plural } from "../units/format.js";
import { type Board, tasks } from "./rows.js";

/** What every notebook ends with: whether the board adds up. */
export function boardChecks({ scores, alarms, causes, states, levels, promises }: Board): Sheet {
  const worlds = new Set(states.map(({ scenario, seed }) => `${scenario}/${seed}`));
  const metrics = new Set(levels.map(({ metric }) => metric));
  const asked = tasks.map((task) => {
    const counts = [...metrics].map(
      (metric) => scores.filter((row) => row.task === task && row.metric === metric).length,
    );
    return Math.min(...counts) === Math.max(...counts);
  });
  const within = scores.filter(
    ({ average_precision: precision, roc_auc: auc }) => !(precision > 0 && precision <= 1 && auc >= 0 && auc <= 1),
  ).length;
  const odd = alarms.filter(({ seed }) => seed % 2 === 1).length;
  const cuts = [...metrics].filter(
    (metric) => new Set(alarms.filter((row) => row.metric === metric).map((row) => row.threshold)).size > 1,
  );
  const unpaid = [...worlds].filter((world) => {
    const mine = states.filter(({ scenario, seed }) => `${scenario}/${seed}` === world);
    const [truth, verdict] = [sum(mine, "truth_gpu_hours"), sum(mine, "verdict_gpu_hours")];
    return !(Math.abs(truth - verdict) <= 0.01 * truth);
  });
  const unmet = promises.filter(
    ({ promised_p95_seconds: promised, target_seconds: target }) => promised === null || promised > target,
  );
  const negative = causes.filter(({ gpu_hours }) => gpu_hours < 0).length;
  const row = (what: string, ok: boolean, found: string) => [what, ok ? "ok" : "FAILED", found];
  return {
    columns: ["what must hold", "", "found"],
    rows: [
      row(
        "every metric was asked the same of the same worlds",
        asked.every(Boolean),
        `${plural(metrics.size, "metric")}, ${plural(worlds.size, "world")}`,
      ),
      row("scores lie between 0 and 1", within === 0, `${number(scores.length)} of them`),
      row(
        "alarms are told of even seeds only, and of one cut a metric",
        odd === 0 && cuts.length === 0,
        `${number(alarms.length)} rows`,
      ),
      row(
        "in every world the GPU-hours diagnosed differ from those paid for by 1% at most",
        unpaid.length === 0,
        unpaid.length === 0 ? `${plural(worlds.size, "world")}` : unpaid.join(", "),
      ),
      row(
        "every plan promises to meet its target",
        unmet.length === 0,
        unmet.length === 0
          ? plural(promises.length, "nodegroup")
          : unmet.map(({ nodegroup, scenario, seed }) => `${nodegroup} of ${scenario}, seed ${seed}`).join("; "),
      ),
      row("no cause has negative GPU-hours", negative === 0, `${number(causes.length)} rows`),
    ],
  };
}

function sum<K extends string>(rows: readonly Readonly<Record<K, number>>[], key: K): number {
  return rows.reduce((total, row) => total + row[key], 0);
}

/** How to get the same board again, and others. Markdown. */
export function boardReproSteps(): string {
  return [
    "```",
    "npx evenkeel score --out another-board",
    "npx evenkeel score --seeds 4 --metric imbalance demand_ratio",
    "npx evenkeel score --check",
    "```",
    "",
    "The first line scores all worlds again (some fifteen minutes), the second two metrics on fewer seeds; the third does one seed of the committed board again and holds every row against it. The committed board is written by `npm run score`.",
  ].join("\n");
}
