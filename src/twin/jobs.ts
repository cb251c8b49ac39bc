import type { Observed } from "../join/observed.js";
import type { Contract } from "../tables/contract.js";
import { SECOND_MS } from "../units/time.js";
import { grouped } from "./grouped.js";
import type { AttemptTrace, Traces, WaitingTrace } from "./traces.js";

/** One piece of work, with all its attempts, as a dataset shows it. Times are hours since the data start. */
export interface Job {
  readonly gang: string;
  /** namespace/name */
  readonly localQueue: string;
  readonly priorityClass: string;
  readonly kind: "Job" | "Pod";
  readonly pods: number;
  readonly gpusPerPod: number;
  readonly cpusPerGpu: number | undefined;
  readonly gibPerGpu: number | undefined;
  readonly createdHours: number;
  /** When all of its pods first had nodes; undefined of what still waits. */
  readonly scheduledHours: number | undefined;
  /** Minutes that its last attempt held its nodes; so far, where it has not ended. Undefined of what still waits. */
  readonly minutes: number | undefined;
  /** The same of attempts that failed before it. */
  readonly failedMinutes: number;
  /** Whether its last attempt ended well: its minutes are its duration then, else it lasts longer. */
  readonly done: boolean;
  readonly ended: boolean;
  /** Attempts that ended, evictions left out, and how many of them failed. */
  readonly attempts: number;
  readonly failures: number;
  /** From its node to running, seconds, where a scrape saw it start: off by up to half a scrape interval either way. */
  readonly startupSeconds: number | undefined;
  readonly nodegroup: string | undefined;
}

/** What is seen of work that cannot be told apart, or is no concern of Kueue's, and is left out. */
export interface LeftOut {
  readonly what: string;
  readonly count: number;
}

/** Puts a dataset's attempts together to jobs, and finds the queue and shape of those that were never seen to start. */
export function jobsOf(
  { attempts, waiting }: Pick<Traces, "attempts" | "waiting">,
  observed: Observed,
): { readonly jobs: readonly Job[]; readonly leftOut: readonly LeftOut[] } {
  const home = new QueueOf(observed.contract, attempts);
  const byGang = grouped(attempts, ({ gang }) => gang);
  const jobs: Job[] = [];
  let homeless = 0;
  for (const all of byGang.values()) {
    const localQueue = home.of(all[0]!);
    if (localQueue === undefined) homeless++;
    else jobs.push(startedJob(all, localQueue, observed));
  }
  const unseen = home.ofWaiting(waiting, observed);
  jobs.push(...unseen.jobs);
  return {
    jobs: jobs.sort((a, b) => a.createdHours - b.createdHours || (a.gang < b.gang ? -1 : 1)),
    leftOut: [
      { what: "gangs of a namespace without a LocalQueue that contract.yaml knows", count: homeless },
      { what: "Jobs without pods at the end beyond what Kueue says is pending: not its own", count: unseen.left },
    ].filter(({ count }) => count > 0),
  };
}

const kindOf = (gang: string): Job["kind"] => (gang.includes("/Job/") ? "Job" : "Pod");
const perGpu = (amount: number | null | undefined, gpus: number) =>
  amount === null || amount === undefined || gpus === 0 ? undefined : amount / gpus;

function startedJob(all: readonly AttemptTrace[], localQueue: string, observed: Observed): Job {
  const startSeconds = observed.startMs / SECOND_MS;
  const endSeconds = startSeconds + (observed.ticks * observed.stepMs) / SECOND_MS;
  const hours = (seconds: number) => (seconds - startSeconds) / 3600;
  const [first] = all as [AttemptTrace];
  const whole = all.filter(({ placed, pods }) => placed >= pods);
  const last = whole.at(-1);
  const minutesOf = (one: AttemptTrace) => Math.max(0, (one.endedSeconds ?? endSeconds) - one.scheduledSeconds) / 60;
  const over = whole.filter((one) => one.endedSeconds !== null && !one.evicted);
  const failed = over.filter((one) => one.failed);
  return {
    gang: first.gang,
    localQueue,
    priorityClass: first.priorityClass,
    kind: kindOf(first.gang),
    pods: first.pods,
    gpusPerPod: first.gpusPerPod,
    cpusPerGpu: perGpu(first.cpusPerPod, first.gpusPerPod),
    gibPerGpu: perGpu(first.gibPerPod, first.gpusPerPod),
    createdHours: hours(first.createdSeconds),
    scheduledHours: last && hours(whole[0]!.scheduledSeconds),
    minutes: last && minutesOf(last),
    failedMinutes: failed.filter((one) => one !== last).reduce((sum, one) => sum + minutesOf(one), 0),
    done: last !== undefined && last.endedSeconds !== null && !last.failed && !last.evicted,
    ended: last !== undefined && last.endedSeconds !== null && !last.evicted,
    attempts: over.length,
    failures: failed.length,
    startupSeconds: last && startupOf(last, observed),
    nodegroup: last?.nodegroup,
  };
}

