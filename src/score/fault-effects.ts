import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import { checks } from "../checks/index.js";
import { openDataset } from "../dataset/open.js";
import { applyFaults } from "../faults/apply.js";
import { faults } from "../faults/index.js";
import { observe } from "../join/observe.js";
import { rollUp } from "../join/roll-up.js";
import { metrics } from "../metrics/index.js";
import { type WorldChoice, withWrittenWorld } from "./written-world.js";

/** Faults to try on a world. */
export interface FaultJob extends WorldChoice {
  readonly faults: readonly string[];
  /** Names of the metrics; all unless told. */
  readonly metrics?: readonly string[];
}

/** What one fault of the telemetry does to the metrics of a world. */
export interface FaultEffect {
  readonly scenario: string;
  readonly seed: number;
  readonly fault: string;
  /** What the join says that it does about it. */
  readonly join: string;
  /** Checks that fail. */
  readonly failing: readonly string[];
  readonly metrics: readonly {
    readonly metric: string;
    /** Nodegroup-hours. */
    readonly hours: number;
    /** Furthest that it moves in an hour in which it says something with and without, as a share of its severe anchor. */
    readonly moved: number;
    /** Hours in which it says something only with the fault, or only without. */
    readonly changed: number;
  }[];
}

type Values = ReadonlyMap<string, readonly (number | undefined)[]>;

/** Breaks a world's telemetry in one way after the other, and reads it each time. */
export function faultEffects({ faults: names, metrics: chosen, ...choice }: FaultJob): Promise<FaultEffect[]> {
  return withWrittenWorld(choice, async ({ folder, scratch }) => {
    const wanted = metrics.filter(({ name }) => chosen === undefined || chosen.includes(name));
    const read = async (path: string): Promise<{ values: Values; failing: string[] }> => {
      const dataset = await openDataset(path, { threads: 1 });
      try {
        const failing: string[] = [];
        for (const check of checks) if (!(await check.run(dataset)).ok) failing.push(check.name);
        const rows = rollUp(await observe(dataset), 3600);
        return { values: new Map(wanted.map((metric) => [metric.name, metric.measure(rows)])), failing };
      } finally {
        dataset.close();
      }
    };
    const clean = await read(folder);
    const effects: FaultEffect[] = [];
    for (const fault of names) {
      const broken = join(scratch, fault);
      await cp(folder, broken, { recursive: true });
      await applyFaults(broken, [fault], () => `fault ${fault}`);
      const { values, failing } = await read(broken);
      await rm(broken, { recursive: true });
      effects.push({
        scenario: choice.scenario.name,
        seed: choice.seed,
        fault,
        join: faults.find(({ name }) => name === fault)!.join,
        failing: failing.filter((name) => !clean.failing.includes(name)),
        metrics: wanted.map(({ name, anchors }) => ({
          metric: name,
          ...difference(clean.values.get(name)!, values.get(name)!, anchors.severe),
        })),
      });
    }
    return effects;
  });
}

function difference(
  before: readonly (number | undefined)[],
  after: readonly (number | undefined)[],
  severe: number,
): { hours: number; moved: number; changed: number } {
  let [moved, changed] = [0, 0];
  before.forEach((was, i) => {
    const is = after[i];
    if (was === undefined || is === undefined) changed += was === is ? 0 : 1;
    else moved = Math.max(moved, Math.abs(is - was) / severe);
  });
  return { hours: before.length, moved, changed };
}
