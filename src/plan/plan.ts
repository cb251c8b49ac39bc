import type { Diagnosis } from "../diagnosis/diagnose.js";
import type { Hidden } from "../join/hidden.js";
import { outOfRange } from "../statistics/out-of-range.js";
import { type ActionRow, actions } from "./actions.js";
import { type CapacityRow, capacityPlan, type WaitCurvePoint } from "./capacity.js";
import { type CostRow, costs } from "./cost.js";

/** What to do about a diagnosis: the capacity plan for a wait target, what it costs, and the actions that follow. */
export interface Plan {
  readonly targetSeconds: number;
  /** What waited and is not counted, so that the plan knows nothing of it. */
  readonly hidden: Hidden;
  readonly capacity: readonly CapacityRow[];
  readonly costs: readonly CostRow[];
  readonly actions: readonly ActionRow[];
  /** p95 wait against nodes, by nodegroup; nothing for a nodegroup whose plan cannot be estimated. */
  readonly curves: ReadonlyMap<string, readonly WaitCurvePoint[]>;
}

/**
 * @param targetSeconds target for the p95 of the wait from creation to scheduled, over the GPUs asked for
 * @throws RangeError for a target that is not a number of 0 or more
 */
export function makePlan({ diagnosis }: { readonly diagnosis: Diagnosis }, targetSeconds: number): Plan {
  if (!(targetSeconds >= 0)) throw outOfRange("targetSeconds", targetSeconds, "0 or more");
  const plans = capacityPlan(diagnosis.observed, { targetSeconds });
  const capacity = plans.map((plan) => plan.row);
  return {
    targetSeconds,
    hidden: diagnosis.hidden,
    capacity,
    costs: costs(diagnosis),
    actions: actions(diagnosis, capacity),
    curves: new Map(plans.filter(({ curve }) => curve.length > 0).map(({ row, curve }) => [row.nodegroup, curve])),
  };
}
