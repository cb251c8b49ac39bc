import type { Analysis } from "../analysis/analyse.js";
import { hiddenNote, podlessMend } from "../diagnosis/hidden-words.js";
import { placeText } from "../diagnosis/place.js";
import { type Hidden, isHidden } from "../join/hidden.js";
import { type ActionRow, opensForFree } from "../plan/actions.js";
import { type CapacityRow, isBeyond, type WaitCurvePoint } from "../plan/capacity.js";
import type { Plan } from "../plan/plan.js";
import { dollars, duration, gpuHours, gpus, list, number, percent, plural, range } from "../units/format.js";
import { type Figure, type FigureSpec, figure, fittingTitle } from "./figure.js";
import { type KeyItem, key, label, noData, stack } from "./layout.js";
import { nodeMark } from "./marks/node-mark.js";
import { smallMultiples } from "./marks/small-multiples.js";
import { nodegroupColor } from "./nodegroup-color.js";
import { BACKGROUND, INK, MUTED, mix, textColor } from "./palette.js";
import { FONT_SIZE } from "./plot.js";
import { type Drawn, type SvgNode, svg, translate } from "./svg.js";
import { textWidth, wrap } from "./text.js";

/** What the plan says about the number of GPUs. */
export type TargetFinding =
  | {
      readonly kind: "short";
      readonly worst: CapacityRow;
      /** p95 with the nodes that the plan adds, seconds. */
      readonly thenSeconds: number | undefined;
      readonly short: readonly CapacityRow[];
      /** GPU-hours that waited behind what costs nothing to open. */
      readonly freeGpuHours: number;
      /** Of the GPUs that are lacking, those that the plan buys; the others can be moved from where they are to spare. */
      readonly bought: { readonly gpus: number; readonly usdPerMonth: number };
      readonly hidden: Hidden;
    }
  | {
      /** Waits miss the target, but the nodes would do if they were packed and shared. */
      readonly kind: "free-first";
      readonly worst: CapacityRow;
      readonly rows: readonly CapacityRow[];
      readonly unknown: readonly CapacityRow[];
    }
  /** No number of nodes that was tried would do. */
  | { readonly kind: "beyond"; readonly rows: readonly CapacityRow[] }
  | {
      readonly kind: "spare";
      readonly most: CapacityRow;
      readonly rows: readonly CapacityRow[];
      readonly unknown: readonly CapacityRow[];
    }
  | { readonly kind: "enough"; readonly rows: readonly CapacityRow[]; readonly unknown: readonly CapacityRow[] }
  | { readonly kind: "unknown"; readonly rows: readonly CapacityRow[]; readonly hidden: Hidden };

export function targetFinding(plan: Plan): TargetFinding {
  const { capacity, targetSeconds } = plan;
  const known = capacity.filter((row) => row.estimable === "yes");
  const unknown = capacity.filter((row) => row.estimable !== "yes");
  const by = (rows: readonly CapacityRow[], size: (row: CapacityRow) => number) =>
    [...rows].sort((a, b) => size(b) - size(a) || (a.nodegroup < b.nodegroup ? -1 : 1));
  const beyond = unknown.filter(isBeyond);
  if (known.length === 0 && beyond.length === 0) return { kind: "unknown", rows: capacity, hidden: plan.hidden };

  const short = by(
    known.filter((row) => row.nodes_to_add! > 0),
    (row) => row.gpus_to_add!,
  );
  if (short.length > 0) {
    const worst = short[0]!;
    const then = plan.curves
      .get(worst.nodegroup)
      ?.find((point) => point.nodes === worst.nodes_now + worst.nodes_to_add!);
    const adds = plan.actions.filter(({ action }) => action === "add");
    const gpusOf = ({ place, nodes }: ActionRow) => {
      const { gpus_to_add, nodes_to_add } = short.find((row) => row.nodegroup === place)!;
      return nodes! * (gpus_to_add! / nodes_to_add!);
    };
    return {
      kind: "short",
      worst,
      thenSeconds: then?.p95Seconds.estimate,
      short,
      freeGpuHours: plan.actions.filter(opensForFree).reduce((sum, action) => sum + action.gpu_hours_behind!, 0),
      bought: {
        gpus: adds.reduce((sum, action) => sum + gpusOf(action), 0),
        usdPerMonth: adds.reduce((sum, action) => sum + action.usd_per_month, 0),
      },
      hidden: plan.hidden,
    };
  }
  if (beyond.length > 0) return { kind: "beyond", rows: beyond };
  const missed = by(
    known.filter((row) => (row.wait_p95_seconds_observed ?? 0) > targetSeconds),
    (row) => row.wait_p95_seconds_observed!,
  );
  if (missed.length > 0) return { kind: "free-first", worst: missed[0]!, rows: missed, unknown };
  const spare = by(
    known.filter((row) => row.nodes_to_add! < 0),
    (row) => -row.gpus_to_add!,
  );
  if (spare.length > 0) return { kind: "spare", most: spare[0]!, rows: spare, unknown };
  return { kind: "enough", rows: known, unknown };
}

