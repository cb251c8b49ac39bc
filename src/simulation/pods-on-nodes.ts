import type { Scenario } from "../scenario/schema.js";
import type { FreeRoom, PlacementPolicy } from "./free-room.js";
import { bindPods, boundPods, completeGang, unmetRequest } from "./half-placed.js";
import { asAdmitted, type EarlyPod, type Run, type WorkloadHistory } from "./history.js";
import type { Reach } from "./reach.js";
import type { Topology } from "./topology.js";

/** The nodes of a gang whose pods all have one. */
export type Placed = Pick<Run, "nodes" | "boundMs">;

interface Parts {
  readonly scenario: Scenario;
  readonly free: FreeRoom;
  readonly placement: PlacementPolicy;
  readonly reach: Reach;
  readonly topology: Topology;
  /** Whether it has to be known who is on a node: whether any node ever ends what runs there. */
  readonly knowsResidents: boolean;
  /** Called with a node on which there may be more room than before. */
  readonly onRoomGrew: (node: number) => void;
}

/** Puts pods on nodes and takes them off: the room that they have, and who is where. */
export class PodsOnNodes {
  readonly #parts: Parts;
  /** By node; empty where nobody asks. */
  readonly #residents: readonly Set<WorkloadHistory>[];

  constructor(parts: Parts) {
    this.#parts = parts;
    const { free, knowsResidents } = parts;
    this.#residents = knowsResidents ? Array.from(free.gpus, () => new Set<WorkloadHistory>()) : [];
  }

  /** Who has pods on a node. */
  residents(node: number): readonly WorkloadHistory[] {
    return [...(this.#residents[node] ?? [])];
  }

  /** Whether one of a workload's pods fits on a node now, which may be none that it is allowed on. */
  fitsOn(history: WorkloadHistory, node: number): boolean {
    return this.#parts.free.fitting(history.workload, node) > 0;
  }

  /**
   * Gives an admitted gang nodes: all of its pods together, or as many as there are nodes for, as the scenario binds
   * them. Pods that have a node keep it.
   *
   * @returns the nodes once all pods have one; else how many pods have got one
   */
  place(history: WorkloadHistory, now: number): Placed | number {
    return this.#parts.scenario.binding === "pod" ? this.#placeOneByOne(history, now) : this.#placeTogether(history);
  }

  #placeTogether(history: WorkloadHistory): Placed | number {
    const { free, placement } = this.#parts;
    const hold = history.holds.at(-1)!;
    const nodes = free.place(asAdmitted(history.workload, hold), this.#allowed(history), placement);
    if (!nodes) return 0;
    this.#move(history, nodes);
    return { nodes };
  }

  #placeOneByOne(history: WorkloadHistory, now: number): Placed | number {
    const { free, placement } = this.#parts;
    const request = unmetRequest(history);
    const nodes = free.placeSome(request, this.#allowed(history), placement);
    if (nodes.length === 0) return 0;
    bindPods(history, nodes, now);
    this.#move(history, nodes);
    return nodes.length === request.pods ? completeGang(history, now) : nodes.length;
  }

  /** Takes room on nodes that Kueue has chosen. */
  placeOn(history: WorkloadHistory, nodes: readonly number[]): Placed {
    const { free, topology } = this.#parts;
    topology.take(free, history.workload, nodes);
    this.#move(history, nodes);
    return { nodes };
  }

  /** A gang's pods leave their nodes, and its run is over. */
  endRun(history: WorkloadHistory, run: Run, outcome: NonNullable<Run["outcome"]>, now: number): void {
    run.endMs = now;
    run.outcome = outcome;
    this.#leave(history, run.nodes);
  }

  /** Pods of a gang that has not started leave their nodes. */
  unbind(
    history: WorkloadHistory,
    pods: readonly EarlyPod[],
    outcome: NonNullable<EarlyPod["outcome"]>,
    now: number,
  ): void {
    for (const pod of pods) {
      pod.endMs = now;
      pod.outcome = outcome;
    }
    this.#leave(
      history,
      pods.map(({ node }) => node),
    );
  }

  /** The same for all pods of the gang. */
  unbindAll(history: WorkloadHistory, outcome: NonNullable<EarlyPod["outcome"]>, now: number): void {
    this.unbind(history, boundPods(history), outcome, now);
  }

  #allowed({ workload, holds }: WorkloadHistory): Int32Array {
    return this.#parts.reach.nodesOfFlavor(workload, holds.at(-1)!.flavor);
  }

  #move(history: WorkloadHistory, nodes: readonly number[]): void {
    if (this.#parts.knowsResidents) for (const node of nodes) this.#residents[node]!.add(history);
  }

  #leave(history: WorkloadHistory, nodes: readonly number[]): void {
    const { free, onRoomGrew } = this.#parts;
    free.release(history.workload, nodes);
    for (const node of nodes) {
      onRoomGrew(node);
      this.#residents[node]?.delete(history);
    }
  }
}
