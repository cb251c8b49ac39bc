import type { Diagnosis } from "../diagnosis/diagnose.js";
import { episodeRule } from "../diagnosis/episodes.js";
import { material } from "../diagnosis/headline.js";
import { heldGpuHours } from "../diagnosis/supply.js";
import { gpusOf } from "../join/shapes.js";
import { originOf } from "../scenario/origin.js";
import { lostWork } from "../simulation/lost-work.js";
import type { Simulation } from "../simulation/simulate.js";
import { supplyTruth } from "../telemetry/supply-truth.js";
import { TruthWindows } from "../telemetry/truth-windows.js";
import { waitingTruth } from "../telemetry/waiting-truth.js";
import { HOUR_MS, SECOND_MS } from "../units/time.js";

/** What is wrong at a nodegroup into which a scenario puts something, on the days that were looked at. */
export interface Named {
  readonly nodegroup: string;
  /** What the scenario puts there. */
  readonly injected: string;
  /** What the simulator says was there on those days: a cause or a state, "mixed", or "nothing" worth naming. */
  readonly truth: string;
  /** What the diagnosis says. */
  readonly verdict: string;
}

const isState = (cause: string): cause is "idle" | "stalled" => cause === "idle" || cause === "stalled";
const shareOf = { idle: material.idleShare, stalled: material.stalledShare } as const;
/** Work in vain that is worth naming, as a share of the GPU-hours held: as idle ones. */
const LOST_SHARE = material.idleShare;

/** Whether the diagnosis names what a scenario injects, where it does, by the thresholds that make a headline. */
export function namedCauses(simulation: Simulation, diagnosis: Diagnosis): Named[] {
  const { scenario } = simulation;
  const whole = new TruthWindows(simulation, simulation.endMs - simulation.telemetryStartMs);
  const waits = waitingTruth(simulation, whole);
  const supply = supplyTruth(simulation, whole, originOf(scenario));
  const lost = lostWork(simulation);
  return scenario.injected.map(({ cause: injected, nodegroup }) => {
    if (isState(injected)) {
      const { useful, starting, stalled, idle } = supply.find((row) => row.nodegroup === nodegroup)!.gpuMs;
      const row = diagnosis.supply.find((one) => one.nodegroup === nodegroup)!;
      const stateOf = (parts: Readonly<Record<"useful" | "starting" | "stalled" | "idle", number>>) => {
        const held = parts.useful + parts.starting + parts.stalled + parts.idle;
        return held > 0 && parts[injected] >= shareOf[injected] * held ? injected : "nothing";
      };
      return { nodegroup, injected, truth: stateOf({ useful, starting, stalled, idle }), verdict: stateOf(row) };
    }
    if (injected === "lost") {
      const { useful, starting, stalled, idle } = supply.find((row) => row.nodegroup === nodegroup)!.gpuMs;
      const inVain = lost.get(nodegroup)! >= LOST_SHARE * (useful + starting + stalled + idle);
      const row = diagnosis.supply.find((one) => one.nodegroup === nodegroup)!;
      const seen = seenLost(diagnosis, nodegroup) >= LOST_SHARE * heldGpuHours(row);
      return { nodegroup, injected, truth: inVain ? injected : "nothing", verdict: seen ? injected : "nothing" };
    }
    const truth = new Map<string, number>();
    for (const { gpuMs } of waits.filter((wait) => wait.nodegroup === nodegroup))
      for (const [cause, ms] of Object.entries(gpuMs)) truth.set(cause, (truth.get(cause) ?? 0) + ms / HOUR_MS);
    const verdict = new Map<string, number>();
    for (const wait of diagnosis.waiting.filter((one) => one.nodegroup === nodegroup))
      verdict.set(wait.cause, (verdict.get(wait.cause) ?? 0) + wait.gpuHours);
    return { nodegroup, injected, truth: main(truth), verdict: main(verdict) };
  });
}

/** GPU-hours that telemetry shows to have been lost at a nodegroup. */
function seenLost({ observed: { started, startMs } }: Diagnosis, nodegroup: string): number {
  return started
    .filter((gang) => gang.lost && gang.nodegroup === nodegroup)
    .reduce((sum, gang) => {
      const seconds = gang.endedSeconds! - Math.max(gang.scheduledSeconds, startMs / SECOND_MS);
      return sum + (gpusOf(gang) * Math.max(0, seconds)) / 3600;
    }, 0);
}

/** The cause that has most of what waited, as an episode's is found. */
function main(byCause: ReadonlyMap<string, number>): string {
  const total = [...byCause.values()].reduce((sum, gpuHours) => sum + gpuHours, 0);
  if (total < episodeRule.listedGpuHours) return "nothing";
  const [cause, most] = [...byCause].reduce((a, b) => (b[1] > a[1] ? b : a));
  return most >= episodeRule.causeShare * total ? cause : "mixed";
}
