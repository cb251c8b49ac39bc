import type { Analysis } from "../analysis/analyse.js";
import { alarms, material, type Shortage, unseen } from "../diagnosis/headline.js";
import { hiddenMend, hiddenNote, hiddenSentence } from "../diagnosis/hidden-words.js";
import { placeText } from "../diagnosis/place.js";
import { whenText } from "../diagnosis/when.js";
import { type Hidden, isHidden } from "../join/hidden.js";
import type { Observed } from "../join/observed.js";
import { HEADROOM_SHARE } from "../metrics/imbalance.js";
import { defaultMetric } from "../metrics/index.js";
import { gpuHours, number, percent, plural } from "../units/format.js";
import { type Figure, figure } from "./figure.js";
import { noData } from "./layout.js";
import { heatmap } from "./marks/heatmap.js";
import { divergingScale } from "./palette.js";
import { remedySentence } from "./remedy.js";
import { coveredTime, hoursOf, type Span, silenceNote, spansByNodegroup } from "./windows.js";

const { concern, severe } = defaultMetric.anchors;

/** Short for so many of the hours, a nodegroup is not even, alarm or none. Field convention. */
const PASSING_SHARE = 0.1;

/** The default metric of one nodegroup, hour by hour. */
interface Row {
  readonly name: string;
  readonly cells: readonly { readonly span: Span; readonly value: number | undefined }[];
  /** Hours with a value, and of these by how far it is from balance. */
  readonly hours: number;
  readonly short: number;
  readonly severelyShort: number;
  readonly severelySlack: number;
  /** Mean share of capacity that was free beyond headroom while nothing waited; hours out of it count as none. */
  readonly slack: number;
  readonly mean: number | undefined;
}

/** The other nodegroup with most slack, if that is severe. */
interface Elsewhere {
  readonly row: Row;
  /** Whether its GPUs could run work of the queues that wait; undefined if the contract does not say. */
  readonly able: boolean | undefined;
}

export type ImbalanceFinding =
  | { readonly kind: "no-data" }
  /** No hour is known, since not all that waited is. */
  | { readonly kind: "hidden"; readonly hidden: Hidden }
  | { readonly kind: "short"; readonly row: Row; readonly alarm: Shortage; readonly elsewhere: Elsewhere | undefined }
  | { readonly kind: "shared"; readonly alarm: Shortage }
  /** Short for many hours, though no queue lasted or was large enough for an alarm. */
  | { readonly kind: "passing"; readonly row: Row; readonly hidden: Hidden }
  | {
      readonly kind: "even";
      readonly shortest: Row;
      readonly slackest: Row;
      /** Where work waited all the same, for less than an hour at a time. */
      readonly waited: readonly string[];
      readonly hidden: Hidden;
    };

export function imbalanceFinding(analysis: Analysis): ImbalanceFinding {
  return findImbalance(analysis, rowsOf(analysis));
}

function findImbalance({ diagnosis }: Analysis, rows: readonly Row[]): ImbalanceFinding {
  const known = rows.filter(({ hours }) => hours > 0);
  const { hidden } = diagnosis;
  if (known.length === 0) {
    const silent = unseen(diagnosis).some((source) => source !== "DCGM");
    return !silent && isHidden(hidden) ? { kind: "hidden", hidden } : { kind: "no-data" };
  }
  const alarm = alarms(diagnosis).find((each): each is Shortage => each.kind === "shortage");
  if (alarm !== undefined) {
    const row = known.find(({ name }) => alarm.nodegroups.length === 1 && name === alarm.nodegroups[0]);
    if (row === undefined) return { kind: "shared", alarm };
    if (row.short > 0) return { kind: "short", row, alarm, elsewhere: slackBeside(diagnosis.observed, row, known) };
  }
  const slackest = known.reduce((a, b) => (b.slack > a.slack ? b : a));
  const shortest = known.reduce((a, b) => (b.short > a.short ? b : a));
  if (shortest.short >= PASSING_SHARE * shortest.hours) return { kind: "passing", row: shortest, hidden };
  return { kind: "even", shortest, slackest, waited: alarm?.nodegroups ?? [], hidden };
}

function slackBeside({ clusterQueues }: Observed, row: Row, known: readonly Row[]): Elsewhere | undefined {
  const slack = known.filter((other) => other !== row && other.slack >= severe).sort((a, b) => b.slack - a.slack);
  const lists = clusterQueues.flatMap(({ eligible, able }) => (eligible.includes(row.name) && able ? [able] : []));
  const fit = slack.find(({ name }) => lists.some((able) => able.includes(name)));
  const most = fit ?? slack[0];
  if (most === undefined) return undefined;
  return { row: most, able: lists.length === 0 ? undefined : fit !== undefined };
}

