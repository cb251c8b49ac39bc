import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Analysis } from "../analysis/analyse.js";
import { fiveQuestions } from "../analysis/five-questions.js";
import { actionSheet, causeSheet, waitSheet } from "../analysis/tables.js";
import { headline, headlineText } from "../diagnosis/headline.js";
import { budgetSentence } from "../plan/budget.js";
import { makePlan } from "../plan/plan.js";
import { type AnalysisInput, analysisOf } from "../testing/analysis.js";
import { said, textsIn } from "./__fixtures__/read.js";
import { during, gangs, inputs, nodesByHand, TARGET_SECONDS, worldOf } from "./__fixtures__/worlds.js";
import { coverage } from "./coverage.js";
import { demandAndCapacity } from "./demand-and-capacity.js";
import { episodes } from "./episodes.js";
import type { Figure } from "./figure.js";
import { fragmentationFigure, worstMoment } from "./fragmentation-moment.js";
import { gpusForTarget } from "./gpus-for-target.js";
import { howLong } from "./how-long.js";
import { imbalanceByHour } from "./imbalance-by-hour.js";
import { metricsAgree } from "./metrics-agree.js";
import { whatWaited } from "./what-waited.js";
import { whereGpuHoursWent } from "./where-gpu-hours-went.js";
import { whoWaits } from "./who-waits.js";

const fragmentation = (analysis: Analysis): Figure => {
  const moment = worstMoment(analysis.observed);
  return fragmentationFigure(analysis, moment, moment ? nodesByHand(analysis.observed, moment) : []);
};
const figures = {
  whereGpuHoursWent,
  whatWaited,
  demandAndCapacity,
  imbalanceByHour,
  metricsAgree,
  episodes,
  howLong,
  whoWaits,
  fragmentation,
};

/** Workloads pending for an unknown number of GPUs in the queue of h100; 2 of them unless told. */
const unsized = (base: AnalysisInput, pending: (hour: number) => number = () => 2): AnalysisInput => ({
  ...base,
  queues: base.queues!.map((queue) =>
    queue.name === "h" ? { ...queue, pending, pendingGpus: () => undefined } : queue,
  ),
});
/** The same, but known from noon on. */
const upgraded = (gpus: (hour: number) => number, pending: (hour: number) => number): AnalysisInput => ({
  nodegroups: [inputs.steady.nodegroups[0]!, { name: "h100", gpus: 16, held: 16 }],
  queues: [
    inputs.steady.queues![0]!,
    { name: "h", nodegroups: ["h100"], pending, pendingGpus: (hour) => (hour < 12 ? undefined : gpus(hour)) },
  ],
});
/** Queues of which no nodegroup is known, pending for a known number of GPUs. */
const placeless: AnalysisInput = { ...inputs.steady, queues: [{ name: "h", nodegroups: [], pendingGpus: 8 }] };
/** No pod names its queue. */
const podless: AnalysisInput = {
  nodegroups: inputs.steady.nodegroups.map((group) => ({ ...group, heldOutsideKueue: 14 })),
  queues: inputs.steady.queues!.map((queue) => ({ ...queue, reserved: 8 })),
};
const none: AnalysisInput = unsized(inputs.steady);

/** All that is said of a world, where a reader would look. */
function wordsFor(analysis: Analysis): string[] {
  const plan = makePlan(analysis, TARGET_SECONDS);
  return [
    headlineText(headline(analysis.diagnosis)),
    ...fiveQuestions(analysis.diagnosis, plan).map(({ answer }) => answer),
    budgetSentence(analysis, plan),
    ...actionSheet(plan).rows.flat().map(String),
    ...Object.values(figures).flatMap((draw) => {
      const figure = draw(analysis);
      return [said(figure), figure.note, figure.alt, ...textsIn(figure)];
    }),
  ];
}

/** What nobody may say while work waits uncounted. */
const LIE =
  /in balance|(?<!next to )nothing waited(?! beyond it)|nobody waited|no job waited|nothing waits|no workload was pending|nothing was pending|nothing has to be changed|nothing remains|nothing follows|no action is called for|nothing needs to move|no demand to move|nothing here calls|never scattered|no nodegroup is short|give nodes back/i;
const lies = (analysis: Analysis) => wordsFor(analysis).filter((text) => LIE.test(text));

