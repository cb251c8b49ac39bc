import type { Dataset } from "../dataset/open.js";
import { type Diagnosis, diagnose } from "../diagnosis/diagnose.js";
import { nodegroupColors } from "../figures/palette.js";
import { observe } from "../join/observe.js";
import type { Observed } from "../join/observed.js";
import { rollUp } from "../join/roll-up.js";
import { type ActionRow, actions } from "../plan/actions.js";
import { type CapacityRow, capacityPlan, type WaitCurvePoint } from "../plan/capacity.js";
import { type CostRow, costs } from "../plan/cost.js";
import type { NodegroupWindow } from "../tables/nodegroup-window.js";
import { period } from "../units/format.js";

/** Everything that a notebook shows is made of this: the joined data, what they mean, and the words that cite them. */
export interface Analysis {
  readonly dataset: Dataset;
  readonly observed: Observed;
  readonly diagnosis: Diagnosis;
  /** The joined table: one row a nodegroup and 5 minutes, and one a nodegroup and hour. */
  readonly windows: readonly NodegroupWindow[];
  readonly hours: readonly NodegroupWindow[];
  /** The time that the data cover, for subtitles. */
  readonly period: string;
  /** Where the data come from, for the foot of a figure. */
  readonly source: string;
  /** A nodegroup's colour, the same in every figure. */
  color(nodegroup: string): string;
}

/** Joins and diagnoses a dataset. The join is kept beside the dataset, so that only its first reader waits for it. */
export async function analyse(dataset: Dataset): Promise<Analysis> {
  const observed = await observe(dataset);
  const diagnosis = diagnose(observed);
  const { manifest } = dataset;
  const origin = manifest.synthetic
    ? `synthetic, scenario ${manifest.scenario}, seed ${manifest.seed}`
    : `pulled from ${manifest.scenario}`;
  return {
    dataset,
    observed,
    diagnosis,
    windows: diagnosis.windows,
    hours: rollUp(observed, 3600),
    period: period(Date.parse(manifest.start), Date.parse(manifest.end)),
    source: `${origin}; dataset ${manifest.digest.slice(0, 12)}; evenkeel ${manifest.evenkeel}`,
    color: nodegroupColors(observed.nodegroups.map((n) => n.name)),
  };
}

/** What to do about it: the capacity plan for a wait target, what it costs, and the actions that follow. */
export interface Plan {
  readonly targetSeconds: number;
  readonly capacity: readonly CapacityRow[];
  readonly costs: readonly CostRow[];
  readonly actions: readonly ActionRow[];
  /** p95 wait against nodes, by nodegroup; nothing for a nodegroup whose plan cannot be estimated. */
  readonly curves: ReadonlyMap<string, readonly WaitCurvePoint[]>;
}

/** @param targetSeconds target for the p95 of the wait from creation to scheduled, over the GPUs asked for */
export function makePlan({ observed, diagnosis }: Analysis, targetSeconds: number): Plan {
  const plans = capacityPlan(observed, { targetSeconds });
  const capacity = plans.map((plan) => plan.row);
  return {
    targetSeconds,
    capacity,
    costs: costs(diagnosis),
    actions: actions(diagnosis, capacity),
    curves: new Map(plans.filter(({ curve }) => curve.length > 0).map(({ row, curve }) => [row.nodegroup, curve])),
  };
}
