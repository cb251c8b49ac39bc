import type { Analysis } from "../analysis/analyse.js";
import { causeWords } from "../diagnosis/cause-words.js";
import type { Diagnosis, Episode } from "../diagnosis/diagnose.js";
import { EPISODE_WINDOW_SECONDS, episodeRule, episodeThreshold, type UnmetWindow } from "../diagnosis/episodes.js";
import { alarms, byPlace, material, type Shortage, type Source, shortageAt, unseen } from "../diagnosis/headline.js";
import { hiddenMend, hiddenNote, hiddenSentence, leastText } from "../diagnosis/hidden-words.js";
import { placesOf, placeText, unmetAt } from "../diagnosis/place.js";
import { whenText } from "../diagnosis/when.js";
import { type Hidden, isHidden } from "../join/hidden.js";
import { duration, gpuHours, gpus, list, number, percent, plural, timestamp } from "../units/format.js";
import { HOUR_MS, MINUTE_MS } from "../units/time.js";
import { causeCategory } from "./cause-category.js";
import { type Figure, type FigureSpec, figure, fittingTitle } from "./figure.js";
import { gantt, NAME_ROOM } from "./marks/gantt.js";
import { WAITING_CAUSES } from "./palette.js";
import { FONT_SIZE } from "./plot.js";
import { remedySentence } from "./remedy.js";
import { textWidth } from "./text.js";

/** Waiting that came nearest to an episode. */
export interface NearestMiss {
  /** What it lacked: GPUs at once, time, or GPU-hours. */
  readonly lacked: "gpus" | "time" | "gpu-hours";
  readonly nodegroups: readonly string[];
  readonly startMs: number;
  readonly peakGpus: number;
  /** From how many GPUs on it would have counted. */
  readonly threshold: number;
  /** How long it was above that, and what waited meanwhile. */
  readonly minutes: number;
  readonly gpuHours: number;
}

/** What the episodes of a dataset come to. */
export type EpisodesFinding =
  | {
      readonly kind: "alarm";
      readonly worst: Shortage;
      readonly largest: Episode;
      readonly others: readonly Shortage[];
    }
  | {
      readonly kind: "minor";
      readonly nodegroups: readonly string[];
      readonly here: Pick<Shortage, "cause" | "gpuHours" | "episodes" | "when">;
      readonly share: number;
      readonly total: number;
      /** More may have waited than is counted. */
      readonly isLeast: boolean;
    }
  /** None is seen, but not all that waited is. */
  | { readonly kind: "hidden"; readonly hidden: Hidden }
  | { readonly kind: "none"; readonly nearest: NearestMiss | undefined }
  | { readonly kind: "no-data"; readonly missing: readonly Source[] };

export function episodesFinding(diagnosis: Diagnosis): EpisodesFinding {
  const short = alarms(diagnosis).filter((alarm) => alarm.kind === "shortage");
  const [worst, ...others] = short;
  if (worst !== undefined) {
    const largest = diagnosis.episodes.find((each) => each.nodegroups.join() === worst.nodegroups.join())!;
    return { kind: "alarm", worst, largest, others };
  }
  const missing = unseen(diagnosis).filter((source) => source !== "DCGM");
  const [most] = byPlace(diagnosis.episodes);
  if (most !== undefined) {
    const { nodegroups } = most[0]!;
    const here = shortageAt(diagnosis, most);
    const paid = diagnosis.supply
      .filter((row) => nodegroups.includes(row.nodegroup))
      .reduce((sum, row) => sum + row.paid, 0);
    const share = here.gpuHours / paid;
    const isLeast = isHidden(diagnosis.hidden);
    return { kind: "minor", nodegroups, here, share, total: diagnosis.episodes.length, isLeast };
  }
  if (missing.length === 0 && isHidden(diagnosis.hidden)) return { kind: "hidden", hidden: diagnosis.hidden };
  return missing.length > 0 ? { kind: "no-data", missing } : { kind: "none", nearest: nearestMiss(diagnosis) };
}

