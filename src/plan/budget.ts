import type { Diagnosis } from "../diagnosis/diagnose.js";
import { headline, unseen } from "../diagnosis/headline.js";
import { hiddenText } from "../diagnosis/hidden-words.js";
import { placeText } from "../diagnosis/place.js";
import { type Hidden, isHidden } from "../join/hidden.js";
import { HEADROOM_SHARE } from "../metrics/imbalance.js";
import type { Interval } from "../statistics/index.js";
import { dollars, duration, gpuHours, list, number, percent, plural } from "../units/format.js";
import { DAY_MS, HOUR_MS } from "../units/time.js";
import { opensForFree } from "./actions.js";
import { MONTH_HOURS } from "./capacity.js";
import type { Plan } from "./plan.js";
import { meanOf, type Simulated, type SimulatedPlan, simulatedRemoval } from "./simulated.js";

/** What a budget meeting has to know, in numbers. */
export interface Budget {
  readonly waitedGpuHours: number;
  readonly whileFree: { readonly lower: number; readonly upper: number } | undefined;
  /** Waited while enough GPUs were free, but apart: in the upper end alone. */
  readonly apartGpuHours: number;
  /** Whether waiting was seen at all. */
  readonly known: boolean;
  /** What may have waited besides, and is not counted. */
  readonly hidden: Hidden;
  /** Changes that cost nothing, and the GPU-hours that waited behind what they open. */
  readonly free: { readonly changes: number; readonly gpuHours: number };
  /** Nodes that the target takes from nodegroups that can spare them. */
  readonly moved: number;
  /** What only money mends. */
  readonly buys: readonly {
    readonly nodegroup: string;
    readonly nodes: number;
    readonly usdPerMonth: number;
    /** Waited there for capacity. */
    readonly gpuHours: number;
  }[];
  /** Nodegroups of which the plan cannot tell what they need. */
  readonly unknown: readonly string[];
  /** Held and idle, or stalled, at list price; whose it is, most first. */
  readonly idle: Quiet;
  readonly stalled: Quiet;
  /** What stood free beyond a headroom, at list price, where that is the finding. */
  readonly slackUsdPerMonth: number;
}

interface Quiet {
  readonly usdPerMonth: number;
  readonly owners: readonly string[];
}

export function budget(diagnosis: Diagnosis, plan: Plan): Budget {
  const { observed, owners, supply } = diagnosis;
  const scale = MONTH_HOURS / ((observed.ticks * observed.stepMs) / HOUR_MS);
  const free = plan.actions.filter(opensForFree);
  const price = new Map(observed.contract.nodegroups.map((n) => [n.name, n.usdPerGpuHour]));
  const holding = (state: "idle" | "stalled") =>
    owners
      .filter((owner) => owner[state] > 0)
      .sort((a, b) => b[state] - a[state])
      .map((owner) => owner.owner);
  return {
    waitedGpuHours: diagnosis.waitingGpuHours,
    whileFree: diagnosis.whileFree,
    apartGpuHours: diagnosis.byCause.fragmentation,
    known: unseen(diagnosis).every((source) => source === "DCGM"),
    hidden: diagnosis.hidden,
    free: { changes: free.length, gpuHours: free.reduce((sum, action) => sum + action.gpu_hours_behind!, 0) },
    moved: plan.actions.reduce((sum, { action, nodes }) => sum + (action === "move" ? nodes! : 0), 0),
    buys: plan.actions
      .filter((action) => action.action === "add")
      .map((action) => ({
        nodegroup: action.place,
        nodes: action.nodes!,
        usdPerMonth: action.usd_per_month,
        gpuHours: action.gpu_hours_behind ?? 0,
      })),
    unknown: plan.capacity.filter((row) => row.estimable !== "yes").map((row) => row.nodegroup),
    idle: { usdPerMonth: owners.reduce((sum, owner) => sum + owner.usdIdle, 0) * scale, owners: holding("idle") },
    stalled: {
      usdPerMonth: supply.reduce((sum, row) => sum + row.stalled * price.get(row.nodegroup)!, 0) * scale,
      owners: holding("stalled"),
    },
    slackUsdPerMonth:
      headline(diagnosis).kind === "slack"
        ? supply.reduce(
            (sum, row) => sum + Math.max(0, row.free - HEADROOM_SHARE * row.paid) * price.get(row.nodegroup)!,
            0,
          ) * scale
        : 0,
  };
}

