import { random } from "../random/random.js";
import { asAdmitted, type SimulatedNode, type WorkloadHistory } from "../simulation/history.js";
import { type NodeSpan, nodeTimelines } from "../simulation/outages.js";
import type { Simulation } from "../simulation/simulate.js";
import { MINUTE_MS } from "../units/time.js";

/** A pod's life. Times are Unix ms; a time that never came is Infinity. */
export interface Pod {
  readonly history: WorkloadHistory | undefined;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly ownerKind: "Job" | "ReplicaSet" | null;
  readonly ownerName: string | null;
  readonly priorityClass: string;
  readonly clusterQueue: string | null;
  readonly localQueue: string | null;
  /** Flavor whose node labels are the pod's node selector; null outside Kueue and while gated. */
  readonly flavor: string | null;
  readonly gpus: number;
  readonly cpus: number;
  readonly memoryGiB: number;
  readonly createdMs: number;
  /** Until when Kueue's scheduling gate holds it back; its creation if it never did. */
  readonly gatedUntilMs: number;
  readonly boundMs: number;
  readonly runningMs: number;
  readonly endedMs: number;
  readonly succeeded: boolean;
  /** It failed because a node went from under its gang. */
  readonly lost: boolean;
  /** When it disappears from the API. */
  readonly deletedMs: number;
  /** Undefined while it has none. */
  readonly node: SimulatedNode | undefined;
  /** Position in Simulation.nodes. */
  readonly nodeIndex: number;
}

/** What one gang of pods went through together, Unix ms. */
interface Incarnation {
  readonly pods: number;
  readonly createdMs: number;
  readonly gatedUntilMs: number;
  readonly flavor: string | null;
  readonly boundMs: number;
  readonly runningMs: number;
  readonly endedMs: number;
  readonly succeeded: boolean;
  readonly deletedMs: number;
  readonly nodes: readonly number[] | undefined;
  /** The node that went from under it: its pods there are gone at once, the others failed. */
  readonly lostNode?: number | undefined;
}

const NEVER = Number.POSITIVE_INFINITY;

/** What was listed last of each simulation: telemetry and truth both ask. */
const listed = new WeakMap<Simulation, { readonly originMs: number; readonly pods: readonly Pod[] }>();

/** All GPU pods that ever existed in a simulated cluster, in order of their workloads. */
export function listPods(simulation: Simulation, originMs: number): readonly Pod[] {
  const last = listed.get(simulation);
  if (last?.originMs === originMs) return last.pods;
  const pods = makePods(simulation, originMs);
  listed.set(simulation, { originMs, pods });
  return pods;
}

function makePods(simulation: Simulation, originMs: number): Pod[] {
  const next = random(simulation.seed, "telemetry/uid");
  const hex = (digits: number) => {
    let text = "";
    while (text.length < digits)
      text += Math.floor(next() * 65536)
        .toString(16)
        .padStart(4, "0");
    return text.slice(0, digits);
  };
  const uid = () => `${hex(8)}-${hex(4)}-4${hex(3)}-a${hex(3)}-${hex(12)}`;

  const timelines = nodeTimelines(simulation.outages, simulation.nodes.length, simulation.endMs);
  /** When a node is next deleted, and with it every pod that is bound to it. */
  const deletedAfter = (node: number, boundMs: number) => {
    const span = timelines[node]?.find(({ absent, fromMs }) => absent && originMs + fromMs > boundMs);
    return span ? originMs + span.fromMs : NEVER;
  };

  const outside = simulation.standalone.flatMap((pod) => {
    const { namespace } = simulation.scenario.standalone.find((s) => s.name === pod.owner)!;
    return inService(timelines[pod.node]!).map(
      ({ fromMs, toMs }): Pod => ({
        history: undefined,
        namespace,
        name: `${pod.owner}-${hex(5)}`,
        uid: uid(),
        ownerKind: "ReplicaSet",
        ownerName: pod.owner,
        priorityClass: "",
        clusterQueue: null,
        localQueue: null,
        flavor: null,
        gpus: pod.gpus,
        cpus: 0,
        memoryGiB: 0,
        createdMs: originMs + fromMs,
        gatedUntilMs: originMs + fromMs,
        boundMs: originMs + fromMs,
        runningMs: originMs + fromMs,
        endedMs: NEVER,
        succeeded: false,
        lost: false,
        deletedMs: toMs < simulation.endMs ? originMs + toMs : NEVER,
        node: simulation.nodes[pod.node]!,
        nodeIndex: pod.node,
      }),
    );
  });

  const managed = simulation.workloads.flatMap((history) => {
    const { workload } = history;
    return incarnations(history, simulation, originMs).flatMap((life) =>
      Array.from({ length: life.pods }, (_, index): Pod => {
        const nodeIndex = life.nodes?.[index] ?? -1;
        return {
          history,
          namespace: workload.namespace,
          name: workload.kind === "Job" ? `${workload.name}-${index}-${hex(5)}` : `${workload.name}-${index}`,
          uid: uid(),
          ownerKind: workload.kind === "Job" ? "Job" : null,
          ownerName: workload.kind === "Job" ? workload.name : null,
          priorityClass: workload.priorityClass,
          clusterQueue: workload.clusterQueue,
          localQueue: workload.localQueue,
          flavor: life.flavor,
          gpus: workload.gpusPerPod,
          cpus: workload.cpusPerPod,
          memoryGiB: workload.memoryGiBPerPod,
          createdMs: life.createdMs,
          gatedUntilMs: life.gatedUntilMs,
          boundMs: life.boundMs,
          runningMs: life.runningMs,
          endedMs: life.endedMs,
          succeeded: life.succeeded,
          lost: life.lostNode !== undefined,
          deletedMs:
            nodeIndex >= 0 && nodeIndex === life.lostNode
              ? life.endedMs
              : Math.min(life.deletedMs, deletedAfter(nodeIndex, life.boundMs)),
          node: simulation.nodes[nodeIndex],
          nodeIndex,
        };
      }),
    );
  });
  return [...outside, ...managed];
}

