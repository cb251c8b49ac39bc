import { type Hidden, isHidden, isHiddenAt } from "../join/hidden.js";
import { HEADROOM_SHARE, imbalance } from "../metrics/imbalance.js";
import { gpuHours, list, number, percent } from "../units/format.js";
import type { Cause } from "./cause.js";
import { causeWords } from "./cause-words.js";
import type { Diagnosis, Episode } from "./diagnose.js";
import { mainCause } from "./episodes.js";
import { hiddenShort, hiddenText, leastText } from "./hidden-words.js";
import { placeText, unmetAt } from "./place.js";
import { type QuietOwner, quietOwners } from "./quiet-owners.js";
import { heldGpuHours } from "./supply.js";
import { type When, when, whenText } from "./when.js";

/** From when on a place is worth a headline. Field convention, argued in RFC 0001. */
export const material = {
  /** GPU-hours that waited in its episodes, as a share of those paid for there. */
  waitedShare: 0.02,
  /** Stalled GPU-hours, as a share of those held there. */
  stalledShare: 0.1,
  /** Idle GPU-hours, as a share of those held there. */
  idleShare: 0.1,
  /** Free GPU-hours of the whole fleet, as a share of those paid for: imbalance that would be severe, beyond headroom. */
  slackShare: HEADROOM_SHARE + imbalance.anchors.severe,
  /** A source that was seen for a smaller share of the time cannot say that all is well. */
  seenShare: 0.5,
};

/** Demand that one nodegroup, or a set of them that the same queues may use, did not serve. */
export interface Shortage {
  readonly kind: "shortage";
  readonly nodegroups: readonly string[];
  readonly cause: Cause | "mixed";
  /** Waited there in its episodes. */
  readonly gpuHours: number;
  /** Of these, what waited for the cause; for "mixed" all of it. */
  readonly causeGpuHours: number;
  /** As a share of the GPU-hours paid for there. */
  readonly share: number;
  /** GPU-hours out of service there, as a share of those paid for. */
  readonly outOfServiceShare: number;
  readonly episodes: number;
  readonly when: When;
  /** More may have waited there: some pending or admitted work is not counted. */
  readonly isLeast: boolean;
}

/** GPUs that were held and did nothing. */
export interface Quiet {
  readonly kind: "stalled" | "idle";
  readonly nodegroup: string;
  readonly gpuHours: number;
  /** As a share of the GPU-hours held there. */
  readonly share: number;
  /** Whose they were, most first. */
  readonly owners: readonly QuietOwner[];
}

export type Alarm = Shortage | Quiet;
export type Source = "Kueue" | "kube-state-metrics" | "DCGM";

/** The one thing that a diagnosis has to say. */
export type Finding =
  | (Alarm & { readonly others: number })
  | {
      readonly kind: "balanced";
      readonly waitingGpuHours: number;
      readonly paidGpuHours: number;
      /** DCGM was missing: whether GPUs were idle or stalled is not known. */
      readonly blind: boolean;
    }
  | {
      /** Nothing is known to be short, but not all that waited is known. */
      readonly kind: "unknown";
      readonly waitingGpuHours: number;
      readonly hidden: Hidden;
    }
  | {
      /** Nothing is short, and far more is free than a headroom. */
      readonly kind: "slack";
      readonly freeGpuHours: number;
      readonly paidGpuHours: number;
      /** Where most of it is free. */
      readonly nodegroup: string;
    }
  | { readonly kind: "no-data"; readonly missing: readonly Source[] };

/** The finding with most GPU-hours; balance only where it was seen. */
export function headline(diagnosis: Diagnosis): Finding {
  const [worst, ...others] = alarms(diagnosis);
  if (worst !== undefined) return { ...worst, others: others.length };
  const missing = unseen(diagnosis);
  const blind = missing.includes("DCGM");
  const needed = missing.filter((source) => source !== "DCGM");
  if (needed.length > 0) return { kind: "no-data", missing: needed };
  const { fleet, supply, waitingGpuHours, hidden } = diagnosis;
  if (isHidden(hidden)) return { kind: "unknown", waitingGpuHours, hidden };
  if (fleet.free >= material.slackShare * fleet.paid) {
    const { nodegroup } = supply.reduce((most, row) => (row.free > most.free ? row : most));
    return { kind: "slack", freeGpuHours: fleet.free, paidGpuHours: fleet.paid, nodegroup };
  }
  return { kind: "balanced", waitingGpuHours, paidGpuHours: fleet.paid, blind };
}

