import type { Analysis } from "../analysis/analyse.js";
import { type Cause, causes } from "../diagnosis/cause.js";
import { causeWords } from "../diagnosis/cause-words.js";
import { type Diagnosis, PLACE_WAS_FREE, type WhileFree } from "../diagnosis/diagnose.js";
import { alarms, material, type Shortage, type Source, unseen } from "../diagnosis/headline.js";
import { hiddenMend, hiddenNote, hiddenSentence, leastText } from "../diagnosis/hidden-words.js";
import { placeText } from "../diagnosis/place.js";
import { type Hidden, isHidden, isHiddenAt } from "../join/hidden.js";
import { gpuHours, list, number, percent, plural } from "../units/format.js";
import { causeCategory } from "./cause-category.js";
import { type Figure, figure } from "./figure.js";
import { key, label, noData, stack } from "./layout.js";
import { nodeMark } from "./marks/node-mark.js";
import { stackedBars } from "./marks/stacked-bars.js";
import { INK } from "./palette.js";
import { PADDING } from "./picture.js";
import { FONT_SIZE } from "./plot.js";
import { alsoShort, remedySentence } from "./remedy.js";
import { type Drawn, svg, translate } from "./svg.js";
import { textWidth } from "./text.js";
import { silenceNote } from "./windows.js";

/** What is known of free GPUs while work waited for a cause, in the order of stacking and of the key's lines. */
const FREE: readonly { readonly says: string; readonly causes: readonly Cause[] }[] = [
  { says: "While a place was free for it:", causes: PLACE_WAS_FREE },
  { says: "While enough were free, but apart:", causes: ["fragmentation"] },
  { says: "While too few were free:", causes: ["unavailable", "capacity"] },
  // Of what asked for more than its quota could ever give nobody looks whether they were.
  { says: "Not known whether any were free:", causes: ["invalid", "unknown"] },
];
const STACKED = FREE.flatMap(({ causes }) => causes);

export type WaitedFinding =
  | { readonly kind: "no-data"; readonly missing: readonly Source[] }
  | { readonly kind: "nothing"; readonly paid: number }
  /** Nothing is counted, but more waited than is counted. */
  | { readonly kind: "hidden"; readonly hidden: Hidden }
  | {
      readonly kind: "little";
      readonly total: number;
      readonly paid: number;
      readonly most: { readonly nodegroup: string; readonly gpuHours: number };
      readonly whileFree: WhileFree;
      readonly hidden: Hidden;
    }
  | {
      readonly kind: "shortage";
      readonly worst: Shortage;
      readonly others: readonly Shortage[];
      /** What waited there in all, and of that for its cause; of a set of nodegroups, in its episodes. */
      readonly there: { readonly gpuHours: number; readonly causeGpuHours: number };
      readonly total: number;
      readonly whileFree: WhileFree;
      readonly hidden: Hidden;
    };

export function waitedFinding(diagnosis: Diagnosis): WaitedFinding {
  const { waitingGpuHours: total, whileFree, fleet, hidden } = diagnosis;
  const [worst, ...others] = alarms(diagnosis).filter((alarm): alarm is Shortage => alarm.kind === "shortage");
  if (worst !== undefined && whileFree !== undefined) {
    const { cause, nodegroups } = worst;
    const row = waitedByNodegroup(diagnosis).find(
      ({ nodegroup }) => nodegroups.length === 1 && nodegroup === nodegroups[0],
    );
    const there =
      row === undefined
        ? worst
        : { gpuHours: row.total, causeGpuHours: cause === "mixed" ? row.total : row.byCause[cause] };
    return { kind: "shortage", worst, others, there, total, whileFree, hidden };
  }
  const missing = unseen(diagnosis).filter((source) => source !== "DCGM");
  if (missing.length > 0) return { kind: "no-data", missing };
  if (whileFree === undefined)
    return isHidden(hidden) ? { kind: "hidden", hidden } : { kind: "nothing", paid: fleet.paid };
  const [most] = waitedByNodegroup(diagnosis);
  return {
    kind: "little",
    total,
    paid: fleet.paid,
    most: { nodegroup: most!.nodegroup, gpuHours: most!.total },
    whileFree,
    hidden,
  };
}

const nothingKnown = Object.fromEntries(causes.map((cause) => [cause, null]));

interface Waited {
  readonly nodegroup: string;
  /** More may have waited there than is counted. */
  readonly isLeast: boolean;
  readonly total: number;
  /** Undefined where nothing waited. */
  readonly whileFree: WhileFree | undefined;
  readonly byCause: Readonly<Record<Cause, number>>;
}

