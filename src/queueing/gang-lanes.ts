import type { Discipline, GangJob } from "./gang-job.js";

/**
 * Who may be next. A lane is a queue in which the head holds up those behind it: strict FIFO has one lane, best effort
 * one for every shape of gang, since a gang that doesn't fit lets only gangs of other shapes pass.
 * Jobs are known by their place in the order of arrival.
 */
export class GangLanes {
  /** By place. */
  private readonly lane: Int32Array;
  private readonly behind: Int32Array;
  /** By lane: the place of its head (past the last place when the lane has run dry), and whether it didn't fit. */
  private readonly head: Int32Array;
  private readonly blocked: Uint8Array;

  constructor(jobs: readonly GangJob[], order: Int32Array, gpusPerNode: number, discipline: Discipline) {
    this.lane = new Int32Array(order.length);
    this.behind = new Int32Array(order.length).fill(order.length);
    const heads: number[] = [];
    const tails: number[] = [];
    const laneOfShape = new Map<number, number>();
    for (let place = 0; place < order.length; place++) {
      const { pods, gpusPerPod } = jobs[order[place]!]!;
      const shape = discipline === "strict-fifo" ? 0 : pods * (gpusPerNode + 1) + gpusPerPod;
      let lane = laneOfShape.get(shape);
      if (lane === undefined) {
        lane = heads.length;
        laneOfShape.set(shape, lane);
        heads.push(place);
      } else {
        this.behind[tails[lane]!] = place;
      }
      tails[lane] = place;
      this.lane[place] = lane;
    }
    this.head = Int32Array.from(heads);
    this.blocked = new Uint8Array(heads.length);
  }

  /** The first of those that have arrived and aren't held up, or -1. */
  first(arrived: number): number {
    let first = arrived;
    for (let lane = 0; lane < this.head.length; lane++) {
      if (this.blocked[lane] === 0 && this.head[lane]! < first) first = this.head[lane]!;
    }
    return first < arrived ? first : -1;
  }

  /** Its head doesn't fit: the lane waits until GPUs are freed. */
  block(place: number): void {
    this.blocked[this.lane[place]!] = 1;
  }

  unblock(): void {
    this.blocked.fill(0);
  }

  /** The head of a lane starts. */
  leave(place: number): void {
    this.head[this.lane[place]!] = this.behind[place]!;
  }
}
