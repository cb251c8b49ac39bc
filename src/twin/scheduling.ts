import type { Observed } from "../join/observed.js";
import type { ScenarioInput } from "../scenario/schema.js";
import { mean } from "../statistics/index.js";
import { SECOND_MS } from "../units/time.js";
import type { AttemptTrace } from "./traces.js";

/** Pods of a gang whose nodes come further apart than this were bound one by one. */
const APART_SECONDS = 60;
/** Share of the gangs of several pods that have to show it. */
const APART_SHARE = 0.02;
/** Choices of a node from which on a policy is told. */
const FEWEST_CHOICES = 30;

export interface Scheduling extends Pick<ScenarioInput, "placement" | "binding"> {
  readonly unknown: readonly string[];
}

/** How the scheduler chose nodes, from the choices that it made: no series says its settings. */
export function fitScheduling(attempts: readonly AttemptTrace[], observed: Observed): Scheduling {
  const unknown: string[] = [];
  const gangs = attempts.filter(({ pods }) => pods > 1);
  const apart = gangs.filter(
    (one) => one.placed < one.pods || one.scheduledSeconds - one.firstScheduledSeconds > APART_SECONDS,
  );
  const binding = gangs.length > 0 && apart.length > APART_SHARE * gangs.length ? "pod" : "gang";
  const ranks = choices(attempts, observed);
  const rank = mean(ranks);
  if (ranks.length < FEWEST_CHOICES || rank === undefined) {
    unknown.push("the scheduler's placement policy: too few choices to tell; taken as kube-scheduler's own, spread");
    return { placement: "spread", binding, unknown };
  }
  return { placement: rank > 2 / 3 ? "spread" : rank < 1 / 3 ? "pack" : "random", binding, unknown };
}

/**
 * For each pod that came alone while nodes that fit it were differently full: where the one that it got stands among
 * them, from 0 for the fullest to 1 for the emptiest.
 */
function choices(attempts: readonly AttemptTrace[], observed: Observed): number[] {
  const { startMs, stepMs, nodes } = observed;
  const homes = new Map(nodes.map((node) => [node.name, node]));
  const perTick = new Map<number, number>();
  const tickOf = ({ scheduledSeconds }: AttemptTrace) => Math.floor((scheduledSeconds * SECOND_MS - startMs) / stepMs);
  for (const one of attempts) perTick.set(tickOf(one), (perTick.get(tickOf(one)) ?? 0) + 1);
  return attempts.flatMap((one) => {
    const before = tickOf(one) - 1;
    // Others that came at the same time may have filled a node that still looks empty.
    if (one.pods !== 1 || before < 0 || perTick.get(before + 1)! > 2) return [];
    const mine = homes.get(one.node)?.free[before];
    const fits = nodes
      .filter(({ nodegroup }) => nodegroup === one.nodegroup)
      .map(({ free }) => free[before]!)
      .filter((free) => free >= one.gpusPerPod);
    if (mine === undefined || !(mine >= one.gpusPerPod) || Math.min(...fits) === Math.max(...fits)) return [];
    const fuller = fits.filter((free) => free < mine).length;
    const emptier = fits.filter((free) => free > mine).length;
    return [fuller / (fuller + emptier)];
  });
}
