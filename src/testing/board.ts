import {
  type Board,
  type PrecisionColumn,
  precisionColumn,
  type RemovalRow,
  recallLevels,
  type ScoreRow,
  tasks,
} from "../board/rows.js";

/** Average precision by metric, the same in every task and world; the best first. */
export type Strengths = Readonly<Record<string, number>>;

const usual: Strengths = { imbalance: 0.9, pending_ratio: 0.6, composite_score: 0.3 };

/** A board made by hand: two named scenarios beside balanced over two seeds, and a random world. */
export function anyBoard(strengths: Strengths = usual): Board {
  const worlds = [1, 2].flatMap((seed) => [
    { scenario: "balanced", random: false, seed },
    { scenario: "short", random: false, seed },
    { scenario: "random-1", random: true, seed },
  ]);
  const metrics = Object.keys(strengths);
  const named = worlds.filter(({ random }) => !random);
  const uneven = worlds.filter(({ scenario }) => scenario !== "balanced");
  const faulty = { scenario: "short", random: false, seed: 1, hours: 120 };
  return {
    scores: uneven.flatMap((world) =>
      metrics.flatMap((metric) =>
        tasks.map((task): ScoreRow => {
          // A little better on the second seed, so that intervals have a width.
          const value = Math.min(1, strengths[metric]! + 0.02 * (world.seed - 1));
          return {
            ...world,
            metric,
            task,
            cases: 120,
            positives: 12,
            undefined_share: 0,
            average_precision: value,
            roc_auc: value,
            ...(Object.fromEntries(
              recallLevels.map((level) => [precisionColumn(level), Math.round(100 * value)]),
            ) as Record<PrecisionColumn, number>),
          };
        }),
      ),
    ),
    alarms: worlds
      .filter(({ seed }) => seed % 2 === 0)
      .flatMap((world) =>
        metrics.map((metric) => ({
          ...world,
          metric,
          threshold: 0.1,
          nodegroup_hours: 120,
          true_hours: 10,
          false_hours: 1,
          missed_hours: 2,
          false_alarms: 1,
          shortages: 3,
          caught: 2,
          late: 0,
          lead_hours: 3,
        })),
      ),
    causes: uneven.flatMap((world) => [
      { ...world, truth: "capacity", verdict: "capacity", gpu_hours: 80 },
      { ...world, truth: "flavor", verdict: "capacity", gpu_hours: 15 },
      { ...world, truth: "quota", verdict: "unknown", gpu_hours: 5 },
    ]),
    states: worlds.flatMap((world) => [
      { ...world, state: "useful", truth_gpu_hours: 100, verdict_gpu_hours: world.scenario === "short" ? 90 : 100 },
      { ...world, state: "idle", truth_gpu_hours: 0, verdict_gpu_hours: world.scenario === "short" ? 10 : 0 },
    ]),
    named: uneven.map((world) => ({
      ...world,
      nodegroup: "a",
      injected: "capacity",
      truth: world.seed === 1 ? "capacity" : "nothing",
      verdict: world.random ? "quota" : "capacity",
    })),
    plan: worlds.map((world) => ({
      ...world,
      nodegroup: "a",
      truth_jobs: 10,
      verdict_jobs: 9,
      truth_gpu_hours: 50,
      verdict_gpu_hours: world.scenario === "short" ? 60 : 50,
      truth_wait_p95_seconds: 600,
      verdict_wait_p95_seconds: world.random ? null : 660,
    })),
    promises: named.map((world) => ({
      ...world,
      nodegroup: "a",
      nodes_now: 4,
      nodes_to_add: world.scenario === "short" ? 1 : 0,
      target_seconds: 3600,
      promised_p95_seconds: 540,
      promised_lower_seconds: 240,
      promised_upper_seconds: 1800,
      simulated_p95_seconds: world.scenario === "short" ? 5940 : 540,
    })),
    removals: named
      .filter(({ scenario }) => scenario === "short")
      .flatMap((world) => [
        removal(world, "add", "add-nodes a 1", 100, world.seed === 1 ? 80 : 20),
        removal(world, "reorder", "strategy q BestEffortFIFO", 50, 30),
        removal(world, "feed", null, null, null),
      ]),
    faults: metrics.flatMap((metric) => [
      { ...faulty, fault: "harmless", join: "repairs", failing: "", metric, moved: 0, changed: 0 },
      { ...faulty, fault: "loud", join: "refuses", failing: "gaps labels", metric, moved: 2, changed: 4 },
      { ...faulty, fault: "real", join: "reports", failing: "", metric, moved: 0.5, changed: 0 },
      {
        ...faulty,
        fault: "sly",
        join: "repairs",
        failing: "",
        metric,
        moved: metric === "pending_ratio" ? 0.2 : 0,
        changed: 0,
      },
    ]),
    levels: named.flatMap((world) =>
      metrics.map((metric) => ({ ...world, metric, nodegroup: "a", mean: 0.5, concern_share: 0.25 })),
    ),
  };
}

const removal = (
  world: Pick<RemovalRow, "scenario" | "random" | "seed">,
  action: string,
  what_if: string | null,
  behind_gpu_hours: number | null,
  removed_gpu_hours: number | null,
): RemovalRow => ({ ...world, action, place: "a", what_if, behind_gpu_hours, removed_gpu_hours });
