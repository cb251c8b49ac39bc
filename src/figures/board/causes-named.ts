import { boardSource } from "../../board/board-text.js";
import type { Board, CauseRow } from "../../board/rows.js";
import { gpuHours, percent } from "../../units/format.js";
import { type Figure, type FigureSpec, figure } from "../figure.js";
import { noData } from "../layout.js";
import { matrix } from "../marks/matrix.js";
import { BACKGROUND, mix } from "../palette.js";

/** The order in which causes stand; what is not among them follows. */
const ORDER = ["capacity", "quota", "flavor", "fragmentation", "head-of-line", "unavailable", "invalid"];
const CANNOT_TELL = "unknown";
const NOTHING = "nothing";

/** How the diagnosis named what the simulator knows, of all GPU-hours that waited. */
export type NamedFinding =
  | {
      readonly kind: "told";
      readonly gpuHours: number;
      readonly right: number;
      readonly cannotTell: number;
      readonly wrong: number;
      /** The most GPU-hours put down to another cause. */
      readonly confused: { readonly truth: string; readonly verdict: string; readonly gpuHours: number } | undefined;
    }
  | { readonly kind: "no-data" };

const total = (rows: readonly CauseRow[]) => rows.reduce((sum, row) => sum + row.gpu_hours, 0);

/** @param random whether of the random worlds, or of the named scenarios */
export function namedFinding({ causes }: Pick<Board, "causes">, random = false): NamedFinding {
  const waited = causes.filter((row) => row.random === random && row.truth !== NOTHING);
  const all = total(waited);
  if (all === 0) return { kind: "no-data" };
  const share = (rows: readonly CauseRow[]) => total(rows) / all;
  const wrong = waited.filter(({ truth, verdict }) => verdict !== truth && verdict !== CANNOT_TELL);
  const pairs = summed(wrong);
  return {
    kind: "told",
    gpuHours: all,
    right: share(waited.filter(({ truth, verdict }) => verdict === truth)),
    cannotTell: share(waited.filter(({ verdict }) => verdict === CANNOT_TELL)),
    wrong: share(wrong),
    confused: pairs.sort((a, b) => b.gpuHours - a.gpuHours)[0],
  };
}

function summed(rows: readonly CauseRow[]): { truth: string; verdict: string; gpuHours: number }[] {
  const sums = new Map<string, { truth: string; verdict: string; gpuHours: number }>();
  for (const { truth, verdict, gpu_hours } of rows) {
    const key = `${truth}/${verdict}`;
    const sum = sums.get(key) ?? { truth, verdict, gpuHours: 0 };
    sums.set(key, sum);
    sum.gpuHours += gpu_hours;
  }
  return [...sums.values()];
}

const RIGHT = "#0072b2";
const WRONG = "#c24a00";
const ABSTAINED = "#8c959f";

/** Is the cause named rightly? What the diagnosis puts waiting down to, against what the simulator knows. */
export function causesNamed(board: Board, random = false): Figure {
  const finding = namedFinding(board, random);
  const cells = summed(board.causes.filter((row) => row.random === random));
  const inOrder = (names: readonly string[], last: readonly string[]) => [
    ...ORDER.filter((name) => names.includes(name)),
    ...names.filter((name) => !ORDER.includes(name) && !last.includes(name)).sort(),
    ...last.filter((name) => names.includes(name)),
  ];
  const truths = inOrder([...new Set(cells.map(({ truth }) => truth))], [NOTHING]);
  const verdicts = inOrder([...new Set(cells.map(({ verdict }) => verdict))], [CANNOT_TELL, NOTHING]);
  const of = (truth: string) =>
    cells.filter((cell) => cell.truth === truth).reduce((sum, cell) => sum + cell.gpuHours, 0);
  const at = (truth: string, verdict: string) =>
    cells.find((cell) => cell.truth === truth && cell.verdict === verdict)?.gpuHours ?? 0;
  const rowName = (truth: string) => `${truth}: ${gpuHours(of(truth))}`;
  const rows = new Map(truths.map((truth) => [rowName(truth), truth]));
  const said = words(finding, random);
  return figure({
    id: random ? "06-causes-named-random" : "06-causes-named",
    ...said,
    subtitle: `Share of the GPU-hours that truly waited for a cause, by what the diagnosis says; ${random ? "random worlds" : "named scenarios"}, all seeds`,
    note:
      "Held against each other in windows of five minutes and by ClusterQueue. Unknown is a verdict, counted apart from wrong. " +
      "Nothing: one side saw waiting where the other saw none, as between two scrapes. The time until an evicted workload may try again, or until those told to go are gone (backoff, preemption), is in no series.",
    source: boardSource(board),
    alt: `Matrix of true against diagnosed causes, where the finding is: ${said.title}.`,
    table: {
      columns: [
        { name: "truth", label: "True cause", unit: null },
        { name: "hours", label: "Waited", unit: "GPU-hours", digits: 1 },
        ...verdicts.map((verdict) => ({ name: verdict, label: `Called ${verdict}`, unit: "GPU-hours", digits: 1 })),
      ],
      rows: truths.map((truth) => ({
        truth,
        hours: of(truth),
        ...Object.fromEntries(verdicts.map((verdict) => [verdict, at(truth, verdict)])),
      })),
    },
    width: 900,
    height: finding.kind === "no-data" ? 160 : 110 + 28 * truths.length,
    axes: { x: { label: "Diagnosed cause", unit: "% of the row" }, y: { label: "True cause", unit: null } },
    draw: (drawing) =>
      finding.kind === "no-data"
        ? noData(drawing, "Nothing waited")
        : matrix(drawing, {
            rows: [...rows.keys()],
            columns: verdicts,
            cell(row, verdict) {
              const truth = rows.get(row)!;
              const share = at(truth, verdict) / of(truth);
              const color = verdict === truth ? RIGHT : verdict === CANNOT_TELL ? ABSTAINED : WRONG;
              return {
                text: share === 0 ? "" : percent(share),
                color: mix(BACKGROUND, color, Math.round(8 * share) / 8),
              };
            },
          }),
  });
}

function words(finding: NamedFinding, random: boolean): Pick<FigureSpec, "title" | "takeaway"> {
  const where = random ? "random worlds" : "the named scenarios";
  if (finding.kind === "no-data")
    return {
      title: `Nothing waited in ${where}`,
      takeaway: "There is no cause to name. Score other scenarios or more seeds.",
    };
  const { right, cannotTell, wrong, confused } = finding;
  return {
    title: `In ${where} ${percent(right)} of waiting is put down to its true cause`,
    takeaway:
      `Of ${gpuHours(finding.gpuHours)} that waited, ${percent(right)} are named rightly, ${percent(wrong)} wrongly, and of ${percent(cannotTell)} the diagnosis says that it cannot tell. ` +
      (confused === undefined
        ? "No cause is mistaken for another."
        : `What it gets wrong most is ${confused.truth}, called ${confused.verdict}: ${gpuHours(confused.gpuHours)}. Read these two together before acting on either.`),
  };
}
