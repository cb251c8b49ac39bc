import { NodeIndex } from "./node-index.js";

/** What a pod asks of one node. */
export interface PodRequest {
  readonly gpusPerPod: number;
  readonly cpusPerPod: number;
  readonly memoryGiBPerPod: number;
}

export interface GangRequest extends PodRequest {
  readonly pods: number;
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
  readonly gpus: Int32Array;
  readonly cpus: Float64Array;
  readonly memoryGiB: Float64Array;
  /** 0 where a node is out of service: nothing new comes, whether or not what runs there stays. */
  readonly schedulable: Uint8Array;
}

/** What is free on each node, and how gangs take it and give it back. */
export class FreeRoom implements Room {
  readonly gpus: Int32Array;
  readonly cpus: Float64Array;
  readonly memoryGiB: Float64Array;
  readonly schedulable: Uint8Array;
  /** By the set itself, which callers keep. */
  readonly #indexes = new Map<Int32Array, NodeIndex>();
  readonly #indexesOf: NodeIndex[][];
  readonly #mostGpus: number;

  constructor(nodes: readonly { gpus: number; cpus: number; memoryGiB: number }[]) {
    this.#mostGpus = nodes.reduce((most, node) => Math.max(most, node.gpus), 0);
    this.gpus = Int32Array.from(nodes, (node) => node.gpus);
    this.cpus = Float64Array.from(nodes, (node) => node.cpus);
    this.memoryGiB = Float64Array.from(nodes, (node) => node.memoryGiB);
    this.schedulable = new Uint8Array(nodes.length).fill(1);
    this.#indexesOf = nodes.map(() => []);
  }

  /** Whether any node is out of service. */
  get outOfService(): boolean {
    return this.schedulable.includes(0);
  }

  /** What is free now, to keep. */
  snapshot(): Room {
    return {
      gpus: this.gpus.slice(),
      cpus: this.cpus.slice(),
      memoryGiB: this.memoryGiB.slice(),
      schedulable: this.schedulable.slice(),
    };
  }

  copyFrom(other: Room): void {
    this.gpus.set(other.gpus);
    this.cpus.set(other.cpus);
    this.memoryGiB.set(other.memoryGiB);
    this.schedulable.set(other.schedulable);
    this.#indexes.clear();
    for (const indexes of this.#indexesOf) indexes.length = 0;
  }

  /** Pods of this size that fit on a node now. */
  fitting(request: PodRequest, node: number): number {
    if (this.schedulable[node] === 0) return 0;
    let fitting = Math.floor(this.gpus[node]! / request.gpusPerPod);
    if (fitting > 0 && request.cpusPerPod > 0)
      fitting = Math.min(fitting, Math.floor(this.cpus[node]! / request.cpusPerPod + SLACK));
    if (fitting > 0 && request.memoryGiBPerPod > 0)
      fitting = Math.min(fitting, Math.floor(this.memoryGiB[node]! / request.memoryGiBPerPod + SLACK));
    return fitting;
  }

  /** Whether all pods of a gang fit on the given nodes together. */
  fits(gang: GangRequest, among: Int32Array): boolean {
    let pods = 0;
    const enough = (node: number) => {
      pods += this.fitting(gang, node);
      return pods >= gang.pods;
    };
    const index = this.#indexOf(among);
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
    const nodes: number[] = [];
    while (nodes.length < gang.pods) {
      const node = this.#choose(gang, among, policy);
      if (node < 0) break;
      this.#take(gang, node, 1);
      nodes.push(node);
    }
    return nodes;
  }

  release(gang: PodRequest, nodes: readonly number[]): void {
    for (let pod = 0; pod < nodes.length; pod++) this.#take(gang, nodes[pod]!, -1);
  }

  /** Takes GPUs wherever they are free, as no real pod could: what is left is what another workload could still use. */
  takeAnyGpus(gpus: number, among: Int32Array): void {
    let left = gpus;
    for (let i = 0; i < among.length && left > 0; i++) {
      const node = among[i]!;
      const taken = Math.min(left, this.schedulable[node]! * this.gpus[node]!);
      this.#setGpus(node, this.gpus[node]! - taken);
      left -= taken;
    }
  }

  /** Free GPUs on schedulable nodes among the given ones. */
  total(among: Int32Array): number {
    let total = 0;
    for (let i = 0; i < among.length; i++) total += this.schedulable[among[i]!]! * this.gpus[among[i]!]!;
    return total;
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
    const index = this.#indexOf(among);
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
      const free = this.gpus[node]!;
      if (policy === "spread" ? free <= bestFree : free >= bestFree) continue;
      if (!takes(node)) continue;
      best = node;
      bestFree = free;
    }
    return best;
  }

  #take(request: PodRequest, node: number, pods: 1 | -1): void {
    this.#setGpus(node, this.gpus[node]! - pods * request.gpusPerPod);
    this.cpus[node]! -= pods * request.cpusPerPod;
    this.memoryGiB[node]! -= pods * request.memoryGiBPerPod;
  }

  #setGpus(node: number, free: number): void {
    this.gpus[node] = free;
    for (const index of this.#indexesOf[node]!) index.update(node, free);
  }

  /** The index of a set of many nodes, made when the set is first asked for; undefined for a set of few. */
  #indexOf(among: Int32Array): NodeIndex | undefined {
    if (among.length < INDEXED_FROM) return undefined;
    let index = this.#indexes.get(among);
    if (!index) {
      index = new NodeIndex(among, this.gpus, this.#mostGpus);
      this.#indexes.set(among, index);
      for (const node of among) this.#indexesOf[node]!.push(index);
    }
    return index;
  }
}
