import type { Analysis } from "../analysis/analyse.js";
import { type Cause, causes } from "../diagnosis/cause.js";
import { causeWords } from "../diagnosis/cause-words.js";
import type { Contributor } from "../diagnosis/contributors.js";
import type { Diagnosis } from "../diagnosis/diagnose.js";
import { mainCause } from "../diagnosis/episodes.js";
import { alarms, material, type Source, unseen } from "../diagnosis/headline.js";
import { hiddenMend, hiddenNote, hiddenSentence, leastText } from "../diagnosis/hidden-words.js";
import { type Hidden, isHidden } from "../join/hidden.js";
import { gpuHours, list, number, percent, plural } from "../units/format.js";
import { causeCategory } from "./cause-category.js";
import { type Figure, type FigureSpec, figure } from "./figure.js";
import { noData } from "./layout.js";
import { stackedBars } from "./marks/stacked-bars.js";
import { WAITING_CAUSES } from "./palette.js";
import { remedySentence } from "./remedy.js";

/** A LocalQueue that waits, and what it mostly waits for. */
export interface WaitingQueue {
  readonly queue: string;
  readonly owner: string;
  readonly gpuHours: number;
  /** As a share of all that waited. */
  readonly share: number;
  readonly cause: Cause | "mixed";
  readonly causeShare: number;
  readonly exact: boolean;
}

/** Who waits, if anybody does. */
export type WhoWaitsFinding =
  | {
      /** Whether one queue has most of it. */
      readonly kind: "one" | "several";
      readonly first: WaitingQueue;
      readonly second: WaitingQueue | undefined;
      readonly queues: number;
      readonly total: number;
      /** More may have waited than is counted. */
      readonly isLeast: boolean;
    }
  | {
      readonly kind: "minor";
      readonly first: WaitingQueue;
      readonly queues: number;
      readonly total: number;
      readonly paidShare: number;
      readonly isLeast: boolean;
    }
  /** Nobody is seen to wait, but not all that waited is seen. */
  | { readonly kind: "hidden"; readonly hidden: Hidden }
  | { readonly kind: "none"; readonly queues: number }
  | { readonly kind: "no-data"; readonly missing: readonly Source[] };

/** One queue has the waiting to itself from this share on. Field convention. */
const MOST_SHARE = 0.5;
/** A queue with less than both is not drawn: it reads as nothing beside the others. */
const LEAST_GPU_HOURS = 0.05;
const LEAST_SHARE = 0.001;
/** The second is said if it has this share. */
const SAID_SHARE = 0.1;
const MOST_ROWS = 12;

export function whoWaitsFinding(diagnosis: Diagnosis): WhoWaitsFinding {
  const missing = unseen(diagnosis).filter((source) => source !== "DCGM");
  const { waiting, total } = split(diagnosis);
  const [first, second] = waiting.map((each) => waitingQueue(each, total));
  const isLeast = isHidden(diagnosis.hidden);
  if (first === undefined) {
    if (missing.length === 0 && isLeast) return { kind: "hidden", hidden: diagnosis.hidden };
    return missing.length > 0 ? { kind: "no-data", missing } : { kind: "none", queues: diagnosis.contributors.length };
  }
  const paidShare = total / diagnosis.fleet.paid;
  const short = alarms(diagnosis).some((alarm) => alarm.kind === "shortage");
  const queues = waiting.length;
  if (!short && paidShare < material.waitedShare) return { kind: "minor", first, queues, total, paidShare, isLeast };
  return { kind: first.share >= MOST_SHARE ? "one" : "several", first, second, queues, total, isLeast };
}

function split({ contributors }: Diagnosis): {
  waiting: readonly Contributor[];
  still: readonly Contributor[];
  total: number;
} {
  const total = contributors.reduce((sum, each) => sum + each.gpuHours, 0);
  const waits = (each: Contributor) => each.gpuHours >= Math.max(LEAST_GPU_HOURS, LEAST_SHARE * total);
  return { waiting: contributors.filter(waits), still: contributors.filter((each) => !waits(each)), total };
}

