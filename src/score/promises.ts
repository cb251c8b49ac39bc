import { openDataset } from "../dataset/open.js";
import { diagnose } from "../diagnosis/diagnose.js";
import { observe } from "../join/observe.js";
import { makePlan } from "../plan/plan.js";
import { proposalsOf } from "../plan/simulated.js";
import type { Scenario } from "../scenario/schema.js";
import { type Tried, tryProposals } from "../whatif/plan-trial.js";
import { withWrittenWorld } from "./written-world.js";

/** Target of the plans that are tried: that of the notebooks. */
const TARGET_SECONDS = 3600;

/** A world whose capacity plan is held against a simulation of what it proposes. */
export interface PromiseJob {
  readonly scenario: Scenario;
  readonly seed: number;
  readonly promises: true;
}

/** What the plan of a world promises, and what came of it with the same arrivals and failures. */
export interface Promises {
  readonly scenario: string;
  readonly seed: number;
  readonly waits: readonly {
    readonly nodegroup: string;
    readonly nodesNow: number;
    readonly nodesToAdd: number;
    readonly targetSeconds: number;
    /** p95 of the wait, s, with its 90 % interval; null where the demand does not fit. */
    readonly promised: number | null;
    readonly lower: number | null;
    readonly upper: number | null;
    /** Null where it is beyond what was simulated. */
    readonly simulated: number | null;
  }[];
  readonly actions: readonly {
    readonly action: string;
    readonly place: string;
    /** Null where `evenkeel whatif` has no action for it. */
    readonly whatIf: string | null;
    readonly behind: number | null;
    /** Null where it could not be tried. */
    readonly removed: number | null;
  }[];
}

/** Writes all days of a world, makes its plan as an analyst would, and tries that on the world. */
export function measurePromises({ scenario, seed }: PromiseJob): Promise<Promises> {
  return withWrittenWorld({ scenario, seed, days: scenario.days }, async ({ folder }) => {
    const dataset = await openDataset(folder, { threads: 1 });
    try {
      const plan = makePlan({ diagnosis: diagnose(await observe(dataset)) }, TARGET_SECONDS);
      const proposals = proposalsOf(plan);
      const trial = tryProposals({ scenario, seed, proposals });
      return {
        scenario: scenario.name,
        seed,
        waits: proposals.waits.flatMap(({ nodegroup }, i) => {
          const row = plan.capacity.find((one) => one.nodegroup === nodegroup)!;
          const nodes = row.nodes_now + row.nodes_to_add!;
          const { p95Seconds } = plan.curves.get(nodegroup)!.find((point) => point.nodes === nodes)!;
          const tried = trial.waits[i]!;
          if ("refused" in tried) return [];
          return [
            {
              nodegroup,
              nodesNow: row.nodes_now,
              nodesToAdd: row.nodes_to_add!,
              targetSeconds: TARGET_SECONDS,
              promised: finiteOrNull(p95Seconds.estimate),
              lower: finiteOrNull(p95Seconds.lower),
              upper: finiteOrNull(p95Seconds.upper),
              simulated: tried.value,
            },
          ];
        }),
        actions: plan.actions.map(({ action, place, what_if, gpu_hours_behind }) => ({
          action,
          place,
          whatIf: what_if,
          behind: gpu_hours_behind,
          removed: what_if === null ? null : removedBy(trial.actions[proposals.actions.indexOf(what_if)]!),
        })),
      };
    } finally {
      dataset.close();
    }
  });
}

const finiteOrNull = (value: number) => (Number.isFinite(value) ? value : null);
const removedBy = (tried: Tried<number>) => ("value" in tried ? tried.value : null);
