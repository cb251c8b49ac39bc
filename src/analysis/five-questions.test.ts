import { describe, expect, test } from "vitest";
import { inputs, worldOf } from "../figures/__fixtures__/worlds.js";
import type { Observed, QuietSpan } from "../join/observed.js";
import { type GangInput, gangs } from "../plan/__fixtures__/gangs.js";
import { capacityRowOf } from "../plan/__fixtures__/rows.js";
import { type ActionRow, actions } from "../plan/actions.js";
import type { Plan } from "../plan/plan.js";
import { type AnalysisInput, analysisOf } from "../testing/analysis.js";
import { fiveQuestions, fiveQuestionsText } from "./five-questions.js";

const HOUR = 3600;
const noPlan: Plan = {
  targetSeconds: 3600,
  hidden: { queues: [], workloadHours: 0, share: 0, podless: [] },
  capacity: [],
  costs: [],
  actions: [],
  curves: new Map(),
};

function answer(question: 1 | 2 | 3 | 4 | 5, input: AnalysisInput, plan: Partial<Plan> = {}): string {
  return fiveQuestions(worldOf(input).diagnosis, { ...noPlan, ...plan })[question - 1]!.answer;
}

const between = (from: number, to: number, value: number) => (hour: number) => (hour >= from && hour < to ? value : 0);
/** Whether an hour lies in the first so many. */
const first = (hours: number) => (hour: number) => hour < hours;

describe("where the GPUs went", () => {
  test("adds up what was present, healthy, allocated and active, and where the rest was, most first", () => {
    // A day of 32 GPUs, of which 5 are free.
    const input: AnalysisInput = {
      nodegroups: [{ name: "h100", gpus: 32, held: 20, idle: 6, stalled: 2, starting: 1, outOfService: 4, absent: 3 }],
    };
    expect(answer(1, input)).toBe(
      "Of 768 GPU-hours paid for, 696 were present and 600 healthy, 480 allocated, 264 active at most. " +
        "The rest was 144 held and idle, 120 free, 96 out of service, 72 absent, 48 busy but starved and 24 starting; " +
        "telemetry accounts for all of it.",
    );
  });

  test("leaves out what there was nothing of", () => {
    expect(answer(1, inputs.steady)).toBe(
      "Of 1,152 GPU-hours paid for, 1,152 were present and 1,152 healthy, 1,008 allocated, 1,008 active at most. " +
        "The rest was 144 free; telemetry accounts for all of it.",
    );
    expect(answer(1, { nodegroups: [{ name: "h100", gpus: 16, held: 16 }] })).toMatch(
      /384 active at most\. There was no rest; telemetry accounts for all of it\.$/,
    );
  });

  test("says how much telemetry does not account for, and from 1 % on that it is too much", () => {
    // Of 288 ticks 2 are not known, or 4.
    const silent = (minutes: number): AnalysisInput => ({
      ...inputs.steady,
      silent: { kubeState: first(minutes / 60) },
    });
    expect(answer(1, silent(10))).toMatch(/; telemetry accounts for all but 0\.7%\.$/);
    expect(answer(1, silent(20))).toMatch(
      /; telemetry leaves 1\.4% unaccounted for, more than the 1% of a reconciled account\.$/,
    );
  });

  test("does not say what was active where DCGM was silent for most of the time", () => {
    expect(answer(1, inputs.noDcgm)).toBe(
      "Of 1,152 GPU-hours paid for, 1,152 were present and 1,152 healthy; 144 of these were free and the others allocated. " +
        "DCGM was silent for most of the time, so that nobody knows how many were active.",
    );
    expect(answer(1, { ...inputs.steady, silent: { dcgm: first(11) } })).toContain(
      "1,008 allocated, 1,008 active at most, the use of 462 of them being unknown. ",
    );
  });

  test("counts as allocated, and as active at most, what was held for a use that is not known", () => {
    expect(answer(1, { nodegroups: [{ name: "h100", gpus: 16, held: 12, idle: 2, stalled: Number.NaN }] })).toBe(
      "Of 384 GPU-hours paid for, 384 were present and 384 healthy, 288 allocated, 240 active at most, the use of 240 of them being unknown. " +
        "The rest was 96 free and 48 held and idle; telemetry accounts for all of it.",
    );
  });

  test("says nothing but what is paid for where kube-state-metrics was", () => {
    expect(answer(1, inputs.nothingSeen)).toBe(
      "Not known: kube-state-metrics was silent for most of the time, and 1,152 GPU-hours are paid for.",
    );
  });
});

