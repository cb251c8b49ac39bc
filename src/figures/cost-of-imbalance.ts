import type { Analysis } from "../analysis/analyse.js";
import type { Diagnosis } from "../diagnosis/diagnose.js";
import { alarms, material } from "../diagnosis/headline.js";
import type { CostRow } from "../plan/cost.js";
import type { Plan } from "../plan/plan.js";
import { date, dollars, list, percent, plural } from "../units/format.js";
import { HOUR_MS, WEEK_HOURS } from "../units/time.js";
import { type Figure, type FigureSpec, figure } from "./figure.js";
import { label, noData, stack } from "./layout.js";
import { stackedBars } from "./marks/stacked-bars.js";
import { type Category, category, GREY, GRID, INK, MUTED, SUPPLY_STATES } from "./palette.js";
import { FONT_SIZE } from "./plot.js";
import { type Drawn, type SvgNode, svg } from "./svg.js";
import { shortenName, textWidth, widest } from "./text.js";

/** Dollars a month that one action of the plan moves. */
export interface Move {
  readonly nodegroup: string;
  readonly gpus: number;
  /** Bought, given back, or freed for other work because they are paid for anyway until a date. */
  readonly kind: "buys" | "saves" | "reusable";
  /** At list price; never below zero. */
  readonly usdPerMonth: number;
  /** End of the commitment; none is on demand. */
  readonly committedUntil: string | null;
}

export interface Week {
  readonly paid: number;
  readonly useful: number;
  readonly unused: number;
  readonly unallocated: number;
  readonly unknown: number;
}

/** What imbalance costs, in dollars a week, and what the plan would move. */
export type CostFinding = {
  readonly week: Week;
  readonly moves: readonly Move[];
  /** GPUs that the plan moves from nodegroups that can spare them to others that lack them, which costs nothing. */
  readonly shifted: number;
  /** Whether any nodegroup could be planned for; without, nobody knows what could move. */
  readonly planned: boolean;
  /** Nodegroups that could not be planned for. */
  readonly unjudged: readonly string[];
} & (
  | { readonly kind: "buys" | "frees" }
  | {
      /** So many of a nodegroup's held GPUs are idle or stalled that it is an alarm. */
      readonly kind: "unused";
      readonly nodegroup: string;
      readonly usd: number;
      readonly share: number;
    }
  | { readonly kind: "unknown" }
  /** The contract's prices are all zero. */
  | { readonly kind: "unpriced" }
  | { readonly kind: "still" }
);

/** More than this share of the cost not covered by telemetry leaves nothing to say of the rest. Field convention. */
const UNKNOWN_SHARE = 0.25;

export function costFinding(diagnosis: Diagnosis, plan: Plan): CostFinding {
  const weekly = weeklyCosts(diagnosis.observed, plan.costs);
  const sum = (pick: (row: CostRow) => number) => weekly.reduce((all, row) => all + pick(row), 0);
  const week: Week = {
    paid: sum((row) => row.usd_paid),
    useful: sum((row) => row.usd_useful),
    unused: sum((row) => row.usd_allocated_unused),
    unallocated: sum((row) => row.usd_unallocated),
    unknown: sum((row) => Math.abs(row.usd_unknown)),
  };
  const moves = movesOf(plan);
  const common = {
    week,
    moves,
    shifted: shiftedGpus(plan),
    planned: plan.capacity.some((row) => row.estimable === "yes"),
    unjudged: plan.capacity.filter((row) => row.estimable !== "yes").map((row) => row.nodegroup),
  };
  if (week.paid === 0) return { kind: "unpriced", ...common };
  if (week.unknown > UNKNOWN_SHARE * week.paid) return { kind: "unknown", ...common };
  if (moves.some((move) => move.kind === "buys")) return { kind: "buys", ...common };
  if (moves.length > 0) return { kind: "frees", ...common };
  const quiet = new Set(alarms(diagnosis).flatMap((alarm) => (alarm.kind === "shortage" ? [] : [alarm.nodegroup])));
  const [most] = weekly
    .filter((row) => quiet.has(row.nodegroup))
    .sort((a, b) => b.usd_allocated_unused - a.usd_allocated_unused);
  if (most === undefined) return { kind: "still", ...common };
  const share = most.usd_allocated_unused / (most.usd_useful + most.usd_allocated_unused);
  return { kind: "unused", ...common, nodegroup: most.nodegroup, usd: most.usd_allocated_unused, share };
}