/** Spans in which what is bound to a node runs on: it is there, and its kubelet answers. */
function inService(timeline: readonly NodeSpan[]): { readonly fromMs: number; readonly toMs: number }[] {
  const spans: { fromMs: number; toMs: number }[] = [];
  for (const { fromMs, toMs, failed, absent } of timeline) {
    if (failed || absent) continue;
    const last = spans.at(-1);
    if (last?.toMs === fromMs) last.toMs = toMs;
    else spans.push({ fromMs, toMs });
  }
  return spans;
}

/** When a workload ended, Unix ms; Infinity if it did not. */
export function finishedMs({ holds }: WorkloadHistory, originMs: number): number {
  const last = holds.at(-1);
  return last?.end === "finished" ? originMs + last.endMs! : NEVER;
}

/**
 * Pods are made when a Job is admitted (a plain Pod is there from the start, gated), again for each retry, and again
 * after an eviction, which deletes them. Finished pods stay until their owner's time to live is over.
 */
function incarnations(history: WorkloadHistory, simulation: Simulation, originMs: number): Incarnation[] {
  const { workload, holds, runs } = history;
  const retainedMs = finishedMs(history, originMs) + simulation.scenario.podRetentionMinutes * MINUTE_MS;
  const plain = workload.kind === "Pod";
  const lives: Incarnation[] = [];
  let waitsSince = originMs + workload.createdMs;

  for (const hold of holds) {
    const { pods } = asAdmitted(workload, hold);
    const reservedMs = originMs + hold.reservedMs;
    const evictedMs = hold.end === "evicted" ? originMs + hold.endMs! : NEVER;
    const within = runs.filter(
      (run) => run.placedMs >= hold.reservedMs && (hold.endMs === undefined || run.placedMs <= hold.endMs),
    );
    const born = (first: boolean, podsCreatedMs: number) =>
      first
        ? { createdMs: plain ? waitsSince : reservedMs, gatedUntilMs: reservedMs }
        : { createdMs: podsCreatedMs, gatedUntilMs: podsCreatedMs };

    within.forEach((run, i) => {
      const endedMs = run.endMs === undefined ? NEVER : originMs + run.endMs;
      lives.push({
        pods,
        ...born(i === 0, originMs + run.podsCreatedMs),
        flavor: hold.flavor,
        boundMs: originMs + run.placedMs,
        runningMs: originMs + run.runningMs,
        endedMs: run.outcome === "evicted" ? NEVER : endedMs,
        succeeded: run.outcome === "succeeded",
        deletedMs: run.outcome === "evicted" ? endedMs : retainedMs,
        nodes: run.nodes,
        lostNode: run.lostNode,
      });
    });

    const last = within.at(-1);
    const unplacedAgain = (last?.outcome === "failed" || last?.outcome === "lost") && hold.end !== "finished";
    if (!last || unplacedAgain) {
      lives.push({
        pods,
        ...born(!last, originMs + (last?.endMs ?? 0)),
        flavor: hold.flavor,
        boundMs: NEVER,
        runningMs: NEVER,
        endedMs: NEVER,
        succeeded: false,
        deletedMs: evictedMs,
        nodes: undefined,
      });
    }
    waitsSince = evictedMs;
  }

  if (plain && (holds.length === 0 || holds.at(-1)!.end === "evicted")) {
    lives.push({
      pods: workload.pods,
      createdMs: waitsSince,
      gatedUntilMs: NEVER,
      flavor: null,
      boundMs: NEVER,
      runningMs: NEVER,
      endedMs: NEVER,
      succeeded: false,
      deletedMs: NEVER,
      nodes: undefined,
    });
  }
  return lives;
}
