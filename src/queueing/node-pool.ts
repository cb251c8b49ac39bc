const NONE = -1;

/**
 * Equal nodes and their free GPUs, for best fit without a search over nodes: nodes with equally many free GPUs form a
 * doubly linked list, and there are only gpusPerNode + 1 such lists. Among equally full nodes the one that changed last
 * goes first.
 *
 * What a gang holds is a chain of holdings, one for every node it is on, known by the index of its first.
 */
export class NodePool {
  /** By number of free GPUs: the first node of the list, and the list's length. */
  private readonly firstNode: Int32Array;
  private readonly nodeCount: Int32Array;
  /** By node. */
  private readonly freeGpus: Int32Array;
  private readonly nextNode: Int32Array;
  private readonly previousNode: Int32Array;
  /** By holding; those not in use form a chain of their own. */
  private readonly heldNode: Int32Array;
  private readonly heldGpus: Int32Array;
  private readonly nextHolding: Int32Array;
  private unusedHolding = 0;
  /** Free GPUs of all nodes. */
  private unused = 0;

  constructor(
    nodes: number,
    private readonly gpusPerNode: number,
  ) {
    const holdings = nodes * gpusPerNode;
    this.firstNode = new Int32Array(gpusPerNode + 1).fill(NONE);
    this.nodeCount = new Int32Array(gpusPerNode + 1);
    this.freeGpus = new Int32Array(nodes);
    this.nextNode = new Int32Array(nodes);
    this.previousNode = new Int32Array(nodes);
    this.heldNode = new Int32Array(holdings);
    this.heldGpus = new Int32Array(holdings);
    this.nextHolding = new Int32Array(holdings);
    for (let holding = 0; holding < holdings; holding++) this.nextHolding[holding] = holding + 1;
    for (let node = nodes - 1; node >= 0; node--) this.list(node, gpusPerNode);
  }

  /** Whether that many pods can be placed now, each with all its GPUs on one node. */
  fits(pods: number, gpusPerPod: number): boolean {
    if (pods * gpusPerPod > this.unused) return false;
    let room = 0;
    for (let free = this.gpusPerNode; free >= gpusPerPod; free--) {
      room += this.nodeCount[free]! * Math.trunc(free / gpusPerPod);
      if (room >= pods) return true;
    }
    return false;
  }

  /** Places the pods, which must fit, each on the fullest node with room for it, and returns their first holding. */
  take(pods: number, gpusPerPod: number): number {
    let holding = NONE;
    let free = gpusPerPod;
    for (let left = pods; left > 0; ) {
      while (this.firstNode[free] === NONE) free++;
      const node = this.firstNode[free]!;
      // A node that still has room after a pod is now the fullest, so it takes the next ones too.
      const placed = Math.min(left, Math.trunc(free / gpusPerPod));
      this.unlist(node);
      this.list(node, free - placed * gpusPerPod);
      holding = this.hold(node, placed * gpusPerPod, holding);
      left -= placed;
    }
    return holding;
  }

  /** Frees what a gang holds. */
  give(firstHolding: number): void {
    for (let holding = firstHolding; holding !== NONE; ) {
      const node = this.heldNode[holding]!;
      const free = this.freeGpus[node]! + this.heldGpus[holding]!;
      this.unlist(node);
      this.list(node, free);
      const next = this.nextHolding[holding]!;
      this.nextHolding[holding] = this.unusedHolding;
      this.unusedHolding = holding;
      holding = next;
    }
  }

  /** Free GPUs by node, as a copy. */
  free(): number[] {
    return [...this.freeGpus];
  }

  private hold(node: number, gpus: number, next: number): number {
    const holding = this.unusedHolding;
    this.unusedHolding = this.nextHolding[holding]!;
    this.heldNode[holding] = node;
    this.heldGpus[holding] = gpus;
    this.nextHolding[holding] = next;
    return holding;
  }

  private list(node: number, free: number): void {
    const second = this.firstNode[free]!;
    this.freeGpus[node] = free;
    this.previousNode[node] = NONE;
    this.nextNode[node] = second;
    if (second !== NONE) this.previousNode[second] = node;
    this.firstNode[free] = node;
    this.nodeCount[free]!++;
    this.unused += free;
  }

  private unlist(node: number): void {
    const free = this.freeGpus[node]!;
    const before = this.previousNode[node]!;
    const after = this.nextNode[node]!;
    if (before === NONE) this.firstNode[free] = after;
    else this.nextNode[before] = after;
    if (after !== NONE) this.previousNode[after] = before;
    this.nodeCount[free]!--;
    this.unused -= free;
  }
}
