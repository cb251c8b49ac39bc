// %% [markdown] question
// # Capacity plan: what to change, and what to buy?
//
// The demand is rebuilt from telemetry (Jobs, pods, Kueue's counters) and replayed through a small queue of gangs, with
// more nodes and with fewer. That says how many whole nodes meet a target for the wait, how sure that is, and how much
// of today's waiting no purchase would be needed for. What costs nothing comes first.

// %% open
import {
  actionSheet,
  analyse,
  budgetSentence,
  costOfImbalance,
  costSheet,
  gpusForTarget,
  makePlan,
  markdown,
  open,
  planSheet,
  reproSteps,
  sanityChecks,
  show,
  simulatedPlan,
  simulatedText,
} from "evenkeel";

const dataset = await open({ scenario: "demand-constrained", seed: 42 });
const analysis = await analyse(dataset);

// %% [markdown] target-title
// ## Which target?
//
// Change this one and run the notebook again: the wait, in seconds, within which 95 % of the GPUs asked for should have
// nodes.

// %% target
const targetSeconds = 3600;
const plan = makePlan(analysis, targetSeconds);
const simulated = await simulatedPlan(dataset);

// %% [markdown] how-many-title
// ## How many GPUs would meet the target?

// %% gpus-for-target
show(gpusForTarget(analysis, plan));

// %% plan
show(planSheet(plan, simulated), {
  caption: "The capacity plan: whole nodes, by replaying the demand of each nodegroup",
});

// %% [markdown] reading
// How to read it: *p95 wait* is how it was, *p95 replayed* what the same demand would have waited on as many nodes with
// pods packed and no quota in the way. Where the two differ, something free is to be had. Jobs that were still running
// at the end are censored: their duration is drawn out to what like jobs last. Erlang's formula, which knows no gangs,
// stands beside it for scale.
//
// *p95 with the plan* is what the replay promises on as many nodes as the plan has, and what a simulation of the cluster
// finds for the same work, quota and order in the way. What was tried is one nodegroup at a time.

// %% simulated
markdown(simulatedText(simulated));

// %% [markdown] actions-title
// ## What would one do?
//
// *At stake* is what waited behind an action, *removed* what a simulation takes off the waiting of the whole cluster, who
// loses by it counted; below 0 it adds. Try one as it is written in the column beside it.

// %% actions
show(actionSheet(plan, simulated), { caption: "Actions, free ones first" });

// %% [markdown] cost-title
// ## What does imbalance cost?

// %% cost-of-imbalance
show(costOfImbalance(analysis, plan));

// %% costs
show(costSheet(plan), { caption: "What was paid for over the data's time span, in three buckets" });

// %% [markdown] budget-title
// ## The sentence for the budget meeting

// %% budget
markdown(budgetSentence(analysis, plan, simulated));

// %% [markdown] wanted
// ## What further data would one want?
//
// - The queue, requests and creation of every workload, pending ones included (a custom resource state metric on Kueue's
//   Workload): shapes and ages would be exact instead of inferred.
// - The flavor that a pending workload was last tried on, so that demand needs no bounds.
// - Checkpoints, to tell lost work from saved work.
// - Storage and network signals beside DCGM, to say what starves a GPU.
// - Deadlines, or what a delay costs its owner: a wait target for a queue is a poor stand-in.
// - Provisioning delays and limits of autoscaled nodegroups.

// %% [markdown] sanity-title
// ## Sanity checks

// %% sanity
show(await sanityChecks(analysis), { caption: "Checks of the dataset, and of what was made of it" });

// %% [markdown] repro-title
// ## Repro steps

// %% repro
markdown(reproSteps(analysis, "05-capacity-plan"));