/** Everything that is worth a headline, most GPU-hours first. */
export function alarms(diagnosis: Diagnosis): Alarm[] {
  return [...shortages(diagnosis), ...quiet(diagnosis, "stalled"), ...quiet(diagnosis, "idle")].sort(
    (a, b) => b.gpuHours - a.gpuHours,
  );
}

/** Sources that were silent for most of the time. */
export function unseen({ observed }: Pick<Diagnosis, "observed">): Source[] {
  const { coverage, contract } = observed;
  const share = (series: Iterable<number>) => {
    let [seen, ticks] = [0, 0];
    for (const value of series) {
      seen += value > 0 ? value : 0;
      ticks++;
    }
    return ticks > 0 ? seen / ticks : 0;
  };
  const paid = contract.nodegroups.reduce((sum, { gpusPaid }) => sum + gpusPaid, 0);
  const dcgm = contract.nodegroups.reduce((sum, n) => sum + n.gpusPaid * share(coverage.dcgm[n.name] ?? []), 0);
  const shares: [Source, number][] = [
    ["Kueue", share(coverage.kueue)],
    ["kube-state-metrics", share(coverage.kubeState)],
    ["DCGM", paid > 0 ? dcgm / paid : 0],
  ];
  return shares.filter(([, seen]) => seen < material.seenShare).map(([source]) => source);
}

function shortages(diagnosis: Diagnosis): Shortage[] {
  return byPlace(diagnosis.episodes).flatMap((episodes): Shortage[] => {
    const { nodegroups } = episodes[0]!;
    const waited = episodes.reduce((sum, episode) => sum + episode.gpuHours, 0);
    const here = diagnosis.supply.filter((row) => nodegroups.includes(row.nodegroup));
    const paid = here.reduce((sum, row) => sum + row.paid, 0);
    const outOfServiceShare = here.reduce((sum, row) => sum + row.outOfService, 0) / paid;
    if (waited < material.waitedShare * paid) return [];
    const isLeast = isHiddenAt(diagnosis.observed, diagnosis.hidden, nodegroups);
    const found = shortageAt(diagnosis, episodes);
    return [{ kind: "shortage", nodegroups, ...found, share: waited / paid, outOfServiceShare, isLeast }];
  });
}

/** What the episodes of one place add up to. */
export function shortageAt(
  diagnosis: Diagnosis,
  episodes: readonly Episode[],
): Pick<Shortage, "cause" | "gpuHours" | "causeGpuHours" | "episodes" | "when"> {
  const waited = episodes.reduce((sum, episode) => sum + episode.gpuHours, 0);
  const byCause = new Map<Cause, number>();
  for (const episode of episodes)
    for (const each of episode.byCause) byCause.set(each.cause, (byCause.get(each.cause) ?? 0) + each.gpuHours);
  const cause = mainCause(byCause) ?? "unknown";
  return {
    cause,
    gpuHours: waited,
    causeGpuHours: cause === "mixed" ? waited : (byCause.get(cause) ?? waited),
    episodes: episodes.length,
    when: whenWaited(diagnosis, episodes)!,
  };
}

/** The episodes of each place together, the place with most GPU-hours first. */
export function byPlace(episodes: readonly Episode[]): Episode[][] {
  const places = new Map<string, Episode[]>();
  for (const episode of episodes) {
    const key = episode.nodegroups.join("\n");
    places.set(key, [...(places.get(key) ?? []), episode]);
  }
  const waited = (some: readonly Episode[]) => some.reduce((sum, episode) => sum + episode.gpuHours, 0);
  return [...places.values()].sort((a, b) => waited(b) - waited(a));
}

