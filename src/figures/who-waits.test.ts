import { describe, expect, test } from "vitest";
import { material } from "../diagnosis/headline.js";
import { type AnalysisInput, observedOf } from "../testing/analysis.js";
import { percent } from "../units/format.js";
import { column, textsIn } from "./__fixtures__/read.js";
import { during, inputs, withContract, worldOf } from "./__fixtures__/worlds.js";
import { whoWaits, whoWaitsFinding } from "./who-waits.js";

const found = (input: AnalysisInput) => whoWaitsFinding(worldOf(input).diagnosis);
const drawn = (input: AnalysisInput) => whoWaits(worldOf(input));
/** Queues of a full nodegroup of 64 GPUs that wait for so many from 8:00 to 12:00. */
const queues = (...gpus: number[]): AnalysisInput => ({
  nodegroups: [{ name: "h100", gpus: 64, held: 64 }],
  queues: gpus.map((each, i) => ({
    name: `q${i + 1}`,
    nodegroups: ["h100"],
    able: ["h100"],
    pendingGpus: during(8, 12, each),
  })),
});
/** One ClusterQueue with two LocalQueues, of which one has three times as many workloads pending. */
const sharing = (): AnalysisInput => {
  const input = queues(16);
  const { localQueues } = observedOf(input);
  const pending = (share: number) => localQueues[0]!.pending.map((count) => count * share);
  return {
    ...input,
    observed: {
      localQueues: [
        { ...localQueues[0]!, name: "many", pending: pending(3) },
        { ...localQueues[0]!, name: "few", pending: pending(1) },
      ],
    },
  };
};

describe("who waits", () => {
  test("is not known where Kueue was silent", () => {
    expect(found(inputs.noKueue)).toEqual({ kind: "no-data", missing: ["Kueue"] });
    expect(found(inputs.nothingSeen)).toEqual({ kind: "no-data", missing: ["Kueue", "kube-state-metrics"] });
    const figure = drawn(inputs.noKueue);
    expect(figure.title).toBe("Who waited is not known");
    expect(textsIn(figure)).toContain("Not known: no data");
  });

  test("is nobody where nothing was pending", () => {
    expect(found(inputs.steady)).toEqual({ kind: "none", queues: 2 });
    const figure = drawn(inputs.steady);
    expect(figure.takeaway).toContain("in any of 2 LocalQueues");
    expect(textsIn(figure)).toContain("Nothing waited");
  });

  test("is one queue that has at least half of it: 16 and 12 GPUs for 4 hours", () => {
    expect(found(queues(16, 12))).toMatchObject({
      kind: "one",
      first: { queue: "team/q1", owner: "Team", gpuHours: expect.closeTo(64, 6), share: expect.closeTo(64 / 112, 9) },
      second: { queue: "team/q2", gpuHours: expect.closeTo(48, 6) },
      queues: 2,
      total: expect.closeTo(112, 6),
    });
    const { title, takeaway } = drawn(queues(16, 12));
    expect(title).toBe("57% of all waiting is in team/q1: 64 GPU-hours");
    expect(takeaway).toContain("team/q1 of Team waited 64 GPU-hours, 100% of it for capacity that was not there.");
    expect(takeaway).toContain("Next is team/q2 of Team with 48 GPU-hours");
    expect(takeaway).toContain("would help the first.");
  });

  test("is one queue without a next where the second has under a tenth", () => {
    expect(found(queues(16, 1))).toMatchObject({ kind: "one", second: { queue: "team/q2" } });
    expect(drawn(queues(16, 1)).takeaway).not.toContain("Next is");
    expect(drawn(queues(16, 1)).takeaway).toContain("would help.");
  });

  test("are several queues where none has half: 8 GPUs each of three", () => {
    expect(found(queues(8, 8, 8))).toMatchObject({
      kind: "several",
      first: { share: expect.closeTo(1 / 3, 9) },
      queues: 3,
      total: expect.closeTo(96, 6),
    });
    expect(drawn(queues(8, 8, 8)).title).toBe("3 LocalQueues share 96 GPU-hours of waiting; team/q1 has most");
  });

  test("is of little weight below what makes an alarm: 4 GPU-hours of 1,536", () => {
    expect(found(queues(1))).toMatchObject({
      kind: "minor",
      first: { gpuHours: expect.closeTo(4, 6) },
      paidShare: expect.closeTo(4 / 1536, 9),
    });
    const { title, takeaway } = drawn(queues(1));
    expect(title).toBe("Little waited: 4 GPU-hours in all, in 1 LocalQueue");
    expect(takeaway).toContain("All of it is 0.3% of the GPU-hours paid for");
    expect(takeaway).toContain(`the ${percent(material.waitedShare)} of an alarm`);
  });

  test("is not called little where it is an alarm in one nodegroup of a large fleet", () => {
    const large = {
      ...queues(8),
      nodegroups: [
        { name: "h100", gpus: 16, held: 16 },
        { name: "a100", gpus: 640, held: 600 },
      ],
    };
    // 32 GPU-hours: 0.2 % of all that is paid for, and 8 % of what is paid for in h100.
    expect(found(large)).toMatchObject({ kind: "one", first: { queue: "team/q1", gpuHours: expect.closeTo(32, 6) } });
  });

  test("is said with the main cause and its share, or that there are several", () => {
    // h100 has 8 free; a strict queue of 4 x 2 GPUs that admits nothing: the first can't be told, three are behind it.
    const behind: AnalysisInput = {
      nodegroups: [{ name: "h100", gpus: 16, held: 8 }],
      queues: [
        {
          name: "q",
          nodegroups: ["h100"],
          able: ["h100"],
          strict: true,
          admitted: 0,
          pendingGpus: during(8, 20, 8),
          pending: 4,
        },
      ],
    };
    expect(found(behind)).toMatchObject({ first: { cause: "head-of-line", causeShare: expect.closeTo(0.75, 9) } });
    expect(drawn(behind).takeaway).toContain("75% of it behind another workload while GPUs and quota were free");
    // Two workloads: one and one.
    const mixed = { ...behind, queues: [{ ...behind.queues![0]!, pending: 2 }] };
    expect(found(mixed)).toMatchObject({ first: { cause: "mixed", causeShare: 1 } });
    expect(drawn(mixed).takeaway).toContain("waited 96 GPU-hours, for several causes");
  });

  test("is an estimate where LocalQueues share a ClusterQueue: three quarters of its workloads, of its 64 GPU-hours", () => {
    expect(found(sharing())).toMatchObject({
      first: { queue: "team/many", gpuHours: expect.closeTo(48, 6), exact: false },
    });
    const figure = drawn(sharing());
    expect(figure.takeaway).toContain("team/many of Team waited an estimated 48 GPU-hours");
    expect(textsIn(figure)).toEqual(expect.arrayContaining(["48 estimated, Team", "16 estimated, Team"]));
    expect(column(figure, "how")).toEqual({ "team/many": "estimate", "team/few": "estimate" });
  });
});

