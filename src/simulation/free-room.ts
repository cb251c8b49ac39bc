import { GpuShares, isShare, milliOf, WHOLE } from "./gpu-shares.js";
import { withOneMore } from "./history.js";
import { NodeIndex } from "./node-index.js";

/** What a pod asks of one node. */
export interface PodRequest {
  /** Whole GPUs, a share of one in thousandths, or none. */
  readonly gpusPerPod: number;
  readonly cpusPerPod: number;
  readonly memoryGiBPerPod: number;
}

export interface GangRequest extends PodRequest {
  readonly pods: number;
  /** Who asks: a share can be given back only by whoever is known to hold it. */
  readonly id?: number;
}

/** How bad a node that fits is for a pod; it is asked once for each, in the order of the nodes. */
export type Score = (request: PodRequest, node: number) => number;

/**
 * Which of the nodes that fit a pod is taken: the one with most free GPUs, the one with fewest, or the one with the
 * lowest score. Ties go to the first node.
 */
export type PlacementPolicy = "spread" | "pack" | Score;

/** Fractions of a core add up with an error in their last bits: what fits but for that, fits. */
const SLACK = 1e-9;

/** A set of more nodes than this is looked up through an index; fewer are looked through faster one by one. */
const INDEXED_FROM = 48;

/** What is free on each node, by node index. */
export interface Room {
  /** Whole GPUs that nobody holds, nor any part of them. */
  readonly gpus: Int32Array;
  readonly shares: GpuShares;
  readonly cpus: Float64Array;
  readonly memoryGiB: Float64Array;
  /** 0 where a node is out of service: nothing new comes, whether or not what runs there stays. */
  readonly schedulable: Uint8Array;
}

/** What is free on each node, and how gangs take it and give it back. */
export class FreeRoom implements Room {
  readonly gpus: Int32Array;
  readonly shares = new GpuShares();
  readonly cpus: Float64Array;
  readonly memoryGiB: Float64Array;
  readonly schedulable: Uint8Array;
  /** How often what is free on a node has changed. */
  readonly changes: Uint32Array;
  /** By the set itself, which callers keep. */
  readonly #sets = new Map<Int32Array, NodeSet>();
  readonly #setsOf: NodeSet[][];
  readonly #mostGpus: number;
  /** By node: thousandths of GPUs that count as free. */
  readonly #counted: Int32Array;
  /** Nodes that are out of service. */
  readonly #away = new Set<number>();
  /** The room that this one was a copy of, and the nodes that have changed since, here and there. */
  #original: FreeRoom | undefined;
  #touched: number[] | undefined;

  constructor(nodes: readonly { gpus: number; cpus: number; memoryGiB: number }[]) {
    this.#mostGpus = nodes.reduce((most, node) => Math.max(most, node.gpus), 0);
    this.gpus = Int32Array.from(nodes, (node) => node.gpus);
    this.cpus = Float64Array.from(nodes, (node) => node.cpus);
    this.memoryGiB = Float64Array.from(nodes, (node) => node.memoryGiB);
    this.schedulable = new Uint8Array(nodes.length).fill(1);
    this.changes = new Uint32Array(nodes.length);
    this.#counted = Int32Array.from(nodes, (node) => node.gpus * WHOLE);
    this.#setsOf = nodes.map(() => []);
  }

  /** Whether any node is out of service. */
  get outOfService(): boolean {
    return this.#away.size > 0;
  }

