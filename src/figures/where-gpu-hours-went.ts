import type { Analysis } from "../analysis/analyse.js";
import type { Diagnosis } from "../diagnosis/diagnose.js";
import { alarms, material, ownersText, unseen } from "../diagnosis/headline.js";
import { hiddenShort } from "../diagnosis/hidden-words.js";
import type { QuietOwner } from "../diagnosis/quiet-owners.js";
import { RECONCILED_SHARE, type Supply } from "../diagnosis/supply.js";
import { type Hidden, isHidden, isHiddenAt } from "../join/hidden.js";
import { HEADROOM_SHARE } from "../metrics/imbalance.js";
import { gpuHours, list, number, percent, plural } from "../units/format.js";
import { type Figure, figure } from "./figure.js";
import { CRISP, hatch, type KeyItem, key, label, noData, stack, yLabel } from "./layout.js";
import { nodeMark, type Space } from "./marks/node-mark.js";
import { BACKGROUND, category, GREY, INK, inkOn, MUTED, SUPPLY_STATES, type SupplyState } from "./palette.js";
import { PADDING } from "./picture.js";
import { FONT_SIZE, type Frame, plot, plotLibrary } from "./plot.js";
import { type Drawn, type SvgNode, svg } from "./svg.js";
import { shortenName, textWidth, widest } from "./text.js";
import { spansByNodegroup } from "./windows.js";

/** Below this share of held GPU-hours whose use was measured, nothing is said about use. Field convention. */
export const MEASURED_SHARE = 0.9;
/** GPU-hours that were out of service or absent, as a share of those paid for, from which on they are a loss. Field convention. */
export const GONE_SHARE = 0.1;

/** A supply state, or what is known of less than that. */
type Part = SupplyState | "held" | "unknown";

const PARTS: readonly { readonly name: Part; readonly label: string; readonly color: string }[] = [
  ...SUPPLY_STATES.slice(0, 4),
  { name: "held", label: "Held, use unknown", color: "#9db4c8" },
  ...SUPPLY_STATES.slice(4),
  { name: "unknown", label: "Not accounted for", color: GREY },
];

interface Row {
  readonly name: string;
  readonly paid: number;
  readonly gpuHours: Readonly<Record<Part, number>>;
  /** Unallocated while work waited there. */
  readonly freeBesideWaiting: number;
  /** More than is paid for: the inventory is too small. */
  readonly beyond: number;
}

export type GpuHoursFinding =
  | { readonly kind: "no-data" }
  | { readonly kind: "unreconciled"; readonly share: number; readonly fleet: Row; readonly worst: Row }
  | { readonly kind: "unmeasured"; readonly fleet: Row }
  | {
      readonly kind: "quiet";
      readonly state: "stalled" | "allocated-idle";
      readonly row: Row;
      /** Of the GPU-hours held there. */
      readonly share: number;
      readonly limit: number;
      readonly owners: readonly QuietOwner[];
    }
  | { readonly kind: "gone"; readonly state: "out-of-service" | "absent"; readonly row: Row; readonly share: number }
  | { readonly kind: "free-beside-waiting"; readonly row: Row; readonly share: number }
  | {
      readonly kind: "slack";
      readonly fleet: Row;
      readonly share: number;
      readonly most: Row;
      /** Whether the price of where most is free is bound to a date. */
      readonly committed: boolean;
      readonly hidden: Hidden;
    }
  | {
      readonly kind: "in-use";
      readonly fleet: Row;
      readonly freest: Row;
      /** Where work waited all the same. */
      readonly short: readonly string[];
      /** Whether Kueue was seen: without it nobody knows what waited. */
      readonly waitingKnown: boolean;
      readonly hidden: Hidden;
    };