/** Most hours short first, then the least slack. */
function rowsOf({ observed, hours }: Analysis): Row[] {
  const spans = spansByNodegroup(observed, hours);
  const values = defaultMetric.measure(hours);
  const measured = new Map(hours.map((row, i) => [row, values[i]]));
  return observed.nodegroups
    .map(({ name }): Row => {
      const cells = (spans.get(name) ?? []).map((span) => ({ span, value: measured.get(span.row) }));
      const count = (of: (value: number) => number) =>
        cells.reduce((sum, { span, value }) => sum + (value === undefined ? 0 : of(value) * span.hours), 0);
      const known = count(() => 1);
      return {
        name,
        cells,
        hours: known,
        short: count((value) => Number(value >= concern)),
        severelyShort: count((value) => Number(value >= severe)),
        severelySlack: count((value) => Number(value <= -severe)),
        slack: known > 0 ? count((value) => Math.max(0, -value)) / known : 0,
        mean: known > 0 ? count((value) => value) / known : undefined,
      };
    })
    .sort((a, b) => b.short - a.short || (b.mean ?? 0) - (a.mean ?? 0) || (a.name < b.name ? -1 : 1));
}

/** How far from balance, over the week: a row a nodegroup, a cell an hour, coloured by the default metric. */
export function imbalanceByHour(analysis: Analysis): Figure {
  const { observed, diagnosis, period, source } = analysis;
  const rows = rowsOf(analysis);
  const found = findImbalance(analysis, rows);
  const { from, to } = coveredTime(observed);
  const hoursText = (name: string, of: "severelyShort" | "severelySlack") => {
    const row = rows.find((each) => each.name === name)!;
    return row.hours > 0 ? number(Math.round(row[of])) : "unknown";
  };
  return figure({
    id: "03-imbalance-by-hour",
    ...wordsOf(found),
    subtitle: `${defaultMetric.title}: % of demand waiting (short) or of capacity free beyond headroom (slack), hourly, ${period}`,
    note:
      `${defaultMetric.title} as DATA_DICTIONARY.md defines it, on its own fixed scale: from ${percent(concern)} on it is a concern, from ${percent(severe)} on severe, where the colours end. Headroom is ${percent(HEADROOM_SHARE)} of capacity. Work that several nodegroups could run is not in it.` +
      silenceNote(observed, ["Kueue", "kube-state-metrics"]) +
      hiddenNote(diagnosis.hidden),
    source,
    alt: `Heatmap of hourly imbalance in ${plural(rows.length, "nodegroup")}, where ${reasonOf(found)}.`,
    table: {
      columns: [
        { name: "name", label: "Nodegroup", unit: null },
        { name: "hours", label: "Hours known", unit: "h", digits: 0 },
        { name: "short", label: "Short", unit: "h", digits: 0 },
        { name: "severelyShort", label: "Severely short", unit: "h", digits: 0 },
        { name: "severelySlack", label: "Severely slack", unit: "h", digits: 0 },
        { name: "mean", label: `Mean ${defaultMetric.title.toLowerCase()}`, unit: "ratio", digits: 3 },
      ],
      rows: rows.map(({ name, hours, short, severelyShort, severelySlack, mean }) => ({
        name,
        hours,
        ...(hours > 0
          ? { short, severelyShort, severelySlack }
          : { short: null, severelyShort: null, severelySlack: null }),
        mean,
      })),
    },
    width: 900,
    height: 26 + 10 + 72 + Math.max(3, rows.length) * 30,
    axes: { x: { label: "Hour", unit: "UTC" }, y: { label: "Nodegroup", unit: null } },
    draw: (drawing) =>
      found.kind === "no-data" || found.kind === "hidden"
        ? noData(drawing, "No hour has both demand and capacity")
        : heatmap(drawing, {
            names: rows.map(({ name }) => name),
            cells: rows.flatMap(({ name, cells }) =>
              cells.map(({ span, value }) => ({ name, start: span.start, end: span.end, value })),
            ),
            from,
            to,
            color: divergingScale({ short: severe, balanced: 0, slack: -severe }),
            anchors: [
              { at: -severe, text: `slack ${percent(severe)}` },
              { at: 0, text: "balanced" },
              { at: severe, text: `short ${percent(severe)}` },
            ],
            columns: [
              { title: ["Severely", "short, h"], text: (name) => hoursText(name, "severelyShort") },
              { title: ["Severely", "slack, h"], text: (name) => hoursText(name, "severelySlack") },
            ],
          }),
  });
}

