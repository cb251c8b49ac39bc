/** A whole GPU, in the thousandths in which its shares are counted. */
export const WHOLE = 1000;

/** A share of one GPU, as it is asked for. */
export const isShare = (gpusPerPod: number): boolean => gpusPerPod > 0 && gpusPerPod < 1;

/** A share in thousandths of a GPU. */
export const milliOf = (share: number): number => Math.round(share * WHOLE);

/** A GPU that is shared, or was: whole again, it is as any other. */
interface SharedGpu {
  /** Thousandths that nobody holds. */
  left: number;
  /** Who holds a part of it, once for each part; undefined where nobody has to know. */
  holders: (number | undefined)[];
}

const isShared = ({ left }: SharedGpu) => left < WHOLE;

/** What is left of the GPUs that are shared, node by node, and who holds parts of which. A GPU is shared while anyone does. */
export class GpuShares {
  readonly #gpus = new Map<number, SharedGpu[]>();

  /** Thousandths left of each shared GPU of a node. */
  left(node: number): number[] {
    return this.#of(node).flatMap((gpu) => (isShared(gpu) ? gpu.left : []));
  }

  /** Shares of a size that fit beside those that are held already. */
  fitting(node: number, milli: number): number {
    let fitting = 0;
    for (const gpu of this.#of(node)) if (isShared(gpu)) fitting += Math.floor(gpu.left / milli);
    return fitting;
  }

  /** Thousandths left on a node's shared GPUs together. */
  total(node: number): number {
    let total = 0;
    for (const gpu of this.#of(node)) if (isShared(gpu)) total += gpu.left;
    return total;
  }

  /**
   * Takes a share on a node: of the shared GPU with the least left that is enough, else of a whole one.
   *
   * @returns whether it took a whole GPU
   */
  take(node: number, milli: number, holder: number | undefined): boolean {
    let chosen: SharedGpu | undefined;
    for (const gpu of this.#of(node))
      if (isShared(gpu) && gpu.left >= milli && (!chosen || gpu.left < chosen.left)) chosen = gpu;
    const opens = chosen === undefined;
    chosen ??= this.#open(node);
    chosen.left -= milli;
    chosen.holders.push(holder);
    return opens;
  }

  /** Gives back a share that a holder has on a node. @returns whether that leaves a whole GPU */
  release(node: number, milli: number, holder: number | undefined): boolean {
    const gpu = this.#of(node).find(({ holders }) => holders.includes(holder));
    if (!gpu) throw new Error(`workload ${holder} holds no share on node ${node}`);
    gpu.holders.splice(gpu.holders.indexOf(holder), 1);
    gpu.left += milli;
    return !isShared(gpu);
  }

  /** Takes up to so much of what is left on a node's shared GPUs, in whatever pieces. @returns how much it took */
  drain(node: number, milli: number): number {
    let wanted = milli;
    for (const gpu of this.#of(node)) {
      if (!isShared(gpu)) continue;
      const taken = Math.min(wanted, gpu.left);
      gpu.left -= taken;
      wanted -= taken;
    }
    return milli - wanted;
  }

  copyFrom(other: GpuShares): void {
    this.#gpus.clear();
    for (const node of other.#gpus.keys()) this.copyNode(other, node);
  }

  /** The same for one node. */
  copyNode(other: GpuShares, node: number): void {
    const gpus = other.#gpus.get(node);
    if (gpus)
      this.#gpus.set(
        node,
        gpus.map(({ left, holders }) => ({ left, holders: holders.slice() })),
      );
    else this.#gpus.delete(node);
  }

  #of(node: number): readonly SharedGpu[] {
    return this.#gpus.get(node) ?? NONE;
  }

  #open(node: number): SharedGpu {
    let gpus = this.#gpus.get(node);
    if (!gpus) {
      gpus = [];
      this.#gpus.set(node, gpus);
    }
    let gpu = gpus.find((one) => !isShared(one));
    if (!gpu) {
      gpu = { left: WHOLE, holders: [] };
      gpus.push(gpu);
    }
    return gpu;
  }
}

const NONE: readonly SharedGpu[] = [];