const PANEL = 200;
/** Where the log scale of waits begins: below it is as good as none. */
export const LINEAR_SECONDS = 30;
export const WAIT_TICKS = [0, 60, 600, 3600, 6 * 3600, 24 * 3600, 7 * 24 * 3600, 28 * 24 * 3600];

/** How many GPUs would meet the target: the p95 of the wait against GPUs added, by nodegroup. */
export function gpusForTarget(analysis: Analysis, plan: Plan): Figure {
  const { targetSeconds, capacity, curves } = plan;
  const finding = targetFinding(plan);
  const said = words(finding, targetSeconds);
  const panels = capacity.map((row) => ({ row, curve: curves.get(row.nodegroup) ?? [] }));
  const unknown = capacity.filter((row) => row.estimable !== "yes");
  const rows = Math.ceil(panels.length / 3);
  return figure({
    id: "05-gpus-for-target",
    ...said,
    subtitle: `p95 of the wait from creation to scheduled, over the GPUs asked for, against GPUs added, by nodegroup; ${analysis.period}`,
    note:
      "The demand rebuilt from telemetry is replayed on so many whole nodes, packed and with no quota in the way; the band holds 90% of replays of days drawn " +
      "with replacement. Does not fit: some job could never start, or what ran at the start had no room. GPUs are only taken where the upper bound and 10% of headroom stay." +
      (unknown.length > 0 ? ` Not estimable: ${byReason(unknown, list).join("; ")}.` : "") +
      hiddenNote(plan.hidden),
    source: analysis.source,
    alt: `Line charts of p95 wait against GPUs added for ${plural(panels.length, "nodegroup")}, where the finding is: ${said.title}.`,
    table: {
      columns: [
        { name: "nodegroup", label: "Nodegroup", unit: null },
        { name: "now", label: "Now", unit: "GPUs", digits: 0 },
        { name: "observed", label: "p95 as it was", unit: null },
        { name: "replayed", label: "p95 replayed", unit: null },
        { name: "needed", label: "Needed (90% interval)", unit: "nodes" },
        { name: "add", label: "Plan adds", unit: "GPUs", digits: 0 },
        { name: "usd", label: "Costs", unit: "$ a month", digits: 0 },
        { name: "estimable", label: "Estimable", unit: null },
      ],
      rows: capacity.map((row) => ({
        nodegroup: row.nodegroup,
        now: row.gpus_now,
        observed: row.wait_p95_seconds_observed === null ? null : duration(row.wait_p95_seconds_observed),
        replayed:
          row.estimable !== "yes"
            ? null
            : row.wait_p95_seconds_replayed === null
              ? "does not fit"
              : duration(row.wait_p95_seconds_replayed),
        needed: row.nodes_needed === null ? null : neededText(row),
        add: row.gpus_to_add,
        usd: row.usd_per_month,
        estimable: row.estimable,
      })),
    },
    width: 900,
    height: finding.kind === "unknown" ? 180 : 118 + rows * PANEL,
    axes: { x: { label: "Added to today’s", unit: "GPUs" }, y: { label: "p95 wait", unit: "log scale" } },
    draw: (drawing) => {
      if (finding.kind === "unknown") return noData(drawing, "No nodegroup can be estimated");
      const color = nodegroupColor(analysis.observed);
      const top = topOf(panels, targetSeconds);
      const added = panels.flatMap(({ row, curve }) => curve.map((point) => point.gpus - row.gpus_now));
      const [low, high] = [Math.min(0, ...added), Math.max(0, ...added)];
      const pad = Math.max(1, (high - low) * 0.04);
      const legend = symbolKey(drawing.width, targetSeconds);
      const body = smallMultiples(
        { ...drawing, height: drawing.height - legend.height - 10 },
        {
          items: panels,
          columns: Math.min(3, panels.length),
          title: ({ row }) => row.nodegroup,
          note: ({ row }) => `${gpus(row.gpus_now)}, ${planText(row)}`,
          color: ({ row }) => color(row.nodegroup),
          badness: ({ row }) => (row.gpus_to_add === null ? undefined : row.gpus_to_add / row.gpus_now),
          x: { domain: [low - pad, high + pad], tickFormat: signed, ticks: 5 },
          y: {
            type: "symlog",
            constant: LINEAR_SECONDS,
            domain: [0, top.end],
            ticks: WAIT_TICKS.filter((tick) => tick <= top.finite),
            tickFormat: (value: number) => (value === 0 ? "none" : duration(value)),
          },
          marks: (panel) => panelMarks(panel, top, color(panel.row.nodegroup), targetSeconds),
        },
      );
      return stack([legend, body], 10);
    },
  });
}