  /** Does something while all nodes are in service. */
  asIfInService<T>(work: () => T): T {
    const away = [...this.#away];
    for (const node of away) this.setSchedulable(node, true);
    const result = work();
    for (const node of away) this.setSchedulable(node, false);
    return result;
  }

  /** What is free now, to keep. */
  snapshot(): Room {
    const shares = new GpuShares();
    shares.copyFrom(this.shares);
    return {
      gpus: this.gpus.slice(),
      shares,
      cpus: this.cpus.slice(),
      memoryGiB: this.memoryGiB.slice(),
      schedulable: this.schedulable.slice(),
    };
  }

  /** Becomes a copy of another room of the same nodes, whatever it was before. */
  copyFrom(other: Room): void {
    this.gpus.set(other.gpus);
    this.shares.copyFrom(other.shares);
    this.cpus.set(other.cpus);
    this.memoryGiB.set(other.memoryGiB);
    this.schedulable.set(other.schedulable);
    this.#away.clear();
    for (let node = 0; node < this.gpus.length; node++) {
      this.#counted[node] = this.#countable(node);
      if (this.schedulable[node] === 0) this.#away.add(node);
    }
    this.#sets.clear();
    for (const sets of this.#setsOf) sets.length = 0;
    this.#touched?.splice(0);
  }

  /** Becomes a copy of a room again and again: only what has changed since, here or there, is copied. Only one may follow another. */
  follow(other: FreeRoom): void {
    const [here, there] = [this.#touched, other.#touched];
    if (this.#original !== other || !here || !there) {
      this.copyFrom(other);
      this.#original = other;
      this.#touched = [];
      other.#touched = [];
      return;
    }
    for (const touched of [here, there]) {
      for (const node of touched) {
        this.shares.copyNode(other.shares, node);
        this.cpus[node] = other.cpus[node]!;
        this.memoryGiB[node] = other.memoryGiB[node]!;
        this.gpus[node] = other.gpus[node]!;
        this.#serve(node, other.schedulable[node] === 1);
        this.#recount(node);
      }
    }
    here.length = 0;
    there.length = 0;
  }

  /** Puts a node in or out of service. */
  setSchedulable(node: number, schedulable: boolean): void {
    this.#serve(node, schedulable);
    this.#changed(node);
  }

  #serve(node: number, schedulable: boolean): void {
    this.schedulable[node] = Number(schedulable);
    if (schedulable) this.#away.delete(node);
    else this.#away.add(node);
  }

  /** Pods of this size that fit on a node now. */
  fitting(request: PodRequest, node: number): number {
    if (this.schedulable[node] === 0) return 0;
    let fitting = this.#fittingByGpus(request.gpusPerPod, node);
    if (fitting > 0 && request.cpusPerPod > 0)
      fitting = Math.min(fitting, Math.floor(this.cpus[node]! / request.cpusPerPod + SLACK));
    if (fitting > 0 && request.memoryGiBPerPod > 0)
      fitting = Math.min(fitting, Math.floor(this.memoryGiB[node]! / request.memoryGiBPerPod + SLACK));
    return fitting;
  }

  #fittingByGpus(gpusPerPod: number, node: number): number {
    if (gpusPerPod >= 1) return Math.floor(this.gpus[node]! / gpusPerPod);
    if (gpusPerPod === 0) return Number.POSITIVE_INFINITY;
    const milli = milliOf(gpusPerPod);
    return this.gpus[node]! * Math.floor(WHOLE / milli) + this.shares.fitting(node, milli);
  }

  /** Whether all pods of a gang fit on the given nodes together. */
  fits(gang: GangRequest, among: Int32Array): boolean {
    let pods = 0;
    const enough = (node: number) => {
      pods += this.fitting(gang, node);
      return pods >= gang.pods;
    };
    const index = this.#indexOf(among, gang);
    if (!index) return among.some(enough);
    for (let free = index.highest; free >= gang.gpusPerPod; free--) if (index.find(free, enough) >= 0) return true;
    return false;
  }

  /** Takes room for all pods of a gang, or for none: the node of each pod, or undefined. */
  place(gang: GangRequest, among: Int32Array, policy: PlacementPolicy): number[] | undefined {
    return this.fits(gang, among) ? this.placeSome(gang, among, policy) : undefined;
  }

  /** Takes room for the pods of a gang one by one, until there is none for the next: the node of each that got one. */
  placeSome(gang: GangRequest, among: Int32Array, policy: PlacementPolicy): number[] {
    // A plain list: many short typed arrays cost far more to make and to keep.
    let nodes: number[] = [];
    while (nodes.length < gang.pods) {
      const node = this.#choose(gang, among, policy);
      if (node < 0) break;
      this.#take(gang, node);
      nodes = withOneMore(nodes, node);
    }
    return nodes;
  }

  /** Gives back what `place` took for these pods of a gang. */
  release(gang: GangRequest, nodes: readonly number[]): void {
    for (let pod = 0; pod < nodes.length; pod++) this.#giveBack(gang, nodes[pod]!);
  }

  /** Takes GPUs wherever they are free, as no real pod could: what is left is what another workload could still use. */
  takeAnyGpus(gpus: number, among: Int32Array): void {
    let left = milliOf(gpus);
    for (let i = 0; i < among.length && left > 0; i++) {
      const node = among[i]!;
      if (this.#counted[node] === 0) continue;
      const taken = Math.min(Math.floor(left / WHOLE), this.gpus[node]!);
      this.gpus[node]! -= taken;
      left -= taken * WHOLE;
      if (left > 0) left -= this.shares.drain(node, left);
      if (left > 0 && this.gpus[node]! > 0) {
        this.shares.take(node, left, undefined);
        this.gpus[node]!--;
        left = 0;
      }
      this.#changed(node);
    }
  }

  /** Free GPUs on schedulable nodes among the given ones, parts of shared ones included. */
  total(among: Int32Array): number {
    return this.#setOf(among).freeMilli / WHOLE;
  }

  /** Free GPUs of a node, in service or not, parts of shared ones included. */
  freeGpus(node: number): number {
    return this.gpus[node]! + this.shares.total(node) / WHOLE;
  }

  #choose(request: PodRequest, among: Int32Array, policy: PlacementPolicy): number {
    const takes = (node: number) => this.fitting(request, node) > 0;
    if (typeof policy === "function") {
      let [lowest, chosen] = [Number.POSITIVE_INFINITY, -1];
      for (const node of among) {
        if (!takes(node)) continue;
        const score = policy(request, node);
        if (score < lowest) [lowest, chosen] = [score, node];
      }
      return chosen;
    }
    const index = this.#indexOf(among, request);
    if (index) {
      const levels = index.highest - request.gpusPerPod;
      for (let i = 0; i <= levels; i++) {
        const node = index.find(policy === "pack" ? request.gpusPerPod + i : index.highest - i, takes);
        if (node >= 0) return node;
      }
      return -1;
    }
    let best = -1;
    let bestFree = policy === "spread" ? -1 : Number.POSITIVE_INFINITY;
    for (let i = 0; i < among.length; i++) {
      const node = among[i]!;
      const free = this.freeGpus(node);
      if (policy === "spread" ? free <= bestFree : free >= bestFree) continue;
      if (!takes(node)) continue;
      best = node;
      bestFree = free;
    }
    return best;
  }

  #take(request: GangRequest, node: number): void {
    const { gpusPerPod, id } = request;
    const whole = isShare(gpusPerPod) ? Number(this.shares.take(node, milliOf(gpusPerPod), id)) : gpusPerPod;
    this.gpus[node]! -= whole;
    this.cpus[node]! -= request.cpusPerPod;
    this.memoryGiB[node]! -= request.memoryGiBPerPod;
    this.#changed(node);
  }

