import type { Analysis } from "../analysis/analyse.js";
import type { Diagnosis } from "../diagnosis/diagnose.js";
import { material, unseen } from "../diagnosis/headline.js";
import { hiddenMend, hiddenText } from "../diagnosis/hidden-words.js";
import { type Hidden, isHidden } from "../join/hidden.js";
import { type NodeAtMoment, nodesAt } from "../join/moment.js";
import type { Observed, UnplacedGang } from "../join/observed.js";
import { gangsByTick } from "../join/roll-up.js";
import { type Shape, TrailingShapes } from "../join/shapes.js";
import { placeablePods } from "../packing/index.js";
import { duration, gpuHours, gpus, list, number, percent, plural, timestamp } from "../units/format.js";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../units/time.js";
import { type Figure, type FigureSpec, figure } from "./figure.js";
import { beside, key, label, noData, stack } from "./layout.js";
import { nodeMark } from "./marks/node-mark.js";
import { gapLabels, stepArea } from "./marks/steps.js";
import { timeAxis } from "./marks/time-axis.js";
import { type GpuHolder, waffle } from "./marks/waffle.js";
import { category, GREY, INK, OKABE_ITO, WAITING_CAUSES } from "./palette.js";
import { PADDING } from "./picture.js";
import { FONT_SIZE, type Frame, type Markish, plot, plotLibrary } from "./plot.js";
import { type Drawn, svg } from "./svg.js";
import { textWidth } from "./text.js";
import { coveredTime, type Span, spansByNodegroup } from "./windows.js";

/** A nodegroup at the moment at which its free GPUs were of least use, and what asked for them. */
export interface Moment {
  readonly nodegroup: string;
  readonly tick: number;
  /** What waited there with nodes for its shape missing; undefined if only a usual shape stands for it. */
  readonly gang: UnplacedGang | undefined;
  readonly clusterQueue: string | undefined;
  readonly shape: Shape;
}

/** What the nodes looked like at that moment. */
export type FragmentationFinding =
  | {
      /** Enough GPUs were free for what waited, and no place, much or little in all; or, where nothing waited, for what usually comes. */
      readonly kind: "alarm" | "minor" | "latent";
      readonly moment: Moment;
      readonly atMs: number;
      readonly free: number;
      readonly gpus: number;
      /** Nodes with free GPUs, and the most that are free on one. */
      readonly nodesWithFree: number;
      readonly mostOnOne: number;
      /** How long the gang had waited. */
      readonly waitedSeconds: number;
      /** GPU-hours that waited for fragmentation in the nodegroup, and as a share of those paid for there. */
      readonly gpuHours: number;
      readonly share: number;
      readonly hidden: Hidden;
    }
  /** Nothing is known of the shapes that are asked for. */
  | { readonly kind: "no-shapes"; readonly hidden: Hidden }
  /** No shape that is known lacked a place. */
  | { readonly kind: "none-seen"; readonly hidden: Hidden }
  | { readonly kind: "none"; readonly mostFree: string | undefined }
  | { readonly kind: "no-data" };

/** A gang without nodes for less than this may be on its way, so that other moments come first. Field convention. */
const TRANSIT_MINUTES = 5;

/**
 * The worst moment: most GPUs free in a nodegroup while a gang that they would have been enough for had no place; where
 * that never was, while the shape most asked for would have had none.
 */
export function worstMoment(observed: Observed): Moment | undefined {
  let best: readonly number[] | undefined;
  let worst: Moment | undefined;
  const consider = (moment: Moment, rank: readonly number[]) => {
    const first = rank.findIndex((value, i) => value !== best?.[i]);
    if (best === undefined || (first >= 0 && rank[first]! > best[first]!)) [worst, best] = [moment, rank];
  };
  const unplacedAt = gangsByTick(observed.unplaced, observed.ticks);
  const home = new Map(observed.nodegroups.map(({ name }) => [name, freeByTick(observed, name)]));
  const transit = (TRANSIT_MINUTES * MINUTE_MS) / observed.stepMs;
  unplacedAt.forEach((gangs, tick) => {
    for (const gang of gangs) {
      const { nodegroup, clusterQueue, firstTick } = gang;
      const free = nodegroup === undefined ? undefined : home.get(nodegroup)?.(tick);
      if (nodegroup === undefined || free === undefined || !barred(free, gang)) continue;
      const waited = tick - firstTick;
      consider({ nodegroup, tick, gang, clusterQueue, shape: gang }, [Number(waited >= transit), sum(free), waited]);
    }
  });
  if (worst !== undefined) return worst;

  const trailing = new TrailingShapes(observed);
  for (const { name } of observed.nodegroups) {
    const queues = observed.clusterQueues.filter((queue) => queue.eligible.includes(name));
    for (let tick = 0; tick < observed.ticks; tick++) {
      const free = home.get(name)!(tick);
      if (sum(free) <= (best?.[0] ?? 0)) continue;
      const shapes = queues.flatMap((queue) =>
        trailing.of(queue.name, tick).map((shape) => ({ ...shape, queue: queue.name })),
      );
      const [largest] = shapes.filter((shape) => barred(free, shape)).sort((a, b) => b.gpus - a.gpus);
      if (largest === undefined) continue;
      consider({ nodegroup: name, tick, gang: undefined, clusterQueue: largest.queue, shape: largest }, [sum(free)]);
    }
  }
  return worst;
}

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);

