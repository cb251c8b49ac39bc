import { beforeAll, describe, expect, test } from "vitest";
import { applyFaults } from "../faults/apply.js";
import { faults } from "../faults/index.js";
import { copyOf, datasetOf } from "../testing/dataset.js";
import { figuresOf, offBy, type Pair, pairsOf, type Served, serve } from "../testing/rules-server.js";
import { smallWorld } from "../testing/small-world.js";
import { recordOf } from "./recorder.js";

// Every fault of the telemetry, on a server: what the rules record, beside what the join and the formulas say.

let clean: string;

beforeAll(async () => {
  clean = await datasetOf({ ...smallWorld(), days: 1.5 / 24 });
});

/** Ticks between two looks at a figure that is made of others of its nodegroup alone: it repeats what these have in it. */
const MADE_EVERY = 3;

/** Figures that differ, and how; the ways that a fault may name are those of RulesDiffer. */
async function differences(served: Served): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const figure of figuresOf(served.recordings)) {
    const { expr } = served.recordings.find(({ record }) => record === recordOf(figure))!;
    const isMade = /evenkeel_/.test(expr) && !/(?<!nodegroup):evenkeel_/.test(expr);
    const pairs = await pairsOf(figure, served, { every: isMade ? MADE_EVERY : 1 });
    const wrong = pairs.filter((pair) => offBy(figure, pair) > 1);
    if (wrong.length > 0) found[figure] = directionOf(wrong);
  }
  return found;
}

function directionOf(wrong: readonly Pair[]): string {
  if (wrong.some(({ is }) => Number.isNaN(is))) return "missing";
  if (wrong.every(({ expected }) => Number.isNaN(expected))) return "known";
  if (wrong.every(({ is, expected }) => is > expected)) return "higher";
  return wrong.every(({ is, expected }) => is < expected) ? "lower" : "either";
}

describe.concurrent("the rules say what the join says", () => {
  test("without a fault", async () => {
    const served = await serve(clean);
    expect(await differences(served)).toEqual({});
    await served.server.stop();
  });

  test.each(faults.map((fault) => [fault.name, fault] as const))(
    "with the fault %s, but where it is said that they do not",
    async (_, { name, rulesDiffer }) => {
      const folder = await copyOf(clean);
      await applyFaults(folder, [name], () => "test");
      const served = await serve(folder);
      try {
        expect(await differences(served)).toEqual(rulesDiffer?.figures ?? {});
      } finally {
        await served.server.stop();
      }
    },
  );
});