function waitedByNodegroup({ observed, waiting, whileFreeAt, hidden }: Diagnosis): Waited[] {
  return observed.nodegroups
    .map(({ name }): Waited => {
      const byCause = Object.fromEntries(causes.map((cause) => [cause, 0])) as Record<Cause, number>;
      for (const each of waiting) if (each.nodegroup === name) byCause[each.cause] += each.gpuHours;
      const total = causes.reduce((sum, cause) => sum + byCause[cause], 0);
      const isLeast = isHiddenAt(observed, hidden, [name]);
      return { nodegroup: name, isLeast, total, whileFree: whileFreeAt[name], byCause };
    })
    .sort((a, b) => b.total - a.total || (a.nodegroup < b.nodegroup ? -1 : 1));
}

/** GPU-hours that work waited for, by nodegroup and cause, and how much of that while GPUs able to run it were free. */
export function whatWaited({ diagnosis, period, source }: Analysis): Figure {
  const found = waitedFinding(diagnosis);
  const rows = waitedByNodegroup(diagnosis);
  const used = (some: readonly Cause[]) => some.filter((cause) => rows.some((row) => row.byCause[cause] > 0));
  const legend = splitKey(used);
  return figure({
    id: "01-what-waited",
    ...wordsOf(found),
    subtitle: `Waiting by cause, GPUs asked for times hours waited, by nodegroup, ${period}`,
    note:
      "Counted where an admitted workload must go, else at the first nodegroup that its queue’s flavors reach. Of the share that waited while GPUs were free, the lower bound needs a free place of the shape asked for, the upper bound takes any free GPUs, which may count for several nodegroups." +
      silenceNote(diagnosis.observed, ["Kueue", "kube-state-metrics"]) +
      hiddenNote(diagnosis.hidden),
    source,
    alt: `Stacked bars of GPU-hours waited by cause for ${plural(rows.length, "nodegroup")}, where ${reasonOf(found)}.`,
    table: {
      columns: [
        { name: "nodegroup", label: "Nodegroup", unit: null },
        { name: "total", label: "Waited", unit: "GPU-hours", digits: 1 },
        { name: "whileFree", label: "While GPUs were free", unit: null },
        ...STACKED.map((cause) => ({
          name: cause,
          label: causeCategory(cause).label,
          unit: "GPU-hours",
          digits: 1,
        })),
      ],
      rows: rows.map(({ byCause, isLeast, ...row }) =>
        isLeast && row.total === 0
          ? { nodegroup: row.nodegroup, total: null, whileFree: null, ...nothingKnown }
          : { ...row, whileFree: row.whileFree && intervalText(row.whileFree), ...byCause },
      ),
    },
    width: WIDTH,
    height: legend.height + 10 + 72 + Math.max(2, rows.length) * 34,
    axes: { x: { label: "Waited", unit: "GPU-hours" }, y: { label: "Nodegroup", unit: null } },
    draw: (drawing) => {
      if (found.kind === "no-data") return noData(drawing, `${silent(found.missing)} for most of the time`);
      if (found.kind === "hidden") return noData(drawing, "How much waited is not known");
      const values = rows.flatMap(({ nodegroup, total, byCause }) =>
        total > 0
          ? used(STACKED).map((cause) => ({ name: nodegroup, part: cause, value: byCause[cause] || undefined }))
          : [{ name: nodegroup, part: causes[0], value: 0 }],
      );
      const most = Math.max(0, ...rows.map((row) => row.total));
      return stackedBars(drawing, {
        names: rows.map((row) => row.nodegroup),
        parts: STACKED.map((cause) => ({ ...causeCategory(cause), name: cause })),
        values,
        legend,
        after: (name) => afterText(rows.find((row) => row.nodegroup === name)!),
        x: { domain: [0, most > 0 ? most : 1], ...(most > 0 ? {} : { ticks: [0] }) },
        marks: [
          nodeMark(({ x, y }) => {
            const under = rows.flatMap(({ nodegroup, whileFree, total }) => {
              const end = x(total * (whileFree?.lower ?? 0));
              if (end - x(0) < 4) return [];
              const bottom = y(nodegroup) + (y.bandwidth?.() ?? 0) + 3;
              return [bracket(x(0), end - 1, bottom)];
            });
            return svg("g", {}, ...under);
          }),
        ],
      });
    },
  });
}

const WIDTH = 900;

function afterText({ total, whileFree, isLeast }: Waited): string {
  if (whileFree === undefined) return isLeast ? "not known" : "nothing waited";
  return `${leastText(isLeast)}${number(total)}, ${intervalText(whileFree)} while GPUs were free`;
}

const silent = (missing: readonly Source[]) => `${list(missing)} ${missing.length === 1 ? "was" : "were"} silent`;

function bracket(x0: number, x1: number, y: number) {
  return svg("rect", { x: x0, y, width: x1 - x0, height: 2, fill: INK });
}