function freeByTick({ nodes }: Observed, nodegroup: string): (tick: number) => number[] {
  const mine = nodes.filter((node) => node.nodegroup === nodegroup);
  return (tick) => mine.map(({ free }) => free[tick]!).filter((free) => free > 0);
}

/** Enough GPUs in total, and not together. */
function barred(free: readonly number[], { pods, gpusPerPod }: Shape): boolean {
  return sum(free) >= pods * gpusPerPod && placeablePods(free, gpusPerPod) < pods;
}

export function fragmentationFinding(
  { observed, supply, waiting, hidden }: Pick<Diagnosis, "observed" | "supply" | "waiting" | "hidden">,
  moment: Moment | undefined,
  nodes: readonly NodeAtMoment[],
): FragmentationFinding {
  if (observed.nodes.length === 0) return { kind: "no-data" };
  if (moment === undefined) {
    if (unseen({ observed }).includes("kube-state-metrics")) return { kind: "no-data" };
    if (isHidden(hidden)) {
      const shaped = [...observed.started, ...observed.unplaced].some(({ clusterQueue }) => clusterQueue !== undefined);
      return { kind: shaped ? "none-seen" : "no-shapes", hidden };
    }
    const mostFree = [...supply].sort((a, b) => b.free - a.free)[0];
    return { kind: "none", mostFree: mostFree && mostFree.free > 0 ? mostFree.nodegroup : undefined };
  }
  if (nodes.length === 0) return { kind: "no-data" };
  const free = nodes
    .filter((node) => node.healthy)
    .map(freeOn)
    .filter((some) => some > 0);
  const lost = waiting
    .filter((each) => each.nodegroup === moment.nodegroup && each.cause === "fragmentation")
    .reduce((all, each) => all + each.gpuHours, 0);
  const share = lost / (supply.find((row) => row.nodegroup === moment.nodegroup)?.paid ?? Number.NaN);
  return {
    kind: moment.gang === undefined ? "latent" : share >= material.waitedShare ? "alarm" : "minor",
    moment,
    atMs: momentMs(observed, moment),
    free: sum(free),
    gpus: sum(nodes.map((node) => node.gpus)),
    nodesWithFree: free.length,
    mostOnOne: Math.max(0, ...free),
    waitedSeconds: ((moment.tick + 1 - (moment.gang?.firstTick ?? moment.tick + 1)) * observed.stepMs) / SECOND_MS,
    gpuHours: lost,
    share,
    hidden,
  };
}

const freeOn = (node: NodeAtMoment) => Math.max(0, node.gpus - sum(node.holders.map((holder) => holder.gpus)));

/** The last scrape of a tick: the tick is seen as it stood at its end. */
function momentMs({ startMs, stepMs }: Observed, { tick }: Moment): number {
  return startMs + (tick + 1) * stepMs - 1;
}

/** What fragmentation looks like: the nodes at the worst moment, and what found no place on them. */
export async function fragmentationMoment(analysis: Analysis): Promise<Figure> {
  const moment = worstMoment(analysis.observed);
  const nodes =
    moment === undefined ? [] : await nodesAt(analysis.dataset, moment.nodegroup, momentMs(analysis.observed, moment));
  return fragmentationFigure(analysis, moment, nodes);
}

const MOST_NODES = 240;
const MOST_HOLDERS = 7;
const WIDTH = 900;
/** The least room beside the nodes in which their history is drawn there, and its height else. */
const BESIDE = 340;
const BELOW = 150;
const GAP = 40;
/** Up to this many hours the history is drawn by 5-minute windows. */
const SHORT_HOURS = 24;