describe("while work waits uncounted", () => {
  test("the lies are those that are true where nothing waits", () => {
    expect(lies(worldOf(inputs.steady)).length).toBeGreaterThan(8);
    // Nothing pending is nothing, whether its GPUs are exported or not.
    expect(lies(worldOf(unsized({ ...inputs.steady }, () => 0))).length).toBeGreaterThan(8);
  });

  test.each(Object.entries({ none, placeless, podless, slack: unsized(inputs.slack) }))(
    "nothing says that nothing waited: %s",
    (_, input) => {
      expect(lies(worldOf(input))).toEqual([]);
    },
  );

  test("whatever part of the time it is, whatever is counted besides", { timeout: 60_000 }, () => {
    const hours = fc.array(fc.nat(4), { minLength: 6, maxLength: 6 });
    const world = fc.record({
      pending: hours,
      known: fc.array(fc.boolean(), { minLength: 6, maxLength: 6 }),
      held: fc.constantFrom(0, 10, 16),
      gpus: fc.constantFrom(1, 4, 12),
    });
    fc.assert(
      fc.property(world, ({ pending, known, held, gpus }) => {
        const at = (hour: number) => Math.floor(hour);
        const isHidden = pending.some((workloads, hour) => workloads > 0 && !known[hour]);
        fc.pre(isHidden);
        const analysis = analysisOf({
          hours: 6,
          nodegroups: [{ name: "h100", gpus: 16, held }],
          queues: [
            {
              name: "h",
              nodegroups: ["h100"],
              pending: (hour) => pending[at(hour)],
              pendingGpus: (hour) => (known[at(hour)] ? pending[at(hour)]! * gpus : undefined),
            },
          ],
        });
        expect(lies(analysis)).toEqual([]);
      }),
      { numRuns: 25 },
    );
  });
});