describe("which queues missed their target", () => {
  /** Gangs of the queues of the steady world, on h100, where the target is 4 h. */
  const started = (...groups: (GangInput & { readonly times?: number })[]): AnalysisInput => ({
    ...inputs.steady,
    observed: {
      started: groups.flatMap(({ times = 1, ...group }, i) =>
        gangs(
          Array.from({ length: times }, (_, n) => ({
            nodegroup: "h100",
            localQueue: "h",
            gang: `team/Job/${i}-${n}`,
            ...group,
          })),
        ),
      ),
    },
  });

  test("is none where nothing came", () => {
    expect(answer(2, inputs.steady)).toBe("None: nothing started, and nothing waits.");
  });

  test("is not known where nothing was seen", () => {
    expect(answer(2, inputs.nothingSeen)).toMatch(/^Not known: .*Kueue.* did not say what waited\.$/);
  });

  test("is none where every p95 met its target, with what waited beyond it all the same", () => {
    expect(answer(2, started({ created: 0, times: 20 }))).toBe(
      "None of 1 LocalQueue: every p95 met its target, and nothing waited beyond it.",
    );
    // One of 100 gangs waited for 6 h: by gangs and by GPUs that is 1 %.
    expect(answer(2, started({ created: 0, times: 99 }, { created: 0, scheduled: 6 * HOUR }))).toBe(
      "None of 1 LocalQueue: every p95 met its target, and the slowest few waited 2 GPU-hours beyond it.",
    );
  });

  test("names a queue with its p95, its target, what waited beyond it and when", () => {
    // 20 GPUs waited for an hour longer than the 4 that they might.
    expect(answer(2, started({ created: 0, scheduled: 5 * HOUR, times: 20 }))).toBe(
      "1 of 1 LocalQueue: team/h (p95 5 h, target 4 h, 20 GPU-hours beyond it, on Mon 5 Jan from 04:00 to 05:00 UTC).",
    );
  });

  test("says at least, where many still wait", () => {
    const input = started({ created: 0, scheduled: 5 * HOUR, times: 20 });
    expect(answer(2, { ...input, queues: [{ name: "h", nodegroups: ["h100"], pending: 5 }] })).toContain(
      " (p95 at least 5 h, target 4 h, ",
    );
  });

  test("names a queue that met it by gangs, but not by the GPUs that they asked for", () => {
    // One of 100 gangs, with 8 of 107 GPUs.
    const large = { created: 0, scheduled: 5 * HOUR, gpusPerPod: 8 };
    expect(answer(2, started({ created: 0, times: 99 }, large))).toBe(
      "1 of 1 LocalQueue: team/h (p95 0 s by gangs, but 5 h by GPUs asked for, target 4 h, 8 GPU-hours beyond it, on Mon 5 Jan from 04:00 to 05:00 UTC).",
    );
  });

  test("tells what waited in queues that are not named, and counts those past the third", () => {
    const names = ["v", "w", "x", "y", "z"];
    const world = started(
      ...["v", "w", "x", "y"].map((localQueue): GangInput => ({ created: 0, scheduled: 5 * HOUR, localQueue })),
      ...[0, 0, 6 * HOUR].map((scheduled, i): GangInput & { times: number } => ({
        created: 0,
        scheduled,
        localQueue: "z",
        times: i === 2 ? 1 : 50,
      })),
    );
    const found = answer(2, { ...world, queues: names.map((name) => ({ name, nodegroups: ["h100"] })) });
    expect(found).toMatch(/^4 of 5 LocalQueues: team\/v \(p95 5 h, .*; team\/w \(.*; team\/x \([^;]*; and 1 more\. /);
    // 1 GPU-hour in each of four, and 2 in the fifth.
    expect(found).toMatch(/ In all queues together 6 GPU-hours waited beyond target\.$/);
    expect(found).not.toContain("team/y");
  });
});

describe("what waited while GPUs were free, and behind which gate", () => {
  const half = { name: "h100", gpus: 16, held: 8 };
  const waits = { name: "h", nodegroups: ["h100"], able: ["h100"], pendingGpus: between(8, 20, 8) };

  test.each<[string, AnalysisInput, string]>([
    ["for capacity that was not there", inputs.short, "0%"],
    ["behind quota", { nodegroups: [half], queues: [{ ...waits, nominal: 8, reserved: 8 }] }, "100%"],
    [
      "behind flavors that do not reach the free GPUs",
      {
        nodegroups: [
          { ...half, held: 16 },
          { ...half, name: "h200" },
        ],
        queues: [{ ...waits, able: ["h100", "h200"] }],
      },
      "100%",
    ],
    [
      "behind the head of a strict queue",
      {
        nodegroups: [{ name: "h100", gpus: 32, held: 8 }],
        // Of 2 workloads the first is the head itself, of which nobody can say why it waits.
        queues: [{ ...waits, strict: true, pending: between(8, 20, 2), pendingGpus: between(8, 20, 16), admitted: 0 }],
      },
      "50% to 100%",
    ],
    ["while enough were free, but apart", inputs.fragmented, "0% to 100%"],
    ["for GPUs out of service", { nodegroups: [{ ...half, outOfService: 8 }], queues: [waits] }, "0%"],
    ["for causes that telemetry cannot tell", { nodegroups: [half], queues: [waits] }, "0% to 100%"],
  ])("%s", (words, input, share) => {
    const found = answer(3, input);
    expect(found.startsWith(`${share} of the `)).toBe(true);
    expect(found).toContain(`96 ${words}`);
  });

  test("is nothing, where nothing waited", () => {
    expect(answer(3, inputs.steady)).toBe("Nothing waited.");
    expect(answer(3, inputs.noDcgm)).toBe("Nothing waited.");
  });

  test("is not known, where those who could say it were silent", () => {
    expect(answer(3, inputs.noKueue)).toBe("Not known: Kueue did not say what waited.");
    expect(answer(3, inputs.nothingSeen)).toBe("Not known: Kueue and kube-state-metrics did not say what waited.");
  });

  test("is what was seen of it, where they were for most of the time", () => {
    expect(answer(3, { ...inputs.short, silent: { kueue: first(13) } })).toBe(
      "0% of the 56 GPU-hours that were seen to wait. By gate: 56 for capacity that was not there.",
    );
  });

  test("names gates by their share, most first, and none below 1 %", () => {
    // 96 GPU-hours behind quota; on b100, which is full, 192 for capacity; on c100 so little for fragmentation.
    const input = (hours: number): AnalysisInput => ({
      nodegroups: [half, { ...half, name: "b100", held: 16 }, { ...half, name: "c100", scattered: true }],
      queues: [
        { ...waits, nominal: 8, reserved: 8 },
        { name: "b", nodegroups: ["b100"], able: ["b100"], pendingGpus: 8 },
        { name: "c", nodegroups: ["c100"] },
      ],
      unplaced: [{ clusterQueue: "c", nodegroup: "c100", pods: 1, gpusPerPod: 8, fromHour: 0, toHour: hours }],
    });
    expect(answer(3, input(0.25))).toMatch(
      /^33% to 34% of the 290 GPU-hours that waited\. By gate: 192 for capacity that was not there, 96 behind quota and 2 behind other gates\.$/,
    );
    expect(answer(3, input(6))).toMatch(
      /By gate: 192 for capacity that was not there, 96 behind quota and 48 while enough were free, but apart\.$/,
    );
  });
});

describe("who holds what is idle or lost", () => {
  const idle = (namespace: string, hours: number): QuietSpan => ({
    state: "idle",
    nodegroup: "h100",
    namespace,
    firstTick: 0,
    lastTick: hours * 12 - 1,
  });
  const of = (observed: Partial<Observed>, rest: Partial<AnalysisInput> = {}) =>
    answer(4, { ...inputs.steady, ...rest, observed });

  test("is each team with its GPU-hours and their list price", () => {
    // 7 GPUs for a day at $2.
    expect(answer(4, inputs.idle)).toBe("Team (168 GPU-hours idle, $336); together $336 at list price in 1 day.");
    const failed = gangs([{ created: 0, ended: 2 * HOUR, pods: 3, nodegroup: "h100", namespace: "x", lost: true }]);
    expect(of({ started: failed })).toBe("x (6 GPU-hours lost at most, $12); together $12 at list price in 1 day.");
    expect(of({ started: failed, quiet: [idle("x", 10)] })).toBe(
      "x (10 GPU-hours idle and 6 GPU-hours lost at most, $32); together $32 at list price in 1 day.",
    );
  });

  test("names no dollars where the contract names no prices", () => {
    const [a100, h100] = inputs.steady.nodegroups;
    const unpriced = { nodegroups: [a100!, h100!].map((group) => ({ ...group, usdPerGpuHour: 0 })) };
    expect(of({ quiet: [idle("x", 10)] }, unpriced)).toBe(
      "x (10 GPU-hours idle); what that is worth is not known, as the contract names no prices.",
    );
  });

  test("names three, most costly first, and counts the others", () => {
    const quiet = [idle("v", 1), idle("w", 5), idle("x", 4), idle("y", 3), idle("z", 2)];
    expect(of({ quiet })).toBe(
      "w (5 GPU-hours idle, $10), x (4 GPU-hours idle, $8), y (3 GPU-hours idle, $6) and 2 others; together $30 at list price in 1 day.",
    );
    expect(of({ quiet: quiet.slice(1) })).toContain(" and 1 other; together $28 ");
    expect(of({ quiet: quiet.slice(1, 4) })).toMatch(/ and y \(3 GPU-hours idle, \$6\); together \$24 /);
  });

  test("is nobody, where nothing is", () => {
    expect(answer(4, inputs.steady)).toBe(
      "Nobody: no GPU-hour was held idle for an hour, and none was lost to a failure.",
    );
    expect(answer(4, inputs.noKueue)).toMatch(/^Nobody: /);
  });

  test("is not known, where those who could say it were silent, and else the least", () => {
    expect(answer(4, inputs.noDcgm)).toBe("Not known: DCGM was silent for most of the time.");
    expect(answer(4, inputs.nothingSeen)).toBe(
      "Not known: kube-state-metrics and DCGM were silent for most of the time.",
    );
    expect(of({ quiet: [idle("x", 10)] }, { silent: { dcgm: (hour) => hour > 11 } })).toBe(
      "x (10 GPU-hours idle, $20); together $20 at list price in 1 day. That is the least: DCGM was silent for most of the time.",
    );
  });
});

describe("what is free, and what remains to buy", () => {
  const action = (rest: Partial<ActionRow>): ActionRow => ({
    action: "lend",
    place: "h100",
    what: "Lend it",
    because: "it waited",
    nodes: null,
    gpu_hours_behind: 30,
    gpu_hours_freed: null,
    usd_per_month: 0,
    loses: "nobody",
    what_if: null,
    ...rest,
  });
  const of = (plan: Partial<Plan>) => answer(5, inputs.steady, plan);

  test("is nothing and nothing, where no action follows", () => {
    expect(of({})).toBe(
      "No free action has enough behind it to be worth taking. Nothing remains that only buying mends.",
    );
  });

  test("is what each free action removes or frees, and who loses by it", () => {
    const reap = action({
      action: "reap",
      what: "Stop it",
      gpu_hours_behind: null,
      gpu_hours_freed: 1,
      loses: "Team",
    });
    expect(of({ actions: [action({}), reap] })).toBe(
      "Free: lend it (30 GPU-hours waited behind it; who loses: nobody); stop it (frees at most 1 GPU-hour; who loses: Team). " +
        "Nothing remains that only buying mends.",
    );
  });

  test("names once what both frees GPUs and opens room for what waits", () => {
    const reap = action({ action: "reap", what: "Stop it", gpu_hours_freed: 40 });
    expect(of({ actions: [reap] })).toBe(
      "Free: stop it (frees at most 40 GPU-hours; who loses: nobody). Nothing remains that only buying mends.",
    );
  });

  test("names three, what removes waiting before what frees GPUs, and counts the others", () => {
    const feed = action({ action: "feed", what: "Feed", gpu_hours_behind: null, gpu_hours_freed: 99 });
    const found = of({ actions: [feed, ...["A", "B"].map((what) => action({ what })), feed] });
    expect(found).toMatch(/^Free: a \(.*\); b \(.*\); feed \([^;]*; who loses: nobody\); and 1 more\. /);
  });

  test("is what waits for capacity, where, with how many nodes and at what price", () => {
    const { diagnosis } = worldOf(inputs.short);
    const capacity = [capacityRowOf({ nodegroup: "h100", nodes_to_add: 1 })];
    expect(of({ capacity, actions: actions(diagnosis, capacity) })).toBe(
      "No free action has enough behind it to be worth taking. What then remains only buying mends: for a p95 wait of 1 h, 1 node more in h100 at $11,680 a month (96 GPU-hours waited for capacity there).",
    );
  });

  test("never calls free what is bought, though it has no price", () => {
    const capacity = [capacityRowOf({ nodegroup: "h100", nodes_to_add: 1 })];
    expect(of({ capacity, actions: [action({ action: "add", nodes: 1, usd_per_month: 0 })] })).toMatch(
      /^No free action has enough behind it to be worth taking\. What then remains only buying mends: for a p95 wait of 1 h, 1 node more in h100 at \$0 a month \(30 GPU-hours waited for capacity there\)\.$/,
    );
  });

  test("is free as far as nodes can be moved, and only the others are bought", () => {
    // One of three nodes is moved: a third of 96 GPU-hours.
    const { diagnosis } = worldOf(inputs.short);
    const capacity = [
      capacityRowOf({ nodegroup: "a100", nodes_to_add: -1 }),
      capacityRowOf({ nodegroup: "h100", nodes_to_add: 3 }),
    ];
    expect(of({ capacity, actions: actions(diagnosis, capacity) })).toBe(
      "Free: move 1 node from a100 to h100, if the network between them allows it (32 GPU-hours waited for capacity there; who loses: a: less headroom). " +
        "What then remains only buying mends: for a p95 wait of 1 h, 2 nodes more in h100 at $23,360 a month (64 GPU-hours waited for capacity there).",
    );
  });

  test("leaves out what is given back, or moved to where nothing waited", () => {
    const move = action({ action: "move", nodes: 1, gpu_hours_behind: 0 });
    const free = action({ action: "free", nodes: 1, gpu_hours_behind: null });
    expect(of({ actions: [move, free] })).toBe(of({}));
  });

  test("does not claim that nothing must be bought where the plan cannot tell", () => {
    const unknown = (nodegroup: string) => capacityRowOf({ nodegroup, nodes_to_add: null, estimable: "no: 3 jobs" });
    expect(of({ capacity: [unknown("a100"), capacityRowOf({ nodegroup: "h100" })] })).toBe(
      "No free action has enough behind it to be worth taking. What only buying mends in a100 is not known.",
    );
    const capacity = [capacityRowOf({ nodegroup: "h100", nodes_to_add: 1 }), ...["a", "b", "c"].map(unknown)];
    expect(of({ capacity, actions: actions(worldOf(inputs.short).diagnosis, capacity) })).toMatch(
      / at \$11,680 a month \(96 GPU-hours waited for capacity there\)\. What only buying mends in a and 2 more is not known\.$/,
    );
  });
});

describe("fiveQuestionsText(answers)", () => {
  test("is a numbered list in Markdown", () => {
    expect(
      fiveQuestionsText([
        { question: "One?", answer: "Yes." },
        { question: "Two?", answer: "No." },
      ]),
    ).toBe("1. **One?** Yes.\n2. **Two?** No.");
  });

  test("has five questions, each with an answer, whatever was seen", () => {
    for (const input of [...Object.values(inputs), { nodegroups: [] }]) {
      const answers = fiveQuestions(analysisOf(input).diagnosis, noPlan);
      expect(answers).toHaveLength(5);
      for (const each of answers) {
        expect(each.question).toMatch(/\?$/);
        expect(each.answer).toMatch(/^\S.*\.$/);
        expect(each.answer).not.toMatch(/NaN|undefined|null|Infinity/);
      }
    }
  });
});