/** Half a step less than the scrape that first saw it run: on average it began that long before. */
function startupOf({ runningSeconds, scheduledSeconds }: AttemptTrace, observed: Observed): number | undefined {
  if (runningSeconds === null || scheduledSeconds * SECOND_MS < observed.startMs) return undefined;
  return runningSeconds - observed.stepMs / SECOND_MS / 2 - scheduledSeconds;
}

/** A name without what tells it from others made alike: a number, or what Kubernetes appends. */
const familyOf = (gang: string) => gang.replace(/[-.][a-z0-9]+$/, "");

/** Finds the LocalQueue of a gang: by its label, by gangs that are named alike, or as the only one of its namespace. */
class QueueOf {
  readonly #contract: Contract;
  /** The most recent gang of each family that started. */
  readonly #like = new Map<string, AttemptTrace>();

  constructor(contract: Contract, attempts: readonly AttemptTrace[]) {
    this.#contract = contract;
    for (const one of attempts) if (one.localQueue !== null) this.#like.set(familyOf(one.gang), one);
  }

  of({ gang, namespace, localQueue }: Pick<AttemptTrace, "gang" | "namespace" | "localQueue">): string | undefined {
    const here = this.#contract.localQueues.filter((queue) => queue.namespace === namespace);
    const name = localQueue ?? this.#like.get(familyOf(gang))?.localQueue ?? (here.length === 1 ? here[0]!.name : null);
    return here.some((queue) => queue.name === name) ? `${namespace}/${name}` : undefined;
  }

  /** What waits at the end, as many of it in each ClusterQueue as Kueue says are pending there or admitted without nodes. */
  ofWaiting(waiting: readonly WaitingTrace[], observed: Observed): { jobs: Job[]; left: number } {
    const { contract } = observed;
    const startSeconds = observed.startMs / SECOND_MS;
    const clusterQueueOf = new Map(contract.localQueues.map((q) => [`${q.namespace}/${q.name}`, q.clusterQueue]));
    const found = waiting.flatMap((trace) => {
      const localQueue = this.of(trace) ?? this.#busiest(trace.namespace);
      return localQueue === undefined ? [] : [{ trace, localQueue, clusterQueue: clusterQueueOf.get(localQueue)! }];
    });
    const jobs: Job[] = [];
    for (const [name, mine] of grouped(found, ({ clusterQueue }) => clusterQueue)) {
      const queue = observed.clusterQueues.find((one) => one.name === name);
      const last = (series: ArrayLike<number> | undefined) =>
        Array.from(series ?? []).findLast((value) => !Number.isNaN(value));
      const shaped = mine.filter(({ trace }) => trace.gpusPerPod !== null);
      const suspended = mine.filter(({ trace }) => trace.gpusPerPod === null);
      const pending = last(queue?.pending) ?? mine.length;
      const pendingGpus = last(queue?.pendingGpus);
      // A suspended Job that Kueue does not count is somebody else's; the oldest are the likeliest to be such.
      const counted = suspended.slice(Math.max(0, suspended.length - pending));
      const known = counted.map(({ trace }) => this.#like.get(familyOf(trace.gang))?.gpusPerPod);
      const asked = counted.reduce((sum, { trace }, i) => sum + (known[i] ?? 0) * trace.pods, 0);
      const podsOfUnknown = counted.reduce((sum, { trace }, i) => sum + (known[i] === undefined ? trace.pods : 0), 0);
      const gated = shaped.reduce((sum, { trace }) => sum + trace.pods * trace.gpusPerPod!, 0);
      const guess =
        pendingGpus === undefined || podsOfUnknown === 0
          ? 1
          : Math.max(1, Math.round((pendingGpus - asked - gated) / podsOfUnknown));
      for (const { trace, localQueue } of [...shaped, ...counted]) {
        const like = this.#like.get(familyOf(trace.gang));
        const gpusPerPod = trace.gpusPerPod ?? like?.gpusPerPod ?? guess;
        jobs.push({
          gang: trace.gang,
          localQueue,
          priorityClass: trace.priorityClass ?? like?.priorityClass ?? "",
          kind: kindOf(trace.gang),
          pods: trace.pods,
          gpusPerPod,
          cpusPerGpu: like && perGpu(like.cpusPerPod, like.gpusPerPod),
          gibPerGpu: like && perGpu(like.gibPerPod, like.gpusPerPod),
          createdHours: (trace.createdSeconds - startSeconds) / 3600,
          scheduledHours: undefined,
          minutes: undefined,
          failedMinutes: 0,
          done: false,
          ended: false,
          attempts: 0,
          failures: 0,
          startupSeconds: undefined,
          nodegroup: undefined,
        });
      }
    }
    return { jobs, left: waiting.length - jobs.length };
  }

  /** The LocalQueue of a namespace that started most. */
  #busiest(namespace: string): string | undefined {
    const here = this.#contract.localQueues.filter((queue) => queue.namespace === namespace);
    const started = (name: string) =>
      [...this.#like.values()].filter((one) => one.namespace === namespace && one.localQueue === name).length;
    const [best] = here.toSorted((a, b) => started(b.name) - started(a.name));
    return best && `${namespace}/${best.name}`;
  }
}