interface Panel {
  readonly row: CapacityRow;
  readonly curve: readonly WaitCurvePoint[];
}

/** The end of the scale for waits, and of the band above it for what does not fit. */
interface Top {
  readonly finite: number;
  readonly end: number;
  readonly isNeeded: boolean;
}

function topOf(panels: readonly Panel[], targetSeconds: number): Top {
  const values = panels.flatMap(({ row, curve }) => [
    row.wait_p95_seconds_observed ?? 0,
    ...curve.flatMap(({ p95Seconds: { estimate, lower, upper } }) => [estimate, lower, upper]),
  ]);
  const most = Math.max(targetSeconds, ...values.filter(Number.isFinite));
  const finite = Math.max(most * 1.6, targetSeconds * 3);
  const isNeeded = values.some((value) => value === Number.POSITIVE_INFINITY);
  return { finite, end: isNeeded ? finite * 5 : finite, isNeeded };
}

function panelMarks({ row, curve }: Panel, top: Top, color: string, targetSeconds: number) {
  if (curve.length === 0) {
    return [
      nodeMark(({ left, right, top: above, bottom }) => {
        const lines = wrap(`Not estimable: ${reason(row)}`, right - left - 24, FONT_SIZE);
        const first = (above + bottom) / 2 - ((lines.length - 1) * 16) / 2;
        const texts = lines.map((line, i) =>
          label(line, (left + right) / 2, first + i * 16, { fill: MUTED, anchor: "middle", halo: true }),
        );
        return svg("g", {}, ...texts);
      }),
    ];
  }
  const unfit = Math.sqrt(top.finite * top.end);
  const at = (seconds: number) => (Number.isFinite(seconds) ? seconds : unfit);
  const x0 = (point: WaitCurvePoint) => point.gpus - row.gpus_now;
  const lineColor = textColor(color);
  return [
    nodeMark(({ x, y, left, right, top: above }) => {
      const nodes: SvgNode[] = [];
      if (top.isNeeded) {
        const box = { x: left, y: above, width: right - left, height: y(top.finite) - above };
        nodes.push(svg("rect", { ...box, fill: "#f0f2f4" }));
      }
      const edge = (pick: (point: WaitCurvePoint) => number) =>
        curve.map((point) => `${x(x0(point))},${y(at(pick(point)))}`);
      const uppers = edge((point) => point.p95Seconds.upper);
      const lowers = edge((point) => point.p95Seconds.lower).reverse();
      nodes.push(svg("path", { d: `M${[...uppers, ...lowers].join("L")}Z`, fill: mix(BACKGROUND, lineColor, 0.2) }));
      nodes.push(
        svg("path", {
          d: `M${edge((point) => point.p95Seconds.estimate).join("L")}`,
          fill: "none",
          stroke: lineColor,
          "stroke-width": 1.75,
        }),
      );
      nodes.push(
        ...curve.map((point) =>
          svg("circle", { cx: x(x0(point)), cy: y(at(point.p95Seconds.estimate)), r: 2.25, fill: lineColor }),
        ),
      );
      const unfitAt = curve.filter((point) => !Number.isFinite(point.p95Seconds.estimate)).map((point) => x(x0(point)));
      if (unfitAt.length > 0) {
        const isRight = right - Math.max(...unfitAt) > Math.min(...unfitAt) - left;
        const [at, anchor] = isRight ? ([right - 4, "end"] as const) : ([left + 4, "start"] as const);
        nodes.push(label("does not fit", at, y(unfit), { size: 11, fill: MUTED, anchor }));
      }
      const pointAt = (nodes: number) => curve.find((point) => point.nodes === nodes);
      const mark = (nodes: number | undefined, draw: (cx: number, cy: number) => SvgNode) => {
        const point = nodes === undefined ? undefined : pointAt(nodes);
        return point === undefined ? [] : [draw(x(x0(point)), y(at(point.p95Seconds.estimate)))];
      };
      if (row.wait_p95_seconds_observed !== null) nodes.push(asItWas(x(0), y(row.wait_p95_seconds_observed)));
      nodes.push(...mark(row.nodes_now, today));
      nodes.push(...mark(row.nodes_now + (row.nodes_to_add ?? 0), planned));
      const line = { x1: left, x2: right, y1: y(targetSeconds), y2: y(targetSeconds) };
      nodes.push(svg("line", { ...line, stroke: INK, "stroke-dasharray": "4,3" }));
      return svg("g", {}, ...nodes);
    }),
  ];
}