export function fragmentationFigure(
  analysis: Pick<Analysis, "observed" | "diagnosis" | "windows" | "hours" | "period" | "source">,
  moment: Moment | undefined,
  all: readonly NodeAtMoment[],
): Figure {
  const { diagnosis, observed } = analysis;
  const finding = fragmentationFinding(diagnosis, moment, all);
  const sorted = [...all].sort((a, b) => Number(b.healthy) - Number(a.healthy) || freeOn(b) - freeOn(a));
  const nodes = sorted.slice(0, MOST_NODES);
  const out = all.filter((node) => !node.healthy).length;
  const { prefix, short } = shortNames(all);
  const words = {
    id: "04-fragmentation-moment",
    ...wordsOf(finding),
    note:
      "Holder: the ClusterQueue of the pods, or the namespace outside Kueue. The moment is the one with most GPUs free " +
      (finding.kind === "latent"
        ? `while the shape drawn, usual in the nodegroup of late, would have had no place; ${isHidden(finding.hidden) ? "whether anything waited so is not known" : "nothing waited so"}. `
        : "while a gang that was admitted, and that they would have been enough for, had no place. ") +
      "Which GPU of a node is whose is not told by telemetry: they are sorted. Stranded: of no use to the shapes in demand." +
      (all.length > nodes.length ? ` Drawn are ${plural(nodes.length, "node")} of ${all.length}.` : "") +
      (out > 0 ? ` ${plural(out, "node")} ${out === 1 ? "was" : "were"} cordoned or not Ready.` : ""),
    source: analysis.source,
    alt: `Waffle chart of ${plural(nodes.length, "node")} and who held their GPUs, where the finding is: ${wordsOf(finding).title}.`,
    table: {
      columns: [
        { name: "node", label: "Node", unit: null },
        { name: "gpus", label: "GPUs", unit: "GPUs", digits: 0 },
        { name: "free", label: "Free", unit: "GPUs", digits: 0 },
        { name: "holders", label: "Held by", unit: null },
        { name: "healthy", label: "In service", unit: null },
      ],
      rows: sorted.map((node) => ({
        node: node.node,
        gpus: node.gpus,
        free: node.healthy ? freeOn(node) : 0,
        holders: list(node.holders.map((holder) => `${holder.name} ${holder.gpus}`)),
        healthy: node.healthy,
      })),
    },
    width: WIDTH,
  };
  const axes = {
    x: { label: prefix === "" ? "Node" : `Node, ${prefix}…`, unit: null },
    y: { label: "GPUs of a node", unit: "count" },
  };
  if (!("moment" in finding)) {
    const why = EMPTY[finding.kind];
    const subtitle = `GPUs by node and holder at the worst moment; ${analysis.period}`;
    return figure({ ...words, subtitle, height: 180, axes, draw: (drawing) => noData(drawing, why) });
  }
  const { nodegroup, shape } = finding.moment;
  const holders = holdersOf(nodes);
  const gang = {
    label: `${finding.kind === "latent" ? "Usual" : "Waits"}: ${shapeText(shape)}`,
    pods: shape.pods,
    gpus: shape.gpusPerPod,
  };
  const inner = WIDTH - 2 * PADDING;
  const cells = nodes.map((node) => ({ name: short(node.node), gpus: cellsOf(node, holders) }));
  const needed = widthOf(nodes.length, gang);
  const isBeside = inner - needed - GAP >= BESIDE;
  const high = heightOf(nodes);
  const history = (frame: Frame) =>
    drawHistory(frame, historyOf(analysis, nodegroup), coveredTime(observed), finding.atMs, finding.gpus);
  return figure<"time" | "free">({
    ...words,
    subtitle: `GPUs of ${nodegroup} by node and holder on ${timestamp(finding.atMs)}, and its free GPUs over the period, ${analysis.period}`,
    height: isBeside ? high : high + BELOW + 16,
    axes: { ...axes, time: { label: "Time", unit: "UTC" }, free: { label: `Free in ${nodegroup}`, unit: "GPUs" } },
    draw: ({ width, axes: said }) => {
      const room = isBeside ? needed : width;
      const drawn = waffle({ width: room, height: high, axes: said }, { nodes: cells, holders, gang });
      const labels = { x: said.time, y: said.free };
      if (!isBeside) return stack([drawn, history({ width, height: BELOW, axes: labels })], 16);
      return beside([drawn, history({ width: width - room - GAP, height: drawn.height, axes: labels })], GAP);
    },
  });
}

/** What a chart without nodes says. */
const EMPTY = {
  none: "No shape that was asked for lacked a place",
  "none-seen": "No shape that is known lacked a place",
  "no-shapes": "Not known: no shape that was asked for is seen",
  "no-data": "Not known: no data",
} as const;

