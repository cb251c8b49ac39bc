/**
 * A set of nodes by how many GPUs each has free, so that the fullest or emptiest node that fits is found without
 * looking at all of them. Nodes with equally many free GPUs come in the order of the set.
 */
export class NodeIndex {
  readonly #nodes: Int32Array;
  readonly #words: number;
  /** By free GPUs, one bit a node. */
  readonly #bits: Uint32Array;
  readonly #position: ReadonlyMap<number, number>;
  readonly #level: Int32Array;
  /** The most GPUs that a node can have free. */
  readonly highest: number;

  /** @param free GPUs free now, by node */
  constructor(nodes: Int32Array, free: Int32Array, highest: number) {
    this.#nodes = nodes;
    this.highest = highest;
    this.#words = Math.ceil(nodes.length / 32);
    this.#bits = new Uint32Array((highest + 1) * this.#words);
    this.#position = new Map(Array.from(nodes, (node, position) => [node, position]));
    this.#level = Int32Array.from(nodes, (node) => free[node]!);
    this.#level.forEach((level, position) => {
      this.#flip(level, position);
    });
  }

  /** A node of the set has so many GPUs free from now on. */
  update(node: number, free: number): void {
    const position = this.#position.get(node)!;
    this.#flip(this.#level[position]!, position);
    this.#flip(free, position);
    this.#level[position] = free;
  }

  /** The first node with exactly so many GPUs free for which `takes` holds; -1 if there is none. */
  find(free: number, takes: (node: number) => boolean): number {
    for (let word = 0; word < this.#words; word++) {
      for (let bits = this.#bits[free * this.#words + word]!; bits !== 0; bits &= bits - 1) {
        const node = this.#nodes[32 * word + 31 - Math.clz32(bits & -bits)]!;
        if (takes(node)) return node;
      }
    }
    return -1;
  }

  #flip(level: number, position: number): void {
    this.#bits[level * this.#words + (position >> 5)]! ^= 1 << (position & 31);
  }
}
