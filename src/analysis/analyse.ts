import type { Dataset } from "../dataset/open.js";
import { type Diagnosis, diagnose } from "../diagnosis/diagnose.js";
import { episodeWindowSeconds } from "../diagnosis/episodes.js";
import { observe } from "../join/observe.js";
import type { Observed } from "../join/observed.js";
import { joinedWindows } from "../join/windows.js";
import type { NodegroupWindow } from "../tables/nodegroup-window.js";
import { list, period } from "../units/format.js";

/** Everything that a notebook shows is made of this: the joined data, what they mean, and the words that cite them. */
export interface Analysis {
  readonly dataset: Dataset;
  readonly observed: Observed;
  readonly diagnosis: Diagnosis;
  /** The joined table: one row a nodegroup and 5 minutes, and one a nodegroup and hour. */
  readonly windows: readonly NodegroupWindow[];
  readonly hours: readonly NodegroupWindow[];
  /** The time that the data cover, for subtitles. */
  readonly period: string;
  /** Where the data come from, for the foot of a figure. */
  readonly source: string;
}

/** Joins and diagnoses a dataset. The join is kept beside the dataset, so that only its first reader waits for it. */
export async function analyse(dataset: Dataset): Promise<Analysis> {
  const observed = await observe(dataset);
  const windows = await joinedWindows(dataset, observed, episodeWindowSeconds(observed));
  const hours = await joinedWindows(dataset, observed, 3600);
  const diagnosis = diagnose(observed, windows);
  const { manifest } = dataset;
  const origin = manifest.synthetic
    ? `synthetic, scenario ${manifest.scenario}, seed ${manifest.seed}${manifest.faults ? `, broken by ${list(manifest.faults)}` : ""}`
    : `pulled from ${manifest.scenario}`;
  return {
    dataset,
    observed,
    diagnosis,
    windows,
    hours,
    period: period(Date.parse(manifest.start), Date.parse(manifest.end)),
    source: `${origin}; dataset ${manifest.digest.slice(0, 12)}; evenkeel ${manifest.evenkeel}`,
  };
}