/** Dollars a month by nodegroup, from the actions that buy and give back; dearest first. */
function movesOf({ actions, capacity }: Plan): Move[] {
  return actions
    .flatMap(({ action, place, nodes, usd_per_month }): Move[] => {
      const row = capacity.find((each) => each.nodegroup === place);
      if ((action !== "add" && action !== "free") || row === undefined) return [];
      // Of the nodes that are lacking or to spare, some may be moved instead.
      const part = nodes! / row.nodes_to_add!;
      return [
        {
          nodegroup: place,
          gpus: Math.abs(row.gpus_to_add! * part),
          kind: action === "add" ? "buys" : usd_per_month === 0 && row.committed_until !== null ? "reusable" : "saves",
          usdPerMonth: Math.abs(row.usd_per_month! * part),
          committedUntil: row.committed_until,
        },
      ];
    })
    .sort((a, b) => Number(b.kind === "buys") - Number(a.kind === "buys") || b.usdPerMonth - a.usdPerMonth);
}

function shiftedGpus({ actions, capacity }: Plan): number {
  return actions.reduce((sum, { action, place, nodes }) => {
    const from = capacity.find(({ nodegroup }) => action === "move" && place.startsWith(`${nodegroup} to `));
    return from === undefined ? sum : sum + (nodes! * from.gpus_to_add!) / from.nodes_to_add!;
  }, 0);
}

function weeklyCosts({ ticks, stepMs }: Diagnosis["observed"], costs: readonly CostRow[]): CostRow[] {
  const scale = WEEK_HOURS / ((ticks * stepMs) / HOUR_MS);
  return costs.map((row) => ({
    nodegroup: row.nodegroup,
    usd_paid: row.usd_paid * scale,
    usd_useful: row.usd_useful * scale,
    usd_allocated_unused: row.usd_allocated_unused * scale,
    usd_unallocated: row.usd_unallocated * scale,
    usd_unknown: row.usd_unknown * scale,
    usd_per_useful_gpu_hour: row.usd_per_useful_gpu_hour,
  }));
}

const BUCKETS: readonly (Category & { readonly of: (row: CostRow) => number })[] = [
  { name: "useful", label: "Useful, at most", color: category(SUPPLY_STATES, "useful").color, of: (r) => r.usd_useful },
  {
    name: "unused",
    label: "Allocated but unused: idle, stalled or starting",
    color: category(SUPPLY_STATES, "allocated-idle").color,
    of: (r) => r.usd_allocated_unused,
  },
  {
    name: "unallocated",
    label: "Unallocated",
    color: category(SUPPLY_STATES, "unallocated").color,
    of: (r) => r.usd_unallocated,
  },
  { name: "unknown", label: "Not covered by telemetry", color: MUTED, of: (r) => Math.max(0, r.usd_unknown) },
];

const ROW = 34;
const MOVE_ROW = 28;

