import {
  type FlavorLimits,
  leastNominal,
  nominalAt,
  type QuotaLimits,
  type Resource,
} from "../scenario/resource-groups.js";
import type { ClusterQueue, Scenario } from "../scenario/schema.js";

/**
 * The quota on so many GPUs, cores or GiB as before times `factor`, shared out in proportion to what each had: whole
 * numbers that add up to the rounded whole (the method of largest remainders, of equal ones the first).
 */
export function apportion(quotas: readonly number[], factor: number): number[] {
  const exact = quotas.map((quota) => quota * factor);
  const shares = exact.map(Math.floor);
  const whole = Math.round(exact.reduce((sum, share) => sum + share, 0));
  const left = whole - shares.reduce((sum, share) => sum + share, 0);
  const remainder = (i: number) => exact[i]! - shares[i]!;
  const most = [...exact.keys()].sort((a, b) => remainder(b) - remainder(a) || a - b);
  for (const i of most.slice(0, left)) shares[i]!++;
  return shares;
}

type Nominal = Pick<QuotaLimits, "nominalQuota" | "quotaChanges">;

/** A scenario with other nominal quotas: those of ClusterQueues, then those of cohorts, each in its order. */
export function withQuotas(
  scenario: Scenario,
  nominal: (before: QuotaLimits, flavor: string, resource: Resource) => Nominal,
): Scenario {
  const changed = <F extends FlavorLimits>(flavor: F): F =>
    onEach(flavor, (limits, resource) => {
      const { nominalQuota, quotaChanges: _, ...rest } = limits;
      return nominalQuota === undefined
        ? limits
        : { ...rest, ...nominal({ ...limits, nominalQuota }, flavor.name, resource) };
    });
  return {
    ...scenario,
    clusterQueues: scenario.clusterQueues.map((queue) =>
      withFlavors(queue, (flavor) => withoutExcess(changed(flavor))),
    ),
    ...(scenario.cohorts && {
      cohorts: scenario.cohorts.map((cohort) => ({
        ...cohort,
        ...(cohort.flavors && { flavors: cohort.flavors.map(changed) }),
      })),
    }),
  };
}

/** A ClusterQueue with something changed in every flavor of all its resource groups. */
export function withFlavors(queue: ClusterQueue, change: <F extends FlavorLimits>(flavor: F) => F): ClusterQueue {
  return {
    ...queue,
    flavors: queue.flavors.map(change),
    ...(queue.resourceGroups && {
      resourceGroups: queue.resourceGroups.map((group) => ({ flavors: group.flavors.map(change) })),
    }),
  };
}

/** A ClusterQueue's flavor that lends no more than its nominal quota ever is: Kueue allows no other. */
export const withoutExcess = <F extends FlavorLimits>(flavor: F): F =>
  onEach(flavor, (limits) => {
    const { nominalQuota = 0, lendingLimit } = limits;
    const least = leastNominal({ ...limits, nominalQuota });
    return lendingLimit === undefined || lendingLimit <= least ? limits : { ...limits, lendingLimit: least };
  });

/** A flavor without limits on what is borrowed and lent, as outside of a cohort. */
export const withoutLimits = <F extends FlavorLimits>(flavor: F): F =>
  onEach(flavor, ({ borrowingLimit: _, lendingLimit: __, ...limits }) => limits);

/** A flavor with something changed in its limits on each resource: those on GPUs stand at the flavor itself. */
function onEach<F extends FlavorLimits>(
  flavor: F,
  change: (limits: Partial<QuotaLimits>, resource: Resource) => Partial<QuotaLimits>,
): F {
  const { cpus, memoryGiB } = flavor;
  return {
    ...change(flavor, "gpus"),
    ...(cpus && { cpus: change(cpus, "cpus") }),
    ...(memoryGiB && { memoryGiB: change(memoryGiB, "memoryGiB") }),
  } as F;
}

/**
 * A scenario whose quota on each resource of a flavor is as many times as much as before, at any hour all of a flavor's
 * together rounded to whole numbers.
 *
 * @param factor at an hour after telemetry starts
 * @param hours at which it may change
 */
export function withScaledQuotas(
  scenario: Scenario,
  factor: (flavor: string, resource: Resource, hour: number) => number,
  hours: readonly number[] = [],
): Scenario {
  const before = new Map<string, QuotaLimits[]>();
  const keyOf = (flavor: string, resource: Resource) => `${flavor}/${resource}`;
  withQuotas(scenario, (limits, flavor, resource) => {
    const key = keyOf(flavor, resource);
    before.set(key, [...(before.get(key) ?? []), limits]);
    return limits;
  });
  const after = new Map<string, Nominal[]>();
  return withQuotas(scenario, (_, flavor, resource) => {
    const key = keyOf(flavor, resource);
    const left = after.get(key) ?? scaled(before.get(key)!, (hour) => factor(flavor, resource, hour), hours);
    after.set(key, left);
    return left.shift()!;
  });
}

/** Quotas of one resource of one flavor, as many times as much as before at each hour. */
function scaled(before: readonly QuotaLimits[], factor: (hour: number) => number, hours: readonly number[]): Nominal[] {
  const moments = new Set([
    ...hours,
    ...before.flatMap(({ quotaChanges = [] }) => quotaChanges.map((c) => c.fromHour)),
  ]);
  const sharesAt = (hour: number) =>
    apportion(
      before.map((limits) => nominalAt(limits, hour)),
      factor(hour),
    );
  const first = sharesAt(Number.NEGATIVE_INFINITY);
  const later = [...moments].sort((a, b) => a - b).map((fromHour) => ({ fromHour, shares: sharesAt(fromHour) }));
  return before.map((_, i) => {
    const quotas = later.map(({ fromHour, shares }) => ({ fromHour, nominalQuota: shares[i]! }));
    const quotaChanges = quotas.filter(
      ({ nominalQuota }, k) => nominalQuota !== (quotas[k - 1]?.nominalQuota ?? first[i]),
    );
    return { nominalQuota: first[i]!, ...(quotaChanges.length > 0 ? { quotaChanges } : {}) };
  });
}
