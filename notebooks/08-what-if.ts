// %% [markdown] question
// # What if?
//
// An action can be tried before it is paid for: the same arrivals, the same failures, one thing changed. Here actions
// were tried on a scenario, alone and together, each on the same seeds.
//
// This notebook simulates nothing. It reads what `npx evenkeel whatif --notebook` wrote; with
// `npx evenkeel notebooks 08-what-if --what-if FILE`, or FILE in `EVENKEEL_WHAT_IF`, it shows what you tried.
// `docs/what-if.md` tells what each action does.

// %% open
import {
  beforeAndAfter,
  costAgainstWait,
  effectsOfActions,
  markdown,
  openTrial,
  rankedSheet,
  show,
  trialBudgetSentence,
  trialChecks,
  trialReproSteps,
  triedText,
  whoGains,
} from "evenkeel";

const trial = await openTrial("quota-and-capacity");

// %% [markdown] tried-title
// ## What was tried?

// %% tried
markdown(triedText(trial));

// %% [markdown] effects-title
// ## What does each action change, alone and together?

// %% effects
show(effectsOfActions(trial));

// %% [markdown] before-title
// ## When does it change?

// %% before-and-after
show(beforeAndAfter(trial));

// %% [markdown] cost-title
// ## What does a shorter wait cost?
//
// Change the target, in seconds, and run the notebook again: the wait within which 95 % of the GPUs asked for should
// have nodes.

// %% target
const targetSeconds = 3600;

// %% cost-against-wait
show(costAgainstWait(trial, targetSeconds));

// %% [markdown] who-title
// ## Who gains, and who loses?

// %% who-gains
show(whoGains(trial));

// %% [markdown] ranked-title
// ## What to do first?

// %% ranked
show(rankedSheet(trial), { caption: "What was tried: free before what costs, then by what a dollar removes" });

// %% [markdown] budget-title
// ## The sentence for the budget meeting

// %% budget
markdown(trialBudgetSentence(trial));

// %% [markdown] limits
// ## How sure is that?
//
// An interval says how far chance moves a difference between seeds of this scenario, not how far the scenario is from a
// cluster. People answer a change, and demand stays as it was here: shorter queues draw more work. Intervals are of
// single comparisons; among many options one may be shown to help by chance. A change is tried as if it had always been
// there, so what the days of changing cost is not seen.

// %% [markdown] sanity-title
// ## Sanity checks

// %% sanity
show(trialChecks(trial), { caption: "What must hold of what was tried" });

// %% [markdown] repro-title
// ## Repro steps

// %% repro
markdown(trialReproSteps(trial));