/** Where the GPU-hours that are paid for went: a bar for the fleet and one a nodegroup, from useful to absent. */
export function whereGpuHoursWent(analysis: Analysis): Figure {
  const { observed, diagnosis } = analysis;
  const { rows, fleet } = rowsOf(analysis);
  const names = rows.map(({ name }) => name);
  const found = findGpuHours(analysis.diagnosis, rows, fleet);
  const shown = [fleet, ...rows];
  const parts = PARTS.filter(({ name }) => shown.some((row) => row.gpuHours[name] > 0));
  const legend = key(
    parts.map(({ name, label, color }): KeyItem => {
      const share = fleet.paid > 0 ? ` ${percent(fleet.gpuHours[name] / fleet.paid)}` : "";
      return { label: label + share, color, ...(name === "unknown" ? { shape: "hatch" } : {}) };
    }),
    WIDTH - 2 * PADDING,
  );
  const barsHeight = ABOVE + FLEET_BAR + FLEET_GAP + rows.length * ROW + BELOW;
  return figure({
    id: "01-where-gpu-hours-went",
    ...wordsOf(found),
    subtitle: `GPU-hours by what became of them, share of those paid for, fleet and nodegroups, ${analysis.period}`,
    note:
      "Useful is an upper bound: work that was lost later is in it. Stalled is busy by GPU_UTIL, but starved; idle is held without activity for an hour. " +
      "Paid is the contract’s inventory. Least useful first.",
    source: analysis.source,
    alt: `Stacked bars of the GPU-hours paid for, for the fleet and ${plural(rows.length, "nodegroup")}, where ${reasonOf(found)}.`,
    table: {
      columns: [
        { name: "nodegroup", label: "Nodegroup", unit: null },
        { name: "paid", label: "Paid", unit: "GPU-hours", digits: 0 },
        ...PARTS.map(({ name, label }) => ({ name, label, unit: "GPU-hours", digits: 1 })),
        { name: "freeBesideWaiting", label: "Unallocated while work waited", unit: "GPU-hours", digits: 1 },
      ],
      rows: shown.map((row) => {
        const { name, paid, gpuHours, freeBesideWaiting } = row;
        const isKnown =
          freeBesideWaiting > 0 || !isHiddenAt(observed, diagnosis.hidden, row === fleet ? names : [name]);
        return { nodegroup: name, paid, ...gpuHours, freeBesideWaiting: isKnown ? freeBesideWaiting : null };
      }),
    },
    width: WIDTH,
    height: legend.height + 12 + barsHeight,
    axes: { x: { label: "Share of the GPU-hours paid for", unit: "%" }, y: { label: "Nodegroup", unit: null } },
    draw: (drawing) =>
      found.kind === "no-data"
        ? noData(drawing, "Nothing is known of the GPUs that are paid for")
        : stack([legend, bars({ ...drawing, height: barsHeight }, shown)], 12),
  });
}

function rowsOf({ observed, diagnosis, windows }: Analysis): { rows: Row[]; fleet: Row } {
  const spans = spansByNodegroup(observed, windows);
  const rows = diagnosis.supply.map((supply): Row => {
    const mine = spans.get(supply.nodegroup) ?? [];
    const freeBesideWaiting = mine.reduce(
      (sum, { hours, row }) => sum + Math.min(row.gpus_free ?? 0, row.gpus_waiting_lower ?? 0) * hours,
      0,
    );
    return { name: supply.nodegroup, paid: supply.paid, ...partsOf(supply), freeBesideWaiting };
  });
  const useful = ({ gpuHours, paid }: Row) => (gpuHours.useful + gpuHours.held) / Math.max(1, paid);
  rows.sort((a, b) => useful(a) - useful(b) || (a.name < b.name ? -1 : 1));
  const add = (of: (row: Row) => number) => rows.reduce((sum, row) => sum + of(row), 0);
  const fleet: Row = {
    name: "Fleet",
    paid: add((row) => row.paid),
    gpuHours: Object.fromEntries(PARTS.map(({ name }) => [name, add((row) => row.gpuHours[name])])) as Row["gpuHours"],
    freeBesideWaiting: add((row) => row.freeBesideWaiting),
    beyond: add((row) => row.beyond),
  };
  return { rows, fleet };
}

/** Rounding errors of the sums are no GPU-hours. */
const NOTHING = 1e-6;

function partsOf(supply: Supply): Pick<Row, "gpuHours" | "beyond"> {
  const some = (value: number) => (value > NOTHING ? value : 0);
  const unknown = supply.residual - supply.useUnknown;
  return {
    gpuHours: {
      useful: some(supply.useful),
      starting: some(supply.starting),
      stalled: some(supply.stalled),
      "allocated-idle": some(supply.idle),
      held: some(supply.useUnknown),
      unallocated: some(supply.free),
      "out-of-service": some(supply.outOfService),
      absent: some(supply.absent),
      unknown: some(unknown),
    },
    beyond: some(-supply.absent) + some(-unknown),
  };
}

/** What the figure says: of all that is worth saying, what took most GPU-hours. */
export function gpuHoursFinding(analysis: Analysis): GpuHoursFinding {
  const { rows, fleet } = rowsOf(analysis);
  return findGpuHours(analysis.diagnosis, rows, fleet);
}

