import type { Observed, StartedGang } from "../join/observed.js";
import { TrailingShapes, typicalShape } from "../join/shapes.js";
import type { GangJob } from "../queueing/index.js";
import { conditionalQuantile, kaplanMeier } from "../statistics/index.js";
import { HOUR_MS, SECOND_MS } from "../units/time.js";

/** The demand on one nodegroup, rebuilt from telemetry. Times are seconds since the data start. */
export interface NodegroupDemand {
  readonly nodegroup: string;
  /** What held or awaited GPUs when the data started: it takes room, but its wait is not measured. */
  readonly initial: readonly GangJob[];
  /** What arrived while the data were taken. */
  readonly arriving: readonly GangJob[];
  /** Jobs of either list that were still running at the end: their durations are drawn out to what like jobs last. */
  readonly censored: number;
  /** Jobs that were pending at the end and never seen: shapes as their queue's others, arrivals spread over its wait. */
  readonly unseen: number;
  /** The gangs that started here within the data for the first time, and their waits from creation to scheduled. */
  readonly observed: readonly (Pick<GangJob, "pods" | "gpusPerPod"> & { readonly wait: number })[];
}

/** Rebuilds what each nodegroup was asked for, from Jobs, pods and Kueue's gauges. */
export function nodegroupDemand(observed: Observed, nodegroup: string): NodegroupDemand {
  const startSeconds = observed.startMs / SECOND_MS;
  const endSeconds = startSeconds + (observed.ticks * observed.stepMs) / SECOND_MS;
  const isHere = (gang: StartedGang) =>
    gang.nodegroup === nodegroup && (gang.endedSeconds ?? endSeconds) > startSeconds;
  const curve = kaplanMeier(
    observed.started.filter(isHere).map((gang) => ({
      duration: (gang.endedSeconds ?? endSeconds) - gang.scheduledSeconds,
      ended: gang.endedSeconds !== undefined,
    })),
  );

  const initial: GangJob[] = [];
  const arriving: GangJob[] = [];
  const waited: { pods: number; gpusPerPod: number; wait: number }[] = [];
  let censored = 0;
  const freedAt = new Map<string, number>();
  for (const gang of observed.started) {
    // A later attempt of the same Job asks again when the one before has ended, on whatever nodegroup that ran.
    const asked = freedAt.get(gang.gang) ?? gang.createdSeconds;
    const isRetry = freedAt.has(gang.gang);
    if (gang.endedSeconds !== undefined) freedAt.set(gang.gang, gang.endedSeconds);
    if (!isHere(gang)) continue;
    if (gang.endedSeconds === undefined) censored++;
    const job = { pods: gang.pods, gpusPerPod: gang.gpusPerPod };
    const duration = durationOf(gang, endSeconds, curve);
    if (gang.scheduledSeconds < startSeconds) {
      initial.push({ ...job, arrival: -1, duration: Math.max(0, gang.scheduledSeconds + duration - startSeconds) + 1 });
      continue;
    }
    if (asked < startSeconds) {
      initial.push({ ...job, arrival: 0, duration });
      continue;
    }
    arriving.push({ ...job, arrival: asked - startSeconds, duration });
    if (!isRetry) waited.push({ ...job, wait: gang.scheduledSeconds - gang.createdSeconds });
  }
  const unseen = unseenJobs(
    observed,
    nodegroup,
    endSeconds - startSeconds,
    median(arriving.map((job) => job.duration)),
  );
  return { nodegroup, initial, arriving: [...arriving, ...unseen], censored, unseen: unseen.length, observed: waited };
}

function durationOf(gang: StartedGang, endSeconds: number, curve: ReturnType<typeof kaplanMeier>): number {
  if (gang.endedSeconds !== undefined) return gang.endedSeconds - gang.scheduledSeconds;
  const elapsed = endSeconds - gang.scheduledSeconds;
  return (curve && conditionalQuantile(curve, 0.5, elapsed)) ?? 2 * elapsed;
}

/** What waited at the end for this nodegroup alone, pending or without nodes. */
function unseenJobs(
  observed: Observed,
  nodegroup: string,
  spanSeconds: number,
  duration: number | undefined,
): GangJob[] {
  const last = observed.ticks - 1;
  const trailing = new TrailingShapes(observed);
  const jobs: GangJob[] = [];
  for (const gang of observed.unplaced) {
    if (gang.nodegroup !== nodegroup || gang.lastTick < last) continue;
    jobs.push({
      pods: gang.pods,
      gpusPerPod: gang.gpusPerPod,
      arrival: (gang.firstTick * observed.stepMs) / SECOND_MS,
      duration: duration ?? 3600,
    });
  }
  for (const queue of observed.clusterQueues) {
    if (queue.eligible.length !== 1 || queue.eligible[0] !== nodegroup) continue;
    const pending = queue.pending.findLast((value) => !Number.isNaN(value)) ?? 0;
    if (pending === 0) continue;
    const gpus = queue.pendingGpus.findLast((value) => !Number.isNaN(value)) ?? 0;
    const shape =
      gpus > 0 ? typicalShape(trailing, observed, queue, last, gpus / pending) : trailing.of(queue.name, last)[0];
    if (!shape) continue;
    const admittedAnHour =
      queue.admitted.reduce((sum, n) => sum + (n > 0 ? n : 0), 0) / ((observed.ticks * observed.stepMs) / HOUR_MS);
    const waited = admittedAnHour > 0 ? Math.min(spanSeconds, (pending / admittedAnHour) * 3600) : spanSeconds;
    for (let i = 0; i < pending; i++)
      jobs.push({
        pods: shape.pods,
        gpusPerPod: shape.gpusPerPod,
        arrival: spanSeconds - (waited * (i + 1)) / (pending + 1),
        duration: duration ?? 3600,
      });
  }
  return jobs;
}

function median(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : [...values].sort((a, b) => a - b)[values.length >> 1];
}