describe("where no GPUs are known to be pending", () => {
  test("the headline says what is not known", () => {
    expect(headlineText(headline(worldOf(none).diagnosis))).toBe(
      "How much waited is not known: 48 workload-hours were pending in 1 ClusterQueue, in 100% of the time, and no series says for how many GPUs",
    );
    expect(headlineText(headline(worldOf(podless).diagnosis))).toBe(
      "How much waited is not known: no pod names any of 2 ClusterQueues that admit workloads, so that nobody sees what started or lacked nodes",
    );
  });

  test.each([
    [whatWaited, "How much waited for GPUs is not known"],
    [episodes, "Whether there were episodes of waiting is not known"],
    [whoWaits, "Who waited for how many GPUs is not known"],
    [demandAndCapacity, "Where demand is known it stayed within capacity; not all of it is"],
    [imbalanceByHour, "No nodegroup was short in any hour that is known; not all are"],
  ])("the figure says so: %o", (draw, title) => {
    const figure = draw(worldOf(none));
    expect(figure.title).toBe(title);
    expect(figure.takeaway).toContain("48 workload-hours were pending in 1 ClusterQueue");
    expect(figure.takeaway).toContain("Have Kueue export it (from 0.18 on");
    expect(figure.note).toContain("What waited is the least that it was");
  });

  test.each([
    [demandAndCapacity, "Demand is not known in any hour, so nothing compares with capacity"],
    [imbalanceByHour, "Balance is not known for any hour"],
    [metricsAgree, "Imbalance is not known for any hour, so nothing compares"],
  ])("and if they could be for any nodegroup, so does %o", (draw, title) => {
    const figure = draw(worldOf(placeless));
    expect(figure.title).toBe(title);
    expect(figure.takeaway).toContain("no nodegroup is known for their flavors");
  });

  test("waits within their target do not say that nothing is to be done", () => {
    const seen: AnalysisInput = {
      ...inputs.steady,
      observed: {
        started: ["a100", "h100"].flatMap((nodegroup, i) =>
          gangs({ nodegroup, queue: "ah"[i]!, count: 60, everyHours: 0.3 }),
        ),
      },
    };
    expect(howLong(worldOf(seen)).takeaway).toContain("No action is called for");
    const { title, takeaway } = howLong(worldOf(unsized(seen, during(0, 12, 2))));
    expect(title).toBe("Every LocalQueue met its wait target");
    expect(takeaway).toMatch(/not how much did: 24 workload-hours were pending .*\. Have Kueue export it/);
    expect(lies(worldOf(unsized(seen, during(0, 12, 2))))).toEqual([]);
  });

  test.each([demandAndCapacity, imbalanceByHour])("a nodegroup of which no hour is known has no zeros: %o", (draw) => {
    const figure = draw(worldOf(none));
    expect(textsIn(figure).filter((text) => text === "unknown")).toHaveLength(2);
    const row = figure.table.rows.find(({ name }) => name === "h100")!;
    expect(Object.values(row).filter((cell) => cell === 0)).toEqual([row["hours"]]);
  });

  test("what is counted is no exact number, and the rest may wait for something else", () => {
    const late = gangs({ nodegroup: "h100", queue: "h", count: 60, everyHours: 0.3, waitSeconds: 6 * 3600 });
    const some: AnalysisInput = { ...unsized(inputs.fragmented), observed: { started: late } };
    expect(textsIn(whoWaits(worldOf(some)))).toContain("at least 96, Team");
    expect(howLong(worldOf(some)).takeaway).toMatch(/waited beyond target\.$/);
    expect(howLong(worldOf({ ...inputs.fragmented, observed: { started: late } })).takeaway).toMatch(
      /beyond target; packing pods onto fewer nodes would help at no cost\.$/,
    );
  });

  test("nobody says that nothing waited for nodes that are lacking", () => {
    const input = {
      nodegroups: [{ name: "h100", gpus: 8, held: 8 }],
      queues: [{ name: "h100", nodegroups: ["h100"], able: ["h100"], pending: 2, pendingGpus: () => undefined }],
      hours: 100,
      observed: { started: gangs({ nodegroup: "h100", count: 96, gpusPerPod: 8, hours: 3, waitSeconds: 4 * 3600 }) },
    };
    const plan = makePlan(worldOf(input), TARGET_SECONDS);
    expect(plan.actions).toMatchObject([{ action: "add", place: "h100", gpu_hours_behind: null }]);
    expect(actionSheet(plan).rows.flat()).toContain("how much waited for capacity there is not known");
    expect(gpusForTarget(worldOf(input), plan).takeaway).toContain("No free action that is known stands against it");
  });

  test("free GPUs are neither in use nor slack for certain", () => {
    expect(whereGpuHoursWent(worldOf(none)).takeaway).toMatch(/How much work waited is not known: 48 workload-hours/);
    expect(whereGpuHoursWent(worldOf(unsized(inputs.slack))).takeaway).toMatch(/Give none back before it is known/);
    expect(headline(worldOf(unsized(inputs.slack)).diagnosis).kind).toBe("unknown");
  });

  test("the metrics are quiet in the hours that are known alone", () => {
    // The queue of the nodegroup looked at is known.
    const { title, takeaway } = metricsAgree(worldOf(none));
    expect(title).toBe("No metric raises a100 in any of 24 hours that are known");
    expect(takeaway).toContain("not all that waited is counted");
  });

  test("sources that were seen did not say all", () => {
    expect(coverage(worldOf(none)).takeaway).toMatch(/Yet they do not say all: 48 workload-hours were pending/);
  });

  test("tables say so, too", () => {
    expect(causeSheet(worldOf(none)).rows).toEqual([["h100", "h", "unknown", "unknown: 48 workload-hours", "unknown"]]);
    expect(causeSheet(worldOf(placeless)).rows[0]![0]).toBe("unknown");
    expect(actionSheet(makePlan(worldOf(none), TARGET_SECONDS)).rows[0]!.slice(0, 3)).toEqual([
      "none yet",
      "",
      "Have Kueue export it (from 0.18 on, with metrics.enableClusterQueueResources)",
    ]);
    expect(whoWaits(worldOf(none)).table.rows).toContainEqual(
      expect.objectContaining({ queue: "team/h", total: null, how: "unknown" }),
    );
    expect(
      whatWaited(
        worldOf(
          upgraded(
            () => 0,
            () => 2,
          ),
        ),
      ).table.rows,
    ).toContainEqual(expect.objectContaining({ nodegroup: "h100", total: null }));
  });

  test("nothing is given back from under what may wait", () => {
    const replayed = { observed: { started: gangs({ nodegroup: "h100", queue: "h", count: 120, everyHours: 0.9 }) } };
    const nodegroups = [inputs.slack.nodegroups[0]!, { name: "h100", gpus: 64, held: 8 }];
    const week = { ...inputs.slack, nodegroups, hours: 120, ...replayed };
    const [, row] = makePlan(analysisOf(week), TARGET_SECONDS).capacity;
    const [, kept] = makePlan(analysisOf(unsized(week)), TARGET_SECONDS).capacity;
    expect([row!.estimable, kept!.estimable]).toEqual(["yes", "yes"]);
    expect([row!.nodes_to_add! < 0, kept!.nodes_to_add]).toEqual([true, 0]);
  });
});