/** The key line by line, by what was free; the causes of the lower bound are underlined as their bars are. */
function splitKey(used: (some: readonly Cause[]) => readonly Cause[]): Drawn {
  const width = WIDTH - 2 * PADDING;
  const shown = FREE.filter(({ causes }) => used(causes).length > 0);
  const lead = Math.max(0, ...shown.map(({ says }) => textWidth(says, FONT_SIZE, 500))) + 14;
  const parts = shown.map(({ says, causes }): Drawn => {
    const items = key(used(causes).map(causeCategory), width - lead);
    const line = causes === PLACE_WAS_FREE ? [bracket(0, textWidth(says, FONT_SIZE, 500), 17)] : [];
    const node = svg("g", {}, label(says, 0, 10, { weight: 500 }), ...line, translate(lead, 0, items.node));
    return { width, height: items.height, node };
  });
  return { ...stack(parts, 4), width };
}

function intervalText({ lower, upper }: WhileFree): string {
  const [low, high] = [percent(lower), percent(upper)];
  if (upper === 0) return "none";
  return low === high ? high : `${low} to ${high}`;
}

function wordsOf(found: WaitedFinding): { readonly title: string; readonly takeaway: string } {
  switch (found.kind) {
    case "no-data":
      return {
        title: `What waited is not known: ${silent(found.missing)}`,
        takeaway: `${list(found.missing)} answered for less than ${percent(material.seenShare)} of the time, and without ${found.missing.length === 1 ? "it" : "them"} waiting cannot be counted. Mend the scrape before reading on.`,
      };
    case "nothing":
      return {
        title: "Nothing waited for GPUs",
        takeaway: `No workload was pending or without nodes at any time that was seen, on ${gpuHours(found.paid)} paid for. Look at what stood unallocated instead: there may be more than demand needs.`,
      };
    case "hidden":
      return {
        title: "How much waited for GPUs is not known",
        takeaway: `${hiddenSentence(found.hidden)}. ${hiddenMend(found.hidden)}: until then nothing here says that no work waits.`,
      };
    case "little": {
      const { total, paid, most, whileFree, hidden } = found;
      if (isHidden(hidden)) {
        return {
          title: `At least ${gpuHours(total)} waited; how much more is not known`,
          takeaway:
            `${hiddenSentence(hidden)}. Most of what is counted, ${gpuHours(most.gpuHours)}, was in ${most.nodegroup}, and ${intervalText(whileFree)} of all waited while GPUs able to run it were free. ` +
            `${hiddenMend(hidden)}.`,
        };
      }
      const isLittle = total < material.waitedShare * paid;
      return {
        title: isLittle
          ? `Little waited: ${gpuHours(total)} against ${number(paid)} paid for`
          : `${gpuHours(total)} waited, in queues too small or too brief for an alarm`,
        takeaway:
          `Nowhere did lasting queues add up to ${percent(material.waitedShare)} of the GPU-hours paid for, which would call for a look. ` +
          `Most of it, ${gpuHours(most.gpuHours)}, was in ${most.nodegroup}; ${intervalText(whileFree)} of all waited while GPUs able to run it were free. ${isLittle ? "Queues as short as these call for no action" : "Queues like these call for no action yet: watch whether they grow"}.`,
      };
    }
    case "shortage": {
      const { worst, others, there, total, whileFree, hidden } = found;
      const waitedThere = `${leastText(worst.isLeast)}${gpuHours(Math.round(there.gpuHours))} waited`;
      const place = placeText(worst.nodegroups);
      const { state, waited } = causeWords(worst.cause);
      return {
        title:
          worst.cause === "unknown" || worst.cause === "mixed"
            ? `${place}: ${waitedThere} ${waited}`
            : `${place} ${state}: ${waitedThere}`,
        takeaway:
          `${percent(there.causeGpuHours / there.gpuHours)} of that waited ${waited}; lasting queues alone came to ${percent(worst.share)} of the GPU-hours paid for there, where ${percent(material.waitedShare)} calls for a look${alsoShort(others)}. ` +
          `Of all ${gpuHours(Math.round(total))} that ${isHidden(hidden) ? "are counted" : "waited"}, ${intervalText(whileFree)} did while GPUs able to run them were free. ` +
          remedySentence(worst, "would help there"),
      };
    }
  }
}

function reasonOf(found: WaitedFinding): string {
  switch (found.kind) {
    case "no-data":
      return "nothing is known";
    case "nothing":
      return "all are empty";
    case "hidden":
      return "how much waited is not known";
    case "little":
      return `none is long and ${found.most.nodegroup} is the longest`;
    case "shortage":
      return `most waited in ${placeText(found.worst.nodegroups)}, ${causeWords(found.worst.cause).waited}`;
  }
}
