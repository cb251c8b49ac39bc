import { baselineOf, isFree, optionsOf, overSeeds, undominated } from "../../trial/options.js";
import { LEVEL, type Trial } from "../../trial/rows.js";
import { namesText, populationText, trialSource } from "../../trial/words.js";
import { dollars, duration, list, plural } from "../../units/format.js";
import { type Figure, type FigureSpec, figure, fittingTitle } from "../figure.js";
import { LINEAR_SECONDS, WAIT_TICKS } from "../gpus-for-target.js";
import { key, label, noData, stack } from "../layout.js";
import { nodeMark } from "../marks/node-mark.js";
import { BACKGROUND, INK, MUTED } from "../palette.js";
import { FONT_SIZE, plot } from "../plot.js";
import { type Drawn, type SvgNode, svg } from "../svg.js";
import { textWidth } from "../text.js";
import { optionColor, optionDot } from "./option-marks.js";

/** A point of cost against wait. */
export interface CostPoint {
  /** "nothing" is doing nothing. */
  readonly name: string;
  readonly usdPerMonth: number;
  /** Mean of the p95 over the seeds; null where one does not reach it. */
  readonly waitP95Seconds: number | null;
  /** Of that mean; undefined where there are too few seeds. */
  readonly bounds: { readonly lower: number; readonly upper: number } | undefined;
}

export function costPoints(trial: Trial): CostPoint[] {
  const nothing = { name: "nothing", usdPerMonth: 0, simulations: baselineOf(trial) };
  return [nothing, ...optionsOf(trial)].map(({ name, usdPerMonth, simulations }) => {
    const waits = simulations.map(({ waitP95Seconds }) => waitP95Seconds);
    if (waits.includes(null)) return { name, usdPerMonth, waitP95Seconds: null, bounds: undefined };
    const { estimate, interval } = overSeeds(waits as number[]);
    const bounds = interval && { lower: Math.max(0, interval.lower), upper: interval.upper };
    return { name, usdPerMonth, waitP95Seconds: estimate, bounds };
  });
}

/** What the wait costs, and what meets the target. */
export type FrontFinding =
  | {
      readonly kind: "met-already" | "met" | "missed";
      readonly before: CostPoint;
      readonly front: readonly CostPoint[];
      /** The cheapest that meets the target; of the front, what waits least, if none does. */
      readonly choice: CostPoint;
      readonly dominated: readonly CostPoint[];
      readonly unknown: readonly CostPoint[];
    }
  | { readonly kind: "unknown" };

export function frontFinding(trial: Trial, targetSeconds: number): FrontFinding {
  const points = costPoints(trial);
  const [before] = points as [CostPoint];
  const known = points.filter(({ waitP95Seconds }) => waitP95Seconds !== null);
  if (known.length === 0) return { kind: "unknown" };
  const front = undominated(known);
  const meets = ({ waitP95Seconds }: CostPoint) => waitP95Seconds !== null && waitP95Seconds <= targetSeconds;
  const first = front.find(meets);
  return {
    kind: meets(before) ? "met-already" : first ? "met" : "missed",
    before,
    front,
    choice: first ?? front.at(-1)!,
    dominated: known.filter((point) => !front.includes(point)),
    unknown: points.filter(({ waitP95Seconds }) => waitP95Seconds === null),
  };
}

