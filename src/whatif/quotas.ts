import type { FlavorLimits, QuotaLimits, Resource } from "../scenario/resource-groups.js";
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

/** A scenario with other nominal quotas: those of ClusterQueues, then those of cohorts, each in its order. */
export function withQuotas(
  scenario: Scenario,
  nominal: (quota: number, flavor: string, resource: Resource) => number,
): Scenario {
  const limits = <L extends QuotaLimits>(of: L, flavor: string, resource: Resource): L => ({
    ...of,
    nominalQuota: nominal(of.nominalQuota, flavor, resource),
  });
  const changed = <F extends FlavorLimits>(flavor: F): F => {
    const { name, nominalQuota, cpus, memoryGiB } = flavor;
    return {
      ...flavor,
      ...(nominalQuota === undefined ? {} : { nominalQuota: nominal(nominalQuota, name, "gpus") }),
      ...(cpus && { cpus: limits(cpus, name, "cpus") }),
      ...(memoryGiB && { memoryGiB: limits(memoryGiB, name, "memoryGiB") }),
    };
  };
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

/** A ClusterQueue's flavor that lends no more than its nominal quota: Kueue allows no other. */
export const withoutExcess = <F extends FlavorLimits>(flavor: F): F =>
  onEach(flavor, (limits) => {
    const { nominalQuota = 0, lendingLimit } = limits;
    return lendingLimit === undefined || lendingLimit <= nominalQuota
      ? limits
      : { ...limits, lendingLimit: nominalQuota };
  });

/** A flavor without limits on what is borrowed and lent, as outside of a cohort. */
export const withoutLimits = <F extends FlavorLimits>(flavor: F): F =>
  onEach(flavor, ({ borrowingLimit: _, lendingLimit: __, ...limits }) => limits);

/** A flavor with something changed in its limits on each resource: those on GPUs stand at the flavor itself. */
function onEach<F extends FlavorLimits>(flavor: F, change: (limits: Partial<QuotaLimits>) => Partial<QuotaLimits>): F {
  const { cpus, memoryGiB } = flavor;
  return {
    ...change(flavor),
    ...(cpus && { cpus: change(cpus) }),
    ...(memoryGiB && { memoryGiB: change(memoryGiB) }),
  } as F;
}

/**
 * A scenario whose quota on each resource of a flavor is as many times as much as before, all of a flavor's together
 * rounded to whole numbers.
 */
export function withScaledQuotas(scenario: Scenario, factor: (flavor: string, resource: Resource) => number): Scenario {
  const before = new Map<string, number[]>();
  withQuotas(scenario, (quota, flavor, resource) => {
    const key = `${flavor}/${resource}`;
    before.set(key, [...(before.get(key) ?? []), quota]);
    return quota;
  });
  const after = new Map<string, number[]>();
  return withQuotas(scenario, (_, flavor, resource) => {
    const key = `${flavor}/${resource}`;
    const left = after.get(key) ?? apportion(before.get(key)!, factor(flavor, resource));
    after.set(key, left);
    return left.shift()!;
  });
}
