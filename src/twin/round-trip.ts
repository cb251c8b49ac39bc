import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { openDataset } from "../dataset/open.js";
import { generateDataset } from "../generate.js";
import { packageRoot } from "../notebook/root.js";
import { joined } from "../plan/what-if.js";
import type { Scenario } from "../scenario/schema.js";
import { mean } from "../statistics/index.js";
import { type Advice, advise, type Option } from "../whatif/advise.js";
import type { Outcome } from "../whatif/outcome.js";
import type { SimulateAll } from "../whatif/whatif.js";
import { fitTwin } from "./fit.js";
import { kubernetesName } from "./names.js";

/** How data/what-if/twins.json is made, of every named scenario and of random worlds. */
export const ROUND_TRIP = { datasetSeed: 42, intervalSeconds: 300, seeds: [1, 2, 3, 4, 5, 6] };

/**
 * A twin's p95 wait agrees where it is no further beyond the range of the original's seeds, the dataset's own among them,
 * than by this factor and these minutes.
 */
export const WAIT_BAND = { factor: 1.5, minutes: 15 };
/** And its best action, where that removes at least this share of what the best does in the original. */
export const LEAST_SHARE = 0.75;

const range = z.strictObject({ low: z.number().nullable(), high: z.number().nullable() });

/** A world, its dataset, and the twin that was fitted to that. Minutes are rounded, so that they are the same anywhere. */
export const roundTripRow = z.strictObject({
  scenario: z.string(),
  /** p95 of the wait, minutes, by LocalQueue; null where it lies beyond what was seen. Queues without work are left out. */
  queues: z.array(
    z.strictObject({
      queue: z.string(),
      original: range,
      twin: range,
      agrees: z.boolean(),
    }),
  ),
  /** The best free action of the original and of the twin; null where none is shown to help. */
  best: z.strictObject({
    original: z.string().nullable(),
    twin: z.string().nullable(),
    /** What the twin's removes in the original, as a share of what the original's does; null where either has none. */
    share: z.number().nullable(),
    agrees: z.boolean(),
  }),
});
export type RoundTripRow = z.output<typeof roundTripRow>;

/** What is committed. */
export const roundTripRows = (): RoundTripRow[] =>
  z.array(roundTripRow).parse(JSON.parse(readFileSync(join(packageRoot, "data", "what-if", "twins.json"), "utf8")));

/** Generates a world's dataset, fits a twin to it, and asks both how long work waits and what to do about it. */
export async function roundTrip(scenario: Scenario, simulateAll: SimulateAll): Promise<RoundTripRow> {
  const { datasetSeed, seeds } = ROUND_TRIP;
  const twin = await twinOf(scenario);
  const ask = (one: Scenario) => advise({ scenario: one, budgetUsdPerMonth: 0, pairs: false, seeds, simulateAll });
  const [original, fitted] = [await ask(scenario), await ask(twin)];
  const own = await simulateAll([{ scenario, seed: datasetSeed }]);
  return {
    scenario: scenario.name,
    queues: queuesOf([...own, ...original.baseline], fitted.baseline),
    best: bestOf(original, scenario, fitted, twin),
  };
}

async function twinOf(scenario: Scenario): Promise<Scenario> {
  const { datasetSeed, intervalSeconds } = ROUND_TRIP;
  const folder = await mkdtemp(join(tmpdir(), "evenkeel-round-trip-"));
  try {
    await generateDataset({ ...scenario, intervalSeconds }, datasetSeed, join(folder, "data"));
    const dataset = await openDataset(join(folder, "data"));
    try {
      return (await fitTwin(dataset, kubernetesName(`twin-of-${scenario.name}`))).scenario;
    } finally {
      dataset.close();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function queuesOf(original: readonly Outcome[], twin: readonly Outcome[]): RoundTripRow["queues"] {
  return original[0]!.queues
    .filter(({ workloads }) => workloads > 0)
    .map(({ queue }) => {
      const minutes = (outcomes: readonly Outcome[]) =>
        outcomes
          .map((outcome) => outcome.queues.find((one) => one.queue === queue))
          .filter((one) => one !== undefined && one.workloads > 0)
          .map((one) => (one!.waitP95Seconds === null ? Number.POSITIVE_INFINITY : one!.waitP95Seconds / 60));
      const [seen, fitted] = [minutes(original), minutes(twin)];
      const average = mean(fitted) ?? Number.POSITIVE_INFINITY;
      const { factor, minutes: slack } = WAIT_BAND;
      const agrees =
        fitted.length > 0 &&
        average >= Math.min(...seen) / factor - slack &&
        (average <= Math.max(...seen) * factor + slack || Math.max(...seen) === Number.POSITIVE_INFINITY);
      return { queue, original: rangeOf(seen), twin: rangeOf(fitted), agrees };
    });
}

function rangeOf(values: readonly number[]): z.output<typeof range> {
  const rounded = (value: number) => (Number.isFinite(value) ? Math.round(value) : null);
  return { low: rounded(Math.min(...values)), high: rounded(Math.max(...values)) };
}

function bestOf(original: Advice, scenario: Scenario, fitted: Advice, twin: Scenario): RoundTripRow["best"] {
  const [best] = original.worth;
  const [own] = fitted.worth;
  const same =
    own && [...original.worth, ...original.notShown].find((one) => placeOf(one, scenario) === placeOf(own, twin));
  const share = best && own ? (same ? same.removed.gpuHours / best.removed.gpuHours : 0) : null;
  return {
    original: best ? joined(best.actions) : null,
    twin: own ? joined(own.actions) : null,
    share: share === null ? null : Number(share.toFixed(2)),
    agrees: share === null ? !best && !own : share >= LEAST_SHARE,
  };
}

/** An option with the LocalQueue in place of a class: a twin's classes have names of their own. */
function placeOf({ actions }: Option, { workloadClasses }: Scenario): string {
  const homes = new Map(workloadClasses.map(({ name, localQueue }) => [name, localQueue]));
  return joined(
    actions.map((action) =>
      action
        .split(" ")
        .map((word) => homes.get(word) ?? word)
        .join(" "),
    ),
  );
}
