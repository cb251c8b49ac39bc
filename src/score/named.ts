import type { Diagnosis } from "../diagnosis/diagnose.js";
import { episodeRule } from "../diagnosis/episodes.js";
import { material } from "../diagnosis/headline.js";
import { heldGpuHours } from "../diagnosis/supply.js";
import { gangGpuHours } from "../diagnosis/waste.js";
import { originOf } from "../scenario/origin.js";
import { lostWork } from "../simulation/lost-work.js";
import type { Simulation } from "../simulation/simulate.js";
import { supplyTruth } from "../telemetry/supply-truth.js";
import { TruthWindows } from "../telemetry/truth-windows.js";
import { waitingTruth } from "../telemetry/waiting-truth.js";
import { HOUR_MS } from "../units/time.js";

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

/** What is worth naming, as a share of the GPU-hours held; pods that do not run yet, and work in vain, as idle ones. */
const shareOf = {
  idle: material.idleShare,
  stalled: material.stalledShare,
  starting: material.idleShare,
  lost: material.idleShare,
} as const;

/** Whether the diagnosis names what a scenario injects, where it does, by the thresholds that make a headline. */
export function namedCauses(simulation: Simulation, diagnosis: Diagnosis): Named[] {
  const { scenario } = simulation;
  const whole = new TruthWindows(simulation, simulation.endMs - simulation.telemetryStartMs);
  const waits = waitingTruth(simulation, whole);
  const supply = supplyTruth(simulation, whole, originOf(scenario));
  const lost = lostWork(simulation);
  return scenario.injected.map(({ cause: injected, nodegroup }) => {
    const { gpuMs } = supply.find((row) => row.nodegroup === nodegroup)!;
    const seen = diagnosis.supply.find((row) => row.nodegroup === nodegroup)!;
    const nameOf = (amount: number, held: number, share: number) =>
      held > 0 && amount >= share * held ? injected : "nothing";
    if (injected === "idle" || injected === "stalled" || injected === "starting") {
      const name = (parts: typeof gpuMs | typeof seen) =>
        nameOf(parts[injected], heldGpuHours(parts), shareOf[injected]);
      return { nodegroup, injected, truth: name(gpuMs), verdict: name(seen) };
    }
    if (injected === "lost") {
      const truth = nameOf(lost.get(nodegroup)!, heldGpuHours(gpuMs), shareOf.lost);
      return {
        nodegroup,
        injected,
        truth,
        verdict: nameOf(seenLost(diagnosis, nodegroup), heldGpuHours(seen), shareOf.lost),
      };
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
function seenLost({ observed }: Diagnosis, nodegroup: string): number {
  return observed.started
    .filter((gang) => gang.lost && gang.nodegroup === nodegroup)
    .reduce((sum, gang) => sum + gangGpuHours(gang, observed), 0);
}

/** The cause that has most of what waited, as an episode's is found. */
function main(byCause: ReadonlyMap<string, number>): string {
  const total = [...byCause.values()].reduce((sum, gpuHours) => sum + gpuHours, 0);
  if (total < episodeRule.listedGpuHours) return "nothing";
  const [cause, most] = [...byCause].reduce((a, b) => (b[1] > a[1] ? b : a));
  return most >= episodeRule.causeShare * total ? cause : "mixed";
}
