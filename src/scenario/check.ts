import { didYouMean } from "../errors.js";
import { gpuModels as knownGpuModels } from "../hardware/gpu-models.js";
import { duration, fixed, gpus as gpuCount, plural } from "../units/format.js";
import { DAY_MS, SECOND_MS } from "../units/time.js";
import { flavorNodegroups, nodeLabels, podsPerNode } from "./nodes.js";
import { arrivalsPerHour, simulatedHours } from "./rate.js";
import { flavorsByGroup, leastNominal, limitsOf, type QuotaLimits } from "./resource-groups.js";
import { HOST, type Scenario } from "./schema.js";
import { isTopologyAware, levelsOf, nodesPerDomain, offers } from "./topology.js";

/** The largest world that is simulated: a simulation holds all its nodes and workloads in memory. */
const MOST_GPUS = 100_000;
export const MOST_NODES = 100_000;
const MOST_WORKLOADS = 1_000_000;

/** From two scrapes on something can be told; the year has four digits in every table, and timestamps do not fall below 0. */
const FEWEST_SCRAPES = 2;
const FIRST_START = "1970-01-01T00:00:00Z";
const LAST_START = "2100-01-01T00:00:00Z";
/** Of telemetry; a replay without it may be longer. */
export const MOST_TELEMETRY_DAYS = 92;

