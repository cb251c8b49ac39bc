// %% [markdown] question
// # Which metric is right?
//
// A dashboard cannot say whether a metric is right: nobody knows the truth. evenkeel makes its own worlds, and its
// simulator knows at every instant why each workload waits. So every metric can be asked the same questions and held
// against the answers. The rule stands in RFC 0001, with what was amended since it was first written.
//
// This notebook reads no dataset. It reads the board in `data/score`, which `npm run score` writes: every named
// scenario, over several seeds, a day of telemetry each.

// %% open
import {
  alarmSheet,
  boardChecks,
  boardReproSteps,
  causesNamed,
  faultSheet,
  leaderboardFigure,
  leaderboardSheet,
  markdown,
  namedSheet,
  openBoard,
  planInputSheet,
  precisionRecallFigure,
  promiseSheet,
  promiseText,
  removalSheet,
  show,
  standingText,
  stateSheet,
  whereMetricsFail,
} from "evenkeel";

const board = await openBoard();

// %% [markdown] leaderboard-title
// ## Which metric finds what it should, and is silent otherwise?
//
// *Shortage here*: is it high where and when work waits that could run there? *Recoverable mismatch*: does it point at
// waiting that free GPUs elsewhere could end? *Quiet on balanced*: does it rank the hours of a cluster in good order
// below the short hours of others?

// %% leaderboard
show(leaderboardFigure(board));

// %% leaderboard-table
show(leaderboardSheet(board), { caption: "The leaderboard: named scenarios" });

// %% [markdown] curves-title
// ## What does it cost to find most of it?

// %% precision-recall
show(precisionRecallFigure(board));

// %% [markdown] fail-title
// ## Where does each metric fail?

// %% where-metrics-fail
show(whereMetricsFail(board));

// %% [markdown] alarms-title
// ## What would its alarms be worth?
//
// The cut of each metric is tuned on the odd seeds; what it does is told of the even ones, which it has not seen. Hours of
// all worlds are pooled, so that large shortages count more than in the curves above, which average world by world. A
// metric that is 0 nearly always may have its best cut at 0: an alarm that is always on.

// %% alarms
show(alarmSheet(board), { caption: "Alarms at the tuned cut, on seeds that it was not tuned on" });

// %% [markdown] faults-title
// ## What if the telemetry is wrong?
//
// Every fault of `docs/faults.md` is made in the telemetry of one world. A metric may move; it must not move unsaid.

// %% faults
show(faultSheet(board), { caption: "Metrics under faults of the telemetry" });

// %% [markdown] causes-title
// ## Is the cause named rightly?

// %% causes-named
show(causesNamed(board));

// %% named
show(namedSheet(board), {
  caption: "What a scenario puts out of balance, on the days on which it is there: is it named?",
});

// %% [markdown] states-title
// ## Are the GPUs accounted for?

// %% states
show(stateSheet(board), { caption: "What the GPUs did, in truth and as diagnosed" });

// %% [markdown] plan-title
// ## Is what the capacity plan is made from right?
//
// The plan replays demand that it rebuilds from pods, Jobs and gauges. Jobs that still ran or waited at the end are
// estimates; the simulator knows how they went on.

// %% plan
show(planInputSheet(board), { caption: "Demand and waits, in truth and as rebuilt from telemetry" });

// %% [markdown] promises-title
// ## Does the capacity plan keep what it promises?
//
// The plan of a week is made from telemetry, as in notebook 05, for a p95 wait of 1 h. Then the same week is simulated
// with the nodes that the plan has at one nodegroup, all others as they were: the same arrivals and failures, with quota,
// order and placement, of which the replay knows nothing. Where nodes stay as they are or are freed, the promise is of what
// free actions would give, and these are not taken here. Each seed tries the plans of every sixth scenario.

// %% promises-text
markdown(promiseText(board));

// %% promises
show(promiseSheet(board), {
  caption:
    "p95 waits with the plan’s nodes: promised by the replay, and simulated. Ratios are of waits a minute longer",
});

// %% removals
show(removalSheet(board), {
  caption: "Actions: GPU-hours that waited behind them, and what they remove from the whole cluster when simulated",
});

// %% [markdown] random-title
// ## Does it hold in worlds that nobody designed?
//
// Random worlds are drawn: fleet, queues, quotas, demand, troubles of their own or none, strengths near the thresholds.
// No threshold and no formula was chosen on them.

// %% random-text
markdown(standingText(board, true));

// %% random-table
show(leaderboardSheet(board, true), { caption: "The leaderboard: random worlds" });

// %% causes-named-random
show(causesNamed(board, true));

// %% [markdown] checks-title
// ## Sanity checks

// %% checks
show(boardChecks(board), { caption: "What must hold of the board" });

// %% [markdown] repro-title
// ## Repro steps

// %% repro
markdown(boardReproSteps());
