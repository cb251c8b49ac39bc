import { describe, expect, test } from "vitest";
import type { StartedGang } from "../join/observed.js";
import { defaultWaitTargets } from "../tables/contract.js";
import type { AnalysisInput, QueueInput } from "../testing/analysis.js";
import { duration } from "../units/format.js";
import { column, textsIn } from "./__fixtures__/read.js";
import { during, gangs, histogramOf, inputs, withContract, worldOf } from "./__fixtures__/worlds.js";
import { howLong, howLongFinding } from "./how-long.js";

const found = (input: AnalysisInput) => howLongFinding(worldOf(input).diagnosis);
const drawn = (input: AnalysisInput) => howLong(worldOf(input));
/** Four days of h100 with one queue, of which these gangs started. */
const started = (
  gangsOf: readonly StartedGang[],
  rest: Partial<AnalysisInput> = {},
  queue: Partial<QueueInput> = {},
): AnalysisInput => ({
  hours: 96,
  nodegroups: [{ name: "h100", gpus: 16, held: 16 }],
  queues: [{ name: "h100", nodegroups: ["h100"], able: ["h100"], ...queue }],
  ...rest,
  observed: { started: gangsOf, ...rest.observed },
});
const HOUR = 3600;
const target = defaultWaitTargets.upToOneNodeSeconds;
/** Targets of the LocalQueue, in seconds. */
const targeted = (input: AnalysisInput, seconds: number) =>
  withContract(input, (contract) => ({
    ...contract,
    localQueues: contract.localQueues.map((queue) => ({ ...queue, waitTargetSeconds: seconds })),
  }));

