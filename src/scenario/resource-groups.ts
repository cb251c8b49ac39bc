import type { ClusterQueue } from "./schema.js";

/** What quota is on, by the names that scenarios have for it: GPUs, CPU cores, GiB of memory. */
export type Resource = "gpus" | "cpus" | "memoryGiB";

/** Another nominal quota from an hour after telemetry starts on. */
export interface QuotaChange {
  readonly fromHour: number;
  readonly nominalQuota: number;
}

/** What a ClusterQueue or cohort says of one resource of a flavor. */
export interface QuotaLimits {
  readonly nominalQuota: number;
  /** In order of their hours. */
  readonly quotaChanges?: readonly QuotaChange[] | undefined;
  readonly borrowingLimit?: number | undefined;
  readonly lendingLimit?: number | undefined;
}

/** A flavor as ClusterQueues and cohorts list it: what stands at the flavor itself is on GPUs. */
export interface FlavorLimits extends Partial<QuotaLimits> {
  readonly name: string;
  readonly cpus?: QuotaLimits | undefined;
  readonly memoryGiB?: QuotaLimits | undefined;
}

/** The nominal quota at an hour after telemetry starts. */
export function nominalAt({ nominalQuota, quotaChanges = [] }: QuotaLimits, hour: number): number {
  return quotaChanges.findLast(({ fromHour }) => fromHour <= hour)?.nominalQuota ?? nominalQuota;
}

/** The least that the nominal quota ever is. */
export const leastNominal = ({ nominalQuota, quotaChanges = [] }: QuotaLimits): number =>
  Math.min(nominalQuota, ...quotaChanges.map((change) => change.nominalQuota));

/** A flavor's limits, resource by resource, GPUs first. */
export function limitsOf(flavor: FlavorLimits): readonly (readonly [Resource, QuotaLimits])[] {
  const { nominalQuota, cpus, memoryGiB } = flavor;
  return [
    ...(nominalQuota === undefined ? [] : [["gpus", { ...flavor, nominalQuota }] as const]),
    ...(cpus ? [["cpus", cpus] as const] : []),
    ...(memoryGiB ? [["memoryGiB", memoryGiB] as const] : []),
  ];
}

/**
 * The flavors of a ClusterQueue by resource group: resources of one group are given of one flavor. The GPUs' group comes
 * first.
 */
export function flavorsByGroup({ flavors, resourceGroups = [] }: ClusterQueue): readonly (readonly FlavorLimits[])[] {
  return [flavors, ...resourceGroups.map((group) => group.flavors)];
}
