import { describe, expect, test } from "vitest";
import type { StartedGang } from "../join/observed.js";
import { type AnalysisInput, observedOf, type Values } from "../testing/analysis.js";
import { SECOND_MS } from "../units/time.js";
import { diagnose } from "./diagnose.js";
import { queueVerdicts } from "./wait-verdicts.js";

const HOUR = 3600;
const startSeconds = Date.UTC(2026, 0, 5) / SECOND_MS;

/** Gangs of a LocalQueue that waited so many hours each. Those of a node at most have four hours. */
const waited = (queue: string, hours: readonly number[], rest: Partial<StartedGang> = {}): StartedGang[] =>
  hours.map((wait, i) => ({
    gang: `team/Job/${queue}-${rest.gpusPerPod ?? 1}-${i}`,
    namespace: "team",
    clusterQueue: queue,
    localQueue: queue,
    priorityClass: "",
    nodegroup: "a",
    pods: 1,
    gpusPerPod: 1,
    createdSeconds: startSeconds,
    scheduledSeconds: startSeconds + wait * HOUR,
    endedSeconds: undefined,
    lost: false,
    ...rest,
  }));
const times = (n: number, hours: number) => Array<number>(n).fill(hours);

/** A day of a full nodegroup with such queues, in each of which so much is pending: workloads of one GPU. */
function verdictsOf(
  pending: Readonly<Record<string, Values>>,
  started: readonly StartedGang[],
  rest: Partial<AnalysisInput> = {},
) {
  const queues = Object.entries(pending).map(([name, workloads]) => ({
    name,
    nodegroups: ["a"],
    able: ["a"],
    pending: workloads,
    pendingGpus: workloads,
  }));
  const nodegroups = [{ name: "a", held: 16 }];
  return queueVerdicts(diagnose(observedOf({ nodegroups, queues, ...rest, observed: { started, ...rest.observed } })));
}

describe("the verdict on a queue is", () => {
  const verdict = (pending: Values, started: readonly StartedGang[]) => verdictsOf({ q: pending }, started)[0]!.verdict;

  test("met, where its p95 is within its target", () => {
    expect(verdict(0, waited("q", times(20, 4)))).toBe("met");
    expect(verdict(0, waited("q", [...times(99, 1), 100]))).toBe("met");
  });

  test("missed, where its p95 is beyond", () => {
    expect(verdict(0, waited("q", times(20, 4.01)))).toBe("missed");
    // However many still wait: they can only make it worse.
    expect(verdict(100, waited("q", times(20, 4.01)))).toBe("missed");
  });

  test("missed by GPUs, where it is beyond only if each gang counts for its size", () => {
    // 39 gangs of 1 GPU that waited an hour, and one of 8 that waited five: by gangs the p95 is an hour, by GPUs five.
    const started = [...waited("q", times(39, 1)), ...waited("q", [5], { gpusPerPod: 8 })];
    expect(verdict(0, started)).toBe("missed-by-gpus");
    expect(verdictsOf({ q: 0 }, started)[0]).toMatchObject({ p95: HOUR, p95ByGpus: 5 * HOUR });
  });

  test("unknown, where it is within, but so many still wait that it is at least that", () => {
    const lately = (hour: number) => (hour >= 21 ? 1 : 0);
    expect(verdict(lately, waited("q", times(18, 1)))).toBe("unknown");
    expect(verdict(lately, waited("q", times(19, 1)))).toBe("met");
  });

  test("unknown, where nothing started and something waits, but not for as long as it may", () => {
    expect(verdict((hour) => (hour >= 20 ? 1 : 0), [])).toBe("unknown");
    expect(verdict((hour) => (hour >= 19.9 ? 1 : 0), [])).toBe("missed");
  });

  test("missed, where more than one in twenty still waits, and has for longer than it may", () => {
    expect(verdict(1, waited("q", times(18, 1)))).toBe("missed");
    expect(verdict(1, waited("q", times(19, 1)))).toBe("met");
    expect(verdictsOf({ q: 3 }, [])).toMatchObject([
      // Twenty hours of a day are beyond the four that each may wait.
      { verdict: "missed", overdue: 3, missedShare: 1, gpuHoursOverTarget: expect.closeTo(60, 6) },
    ]);
  });

  test("not missed by what was pending before and has started since", () => {
    // Ten at the start of the day, of which five started after three hours and five after six; five more since 21:00.
    const started = waited("q", [...times(5, 3), ...times(5, 6)]);
    const pending = (hour: number) => (hour < 3 ? 10 : hour < 6 ? 5 : hour < 21 ? 0 : 5);
    expect(verdictsOf({ q: pending }, started)[0]).toMatchObject({ overdue: 0, waitingAtEnd: 5 });
    const left = (hour: number) => (hour < 3 ? 12 : hour < 6 ? 7 : 2);
    expect(verdictsOf({ q: left }, started)[0]).toMatchObject({ overdue: 2, waitingAtEnd: 2 });
  });

  test("unused, where nothing started and nothing waits", () => {
    expect(verdict(0, [])).toBe("unused");
  });
});

test("queueVerdicts(diagnosis) puts what was missed by most times its target first, and what is not known last", () => {
  const started = [
    ...waited("met", times(20, 1)),
    ...waited("nearly", times(20, 3)),
    ...waited("missed", times(20, 5)),
    ...waited("badly", times(20, 9)),
    ...waited("by-gpus", times(39, 1)),
    ...waited("by-gpus", [10], { gpusPerPod: 8 }),
    // Twice the target of the others, but a day is what a gang of two nodes has.
    ...waited("large", times(20, 8), { gpusPerPod: 8, pods: 2 }),
  ];
  const pending = {
    unused: 0,
    unknown: (hour: number) => (hour < 22 ? 0 : 1),
    large: 0,
    "by-gpus": 0,
    met: 0,
    missed: 0,
    nearly: 0,
    badly: 0,
    another: 0,
  };
  expect(verdictsOf(pending, started).map(({ queue, verdict }) => `${queue} ${verdict}`)).toEqual([
    "team/badly missed",
    "team/missed missed",
    "team/by-gpus missed-by-gpus",
    "team/nearly met",
    "team/large met",
    "team/met met",
    "team/unknown unknown",
    "team/another unused",
    "team/unused unused",
  ]);
});

test("queueVerdicts(diagnosis) says what a queue's work waited for, and nothing where none waited", () => {
  const [waits, none] = verdictsOf({ a: 8, b: 0 }, []);
  expect([waits!.cause, none!.cause]).toEqual(["capacity", undefined]);
});