describe("wait targets", () => {
  test("are neither met nor missed where nothing started", () => {
    expect(found(inputs.steady)).toEqual({ kind: "unknown", waiting: 0 });
    const lately = { pendingGpus: during(93, 96, 8), pending: during(93, 96, 3) };
    expect(found(started([], {}, lately))).toEqual({ kind: "unknown", waiting: 3 });
    expect(drawn(started([], {}, lately)).takeaway).toContain("3 workloads still waited at the end");
    expect(textsIn(drawn(inputs.steady))).toContain("No workload is known to have started or to wait");
  });

  test("are missed by what never started and waited beyond them", () => {
    const input = started([], {}, { pendingGpus: 8, pending: 3 });
    expect(found(input)).toMatchObject({ kind: "missed", known: 1, worst: { started: 0, overdue: 3 } });
    const figure = drawn(input);
    expect(figure.title).toBe(`team/h100 misses its wait target: 3 workloads still wait beyond ${duration(target)}`);
    expect(figure.takeaway).toContain(
      `Nothing of team/h100 started, and 3 workloads still waited at the end, at least 3 of them beyond target; the target is ${duration(target)}.`,
    );
    expect(textsIn(figure)).toContain("none started, 3 overdue");
  });

  test("are missed by what still waits, where what started did not wait so long", () => {
    const input = started(
      gangs({ nodegroup: "h100", count: 60, waitSeconds: 60 }),
      {},
      { pendingGpus: 40, pending: 5 },
    );
    expect(found(input)).toMatchObject({ kind: "missed", worst: { p95: 60, overdue: 5 } });
    expect(drawn(input).takeaway).toContain(
      "95% of 60 gangs of team/h100 that started had nodes within 1 min, but 5 workloads still waited at the end, at least 5 of them beyond target",
    );
  });

  test("of which nothing is known don't come with a number of waiting workloads that nobody saw", () => {
    expect(found(inputs.noKueue)).toEqual({ kind: "unknown", waiting: undefined });
    expect(drawn(inputs.noKueue).takeaway).toContain("how many still waited at the end was not seen");
  });

  test("are missed: every one of 60 gangs of 2 GPUs waits 5 hours, of the 4 that it may", () => {
    const input = started(gangs({ nodegroup: "h100", count: 60, gpusPerPod: 2, waitSeconds: 5 * HOUR }));
    expect(found(input)).toMatchObject({
      kind: "missed",
      known: 1,
      worst: {
        queue: "team/h100",
        p95: 5 * HOUR,
        targetSeconds: target,
        started: 60,
        gpuHoursOverTarget: expect.closeTo(120, 9),
      },
    });
    const { title, takeaway } = drawn(input);
    expect(title).toBe(`team/h100 misses its wait target: p95 5 h against ${duration(target)}`);
    expect(takeaway).toContain("95% of 60 gangs of team/h100 had nodes within 5 h, and the p95 is at least 5 h");
    expect(takeaway).toContain(`the target is ${duration(target)}`);
    // An hour beyond target, times 2 GPUs, times 60.
    expect(takeaway).toContain("120 GPU-hours waited beyond target");
  });

  test("are missed by one of two queues that can be judged, with the cause of its waiting", () => {
    const input = started([
      ...gangs({ nodegroup: "h100", count: 60, waitSeconds: 5 * HOUR }),
      ...gangs({ nodegroup: "h100", queue: "quick", count: 60, waitSeconds: 30 }),
    ]);
    const [queue] = input.queues!;
    const two = {
      ...input,
      queues: [
        { ...queue!, pendingGpus: during(8, 12, 8) },
        { ...queue!, name: "quick" },
      ],
    };
    expect(found(two)).toMatchObject({ kind: "missed", known: 2, missed: { length: 1 }, worst: { cause: "capacity" } });
    expect(drawn(two).takeaway).toContain("; more GPUs, or less demand at those hours, would help.");
    const both = {
      ...two,
      observed: {
        started: two.observed!.started!.map((gang) => ({ ...gang, scheduledSeconds: gang.createdSeconds + 6 * HOUR })),
      },
    };
    expect(found(both)).toMatchObject({ missed: { length: 2 } });
    expect(drawn(both).title).toBe("2 of 2 LocalQueues miss their wait target, team/h100 by most");
  });

  test("are missed at the point, though the bounds still allow for less: 6 of 60 gangs wait 5 hours", () => {
    const input = started(gangs({ nodegroup: "h100", count: 60, waitSeconds: (i) => (i % 10 === 0 ? 5 * HOUR : 60) }));
    expect(found(input)).toMatchObject({ kind: "missed", worst: { p95: 5 * HOUR, p95Lower: 60 } });
    expect(drawn(input).takeaway).toContain("and the p95 could be as low as 1 min");
    const one = started(gangs({ nodegroup: "h100", count: 1, waitSeconds: 5 * HOUR }));
    expect(found(one)).toMatchObject({ kind: "missed", worst: { p95Lower: 5 * HOUR, p95Upper: undefined } });
    expect(drawn(one).takeaway).toContain(
      "95% of 1 gang of team/h100 had nodes within 5 h, and the p95 is at least 5 h",
    );
  });

  test("are missed after admission where Kueue's own clock stops in time", () => {
    const input = started(gangs({ nodegroup: "h100", count: 60, waitSeconds: 5 * HOUR }), {
      observed: { waits: [histogramOf("h100", Array(60).fill(30))] },
    });
    // 30 s lie in the bucket from 20 to 40.
    expect(found(input)).toMatchObject({ worst: { admissionP95: { lower: 20, upper: 40 } } });
    expect(drawn(input).takeaway).toContain("puts it at 20 s to 40 s: the wait is for nodes, after that");
  });

  test("are missed by at least what is said where more than 5 % still wait", () => {
    const input = started(
      gangs({ nodegroup: "h100", count: 60, waitSeconds: 5 * HOUR }),
      {},
      { pendingGpus: 40, pending: 5 },
    );
    expect(found(input)).toMatchObject({ worst: { atLeast: true, waitingAtEnd: 5 } });
    expect(drawn(input).takeaway).toContain(
      "that started had nodes within 5 h, and 5 workloads still waited at the end: the p95 is at least 5 h",
    );
    expect(textsIn(drawn(input))).toContain("p95 at least 5 h");
  });

  test("fit into a title however they are said", () => {
    const input = targeted(started(gangs({ nodegroup: "h100", count: 60, waitSeconds: 15_000 })), 5400);
    expect(drawn(input).title).toBe("team/h100 misses its wait target of 1 h 30 min");
    expect(drawn(input).takeaway).toContain("within 4 h 10 min");
  });

  test("are missed by large gangs alone: 2 of 60 gangs wait, with 16 of 74 GPUs", () => {
    const input = started([
      ...gangs({ nodegroup: "h100", count: 58, waitSeconds: 60 }),
      ...gangs({ nodegroup: "h100", count: 2, gpusPerPod: 8, pods: 1, waitSeconds: 5 * HOUR, firstHour: 70 }),
    ]);
    expect(found(input)).toMatchObject({
      kind: "missed-by-gpus",
      worst: { p95: 60, p95ByGpus: 5 * HOUR, missedShare: expect.closeTo(2 / 60, 9) },
    });
    const { title, takeaway } = drawn(input);
    expect(title).toBe(`Large gangs of team/h100 wait longer than the target of ${duration(target)}`);
    expect(takeaway).toContain(
      "p95 of 1 min meets the target; by GPUs asked for, so that a gang counts for its size, it is 5 h",
    );
    expect(takeaway).toContain("3.3% of its gangs waited longer than their own target, 16 GPU-hours beyond it");
  });

  test("are met: the nearest is at half of its target", () => {
    const input = started(gangs({ nodegroup: "h100", count: 60, waitSeconds: 2 * HOUR }));
    expect(found(input)).toMatchObject({ kind: "met", met: 1, nearest: { p95: 2 * HOUR }, unknown: [] });
    const { title, takeaway } = drawn(input);
    expect(title).toBe("Every LocalQueue met its wait target");
    expect(takeaway).toContain(`team/h100, with a p95 of 2 h: 50% of the ${duration(target)} that it may take.`);
  });

  test("are met by those that can be judged, and the others are named", () => {
    const input = started(gangs({ nodegroup: "h100", count: 60, waitSeconds: 2 * HOUR }));
    const [queue] = input.queues!;
    const two = {
      ...input,
      queues: [queue!, { ...queue!, name: "idle", pendingGpus: during(93, 96, 8), pending: during(93, 96, 1) }],
    };
    expect(found(two)).toMatchObject({ kind: "met", unknown: [{ queue: "team/idle" }] });
    const figure = drawn(two);
    expect(figure.title).toBe("The one LocalQueue that can be judged met its wait target");
    expect(figure.takeaway).toContain("of 1 other too little is known (team/idle)");
  });
});

