import { resolve } from "node:path";
import type { Workload } from "../demand/workload.js";
import { EvenkeelError } from "../errors.js";
import { findScenario, type ScenarioOverrides } from "../scenario/load.js";
import { checkSketch, parseScenario } from "../scenario/parse.js";
import type { Scenario } from "../scenario/schema.js";
import { fixed, plural } from "../units/format.js";
import { filledIn, type Sketch } from "./fill.js";
import { type List, readList } from "./list.js";
import { Names } from "./names.js";
import { nodeColumns, nodegroupsOf } from "./nodes.js";
import { resolved } from "./resolve.js";
import { askedFor, type Unusable, type WorkloadColumn, workloadColumns } from "./workloads.js";

/** What is simulated: a scenario, whose classes submit the work, or which replays a list of it. */
export interface World {
  readonly scenario: Scenario;
  /** Undefined where classes submit. */
  readonly replay?: Replay;
}

export interface Replay {
  /** In order of arrival, with ids 0, 1, 2 … */
  readonly workloads: readonly Workload[];
  /** Rows that cannot be run, of a scenario that lets them be left out. */
  readonly leftOut: readonly Unusable[];
  /** How many arrive before the simulation starts or after it ends. */
  readonly outside: number;
  /** Columns of its lists that nothing is read from. */
  readonly notRead: readonly string[];
}

/** Nobody replays thirty years: seconds from here on are most likely Unix times. */
const FIRST_UNIX_SECONDS = 1e9;

/** All pods are held in memory. */
const MOST_ALL_PODS = 5_000_000;

/** How many rows that cannot be run an error names. */
const NAMED = 5;

/**
 * A scenario as loadScenario gives it, with the workloads that it replays where its demand is a list. Files that it names
 * are found from its own file's folder, or from the working directory.
 *
 * @throws EvenkeelError for what loadScenario refuses, lists that cannot be read, and workloads that cannot be run
 */
export async function loadWorld(scenario: string | object, overrides: ScenarioOverrides = {}): Promise<World> {
  const { data, source, folder } = await findScenario(scenario, overrides);
  if (!isReplay(data)) return { scenario: parseScenario(data, source) };
  checkSketch(data, source);
  const { demand } = data;
  if (demand.nodes !== undefined && data.nodegroups !== undefined)
    throw new EvenkeelError(
      `scenario ${source}: found nodegroups beside demand.nodes; allowed: one or the other; leave one out`,
    );

  const list = await listedWorkloads(resolve(folder, demand.replay), demand);
  const times = list.holdsTimes("arrival");
  const { asked, unusable } = askedFor(list);
  if (asked.length === 0) throw cannotRun(list.file, unusable);
  const pods = asked.reduce((sum, one) => sum + one.pods, 0);
  if (pods > MOST_ALL_PODS)
    throw new EvenkeelError(
      `demand.replay ${list.file}: found ${fixed(pods, 0)} pods in all; allowed: at most ${fixed(MOST_ALL_PODS, 0)}; make it shorter`,
    );
  const nodes = demand.nodes === undefined ? undefined : await listedNodes(resolve(folder, demand.nodes), demand);
  const queueNames = data.clusterQueues === undefined ? new Names() : undefined;
  const parsed = parseScenario(filledIn(data, nodes?.nodegroups, asked, times, queueNames ?? new Names()), source);
  const { workloads, outside, ...found } = resolved(parsed, asked, times, queueNames);

  const leftOut = [...unusable, ...found.unusable].sort((a, b) => a.row - b.row);
  if (leftOut.length > 0 && demand.unusable !== "leave-out") throw cannotRun(list.file, leftOut);
  if (workloads.length === 0) {
    const unix = !times && asked.every(({ arrivalSeconds }) => arrivalSeconds >= FIRST_UNIX_SECONDS);
    throw new EvenkeelError(
      `demand.replay ${list.file}: of ${plural(list.length, "workload")}, ${outside} arrive outside the simulated time and ${leftOut.length} cannot be run; allowed: at least one that can; ${unix ? "arrivals look like Unix times: write them as UTC times, or as seconds since the simulation starts" : "see start, days and warmupDays"}`,
    );
  }
  return {
    scenario: parsed,
    replay: { workloads, leftOut, outside, notRead: [...list.notRead, ...(nodes?.notRead ?? [])] },
  };
}

const isReplay = (data: unknown): data is Sketch =>
  typeof data === "object" && data !== null && "demand" in data && data.demand !== undefined;

async function listedWorkloads(file: string, { columns = {} }: Sketch["demand"]): Promise<List<WorkloadColumn>> {
  const list = await readList(file, "demand.replay", workloadColumns, columns);
  const refuse = (message: string) => new EvenkeelError(`demand.replay ${file}: ${message}`);
  const missing = !list.has("arrival")
    ? "arrival"
    : !list.has("duration") && !list.has("ended")
      ? "duration, nor for ended"
      : undefined;
  if (missing !== undefined)
    throw refuse(
      `found no column for ${missing}; the file has ${list.present.join(", ")}; rename one, or say under demand.columns which it is`,
    );
  const times = list.holdsTimes("arrival");
  const other = (["started", "ended"] as const).find((column) => list.has(column) && list.holdsTimes(column) !== times);
  if (other)
    throw refuse(
      `found ${times ? "times" : "seconds"} for arrival and ${times ? "seconds" : "times"} for ${other}; allowed: the same for both`,
    );
  return list;
}

async function listedNodes(file: string, { nodeColumns: spelled = {} }: Sketch["demand"]) {
  const list = await readList(file, "demand.nodes", nodeColumns, spelled);
  const nodegroups = list.has("gpus") ? nodegroupsOf(list) : "has no column gpus; name one under demand.nodeColumns";
  if (typeof nodegroups === "string") throw new EvenkeelError(`demand.nodes ${file}: ${nodegroups}`);
  return { nodegroups, notRead: list.notRead };
}

function cannotRun(file: string, unusable: readonly Unusable[]): EvenkeelError {
  const lines = unusable.slice(0, NAMED).map(({ row, why }) => `  row ${row} ${why}`);
  if (unusable.length > NAMED) lines.push(`  and ${unusable.length - NAMED} more`);
  return new EvenkeelError(
    `demand.replay ${file}: found ${plural(unusable.length, "workload")} that cannot be run; mend the list, or leave them out with demand.unusable: leave-out\n${lines.join("\n")}`,
  );
}