/** The waiting that came nearest to being an episode: nearest in time, then in GPU-hours, then in GPUs. */
export function nearestMiss(diagnosis: Diagnosis): NearestMiss | undefined {
  const misses = placesOf(diagnosis).flatMap((nodegroups) => runsAt(nodegroups, unmetAt(diagnosis, nodegroups)));
  const near = (miss: NearestMiss) => [miss.minutes, miss.gpuHours, miss.peakGpus / miss.threshold] as const;
  return misses.sort((a, b) => {
    const [first, second] = [near(a), near(b)];
    return second[0] - first[0] || second[1] - first[1] || second[2] - first[2];
  })[0];
}

/** Stretches in which something waited at a place, each with its longest time above the threshold. */
function runsAt(nodegroups: readonly string[], windows: readonly UnmetWindow[]): NearestMiss[] {
  const misses: NearestMiss[] = [];
  let above: UnmetWindow[] = [];
  const end = () => {
    if (above.length > 0) misses.push(miss(nodegroups, above));
    above = [];
  };
  let highest: UnmetWindow | undefined;
  for (const window of windows) {
    const threshold = episodeThreshold(window);
    if (window.waiting === null || threshold === undefined) continue;
    if (window.waiting >= threshold) above.push(window);
    else end();
    if (window.waiting > (highest?.waiting ?? 0)) highest = window;
  }
  end();
  if (misses.length === 0 && highest !== undefined) misses.push({ ...miss(nodegroups, [highest]), minutes: 0 });
  return misses;
}

function miss(nodegroups: readonly string[], windows: readonly UnmetWindow[]): NearestMiss {
  const hours = ({ startMs, endMs }: UnmetWindow) => (endMs - startMs) / HOUR_MS;
  const peak = windows.reduce((most, window) => (window.waiting! > most.waiting! ? window : most));
  const threshold = episodeThreshold(peak)!;
  const minutes = (windows.length * EPISODE_WINDOW_SECONDS) / 60;
  return {
    lacked: peak.waiting! < threshold ? "gpus" : minutes < episodeRule.opensAfterMinutes ? "time" : "gpu-hours",
    nodegroups,
    startMs: windows[0]!.startMs,
    peakGpus: peak.waiting!,
    threshold,
    minutes,
    gpuHours: windows.reduce((sum, window) => sum + window.waiting! * hours(window), 0),
  };
}

/** A bar is as thick as its row from this share of the largest nodegroup's GPUs on: a few GPUs shall not look like many. */
const FULL_SHARE = 0.25;
const LABELLED = 8;

