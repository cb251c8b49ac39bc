import type { Trial } from "../trial/rows.js";
import { compare } from "../whatif/compare.js";
import { FREE, type Money } from "../whatif/money.js";
import type { Outcome } from "../whatif/outcome.js";
import { trialOf } from "../whatif/written.js";

/** What came of one seed after another; the last value stands for all further seeds. */
export interface CameOf {
  /** GPU-hours that team/main and team/other waited: half in the tenth hour, half in the eleventh. */
  readonly main?: readonly number[];
  readonly other?: readonly number[];
  /** p95 wait of a GPU, s; of team/other the same as of any GPU. */
  readonly wait?: readonly (number | null)[];
  readonly reaped?: number;
  readonly evictions?: number;
}

export interface TrialInput {
  /** Seeds 1 to so many, three unless told. */
  readonly seeds?: number;
  readonly days?: number;
  readonly before?: CameOf;
  readonly cause?: string;
  /** Of GPUs that team holds and leaves idle, without anything done. */
  readonly idleUsdPerMonth?: number;
  readonly idleOwners?: readonly string[];
  readonly options?: readonly (CameOf & { readonly actions: readonly string[]; readonly money?: Partial<Money> })[];
}

const at = <T>(values: readonly T[], i: number): T => values[Math.min(i, values.length - 1)]!;

/** A trial made by hand: outcomes as told, compared and written as those of simulations are. */
export function anyTrial({
  seeds: count = 3,
  days = 1,
  before = {},
  cause = "capacity",
  idleUsdPerMonth = 0,
  idleOwners = [],
  options = [],
}: TrialInput = {}): Trial {
  const seeds = Array.from({ length: count }, (_, i) => i + 1);
  const outcomes = ({
    main = [100, 110, 120],
    other = [10],
    wait = [600, 660, 720],
    reaped = 0,
    evictions = 0,
  }: CameOf) =>
    seeds.map((_, i): Outcome => {
      const [mine, theirs, p95] = [at(main, i), at(other, i), at(wait, i)];
      const unmetGpuHours = mine + theirs;
      const queue = { workloads: 10, waitP95Seconds: p95, waitTargetsSeconds: [14_400], missedShare: 0 };
      return {
        hours: days * 24,
        unmetGpuHours,
        waiting: [{ clusterQueue: "queue", nodegroups: ["a"], gpuHours: { [cause]: unmetGpuHours } }],
        unmetGpuHoursByHour: Array.from({ length: days * 24 }, (_, h) => (h === 9 || h === 10 ? unmetGpuHours / 2 : 0)),
        queues: [
          { queue: "team/main", ...queue, unmetGpuHours: mine },
          { queue: "team/other", ...queue, waitP95Seconds: 60, unmetGpuHours: theirs },
        ],
        waitP95Seconds: p95,
        strandedGpus: 0,
        idleUsdPerMonth,
        idleOwners,
        unallocatedUsdPerMonth: 0,
        evictions,
        reaped,
        lostGpuHours: 0,
      };
    });
  const baseline = outcomes(before);
  const tried = options.map(({ actions, money, ...came }) => {
    const mine = outcomes({ ...before, ...came });
    return { actions, money: { ...FREE, ...money }, outcomes: mine, differences: compare(baseline, mine) };
  });
  return trialOf(
    {
      scenario: "made-by-hand",
      description: "A world made by hand",
      start: "2026-01-05T00:00:00Z",
      days,
      seeds,
      baseline,
      tried,
    },
    "npx evenkeel whatif --scenario made-by-hand --seed 1 --seeds 3 --notebook FILE",
  );
}

/** A node at $1,000 a month. */
export const node: Partial<Money> = { usdPerMonth: 1000, committedUntil: "2026-12-31T00:00:00Z" };

/** Two free actions and one that costs: the first helps and hurts nobody, the second helps and hurts team/other. */
export const threeActions: TrialInput = {
  idleUsdPerMonth: 500,
  idleOwners: ["Search", "Ads", "Research"],
  options: [
    { actions: ["lend a on"], main: [80, 89, 98], wait: [500, 540, 600] },
    { actions: ["quota b 4"], main: [50, 58, 66], other: [20, 21, 22], wait: [400, 440, 480] },
    { actions: ["add-nodes a 1"], money: node, main: [20, 22, 24], wait: [100, 120, 140] },
    { actions: ["lend a on", "quota b 4"], main: [30, 37, 44], other: [20, 21, 22], wait: [300, 330, 360] },
    { actions: ["lend a on", "add-nodes a 1"], money: node, main: [10, 11, 12], wait: [50, 60, 70] },
    {
      actions: ["quota b 4", "add-nodes a 1"],
      money: node,
      main: [15, 16, 17],
      other: [15, 16, 17],
      wait: [90, 90, 95],
    },
    {
      actions: ["lend a on", "quota b 4", "add-nodes a 1"],
      money: node,
      main: [5, 6, 7],
      other: [15, 16, 17],
      wait: [30, 36, 42],
    },
  ],
};