/** What a waffle of few nodes is wide, with the shape beside it. */
function widthOf(nodes: number, { label, pods }: { readonly label: string; readonly pods: number }): number {
  const shape = 30 + Math.max(textWidth(label, FONT_SIZE, 500), Math.min(9, pods + 1) * 25);
  return Math.max(260, Math.ceil(22 + nodes * 25 + shape + 4));
}

function heightOf(nodes: readonly NodeAtMoment[]): number {
  const tallest = Math.max(1, ...nodes.map((node) => node.gpus));
  const few = nodes.length <= 32;
  const lines = few ? 1 : Math.ceil(nodes.length / 60);
  return 104 + lines * (tallest * (few ? 22 : 11) + (few ? 66 : 22));
}

function historyOf({ observed, windows, hours }: Pick<Analysis, "observed" | "windows" | "hours">, nodegroup: string) {
  const { from, to } = coveredTime(observed);
  const rows = to - from <= SHORT_HOURS * HOUR_MS ? windows : hours;
  return spansByNodegroup(observed, rows).get(nodegroup) ?? [];
}

const STRANDED = category(WAITING_CAUSES, "fragmentation").color;

/** Free GPUs over the period, and of these the stranded: whether the moment was one of many. */
function drawHistory(
  frame: Frame,
  spans: readonly Span[],
  { from, to }: { readonly from: number; readonly to: number },
  atMs: number,
  gpusOfAll: number,
): Drawn {
  const legend = key(
    [
      { label: "Free", color: FREE },
      { label: "of these stranded", color: STRANDED },
    ],
    frame.width,
  );
  const most = Math.max(gpusOfAll, ...spans.map(({ row }) => row.gpus_free ?? 0));
  const body = plot(
    { ...frame, height: frame.height - legend.height - 8 },
    {
      marginLeft: 30,
      marginRight: 8,
      x: { type: "utc", domain: [new Date(from), new Date(to)], grid: false },
      y: { domain: [0, most], tickSpacing: 36 },
      marks: [
        stepArea(spans, { high: ({ row }) => row.gpus_free }, { fill: FREE }),
        stepArea(spans, { high: ({ row }) => row.gpus_stranded }, { fill: STRANDED }),
        gapLabels(spans, ({ row }) => row.gpus_free, { from, to }),
        plotLibrary().ruleY([0]),
        momentMark(atMs),
        ...timeAxis(from, to, frame.width - 38),
      ],
    },
  );
  return stack([legend, body], 8);
}

const FREE = "#d5d9dd";

/** A rule at the moment, its label on the side that has room. */
function momentMark(atMs: number): Markish {
  return nodeMark(({ x, left, right, top, bottom }) => {
    const at = x(new Date(atMs));
    const isLate = at > (left + right) / 2;
    const style = { weight: 500, halo: true, anchor: isLate ? "end" : "start" } as const;
    return svg(
      "g",
      {},
      svg("line", { x1: at, x2: at, y1: top, y2: bottom, stroke: INK, "stroke-dasharray": "4,3" }),
      label("This moment", at + (isLate ? -5 : 5), top + 6, style),
    );
  });
}

/** What all nodes' names begin with, up to a separator, and a name without it and without a domain that all share. */
function shortNames(all: readonly NodeAtMoment[]): { prefix: string; short: (name: string) => string } {
  const names = all.map(({ node }) => node);
  const [first = ""] = names;
  const shared = (at: (name: string, i: number) => string | undefined) => {
    let count = 0;
    while (count < first.length && names.every((name) => at(name, count) === at(first, count))) count++;
    return count;
  };
  if (names.length < 2) return { prefix: "", short: (name) => name };
  const start = first
    .slice(
      0,
      shared((name, i) => name[i]),
    )
    .search(/[^-.]*$/);
  const end = first.slice(first.length - shared((name, i) => name[name.length - 1 - i])).search(/[-.]/);
  const suffix = first.length - shared((name, i) => name[name.length - 1 - i]) + Math.max(0, end);
  const cut = end < 0 ? 0 : first.length - suffix;
  return { prefix: first.slice(0, start), short: (name) => name.slice(start, name.length - cut) };
}

const OTHERS = "\u0000others";

function holdersOf(nodes: readonly NodeAtMoment[]): { name: string; label: string; color: string }[] {
  const held = new Map<string, number>();
  for (const node of nodes)
    for (const { name, gpus: count } of node.holders) held.set(name, (held.get(name) ?? 0) + count);
  const ranked = [...held].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).map(([name]) => name);
  const named = ranked.length > MOST_HOLDERS ? ranked.slice(0, MOST_HOLDERS - 1) : ranked;
  const holders = named.map((name, i) => ({ name, label: name, color: OKABE_ITO[i]! }));
  const rest = ranked.length - named.length;
  return rest === 0 ? holders : [...holders, { name: OTHERS, label: plural(rest, "other"), color: GREY }];
}

