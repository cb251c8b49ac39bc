// %% [markdown] question
// # Overview: where did the GPUs go?
//
// Somebody asks on a Monday morning: *where, when and why was demand for GPUs out of step with the capacity that we
// pay for, and what should we do?* This notebook answers on one page. The others take the answer apart.
//
// The data are synthetic: a seeded simulation of a Kubernetes cluster with Kueue wrote what Prometheus would have
// scraped from it. The analysis knows nothing of the simulation; it reads Kueue, kube-state-metrics and DCGM series
// and the contract that a cluster's owner would write.

// %% open
import {
  actionSheet,
  analyse,
  budgetSentence,
  fiveQuestions,
  headline,
  makePlan,
  markdown,
  open,
  reproSteps,
  sanityChecks,
  show,
  whatWaited,
  whereGpuHoursWent,
} from "evenkeel";

const dataset = await open({ scenario: "demand-constrained", seed: 42 });
const analysis = await analyse(dataset);
const plan = makePlan(analysis, 3600);
markdown(headline(analysis));

// %% [markdown] where-to
// ## Where did the GPU-hours that we pay for go?

// %% where-gpu-hours-went
show(whereGpuHoursWent(analysis));

// %% [markdown] what-waited-for
// ## What waited, and were GPUs free meanwhile?

// %% what-waited
show(whatWaited(analysis));

// %% [markdown] five-questions-title
// ## The five questions of a Monday morning

// %% five-questions
markdown(fiveQuestions(analysis, plan));

// %% [markdown] budget-title
// ## The sentence for the budget meeting

// %% budget
markdown(budgetSentence(analysis, plan));

// %% [markdown] actions-title
// ## What one would do
//
// Free actions come first, by the GPU-hours that waited behind what they open; then what only money fixes. Each
// follows from a finding.

// %% actions
show(actionSheet(plan), {
  caption: "Actions, free ones first. The wait target is an hour for 95 % of the GPUs asked for",
});

// %% [markdown] onwards
// ## Where to read on
//
// - `02-the-data`: can these numbers be trusted?
// - `03-imbalance`: how far from balance, where and when?
// - `04-where-when-why`: which episodes, who waited, and for what?
// - `05-capacity-plan`: what to change, and what to buy?

// %% [markdown] sanity-title
// ## Sanity checks

// %% sanity
show(await sanityChecks(analysis), { caption: "Checks of the dataset, and of what was made of it" });

// %% [markdown] repro-title
// ## Repro steps

// %% repro
markdown(reproSteps(analysis, "01-overview"));