function whenWaited(diagnosis: Diagnosis, episodes: readonly Episode[]): When | undefined {
  const { startMs, stepMs, ticks } = diagnosis.observed;
  const period = { startMs, endMs: startMs + stepMs * ticks };
  if (episodes.length === 1) return { kind: "span", startMs: episodes[0]!.startMs, endMs: episodes[0]!.endMs };
  const stretches = unmetAt(diagnosis, episodes[0]!.nodegroups)
    .filter((window) => episodes.some((each) => window.startMs >= each.startMs && window.endMs <= each.endMs))
    .map(({ startMs, endMs, waiting }) => ({ startMs, endMs, amount: (waiting ?? 0) * (endMs - startMs) }));
  return when(stretches, period) ?? { kind: "throughout" };
}

function quiet({ observed, supply }: Diagnosis, kind: "stalled" | "idle"): Quiet[] {
  const least = kind === "stalled" ? material.stalledShare : material.idleShare;
  return supply.flatMap((row): Quiet[] => {
    const held = heldGpuHours(row);
    const share = row[kind] / held;
    if (!(held > 0 && share >= least)) return [];
    const { nodegroup } = row;
    return [{ kind, nodegroup, gpuHours: row[kind], share, owners: quietOwners(observed, kind, nodegroup) }];
  });
}

const MOST_LETTERS = 140;

/** A finding as one line for the terminal: at most 140 letters, without a full stop. */
export function headlineText(finding: Finding): string {
  const [first, ...shorter] = candidates(finding);
  const fitting = [first!, ...shorter].find((line) => line.length <= MOST_LETTERS);
  return fitting ?? `${shorter.at(-1) ?? first!}`.slice(0, MOST_LETTERS - 1).concat("…");
}

/** The line in full, and then with less and less of it. */
function candidates(finding: Finding): string[] {
  switch (finding.kind) {
    case "shortage": {
      const { nodegroups, cause, gpuHours: waited } = finding;
      const what = `${causeWords(cause).state}: ${leastText(finding.isLeast)}${gpuHours(waited)} waited`;
      const place = placeText(nodegroups);
      return [`${place} ${what}, ${whenText(finding.when)}`, `${place} ${what}`];
    }
    case "stalled": {
      const { nodegroup, gpuHours: lost, share } = finding;
      const what = `${nodegroup} stalled: ${gpuHours(lost)} busy but starved, ${percent(share)} of those held`;
      return [`${what}, by ${ownersText(finding.owners)}`, what];
    }
    case "idle": {
      const { nodegroup, gpuHours: lost, share } = finding;
      const what = `${nodegroup} idle: ${gpuHours(lost)} held but unused, ${percent(share)} of those held`;
      return [`${what}, by ${ownersText(finding.owners)}`, what];
    }
    case "balanced": {
      const { waitingGpuHours: waited, paidGpuHours: paid } = finding;
      const of = waited === 0 ? `nothing waited of ${gpuHours(paid)}` : `${gpuHours(waited)} waited of ${number(paid)}`;
      const well = finding.blind
        ? "no nodegroup is short; without DCGM, idle GPUs are unknown"
        : "no nodegroup is short, stalled or idle";
      return [`In balance: ${of} paid for; ${well}`];
    }
    case "unknown": {
      const { waitingGpuHours: waited, hidden } = finding;
      const lead =
        waited > 0 ? `At least ${gpuHours(waited)} waited, how much more is not known` : "How much waited is not known";
      return [
        `${lead}: ${hiddenText(hidden)}`,
        `${lead}: ${hiddenShort(hidden)}`,
        `${lead}: ${hiddenShort(hidden, true)}`,
      ];
    }
    case "slack": {
      const { freeGpuHours: free, paidGpuHours: paid, nodegroup } = finding;
      const what = `Slack: ${gpuHours(free)} of ${number(paid)} paid for stood free`;
      return [`${what}, most in ${nodegroup}; no nodegroup is short`, what];
    }
    case "no-data":
      return [
        `Balance unknown: ${list(finding.missing)} ${finding.missing.length === 1 ? "was" : "were"} silent for most of the time`,
      ];
  }
}

/** "Research", "Research and Inference", or "Research and 3 others". */
export function ownersText(owners: readonly QuietOwner[]): string {
  if (owners.length === 0) return "unknown owners";
  if (owners.length <= 2) return list(owners.map(({ owner }) => owner));
  return `${owners[0]!.owner} and ${owners.length - 1} others`;
}
