import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { meanWait } from "../queueing/index.js";
import { fragmentation } from "../scenario/fragmentation.js";
import { parseScenario } from "../scenario/parse.js";
import { runSimulation } from "../simulation/simulate.js";
import { meanInterval } from "../statistics/index.js";
import { anyScenario } from "../testing/any-scenario.js";
import { small } from "../testing/scenario.js";
import { DAY_MS } from "../units/time.js";
import { compare } from "./compare.js";
import { simulateOutcome } from "./outcome.js";
import { parseAction } from "./parse-action.js";

const ARRIVALS_PER_HOUR = 21;
const SERVICE_MINUTES = 10;
const DAYS = 20;
const SEEDS = Array.from({ length: 8 }, (_, seed) => seed);

/** M/M/4 at a load of 0.875, one GPU a node. */
const markov = small({
  days: DAYS,
  warmupDays: 1,
  nodegroups: [{ nodes: 4, gpusPerNode: 1 }],
  clusterQueues: [{ name: "queue", queueingStrategy: "StrictFIFO" }],
  workloadClasses: [
    {
      name: "work",
      arrivals: { kind: "poisson", perHour: ARRIVALS_PER_HOUR },
      duration: { kind: "exponential", meanMinutes: SERVICE_MINUTES },
    },
  ],
});

/** GPU-hours that wait while telemetry lasts, by Erlang C and Little's law: arrivals x mean wait. */
const unmet = (servers: number) =>
  ARRIVALS_PER_HOUR *
  DAYS *
  24 *
  meanWait({ arrivalRate: ARRIVALS_PER_HOUR, serviceRate: 60 / SERVICE_MINUTES, servers })!;

test("nodes that come late come with their quota: whoever is given quota has a node at once", () => {
  const late = parseAction("add-nodes a 2 after 3d", markov).apply(markov);
  const { workloads, telemetryStartMs } = runSimulation({ scenario: late, seed: 1, truth: false });
  const comeMs = telemetryStartMs + 3 * DAY_MS;
  const started = workloads.filter(({ holds }) => holds.length > 0);
  for (const { holds, runs } of started) expect(runs[0]!.placedMs).toBe(holds[0]!.reservedMs);
  const used = (node: number) => started.flatMap(({ runs }) => runs.filter(({ nodes }) => nodes.includes(node)));
  expect(Math.min(...used(5).map(({ placedMs }) => placedMs))).toBeGreaterThanOrEqual(comeMs);
  expect(used(4).length).toBeGreaterThan(100);
});

test("gangs that are moved together let others in that waited for a whole node, and do some of their work again", () => {
  const scattered = parseScenario(fragmentation, "fragmentation");
  const repacked = parseAction("repack a100-training", scattered).apply(scattered);
  for (const seed of [1, 2]) {
    const [before, after] = [simulateOutcome(scattered, seed), simulateOutcome(repacked, seed)];
    const waitingFor = ({ waiting }: typeof before) =>
      waiting.reduce((sum, { gpuHours }) => sum + (gpuHours.fragmentation ?? 0), 0);
    expect(waitingFor(after)).toBeLessThan(0.5 * waitingFor(before));
    expect(after.unmetGpuHours).toBeLessThan(before.unmetGpuHours);
    expect(after.lostGpuHours).toBeGreaterThan(before.lostGpuHours);
  }
});

test("what waits by the hour adds up to what waits, in every world, and who is idle is who holds idle GPUs", () => {
  fc.assert(
    fc.property(anyScenario, fc.nat(1000), (scenario, seed) => {
      const found = simulateOutcome(scenario, seed);
      expect(found.unmetGpuHoursByHour).toHaveLength(Math.ceil(found.hours));
      const total = found.unmetGpuHoursByHour.reduce((sum, hours) => sum + hours, 0);
      expect(total).toBeCloseTo(found.unmetGpuHours, 6);
      expect(found.idleOwners.length > 0).toBe(found.idleUsdPerMonth > 0);
    }),
    { numRuns: 25 },
  );
});

test("a GPU that waits from half past one to three is half an hour and an hour", () => {
  // One node; the first job holds it for three hours, the second comes an hour and a half after it.
  const comes = (name: string, offsetHours: number) => ({
    name,
    arrivals: { kind: "periodic" as const, everyHours: 1000, offsetHours },
    gang: [{ pods: 1, gpusPerPod: 8 }],
    duration: { kind: "constant" as const, minutes: 180 },
  });
  const { unmetGpuHoursByHour } = simulateOutcome(
    small({ days: 1, warmupDays: 0, workloadClasses: [comes("first", 0), comes("second", 1.5)] }),
    1,
  );
  expect(unmetGpuHoursByHour.slice(0, 5)).toEqual([0, 4, 8, 0, 0]);
});

describe("servers added to M/M/c", () => {
  const more = parseAction("add-nodes a 1", markov).apply(markov);
  const before = SEEDS.map((seed) => simulateOutcome(markov, seed));
  const after = SEEDS.map((seed) => simulateOutcome(more, seed));
  const [found] = compare(before, after);

  test("take away as much waiting as Erlang C says, within the interval", () => {
    const theory = unmet(5) - unmet(4);
    expect(found!.verdict).toBe("less");
    expect(found!.lower).toBeLessThan(theory);
    expect(found!.upper).toBeGreaterThan(theory);
    expect(found!.upper! - found!.lower!).toBeLessThan(0.5 * Math.abs(theory));
  });

  test("show it more narrowly with common random numbers than with independent ones", () => {
    const independent = SEEDS.map((seed) => simulateOutcome(more, 100 + seed));
    const apart = meanInterval(independent.map((one, i) => one.unmetGpuHours - before[i]!.unmetGpuHours))!;
    const width = found!.upper! - found!.lower!;
    expect(width).toBeLessThan(apart.upper - apart.lower);
  });

  test("cost what they leave unused: a GPU at $1 is busy as long whoever it is", () => {
    const unallocated = compare(before, after).find(({ measure }) => measure === "unallocated_usd_per_month")!;
    // One GPU more, and the same work but for what runs past the end.
    expect(unallocated.difference).toBeCloseTo(730, -1);
  });
});