function findGpuHours(diagnosis: Diagnosis, rows: readonly Row[], fleet: Row): GpuHoursFinding {
  const known = fleet.paid - fleet.gpuHours.unknown;
  if (fleet.paid <= 0 || known <= NOTHING * fleet.paid) return { kind: "no-data" };
  const unexplained = (row: Row) => row.gpuHours.unknown + row.beyond;
  if (unexplained(fleet) / fleet.paid > RECONCILED_SHARE) {
    const worst = rows.reduce((a, b) => (unexplained(b) > unexplained(a) ? b : a));
    return { kind: "unreconciled", share: unexplained(fleet) / fleet.paid, fleet, worst };
  }
  const measured = heldOf(fleet) - fleet.gpuHours.held;
  if (heldOf(fleet) > 0 && measured / heldOf(fleet) < MEASURED_SHARE) return { kind: "unmeasured", fleet };

  const { hidden } = diagnosis;
  const worth = alarms(diagnosis);
  const candidates: { gpuHours: number; finding: GpuHoursFinding }[] = [];
  for (const alarm of worth) {
    if (alarm.kind === "shortage") continue;
    const row = rows.find(({ name }) => name === alarm.nodegroup)!;
    const [state, limit] =
      alarm.kind === "idle"
        ? (["allocated-idle", material.idleShare] as const)
        : (["stalled", material.stalledShare] as const);
    const { share, owners } = alarm;
    candidates.push({ gpuHours: alarm.gpuHours, finding: { kind: "quiet", state, row, share, limit, owners } });
  }
  const short = worth.flatMap((alarm) => (alarm.kind === "shortage" ? alarm.nodegroups : []));
  for (const row of rows) {
    for (const state of ["out-of-service", "absent"] as const) {
      const share = row.gpuHours[state] / Math.max(1, row.paid);
      if (share < GONE_SHARE) continue;
      candidates.push({ gpuHours: row.gpuHours[state], finding: { kind: "gone", state, row, share } });
    }
    const share = row.freeBesideWaiting / Math.max(1, row.paid);
    if (share < material.waitedShare || !short.includes(row.name)) continue;
    candidates.push({ gpuHours: row.freeBesideWaiting, finding: { kind: "free-beside-waiting", row, share } });
  }
  const freest = (of: (row: Row) => number) => rows.reduce((a, b) => (of(b) > of(a) ? b : a));
  const share = fleet.gpuHours.unallocated / fleet.paid;
  if (share >= material.slackShare) {
    const most = freest((row) => row.gpuHours.unallocated);
    const beyond = (share - HEADROOM_SHARE) * fleet.paid;
    const { nodegroups } = diagnosis.observed.contract;
    const committed = nodegroups.some(({ name, committedUntil }) => name === most.name && committedUntil !== null);
    candidates.push({ gpuHours: beyond, finding: { kind: "slack", fleet, share, most, committed, hidden } });
  }
  candidates.sort((a, b) => b.gpuHours - a.gpuHours);
  if (candidates[0] !== undefined) return candidates[0].finding;
  return {
    kind: "in-use",
    fleet,
    freest: freest((row) => row.gpuHours.unallocated / Math.max(1, row.paid)),
    short,
    waitingKnown: !unseen(diagnosis).includes("Kueue"),
    hidden,
  };
}

function heldOf({ gpuHours }: Row): number {
  return gpuHours.useful + gpuHours.starting + gpuHours.stalled + gpuHours["allocated-idle"] + gpuHours.held;
}

