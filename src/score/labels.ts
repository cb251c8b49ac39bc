import type { Scenario } from "../scenario/schema.js";
import { FreeRoom, type Room } from "../simulation/free-room.js";
import { asAdmitted, type WorkloadHistory } from "../simulation/history.js";
import { runSimulation, type Simulation } from "../simulation/simulate.js";
import { type CauseSpan, isDemand, waitingGpus } from "../simulation/truth.js";
import type { TruthWindows } from "../telemetry/truth-windows.js";
import { whereItCouldRun } from "../telemetry/waiting-truth.js";
import { MINUTE_MS } from "../units/time.js";

/** Waiting for less than this is the turn that arrivals wait for. RFC 0001. */
export const LONG_WAIT_MINUTES = 10;
/** From this many GPUs on, in the mean over a window, a nodegroup is short, or its demand recoverable. RFC 0001. */
export const LABEL_GPUS = 1;

/** What a metric should see at one nodegroup in one window, GPUs in the mean. */
export interface Label {
  readonly window: number;
  readonly nodegroup: string;
  /** Asked for by work that waits for LONG_WAIT_MINUTES or more and could run here. */
  readonly waiting: number;
  /** Of what such work asks for here first: what would find room, in its shape, on free nodes of able nodegroups elsewhere. */
  readonly recoverable: number;
}

/** What was free at an instant, and until the next. */
export interface Moment {
  readonly now: number;
  readonly free: Room;
}

/** Simulates a scenario and keeps what was free throughout [fromMs, toMs), ms since the simulation started. */
export function simulateWithMoments(
  scenario: Scenario,
  seed: number,
  fromMs: number,
  toMs: number,
): { simulation: Simulation; moments: Moment[] } {
  const moments: Moment[] = [];
  const simulation = runSimulation({
    scenario,
    seed,
    onSettled({ now, free }) {
      if (now >= toMs) return;
      // Of those before the span only the last counts: it still holds when the span begins.
      if (now <= fromMs) moments.length = 0;
      moments.push({ now, free: free.snapshot() });
    },
  });
  return { simulation, moments };
}

/** Work that waits long, over one of its causes' spans. */
interface LongWait extends CauseSpan {
  readonly history: WorkloadHistory;
  readonly gpus: number;
  /** Nodegroups that could run it, the first its home. */
  readonly couldRun: readonly string[];
}

/** The labels of an excerpt, window by window in the scenario's order of nodegroups. */
export function labels(simulation: Simulation, moments: readonly Moment[], windows: TruthWindows): Label[] {
  const names = simulation.scenario.nodegroups.map(({ name }) => name);
  const waiting = new Float64Array(windows.count * names.length);
  const recoverable = new Float64Array(windows.count * names.length);
  const add = (into: Float64Array, nodegroup: string, gpuCount: number, fromMs: number, toMs: number) => {
    for (const [window, ms] of windows.cut(fromMs, toMs))
      into[window * names.length + names.indexOf(nodegroup)]! += gpuCount * ms;
  };

  const waits = longWaits(simulation).sort(inWalkOrder);
  for (const wait of waits)
    for (const nodegroup of wait.couldRun) add(waiting, nodegroup, wait.gpus, wait.fromMs, wait.toMs);
  const elsewhere = new Elsewhere(simulation);
  moments.forEach(({ now, free }, i) => {
    const untilMs = moments[i + 1]?.now ?? simulation.endMs;
    const here = waits.filter((wait) => wait.fromMs <= now && now < wait.toMs);
    for (const wait of elsewhere.served(here, free)) add(recoverable, wait.couldRun[0]!, wait.gpus, now, untilMs);
  });

  return Array.from(waiting, (gpuMs, i) => {
    const window = Math.floor(i / names.length);
    const ms = windows.lengthMs(window);
    return {
      window,
      nodegroup: names[i % names.length]!,
      waiting: gpuMs / ms,
      recoverable: recoverable[i]! / ms,
    };
  });
}

/** All that waits in an excerpt for LONG_WAIT_MINUTES or more without a break, and asks for something that can be given. */
function longWaits({ scenario, workloads, waits, telemetryStartMs, endMs }: Simulation): LongWait[] {
  const couldRun = whereItCouldRun(scenario);
  return workloads.flatMap((history) => {
    const { workload } = history;
    return spells(waits[workload.id]!)
      .filter((spell) => spell.at(-1)!.toMs - spell[0]!.fromMs >= LONG_WAIT_MINUTES * MINUTE_MS)
      .flat()
      .filter(({ cause, fromMs, toMs }) => isDemand(cause) && fromMs < endMs && toMs > telemetryStartMs)
      .map((span) => ({
        ...span,
        history,
        gpus: waitingGpus(workload, span),
        couldRun: couldRun(workload, span.flavor),
      }));
  });
}

/** Spans that follow each other without a gap, together. */
function spells(spans: readonly CauseSpan[]): CauseSpan[][] {
  const found: CauseSpan[][] = [];
  for (const span of spans) {
    const last = found.at(-1);
    if (last !== undefined && last.at(-1)!.toMs === span.fromMs) last.push(span);
    else found.push([span]);
  }
  return found;
}

/** As Kueue and the scheduler would take them: those that hold quota first, then by priority, then by age. */
function inWalkOrder(a: LongWait, b: LongWait): number {
  const [x, y] = [a.history.workload, b.history.workload];
  return (
    Number(a.flavor === undefined) - Number(b.flavor === undefined) ||
    y.priority - x.priority ||
    x.createdMs - y.createdMs ||
    x.id - y.id
  );
}

/** Finds room for what waits on the free nodes of other nodegroups than its home. */
class Elsewhere {
  readonly #scratch: FreeRoom;
  readonly #nodes: ReadonlyMap<string, Int32Array>;
  readonly #models: ReadonlyMap<string, string>;

  constructor({ scenario, nodes }: Simulation) {
    this.#scratch = new FreeRoom(nodes);
    this.#models = new Map(scenario.nodegroups.map(({ name, gpuModel }) => [name, gpuModel]));
    this.#nodes = new Map(
      scenario.nodegroups.map(({ name }) => [
        name,
        Int32Array.from(nodes.flatMap((node, i) => (node.nodegroup === name ? [i] : []))),
      ]),
    );
  }

  /** Those that would find room, each in its turn; equal asks behind one that does not are not tried. */
  served(waiting: readonly LongWait[], free: Room): LongWait[] {
    if (waiting.length === 0) return [];
    this.#scratch.copyFrom(free);
    const hopeless = new Set<string>();
    return waiting.filter((one) => {
      const workload = asAdmitted(one.history.workload, one);
      const [home] = one.couldRun;
      const ask = `${home}/${workload.workloadClass}/${workload.pods}x${workload.gpusPerPod}`;
      if (hopeless.has(ask)) return false;
      for (const [nodegroup, nodes] of this.#nodes) {
        if (nodegroup === home || !workload.gpuModels.includes(this.#models.get(nodegroup)!)) continue;
        if (this.#scratch.place(workload, nodes, "pack")) return true;
      }
      hopeless.add(ask);
      return false;
    });
  }
}
