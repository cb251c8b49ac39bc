import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { committedPlans } from "../api.js";
import type { Observed } from "../join/observed.js";
import { gpuWeightedP95, replayer } from "../plan/replay.js";
import { type SimulatedPlan, simulatedPlan } from "../plan/simulated.js";
import {
  lendText,
  moveText,
  packText,
  raiseText,
  reapText,
  reorderText,
  resizeText,
  retargetText,
} from "../plan/what-if.js";
import { waitQuantile } from "../queueing/index.js";
import { scenarios } from "../scenario/index.js";
import { flavorNodegroups } from "../scenario/nodes.js";
import { parseScenario } from "../scenario/parse.js";
import type { Scenario } from "../scenario/schema.js";
import { runSimulation } from "../simulation/simulate.js";
import { meanInterval } from "../statistics/index.js";
import { contractOf } from "../telemetry/contract.js";
import { small } from "../testing/scenario.js";
import { SECOND_MS } from "../units/time.js";
import { ActionRefused, NothingChanged, parseTogether, withActions } from "./parse-action.js";
import { simulatedPlanOf, type Tried, tryProposals } from "./plan-trial.js";

const [PER_HOUR, MINUTES, DAYS] = [21, 10, 20];

/** M/M/4 at a load of 0.875, one GPU a node: no gangs, no quota that binds, first come, first served. */
const markov = small({
  days: DAYS,
  warmupDays: 1,
  nodegroups: [{ nodes: 4, gpusPerNode: 1 }],
  clusterQueues: [{ name: "queue", queueingStrategy: "StrictFIFO" }],
  workloadClasses: [
    {
      name: "work",
      arrivals: { kind: "poisson", perHour: PER_HOUR },
      duration: { kind: "exponential", meanMinutes: MINUTES },
    },
  ],
});

/** p95 of the wait on 4 nodes and so many more. */
const waitsWith = (more: number) => ({ waits: [{ nodegroup: "a", what_if: resizeText("a", more) }], actions: [] });
const numberOf = <T>(tried: Tried<T> | undefined): T => {
  if (tried === undefined || !("value" in tried)) throw new Error(`no value: ${JSON.stringify(tried)}`);
  return tried.value;
};

describe("where the replay's world is the simulator's, one nodegroup without gangs and quota", () => {
  test.each([0, 1, 2])("what the replay promises is what the simulation finds, with %i nodes more", (more) => {
    const [scenario, seed] = [{ ...markov, warmupDays: 0 }, 5];
    const jobs = runSimulation({ scenario, seed }).workloads.map(({ workload }) => ({
      arrival: workload.createdMs / SECOND_MS,
      duration: workload.attempts[0]!.durationMs / SECOND_MS,
      pods: 1,
      gpusPerPod: 1,
    }));
    const p95 = replayer({ gpusPerNode: 1, discipline: "strict-fifo", initial: [], fixed: jobs }, []);
    const found = tryProposals({ scenario, seed, proposals: waitsWith(more) });
    expect(numberOf(found.waits[0])).toBeCloseTo(p95(4 + more), 1);
  });

  test("both are what Erlang C says of M/M/c, within the interval over seeds", () => {
    for (const more of [0, 1]) {
      const p95s = Array.from({ length: 8 }, (_, seed) =>
        numberOf(tryProposals({ scenario: markov, seed, proposals: waitsWith(more) }).waits[0]),
      );
      const { lower, upper } = meanInterval(p95s)!;
      const theory = 3600 * waitQuantile({ arrivalRate: PER_HOUR, serviceRate: 60 / MINUTES, servers: 4 + more }, 0.95);
      expect(lower).toBeLessThan(theory);
      expect(upper).toBeGreaterThan(theory);
    }
  });
});

