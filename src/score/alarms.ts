import type { AlarmRow } from "../board/rows.js";
import { precisionRecall } from "../statistics/index.js";
import { isShort } from "./rank.js";
import type { World } from "./world.js";

/** The cut of a metric with the best F1 on "shortage here", over all given worlds together; undefined if none is short. */
export function bestThreshold(worlds: readonly World[], metric: string): number | undefined {
  const cases = worlds.flatMap(({ labels, measured }) => {
    const { values } = measured.find((one) => one.metric === metric)!;
    return labels.map((label, i) => ({ value: values[i] ?? Number.NEGATIVE_INFINITY, positive: isShort(label) }));
  });
  let best: { threshold: number; f1: number } | undefined;
  for (const { threshold, precision, recall } of precisionRecall(cases)) {
    const f1 = precision + recall > 0 ? (2 * precision * recall) / (precision + recall) : 0;
    if (threshold > Number.NEGATIVE_INFINITY && (best === undefined || f1 > best.f1)) best = { threshold, f1 };
  }
  return best?.threshold;
}

/** What a metric's alarms at a cut did in one world. */
export function alarmsOf(world: World, metric: string, threshold: number): AlarmRow {
  const { scenario, random, seed, labels, measured } = world;
  const { values } = measured.find((one) => one.metric === metric)!;
  const row = {
    scenario,
    random,
    seed,
    metric,
    threshold,
    nodegroup_hours: labels.length,
    true_hours: 0,
    false_hours: 0,
    missed_hours: 0,
    false_alarms: 0,
    shortages: 0,
    caught: 0,
    late: 0,
    lead_hours: 0,
  };
  for (const nodegroup of new Set(labels.map((label) => label.nodegroup))) {
    const hours = labels.flatMap((label, i) =>
      label.nodegroup === nodegroup
        ? [
            {
              waiting: label.waiting,
              short: isShort(label),
              alarm: (values[i] ?? Number.NEGATIVE_INFINITY) >= threshold,
            },
          ]
        : [],
    );
    for (const { short, alarm } of hours) {
      if (short && alarm) row.true_hours++;
      else if (alarm) row.false_hours++;
      else if (short) row.missed_hours++;
    }
    row.false_alarms += runs(hours, ({ alarm }) => alarm).filter((run) => !run.some(({ short }) => short)).length;
    for (const shortage of runs(hours, ({ short }) => short)) {
      const most = Math.max(...shortage.map(({ waiting }) => waiting));
      const peak = shortage.findIndex(({ waiting }) => waiting === most);
      const first = shortage.findIndex(({ alarm }) => alarm);
      row.shortages++;
      if (first < 0) continue;
      if (first > peak) row.late++;
      else {
        row.caught++;
        row.lead_hours += peak - first;
      }
    }
  }
  return row;
}

/** The longest runs of neighbours for which something holds. */
function runs<T>(all: readonly T[], holds: (one: T) => boolean): T[][] {
  const found: T[][] = [];
  let open: T[] | undefined;
  for (const one of all) {
    if (!holds(one)) open = undefined;
    else if (open) open.push(one);
    else {
      open = [one];
      found.push(open);
    }
  }
  return found;
}