/** The GPUs of a node: those held, holder by holder, then those that nobody holds. */
function cellsOf(node: NodeAtMoment, holders: readonly { readonly name: string }[]): GpuHolder[] {
  const held = holders.flatMap(({ name }) =>
    node.holders
      .filter((holder) => (holders.some((each) => each.name === holder.name) ? holder.name : OTHERS) === name)
      .flatMap((holder) => new Array<GpuHolder>(holder.gpus).fill(name)),
  );
  const left = new Array<GpuHolder>(Math.max(0, node.gpus - held.length)).fill(node.healthy ? null : undefined);
  return [...held, ...left].slice(0, Math.max(node.gpus, held.length));
}

const shapeText = ({ pods, gpusPerPod }: Shape) => `${plural(pods, "pod")} of ${gpus(gpusPerPod)}`;

function wordsOf(finding: FragmentationFinding): Pick<FigureSpec, "title" | "takeaway"> {
  switch (finding.kind) {
    case "alarm":
    case "minor": {
      const {
        moment,
        free,
        gpus: all,
        nodesWithFree,
        mostOnOne,
        waitedSeconds,
        gpuHours: lost,
        share,
        hidden,
      } = finding;
      const { nodegroup, shape, clusterQueue } = moment;
      const isLeast = isHidden(hidden);
      const [title, act] =
        finding.kind === "alarm"
          ? [
              `${gpus(free)} free in ${nodegroup}, but no room for ${shapeText(shape)}`,
              `an alarm from ${percent(material.waitedShare)} on: pack pods onto fewer nodes, or keep some for whole-node gangs`,
            ]
          : [
              isLeast
                ? `Scattered free GPUs kept at least ${gpuHours(lost)} waiting in ${nodegroup}`
                : `Scattered free GPUs kept little waiting: ${gpuHours(lost)} in ${nodegroup}`,
              `below the ${percent(material.waitedShare)} of an alarm: ${isLeast ? "but not all that waited is counted" : "no action is called for"}`,
            ];
      return {
        title,
        takeaway:
          `At worst ${gpus(free)} of ${number(all)} were free, scattered over ${plural(nodesWithFree, "node")} with at most ${number(mostOnOne)} on one, while ` +
          `${clusterQueue} had waited ${duration(waitedSeconds)} for ${shapeText(shape)}. ` +
          `Over the period ${gpuHours(lost)} waited so there, ${percent(share)} of those paid for, ${act}.`,
      };
    }
    case "latent": {
      const { moment, free, gpus: all, nodesWithFree, mostOnOne, hidden } = finding;
      const { nodegroup, shape, clusterQueue } = moment;
      const usual = `${gpus(free)} of ${number(all)} were free on ${plural(nodesWithFree, "node")}, at most ${number(mostOnOne)} on one, so that ${clusterQueue}’s usual ${shapeText(shape)} would have had no place. `;
      if (isHidden(hidden)) {
        return {
          title: `Not known what waited for scattered GPUs; at worst ${number(free)} free in ${nodegroup}`,
          takeaway: `${usual}Whether anything waited so is not known everywhere: ${hiddenText(hidden)}. ${hiddenMend(hidden)}.`,
        };
      }
      return {
        title: `Nothing waited for scattered GPUs; at worst ${number(free)} were free in ${nodegroup}`,
        takeaway: `${usual}No such gang was waiting: no action is called for.`,
      };
    }
    case "no-shapes":
      return {
        title: "Whether free GPUs were scattered is not known",
        takeaway: `Free GPUs are scattered for a shape that asks for them, and no pod tells which shapes the queues start: ${hiddenText(finding.hidden)}. ${hiddenMend(finding.hidden)}.`,
      };
    case "none-seen":
      return {
        title: "Free GPUs were not scattered for any shape that is known",
        takeaway: `Whenever enough GPUs were free for a shape that is known, it had a place; but ${hiddenText(finding.hidden)}. ${hiddenMend(finding.hidden)}.`,
      };
    case "none":
      return {
        title: "Free GPUs were never scattered",
        takeaway:
          `Whenever enough GPUs were free for a shape that was asked for, it had a place${finding.mostFree === undefined ? "" : `, also in ${finding.mostFree}, where most were free`}. ` +
          "No action is called for.",
      };
    case "no-data":
      return {
        title: "Whether free GPUs were scattered is not known",
        takeaway:
          "kube-state-metrics named no nodes, or none at that moment, and only it knows what is free where. Mend the scrape before packing anything.",
      };
  }
}
