// %% [markdown] question
// # The data: can these numbers be trusted?
//
// Three sources meet here, and each is silent about something. Kueue knows what waits, but not for which nodes.
// kube-state-metrics knows nodes and pods, but not what has not been admitted. DCGM knows what a GPU does, but not for
// whom unless a pod label says so. This notebook shows what is there, whether it is whole, and how it is joined.

// %% open
import {
  analyse,
  checksSheet,
  coverage,
  droppedSheet,
  joinedRowSheet,
  markdown,
  nodegroupsSheet,
  open,
  reproSteps,
  sanityChecks,
  show,
  summaryStatistics,
  tablesSheet,
} from "evenkeel";

const dataset = await open({ scenario: "balanced", seed: 42 });
const analysis = await analyse(dataset);

// %% [markdown] tables-title
// ## What is there?
//
// One table for each set of series that share a scrape and their labels. Columns keep the names of their series.

// %% tables
show(tablesSheet(analysis), { caption: "Tables of the dataset" });

// %% [markdown] whole-title
// ## Is it whole?

// %% coverage
show(coverage(analysis));

// %% checks
show(await checksSheet(analysis), { caption: "Every check of the dataset, and what it found" });

// %% [markdown] contract-title
// ## What does the analysis know besides?
//
// No series says which nodegroup a Kueue flavor stands for, how many GPUs are paid for, or which GPUs could run a
// queue's work. The owner of a cluster writes that into `contract.yaml`; it is all that the analysis knows besides
// telemetry.

// %% nodegroups
show(nodegroupsSheet(analysis), {
  caption: "The contract's inventory: nodegroups, prices and the flavors that stand for them",
});

// %% [markdown] join-title
// ## How is it joined?
//
// Samples keep the time of their scrape. The join puts them on one grid, as fine as the slowest source; a sample counts
// for two and a half of its own scrape intervals, then its series is unknown. Nodes meet their nodegroup by the node
// label, pods by their node, GPUs by their host, queues by their flavors: exactly where a queue reaches one nodegroup,
// as an interval where it reaches several. What finds no partner is left out, and counted.

// %% dropped
show(droppedSheet(analysis), { caption: "What the join left out, and why; no rows where it left out nothing" });

// %% joined-row
show(joinedRowSheet(analysis), { caption: "One hour of one nodegroup in the joined table" });

// %% [markdown] second-opinion
// ## A second opinion
//
// The same hours through another library's eyes: danfo.js, which will look familiar to who comes from pandas.

// %% summary
show(summaryStatistics(analysis), { caption: "Hourly values over all nodegroups, summarised by danfo.js" });

// %% [markdown] wiring
// ## Where would a real cluster differ?
//
// - Node labels reach Prometheus only if kube-state-metrics is told to allow them; so do pod labels, node selectors and
//   Kueue's quota metrics, each by a setting of its own.
// - Exporters are scraped at different intervals, replicas export the same gauges twice, labels arrive with the prefix
//   `exported_`, and DCGM's newer releases rename fields and change units.
// - Suspended Jobs have no pods, and no series says which shape waits in a queue: shapes that were admitted of late
//   stand in for it.
//
// `docs/wiring.md` goes through all of it.

// %% [markdown] sanity-title
// ## Sanity checks

// %% sanity
show(await sanityChecks(analysis), { caption: "Checks of the dataset, and of what was made of it" });

// %% [markdown] repro-title
// ## Repro steps

// %% repro
markdown(reproSteps(analysis, "02-the-data"));
