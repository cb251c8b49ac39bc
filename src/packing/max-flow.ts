import { checkAmount, checkArray } from "./check.js";

export interface MaxFlowInput {
  /** What is wanted, such as the unmet GPUs of each queue. */
  readonly demands: readonly number[];
  /** What there is, in the same unit, such as the idle GPUs of each nodegroup. */
  readonly capacities: readonly number[];
  /** Whether demand i may be served by capacity j. */
  readonly allowed: ((demand: number, capacity: number) => boolean) | readonly (readonly boolean[])[];
}

export interface MaxFlowResult {
  readonly total: number;
  /** [demand][capacity]: how much goes where, in one of the ways that reach the total. */
  readonly byPair: number[][];
}

const UNREACHED = -1;
const START = -2;

/**
 * The most demand that capacity can serve when not every capacity suits every demand. Amounts are whole or real, >= 0;
 * whole ones give whole flows. Deterministic: of several ways, earlier demands and capacities are matched first.
 * Throws a RangeError or TypeError naming the path for amounts that aren't finite numbers >= 0, and for a table of
 * allowed pairs that hasn't a row for every demand and a column for every capacity.
 *
 * Shortest augmenting paths (Edmonds & Karp, JACM 19, 1972): as long as a path leads from a demand not yet met, over
 * allowed pairs and back over pairs already in use, to a capacity not yet used up, move what fits along it.
 */
export function maxFlow({ demands, capacities, allowed }: MaxFlowInput): MaxFlowResult {
  for (const [i, amount] of demands.entries()) checkAmount(amount, () => `demands[${i}]`);
  for (const [j, amount] of capacities.entries()) checkAmount(amount, () => `capacities[${j}]`);
  if (typeof allowed !== "function") {
    checkArray(allowed, () => "allowed", demands.length);
    for (const [i, row] of allowed.entries()) checkArray(row, () => `allowed[${i}]`, capacities.length);
  }
  const allows = typeof allowed === "function" ? allowed : (i: number, j: number) => allowed[i]![j]!;
  const reach = demands.map((_, i) => [...capacities.keys()].filter((j) => allows(i, j)));
  const byPair = demands.map(() => capacities.map(() => 0));
  const unmet = [...demands];
  const idle = [...capacities];

  for (;;) {
    const cameFromDemand = capacities.map(() => UNREACHED);
    const cameFromCapacity = demands.map(() => UNREACHED);
    const end = search(cameFromDemand, cameFromCapacity);
    if (end === undefined) break;

    let amount = idle[end]!;
    let start = UNREACHED;
    for (let j = end; j !== START; j = cameFromCapacity[start]!) {
      start = cameFromDemand[j]!;
      const back = cameFromCapacity[start]!;
      amount = Math.min(amount, back === START ? unmet[start]! : byPair[start]![back]!);
    }
    for (let j = end; j !== START; ) {
      const i = cameFromDemand[j]!;
      const back = cameFromCapacity[i]!;
      byPair[i]![j]! += amount;
      if (back !== START) byPair[i]![back]! -= amount;
      j = back;
    }
    unmet[start]! -= amount;
    idle[end]! -= amount;
  }
  return { total: byPair.flat().reduce((total, amount) => total + amount, 0), byPair };

  /** Breadth first from all unmet demands to the nearest idle capacity; fills in the way back. */
  function search(cameFromDemand: number[], cameFromCapacity: number[]): number | undefined {
    const queue = [...demands.keys()].filter((i) => unmet[i]! > 0);
    for (const i of queue) cameFromCapacity[i] = START;
    for (const i of queue) {
      for (const j of reach[i]!) {
        if (cameFromDemand[j] !== UNREACHED) continue;
        cameFromDemand[j] = i;
        if (idle[j]! > 0) return j;
        for (const other of demands.keys()) {
          if (cameFromCapacity[other] !== UNREACHED || byPair[other]![j] === 0) continue;
          cameFromCapacity[other] = j;
          queue.push(other);
        }
      }
    }
    return undefined;
  }
}