describe("the strips of waits", () => {
  const input = started(gangs({ nodegroup: "h100", count: 60, waitSeconds: 2 * HOUR }), {
    observed: {
      waits: [histogramOf("h100", [...Array(45).fill(30), ...Array(15).fill(600)])],
    },
  });

  test("say the share of each bucket: 45 and 15 of 60 waits", () => {
    // 600 s lie in the bucket up to 640.
    expect(textsIn(drawn(input))).toEqual(
      expect.arrayContaining(["75%", "25%", "p95 2 h", `target ${duration(target)}`]),
    );
    expect(column(drawn(input), "admission")["team/h100"]).toBe("5 min 20 s to 11 min");
  });

  test("have bounds from 59 starts on, and an open end below that", () => {
    const few = started(gangs({ nodegroup: "h100", count: 58, waitSeconds: 2 * HOUR }));
    expect(column(drawn(input), "p95")["team/h100"]).toBe("2 h (2 h to 2 h)");
    expect(column(drawn(few), "p95")["team/h100"]).toBe("2 h (at least 2 h)");
    const arrow = /stroke-dasharray="2,3"/;
    expect(drawn(few).chart).toMatch(arrow);
    expect(drawn(input).chart).not.toMatch(arrow);
  });

  test("leave the cells of a queue without a start empty, not at zero", () => {
    const two = { ...input, queues: [input.queues![0]!, { ...input.queues![0]!, name: "unused" }] };
    expect(column(drawn(two), "p95")).toMatchObject({ "team/unused": undefined });
    expect(column(drawn(two), "started")).toEqual({ "team/h100": 60, "team/unused": 0 });
  });
});