describe("a trial", () => {
  const world = small({
    days: 3,
    nodegroups: [{ nodes: 2 }, { nodes: 2, gpuModel: "A100" }],
    clusterQueues: [
      {
        name: "queue",
        flavors: [
          { name: "a", nominalQuota: 16 },
          { name: "b", nominalQuota: 16 },
        ],
      },
    ],
    workloadClasses: [
      {
        name: "work",
        arrivals: { kind: "poisson", perHour: 16 },
        duration: { kind: "exponential", meanMinutes: 120 },
      },
    ],
  });

  test("follows the same work wherever it runs: as it is, the nodegroups' waits are those of all work", () => {
    const { workloads, nodes, telemetryStartMs } = runSimulation({ scenario: world, seed: 1 });
    const started = workloads.filter(({ workload, runs }) => workload.createdMs >= telemetryStartMs && runs.length > 0);
    const found = tryProposals({
      scenario: world,
      seed: 1,
      proposals: { waits: ["a", "b"].map((nodegroup) => ({ nodegroup, what_if: null })), actions: [] },
    });
    for (const [i, nodegroup] of ["a", "b"].entries()) {
      const here = started.filter(({ runs }) => nodes[runs[0]!.nodes[0]!]!.nodegroup === nodegroup);
      const seconds = here.map(({ workload, runs }) => (runs[0]!.placedMs - workload.createdMs) / SECOND_MS);
      const p95 = gpuWeightedP95(
        seconds,
        here.map(({ workload }) => workload),
      )!;
      // Those that still wait at the end are in it, too, as far as they had: a minute is nothing beside waits of hours.
      expect(numberOf(found.waits[i])).toBeGreaterThanOrEqual(p95 - 60);
    }
  });

  test("of what changes nothing removes nothing, and more nodes remove what fewer add", () => {
    const { actions } = tryProposals({
      scenario: world,
      seed: 1,
      proposals: { waits: [], actions: ["strategy queue BestEffortFIFO", "add-nodes a 2", "remove-nodes a 1"] },
    });
    const [nothing, more, fewer] = actions.map(numberOf);
    expect(nothing).toBe(0);
    expect(more).toBeGreaterThan(0);
    expect(fewer).toBeLessThan(0);
  });

  test("has no wait of a nodegroup that the scenario has not, or for which nothing asks", () => {
    const idle = { ...world, workloadClasses: [] };
    const of = (scenario: Scenario, nodegroup: string) =>
      tryProposals({ scenario, seed: 1, proposals: { waits: [{ nodegroup, what_if: null }], actions: [] } }).waits;
    expect(of(world, "z")).toEqual([{ refused: "no work of small asks for GPUs of z" }]);
    expect(of(idle, "a")).toEqual([{ refused: "no work of small asks for GPUs of a" }]);
  });

  test("says why something cannot be tried, and tries the rest", () => {
    const proposals = { waits: [], actions: ["remove-nodes a 2", "uncordon a", "add-nodes a 1"] };
    const trials = [1, 2].map((seed) => tryProposals({ scenario: world, seed, proposals }));
    const facts = { command: "here", dataset: "0", scenario: "small", own: true, seeds: [1, 2] };
    const { actions } = simulatedPlan.parse(simulatedPlanOf(facts, proposals, trials));
    expect(actions.map(({ refused }) => refused)).toEqual([
      expect.stringContaining("a nodegroup keeps one"),
      expect.stringContaining("puts no node of a out of service"),
      null,
    ]);
    expect(actions.map((one) => one.removed_gpu_hours.length)).toEqual([0, 0, 2]);
  });
});

describe("every named scenario", () => {
  test.each(scenarios.map((one) => [one.name, parseScenario(one, one.name)] as const))(
    "%s: what a plan may say of its queues and nodegroups is read as an action on it",
    (_, scenario) => {
      const observed = seen(scenario);
      const names = scenario.nodegroups.map(({ name }) => name);
      const texts = [
        packText(),
        moveText(names[0]!, names[1]!, 1),
        ...names.flatMap((name) => [resizeText(name, 1), resizeText(name, -1)]),
        ...new Set(scenario.localQueues.map(({ namespace }) => namespace).map((one) => reapText([one]))),
        ...observed.clusterQueues.flatMap(({ name: clusterQueue, eligible }) => {
          const waiting = { clusterQueue, nodegroups: eligible, toward: names };
          return [
            lendText(observed, waiting),
            raiseText(observed, waiting),
            reorderText(waiting),
            retargetText(observed, waiting),
          ];
        }),
      ].filter((text) => text !== null);
      expect(texts.length).toBeGreaterThan(2 * names.length);
      // A namespace may have pods outside Kueue alone, of which the scenario has no class.
      const submits = new Set(scenario.workloadClasses.map(({ localQueue }) => localQueue.split("/")[0]));
      for (const text of texts) {
        const [kind, name] = text.split(" ");
        if (kind === "reap" && !submits.has(name)) continue;
        expect(parseTogether(text, scenario).length, text).toBeGreaterThan(0);
      }
    },
  );

  const committed = JSON.parse(readFileSync(committedPlans, "utf8")) as SimulatedPlan[];

  test("has its plan committed", () => {
    expect(committed.map(({ scenario }) => scenario)).toEqual(scenarios.map(({ name }) => name));
    expect(new Set(committed.map(({ dataset }) => dataset)).size).toBe(committed.length);
  });

  test.each(committed.map((plan) => [plan.scenario, simulatedPlan.parse(plan)] as const))(
    "%s: what its plan proposed can be done, but where it is said why not",
    (name, { waits, actions, seeds }) => {
      const scenario = parseScenario(scenarios.find((one) => one.name === name)!, name);
      for (const { what_if, refused } of [...waits, ...actions]) {
        if (what_if === null) continue;
        const apply = () => {
          try {
            withActions(scenario, parseTogether(what_if, scenario));
          } catch (error) {
            if (!(error instanceof NothingChanged)) throw error;
          }
        };
        if (refused === null) expect(apply, what_if).not.toThrow();
        else expect(apply, what_if).toThrow(ActionRefused);
      }
      for (const wait of waits) expect(wait.wait_p95_seconds).toHaveLength(wait.refused === null ? seeds.length : 0);
      for (const action of actions)
        expect(action.removed_gpu_hours).toHaveLength(action.refused === null ? seeds.length : 0);
    },
  );
});

/** Of a scenario, what telemetry and contract show of its queues. */
function seen(scenario: Scenario): Observed {
  const series = (value: number) => Float64Array.of(value);
  return {
    contract: contractOf(scenario),
    clusterQueues: scenario.clusterQueues.map((queue) => ({
      name: queue.name,
      cohort: queue.cohort ?? "",
      eligible: queue.flavors.flatMap(({ name }) => flavorNodegroups(scenario, name).map((one) => one.name)),
      flavors: queue.flavors.map(({ name, nominalQuota, borrowingLimit }) => ({
        flavor: name,
        nodegroups: flavorNodegroups(scenario, name).map((one) => one.name),
        nominal: series(nominalQuota),
        borrowingLimit: series(borrowingLimit ?? Number.POSITIVE_INFINITY),
      })),
    })),
  } as unknown as Observed;
}
