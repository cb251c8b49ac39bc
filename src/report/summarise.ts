import { analyse } from "../analysis/analyse.js";
import type { Dataset } from "../dataset/open.js";
import { headline, headlineText } from "../diagnosis/headline.js";
import { budgetSentence } from "../plan/budget.js";
import { makePlan, type Plan } from "../plan/plan.js";

/** Target for the p95 of the wait, as in the notebooks. */
const TARGET_SECONDS = 3600;

/** What a dataset comes to. Plain data. */
export interface Summary {
  /** The label in its manifest. */
  readonly scenario: string;
  /** Where the data come from, and when. */
  readonly origin: string;
  /** The one thing that it has to say, without a full stop. */
  readonly headline: string;
  /** The sentence for a budget meeting. */
  readonly budget: string;
  readonly plan: Pick<Plan, "capacity" | "actions" | "costs">;
}

/** Analyses a dataset and says what it comes to; the join stays beside the dataset for the notebooks. */
export async function summarise(dataset: Dataset): Promise<Summary> {
  const { manifest } = dataset;
  const analysis = await analyse(dataset);
  const plan = makePlan(analysis, TARGET_SECONDS);
  const { capacity, actions, costs } = plan;
  const made = manifest.synthetic
    ? `Synthetic data: scenario ${manifest.scenario}, seed ${manifest.seed}`
    : `Pulled from ${manifest.scenario}`;
  return {
    scenario: manifest.scenario,
    origin: `${made}; ${analysis.period}; dataset ${manifest.digest.slice(0, 12)}.`,
    headline: headlineText(headline(analysis.diagnosis)),
    budget: budgetSentence(analysis, plan),
    plan: { capacity, actions, costs },
  };
}
