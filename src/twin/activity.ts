import { activities } from "../scenario/activities.js";
import type { ScenarioInput } from "../scenario/schema.js";
import type { Contract } from "../tables/contract.js";
import type { ActivityTrace } from "./traces.js";

type Activity = ScenarioInput["workloadClasses"][number]["activity"];

/** Work whose GPUs compute less than this share of the time, seen for so long, is left idle. */
const QUIET = { activeBelow: 0.05, fromHours: 2 };

/** Whether a gang's GPUs hardly ever computed. */
export function isQuiet({ samples, active, gpus }: ActivityTrace, stepHours: number): boolean {
  return (samples / gpus) * stepHours >= QUIET.fromHours && active < QUIET.activeBelow * samples;
}

/** How work of which nothing is known drives a GPU. */
export const ASSUMED_ACTIVITY: Activity = activities.finetuning;

export interface SeenActivity extends ActivityTrace {
  /** Whether its beginning was seen, and how long its pods took to start, hours. */
  readonly startupHours: number | undefined;
  /** DCGM modelName of its GPUs. */
  readonly model: string | undefined;
}

/**
 * How gangs together drove their GPUs: means over the samples in which they computed, and how they took turns of
 * computing and idling. Undefined where nothing was seen of them.
 */
export function fitActivity(
  traces: readonly SeenActivity[],
  { gpuModels }: Pick<Contract, "gpuModels">,
  stepHours: number,
): Activity | undefined {
  const total = (of: (trace: SeenActivity) => number) => traces.reduce((sum, trace) => sum + of(trace), 0);
  const samples = total(({ samples }) => samples);
  const active = total(({ active }) => active);
  if (samples === 0) return undefined;
  /** Mean over the samples that computed; where no GPU exports it, what is assumed. */
  const average = (of: (trace: SeenActivity) => number | null | undefined, otherwise: number) => {
    let [sum, weight] = [0, 0];
    for (const trace of traces) {
      const value = of(trace);
      if (value === null || value === undefined || Number.isNaN(value)) continue;
      sum += value * trace.active;
      weight += trace.active;
    }
    return weight === 0 ? otherwise : sum / weight;
  };
  // What never computed was not loading all the time.
  const begun = traces.filter(({ startupHours, active }) => startupHours !== undefined && active > 0);
  const loadHours =
    begun.reduce((sum, { loading, gpus, startupHours }) => {
      return sum + Math.max(0, (loading / gpus) * stepHours - startupHours!);
    }, 0) / Math.max(1, begun.length);
  const afterLoading = samples - total(({ loading, active }) => (active > 0 ? loading : 0));
  const turns = total(({ turns }) => turns);
  const clamp = (value: number) => Math.min(1, Math.max(0, round(value)));
  return {
    gpuUtilPercent: Math.min(100, round(average(({ util }) => util, ASSUMED_ACTIVITY.gpuUtilPercent))),
    grEngineActive: clamp(average(({ engine }) => engine, ASSUMED_ACTIVITY.grEngineActive)),
    tensorActive: clamp(average(({ tensor }) => tensor, ASSUMED_ACTIVITY.tensorActive)),
    dramActive: clamp(average(({ dram }) => dram, ASSUMED_ACTIVITY.dramActive)),
    powerShare: clamp(
      average(({ watts, model }) => {
        const known = model === undefined ? undefined : gpuModels[model];
        if (!known || watts === null) return undefined;
        return (watts - known.idleWithContextWatts) / (known.tdpWatts - known.idleWithContextWatts);
      }, ASSUMED_ACTIVITY.powerShare),
    ),
    memoryShare: clamp(average(({ memory }) => memory, ASSUMED_ACTIVITY.memoryShare)),
    dutyShare: afterLoading > 0 ? clamp(active / afterLoading) : 0,
    cycleMinutes: round(Math.max(1, (afterLoading * stepHours * 60) / Math.max(1, turns))),
    loadMinutes: round(loadHours * 60),
  };
}

const round = (value: number) => Number(value.toPrecision(4));