function waitingQueue(each: Contributor, total: number): WaitingQueue {
  const byCause = new Map(causes.map((cause) => [cause, each.byCause[cause]]));
  const cause = mainCause(byCause) ?? "unknown";
  return {
    queue: nameOf(each),
    owner: each.owner,
    gpuHours: each.gpuHours,
    share: each.gpuHours / total,
    cause,
    causeShare: cause === "mixed" ? 1 : byCause.get(cause)! / each.gpuHours,
    exact: each.exact,
  };
}

const nameOf = ({ namespace, localQueue }: Pick<Contributor, "namespace" | "localQueue">) =>
  `${namespace}/${localQueue}`;

/** Who waits, and for what: ranked bars of GPU-hours by LocalQueue, split by cause. */
export function whoWaits(analysis: Analysis): Figure {
  const { diagnosis } = analysis;
  const finding = whoWaitsFinding(diagnosis);
  const { waiting, still: rest } = split(diagnosis);
  const { queues, podless } = diagnosis.hidden;
  const partly = new Set([...queues.map(({ clusterQueue }) => clusterQueue), ...podless]);
  const still = rest.filter(({ clusterQueue }) => !partly.has(clusterQueue));
  const rows = rowsOf(waiting, partly);
  const said = words(finding);
  return figure({
    id: "04-who-waits",
    ...said,
    subtitle: `GPU-hours of waiting by LocalQueue (namespace/queue) and its owner, split by cause; ${analysis.period}`,
    note:
      "Waiting: pending, or admitted and without nodes. Exact where a LocalQueue is the only one of its ClusterQueue; " +
      "else estimated: the ClusterQueue's pending GPUs, shared by pending workloads times the LocalQueue's mean GPUs a workload." +
      (still.length > 0 ? ` Not drawn, as next to nothing waited there: ${list(still.map(nameOf))}.` : "") +
      hiddenNote(diagnosis.hidden),
    source: analysis.source,
    alt: `Stacked bar chart of waiting GPU-hours of ${plural(waiting.length, "LocalQueue")} by cause, where the finding is: ${said.title}.`,
    table: {
      columns: [
        { name: "queue", label: "LocalQueue", unit: null },
        { name: "owner", label: "Owner", unit: null },
        { name: "total", label: "Waited", unit: "GPU-hours", digits: 1 },
        ...causes.map((cause) => ({ name: cause, label: causeCategory(cause).label, unit: "GPU-hours", digits: 1 })),
        { name: "how", label: "Known", unit: null },
      ],
      rows: diagnosis.contributors.map((each) => {
        const isLeast = partly.has(each.clusterQueue);
        const row = { queue: nameOf(each), owner: each.owner };
        if (isLeast && each.gpuHours === 0)
          return { ...row, total: null, ...Object.fromEntries(causes.map((cause) => [cause, null])), how: "unknown" };
        const how = `${each.exact ? "exact" : "estimate"}${isLeast ? " of a part" : ""}`;
        return { ...row, total: each.gpuHours, ...each.byCause, how };
      }),
    },
    width: 900,
    height: Math.max(180, 102 + rows.length * 34),
    axes: { x: { label: "Waited", unit: "GPU-hours" }, y: { label: "LocalQueue", unit: null } },
    draw: (drawing) =>
      rows.length === 0
        ? noData(drawing, emptyText(finding))
        : stackedBars(drawing, {
            names: rows.map(({ name }) => name),
            parts: WAITING_CAUSES,
            values: rows.flatMap(({ name, byCause }) =>
              causes.flatMap((cause) =>
                byCause[cause] > 0 ? [{ name, part: causeCategory(cause).name, value: byCause[cause] }] : [],
              ),
            ),
            nameRoom: 210,
            after: (name) => rows.find((row) => row.name === name)!.after,
          }),
  });
}

function emptyText({ kind }: WhoWaitsFinding): string {
  if (kind === "no-data") return "Not known: no data";
  return kind === "hidden" ? "Who waited for how many GPUs is not known" : "Nothing waited";
}

interface Row {
  readonly name: string;
  readonly byCause: Readonly<Record<Cause, number>>;
  readonly after: string;
}

