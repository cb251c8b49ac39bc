import { type PrecisionColumn, precisionColumn, recallLevels, type ScoreRow, type Task } from "../board/rows.js";
import { averagePrecision, type Case, precisionRecall, rocAuc } from "../statistics/index.js";
import { rounded } from "../units/rounded.js";
import { LABEL_GPUS, type Label } from "./labels.js";
import type { World } from "./world.js";

export const isShort = ({ waiting }: Label): boolean => waiting >= LABEL_GPUS;
const isRecoverable = ({ recoverable }: Label): boolean => recoverable >= LABEL_GPUS;

/** How well each metric of a world does each task. `balanced` is the balanced world with the same seed. */
export function rankWorld(world: World, balanced: World | undefined): ScoreRow[] {
  return world.measured.flatMap(({ metric, values }) => {
    const cases = (positive: (label: Label) => boolean): Case[] =>
      world.labels.map((label, i) => ({ value: values[i]!, positive: positive(label) }));
    const calm = balanced?.measured.find((one) => one.metric === metric);
    const byTask: Record<Task, Case[]> = {
      shortage: cases(isShort),
      mismatch: cases(isRecoverable),
      quiet:
        calm === undefined || balanced === world
          ? []
          : [
              ...cases(isShort).filter(({ positive }) => positive),
              ...calm.values.map((value) => ({ value, positive: false })),
            ],
    };
    return Object.entries(byTask).flatMap(([task, all]) => scored(world, metric, task as Task, all));
  });
}

function scored({ scenario, random, seed }: World, metric: string, task: Task, cases: readonly Case[]): ScoreRow[] {
  const positives = cases.filter(({ positive }) => positive).length;
  // What a metric does not say ranks last.
  const ranked = cases.map(({ value, positive }) => ({ value: value ?? Number.NEGATIVE_INFINITY, positive }));
  const [precision, area] = [averagePrecision(ranked), rocAuc(ranked)];
  if (precision === undefined || area === undefined) return [];
  const points = precisionRecall(ranked);
  const highest = (recall: number) =>
    points.reduce((best, point) => (point.recall >= recall ? Math.max(best, point.precision) : best), 0);
  return [
    {
      scenario,
      random,
      seed,
      metric,
      task,
      cases: cases.length,
      positives,
      undefined_share: rounded(cases.filter(({ value }) => value === null).length / cases.length),
      average_precision: rounded(precision),
      roc_auc: rounded(area),
      ...(Object.fromEntries(
        recallLevels.map((level) => [precisionColumn(level), Math.round(100 * highest(level / 100))]),
      ) as Record<PrecisionColumn, number>),
    },
  ];
}