  #giveBack(request: GangRequest, node: number): void {
    const { gpusPerPod, id } = request;
    const whole = isShare(gpusPerPod) ? Number(this.shares.release(node, milliOf(gpusPerPod), id)) : gpusPerPod;
    this.gpus[node]! += whole;
    this.cpus[node]! += request.cpusPerPod;
    this.memoryGiB[node]! += request.memoryGiBPerPod;
    this.#changed(node);
  }

  #changed(node: number): void {
    this.changes[node]!++;
    this.#touched?.push(node);
    this.#recount(node);
  }

  /** Has the sets that a node is in know what is free on it. */
  #recount(node: number): void {
    const milli = this.#countable(node);
    const more = milli - this.#counted[node]!;
    this.#counted[node] = milli;
    for (const set of this.#setsOf[node]!) {
      set.freeMilli += more;
      set.index?.update(node, this.gpus[node]!);
    }
  }

  #countable(node: number): number {
    return this.schedulable[node] === 0 ? 0 : this.gpus[node]! * WHOLE + this.shares.total(node);
  }

  /** What is known of a set of nodes from when it is first asked for. */
  #setOf(among: Int32Array): NodeSet {
    let set = this.#sets.get(among);
    if (!set) {
      let freeMilli = 0;
      for (const node of among) freeMilli += this.#counted[node]!;
      const index = among.length < INDEXED_FROM ? undefined : new NodeIndex(among, this.gpus, this.#mostGpus);
      set = { freeMilli, index };
      this.#sets.set(among, set);
      for (const node of among) this.#setsOf[node]!.push(set);
    }
    return set;
  }

  /** The index of a set of many nodes; undefined for a set of few. It knows whole GPUs only. */
  #indexOf(among: Int32Array, { gpusPerPod }: PodRequest): NodeIndex | undefined {
    return among.length < INDEXED_FROM || gpusPerPod < 1 ? undefined : this.#setOf(among).index;
  }
}

interface NodeSet {
  /** Thousandths of GPUs that are free on those of its nodes that are in service. */
  freeMilli: number;
  /** Of a set of many. */
  readonly index: NodeIndex | undefined;
}
