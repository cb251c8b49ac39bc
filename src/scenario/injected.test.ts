import { beforeAll, describe, expect, test } from "vitest";
import { causes } from "../simulation/truth.js";
import { type TrueHours, trueWeek } from "../testing/true-week.js";
import { scenarios } from "./index.js";
import { flavorNodegroups } from "./nodes.js";
import { parseScenario } from "./parse.js";
import { injectedCauses, type Scenario } from "./schema.js";

// That a scenario shows what it says it injects, by the simulator's own truth: no telemetry, no diagnosis.

const SEED = 1;
/** The injected cause has most of the waiting where it is injected, and it is worth acting on. */
const LEAST_CAUSE_SHARE = 0.6;
const LEAST_WAITED_SHARE = 0.05;
/** Injected, a state of GPUs has at least this share of those held. In balance hardly any GPU has it. */
const LEAST_STATE_SHARE = 0.2;
/** Elsewhere so much waits at most, as a share of what is paid for; in balance it is up to 2 %. */
const MOST_ELSEWHERE = 0.05;

/** Pauses of an hour come by chance, too. */
const MOST_QUIET = 0.03;

const states = ["idle", "stalled", "starting", "lost"] as const;
const isState = (cause: (typeof injectedCauses)[number]): cause is (typeof states)[number] =>
  states.some((state) => state === cause);
const waitedIn = ({ waited }: TrueHours) => [...waited.values()].reduce((sum, gpuHours) => sum + gpuHours, 0);

/** Nodegroups with an injected cause, and those behind a queue that such a nodegroup is behind, too. */
function touched(scenario: Scenario): Set<string> {
  const injected = new Set(scenario.injected.map(({ nodegroup }) => nodegroup));
  const reached = scenario.clusterQueues.map(({ flavors }) =>
    flavors.flatMap(({ name }) => flavorNodegroups(scenario, name).map((nodegroup) => nodegroup.name)),
  );
  return new Set([...injected, ...reached.filter((names) => names.some((name) => injected.has(name))).flat()]);
}

test("what may be injected is a cause that the simulation tells, or a state of GPUs", () => {
  const waits = injectedCauses.filter((cause) => !isState(cause));
  expect(causes).toEqual(expect.arrayContaining(waits));
});

test("nothing is injected into balanced, and something into every other scenario", () => {
  for (const { name, injected = [] } of scenarios)
    expect([name, injected.length > 0]).toEqual([name, name !== "balanced"]);
});

describe.each(scenarios.map((input) => [input.name, parseScenario(input, input.name)] as const))(
  "by the truth of a week of %s",
  (_, scenario) => {
    let week: TrueHours[];
    beforeAll(() => {
      week = trueWeek(scenario, SEED);
    }, 30_000);
    const at = (nodegroup: string) => week.find((row) => row.nodegroup === nodegroup)!;

    test.each(scenario.injected)("$cause is what is wrong at $nodegroup", ({ cause, nodegroup }) => {
      const row = at(nodegroup);
      if (isState(cause)) {
        expect(row[cause] / row.held).toBeGreaterThan(LEAST_STATE_SHARE);
        return;
      }
      expect(row.waited.get(cause)! / waitedIn(row)).toBeGreaterThan(LEAST_CAUSE_SHARE);
      expect(waitedIn(row) / row.paid).toBeGreaterThan(LEAST_WAITED_SHARE);
    });

    test("little waits elsewhere, and hardly any GPU is idle or stalled", () => {
      const nodegroups = touched(scenario);
      const elsewhere = week.filter((row) => !nodegroups.has(row.nodegroup));
      expect(elsewhere.length).toBeGreaterThan(0);
      for (const row of elsewhere) {
        expect(waitedIn(row) / row.paid).toBeLessThan(MOST_ELSEWHERE);
        expect((row.idle + row.stalled) / row.held).toBeLessThan(MOST_QUIET);
      }
    });
  },
);