/** A row a LocalQueue; of many the last ones together. `partly`: ClusterQueues of which not all that waited is counted. */
function rowsOf(waiting: readonly Contributor[], partly: ReadonlySet<string>): Row[] {
  const isLeast = ({ clusterQueue }: Contributor) => partly.has(clusterQueue);
  const round = (value: number) => Math.round(value * 100) / 100;
  const rounded = (pick: (cause: Cause) => number) =>
    Object.fromEntries(causes.map((cause) => [cause, round(pick(cause))])) as Record<Cause, number>;
  const shown = waiting.length > MOST_ROWS ? waiting.slice(0, MOST_ROWS - 1) : waiting;
  const rest = waiting.slice(shown.length);
  const rows = shown.map((each) => ({
    name: nameOf(each),
    byCause: rounded((cause) => each.byCause[cause]),
    after: isLeast(each)
      ? `${leastText(true)}${number(each.gpuHours)}, ${each.owner}`
      : `${number(each.gpuHours)} ${each.exact ? "exact" : "estimated"}, ${each.owner}`,
  }));
  if (rest.length === 0) return rows;
  const sum = (pick: (each: Contributor) => number) => rest.reduce((all, each) => all + pick(each), 0);
  const owners = new Set(rest.map(({ owner }) => owner));
  return [
    ...rows,
    {
      name: `${plural(rest.length, "other")}`,
      byCause: rounded((cause) => sum((each) => each.byCause[cause])),
      after: `${leastText(rest.some(isLeast))}${number(sum((each) => each.gpuHours))}, ${owners.size === 1 ? [...owners][0] : "several owners"}`,
    },
  ];
}

function words(finding: WhoWaitsFinding): Pick<FigureSpec, "title" | "takeaway"> {
  switch (finding.kind) {
    case "one":
    case "several": {
      const { first, second, total, queues, isLeast } = finding;
      const [all, some] = isLeast
        ? ["all waiting that is counted", "of waiting and more"]
        : ["all waiting", "of waiting"];
      const title =
        finding.kind === "one"
          ? `${percent(first.share)} of ${all} is in ${first.queue}: ${gpuHours(first.gpuHours)}`
          : `${plural(queues, "LocalQueue")} share ${gpuHours(total)} ${some}; ${first.queue} has most`;
      const next =
        second === undefined || second.share < SAID_SHARE
          ? ""
          : ` Next is ${second.queue} of ${second.owner} with ${gpuHours(second.gpuHours)}, ${mostly(second)}.`;
      const { free } = causeWords(first.cause);
      return {
        title,
        takeaway: `${first.queue} of ${first.owner} waited ${first.exact ? "" : "an estimated "}${gpuHours(first.gpuHours)}, ${mostly(first)}.${next} ${remedySentence(first.cause, `would help${next === "" ? "" : " the first"}${free ? " at no cost" : ""}`)}`,
      };
    }
    case "minor": {
      const { first, total, queues, paidShare, isLeast } = finding;
      return {
        title: isLeast
          ? `At least ${gpuHours(total)} waited, in ${plural(queues, "LocalQueue")}; the rest is not known`
          : `Little waited: ${gpuHours(total)} in all, in ${plural(queues, "LocalQueue")}`,
        takeaway:
          `The most, ${gpuHours(first.gpuHours)}, was in ${first.queue} of ${first.owner}, ${mostly(first)}. ` +
          `All of it is ${percent(paidShare)} of the GPU-hours paid for, and no nodegroup reaches the ${percent(material.waitedShare)} of an alarm: ${isLeast ? "but more waited than is counted, as the note says" : "no action is called for"}.`,
      };
    }
    case "hidden":
      return {
        title: "Who waited for how many GPUs is not known",
        takeaway: `${hiddenSentence(finding.hidden)}. ${hiddenMend(finding.hidden)}: until then an empty chart does not say that nobody waits.`,
      };
    case "none":
      return {
        title: "Nobody waited",
        takeaway: `Nothing was pending or without nodes in any of ${plural(finding.queues, "LocalQueue")}. No action is called for.`,
      };
    case "no-data":
      return {
        title: "Who waited is not known",
        takeaway:
          `${list(finding.missing)} ${finding.missing.length === 1 ? "was" : "were"} silent for most of the time, and what waits is not seen without. ` +
          "Mend the scrape before reading anything into the empty chart.",
      };
  }
}

/** "93% of it for capacity that was not there", "for several causes". */
function mostly({ cause, causeShare }: WaitingQueue): string {
  const { waited } = causeWords(cause);
  return cause === "mixed" ? waited : `${percent(causeShare)} of it ${waited}`;
}
