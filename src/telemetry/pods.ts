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
  /** When all pods of its gang had nodes: until then its init container waits for them. */
  readonly placedMs: number;
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
  /** When all had nodes. */
  readonly placedMs: number;
  readonly runningMs: number;
  readonly endedMs: number;
  readonly succeeded: boolean;
  readonly deletedMs: number;
  readonly nodes: readonly number[] | undefined;
  /** When each was bound, if not all were at placedMs. */
  readonly boundMs?: readonly number[] | undefined;
  /** Those that are bound before all are, and with which it never runs, in order of time. */
  readonly early: readonly EarlyMember[];
  /** The node that went from under it: its pods there are gone at once, the others failed. */
  readonly lostNode?: number | undefined;
}

interface EarlyMember {
  readonly index: number;
  readonly nodeIndex: number;
  readonly boundMs: number;
  readonly endedMs: number;
  readonly deletedMs: number;
  /** Another pod took its place in the gang. */
  readonly replaced: boolean;
}

/** One pod's part in an incarnation. */
type Member = Pick<
  Pod,
  | "createdMs"
  | "gatedUntilMs"
  | "boundMs"
  | "placedMs"
  | "runningMs"
  | "endedMs"
  | "succeeded"
  | "lost"
  | "deletedMs"
  | "nodeIndex"
>;

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
        placedMs: originMs + fromMs,
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
      Array.from({ length: life.pods }, (_, index) =>
        members(life, index).map(
          (member): Pod => ({
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
            ...member,
            deletedMs: Math.min(member.deletedMs, deletedAfter(member.nodeIndex, member.boundMs)),
            node: simulation.nodes[member.nodeIndex],
          }),
        ),
      ).flat(),
    );
  });
  return [...outside, ...managed];
}

/** The pods that stood at one place of a gang, one after the other. */
function members(life: Incarnation, index: number): Member[] {
  const found: Member[] = [];
  let [createdMs, replaced] = [life.createdMs, true];
  const add = (member: Omit<Member, "createdMs" | "gatedUntilMs" | "lost">) =>
    found.push({
      createdMs,
      gatedUntilMs: Math.max(createdMs, life.gatedUntilMs),
      lost: life.lostNode !== undefined,
      ...member,
    });
  for (const early of life.early) {
    if (early.index !== index) continue;
    const { nodeIndex, boundMs, endedMs, deletedMs } = early;
    add({ nodeIndex, boundMs, placedMs: NEVER, runningMs: NEVER, endedMs, succeeded: false, deletedMs });
    ({ replaced, deletedMs: createdMs } = early);
  }
  if (!replaced) return found;
  const nodeIndex = life.nodes?.[index] ?? -1;
  const { placedMs, runningMs, endedMs, succeeded, lostNode } = life;
  add({
    nodeIndex,
    boundMs: life.boundMs?.[index] ?? placedMs,
    placedMs,
    runningMs,
    endedMs,
    succeeded,
    deletedMs: nodeIndex >= 0 && nodeIndex === lostNode ? endedMs : life.deletedMs,
  });
  return found;
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
 * after an eviction, which deletes them. Finished pods stay until their owner's time to live is over. What has a node
 * while others of its gang have none is deleted where it goes, but for that of a plain Pod, which fails.
 */
function incarnations(history: WorkloadHistory, simulation: Simulation, originMs: number): Incarnation[] {
  const { workload, holds, runs, early = [] } = history;
  const retainedMs = finishedMs(history, originMs) + simulation.scenario.podRetentionMinutes * MINUTE_MS;
  const plain = workload.kind === "Pod";
  const lives: Incarnation[] = [];
  const earlyWithin = (fromMs: number, toMs: number) =>
    early
      .filter(({ boundMs, endMs = NEVER }) => boundMs >= fromMs && endMs <= toMs)
      .map(
        ({ pod, node, boundMs, endMs = NEVER, outcome }): EarlyMember => ({
          index: pod,
          nodeIndex: node,
          boundMs: originMs + boundMs,
          endedMs: outcome === "failed" ? originMs + endMs : NEVER,
          deletedMs: outcome === "failed" ? retainedMs : originMs + endMs,
          replaced: outcome === "lost" && !plain,
        }),
      );
  let waitsSince = originMs + workload.createdMs;

  for (const hold of holds) {
    const { pods } = asAdmitted(workload, hold);
    const reservedMs = originMs + hold.reservedMs;
    const evictedMs = hold.end === "evicted" ? originMs + hold.endMs! : NEVER;
    const overMs = hold.endMs ?? NEVER;
    const within = runs.filter(
      (run) => run.placedMs >= hold.reservedMs && (hold.endMs === undefined || run.placedMs <= hold.endMs),
    );
    const born = (first: boolean, podsCreatedMs: number) =>
      first
        ? { createdMs: plain ? waitsSince : reservedMs, gatedUntilMs: reservedMs }
        : { createdMs: podsCreatedMs, gatedUntilMs: podsCreatedMs };

    within.forEach((run, i) => {
      const endedMs = run.endMs === undefined ? NEVER : originMs + run.endMs;
      const deleted = run.outcome === "evicted" || run.outcome === "moved" || run.outcome === "reaped";
      lives.push({
        pods,
        ...born(i === 0, originMs + run.podsCreatedMs),
        flavor: hold.flavor,
        placedMs: originMs + run.placedMs,
        runningMs: originMs + run.runningMs,
        endedMs: deleted ? NEVER : endedMs,
        succeeded: run.outcome === "succeeded",
        deletedMs: deleted ? endedMs : retainedMs,
        nodes: run.nodes,
        boundMs: run.boundMs?.map((boundMs) => originMs + boundMs),
        early: earlyWithin(run.podsCreatedMs, run.placedMs),
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
        placedMs: NEVER,
        runningMs: NEVER,
        endedMs: NEVER,
        succeeded: false,
        deletedMs: originMs + overMs,
        nodes: undefined,
        early: earlyWithin(last?.endMs ?? hold.reservedMs, overMs),
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
      placedMs: NEVER,
      runningMs: NEVER,
      endedMs: NEVER,
      succeeded: false,
      deletedMs: NEVER,
      nodes: undefined,
      early: [],
    });
  }
  return lives;
}
