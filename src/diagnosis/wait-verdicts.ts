import { gpusOf } from "../join/shapes.js";
import { weightedQuantile } from "../statistics/index.js";
import type { Cause } from "./cause.js";
import type { Diagnosis } from "./diagnose.js";
import { mainCause } from "./episodes.js";
import { firstStarts, type QueueWait } from "./waits.js";

/**
 * Whether a queue's p95 met its target. "missed": more than one in twenty waited longer,
 * those that still wait included. "missed-by-gpus": by gangs it did, by the GPUs asked for, where each gang counts
 * for its size, it did not. "unused": nothing started, and nothing waits. "unknown": too little is known, or what
 * started is seen by nobody.
 */
export type Verdict = "missed" | "missed-by-gpus" | "met" | "unknown" | "unused";

/** How long one LocalQueue's workloads waited, held against their target. */
export interface QueueVerdict extends QueueWait {
  readonly queue: string;
  readonly verdict: Verdict;
  /** p95 from creation to scheduled over the GPUs asked for. */
  readonly p95ByGpus: number | undefined;
  /** What its waiting was for; undefined if nothing waited, or if not all that did is counted. */
  readonly cause: Cause | "mixed" | undefined;
}

/** The queues, worst against their target first, those of which nothing is known last. */
export function queueVerdicts(diagnosis: Diagnosis): QueueVerdict[] {
  const starts = firstStarts(diagnosis.observed);
  const { queues, podless } = diagnosis.hidden;
  const partly = new Set<string | undefined>([...queues.map(({ clusterQueue }) => clusterQueue), ...podless]);
  const rank: Record<Verdict, number> = { missed: 0, "missed-by-gpus": 1, met: 2, unknown: 3, unused: 4 };
  return diagnosis.waits
    .map((wait): QueueVerdict => {
      const { namespace, localQueue } = wait;
      const mine = starts.filter((gang) => gang.namespace === namespace && gang.localQueue === localQueue);
      const p95ByGpus = weightedQuantile(
        mine.map((gang) => gang.scheduledSeconds - gang.createdSeconds),
        mine.map((gang) => gpusOf(gang)),
        0.95,
      );
      const contributor = diagnosis.contributors.find(
        (each) => each.namespace === namespace && each.localQueue === localQueue,
      );
      const cause = partly.has(wait.clusterQueue)
        ? undefined
        : mainCause(new Map(Object.entries(contributor?.byCause ?? {}) as [Cause, number][]));
      return { ...wait, queue: `${namespace}/${localQueue}`, verdict: verdictOf(wait, p95ByGpus), p95ByGpus, cause };
    })
    .sort((a, b) => {
      const share = (each: QueueVerdict) =>
        (each.p95 ?? (each.overdue > 0 ? Number.POSITIVE_INFINITY : -1)) / each.targetSeconds;
      return rank[a.verdict] - rank[b.verdict] || share(b) - share(a) || (a.queue < b.queue ? -1 : 1);
    });
}

/** What a p95 leaves out. */
const BEYOND_P95 = 0.05;

function verdictOf(wait: QueueWait, p95ByGpus: number | undefined): Verdict {
  const { p95, targetSeconds, atLeast, waitingAtEnd, overdue, missedShare, started } = wait;
  if (started === undefined) return "unknown";
  // More than one in twenty waited longer, whatever becomes of those that still wait.
  if (overdue > 0 && missedShare! > BEYOND_P95) return "missed";
  if (p95 === undefined) return waitingAtEnd > 0 ? "unknown" : "unused";
  if (p95 > targetSeconds) return "missed";
  if (p95ByGpus !== undefined && p95ByGpus > targetSeconds) return "missed-by-gpus";
  return atLeast ? "unknown" : "met";
}
