import { describe, expect, test } from "vitest";
import type { Activity } from "../scenario/schema.js";
import { hours, minutes, small, steady, workloads } from "../testing/scenario.js";
import { lostWork } from "./lost-work.js";
import { runSimulation } from "./simulate.js";

/** One session of ten hours, of a class that is reaped after an hour unless told, and a job that waits for its GPUs. */
function session(activity: Activity, reapedAfterIdleMinutes: number | undefined = 60) {
  const scenario = small({
    workloadClasses: [
      { name: "session", activity, ...(reapedAfterIdleMinutes === undefined ? {} : { reapedAfterIdleMinutes }) },
      { name: "work" },
    ],
  });
  const given = workloads([
    { workloadClass: "session", gpusPerPod: 8, hours: 10, startupMs: minutes(1) },
    { createdMs: minutes(5), gpusPerPod: 8, hours: 1 },
  ]);
  return runSimulation({ scenario, seed: 1, workloads: given });
}

const leftOpen = { ...steady, dutyShare: 0, loadMinutes: 5 };

describe("work that idles", () => {
  test("is ended once it has done so for as long as its class allows, and its GPUs go to who waits", () => {
    const { workloads: found } = session(leftOpen);
    const [idle, next] = found;
    // It runs after a minute, loads for five, and idles for an hour.
    expect(idle!.runs).toHaveLength(1);
    expect(idle!.runs[0]).toMatchObject({ runningMs: minutes(1), endMs: minutes(66), outcome: "reaped" });
    expect(idle!.holds[0]).toMatchObject({ endMs: minutes(66), end: "finished" });
    expect(next!.runs[0]!.placedMs).toBe(minutes(66));
  });

  test("is ended only where its class says so", () => {
    const { workloads: found } = session(leftOpen, 10 * 60);
    expect(found[0]!.runs[0]).toMatchObject({ endMs: minutes(1) + hours(10), outcome: "succeeded" });
  });

  test("that pauses for less than that is left alone, however often it does", () => {
    const busy = session({ ...steady, dutyShare: 0.5, cycleMinutes: 1 }, 120);
    expect(busy.workloads[0]!.runs[0]).toMatchObject({ endMs: minutes(1) + hours(10), outcome: "succeeded" });
  });

  test("has lost no work: it did none", () => {
    expect(lostWork(session(leftOpen)).get("a")).toBe(0);
  });
});