/** What does a shorter wait cost? p95 wait against dollars a month, with what no other option beats in both. */
export function costAgainstWait(trial: Trial, targetSeconds: number): Figure {
  const finding = frontFinding(trial, targetSeconds);
  const points = costPoints(trial);
  const said = words(finding, targetSeconds, trial.seeds.length);
  const isShort = finding.kind === "unknown";
  const onFront = (point: CostPoint) =>
    finding.kind !== "unknown" && finding.front.some(({ name }) => name === point.name);
  const unknown = points.filter(({ waitP95Seconds }) => waitP95Seconds === null).map(({ name }) => name);
  return figure({
    id: "08-cost-against-wait",
    ...said,
    subtitle: `p95 wait of a GPU that is asked for, mean over seeds, against US dollars a month; ${populationText(trial)}`,
    note:
      `${namesText(trial)}. Filled: no other is as cheap and as fast. In brackets the ${LEVEL * 100}% interval of the mean over seeds.` +
      (unknown.length > 0 && !isShort ? ` Not drawn, since the p95 lies beyond what was seen: ${list(unknown)}.` : ""),
    source: trialSource(trial),
    alt: `Scatter plot of p95 wait against cost for ${plural(points.length - 1, "option")} and doing nothing, where the finding is: ${said.title}.`,
    table: {
      columns: [
        { name: "name", label: "Option", unit: null },
        { name: "usd", label: "Costs", unit: "$ a month", digits: 0 },
        { name: "wait", label: "p95 wait", unit: null },
        { name: "bounds", label: "Interval", unit: null },
        { name: "front", label: "On the front", unit: null },
      ],
      rows: points.map((point) => ({
        name: point.name,
        usd: point.usdPerMonth,
        wait: point.waitP95Seconds === null ? null : duration(point.waitP95Seconds),
        bounds: point.bounds ? boundsText(point.bounds) : null,
        front: onFront(point),
      })),
    },
    width: 900,
    height: isShort ? 160 : 380,
    axes: { x: { label: "Cost", unit: "US dollars a month" }, y: { label: "p95 wait", unit: "log scale" } },
    draw: (drawing) => {
      if (finding.kind === "unknown") return noData(drawing, "No p95 wait is known");
      const legend = key(
        [
          { label: "Free, or doing nothing", color: optionColor(true) },
          { label: "Costs money", color: optionColor(false) },
          { label: "Beaten by another", color: MUTED, shape: "hollow" },
          { label: `Target ${duration(targetSeconds)}`, color: INK, shape: "dash" },
        ],
        drawing.width,
      );
      const known = points.filter(({ waitP95Seconds }) => waitP95Seconds !== null);
      const body = scatter(
        { ...drawing, height: drawing.height - legend.height - 8 },
        { points: known, front: finding.front, targetSeconds, onFront },
      );
      return stack([legend, body], 8);
    },
  });
}

interface Scatter {
  readonly points: readonly CostPoint[];
  readonly front: readonly CostPoint[];
  readonly targetSeconds: number;
  readonly onFront: (point: CostPoint) => boolean;
}

function scatter(
  drawing: {
    readonly width: number;
    readonly height: number;
    readonly axes: { readonly x: string; readonly y: string };
  },
  { points, front, targetSeconds, onFront }: Scatter,
): Drawn {
  const waits = points.flatMap(({ waitP95Seconds, bounds }) => [waitP95Seconds!, bounds?.upper ?? 0]);
  const end = Math.max(targetSeconds * 2, ...waits.map((wait) => wait * 1.4));
  const costs = points.map(({ usdPerMonth }) => usdPerMonth);
  const [low, high] = [Math.min(0, ...costs), Math.max(0, ...costs)];
  const span = Math.max(1, high - low);
  const isOnlyFree = high === low;
  const room = Math.min(
    0.6,
    Math.max(...points.map((point) => 40 + textWidth(`${point.name} ${waitText(point)}`, FONT_SIZE, 600))) /
      (drawing.width - 76),
  );
  return plot(drawing, {
    marginLeft: 56,
    x: {
      domain: [low - span * 0.06, high + (span * 1.06 * room) / (1 - room)],
      ...(isOnlyFree ? { ticks: [low] } : {}),
      tickFormat: (value: number) => dollars(value),
      grid: false,
    },
    y: {
      type: "symlog",
      constant: LINEAR_SECONDS,
      domain: [0, end],
      ticks: WAIT_TICKS.filter((tick) => tick <= end),
      tickFormat: (value: number) => (value === 0 ? "none" : duration(value)),
    },
    marks: [
      nodeMark(({ x, y, left, right, bottom }) => {
        const at = (point: CostPoint) => [x(point.usdPerMonth), y(point.waitP95Seconds!)] as const;
        const target = y(targetSeconds);
        const nodes: SvgNode[] = [
          svg("line", { x1: left, x2: right, y1: target, y2: target, stroke: INK, "stroke-dasharray": "4,3" }),
        ];
        const corners = front.flatMap((point, i) => {
          const [px, py] = at(point);
          return i === 0 ? [`${px},${py}`] : [`${px},${at(front[i - 1]!)[1]}`, `${px},${py}`];
        });
        if (front.length > 1)
          nodes.push(svg("path", { d: `M${corners.join("L")}`, fill: "none", stroke: MUTED, "stroke-width": 1.5 }));
        for (const columns of columnsOf(points)) {
          const texts = spread(
            columns.map((point) => at(point)[1]),
            bottom,
          );
          columns.forEach((point, i) => {
            const [px, py] = at(point);
            nodes.push(optionDot(px, py, isFree(point), onFront(point)));
            const name = point.name === "nothing" ? "Nothing" : point.name;
            const textY = texts[i]!;
            if (Math.abs(textY - py) > 4)
              nodes.push(svg("line", { x1: px + 6, x2: px + 15, y1: py, y2: textY, stroke: MUTED, "stroke-width": 1 }));
            // The front goes on to the right of a point, and a grid line may: neither strikes the words out.
            const wide = textWidth(name, FONT_SIZE, 600) + 14 + textWidth(waitText(point), FONT_SIZE);
            nodes.push(svg("rect", { x: px + 15, y: textY - 7, width: wide, height: 14, fill: BACKGROUND }));
            nodes.push(label(name, px + 18, textY, { weight: 600 }));
            nodes.push(
              label(waitText(point), px + 24 + textWidth(name, FONT_SIZE, 600), textY, {
                fill: MUTED,
              }),
            );
          });
        }
        return svg("g", { "text-anchor": "start" }, ...nodes);
      }),
    ],
  });
}