function wordsOf(found: GpuHoursFinding): { readonly title: string; readonly takeaway: string } {
  switch (found.kind) {
    case "no-data":
      return {
        title: "Nothing is known of the GPU-hours paid for",
        takeaway:
          "No window of the data says what became of the GPUs in the inventory. Check that kube-state-metrics is scraped and that its node labels name the nodegroups.",
      };
    case "unreconciled": {
      const { share, fleet, worst } = found;
      const over = fleet.beyond > fleet.gpuHours.unknown;
      return {
        title: over
          ? `Telemetry counts ${percent(share)} more GPU-hours than are paid for`
          : `Telemetry leaves ${percent(share)} of the GPU-hours paid for unexplained`,
        takeaway:
          `Of ${gpuHours(fleet.paid)} paid for, ${number(fleet.gpuHours.unknown + fleet.beyond)} do not reconcile with telemetry, more than the ${percent(RECONCILED_SHARE)} that may be left over; ` +
          `most of it is in ${worst.name}. ` +
          (over
            ? "Correct the inventory before reading the rest."
            : "Find out why its sources were silent before reading the rest."),
      };
    }
    case "unmeasured": {
      const { fleet } = found;
      const held = heldOf(fleet) / fleet.paid;
      return {
        title: `${percent(held)} of the GPU-hours paid for were held; their use was not measured`,
        takeaway:
          `Jobs held ${number(heldOf(fleet))} of ${gpuHours(fleet.paid)}, but dcgm-exporter and the contract’s gpuModels say too little to tell useful from stalled and idle: under ${percent(MEASURED_SHARE)} was measured. ` +
          `${percent(fleet.gpuHours.unallocated / fleet.paid)} stood unallocated. Add what evenkeel doctor calls missing before judging how well GPUs are used.`,
      };
    }
    case "quiet": {
      const { state, row, share, limit, owners } = found;
      const stalled = state === "stalled";
      return {
        title: `${row.name} ${stalled ? "stalled" : "was held idle"} for ${percent(row.gpuHours[state] / row.paid)} of its paid GPU-hours`,
        takeaway:
          `GPUs that ${ownersText(owners)} held in ${row.name} ${stalled ? "looked busy but starved" : "did nothing"} for ${gpuHours(row.gpuHours[state])}, ` +
          `${percent(share)} of what was held there; from ${percent(limit)} on one should look. ` +
          (stalled
            ? "Look at the data loading and the network of these jobs before giving them more GPUs."
            : "Reaping idle holders after a grace gives them back and costs nothing."),
      };
    }
    case "gone": {
      const { state, row, share } = found;
      const absent = state === "absent";
      return {
        title: `${percent(share)} of the GPU-hours paid for in ${row.name} were ${absent ? "absent" : "out of service"}`,
        takeaway:
          `${gpuHours(row.gpuHours[state])} of ${number(row.paid)} were ${absent ? "on no node that Kubernetes knows" : "on nodes that were cordoned, tainted or not ready"}; from ${percent(GONE_SHARE)} on one should look. ` +
          (absent
            ? "Ask the provider where these GPUs are, or correct the inventory."
            : "Bring these nodes back before others are bought."),
      };
    }
    case "free-beside-waiting": {
      const { row, share } = found;
      return {
        title: `${row.name} left ${percent(share)} of its GPU-hours free while work waited there`,
        takeaway:
          `In ${row.name} ${gpuHours(row.gpuHours.unallocated)} of ${number(row.paid)} stood unallocated, ${number(row.freeBesideWaiting)} of them while work waited for this very nodegroup; from ${percent(material.waitedShare)} on one should look. ` +
          "What waits and cannot use free GPUs is held up by shape, quota or order: more GPUs would not help.",
      };
    }
    case "slack": {
      const { fleet, share, most, committed, hidden } = found;
      return {
        title: `${percent(share)} of the GPU-hours paid for stood unallocated, most in ${most.name}`,
        takeaway:
          `Nobody held ${number(fleet.gpuHours.unallocated)} of ${gpuHours(fleet.paid)}, more than the ${percent(material.slackShare)} at which headroom turns into slack. ` +
          `${most.name} has ${number(most.gpuHours.unallocated)} of them, ${percent(most.gpuHours.unallocated / most.paid)} of its own. ` +
          (isHidden(hidden)
            ? `Give none back before it is known what waited: ${hiddenShort(hidden)}.`
            : `Lend them to work that could run there, or give nodes back${committed ? " when their commitment ends" : ""}.`),
      };
    }
    case "in-use": {
      const { fleet, freest, short, waitingKnown, hidden } = found;
      const shares = fleet.gpuHours;
      return {
        title: `${percent(shares.useful / fleet.paid)} of the GPU-hours paid for were useful, ${percent(shares.unallocated / fleet.paid)} unallocated`,
        takeaway:
          `No nodegroup had ${percent(material.stalledShare)} of its held GPU-hours stalled or ${percent(material.idleShare)} idle, nor ${percent(GONE_SHARE)} of those paid for out of service or absent. ` +
          `At ${percent(shares.unallocated / fleet.paid)} the unallocated share is below the ${percent(material.slackShare)} of the fleet that would be slack; ${freest.name} has most to spare, ${percent(freest.gpuHours.unallocated / freest.paid)}. ` +
          (short.length > 0
            ? `Yet work waited in ${list(short)}: see 01-what-waited.`
            : waitingKnown && isHidden(hidden)
              ? `How much work waited is not known: ${hiddenShort(hidden)}.`
              : waitingKnown
                ? "Nothing here calls for action."
                : "Whether work waited is not known, as Kueue was silent."),
      };
    }
  }
}