function wordsOf(found: ImbalanceFinding): { readonly title: string; readonly takeaway: string } {
  switch (found.kind) {
    case "no-data":
      return {
        title: "Balance is not known for any hour",
        takeaway:
          "No hour has both demand and capacity: Kueue or kube-state-metrics was silent. Mend the scrape; a gap here is not balance.",
      };
    case "hidden":
      return {
        title: "Balance is not known for any hour",
        takeaway: `${hiddenSentence(found.hidden)}. ${hiddenMend(found.hidden)}: a gap here is not balance.`,
      };
    case "short": {
      const { row, alarm, elsewhere } = found;
      return {
        title: `In ${row.name} work waited in ${hoursOf(row.short, row.hours)}, severely in ${number(Math.round(row.severelyShort))}`,
        takeaway:
          `In these hours at least ${percent(concern)} of the GPUs asked for waited, in the severe ones ${percent(severe)} and more; ${whenText(alarm.when)}. ` +
          elsewhereText(elsewhere) +
          remedySentence(alarm, "would bring it back to balance"),
      };
    }
    case "shared": {
      const { alarm } = found;
      return {
        title: `${placeText(alarm.nodegroups)} may be short: their shared queues are not shown`,
        takeaway:
          `Queues that reach all of them waited ${gpuHours(Math.round(alarm.gpuHours))}, ${percent(alarm.share)} of those paid for there where ${percent(material.waitedShare)} calls for a look, ${whenText(alarm.when)}. ` +
          `Which nodegroup was short is not known, so that the rows say too little. ${remedySentence(alarm, "would help")}`,
      };
    }
    case "passing": {
      const { row, hidden } = found;
      return {
        title: `In ${row.name} work waited in ${hoursOf(row.short, row.hours)}, ${isHidden(hidden) ? "of those that are known" : "too little for an alarm"}`,
        takeaway:
          `In these hours at least ${percent(concern)} of the GPUs asked for waited, in ${noneOr(row.severelyShort)} of them ${percent(severe)} and more. ` +
          (isHidden(hidden)
            ? "Whether that is an alarm is not known, as not all that waited is counted."
            : `Lasting queues stayed under ${percent(material.waitedShare)} of the GPU-hours paid for, so it is no alarm yet: watch whether it grows.`),
      };
    }
    case "even": {
      const { shortest, slackest, waited, hidden } = found;
      if (isHidden(hidden)) {
        return {
          title:
            Math.round(shortest.short) === 0
              ? "No nodegroup was short in any hour that is known; not all are"
              : `No nodegroup was short in more than ${hoursOf(shortest.short, shortest.hours)} that are known`,
          takeaway: `An hour counts from ${percent(concern)} of the GPUs asked for waiting; free GPUs are no slack where it is not known what waits. ${hiddenSentence(hidden)}. ${hiddenMend(hidden)}.`,
        };
      }
      const room =
        slackest.slack >= severe
          ? `${slackest.name} had ${percent(slackest.slack)} of its capacity free beyond headroom on average, where ${percent(severe)} is severe: room for more work`
          : `On average no nodegroup had ${percent(severe)} of its capacity free beyond headroom, which would be severe`;
      return {
        title:
          Math.round(shortest.short) === 0
            ? "No nodegroup was short in any hour"
            : `No nodegroup was short in more than ${hoursOf(shortest.short, shortest.hours)}`,
        takeaway:
          `An hour counts from ${percent(concern)} of the GPUs asked for waiting${Math.round(shortest.short) === 0 ? "" : `; ${shortest.name} had most such hours, ${noneOr(shortest.severelyShort)} of them severe (${percent(severe)})`}. ` +
          `${room}. ${waited.length === 0 ? "Nothing needs to move for work to run in time" : `Yet work waited in ${placeText(waited)}, too briefly to show by the hour: see 01-what-waited`}.`,
      };
    }
  }
}

const noneOr = (hours: number) => (Math.round(hours) === 0 ? "none" : number(Math.round(hours)));

function elsewhereText(elsewhere: Elsewhere | undefined): string {
  if (elsewhere === undefined) return `No other nodegroup had ${percent(severe)} free beyond headroom on average. `;
  const { row, able } = elsewhere;
  const could = {
    true: "and could run some of this work",
    false: "but neither it nor any other with such slack could run this work",
    undefined: "and the contract does not say whether it could run this work",
  }[`${able}`];
  return `${row.name} had ${percent(row.slack)} free beyond headroom on average, ${could}. `;
}

function reasonOf(found: ImbalanceFinding): string {
  switch (found.kind) {
    case "no-data":
    case "hidden":
      return "nothing is known";
    case "short":
      return `${found.row.name} is short in ${number(Math.round(found.row.short))} hours`;
    case "shared":
      return `queues shared by ${placeText(found.alarm.nodegroups)} are left out`;
    case "passing":
      return `work waits in ${found.row.name} in many hours, but never for long`;
    case "even":
      if (isHidden(found.hidden)) return "few of the hours that are known are short";
      return `no nodegroup is short for long and ${found.slackest.name} has most slack`;
  }
}
