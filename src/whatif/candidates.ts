import { isMaterial } from "../plan/actions.js";
import { flavorNodegroups } from "../scenario/nodes.js";
import type { Arrivals, ClusterQueue, Nodegroup, Scenario, WorkloadClass } from "../scenario/schema.js";
import type { Cause } from "../simulation/truth.js";
import { mean } from "../statistics/index.js";
import { IDLE_PAUSE_MINUTES } from "../telemetry/supply-truth.js";
import { gpuHours as gpuHoursText } from "../units/format.js";
import type { Outcome, Waited } from "./outcome.js";

/** An action that could remove some of what waits, or several that only could together, and what that is. */
export interface Candidate {
  readonly text: string;
  readonly because: string;
}

/** What one ClusterQueue's work waited for the same nodegroups because of one cause, GPU-hours on average over the seeds. */
export interface Gate {
  readonly clusterQueue: string;
  readonly nodegroups: readonly string[];
  readonly cause: Cause;
  readonly gpuHours: number;
}

/** What waited in some outcomes of one scenario, by queue, place and cause, most first. */
export function gatesOf(outcomes: readonly Outcome[]): Gate[] {
  const found = new Map<string, Gate & { gpuHours: number }>();
  for (const { clusterQueue, nodegroups, gpuHours } of outcomes.flatMap(({ waiting }): readonly Waited[] => waiting)) {
    for (const [cause, hours] of Object.entries(gpuHours) as [Cause, number][]) {
      const key = `${clusterQueue}/${nodegroups}/${cause}`;
      const gate = found.get(key) ?? { clusterQueue, nodegroups, cause, gpuHours: 0 };
      found.set(key, gate);
      gate.gpuHours += hours / outcomes.length;
    }
  }
  return [...found.values()].sort((a, b) => b.gpuHours - a.gpuHours);
}

/** Gates behind which so much waits, of what their nodegroups could do in that time, that something is to be done. */
export function materialGates({ nodegroups }: Scenario, outcomes: readonly Outcome[]): Gate[] {
  const hours = mean(outcomes.map((one) => one.hours)) ?? 0;
  return gatesOf(outcomes).filter((gate) => {
    const there = nodegroups
      .filter(({ name }) => gate.nodegroups.includes(name))
      .reduce((sum, { nodes, gpusPerNode }) => sum + nodes * gpusPerNode * hours, 0);
    return isMaterial(gate.gpuHours, there);
  });
}

/**
 * What could open the gates behind which something waits, each action once, with the gate of most GPU-hours that it is
 * for. What is against a cause of which nothing waits is not among them.
 */
export function candidates(scenario: Scenario, gates: readonly Gate[]): Candidate[] {
  const found = new Map<string, Candidate>();
  for (const gate of gates) {
    const because = `${gate.clusterQueue} waited ${gpuHoursText(gate.gpuHours)} because of ${gate.cause}`;
    for (const text of remedies[gate.cause](new World(scenario, gate)))
      if (!found.has(text)) found.set(text, { text, because });
  }
  return [...found.values()];
}

/** Numbers of nodes that are tried of what is bought. */
const NODES = [1, 2, 4, 8];

/** What might help against each cause. What is stopped on purpose, or on its way, is nobody's to mend. */
const remedies: Readonly<Record<Cause, (world: World) => string[]>> = {
  capacity: (w) => [...w.order("StrictFIFO"), ...w.together(), ...w.reap(), ...w.move(), ...w.buy(), ...w.later()],
  quota: (w) => [...w.share(), ...w.raise()],
  fragmentation: (w) => [...w.place(), ...w.repack(), ...w.together(), ...w.anywhere(), ...w.buy()],
  unavailable: (w) => w.bringBack(),
  flavor: (w) => w.retarget(),
  "head-of-line": (w) => [...w.order("BestEffortFIFO"), ...w.buy()],
  backoff: (w) => w.together(),
  invalid: (w) => w.raise(),
  preemption: () => [],
  stopped: () => [],
};

/** A scenario, seen from one of its gates. */
class World {
  readonly #scenario: Scenario;
  readonly #gate: Gate;

  constructor(scenario: Scenario, gate: Gate) {
    this.#scenario = scenario;
    this.#gate = gate;
  }

