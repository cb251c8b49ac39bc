/** A whole GPU, in the thousandths in which its shares are counted. */
export const WHOLE = 1000;

/** A share of one GPU, as it is asked for. */
export const isShare = (gpusPerPod: number): boolean => gpusPerPod > 0 && gpusPerPod < 1;

/** A share in thousandths of a GPU. */
export const milliOf = (share: number): number => Math.round(share * WHOLE);

/** What is left of the GPUs that are shared, node by node, and who holds how much of which. A GPU is shared while anyone holds a part of it. */
export class GpuShares {
  /** By node: thousandths left of each GPU that was ever shared there; WHOLE if nobody holds a part of it now. */
  readonly #left = new Map<number, number[]>();
  /** By holder: node and GPU of each of its shares. */
  readonly #held = new Map<number, { readonly node: number; readonly gpu: number }[]>();

  /** Thousandths left of each shared GPU of a node. */
  left(node: number): number[] {
    return this.#left.get(node)?.filter((milli) => milli < WHOLE) ?? [];
  }

  /** Shares of a size that fit beside those that are held already. */
  fitting(node: number, milli: number): number {
    let fitting = 0;
    for (const left of this.#left.get(node) ?? []) if (left < WHOLE) fitting += Math.floor(left / milli);
    return fitting;
  }

  /** Thousandths left on a node's shared GPUs together. */
  total(node: number): number {
    let total = 0;
    for (const left of this.#left.get(node) ?? []) if (left < WHOLE) total += left;
    return total;
  }

  /**
   * Takes a share on a node: of the shared GPU with the least left that is enough, else of a whole one.
   *
   * @returns whether it took a whole GPU
   */
  take(node: number, milli: number, holder: number | undefined): boolean {
    let left = this.#left.get(node);
    if (!left) {
      left = [];
      this.#left.set(node, left);
    }
    let gpu = -1;
    for (let i = 0; i < left.length; i++)
      if (left[i]! < WHOLE && left[i]! >= milli && (gpu < 0 || left[i]! < left[gpu]!)) gpu = i;
    const opens = gpu < 0;
    if (opens) {
      gpu = left.indexOf(WHOLE);
      if (gpu < 0) gpu = left.push(WHOLE) - 1;
    }
    left[gpu]! -= milli;
    if (holder !== undefined) {
      const held = this.#held.get(holder) ?? [];
      this.#held.set(holder, held);
      held.push({ node, gpu });
    }
    return opens;
  }

  /** Gives back a share that a holder has on a node. @returns whether that leaves a whole GPU */
  release(node: number, milli: number, holder: number): boolean {
    const held = this.#held.get(holder)!;
    const [{ gpu }] = held.splice(
      held.findIndex((one) => one.node === node),
      1,
    ) as [{ node: number; gpu: number }];
    if (held.length === 0) this.#held.delete(holder);
    const left = this.#left.get(node)!;
    left[gpu]! += milli;
    return left[gpu] === WHOLE;
  }

  /** Takes up to so much of what is left on a node's shared GPUs, in whatever pieces. @returns how much it took */
  drain(node: number, milli: number): number {
    let wanted = milli;
    const left = this.#left.get(node) ?? [];
    left.forEach((there, gpu) => {
      if (there === WHOLE) return;
      const taken = Math.min(wanted, there);
      left[gpu] = there - taken;
      wanted -= taken;
    });
    return milli - wanted;
  }

  /** Becomes a copy that takes on its own account; who holds what is not copied. */
  copyFrom(other: GpuShares): void {
    this.#left.clear();
    this.#held.clear();
    for (const [node, left] of other.#left) this.#left.set(node, left.slice());
  }

  /** The same for one node. */
  copyNode(other: GpuShares, node: number): void {
    const left = other.#left.get(node);
    if (left) this.#left.set(node, left.slice());
    else this.#left.delete(node);
  }
}