const PLANNED = "#d55e00";
const today = (cx: number, cy: number) => svg("circle", { cx, cy, r: 4.5, fill: INK });
const planned = (cx: number, cy: number) =>
  svg("circle", { cx, cy, r: 7.5, fill: "none", stroke: PLANNED, "stroke-width": 2 });
const asItWas = (cx: number, cy: number) =>
  svg("path", {
    d: `M${cx},${cy - 6}L${cx + 6},${cy}L${cx},${cy + 6}L${cx - 6},${cy}Z`,
    fill: BACKGROUND,
    stroke: INK,
    "stroke-width": 1.5,
  });

/** What the marks mean, each as it is drawn. The target is named here: in a panel, a curve could cross its name. */
function symbolKey(width: number, targetSeconds: number): Drawn {
  const items: readonly KeyItem[] = [
    { label: `Target ${duration(targetSeconds)}`, color: INK, shape: "dash" },
    { label: "Replayed", color: INK, shape: "line" },
    { label: "90% of resampled days", color: mix(BACKGROUND, INK, 0.2) },
  ];
  const lines = key(items, width);
  let x = items.reduce((sum, item) => sum + 36 + textWidth(item.label, FONT_SIZE), 0);
  const symbols = (
    [
      ["Today, as it was", asItWas],
      ["Today, replayed", today],
      ["Plan", planned],
    ] as const
  ).map(([text, draw]) => {
    const node = svg("g", {}, draw(x + 8, 10), label(text, x + 22, 10));
    x += 22 + textWidth(text, FONT_SIZE) + 18;
    return node;
  });
  return { ...lines, node: svg("g", {}, lines.node, translate(0, 0, ...symbols)) };
}

const upperFirst = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** There are no parts of GPUs to add. */
const signed = (value: number) => (Number.isInteger(value) ? `${value > 0 ? "+" : ""}${number(value)}` : "");

function planText(row: CapacityRow): string {
  if (row.gpus_to_add === null) return "no plan";
  if (row.gpus_to_add === 0) return "plan as it is";
  return row.gpus_to_add > 0 ? `plan +${number(row.gpus_to_add)}` : `${number(-row.gpus_to_add)} to spare`;
}

/** Why a nodegroup is not estimable, without the "no". */
const reason = (row: CapacityRow) => row.estimable.replace(/^no: /, "");

/** "a100 and h100 (0 jobs, a p95 needs 59)", each reason once. */
function byReason(rows: readonly CapacityRow[], say: (names: readonly string[]) => string): string[] {
  const named = new Map<string, string[]>();
  for (const row of rows) named.set(reason(row), [...(named.get(reason(row)) ?? []), row.nodegroup]);
  return [...named].map(([why, names]) => `${say(names)} (${why})`);
}

/** "No nodegroup needs", or if some could not be judged "No judged nodegroup needs". */
const none = (unknown: readonly CapacityRow[]) =>
  unknown.length > 0 ? "No judged nodegroup needs" : "No nodegroup needs";

/** A sentence on those that could not be judged, if there are any. */
const notJudged = (unknown: readonly CapacityRow[]) =>
  unknown.length > 0 ? ` Not judged: ${byReason(unknown, placeText).join("; ")}.` : "";

/** "5", or with an interval that says more "5 (4 to 6)". */
function neededText({ nodes_needed, nodes_needed_lower, nodes_needed_upper }: CapacityRow): string {
  const interval = range(nodes_needed_lower, nodes_needed_upper);
  return interval === number(nodes_needed) ? interval : `${number(nodes_needed)} (${interval})`;
}

