import { plural, range } from "../units/format.js";
import { version } from "../version.js";
import type { Board } from "./rows.js";

/** Where a board's numbers come from, for the foot of a figure. */
export function boardSource({ states: rows }: Board): string {
  const count = (random: boolean) => new Set(rows.filter((row) => row.random === random).map(worldOf)).size;
  const seeds = rows.map(({ seed }) => seed);
  const [first, last] = [Math.min(...seeds), Math.max(...seeds)];
  const scenarios = new Set(rows.filter(({ random }) => !random).map(({ scenario }) => scenario)).size;
  const random = count(true);
  return `synthetic: ${plural(scenarios, "scenario")}, seeds ${range(first, last)}, ${plural(count(false), "world")}${random > 0 ? `, and ${plural(random, "random world")}` : ""}; evenkeel ${version}`;
}

const worldOf = ({ scenario, seed }: { readonly scenario: string; readonly seed: number }) => `${scenario}/${seed}`;