function reasonOf(found: GpuHoursFinding): string {
  switch (found.kind) {
    case "no-data":
      return "nothing is known";
    case "unreconciled":
      return `${percent(found.share)} does not reconcile with what is paid for`;
    case "unmeasured":
      return `${percent(heldOf(found.fleet) / found.fleet.paid)} was held and its use not measured`;
    case "quiet":
    case "gone": {
      const { label } = category(SUPPLY_STATES, found.state);
      return `${found.row.name} lost most: ${gpuHours(found.row.gpuHours[found.state])}, ${label.toLowerCase()}`;
    }
    case "free-beside-waiting":
      return `${found.row.name} had ${gpuHours(found.row.freeBesideWaiting)} free while work waited there`;
    case "slack":
      return `${percent(found.share)} of the fleet stood unallocated`;
    case "in-use":
      return `${percent(found.fleet.gpuHours.useful / found.fleet.paid)} of the fleet was useful and no loss stands out`;
  }
}

const WIDTH = 900;
const ABOVE = 22;
const BELOW = 42;
const FLEET_BAR = 44;
const FLEET_GAP = 16;
const ROW = 32;
const BAR = 22;
const NAME_ROOM = 170;
const LABEL_SIZE = 11;

/** The first row, the fleet, is a wide bar; the others follow below. */
function bars(frame: Frame, rows: readonly Row[]): Drawn {
  const names = rows.map((row) => row.name);
  const left = Math.min(NAME_ROOM, Math.ceil(widest(names, FONT_SIZE, 600))) + 10;
  const right =
    Math.ceil(
      widest(
        rows.map((row) => gpuHours(row.paid)),
        FONT_SIZE,
      ),
    ) + 14;
  const longest = Math.max(1, ...rows.map((row) => total(row) / Math.max(1, row.paid)));

  const draw = ({ x, left: start, right: end, top }: Space) => {
    const fills: SvgNode[] = [];
    const texts: SvgNode[] = [];
    rows.forEach((row, i) => {
      const isFleet = i === 0;
      const high = isFleet ? FLEET_BAR : BAR;
      const y = isFleet ? top : top + FLEET_BAR + FLEET_GAP + (i - 1) * ROW;
      const middle = y + high / 2;
      const weight = isFleet ? 600 : 500;
      const name = shortenName(row.name, NAME_ROOM, FONT_SIZE, weight);
      texts.push(label(name, start - 10, middle, { weight, anchor: "end" }));
      texts.push(label(gpuHours(row.paid), end + 8, middle, { fill: MUTED, weight: isFleet ? 500 : 400 }));
      let from = 0;
      for (const { name: part, color } of PARTS) {
        const share = row.paid > 0 ? row.gpuHours[part] / row.paid : 0;
        if (share <= 0) continue;
        const [x0, x1] = [x(from), x(from + share)];
        from += share;
        const fill = part === "unknown" ? "url(#hatch)" : color;
        fills.push(svg("rect", { x: x0, y, width: Math.max(0.5, x1 - x0), height: high, fill, ...CRISP }));
        if (x1 - x0 > 3) fills.push(svg("line", { x1, x2: x1, y1: y, y2: y + high, stroke: BACKGROUND }));
        const text = percent(share);
        const size = isFleet ? FONT_SIZE : LABEL_SIZE;
        if (part === "unknown" || textWidth(text, size, 500) > x1 - x0 - 8) continue;
        texts.push(label(text, (x0 + x1) / 2, middle, { size, weight: 500, fill: inkOn(color), anchor: "middle" }));
      }
    });
    const edge = svg("line", { x1: start, x2: start, y1: top, y2: top + frame.height - ABOVE - BELOW, stroke: INK });
    const paid =
      longest > 1
        ? [svg("line", { x1: x(1), x2: x(1), y1: top, y2: top + frame.height - ABOVE - BELOW, stroke: INK })]
        : [];
    return svg("g", {}, hatch(), ...fills, ...paid, edge, ...texts);
  };

  const body = plot(
    { ...frame, axes: { ...(frame.axes?.x === undefined ? {} : { x: frame.axes.x }) } },
    {
      marginTop: ABOVE,
      marginBottom: BELOW,
      marginLeft: left,
      marginRight: right,
      x: { domain: [0, longest], grid: true, tickFormat: (share: number) => percent(share) },
      marks: [plotLibrary().ruleX([0], { stroke: "none" }), nodeMark(draw)],
    },
  );
  return { ...body, node: svg("g", {}, body.node, yLabel(frame.axes?.y ?? "")) };
}

function total({ gpuHours }: Row): number {
  return Object.values(gpuHours).reduce((sum, value) => sum + value, 0);
}