describe("where they are known for a part of the time", () => {
  const long = upgraded(
    () => 8,
    () => 1,
  );
  const brief = upgraded(during(13, 14, 4), during(0, 14, 1));
  const listed: AnalysisInput = {
    ...upgraded(during(13, 14.5, 8), during(0, 15, 1)),
    nodegroups: [inputs.steady.nodegroups[0]!, { name: "h100", gpus: 64, held: 64 }],
  };

  test("numbers are the least", () => {
    expect(headlineText(headline(worldOf(long).diagnosis))).toBe(
      "h100 short of capacity: at least 96 GPU-hours waited, on Mon 5 Jan from 12:00 to 00:00 UTC",
    );
    expect(whatWaited(worldOf(long)).title).toBe("h100 short of capacity: at least 96 GPU-hours waited");
    expect(whatWaited(worldOf(long)).takeaway).toContain("Of all 96 GPU-hours that are counted");
    expect(episodes(worldOf(long)).title).toBe("h100 was short of capacity: 1 episode, at least 96 GPU-hours");
    expect(whoWaits(worldOf(long)).title).toBe("100% of all waiting that is counted is in team/h: 96 GPU-hours");
    expect(textsIn(whatWaited(worldOf(long)))).toContain("at least 96, none while GPUs were free");
    expect(causeSheet(worldOf(long)).rows[0]!.at(-1)).toBe("at most 100%");
  });

  test("little may be more", () => {
    expect(headlineText(headline(worldOf(brief).diagnosis))).toMatch(
      /^At least 4 GPU-hours waited, how much more is not known: 12 workload-hours were pending/,
    );
    expect(whatWaited(worldOf(brief)).title).toBe("At least 4 GPU-hours waited; how much more is not known");
    expect(whoWaits(worldOf(brief)).title).toBe("At least 4 GPU-hours waited, in 1 LocalQueue; the rest is not known");
    expect(episodes(worldOf(listed)).takeaway).toContain("whether more waited is not known, as the note says");
    expect(budgetSentence(worldOf(brief), makePlan(worldOf(brief), TARGET_SECONDS))).toMatch(
      /^Over 5 Jan 2026 jobs waited at least 4 GPU-hours; .*\. More may have waited: 12 workload-hours .* Whether anything has to be changed is not known; /,
    );
  });

  test("and how much of the time is not known is said", () => {
    expect(whatWaited(worldOf(brief)).takeaway).toContain("in 50% of the time");
    expect(
      demandAndCapacity(
        worldOf(
          upgraded(
            () => 0,
            () => 1,
          ),
        ),
      ).takeaway,
    ).toContain("h100 is known in 12 of 24 hours");
    const passing = worldOf(
      upgraded(
        (hour) => (hour % 6 < 1 ? 1.2 : 0),
        () => 1,
      ),
    );
    expect(demandAndCapacity(passing).takeaway).toContain("Whether that is an alarm is not known");
    expect(imbalanceByHour(passing).title).toMatch(/of those that are known$/);
  });
});

describe("where no pod names its queue", () => {
  test("what started is not known, and no plan follows", () => {
    const analysis = worldOf(podless);
    expect(howLong(analysis).takeaway).toMatch(/^No pod names any of 2 ClusterQueues that admit workloads/);
    expect(waitSheet(analysis).rows.map(([, started]) => started)).toEqual(["unknown", "unknown"]);
    const plan = makePlan(analysis, TARGET_SECONDS);
    expect(plan.capacity.map(({ estimable }) => estimable)).toEqual(
      Array(2).fill("no: pods do not say which queue they are of"),
    );
    expect(gpusForTarget(analysis, plan).takeaway).toContain("Have pods carry the labels of their queues; until then");
    expect(fiveQuestions(analysis.diagnosis, plan)[1]!.answer).toMatch(/^Not known\. No pod names any of 2/);
    expect(fiveQuestions(analysis.diagnosis, plan)[2]!.answer).toMatch(/^Not known: no pod names any of 2/);
  });

  test("shapes are not known, but of the queues that pods do name", () => {
    expect(fragmentation(worldOf(podless)).title).toBe("Whether free GPUs were scattered is not known");
    expect(textsIn(fragmentation(worldOf(podless)))).toContain("Not known: no shape that was asked for is seen");
    const one = { ...podless, observed: { started: gangs({ nodegroup: "a100", queue: "a", count: 3 }) } };
    expect(fragmentation(worldOf(one)).title).toBe("Free GPUs were not scattered for any shape that is known");
    expect(fragmentation(worldOf(unsized(inputs.fragmented))).takeaway).toMatch(/Over the period/);
  });

  test("without LocalQueues, no wait belongs to one", () => {
    const analysis = worldOf({ ...none, observed: { localQueues: [] } });
    expect(howLong(analysis).title).toBe("Whether wait targets were met is not known: no LocalQueue is seen");
    expect(howLong(analysis).takeaway).toContain("2 workloads still waited at the end in the ClusterQueues");
    expect(fiveQuestions(analysis.diagnosis, makePlan(analysis, TARGET_SECONDS))[1]!.answer).toBe(
      "Not known: no series of LocalQueues are here, which Kueue exports from 0.17 on, or with its feature gate LocalQueueMetrics.",
    );
  });
});