/** What imbalance costs: dollars a week in three buckets by nodegroup, and the dollars a month that the plan moves. */
export function costOfImbalance(analysis: Analysis, plan: Plan): Figure {
  const { observed } = analysis.diagnosis;
  const finding = costFinding(analysis.diagnosis, plan);
  const { moves } = finding;
  const weekly = [...weeklyCosts(observed, plan.costs)].sort((a, b) => b.usd_paid - a.usd_paid);
  const said = words(finding);
  const hours = (observed.ticks * observed.stepMs) / HOUR_MS;
  const overlap = weekly.filter((row) => row.usd_unknown < -0.005 * row.usd_paid).map((row) => row.nodegroup);
  const committed = plan.capacity.filter((row) => row.committed_until !== null);
  const bars = 102 + weekly.length * ROW;
  return figure<"moved">({
    id: "05-cost-of-imbalance",
    ...said,
    subtitle: `Dollars a week at list price by nodegroup and use, and dollars a month that the plan moves; ${analysis.period}`,
    note:
      `${hours === WEEK_HOURS ? "" : `Scaled to a week from ${plural(Math.round(hours * 10) / 10, "hour")} of data. `}` +
      "Unallocated: free, out of service or absent; some of it is headroom that balance needs. Useful is an upper bound: work that was lost later is in it. " +
      `${committed.length > 0 ? `Committed: ${list(committed.map((row) => `${row.nodegroup} until ${dateOf(row.committed_until!)}`))}; freed before, they save nothing.` : "Nothing is committed."}` +
      (overlap.length > 0 ? ` More was seen than is paid for in ${list(overlap)}.` : ""),
    source: analysis.source,
    alt: `Stacked bar chart of dollars a week by use for ${plural(weekly.length, "nodegroup")}, and bars of dollars a month that the plan moves, where the finding is: ${said.title}.`,
    table: {
      columns: [
        { name: "nodegroup", label: "Nodegroup", unit: null },
        { name: "paid", label: "Paid", unit: "$ a week", digits: 0 },
        ...BUCKETS.map((bucket) => ({ name: bucket.name, label: bucket.label, unit: "$ a week", digits: 0 })),
        { name: "per", label: "A useful GPU-hour costs", unit: "$", digits: 2 },
        { name: "moved", label: "The plan moves", unit: null },
      ],
      rows: weekly.map((row) => ({
        nodegroup: row.nodegroup,
        paid: row.usd_paid,
        ...Object.fromEntries(BUCKETS.map((bucket) => [bucket.name, bucket.of(row)])),
        per: row.usd_per_useful_gpu_hour,
        moved: list(moves.filter((move) => move.nodegroup === row.nodegroup).map(moveText)),
      })),
    },
    width: 900,
    height: bars + 70 + Math.max(1, moves.length) * MOVE_ROW,
    axes: {
      x: { label: "Paid", unit: "$ a week" },
      y: { label: "Nodegroup", unit: null },
      moved: { label: "Moved by the plan", unit: "$ a month" },
    },
    draw: (drawing) => {
      const frame = { width: drawing.width, height: bars, axes: drawing.axes };
      const moved = drawMoves(finding, drawing.width, drawing.axes.moved);
      if (finding.kind === "unpriced") return stack([noData(frame, "The contract's prices are all zero"), moved], 10);
      const upper = stackedBars(frame, {
        names: weekly.map((row) => row.nodegroup),
        parts: BUCKETS,
        values: weekly
          .flatMap((row) =>
            BUCKETS.map(({ name, of }) => ({
              name: row.nodegroup,
              part: name,
              value: Math.max(0, Math.round(of(row))),
              isEmpty: row.usd_paid === 0,
            })),
          )
          .filter(({ value, part, isEmpty }) => value > 0 || (isEmpty && part === "useful")),
        format: (value) => dollars(Math.round(value)),
        after: (name) => afterText(weekly.find((each) => each.nodegroup === name)!),
        x: { tickFormat: (value: number) => dollars(value), tickSpacing: 110 },
      });
      return stack([upper, moved], 10);
    },
  });
}

function afterText({ usd_paid: paid, usd_allocated_unused, usd_unallocated, usd_unknown }: CostRow): string {
  const text = dollars(Math.round(paid));
  if (paid === 0) return text;
  const unknown = Math.round(usd_unknown);
  if (unknown >= Math.round(paid)) return `${text}, use unknown`;
  const least = unknown > 0 ? "at least " : "";
  return `${text}, ${least}${percent((usd_allocated_unused + usd_unallocated) / paid)} unused`;
}

const dateOf = (iso: string) => date(Date.parse(iso));

const MOVE_COLOR: Readonly<Record<Move["kind"], string>> = { buys: "#d55e00", saves: "#009e73", reusable: "#009e73" };