/**
 * The sentence for a budget meeting: what waited and why, what costs nothing, what only buying mends, what lies idle.
 *
 * @param simulated what a simulator found of the plan: a second sentence says which of the free changes keep their word
 */
export function budgetSentence(
  { diagnosis, period }: { readonly diagnosis: Diagnosis; readonly period: string },
  plan: Plan,
  simulated: SimulatedPlan | null = null,
): string {
  const found = budget(diagnosis, plan);
  const { ticks, stepMs } = diagnosis.observed;
  const isWeek = ticks * stepMs === 7 * DAY_MS;
  const when = `${isWeek ? "In the week of" : "Over"} ${period}`;
  return `${when} ${waitedText(found)}. ${changesText(found, plan.targetSeconds)}${quietText(found)}.${triedText(plan, simulated)}`;
}

/** Which free changes remove waiting when they are simulated, which add to it, and of which neither is shown. */
function triedText({ actions }: Pick<Plan, "actions">, simulated: SimulatedPlan | null): string {
  const removes: string[] = [];
  const adds: string[] = [];
  const unclear: string[] = [];
  for (const action of actions.filter(opensForFree)) {
    const found = simulatedRemoval(simulated, action);
    if (found.kind !== "simulated") continue;
    const name = `"${action.what_if}"`;
    const { estimate, lower, upper } = meanOf(found.simulated) ?? onlyOne(found.simulated);
    if (lower > 0) removes.push(`${name} removes ${gpuHours(Math.round(estimate))}${boundsText(lower, upper)}`);
    else (upper < 0 ? adds : unclear).push(name);
  }
  const givenBack = actions.flatMap((action) => {
    const found = action.action === "free" ? simulatedRemoval(simulated, action) : undefined;
    if (found?.kind !== "simulated") return [];
    const { estimate, upper } = meanOf(found.simulated) ?? onlyOne(found.simulated);
    return upper < 0 ? [`"${action.what_if}" adds ${gpuHours(Math.round(-estimate))} of waiting`] : [];
  });
  const them = (names: readonly string[]) => (names.length === 1 ? "it" : "them");
  const parts = [
    ...(removes.length > 0 ? [list(removes)] : []),
    ...(adds.length > 0
      ? [`${list(adds)} ${adds.length === 1 ? "adds" : "add"} to what waits: leave ${them(adds)}`]
      : []),
    ...(unclear.length > 0 ? [`${list(unclear)} ${unclear.length === 1 ? "is" : "are"} not shown to remove any`] : []),
    ...(givenBack.length > 0 ? [`of what the plan gives back, ${list(givenBack)} where nothing else is changed`] : []),
  ];
  return parts.length === 0 ? "" : ` Simulated, each by itself, ${parts.join("; ")}.`;
}

/** A single seed has no interval: what it shows is taken as it is. */
function onlyOne({ isOwn, own, others }: Simulated): Interval {
  const value = (isOwn ? own : others[0]) ?? 0;
  return { estimate: value, lower: value, upper: value };
}

const boundsText = (lower: number, upper: number): string =>
  lower === upper ? "" : ` (${number(Math.round(lower))} to ${number(Math.round(upper))})`;

/** From this share of the waiting on it is said what stretches its bounds. */
const SAID_SHARE = 0.2;

