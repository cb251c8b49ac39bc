import { gpus } from "../demand/workload.js";
import { flavorNodegroups } from "../scenario/nodes.js";
import type { Activity, Scenario } from "../scenario/schema.js";
import type { WorkloadHistory } from "../simulation/history.js";
import { runSimulation } from "../simulation/simulate.js";
import type { Cause } from "../simulation/truth.js";
import { HOUR_MS } from "../units/time.js";

/** GPU-hours of one nodegroup within the telemetry, as the simulator knows them. */
export interface TrueHours {
  readonly nodegroup: string;
  readonly paid: number;
  /** Held by Kueue's workloads. */
  held: number;
  /** Of these, held by work that hardly ever computes, and by work that only looks busy. */
  idle: number;
  stalled: number;
  /** Waited for each cause: where an admitted workload must go, else at the first nodegroup that its queue offers it. */
  readonly waited: Map<Cause, number>;
}

/** What a dashboard would call idle, and stalled, if it saw activities. */
const isIdle = ({ dutyShare }: Activity) => dutyShare < 0.1;
const isStalled = ({ gpuUtilPercent, tensorActive, dramActive, powerShare }: Activity) =>
  gpuUtilPercent >= 80 && tensorActive < 0.1 && dramActive < 0.2 && powerShare < 0.25;

/** Simulates a scenario's week without telemetry, and adds up what its truth says by nodegroup. */
export function trueWeek(scenario: Scenario, seed: number): TrueHours[] {
  const hours = scenario.nodegroups.map(({ name, nodes, gpusPerNode }): TrueHours => {
    const paid = nodes * gpusPerNode * scenario.days * 24;
    return { nodegroup: name, paid, held: 0, idle: 0, stalled: 0, waited: new Map() };
  });
  const at = new Map(hours.map((row) => [row.nodegroup, row]));
  const classes = new Map(scenario.workloadClasses.map((one) => [one.name, one]));
  const queues = new Map(scenario.clusterQueues.map((queue) => [queue.name, queue]));
  const homes = new Map<string, string>();
  const homeOf = ({ workload, state, holds }: WorkloadHistory) => {
    const flavor = state === "unplaced" ? holds.at(-1)!.flavor : "";
    const key = `${workload.workloadClass}/${flavor}`;
    let home = homes.get(key);
    if (home === undefined) {
      const flavors = flavor === "" ? queues.get(workload.clusterQueue)!.flavors.map(({ name }) => name) : [flavor];
      const reached = flavors.flatMap((name) => flavorNodegroups(scenario, name));
      home = reached.find(({ gpuModel }) => workload.gpuModels.includes(gpuModel))!.name;
      homes.set(key, home);
    }
    return home;
  };

  const startMs = scenario.warmupDays * 24 * HOUR_MS;
  let before: { now: number; waits: { nodegroup: string; cause: Cause; gpus: number }[] } | undefined;
  const book = (now: number) => {
    if (!before) return;
    const elapsed = (now - Math.max(startMs, before.now)) / HOUR_MS;
    if (elapsed <= 0) return;
    for (const wait of before.waits) {
      const { waited } = at.get(wait.nodegroup)!;
      waited.set(wait.cause, (waited.get(wait.cause) ?? 0) + wait.gpus * elapsed);
    }
  };
  const { workloads, nodes, endMs } = runSimulation({
    scenario,
    seed,
    onSettled({ now, waiting }) {
      book(now);
      const waits = waiting.map(({ history, cause }) => ({
        nodegroup: homeOf(history),
        cause,
        gpus: gpus(history.workload),
      }));
      before = { now, waits };
    },
  });
  book(endMs);

  for (const { workload, runs } of workloads) {
    const { activity } = classes.get(workload.workloadClass)!;
    for (const run of runs) {
      const elapsed = ((run.endMs ?? endMs) - Math.max(startMs, run.placedMs)) / HOUR_MS;
      if (elapsed <= 0) continue;
      const row = at.get(nodes[run.nodes[0]!]!.nodegroup)!;
      const gpuHours = elapsed * gpus(workload);
      row.held += gpuHours;
      if (isIdle(activity)) row.idle += gpuHours;
      if (isStalled(activity)) row.stalled += gpuHours;
    }
  }
  return hours;
}
