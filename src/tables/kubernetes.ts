/** Taint that the device plugin's users put on nodes with GPUs: GPU work tolerates it, or it would run nowhere. */
export const GPU_TAINT = "nvidia.com/gpu";

/** Name of the label that kube-state-metrics makes of a Kubernetes label key. */
export function mangled(key: string): string {
  return key
    .replace(/[^a-zA-Z0-9_]/g, "_")
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toLowerCase();
}