/** Which episodes, and why: a row a place, a bar an episode, its area the GPU-hours that waited. */
export function episodes(analysis: Analysis): Figure {
  const { diagnosis, observed } = analysis;
  const finding = episodesFinding(diagnosis);
  const rows = rowsOf(diagnosis);
  const from = observed.startMs;
  const to = from + observed.ticks * observed.stepMs;
  const meanGpus = (episode: Episode) => (episode.gpuHours * HOUR_MS) / (episode.endMs - episode.startMs);
  const most = Math.max(0, ...observed.contract.nodegroups.map(({ gpusPaid }) => gpusPaid));
  const full = Math.ceil(Math.max(FULL_SHARE * most, ...diagnosis.episodes.map(meanGpus)));
  return figure({
    id: "04-episodes",
    ...words(finding),
    subtitle: `Episodes of waiting by cause; height: mean GPUs waiting (full row: ${number(full)}), area and numbers: GPU-hours; ${analysis.period}`,
    note:
      `An episode opens when at least ${gpus(episodeRule.gpus)} (of fewer than ${episodeRule.gpus / episodeRule.smallShare}, ${percent(episodeRule.smallShare)}) and ${percent(episodeRule.capacityShare)} of the healthy ` +
      `capacity wait for ${episodeRule.opensAfterMinutes} min, closes when less than half of that has waited for ` +
      `${episodeRule.closesAfterMinutes} min, and is listed from ${gpuHours(episodeRule.listedGpuHours)} on. A cause with ` +
      `${percent(episodeRule.causeShare)} of its GPU-hours names it. A nodegroup counts what could run nowhere else.${hiddenNote(diagnosis.hidden)}`,
    source: analysis.source,
    alt: `Gantt chart of ${plural(diagnosis.episodes.length, "episode")} of waiting over ${plural(rows.length, "place")}, where ${lowerFirst(words(finding).title)}.`,
    table: {
      columns: [
        { name: "place", label: "Where", unit: null },
        { name: "from", label: "From", unit: "UTC" },
        { name: "to", label: "To", unit: "UTC" },
        { name: "cause", label: "Cause", unit: null },
        { name: "gpu_hours", label: "Waited", unit: "GPU-hours", digits: 1 },
        { name: "peak", label: "Most at once", unit: "GPUs", digits: 1 },
        { name: "queues", label: "ClusterQueues", unit: null },
      ],
      rows: diagnosis.episodes.map((each) => ({
        place: list(each.nodegroups),
        from: new Date(each.startMs),
        to: each.open ? "open at the end" : new Date(each.endMs),
        cause: causeCategory(each.cause).label,
        gpu_hours: each.gpuHours,
        peak: each.peakGpus,
        queues: list(each.clusterQueues),
      })),
    },
    width: 900,
    height: 104 + rows.length * Math.max(24, Math.min(46, 300 / rows.length)),
    axes: { x: { label: "Time", unit: "UTC" }, y: { label: "Nodegroup", unit: null } },
    draw: (drawing) =>
      gantt(drawing, {
        names: rows.map(({ name }) => name),
        bars: diagnosis.episodes.map((each) => ({
          name: rows.find(({ key }) => key === keyOf(each.nodegroups))!.name,
          start: each.startMs,
          end: each.endMs,
          part: causeCategory(each.cause).name,
          weight: meanGpus(each),
          size: each.gpuHours,
          label: number(each.gpuHours),
        })),
        full,
        labelled: LABELLED,
        gaps: rows.flatMap(({ name, gaps }) => gaps.map((gap) => ({ name, ...gap }))),
        parts: WAITING_CAUSES,
        from,
        to,
      }),
  });
}

const keyOf = (nodegroups: readonly string[]) => nodegroups.join(" + ");

/** What the row of each place is called: all its nodegroups, or if that is too long and says which, the first and how many more. */
function rowNames(places: readonly (readonly string[])[]): ReadonlyMap<string, string> {
  const short = (nodegroups: readonly string[]) => `${nodegroups[0]} + ${nodegroups.length - 1} more`;
  const shorts = places.map(short);
  return new Map(
    places.map((nodegroups) => {
      const key = keyOf(nodegroups);
      const isLong = nodegroups.length > 1 && textWidth(key, FONT_SIZE, 500) > NAME_ROOM;
      const isClear = shorts.filter((each) => each === short(nodegroups)).length === 1;
      return [key, isLong && isClear ? short(nodegroups) : key];
    }),
  );
}

/** Rows worst first; a nodegroup without episodes stays, a set without does not. */
function rowsOf(diagnosis: Diagnosis): { key: string; name: string; gaps: { start: number; end: number }[] }[] {
  const waited = new Map<string, number>();
  for (const { nodegroups, gpuHours: hours } of diagnosis.episodes)
    waited.set(keyOf(nodegroups), (waited.get(keyOf(nodegroups)) ?? 0) + hours);
  const places = placesOf(diagnosis).filter((nodegroups) => nodegroups.length === 1 || waited.has(keyOf(nodegroups)));
  const names = rowNames(places);
  return places
    .map((nodegroups) => ({ key: keyOf(nodegroups), gaps: gapsOf(unmetAt(diagnosis, nodegroups)) }))
    .map(({ key, gaps }) => ({ key, name: names.get(key)!, gaps }))
    .sort((a, b) => (waited.get(b.key) ?? 0) - (waited.get(a.key) ?? 0));
}

function gapsOf(windows: readonly UnmetWindow[]): { start: number; end: number }[] {
  const gaps: { start: number; end: number }[] = [];
  for (const { startMs, endMs, waiting, capacity } of windows) {
    if (waiting !== null && capacity !== null) continue;
    const last = gaps.at(-1);
    if (last?.end === startMs) last.end = endMs;
    else gaps.push({ start: startMs, end: endMs });
  }
  return gaps;
}

