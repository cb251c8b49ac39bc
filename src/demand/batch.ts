import { weighted } from "../random/draw.js";
import { random } from "../random/random.js";
import { originOf } from "../scenario/origin.js";
import type { Scenario, WorkloadClass } from "../scenario/schema.js";
import { DAY_MS, MINUTE_MS, SECOND_MS } from "../units/time.js";
import { arrivalTimes } from "./arrivals.js";
import { drawDuration } from "./duration.js";
import type { Attempt, Workload } from "./workload.js";

/** Failures come early rather than late: the share of its duration that a failing attempt lives is u squared. */
const failurePoint = (u: number) => u * u;

/**
 * Every workload that the scenario's classes submit from the start of the warm-up to the end, in order of creation.
 * Each class has streams of its own for arrivals, shapes, durations and failures, so that changing one class, or one
 * property of it, leaves the rest of the demand as it was.
 */
export function batchDemand(scenario: Scenario, seed: number): Workload[] {
  if (scenario.demand) throw new Error(`scenario ${scenario.name} replays a list, which has to be loaded with it`);
  const untilMs = Math.round((scenario.warmupDays + scenario.days) * DAY_MS);
  const originMs = originOf(scenario);
  const submitted = scenario.workloadClasses.flatMap((workloadClass, classIndex) => [
    ...classDemand(scenario, workloadClass, classIndex, seed, originMs, untilMs),
  ]);
  submitted.sort((a, b) => a.createdMs - b.createdMs || a.classIndex - b.classIndex || a.turn - b.turn);
  return submitted.map(({ classIndex: _, turn: __, ...workload }, id) => ({ id, ...workload }));
}

type Submitted = Omit<Workload, "id"> & { classIndex: number; turn: number };

function* classDemand(
  scenario: Scenario,
  workloadClass: WorkloadClass,
  classIndex: number,
  seed: number,
  originMs: number,
  untilMs: number,
): Generator<Submitted> {
  const stream = (property: string) => random(seed, `demand/${workloadClass.name}/${property}`);
  const [nextShape, nextDuration, nextFailure] = [stream("shape"), stream("duration"), stream("failure")];
  const [namespace, localQueue] = workloadClass.localQueue.split("/") as [string, string];
  const { clusterQueue } = scenario.localQueues.find((q) => q.namespace === namespace && q.name === localQueue)!;
  const priority = scenario.priorityClasses.find((p) => p.name === workloadClass.priorityClass)?.value ?? 0;

  const { checkpointMinutes, topology } = workloadClass;
  let turn = 0;
  for (const createdMs of arrivalTimes(workloadClass.arrivals, stream("arrivals"), originMs, untilMs)) {
    const shape = weighted(nextShape, workloadClass.gang);
    const durationMs = drawDuration(workloadClass.duration, nextDuration, turn);
    yield {
      classIndex,
      turn,
      name: `${workloadClass.name}-${turn}`,
      workloadClass: workloadClass.name,
      namespace,
      localQueue,
      clusterQueue,
      createdMs,
      pods: shape.pods,
      ...(shape.minPods === undefined ? {} : { minPods: shape.minPods }),
      gpusPerPod: shape.gpusPerPod,
      cpusPerPod: shape.gpusPerPod * workloadClass.cpusPerGpu,
      memoryGiBPerPod: shape.gpusPerPod * workloadClass.memoryGiBPerGpu,
      priorityClass: workloadClass.priorityClass ?? "",
      priority,
      gpuModels: workloadClass.gpuModels,
      ...(topology === undefined ? {} : { topology }),
      kind: workloadClass.kind,
      startupMs: Math.round(workloadClass.startupSeconds * SECOND_MS),
      ...(checkpointMinutes === undefined
        ? {}
        : { checkpointMs: Math.max(1, Math.round(checkpointMinutes * MINUTE_MS)) }),
      attempts: drawAttempts(durationMs, workloadClass.failure, nextFailure),
    };
    turn++;
  }
}

/** Draws the same number of times whatever the fate, so that another failure share leaves later workloads alone. */
function drawAttempts(durationMs: number, failure: WorkloadClass["failure"], next: () => number): Attempt[] {
  const attempts = Array.from({ length: failure.retries + 1 }, (): Attempt => {
    const [fate, point] = [next(), next()];
    return fate < failure.share
      ? { durationMs: Math.max(1, Math.round(durationMs * failurePoint(point))), fails: true }
      : { durationMs, fails: false };
  });
  const success = attempts.findIndex((attempt) => !attempt.fails);
  return success < 0 ? attempts : attempts.slice(0, success + 1);
}
