import { rm } from "node:fs/promises";
import { join } from "node:path";
import { openDataset } from "../dataset/open.js";
import { generateDataset } from "../generate.js";
import { observe } from "../join/observe.js";
import type { Scenario } from "../scenario/schema.js";
import { mean } from "../statistics/index.js";
import type { Twin } from "./fit.js";
import { jobsOf } from "./jobs.js";
import { type Measure, profile, type Trait } from "./profile.js";
import { readTraces } from "./traces.js";

/** A trait of the dataset beside that of the twin's telemetry. */
export interface TraitCompared extends Trait {
  /** Mean over the twin's seeds, and the least and the most of them; null where one of them has none. */
  readonly twin: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly agrees: boolean;
}

/** How far a twin may be off and still be said to agree: by so much, or by so large a share of the dataset's value. */
export const BANDS: Readonly<Record<Measure, { readonly within: number; readonly share: number }>> = {
  wait: { within: 15 * 60, share: 0.5 },
  held: { within: 3, share: 0.1 },
  backlog: { within: 6, share: 0.5 },
};

/** A coarser scrape than this shows no less of waits and hourly means, and is written sooner. */
const LEAST_INTERVAL_SECONDS = 300;

export interface ReportOptions {
  readonly seeds: readonly number[];
  /** An empty folder to write the telemetry to; nothing stays in it. */
  readonly folder: string;
  readonly onSeed?: (seed: number, position: number, of: number) => void;
}

/**
 * Generates the telemetry of a twin and holds it against the dataset that it was fitted to, quantile by quantile: the
 * same code reads both.
 */
export async function twinReport(
  twin: Twin,
  { seeds, folder, onSeed = () => {} }: ReportOptions,
): Promise<TraitCompared[]> {
  const profiles: Trait[][] = [];
  for (const [i, seed] of seeds.entries()) {
    onSeed(seed, i, seeds.length);
    profiles.push(await profileOfWorld(twin.scenario, seed, join(folder, `seed-${seed}`)));
  }
  return profile(twin.observed, twin.jobs).map((trait) => {
    const values = profiles.map(
      (one) =>
        one.find(({ measure, where, p }) => measure === trait.measure && where === trait.where && p === trait.p)
          ?.value ?? null,
    );
    const known = values.includes(null) ? undefined : (values as number[]);
    const [low, high] = known ? [Math.min(...known), Math.max(...known)] : [null, null];
    const compared = { ...trait, twin: known ? mean(known)! : null, low, high };
    return { ...compared, agrees: agrees(compared) };
  });
}

/** Within the twin's own range from seed to seed, or near its mean. What neither knows agrees. */
function agrees({ measure, value, twin, low, high }: Omit<TraitCompared, "agrees">): boolean {
  if (value === null || twin === null) return value === twin;
  const { within, share } = BANDS[measure];
  return (value >= low! && value <= high!) || Math.abs(twin - value) <= Math.max(within, share * value);
}

async function profileOfWorld(scenario: Scenario, seed: number, folder: string): Promise<Trait[]> {
  const intervalSeconds = Math.max(LEAST_INTERVAL_SECONDS, scenario.intervalSeconds);
  await generateDataset({ ...scenario, intervalSeconds }, seed, folder);
  const dataset = await openDataset(folder);
  try {
    const observed = await observe(dataset);
    const { jobs } = jobsOf(await readTraces(dataset.folder, observed), observed);
    return profile(observed, jobs);
  } finally {
    dataset.close();
    await rm(folder, { recursive: true, force: true });
  }
}