function words(finding: EpisodesFinding): Pick<FigureSpec, "title" | "takeaway"> {
  switch (finding.kind) {
    case "alarm": {
      const { worst, largest, others } = finding;
      const { cause, nodegroups, causeGpuHours } = worst;
      const place = placeText(nodegroups);
      const waited = `${leastText(worst.isLeast)}${gpuHours(worst.gpuHours)}`;
      const told =
        cause === "mixed"
          ? `It waited ${causeWords(cause).waited}`
          : `${percent(causeGpuHours / worst.gpuHours)} of it waited ${causeWords(cause).waited}`;
      const elsewhere = others.reduce((sum, other) => sum + other.gpuHours, 0);
      const more =
        others.length === 0
          ? ""
          : `; ${placeText(others.flatMap((other) => other.nodegroups))} had ${gpuHours(elsewhere)} more`;
      const state = `${place} ${nodegroups.length === 1 ? "was" : "were"} ${causeWords(cause).state}`;
      return {
        title: fittingTitle(`${state}: ${plural(worst.episodes, "episode")}, ${waited}`, `${state}: ${waited}`),
        takeaway:
          `${upperFirst(waited)} waited in ${place}, ${percent(worst.share)} of what is paid for there, ${whenText(worst.when)}; an alarm begins at ${percent(material.waitedShare)}. ` +
          `${told}; the largest episode, from ${timestamp(largest.startMs).replace(" UTC", "")} to ${timestamp(largest.endMs)}, peaked at ${gpus(Math.round(largest.peakGpus))}. ` +
          remedySentence(cause, `would help${causeWords(cause).free ? " at no cost" : ""}${more}`),
      };
    }
    case "minor": {
      const { here, nodegroups, share, total, isLeast } = finding;
      const place = placeText(nodegroups);
      const waited = `${leastText(isLeast)}${gpuHours(here.gpuHours)}`;
      return {
        title:
          total === 1
            ? `One minor episode: ${waited} waited in ${place}`
            : `${number(total)} minor episodes, most of it in ${place}: ${waited}`,
        takeaway:
          `${upperFirst(waited)} waited in ${place} ${causeWords(here.cause).waited}, ${whenText(here.when)}. ` +
          `That is ${percent(share)} of what is paid for there, and ${percent(material.waitedShare)} would be an alarm: ${isLeast ? "whether more waited is not known, as the note says" : "no action is called for"}.`,
      };
    }
    case "hidden":
      return {
        title: "Whether there were episodes of waiting is not known",
        takeaway: `${hiddenSentence(finding.hidden)}. ${hiddenMend(finding.hidden)}: an empty chart is no balance here.`,
      };
    case "none":
      return {
        title: "No episode: nothing waited for long enough to count as one",
        takeaway: `${finding.nearest === undefined ? "Nothing waited at any time that was seen" : nearestText(finding.nearest)}. No action is called for.`,
      };
    case "no-data":
      return {
        title: "Whether there were episodes of waiting is not known",
        takeaway:
          `${list(finding.missing)} ${finding.missing.length === 1 ? "was" : "were"} silent for most of the time, and what waits is not seen without. ` +
          "An empty chart is no balance here: mend the scrape first.",
      };
  }
}

function nearestText({
  lacked,
  nodegroups,
  startMs,
  peakGpus,
  threshold,
  minutes,
  gpuHours: hours,
}: NearestMiss): string {
  const where = `The nearest was in ${placeText(nodegroups)} on ${timestamp(startMs)}, where ${gpus(peakGpus)} waited`;
  switch (lacked) {
    case "gpus":
      return `${where}, of the ${number(threshold)} that would count`;
    case "time":
      return `${where} for ${duration((minutes * MINUTE_MS) / 1000)}, of the ${episodeRule.opensAfterMinutes} min that would count`;
    case "gpu-hours":
      return `${where} for ${duration((minutes * MINUTE_MS) / 1000)}: ${gpuHours(hours)}, of the ${number(episodeRule.listedGpuHours)} that would count`;
  }
}

const upperFirst = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
const lowerFirst = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);
