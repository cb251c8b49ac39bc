import { type Board, CALM } from "../board/rows.js";
import { metrics } from "../metrics/index.js";
import { mean } from "../statistics/index.js";
import { rounded } from "../units/rounded.js";
import { alarmsOf, bestThreshold } from "./alarms.js";
import type { FaultEffect } from "./fault-effects.js";
import type { Promises } from "./promises.js";
import { rankWorld } from "./rank.js";
import type { World } from "./world.js";

const isOdd = ({ seed }: { readonly seed: number }) => seed % 2 === 1;

/**
 * What the worlds, and the faults of their telemetry, say of the metrics, the diagnosis and the plan. Cuts are tuned on the named scenarios of the odd
 * seeds, unless they are given, and held against the even ones.
 *
 * @param thresholds cuts by metric that were tuned before
 */
export function boardOf(
  worlds: readonly World[],
  {
    effects = [],
    promises = [],
  }: { readonly effects?: readonly FaultEffect[]; readonly promises?: readonly Promises[] } = {},
  thresholds: ReadonlyMap<string, number> = tune(worlds),
): Board {
  const idOf = ({ scenario, random, seed }: World) => ({ scenario, random, seed });
  return {
    scores: worlds.flatMap((world) =>
      rankWorld(
        world,
        worlds.find(({ scenario, seed }) => scenario === CALM && seed === world.seed),
      ),
    ),
    alarms: worlds
      .filter((world) => !isOdd(world))
      .flatMap((world) =>
        world.measured.flatMap(({ metric }) => {
          const threshold = thresholds.get(metric);
          return threshold === undefined ? [] : [alarmsOf(world, metric, threshold)];
        }),
      ),
    causes: worlds.flatMap((world) =>
      world.causes.map(({ truth, verdict, gpuHours }) => ({
        ...idOf(world),
        truth,
        verdict,
        gpu_hours: rounded(gpuHours),
      })),
    ),
    states: worlds.flatMap((world) =>
      world.states.map(({ state, truth, verdict }) => ({
        ...idOf(world),
        state,
        truth_gpu_hours: rounded(truth),
        verdict_gpu_hours: rounded(verdict),
      })),
    ),
    named: worlds.flatMap((world) => world.named.map((one) => ({ ...idOf(world), ...one }))),
    plan: worlds.flatMap((world) =>
      world.planInputs.map(({ nodegroup, truth, verdict }) => ({
        ...idOf(world),
        nodegroup,
        truth_jobs: truth.jobs,
        verdict_jobs: verdict.jobs,
        truth_gpu_hours: rounded(truth.gpuHours),
        verdict_gpu_hours: rounded(verdict.gpuHours),
        truth_wait_p95_seconds: truth.waitP95Seconds,
        verdict_wait_p95_seconds: verdict.waitP95Seconds,
      })),
    ),
    promises: promises.flatMap(({ scenario, seed, waits }) =>
      waits.map((wait) => ({
        scenario,
        random: false,
        seed,
        nodegroup: wait.nodegroup,
        nodes_now: wait.nodesNow,
        nodes_to_add: wait.nodesToAdd,
        target_seconds: wait.targetSeconds,
        promised_p95_seconds: roundedOrNull(wait.promised),
        promised_lower_seconds: roundedOrNull(wait.lower),
        promised_upper_seconds: roundedOrNull(wait.upper),
        simulated_p95_seconds: roundedOrNull(wait.simulated),
      })),
    ),
    removals: promises.flatMap(({ scenario, seed, actions }) =>
      actions.map(({ action, place, whatIf, behind, removed }) => ({
        scenario,
        random: false,
        seed,
        action,
        place,
        what_if: whatIf,
        behind_gpu_hours: roundedOrNull(behind),
        removed_gpu_hours: roundedOrNull(removed),
      })),
    ),
    faults: effects.flatMap(({ scenario, seed, fault, join, failing, metrics }) =>
      metrics.map(({ metric, hours, moved, changed }) => ({
        scenario,
        random: false,
        seed,
        fault,
        join,
        failing: failing.join(" "),
        metric,
        hours,
        moved: rounded(moved),
        changed,
      })),
    ),
    levels: worlds
      .filter(({ random }) => !random)
      .flatMap((world) => levelsOf(world).map((level) => ({ ...idOf(world), ...level }))),
  };
}

const roundedOrNull = (value: number | null) => (value === null ? null : rounded(value));

function tune(worlds: readonly World[]): Map<string, number> {
  const odd = worlds.filter((world) => isOdd(world) && !world.random);
  const metrics = new Set(worlds.flatMap(({ measured }) => measured.map(({ metric }) => metric)));
  const found = [...metrics].map((metric) => [metric, bestThreshold(odd, metric)] as const);
  return new Map(found.filter((one): one is [string, number] => one[1] !== undefined));
}

function levelsOf({ labels, measured }: World) {
  const nodegroups = [...new Set(labels.map(({ nodegroup }) => nodegroup))];
  return measured.flatMap(({ metric, values }) => {
    const { concern } = metrics.find(({ name }) => name === metric)!.anchors;
    return nodegroups.map((nodegroup) => {
      const here = values.filter((_, i) => labels[i]!.nodegroup === nodegroup);
      const level = mean(here);
      const high = here.filter((value) => value !== null && value >= concern);
      return {
        metric,
        nodegroup,
        mean: level === undefined ? null : rounded(level),
        concern_share: rounded(high.length / here.length),
      };
    });
  });
}