const boundsText = ({ lower, upper }: { readonly lower: number; readonly upper: number }) =>
  `${duration(lower)} to ${duration(upper)}`;

const waitText = ({ waitP95Seconds, bounds }: CostPoint) =>
  `${duration(waitP95Seconds)}${bounds ? ` (${boundsText(bounds)})` : ""}`;

/** Points of one cost, from the longest wait to the shortest. */
function columnsOf(points: readonly CostPoint[]): CostPoint[][] {
  const costs = [...new Set(points.map(({ usdPerMonth }) => usdPerMonth))];
  return costs.map((cost) =>
    points.filter((one) => one.usdPerMonth === cost).sort((a, b) => b.waitP95Seconds! - a.waitP95Seconds!),
  );
}

const LINE = 16;

/** Heights of labels from top to bottom, at least a line apart and above the bottom, near the heights that they belong to. */
function spread(heights: readonly number[], bottom: number): number[] {
  const placed: number[] = [];
  for (const height of heights) placed.push(Math.max(height, (placed.at(-1) ?? Number.NEGATIVE_INFINITY) + LINE));
  for (let i = placed.length - 1, most = bottom - LINE / 2; i >= 0; i--, most = placed[i + 1]! - LINE)
    placed[i] = Math.min(placed[i]!, most);
  return placed;
}

function words(finding: FrontFinding, targetSeconds: number, seeds: number): Pick<FigureSpec, "title" | "takeaway"> {
  const target = `a p95 wait of ${duration(targetSeconds)}`;
  if (finding.kind === "unknown")
    return {
      title: "No p95 wait is known",
      takeaway: `In some simulation of every option more than one GPU in twenty still waited at the end. Whether ${target} can be had is not known: simulate more days.`,
    };
  const { before, front, choice, dominated, unknown } = finding;
  const priced = ({ usdPerMonth }: CostPoint) =>
    usdPerMonth > 0 ? `for ${dollars(Math.round(usdPerMonth))} a month` : "for free";
  const named = (point: CostPoint) => (point.name === "nothing" ? "doing nothing" : point.name);
  const rest =
    dominated.length === 0
      ? "No option is beaten in both cost and wait."
      : `The other ${dominated.length === 1 ? "one is" : `${dominated.length} are`} beaten: something as cheap waits less.`;
  const more = unknown.length > 0 ? ` (of ${list(unknown.map(named))} it is not known)` : "";
  const wait = duration(choice.waitP95Seconds);
  const was = before.waitP95Seconds === null ? "beyond what was seen" : duration(before.waitP95Seconds);
  switch (finding.kind) {
    case "met-already":
      return {
        title: `The target of ${duration(targetSeconds)} is met without doing anything`,
        takeaway: `Doing nothing meets ${target}${more}. ${front.length > 1 ? `The shortest wait, ${duration(front.at(-1)!.waitP95Seconds)}, is ${named(front.at(-1)!)}, ${priced(front.at(-1)!)}: nothing asks for it.` : "Nothing that was tried shortens it."}`,
      };
    case "met": {
      const further = front.at(-1)!;
      const sure =
        seeds === 1
          ? "one seed cannot say how sure that is"
          : choice.bounds === undefined
            ? "its interval is not known"
            : choice.bounds.upper <= targetSeconds
              ? "so does the upper end of its interval"
              : `the upper end of its interval, ${duration(choice.bounds.upper)}, does not`;
      return {
        title: fittingTitle(
          `${choice.name} meets ${target} ${priced(choice)}`,
          `${choice.name} meets the target ${priced(choice)}`,
          `The target is met ${priced(choice)}`,
        ),
        takeaway: `${choice.name} brings the p95 wait from ${was} to ${wait} ${priced(choice)}, the cheapest that meets ${target}${more}; ${sure}. ${further === choice ? "" : `${further.name} waits least, ${duration(further.waitP95Seconds)}, ${priced(further)}. `}${rest}`,
      };
    }
    case "missed":
      return {
        title: `Nothing tried meets ${target}`,
        takeaway: `The shortest p95 wait is ${wait}, by ${named(choice)} ${priced(choice)}${more}. ${rest}`,
      };
  }
}