function words(finding: TargetFinding, targetSeconds: number): Pick<FigureSpec, "title" | "takeaway"> {
  const target = duration(targetSeconds);
  switch (finding.kind) {
    case "short": {
      const { worst, thenSeconds, short, freeGpuHours, bought, hidden } = finding;
      const replayed =
        worst.wait_p95_seconds_replayed === null
          ? "does not fit"
          : `has a p95 of ${duration(worst.wait_p95_seconds_replayed)}`;
      const more = short.reduce((sum, row) => sum + row.gpus_to_add!, 0);
      const moved = more - bought.gpus;
      const first = [
        ...(freeGpuHours > 0 ? [`what costs nothing comes first: ${gpuHours(freeGpuHours)} waited behind it`] : []),
        ...(moved > 0 ? [`${gpus(moved)} can be moved from where they are to spare`] : []),
      ];
      const last = `${gpus(bought.gpus)} cost ${dollars(bought.usdPerMonth)} a month`;
      const steps =
        bought.gpus === 0
          ? [...first, "nothing has to be bought"]
          : first.length > 0
            ? [...first, `then ${last}`]
            : [`no free action ${isHidden(hidden) ? "that is known " : ""}stands against it: ${last}`];
      const then = thenSeconds === undefined ? "" : `, which bring it to ${duration(thenSeconds)}`;
      return {
        title:
          short.length === 1
            ? `${worst.nodegroup} needs ${plural(more, "GPU")} more for a p95 wait of ${target}`
            : fittingTitle(
                `${plural(short.length, "nodegroup")} need ${plural(more, "GPU")} more for a p95 wait of ${target}`,
                `${plural(short.length, "nodegroup")} need ${plural(more, "GPU")} more to meet ${target}`,
              ),
        takeaway:
          `On its ${plural(worst.nodes_now, "node")} ${worst.nodegroup}’s demand ${replayed} even packed and with no quota in the way; the target of ${target} takes ${neededText(worst)}${then}. ` +
          `${upperFirst(steps.join("; "))}.`,
      };
    }
    case "free-first": {
      const { worst, rows, unknown } = finding;
      const others = rows.slice(1).map((row) => row.nodegroup);
      return {
        title: `${none(unknown)} more GPUs, but ${worst.nodegroup} misses ${target}`,
        takeaway:
          `Its p95 was ${duration(worst.wait_p95_seconds_observed)}; packed and with no quota in the way the same demand meets ${target} on the ${plural(worst.nodes_now, "node")} that it has${others.length > 0 ? `, and so ${others.length === 1 ? "does" : "do"} ${list(others)}` : ""}. ` +
          `The actions that cost nothing come first: buying would not mend what blocks it.${notJudged(unknown)}`,
      };
    }
    case "spare": {
      const { most, rows, unknown } = finding;
      const all = rows.reduce((sum, row) => sum - row.gpus_to_add!, 0);
      return {
        title:
          rows.length === 1
            ? `${none(unknown)} more GPUs; ${number(all)} in ${most.nodegroup} could serve other work`
            : `${none(unknown)} more GPUs; ${number(all)} of ${plural(rows.length, "nodegroup")} could serve other work`,
        takeaway:
          `Packed and with no quota in the way, every nodegroup ${unknown.length > 0 ? "that can be judged " : ""}meets a p95 of ${target} on the nodes it has. ` +
          `${most.nodegroup} would on ${number(most.nodes_now + most.nodes_to_add!)} of ${number(most.nodes_now)}, ${percent(-most.gpus_to_add! / most.gpus_now)} fewer: once the free actions are done, give them other work before buying anywhere.${notJudged(unknown)}`,
      };
    }
    case "enough": {
      const { rows, unknown } = finding;
      const nearest = [...rows].sort(
        (a, b) => (b.wait_p95_seconds_observed ?? 0) - (a.wait_p95_seconds_observed ?? 0),
      )[0]!;
      return {
        title: `${none(unknown)} more GPUs for a p95 wait of ${target}`,
        takeaway:
          `The longest p95 was ${duration(nearest.wait_p95_seconds_observed)}, in ${nearest.nodegroup}; replayed, ${unknown.length > 0 ? "those that can be judged meet" : "all meet"} ${target} on the nodes they have. ` +
          (unknown.length > 0
            ? `None of these has a whole node to spare.${notJudged(unknown)}`
            : "None has a whole node to spare either: nothing to buy, nothing to give back."),
      };
    }
    case "beyond": {
      const { rows } = finding;
      const names = list(rows.map((row) => row.nodegroup));
      return {
        title: `${placeText(rows.map((row) => row.nodegroup))}: more nodes alone do not bring the p95 wait to ${target}`,
        takeaway:
          `${byReason(rows, list).join("; ")}, packed and with no quota in the way. ` +
          `Buying is no remedy for ${names} then: look at what is asked for there, and for how long, before anything else.`,
      };
    }
    case "unknown": {
      const mend = finding.hidden.podless.length > 0 ? podlessMend() : "Longer data, or another target, would tell";
      return {
        title: "How many GPUs would meet the target cannot be estimated",
        takeaway: `There is no estimate for ${byReason(finding.rows, placeText).join("; ")}. ${mend}; until then buy nothing on this figure.`,
      };
    }
  }
}
