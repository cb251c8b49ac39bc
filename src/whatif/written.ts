import { joined } from "../plan/what-if.js";
import { toCsv } from "../results/rows.js";
import { LEVEL, type SimulationRow, type Trial, type WhatIfRow, whatIfRow } from "../trial/rows.js";
import { rounded } from "../units/rounded.js";
import { version } from "../version.js";
import type { Outcome } from "./outcome.js";
import type { WhatIf } from "./whatif.js";

export function whatIfRows({ tried }: WhatIf): WhatIfRow[] {
  return tried.flatMap(({ actions, money, differences }) =>
    differences.map(({ queue, ...difference }) => ({
      action: joined(actions),
      usd_per_month: money.usdPerMonth,
      reusable_usd_per_month: money.reusableUsdPerMonth,
      committed_until: money.committedUntil,
      local_queue: queue,
      ...difference,
    })),
  );
}

export const csvOf = (found: WhatIf): string => toCsv(whatIfRow, whatIfRows(found));

/** The rows, with every simulation that they come of. */
export function jsonOf(found: WhatIf): string {
  const { scenario, days, seeds } = found;
  const simulations = simulationsOf(found).map(({ actions, seed, outcome }) => ({ actions, seed, ...outcome }));
  return `${JSON.stringify({ scenario, days, seeds, level: LEVEL, rows: whatIfRows(found), simulations }, null, 2)}\n`;
}

/**
 * What notebook 08 shows of it, to be read by `readTrial`. Rounded, so that it is the same on any machine.
 *
 * @param command what makes it
 */
export function trialOf(found: WhatIf, command: string): Trial {
  const { scenario, description, start, days, seeds } = found;
  const simulations = simulationsOf(found).map(
    ({ actions, seed, outcome }): SimulationRow => ({
      actions: [...actions],
      seed,
      unmetGpuHours: outcome.unmetGpuHours,
      unmetGpuHoursByHour: [...outcome.unmetGpuHoursByHour],
      unmetGpuHoursByCause: byCause(outcome),
      waitP95Seconds: outcome.waitP95Seconds,
      idleUsdPerMonth: outcome.idleUsdPerMonth,
      idleOwners: [...outcome.idleOwners],
    }),
  );
  const exact: Trial = {
    command,
    evenkeel: version,
    scenario,
    description,
    start,
    days,
    seeds: [...seeds],
    rows: whatIfRows(found),
    simulations,
  };
  return JSON.parse(JSON.stringify(exact, (_, x) => (typeof x === "number" && !Number.isInteger(x) ? rounded(x) : x)));
}

/** As it is kept: a row and a simulation a line. */
export function trialText({ rows, simulations, ...head }: Trial): string {
  const lines = (items: readonly object[]) => `[\n${items.map((item) => JSON.stringify(item)).join(",\n")}\n]`;
  return `${JSON.stringify(head).slice(0, -1)},\n"rows": ${lines(rows)},\n"simulations": ${lines(simulations)}\n}\n`;
}

function byCause({ waiting }: Outcome): Record<string, number> {
  const found: Record<string, number> = {};
  for (const { gpuHours } of waiting)
    for (const [cause, hours] of Object.entries(gpuHours)) found[cause] = (found[cause] ?? 0) + hours;
  return found;
}

const simulationsOf = ({ seeds, baseline, tried }: WhatIf) =>
  [{ actions: [] as readonly string[], outcomes: baseline }, ...tried].flatMap(({ actions, outcomes }) =>
    outcomes.map((outcome, i) => ({ actions, seed: seeds[i]!, outcome })),
  );
