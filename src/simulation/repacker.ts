import { gpus } from "../demand/workload.js";
import { FreeRoom, type GangRequest } from "./free-room.js";
import { isShare } from "./gpu-shares.js";
import { unmetRequest } from "./half-placed.js";
import { asAdmitted, type SimulatedNode, type WorkloadHistory } from "./history.js";
import type { PodsOnNodes } from "./pods-on-nodes.js";
import type { Reach } from "./reach.js";
import type { Topology } from "./topology.js";

/** A gang that runs, and the nodes on which its pods are made again. */
export interface Move {
  readonly history: WorkloadHistory;
  readonly nodes: readonly number[];
}

interface Parts {
  readonly nodes: readonly SimulatedNode[];
  readonly free: FreeRoom;
  readonly pods: PodsOnNodes;
  readonly reach: Reach;
  readonly topology: Topology;
}

/** Gangs that may be moved off one node so that there is room on it. */
interface Clearing {
  readonly node: number;
  readonly gangs: readonly WorkloadHistory[];
  /** GPUs of all their pods, wherever they are: all of them restart. */
  readonly cost: number;
}

/** Of those on a node the smallest so many are thought of: all ways to choose some of them are gone through. */
const MOST_MOVABLE = 10;

/**
 * Moves running gangs together, so that a gang that holds quota finds room on nodes that have too little each, though
 * enough together. A gang is moved with all its pods or stays; plain Pods, which nothing makes again, stay, and so do
 * shares of a GPU, what has a higher priority than who waits, and what is on a node out of service. What moves goes to the
 * fullest nodes that fit it.
 */
export class Repacker {
  readonly #parts: Parts;
  readonly #scratch: FreeRoom;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#scratch = new FreeRoom(parts.nodes);
  }

  /**
   * The moves within a nodegroup after which a gang that waits fits: node by node those that restart the fewest GPUs, in
   * all fewer than it asks for. Undefined where there are none, it fits as it is, or too few GPUs are free.
   */
  plan(waiting: WorkloadHistory, nodegroup: string, now: number): Move[] | undefined {
    const { free, reach } = this.#parts;
    const request = unmetRequest(waiting);
    const among = reach.nodesOfFlavor(waiting.workload, waiting.holds.at(-1)!.flavor);
    if (isShare(request.gpusPerPod) || free.total(among) < gpus(request)) return undefined;
    const own = [...among].filter((node) => this.#parts.nodes[node]!.nodegroup === nodegroup);
    this.#scratch.copyFrom(free);
    const moves = new Map<WorkloadHistory, Move>();
    let affordable = gpus(request);
    for (let left = request.pods; ; left--) {
      left -= this.#scratch.placeSome({ ...request, pods: left }, among, "pack").length;
      if (left === 0) return moves.size > 0 ? [...moves.values()] : undefined;
      const mayMove = (history: WorkloadHistory) =>
        !moves.has(history) &&
        isMovable(history, waiting, now) &&
        nodesOf(history).every((node) => free.schedulable[node] === 1);
      const clearings = own.flatMap((node) => this.#clearings(node, request, mayMove));
      const cheap = clearings.filter(({ cost }) => cost < affordable).sort((a, b) => a.cost - b.cost);
      const found = firstOf(cheap, (clearing) => this.#clear(clearing, request));
      if (!found) return undefined;
      for (const move of found) {
        moves.set(move.history, move);
        affordable -= gpusOf(move.history);
      }
    }
  }

  /** Ways to make room for a pod on a node, with no gang too many. */
  #clearings(node: number, pod: GangRequest, mayMove: (history: WorkloadHistory) => boolean): Clearing[] {
    if (this.#scratch.schedulable[node] === 0) return [];
    const lacking = Math.max(pod.gpusPerPod - this.#scratch.freeGpus(node), Number.MIN_VALUE);
    const there = this.#parts.pods
      .residents(node)
      .filter(mayMove)
      .map((history) => ({ history, here: gpusOn(history, node), cost: gpusOf(history) }))
      .sort((a, b) => a.cost - b.cost || a.history.workload.id - b.history.workload.id)
      .slice(0, MOST_MOVABLE);
    const found: Clearing[] = [];
    for (let some = 1; some < 1 << there.length; some++) {
      const gangs = there.filter((_, i) => (some >> i) & 1);
      const makes = gangs.reduce((sum, { here }) => sum + here, 0);
      const isEnough = makes >= lacking && gangs.every(({ here }) => makes - here < lacking);
      if (!isEnough) continue;
      const cost = gangs.reduce((sum, one) => sum + one.cost, 0);
      found.push({ node, gangs: gangs.map(({ history }) => history), cost });
    }
    return found;
  }

  /** Takes room for a pod where gangs leave a node, and for these elsewhere; nothing, and undefined, where that cannot be. */
  #clear({ node, gangs }: Clearing, pod: GangRequest): Move[] | undefined {
    const { topology, reach } = this.#parts;
    const room = this.#scratch;
    for (const history of gangs) room.release(history.workload, nodesOf(history));
    const moves: Move[] = [];
    if (room.fitting(pod, node) > 0) {
      topology.take(room, pod, [node]);
      for (const history of gangs.toSorted((a, b) => b.workload.gpusPerPod - a.workload.gpusPerPod)) {
        const hold = history.holds.at(-1)!;
        const among = reach.nodesOfFlavor(history.workload, hold.flavor);
        const nodes = room.place(asAdmitted(history.workload, hold), among, "pack");
        if (!nodes) break;
        moves.push({ history, nodes });
      }
      if (moves.length === gangs.length) return moves;
      room.release(pod, [node]);
    }
    for (const { history, nodes } of moves) room.release(history.workload, nodes);
    for (const history of gangs) topology.take(room, history.workload, nodesOf(history));
    return undefined;
  }
}

/** What runs within its admission, and did before now. */
function isMovable({ workload, holds, runs }: WorkloadHistory, waiting: WorkloadHistory, now: number): boolean {
  const run = runs.at(-1);
  return (
    workload.kind === "Job" &&
    !isShare(workload.gpusPerPod) &&
    workload.priority <= waiting.workload.priority &&
    run !== undefined &&
    run.endMs === undefined &&
    run.placedMs < now &&
    holds.at(-1)!.eviction === undefined
  );
}

const nodesOf = ({ runs }: WorkloadHistory): readonly number[] => runs.at(-1)!.nodes;
const gpusOf = (history: WorkloadHistory) => nodesOf(history).length * history.workload.gpusPerPod;
const gpusOn = (history: WorkloadHistory, node: number) =>
  nodesOf(history).filter((one) => one === node).length * history.workload.gpusPerPod;

/** What is found for the first of some for which anything is. */
function firstOf<T, R>(some: readonly T[], find: (one: T) => R | undefined): R | undefined {
  for (const one of some) {
    const found = find(one);
    if (found) return found;
  }
  return undefined;
}
