import { arrivalsPerHour, simulatedHours } from "../../scenario/rate.js";
import type { Arrivals, Scenario, WorkloadClass } from "../../scenario/schema.js";
import { IDLE_PAUSE_MINUTES } from "../../telemetry/supply-truth.js";
import { duration } from "../../units/format.js";
import { actionKind } from "./action.js";
import {
  classesOfNamespace,
  mustBeSeen,
  NotAllowed,
  oneOf,
  positive,
  shift as shiftBy,
  time,
  workloadClass,
} from "./arguments.js";

export const shift = actionKind({
  name: "shift",
  args: { class: workloadClass, by: shiftBy },
  does: "submits a class's work later in the day, or earlier: what comes by a period moves, and of what comes at random the daily peak does",
  example: "shift batch 8h",
  changes: ({ class: name }) => [`when ${name} is submitted`],
  apply: (scenario, { class: name, by }) =>
    withClass(scenario, name, (one) => {
      const { arrivals } = one;
      if (arrivals.kind === "periodic") {
        const offsetHours = later(arrivals.offsetHours, by / 60, arrivals.everyHours);
        return { ...one, arrivals: { ...arrivals, offsetHours } };
      }
      if (arrivals.kind === "listed")
        return { ...one, arrivals: { ...arrivals, hours: arrivals.hours.map((hour) => Math.max(0, hour + by / 60)) } };
      if (arrivals.kind === "weekly") {
        if (by % 60 !== 0)
          throw new NotAllowed(`${name} comes by the hour of the week; allowed: whole hours, such as 8h or -8h`);
        return { ...one, arrivals: { ...arrivals, perHourOfWeek: rotated(arrivals.perHourOfWeek, by / 60) } };
      }
      if (arrivals.dailySwing === 0)
        throw new NotAllowed(
          `${name} comes at random at the same rate all day, so that no shift changes anything; allowed: a class with a daily swing or a period`,
        );
      return { ...one, arrivals: { ...arrivals, peakHour: later(arrivals.peakHour, by / 60, 24) } };
    }),
});

export const cap = actionKind({
  name: "cap",
  args: { class: workloadClass, rate: positive("workloads an hour") },
  does: "lets a class submit at most so many workloads an hour on average; what is not submitted is not done, and counts as no waiting",
  example: "cap batch 5",
  changes: ({ class: name }) => [`how much ${name} submits`],
  apply: (scenario, { class: name, rate }) =>
    withClass(scenario, name, (one) => {
      const { arrivals } = one;
      if (arrivals.kind === "listed")
        throw new NotAllowed(`${name} comes at listed hours; allowed: a class that comes at a rate`);
      const now = arrivalsPerHour(arrivals, simulatedHours(scenario));
      if (rate >= now)
        throw new NotAllowed(
          `found ${rate} an hour; ${name} submits ${Number(now.toPrecision(3))} an hour; allowed: less than that`,
        );
      return { ...one, arrivals: withRate(arrivals, rate, now) };
    }),
});

type AtARate = Exclude<Arrivals, { kind: "listed" }>;

function withRate(arrivals: AtARate, rate: number, now: number): AtARate {
  if (arrivals.kind === "poisson") return { ...arrivals, perHour: rate };
  if (arrivals.kind === "periodic") return { ...arrivals, everyHours: 1 / rate };
  return { ...arrivals, perHourOfWeek: arrivals.perHourOfWeek.map((one) => (one * rate) / now) };
}

/** What comes later by so many hours; of the end of the week at its beginning. */
const rotated = (week: readonly number[], hours: number) =>
  week.map((_, i) => week[(((i - hours) % week.length) + week.length) % week.length]!);

export const reap = actionKind({
  name: "reap",
  args: { class: classesOfNamespace },
  options: { after: time("grace") },
  does: `ends work of a class, or of all classes of a namespace, whose GPUs have not computed for so long, ${duration(IDLE_PAUSE_MINUTES * 60)} unless told, since they last did; what is ended is over, and is not tried again`,
  example: "reap notebook after 2h",
  changes: ({ class: names }) => names.map((name) => `when idle work of ${name} is ended`),
  apply(scenario, { class: names, after = IDLE_PAUSE_MINUTES }) {
    mustBeSeen(after, scenario.warmupDays + scenario.days, "nothing is simulated that long");
    return names.reduce(
      (before, name) => withClass(before, name, (one) => ({ ...one, reapedAfterIdleMinutes: after })),
      scenario,
    );
  },
});

export const topology = actionKind({
  name: "topology",
  args: { class: workloadClass, request: oneOf("request", ["required", "preferred", "unconstrained"]) },
  does: "asks for the same level of the topology more or less strictly for a class that asks for one: in one domain or not at all, in one if there is room, or anywhere",
  example: "topology trio preferred",
  changes: ({ class: name }) => [`what ${name} asks for of the topology`],
  apply: (scenario, { class: name, request }) =>
    withClass(scenario, name, (one) => {
      if (one.topology === undefined)
        throw new NotAllowed(`${name} asks for nothing of the topology; allowed: a class that does`);
      if (request === "unconstrained") return { ...one, topology: { kind: request } };
      if (one.topology.kind === "unconstrained")
        throw new NotAllowed(`${name} names no level that could be ${request}; allowed: a class that names one`);
      return { ...one, topology: { kind: request, level: one.topology.level } };
    }),
});

export const placement = actionKind({
  name: "placement",
  args: { policy: oneOf("placement policy", ["spread", "pack", "best-fit", "random", "fgd"]) },
  does: "sets the scheduler's placement policy: spread is LeastAllocated, pack MostAllocated",
  example: "placement pack",
  changes: () => ["the placement policy"],
  apply: (scenario, { policy }) => ({ ...scenario, placement: policy }),
});

export const binding = actionKind({
  name: "binding",
  args: { how: oneOf("binding", ["gang", "pod"]) },
  does: "binds the pods of a gang all together or not at all, or one by one",
  example: "binding gang",
  changes: () => ["how gangs are bound"],
  apply: (scenario, { how }) => ({ ...scenario, binding: how }),
});

/** An hour of a period so many hours later, or earlier; the same one after whole periods. */
function later(hour: number, by: number, period: number): number {
  return by % period === 0 ? hour : (((hour + by) % period) + period) % period;
}

function withClass(scenario: Scenario, name: string, change: (one: WorkloadClass) => WorkloadClass): Scenario {
  return {
    ...scenario,
    workloadClasses: scenario.workloadClasses.map((one) => (one.name === name ? change(one) : one)),
  };
}