describe("the bars of who waits", () => {
  test("put the last of many queues together, by one owner or several", () => {
    const many = queues(...Array.from({ length: 14 }, (_, i) => 14 - i));
    // 11 are drawn, and 3 + 2 + 1 GPUs for 4 hours together.
    expect(textsIn(drawn(many))).toEqual(expect.arrayContaining(["team/q11", "3 others", "24, Team"]));
    const { localQueues } = observedOf(many);
    const other = localQueues.map((queue, i) => (i === 13 ? { ...queue, namespace: "lab" } : queue));
    expect(textsIn(drawn({ ...many, observed: { localQueues: other } }))).toContain("24, several owners");
  });

  test("leave out queues in which next to nothing waited, and name them", () => {
    const figure = drawn(queues(16, 0));
    expect(figure.note).toContain("next to nothing waited there: team/q2");
    expect(textsIn(figure)).not.toContain("team/q2");
    expect(column(figure, "total")["team/q2"]).toBe(0);
  });

  test("have in their key the causes that there are", () => {
    expect(textsIn(drawn(queues(16)))).toContain("Capacity");
    expect(textsIn(drawn(queues(16)))).not.toContain("Quota");
  });

  test("name the owners of the contract", () => {
    const input = withContract(queues(16), (contract) => ({ ...contract, owners: { team: "Vision" } }));
    expect(drawn(input).takeaway).toContain("team/q1 of Vision waited");
    expect(textsIn(drawn(input))).toContain("64 exact, Vision");
  });

  test("count only what was seen: 2 of the 4 hours", () => {
    const input = { ...queues(16), silent: { kueue: (hour: number) => hour < 10 } };
    expect(column(drawn(input), "total")["team/q1"]).toBeCloseTo(32, 6);
  });
});