/** Where a scenario contradicts itself: the path inside it, and what was found, what is allowed, what to do. */
export interface Contradiction {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** What no type can say: names that must exist, or be unique, and shapes that must fit. Empty if all is well. */
export function contradictions(scenario: Scenario): Contradiction[] {
  const found: Contradiction[] = [];
  const report = (path: (string | number)[], message: string) => found.push({ path, message });

  const unique = (list: keyof Scenario & string, names: readonly string[]) => {
    names.forEach((name, i) => {
      if (names.indexOf(name) < i) report([list, i, "name"], `found ${JSON.stringify(name)} a second time; rename one`);
    });
  };
  const mustExist = (path: (string | number)[], what: string, name: string, names: readonly string[]) => {
    const exists = names.includes(name);
    if (!exists) report(path, `found ${JSON.stringify(name)}, which is no ${what}. ${didYouMean(name, names)}`);
    return exists;
  };

  const startMs = Date.parse(scenario.start);
  if (startMs < Date.parse(FIRST_START) || startMs > Date.parse(LAST_START))
    report(["start"], `found ${JSON.stringify(scenario.start)}; allowed: ${FIRST_START} to ${LAST_START}`);

  const seconds = (scenario.days * DAY_MS) / SECOND_MS;
  if (seconds < FEWEST_SCRAPES * scenario.intervalSeconds)
    report(
      ["days"],
      `found ${scenario.days}, which is ${duration(seconds)} of telemetry for a scrape every ${duration(scenario.intervalSeconds)}; allowed: at least ${FEWEST_SCRAPES} scrape intervals; raise days or lower intervalSeconds`,
    );

  if (scenario.days > MOST_TELEMETRY_DAYS && !scenario.demand)
    report(["days"], `found ${scenario.days}; allowed: at most ${MOST_TELEMETRY_DAYS}`);

  scenario.kueueRestartHours.forEach((hour, i) => {
    const last = scenario.days * 24;
    if (hour < 0 || hour > last)
      report(
        ["kueueRestartHours", i],
        `found ${hour}; allowed: 0 to ${last}, since telemetry lasts ${plural(scenario.days, "day")}; leave it out`,
      );
  });

  const models = { ...knownGpuModels, ...scenario.gpuModels };
  const nodegroups = scenario.nodegroups.map((n) => n.name);
  const flavors = scenario.resourceFlavors.map((f) => f.name);
  const clusterQueues = scenario.clusterQueues.map((q) => q.name);
  const localQueues = scenario.localQueues.map((q) => `${q.namespace}/${q.name}`);
  const priorityClasses = scenario.priorityClasses.map((p) => p.name);

  unique("nodegroups", nodegroups);
  unique("resourceFlavors", flavors);
  unique("clusterQueues", clusterQueues);
  unique("localQueues", localQueues);
  unique("priorityClasses", priorityClasses);
  unique(
    "workloadClasses",
    scenario.workloadClasses.map((c) => c.name),
  );
  unique(
    "standalone",
    scenario.standalone.map((s) => s.name),
  );

  for (const [name, { idleWatts, idleWithContextWatts, tdpWatts }] of Object.entries(scenario.gpuModels)) {
    if (!(idleWatts <= idleWithContextWatts && idleWithContextWatts < tdpWatts))
      report(
        ["gpuModels", name],
        `found idleWatts ${idleWatts}, idleWithContextWatts ${idleWithContextWatts} and tdpWatts ${tdpWatts}; allowed: idleWatts <= idleWithContextWatts < tdpWatts`,
      );
  }

  scenario.nodegroups.forEach((n, i) => {
    mustExist(["nodegroups", i, "gpuModel"], "GPU model", n.gpuModel, Object.keys(models));
    if (n.autoscaling && n.autoscaling.maxNodes < n.nodes)
      report(
        ["nodegroups", i, "autoscaling", "maxNodes"],
        `found ${n.autoscaling.maxNodes}; allowed: ${n.nodes} or more, since it has as many`,
      );
    if (n.gpusPerNode === 0 && !scenario.demand)
      report(["nodegroups", i, "gpusPerNode"], "found 0; allowed: a whole number from 1 on");
  });

  scenario.nodegroups.forEach((nodegroup, i) => {
    const aware = scenario.resourceFlavors.find(
      ({ name, topologyAware }) => topologyAware && flavorNodegroups(scenario, name).includes(nodegroup),
    );
    if (nodegroup.repackEveryHours !== undefined && aware)
      report(
        ["nodegroups", i, "repackEveryHours"],
        `found ${nodegroup.repackEveryHours}, but "${aware.name}", which covers it, is topology-aware: Kueue would have every pod back on the node that it has chosen; leave it out`,
      );
  });

  scenario.nodegroups.forEach(({ topology = [] }, i) => {
    topology.forEach(({ level, nodes }, j) => {
      if (level === HOST)
        report(["nodegroups", i, "topology", j, "level"], `found "${HOST}", which every node is; rename the level`);
      if (topology.findIndex((other) => other.level === level) < j)
        report(["nodegroups", i, "topology", j, "level"], `found ${JSON.stringify(level)} a second time; rename one`);
      const around = topology[j - 1];
      if (around && around.nodes % nodes !== 0)
        report(
          ["nodegroups", i, "topology", j, "nodes"],
          `found ${nodes}; allowed: a divisor of ${around.nodes}, the nodes of a ${around.level} around it; levels stand in order, outermost first`,
        );
    });
  });

  const gpus = scenario.nodegroups.reduce((all, n) => all + n.nodes * n.gpusPerNode, 0);
  if (gpus > MOST_GPUS)
    report(
      ["nodegroups"],
      `found ${fixed(gpus, 0)} GPUs in all; allowed: at most ${fixed(MOST_GPUS, 0)}; lower nodes or gpusPerNode`,
    );

  const nodes = scenario.nodegroups.reduce((all, n) => all + n.nodes, 0);
  if (nodes > MOST_NODES)
    report(["nodegroups"], `found ${fixed(nodes, 0)} nodes in all; allowed: at most ${fixed(MOST_NODES, 0)}`);

  scenario.resourceFlavors.forEach((flavor, i) => {
    if (flavorNodegroups(scenario, flavor.name).length > 0) return;
    const have = scenario.nodegroups
      .flatMap((n) => (Object.hasOwn(models, n.gpuModel) ? Object.entries(nodeLabels(scenario, n)) : []))
      .map(([key, value]) => `${key}=${value}`);
    report(
      ["resourceFlavors", i, "nodeLabels"],
      `found ${JSON.stringify(flavor.nodeLabels)}, which no nodegroup's nodes carry; allowed: ${[...new Set(have)].join(", ")}`,
    );
  });

  scenario.resourceFlavors.forEach(({ name, topologyAware }, i) => {
    const [first, ...rest] = topologyAware ? flavorNodegroups(scenario, name) : [];
    const other = first && rest.find((nodegroup) => String(levelsOf(nodegroup)) !== String(levelsOf(first)));
    if (other)
      report(
        ["resourceFlavors", i, "topologyAware"],
        `found true, but its nodes have different levels: ${levelsOf(first).join(", ")} in "${first.name}" and ${levelsOf(other).join(", ")} in "${other.name}"; give each nodegroup a flavor, or both the same levels`,
      );
  });

  const mustRise = (path: (string | number)[], { quotaChanges = [] }: QuotaLimits) => {
    quotaChanges.forEach(({ fromHour }, k) => {
      const before = quotaChanges[k - 1]?.fromHour;
      if (before !== undefined && fromHour <= before)
        report(
          [...path, "quotaChanges", k, "fromHour"],
          `found ${fromHour}; allowed: more than ${before}, that of the change before it`,
        );
    });
  };

  scenario.clusterQueues.forEach((queue, i) => {
    const names = flavorsByGroup(queue).flatMap((group) => group.map(({ name }) => name));
    const covered = new Set<string>();
    let listed = 0;
    const aware = flavorsByGroup(queue)
      .flat()
      .find(({ name }) => isTopologyAware(scenario, name));
    if (queue.resourceGroups && aware)
      report(
        ["clusterQueues", i, "resourceGroups"],
        `found some beside "${aware.name}", which is topology-aware: Kueue gives such a flavor only where it gives no other; give quota on cpus and memoryGiB in flavors, or set no topologyAware`,
      );
    flavorsByGroup(queue).forEach((group, g) => {
      const path = ["clusterQueues", i, ...(g === 0 ? [] : ["resourceGroups", g - 1]), "flavors"];
      const have = limitsOf(group[0]!).map(([resource]) => resource);
      for (const resource of have) {
        if (covered.has(resource))
          report(
            [...path, 0, resource],
            `found quota, but an earlier resource group has ${resource}; leave it out in one`,
          );
        covered.add(resource);
      }
      group.forEach((flavor, j) => {
        const exists = mustExist([...path, j, "name"], "ResourceFlavor", flavor.name, flavors);
        if (names.indexOf(flavor.name) < listed++)
          report(
            [...path, j, "name"],
            `found "${flavor.name}" a second time in this ClusterQueue; merge the two quotas`,
          );
        const limits = limitsOf(flavor);
        const has = limits.map(([resource]) => resource);
        if (has.length === 0) report([...path, j], "found no quota; allowed: cpus, memoryGiB, or both");
        else if (`${has}` !== `${have}`)
          report(
            [...path, j],
            `found quota on ${has.join(", ")}, but on ${have.join(", ")} in "${group[0]!.name}" of the same resource group; give each of its flavors quota on the same`,
          );
        if (g > 0 && exists) {
          const covers = flavorNodegroups(scenario, flavor.name);
          const reached = queue.flavors.flatMap(({ name }) => flavorNodegroups(scenario, name));
          const missing = new Set(reached.filter((n) => !covers.includes(n)).map((n) => n.name));
          if (missing.size > 0)
            report(
              [...path, j, "name"],
              `found "${flavor.name}", which does not cover ${[...missing].join(", ")}; allowed: a flavor that covers all nodes of the queue's GPU flavors, such as one without nodeLabels`,
            );
        }
        for (const [resource, ofIt] of limits) {
          const { borrowingLimit, lendingLimit } = ofIt;
          const nominalQuota = leastNominal(ofIt);
          const at = [...path, j, ...(resource === "gpus" ? [] : [resource])];
          mustRise(at, ofIt);
          if (lendingLimit !== undefined && queue.cohort === undefined)
            report(
              [...at, "lendingLimit"],
              `found ${lendingLimit}, but this ClusterQueue is in no cohort to lend to; name a cohort or leave the limit out`,
            );
          if (lendingLimit !== undefined && lendingLimit > nominalQuota)
            report(
              [...at, "lendingLimit"],
              `found ${lendingLimit}; allowed: 0 to nominalQuota, which is ${nominalQuota}${ofIt.quotaChanges ? " at the least" : ""}`,
            );
          if (borrowingLimit !== undefined && queue.cohort === undefined)
            report(
              [...at, "borrowingLimit"],
              `found ${borrowingLimit}, but this ClusterQueue is in no cohort to borrow from; name a cohort or leave the limit out`,
            );
        }
      });
    });
  });

  scenario.clusterQueues.forEach(({ cohort, preemption }, i) => {
    if (!preemption) return;
    const { reclaimWithinCohort, borrowWithinCohort } = preemption;
    if (reclaimWithinCohort !== "Never" && cohort === undefined)
      report(
        ["clusterQueues", i, "preemption", "reclaimWithinCohort"],
        `found ${reclaimWithinCohort}, but this ClusterQueue is in no cohort to reclaim from; name a cohort or leave it out`,
      );
    if (borrowWithinCohort && borrowWithinCohort.policy !== "Never" && reclaimWithinCohort === "Never")
      report(
        ["clusterQueues", i, "preemption", "borrowWithinCohort"],
        `found ${borrowWithinCohort.policy}, but reclaimWithinCohort is Never; allowed: Never; set reclaimWithinCohort, or leave it out`,
      );
  });

  const strategies = scenario.fairSharing?.preemptionStrategies ?? [];
  if (strategies.length > 1 && strategies.join() !== "LessThanOrEqualToFinalShare,LessThanInitialShare")
    report(
      ["fairSharing", "preemptionStrategies"],
      `found ${strategies.join(", ")}; allowed: LessThanOrEqualToFinalShare, LessThanInitialShare, or both in this order`,
    );
  const weighed = (path: (string | number)[], weight: number | undefined, above: string | undefined, what: string) => {
    if (weight === undefined) return;
    const without = !scenario.fairSharing
      ? "the scenario has no fairSharing; give it one"
      : above === undefined
        ? `${what}; name one`
        : undefined;
    if (without) report([...path, "fairSharing", "weight"], `found ${weight}, but ${without} or leave the weight out`);
  };
  scenario.clusterQueues.forEach(({ cohort, fairSharing, preemption }, i) => {
    weighed(["clusterQueues", i], fairSharing?.weight, cohort, "this ClusterQueue is in no cohort");
    if (scenario.fairSharing && preemption?.borrowWithinCohort)
      report(
        ["clusterQueues", i, "preemption", "borrowWithinCohort"],
        `found ${preemption.borrowWithinCohort.policy}, but with fairSharing shares decide who may be preempted to borrow; leave it out`,
      );
  });

  const cohorts = scenario.cohorts ?? [];
  const named = cohorts.map((cohort) => cohort.name);
  unique("cohorts", named);
  cohorts.forEach((cohort, i) => {
    weighed(["cohorts", i], cohort.fairSharing?.weight, cohort.parent, "this cohort has no parent");
    if (cohort.parent !== undefined) mustExist(["cohorts", i, "parent"], "cohort", cohort.parent, named);
    const above = [cohort.name];
    for (let at = cohort.parent; at !== undefined && above.length <= cohorts.length; ) {
      above.push(at);
      if (at === cohort.name) {
        report(["cohorts", i, "parent"], `found a circle: ${above.join(", ")}; give one of them no parent`);
        break;
      }
      at = cohorts.find((one) => one.name === at)?.parent;
    }
    const listed = cohort.flavors?.map(({ name }) => name) ?? [];
    cohort.flavors?.forEach((flavor, j) => {
      mustExist(["cohorts", i, "flavors", j, "name"], "ResourceFlavor", flavor.name, flavors);
      if (listed.indexOf(flavor.name) < j)
        report(
          ["cohorts", i, "flavors", j, "name"],
          `found "${flavor.name}" a second time in this cohort; merge the two quotas`,
        );
      for (const [resource, limits] of limitsOf(flavor)) {
        const at = ["cohorts", i, "flavors", j, ...(resource === "gpus" ? [] : [resource])];
        mustRise(at, limits);
        for (const limit of ["borrowingLimit", "lendingLimit"] as const)
          if (limits[limit] !== undefined && cohort.parent === undefined)
            report(
              [...at, limit],
              `found ${limits[limit]}, but this cohort has no parent; name one or leave the limit out`,
            );
      }
    });
  });

  for (const list of ["clusterQueues", "localQueues"] as const) {
    scenario[list].forEach(({ stops = [] }, i) => {
      stops.forEach(({ fromHour, toHour }, j) => {
        if (toHour !== undefined && toHour <= fromHour)
          report([list, i, "stops", j, "toHour"], `found ${toHour}; allowed: more than fromHour, which is ${fromHour}`);
      });
    });
  }

  scenario.localQueues.forEach((queue, i) => {
    mustExist(["localQueues", i, "clusterQueue"], "ClusterQueue", queue.clusterQueue, clusterQueues);
  });

  const { demand, workloadClasses } = scenario;
  if (!demand && workloadClasses.length === 0)
    report(["workloadClasses"], "found none; allowed: at least one, or a list of workloads as demand.replay");
  if (demand && workloadClasses.length > 0)
    report(
      ["workloadClasses"],
      `found ${workloadClasses.length} beside demand.replay; allowed: one or the other; leave one out`,
    );
  const hours = simulatedHours(scenario);
  const submitted = scenario.workloadClasses.map(({ arrivals }) =>
    arrivals.kind === "periodic"
      ? Math.max(0, Math.ceil((hours - arrivals.offsetHours) / arrivals.everyHours))
      : arrivalsPerHour(arrivals, hours) * hours,
  );
  const workloads = submitted.reduce((all, n) => all + n, 0);
  if (workloads > MOST_WORKLOADS) {
    const most = scenario.workloadClasses[submitted.indexOf(Math.max(...submitted))]!;
    report(
      ["workloadClasses"],
      `found about ${fixed(workloads, 0)} workloads in all, most of "${most.name}", over ${plural(scenario.warmupDays, "day")} of warm-up and ${plural(scenario.days, "day")} of telemetry; allowed: at most ${fixed(MOST_WORKLOADS, 0)}; let them arrive less often, or shorten days or warmupDays`,
    );
  }

  const owners = new Map<string, string>();
  for (const list of ["localQueues", "standalone"] as const) {
    scenario[list].forEach(({ namespace, owner }, i) => {
      if (owner === undefined) return;
      const known = owners.get(namespace) ?? owner;
      owners.set(namespace, known);
      if (owner !== known)
        report(
          [list, i, "owner"],
          `found ${JSON.stringify(owner)}, but ${JSON.stringify(known)} answers for namespace "${namespace}" already; name one owner`,
        );
    });
  }

  scenario.workloadClasses.forEach((workloadClass, i) => {
    const path = ["workloadClasses", i] as const;
    for (const [j, model] of workloadClass.gpuModels.entries())
      mustExist([...path, "gpuModels", j], "GPU model", model, Object.keys(models));
    if (workloadClass.priorityClass !== undefined)
      mustExist([...path, "priorityClass"], "priority class", workloadClass.priorityClass, priorityClasses);
    const { duration: lasts, arrivals } = workloadClass;
    const early = arrivals.kind === "listed" ? arrivals.hours.findIndex((hour, k, all) => hour < all[k - 1]!) : -1;
    if (arrivals.kind === "listed" && early >= 0)
      report(
        [...path, "arrivals", "hours", early],
        `found ${arrivals.hours[early]} after ${arrivals.hours[early - 1]}; allowed: hours that never fall`,
      );
    if (lasts.kind === "lognormal" && lasts.medianMinutes > lasts.maxMinutes)
      report(
        [...path, "duration", "medianMinutes"],
        `found ${lasts.medianMinutes}, but most would be longer than maxMinutes, which is ${lasts.maxMinutes}; lower medianMinutes or raise maxMinutes`,
      );
    if (lasts.kind === "quantiles") {
      const bad = lasts.points.findIndex(([p, minutes], k) => {
        const [before, minutesBefore] = lasts.points[k - 1] ?? [-1, 0];
        return p <= before || minutes < minutesBefore;
      });
      if (bad >= 0 || lasts.points[0]![0] !== 0 || lasts.points.at(-1)![0] !== 1)
        report(
          [...path, "duration", "points"],
          `found ${JSON.stringify(lasts.points)}; allowed: probabilities that rise from 0 to 1, with minutes that never fall`,
        );
    }
    if (workloadClass.kind === "Pod" && workloadClass.failure.retries > 0)
      report(
        [...path, "failure", "retries"],
        `found ${workloadClass.failure.retries}, but nothing starts a plain Pod again; leave retries out, or make it kind Job`,
      );
    if (workloadClass.gang.every((shape) => shape.weight === 0))
      report([...path, "gang"], "found only weights of 0; give at least one shape a weight");

    if (!mustExist([...path, "localQueue"], "LocalQueue", workloadClass.localQueue, localQueues)) return;
    const localQueue = scenario.localQueues[localQueues.indexOf(workloadClass.localQueue)]!;
    const queue = scenario.clusterQueues.find((q) => q.name === localQueue.clusterQueue);
    if (!queue) return;
    const { topology } = workloadClass;
    const offered = queue.flavors.filter(({ name }) => offers(scenario, queue, name, topology));
    if (offered.length === 0) {
      const aware = queue.flavors.filter(({ name }) => isTopologyAware(scenario, name));
      const levels = new Set(aware.flatMap(({ name }) => flavorNodegroups(scenario, name).flatMap(levelsOf)));
      report(
        [...path, "topology"],
        aware.length > 0 && topology !== undefined && topology.kind !== "unconstrained"
          ? `found level ${JSON.stringify(topology.level)}, which the nodes of no topology-aware flavor of ClusterQueue "${queue.name}" have; allowed: ${[...levels].join(", ")}`
          : `found ${topology?.kind}, but no flavor of ClusterQueue "${queue.name}" is topology-aware; set topologyAware on one of them, or leave topology out`,
      );
      return;
    }
    const byFlavor = offered.map((flavor) => flavorNodegroups(scenario, flavor.name));
    const reached = [...new Set(byFlavor.flat())];
    const able = reached.filter((n) => workloadClass.gpuModels.includes(n.gpuModel));
    if (reached.length > 0 && able.length === 0) {
      report(
        [...path, "gpuModels"],
        `found ${workloadClass.gpuModels.join(", ")}, but ClusterQueue "${queue.name}" reaches only ${[...new Set(reached.map((n) => n.gpuModel))].join(", ")}; add a flavor to the queue or a model to the class`,
      );
      return;
    }
    workloadClass.gang.forEach(({ gpusPerPod, pods, minPods }, j) => {
      const { cpusPerGpu, memoryGiBPerGpu } = workloadClass;
      if (!(Number.isInteger(gpusPerPod) || (gpusPerPod < 1 && isThousandths(gpusPerPod)))) {
        report(
          [...path, "gang", j, "gpusPerPod"],
          `found ${gpusPerPod}; allowed: a whole number from 1 on, or a share of one GPU in thousandths, such as 0.25`,
        );
        return;
      }
      if (minPods !== undefined && minPods >= pods)
        report([...path, "gang", j, "minPods"], `found ${minPods}; allowed: less than pods, which is ${pods}`);
      if (minPods !== undefined && workloadClass.kind === "Pod")
        report(
          [...path, "gang", j, "minPods"],
          `found ${minPods}, but only a Job's parallelism can be lowered; leave minPods out, or make it kind Job`,
        );
      const within = topology?.kind === "required" ? topology.level : undefined;
      const together = (n: Scenario["nodegroups"][number]) =>
        within === undefined ? n.nodes : Math.min(n.nodes, nodesPerDomain(n, within));
      const room = (n: Scenario["nodegroups"][number]) => {
        const [cpusPerPod, memoryGiBPerPod] = [cpusPerGpu * gpusPerPod, memoryGiBPerGpu * gpusPerPod];
        return podsPerNode(n, { gpusPerPod, cpusPerPod, memoryGiBPerPod }) * together(n);
      };
      const fits = byFlavor.some((behind) => {
        const rooms = behind.filter((n) => able.includes(n)).map(room);
        return (within === undefined ? rooms.reduce((sum, one) => sum + one, 0) : Math.max(0, ...rooms)) >= pods;
      });
      if (able.length > 0 && !fits) {
        const largest = able.map(
          (n) =>
            `${within === undefined ? "" : `a ${within} of `}${n.name} (${plural(together(n), "node")} of ${gpuCount(n.gpusPerNode)}, ${plural(n.cpusPerNode, "core")}, ${n.memoryGiBPerNode} GiB)`,
        );
        report(
          [...path, "gang", j],
          `found ${plural(pods, "pod")} of ${gpuCount(gpusPerPod)}, ${plural(gpusPerPod * workloadClass.cpusPerGpu, "core")} and ${gpusPerPod * workloadClass.memoryGiBPerGpu} GiB each, which ${within === undefined ? "the nodes of no flavor" : `no ${within}`} can hold even when empty; allowed: what fits ${largest.join(" or ")}`,
        );
      }
    });
  });

  scenario.standalone.forEach((pod, i) => {
    if (!mustExist(["standalone", i, "nodegroup"], "nodegroup", pod.nodegroup, nodegroups)) return;
    const nodegroup = scenario.nodegroups.find((n) => n.name === pod.nodegroup)!;
    const room = Math.floor(nodegroup.gpusPerNode / pod.gpusPerPod) * nodegroup.nodes;
    if (room < pod.pods)
      report(
        ["standalone", i],
        `found ${plural(pod.pods, "pod")} of ${gpuCount(pod.gpusPerPod)}; "${nodegroup.name}" has room for ${room}; lower pods or gpusPerPod`,
      );
  });

  scenario.injected.forEach(({ nodegroup }, i) => {
    mustExist(["injected", i, "nodegroup"], "nodegroup", nodegroup, nodegroups);
  });

  for (const list of ["cordons", "outages"] as const) {
    (scenario[list] ?? []).forEach((outage, i) => {
      if (!mustExist([list, i, "nodegroup"], "nodegroup", outage.nodegroup, nodegroups)) return;
      const nodegroup = scenario.nodegroups.find((n) => n.name === outage.nodegroup)!;
      if (outage.node >= nodegroup.nodes)
        report(
          [list, i, "node"],
          `found ${outage.node}; allowed: 0 to ${nodegroup.nodes - 1}, the nodes of "${nodegroup.name}"`,
        );
      if (outage.toHour !== undefined && outage.toHour <= outage.fromHour)
        report([list, i, "toHour"], `found ${outage.toHour}; allowed: more than fromHour, which is ${outage.fromHour}`);
    });
  }
  if (scenario.podsReadyRecoveryMinutes !== undefined && scenario.podsReadyTimeoutMinutes === undefined)
    report(
      ["podsReadyRecoveryMinutes"],
      `found ${scenario.podsReadyRecoveryMinutes}, but waitForPodsReady is off; set podsReadyTimeoutMinutes too, or leave it out`,
    );

  return found;
}

const isThousandths = (share: number) => Math.abs(share * 1000 - Math.round(share * 1000)) < 1e-9;