/** Bars to the right for what is bought, to the left for what comes free; hollow where it saves nothing yet. */
function drawMoves({ moves, planned }: CostFinding, width: number, axis: string): Drawn {
  const top = 34;
  const height = top + Math.max(1, moves.length) * MOVE_ROW + (moves.length > 0 ? 26 : 0);
  const nodes: SvgNode[] = [
    svg("line", { x1: 0, x2: width, y1: 2, y2: 2, stroke: GRID }),
    label(axis, 0, 20, { weight: 500 }),
  ];
  if (moves.length === 0) {
    const why = planned ? "The plan buys nothing and gives nothing back." : "No nodegroup could be planned for.";
    nodes.push(label(why, 0, top + MOVE_ROW / 2, { fill: MUTED }));
    return { width, height, node: svg("g", {}, ...nodes) };
  }
  const names = moves.map((move) => shortenName(move.nodegroup, 170, FONT_SIZE, 500));
  const left = Math.ceil(widest(names, FONT_SIZE, 500)) + 12;
  const texts = moves.map(moveText);
  const room = width - left - Math.ceil(widest(texts, FONT_SIZE)) - 16;
  const [gives, costs] = [
    Math.max(0, ...moves.filter((move) => move.kind !== "buys").map((move) => move.usdPerMonth)),
    Math.max(0, ...moves.filter((move) => move.kind === "buys").map((move) => move.usdPerMonth)),
  ];
  const scale = gives + costs > 0 ? room / (gives + costs) : 0;
  const zero = left + gives * scale;
  const end = left + room;
  moves.forEach((move, i) => {
    const y = top + i * MOVE_ROW;
    const long = Math.max(1, move.usdPerMonth * scale);
    const box = { x: move.kind === "buys" ? zero : zero - long, y: y + 5, width: long, height: MOVE_ROW - 10 };
    const color = MOVE_COLOR[move.kind];
    nodes.push(label(names[i]!, left - 12, y + MOVE_ROW / 2, { weight: 500, anchor: "end" }));
    if (move.kind === "reusable") {
      const inset = { x: box.x + 0.75, y: box.y + 0.75, width: Math.max(1, box.width - 1.5), height: box.height - 1.5 };
      nodes.push(
        svg("rect", { ...inset, fill: "none", stroke: color, "stroke-width": 1.5, "stroke-dasharray": "4,3" }),
      );
    } else nodes.push(svg("rect", { ...box, fill: color }));
    nodes.push(label(texts[i]!, end + 10, y + MOVE_ROW / 2, { fill: INK }));
  });
  const bottom = top + moves.length * MOVE_ROW;
  nodes.push(svg("line", { x1: zero, x2: zero, y1: top, y2: bottom, stroke: INK }));
  nodes.push(svg("line", { x1: left, x2: end, y1: bottom, y2: bottom, stroke: GREY }));
  const words: [string, number, "start" | "end" | "middle"][] = [
    ...(gives > 0 ? ([["given back", left, "start"]] as const) : []),
    ...(costs > 0 ? ([["bought", end, "end"]] as const) : []),
  ].map(([text, x, anchor]) => [text, x, anchor]);
  const fits = words.reduce((sum, [text]) => sum + textWidth(text, FONT_SIZE) + 20, 0) < room;
  for (const [text, x, anchor] of fits ? words : []) nodes.push(label(text, x, bottom + 11, { fill: MUTED, anchor }));
  return { width, height, node: svg("g", {}, ...nodes) };
}

function moveText({ kind, gpus, usdPerMonth, committedUntil }: Move): string {
  const what = `${plural(gpus, "GPU")}, ${dollars(Math.round(usdPerMonth))}`;
  switch (kind) {
    case "buys":
      return `buys ${what}`;
    case "saves":
      return `saves ${what}`;
    case "reusable":
      return `${what} reusable, committed until ${committedUntil === null ? "further notice" : dateOf(committedUntil)}`;
  }
}

