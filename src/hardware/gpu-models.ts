/** What a data sheet and published power measurements say of one GPU model. */
export interface GpuModel {
  /** As DCGM's `modelName` and, with dashes, as the node label `nvidia.com/gpu.product`. */
  readonly product: string;
  /** Framebuffer, MiB. */
  readonly memoryMiB: number;
  /** Board power limit, W. */
  readonly tdpWatts: number;
  /** Power with no context loaded, W. */
  readonly idleWatts: number;
  /** Power with a CUDA context or a model loaded, but no work, W. */
  readonly idleWithContextWatts: number;
}

/**
 * The GPU models that scenarios know by name. A scenario may bring more of its own.
 *
 * Memory and board power are the vendor's data sheets (as AIConfigurator's system files give them); the two idle
 * powers are measurements from the code that accompanies arXiv 2605.23918.
 */
export const gpuModels: Readonly<Record<string, GpuModel>> = {
  H100: {
    product: "NVIDIA H100 80GB HBM3",
    memoryMiB: 81920,
    tdpWatts: 700,
    idleWatts: 71.8,
    idleWithContextWatts: 121.7,
  },
  A100: {
    product: "NVIDIA A100-SXM4-80GB",
    memoryMiB: 81920,
    tdpWatts: 400,
    idleWatts: 53.7,
    idleWithContextWatts: 80,
  },
  L40S: { product: "NVIDIA L40S", memoryMiB: 46068, tdpWatts: 350, idleWatts: 35.6, idleWithContextWatts: 102 },
};

/** A GPU model that is known by name. */
export const knownGpuModel = (name: string): GpuModel | undefined =>
  Object.hasOwn(gpuModels, name) ? gpuModels[name] : undefined;
