// %% [markdown] question
// # Imbalance: how far are demand and capacity apart?
//
// Demand is what holds GPUs and what waits for them. Capacity is what is allocatable on healthy nodes. Imbalance
// compares the two, per nodegroup, over time. Several metrics do, each with its own blind spot; one is the default, and
// `rfcs/0001` argues why.

// %% open
import {
  analyse,
  demandAndCapacity,
  explore,
  imbalanceByHour,
  markdown,
  metricByNodegroupSheet,
  metricSheet,
  metricsAgree,
  open,
  reproSteps,
  sanityChecks,
  show,
  whatGpusDid,
} from "evenkeel";

const dataset = await open({ scenario: "demand-constrained", seed: 42 });
const analysis = await analyse(dataset);

// %% [markdown] where-title
// ## Where and when is demand above capacity?

// %% demand-and-capacity
show(demandAndCapacity(analysis));

// %% [markdown] how-far-title
// ## How far from balance, hour by hour?

// %% imbalance-by-hour
show(imbalanceByHour(analysis));

// %% [markdown] doing-title
// ## What are the GPUs doing?

// %% what-gpus-did
show(whatGpusDid(analysis));

// %% [markdown] metrics-title
// ## Which metrics are there?
//
// Each reads a few columns of the joined table and nothing else, on a scale whose fixed points do not depend on the
// data: a balanced cluster reads as balanced whatever else is in the sample. Two are baselines, there to be beaten.

// %% metrics
show(metricSheet(), { caption: "The metrics, from the registry; DATA_DICTIONARY.md has all of it" });

// %% metric-by-nodegroup
show(metricByNodegroupSheet(analysis), {
  caption: "Mean and worst hour of each metric by nodegroup, and how uneven the nodegroups are (Gini of the means)",
});

// %% [markdown] agree-title
// ## Do the metrics agree?

// %% metrics-agree
show(metricsAgree(analysis));

// %% [markdown] explore-title
// ## Look for yourself
//
// JupyterLab draws this one; in the report it is on the page of this notebook. Click a nodegroup in the legend, drag
// over the lower panel to zoom.

// %% explore
show(explore(analysis));

// %% [markdown] sanity-title
// ## Sanity checks

// %% sanity
show(await sanityChecks(analysis), { caption: "Checks of the dataset, and of what was made of it" });

// %% [markdown] repro-title
// ## Repro steps

// %% repro
markdown(reproSteps(analysis, "03-imbalance"));