function words(finding: CostFinding): Pick<FigureSpec, "title" | "takeaway"> {
  const { week, moves, shifted } = finding;
  const usd = (value: number) => dollars(Math.round(value));
  const of = (kind: Move["kind"]) => moves.filter((move) => move.kind === kind);
  const sum = (some: readonly Move[]) => some.reduce((all, move) => all + move.usdPerMonth, 0);
  const [buys, saves, reusable] = [of("buys"), of("saves"), of("reusable")];
  const isKnown = week.unknown < 1;
  const parts = [
    // What telemetry does not cover may be useful, too.
    ...(isKnown
      ? [`${usd(week.useful)} useful at most`]
      : week.useful > 0
        ? [`${usd(week.useful)} seen as useful`]
        : []),
    `${usd(week.unused)} allocated but unused`,
    `${usd(week.unallocated)} unallocated`,
    ...(isKnown ? [] : [`${usd(week.unknown)} not covered by telemetry`]),
  ];
  const spread = `A week costs ${usd(week.paid)}: ${parts.join(", ")}.`;
  const names = (some: readonly Move[]) => list(some.map((move) => move.nodegroup));
  const back = [
    ...(saves.length > 0 ? [`${usd(sum(saves))} a month that ${names(saves)} could give back`] : []),
    ...(reusable.length > 0
      ? [
          `${usd(sum(reusable))} a month of ${names(reusable)}, reusable but committed until ${list([...new Set(reusable.map((move) => dateOf(move.committedUntil ?? "")))])}`,
        ]
      : []),
  ];
  const between = `moves ${plural(shifted, "GPU")} between nodegroups`;
  switch (finding.kind) {
    case "buys":
      return {
        title:
          saves.length > 0
            ? `The plan adds GPUs for ${usd(sum(buys))} a month and could save ${usd(sum(saves))}`
            : `The plan adds GPUs for ${usd(sum(buys))} a month`,
        takeaway:
          `${spread} The plan ${shifted > 0 ? `${between} and ` : ""}buys ${plural(
            buys.reduce((all, move) => all + move.gpus, 0),
            "GPU",
          )} for ${names(buys)} at ${usd(sum(buys))} a month` +
          `${back.length > 0 ? `; against it stand ${list(back)}` : ""}. Use what is paid for before adding to it.`,
      };
    case "frees":
      return {
        title:
          saves.length > 0
            ? `The plan could save ${usd(sum(saves))} a month, and buys nothing`
            : `${usd(sum(reusable))} a month could serve other work; nothing is saved yet`,
        takeaway:
          `${spread} The plan ${shifted > 0 ? `${between}, ` : ""}buys nothing and frees ${list(back)}. ` +
          (reusable.length > 0
            ? "Give reusable GPUs other work: before the commitment ends, giving them back saves nothing."
            : "Give them back once the actions that cost nothing are done: demand, packed, does without them."),
      };
    case "unused":
      return {
        title: `${percent(finding.share)} of what ${finding.nodegroup}’s held GPUs cost bought no use`,
        takeaway:
          `${usd(finding.usd)} a week went into GPUs of ${finding.nodegroup} that were held but idle, stalled or starting, where ${percent(material.stalledShare)} idle or stalled is an alarm. ` +
          `${spread} ${finding.planned ? `The plan buys nothing and ${shifted > 0 ? between : "gives nothing back"}` : "No plan could be made"}: mend the use first.`,
      };
    case "unknown":
      return {
        title: `What ${percent(week.unknown / week.paid)} of the cost went into is not known`,
        takeaway: `${spread} Without those sources the buckets are too small: mend the scrape before comparing nodegroups.`,
      };
    case "unpriced":
      return {
        title: "What imbalance costs is not known: the contract's prices are zero",
        takeaway:
          "Every nodegroup's GPU-hour costs $0 by the contract, so that dollars say nothing here. Read 01-where-gpu-hours-went instead, or enter what a GPU-hour costs to run.",
      };
    case "still": {
      const share = (week.unused + week.unallocated) / week.paid;
      const title = `${percent(share)} of ${usd(week.paid)} a week was not in use`;
      if (shifted > 0) {
        return {
          title: `${title}; the plan buys nothing`,
          takeaway: `${spread} The plan ${between}, from where they are to spare to where they are lacking, at no cost; in none are ${percent(material.stalledShare)} of the held GPUs idle or stalled.`,
        };
      }
      return {
        title: `${title}; ${finding.planned ? "the plan moves nothing" : "no plan could be made"}`,
        takeaway: finding.planned
          ? `${spread} No nodegroup ${finding.unjudged.length > 0 ? "that can be judged " : ""}has a whole node to spare or to add, and in none are ${percent(material.stalledShare)} of the held GPUs idle or stalled: the number of nodes can stay.`
          : `${spread} In no nodegroup are ${percent(material.stalledShare)} of the held GPUs idle or stalled. Whether nodes could be spared is not known: see 05-gpus-for-target.`,
      };
    }
  }
}
