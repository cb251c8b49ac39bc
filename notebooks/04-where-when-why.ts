// %% [markdown] question
// # Where, when and why: what waited, and for what?
//
// An episode opens when too much waits for too long in one place, and closes when it has drained. Its cause is what its
// GPUs waited for, told from telemetry and contract alone: capacity that is not there, quota, more than quota could ever
// give, the shape of what is free, another workload in front, a flavor that the queue does not reach, nodes out of
// service. Where the signals do not decide, the verdict is "unknown".

// %% open
import {
  analyse,
  busyOrUseful,
  causeSheet,
  episodeSheet,
  episodes,
  fragmentationMoment,
  howLong,
  markdown,
  open,
  ownerSheet,
  reproSteps,
  sanityChecks,
  show,
  waitSheet,
  whoWaits,
} from "evenkeel";

const dataset = await open({ scenario: "fragmentation", seed: 42 });
const analysis = await analyse(dataset);

// %% [markdown] episodes-title
// ## Which episodes, and why?

// %% episodes
show(episodes(analysis));

// %% episode-table
show(episodeSheet(analysis), { caption: "Episodes, biggest first", limit: 15 });

// %% [markdown] causes-title
// ## What was waited for?

// %% causes
show(causeSheet(analysis), { caption: "GPU-hours of waiting by place, ClusterQueue and cause", limit: 15 });

// %% [markdown] who-title
// ## Who waits?

// %% who-waits
show(whoWaits(analysis));

// %% [markdown] how-long-title
// ## How long?

// %% how-long
show(howLong(analysis));

// %% waits
show(waitSheet(analysis), {
  caption: "Waits by LocalQueue against their target; who still waited at the end is in no quantile",
});

// %% [markdown] fragmentation-title
// ## What does fragmentation look like?

// %% fragmentation-moment
show(await fragmentationMoment(analysis));

// %% [markdown] busy-title
// ## Busy, or useful?

// %% busy-or-useful
show(busyOrUseful(analysis));

// %% owners
show(ownerSheet(analysis), { caption: "What each team held, and what of it was idle, stalled or lost" });

// %% [markdown] sanity-title
// ## Sanity checks

// %% sanity
show(await sanityChecks(analysis), { caption: "Checks of the dataset, and of what was made of it" });

// %% [markdown] repro-title
// ## Repro steps

// %% repro
markdown(reproSteps(analysis, "04-where-when-why"));