  get #queue(): ClusterQueue {
    return this.#scenario.clusterQueues.find(({ name }) => name === this.#gate.clusterQueue)!;
  }

  get #nodegroups(): readonly Nodegroup[] {
    return this.#scenario.nodegroups.filter(({ name }) => this.#gate.nodegroups.includes(name));
  }

  /** Classes that submit to some ClusterQueues. */
  #classesOf(queues: readonly string[]): readonly WorkloadClass[] {
    const localQueues = this.#scenario.localQueues
      .filter(({ clusterQueue }) => queues.includes(clusterQueue))
      .map(({ namespace, name }) => `${namespace}/${name}`);
    return this.#scenario.workloadClasses.filter(({ localQueue }) => localQueues.includes(localQueue));
  }

  /** ClusterQueues with a flavor of which some of its nodegroups are, its own among them. */
  #neighbours(): readonly ClusterQueue[] {
    const there = (flavor: string) =>
      flavorNodegroups(this.#scenario, flavor).some(({ name }) => this.#gate.nodegroups.includes(name));
    return this.#scenario.clusterQueues.filter(({ flavors }) => flavors.some(({ name }) => there(name)));
  }

  buy(): string[] {
    return this.#nodegroups.flatMap(({ name }) => NODES.map((nodes) => `add-nodes ${name} ${nodes}`));
  }

  move(): string[] {
    return this.#nodegroups.flatMap((to) =>
      this.#scenario.nodegroups
        .filter((from) => from.nodes > 1 && !this.#gate.nodegroups.includes(from.name))
        .filter((from) => from.gpuModel === to.gpuModel && from.gpusPerNode === to.gpusPerNode)
        .map((from) => `move-nodes ${from.name} ${to.name} 1`),
    );
  }

  order(strategy: "StrictFIFO" | "BestEffortFIFO"): string[] {
    const { name, queueingStrategy } = this.#queue;
    return queueingStrategy === strategy ? [] : [`strategy ${name} ${strategy}`];
  }

  together(): string[] {
    return this.#scenario.binding === "pod" ? ["binding gang"] : [];
  }

  place(): string[] {
    return ["pack", "best-fit", "fgd"]
      .filter((policy) => policy !== this.#scenario.placement)
      .map((policy) => `placement ${policy}`);
  }

  repack(): string[] {
    return this.#nodegroups
      .filter(({ repackEveryHours }) => repackEveryHours === undefined)
      .map(({ name }) => `repack ${name}`);
  }

  /** Its own classes that ask for one domain or nothing. */
  anywhere(): string[] {
    return this.#classesOf([this.#gate.clusterQueue])
      .filter((one) => one.topology?.kind === "required")
      .map(({ name }) => `topology ${name} preferred`);
  }

  bringBack(): string[] {
    const { cordons, outages = [] } = this.#scenario;
    const away = new Set([...cordons, ...outages].map(({ nodegroup }) => nodegroup));
    return this.#gate.nodegroups.filter((name) => away.has(name)).map((name) => `uncordon ${name}`);
  }

  /** Classes on its nodegroups whose work may pause for so long that it counts as idle. */
  reap(): string[] {
    return this.#classesOf(this.#neighbours().map(({ name }) => name))
      .filter(({ reapedAfterIdleMinutes }) => reapedAfterIdleMinutes === undefined)
      .filter(
        ({ activity: { dutyShare, cycleMinutes } }) =>
          (1 - dutyShare) * cycleMinutes >= IDLE_PAUSE_MINUTES / 2 || dutyShare === 0,
      )
      .map(({ name }) => `reap ${name}`);
  }

  /** Its own classes that come more at some hours than at others, half a day later. */
  later(): string[] {
    return this.#classesOf([this.#gate.clusterQueue])
      .filter(({ arrivals }) => dailySwing(arrivals) >= 0.3)
      .map(({ name }) => `shift ${name} 12h`);
  }

  /** With its cohort, or with those on the same nodegroups if it has none. */
  share(): string[] {
    const { name, cohort, flavors } = this.#queue;
    const borrows = flavors.some(({ borrowingLimit }) => borrowingLimit !== undefined);
    const members = cohort === undefined ? [] : this.#scenario.clusterQueues.filter((one) => one.cohort === cohort);
    const holdsBack = (one: ClusterQueue) =>
      one.name !== name && one.flavors.some(({ lendingLimit }) => lendingLimit !== undefined);
    const apart = this.#neighbours().filter(
      (one) => one.name !== name && (cohort === undefined || one.cohort !== cohort),
    );
    const opens = (one: ClusterQueue, joining: string) =>
      holdsBack(one) ? [joining, `${joining} + lend ${one.name} on`] : [joining];
    return [
      ...(cohort !== undefined && borrows ? [`borrow ${name} on`] : []),
      ...members.filter(holdsBack).map((one) => `lend ${one.name} on`),
      ...apart.flatMap((one) =>
        one.cohort !== undefined
          ? opens(one, `cohort ${name} ${one.cohort}`)
          : cohort !== undefined
            ? [`cohort ${one.name} ${cohort}`]
            : [],
      ),
    ];
  }

  /** To all GPUs of its flavors. */
  raise(): string[] {
    const { name, flavors } = this.#queue;
    return flavors.flatMap((flavor) => {
      const all = flavorNodegroups(this.#scenario, flavor.name).reduce((sum, n) => sum + n.nodes * n.gpusPerNode, 0);
      return flavor.nominalQuota < all ? [`quota ${name} ${flavor.name} ${all}`] : [];
    });
  }

  retarget(): string[] {
    const have = this.#queue.flavors.map(({ name }) => name);
    const others = this.#scenario.resourceFlavors.filter(({ name }) => !have.includes(name));
    const opened = new Set<string>();
    for (const { name, gpuModels } of this.#classesOf([this.#gate.clusterQueue]))
      for (const flavor of others) {
        const able = flavorNodegroups(this.#scenario, flavor.name).some(({ gpuModel }) => gpuModels.includes(gpuModel));
        // It is opened to all of the queue's work: one class is as good as another.
        if (able && ![...opened].some((text) => text.endsWith(` ${flavor.name}`)))
          opened.add(`retarget ${name} ${flavor.name}`);
      }
    return [...opened];
  }
}

/** Height of the daily wave of what comes at random, as a share of the mean; 0 of what comes by plan. */
function dailySwing(arrivals: Arrivals): number {
  if (arrivals.kind === "poisson") return arrivals.dailySwing;
  if (arrivals.kind !== "weekly") return 0;
  // The first Fourier coefficient of the day.
  const wave = (of: (x: number) => number) =>
    2 * mean(arrivals.perHourOfWeek.map((rate, hour) => rate * of((2 * Math.PI * hour) / 24)))!;
  const all = mean(arrivals.perHourOfWeek)!;
  return all === 0 ? 0 : Math.hypot(wave(Math.cos), wave(Math.sin)) / all;
}