function waitedText({ waitedGpuHours, whileFree, apartGpuHours, known, hidden }: Budget): string {
  if (whileFree === undefined || waitedGpuHours === 0) {
    if (!known) return "it was not seen what waited";
    return isHidden(hidden) ? `how much waited is not known: ${hiddenText(hidden)}` : "no job waited";
  }
  const [lower, upper] = [percent(whileFree.lower), percent(whileFree.upper)];
  const share = lower === upper ? upper : `${lower} to ${upper}`;
  const apart =
    apartGpuHours >= SAID_SHARE * waitedGpuHours
      ? ` (the upper end counts ${gpuHours(apartGpuHours)} for which enough were free, but apart)`
      : "";
  const least = known && !isHidden(hidden) ? "" : "at least ";
  const more = isHidden(hidden) ? `. More may have waited: ${hiddenText(hidden)}` : "";
  return `jobs waited ${least}${gpuHours(waitedGpuHours)}; ${share} of it while compatible, healthy GPUs were free${apart}${more}`;
}

function changesText(
  { waitedGpuHours, free, moved, buys, unknown, known, hidden }: Budget,
  targetSeconds: number,
): string {
  const nodes = buys.reduce((sum, buy) => sum + buy.nodes, 0);
  const usd = buys.reduce((sum, buy) => sum + buy.usdPerMonth, 0);
  const short = buys.reduce((sum, buy) => sum + buy.gpuHours, 0);
  const places = list(buys.map((buy) => buy.nodegroup));
  const target = `a p95 wait of ${duration(targetSeconds)}`;
  const rest = unknown.length > 0 ? `; what ${target} takes in ${placeText(unknown)} is not known` : "";
  const needs =
    moved > 0
      ? `${target} takes ${plural(moved, "node")} moved and none bought`
      : `nothing has to be bought for ${target}`;
  const isAll = known && !isHidden(hidden);
  const none = !isAll
    ? "Whether anything has to be changed is not known"
    : waitedGpuHours > 0 || moved > 0
      ? "No free change has enough behind it to be worth making"
      : "Nothing has to be changed";
  const first =
    free.changes > 0
      ? `${gpuHours(free.gpuHours)} of it waited behind what ${plural(free.changes, "change")} at no cost would open`
      : none;
  if (buys.length === 0) {
    if (rest !== "") return `${first}${rest}`;
    if (moved > 0 && free.changes === 0 && waitedGpuHours === 0) return needs.charAt(0).toUpperCase() + needs.slice(1);
    return `${first}${free.changes > 0 ? ";" : ", and"} ${needs}`;
  }
  const behind = short > 0 ? ` (${gpuHours(short)} waited for capacity there)` : "";
  return `${first}; ${target} takes ${plural(nodes, "node")} more in ${places}, at ${dollars(Math.round(usd))} a month${behind}${rest}`;
}

/** Who holds something, most first, in few words. */
export const handsText = (owners: readonly string[]): string =>
  `the hands of ${owners.length <= 2 ? list(owners) : `${owners[0]} and ${owners.length - 1} others`}`;

/** Dollars a month of GPUs that are held and idle, and in whose hands. */
export const idleText = ({ usdPerMonth, owners }: Quiet): string =>
  `${dollars(Math.round(usdPerMonth))} a month sits idle in ${handsText(owners)}`;

function quietText({ idle, stalled, slackUsdPerMonth }: Budget): string {
  const parts = [
    ...(slackUsdPerMonth >= 1
      ? [`${dollars(Math.round(slackUsdPerMonth))} a month stands free beyond a headroom of ${percent(HEADROOM_SHARE)}`]
      : []),
    ...(idle.usdPerMonth >= 1 ? [idleText(idle)] : []),
    ...(stalled.usdPerMonth >= 1
      ? [`${dollars(Math.round(stalled.usdPerMonth))} a month is busy but starved in ${handsText(stalled.owners)}`]
      : []),
  ];
  return parts.length === 0 ? "" : `, while ${list(parts)}`;
}
