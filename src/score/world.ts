import { openDataset } from "../dataset/open.js";
import { type Diagnosis, diagnose } from "../diagnosis/diagnose.js";
import { walkWaiting } from "../diagnosis/walk.js";
import { observe } from "../join/observe.js";
import { rollUp } from "../join/roll-up.js";
import { metrics } from "../metrics/index.js";
import { originOf } from "../scenario/origin.js";
import type { Simulation } from "../simulation/simulate.js";
import { supplyStates, supplyTruth } from "../telemetry/supply-truth.js";
import { TruthWindows } from "../telemetry/truth-windows.js";
import { waitingTruth } from "../telemetry/waiting-truth.js";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../units/time.js";
import { Confusion } from "./confusion.js";
import { type Label, labels } from "./labels.js";
import { type Named, namedCauses } from "./named.js";
import { type PlanInput, planInputs } from "./plan-inputs.js";
import { type WorldChoice, withWrittenWorld } from "./written-world.js";

/** Length of the windows on which metrics are held against the truth: those of the heatmaps. */
const WINDOW_MS = HOUR_MS;
/** Length of the windows on which causes are: those on which episodes are found. */
const CAUSE_WINDOW_MS = 5 * MINUTE_MS;

/** A world to score. */
export interface WorldJob extends WorldChoice {
  /** Whether it was drawn and not designed. */
  readonly random: boolean;
  /** Names of the metrics; all unless told. */
  readonly metrics?: readonly string[];
}

/** What a metric said of each label's nodegroup and window; null where it is undefined. */
export interface Measured {
  readonly metric: string;
  readonly values: readonly (number | null)[];
}

/** A world as the simulator knows it, and as metrics and diagnosis see it. */
export interface World {
  readonly scenario: string;
  readonly random: boolean;
  readonly seed: number;
  readonly labels: readonly Label[];
  readonly measured: readonly Measured[];
  /** GPU-hours that waited, by true and by diagnosed cause. */
  readonly causes: ReturnType<Confusion["cells"]>;
  /** GPU-hours that are paid for, by state, true and diagnosed. */
  readonly states: readonly { readonly state: string; readonly truth: number; readonly verdict: number }[];
  /** What the scenario puts out of balance, as the simulator and the diagnosis name it. */
  readonly named: readonly Named[];
  /** What the capacity plan is made from. */
  readonly planInputs: readonly PlanInput[];
}

/**
 * Simulates a world, writes what Prometheus would have scraped, reads it back as an analyst who knows nothing of the
 * simulation, and sets beside it what the simulator knows.
 */
export function measureWorld({ random, metrics: names, ...choice }: WorldJob): Promise<World> {
  return withWrittenWorld(choice, async ({ simulation, moments, folder }) => {
    const { scenario, seed } = choice;
    const dataset = await openDataset(folder, { threads: 1 });
    try {
      const observed = await observe(dataset);
      const rows = rollUp(observed, WINDOW_MS / SECOND_MS);
      const windows = new TruthWindows(simulation, WINDOW_MS);
      const diagnosis = diagnose(observed);
      const found = labels(simulation, moments, windows);
      const originMs = originOf(scenario);
      const at = new Map(rows.map((row, i) => [`${row.window_start}/${row.nodegroup}`, i]));
      const rowOf = ({ window, nodegroup }: Label) => at.get(`${originMs + windows.startMs(window)}/${nodegroup}`);
      return {
        scenario: scenario.name,
        random,
        seed,
        labels: found,
        measured: metrics
          .filter(({ name }) => names === undefined || names.includes(name))
          .map((metric) => {
            const values = metric.measure(rows);
            return { metric: metric.name, values: found.map((label) => values[rowOf(label) ?? -1] ?? null) };
          }),
        causes: confusedCauses(simulation, observed.startMs, [...walkWaiting(observed)], observed.stepMs),
        states: confusedStates(simulation, diagnosis),
        named: namedCauses(simulation, diagnosis),
        planInputs: planInputs(simulation, observed),
      };
    } finally {
      dataset.close();
    }
  });
}

function confusedCauses(
  simulation: Simulation,
  startMs: number,
  walk: readonly { tick: number; clusterQueue: string; cause: string; gpus: number }[],
  stepMs: number,
): World["causes"] {
  const windows = new TruthWindows(simulation, CAUSE_WINDOW_MS);
  const truth = new Map<string, Map<string, number>>();
  const verdict = new Map<string, Map<string, number>>();
  const add = (to: typeof truth, window: number, queue: string, cause: string, gpuHours: number) => {
    const key = `${window}/${queue}`;
    const shares = to.get(key) ?? new Map<string, number>();
    to.set(key, shares);
    shares.set(cause, (shares.get(cause) ?? 0) + gpuHours);
  };
  for (const { window, clusterQueue, gpuMs } of waitingTruth(simulation, windows))
    for (const [cause, ms] of Object.entries(gpuMs)) if (ms > 0) add(truth, window, clusterQueue, cause, ms / HOUR_MS);
  const datasetStartMs = originOf(simulation.scenario) + simulation.telemetryStartMs;
  for (const { tick, clusterQueue, cause, gpus } of walk) {
    const window = Math.floor((startMs + tick * stepMs - datasetStartMs) / CAUSE_WINDOW_MS);
    add(verdict, window, clusterQueue, cause, (gpus * stepMs) / HOUR_MS);
  }
  const confusion = new Confusion();
  const none = new Map<string, number>();
  for (const key of new Set([...truth.keys(), ...verdict.keys()]))
    confusion.add(truth.get(key) ?? none, verdict.get(key) ?? none);
  return confusion.cells();
}

function confusedStates(simulation: Simulation, { fleet }: Diagnosis): World["states"] {
  const truth = supplyTruth(simulation, new TruthWindows(simulation, HOUR_MS), originOf(simulation.scenario));
  const verdict = {
    useful: fleet.useful,
    starting: fleet.starting,
    stalled: fleet.stalled,
    idle: fleet.idle,
    unallocated: fleet.free,
    "out-of-service": fleet.outOfService,
    absent: fleet.absent,
  };
  return supplyStates.map((state) => ({
    state,
    truth: truth.reduce((sum, { gpuMs }) => sum + gpuMs[state], 0) / HOUR_MS,
    verdict: verdict[state],
  }));
}
