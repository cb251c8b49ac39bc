import { causes } from "../diagnosis/cause.js";
import { causeWords } from "../diagnosis/cause-words.js";
import type { Diagnosis } from "../diagnosis/diagnose.js";
import { unseen } from "../diagnosis/headline.js";
import { hiddenText, leastText, podlessSentence } from "../diagnosis/hidden-words.js";
import { placeText } from "../diagnosis/place.js";
import { heldGpuHours, RECONCILED_SHARE, type SupplyPart } from "../diagnosis/supply.js";
import { type QueueVerdict, queueVerdicts } from "../diagnosis/wait-verdicts.js";
import { firstStarts, waitTarget } from "../diagnosis/waits.js";
import { when, whenText } from "../diagnosis/when.js";
import { isHidden } from "../join/hidden.js";
import { gpusOf } from "../join/shapes.js";
import { opensForFree, stakeText } from "../plan/actions.js";
import type { Plan } from "../plan/plan.js";
import { dollars, duration, gpuHours, list, number, percent, plural } from "../units/format.js";
import { HOUR_MS, SECOND_MS } from "../units/time.js";

export interface Answer {
  readonly question: string;
  /** One or two sentences. */
  readonly answer: string;
}

const MOST_NAMED = 3;
/** GPU-hours below this read as nothing. */
const LEAST = 0.05;
/** Gates with a smaller share of the waiting are not named. */
const NAMED_SHARE = 0.01;

/** The five questions of a Monday morning, answered. */
export function fiveQuestions(diagnosis: Diagnosis, plan: Plan): readonly Answer[] {
  return [
    {
      question:
        "Of the GPUs we pay for, how many were present, healthy, allocated and active, and where did the rest go?",
      answer: supplyAnswer(diagnosis),
    },
    { question: "Which queues missed their wait target, when, and by how much?", answer: missedAnswer(diagnosis) },
    {
      question: "How much of that waited while GPUs able to run it were free, and behind which gate?",
      answer: gateAnswer(diagnosis),
    },
    {
      question: "Who holds GPU-hours that are idle or lost, and what are they worth?",
      answer: ownersAnswer(diagnosis),
    },
    {
      question: "What costs nothing, what does it remove, who loses by it, and what remains that only buying mends?",
      answer: actionsAnswer(plan),
    },
  ];
}

/** The answers as a numbered list in Markdown. */
export function fiveQuestionsText(answers: readonly Answer[]): string {
  return answers.map(({ question, answer }, i) => `${i + 1}. **${question}** ${answer}`).join("\n");
}

function supplyAnswer(diagnosis: Diagnosis): string {
  const { fleet } = diagnosis;
  const missing = unseen(diagnosis);
  if (missing.includes("kube-state-metrics"))
    return `Not known: kube-state-metrics was silent for most of the time, and ${gpuHours(fleet.paid)} are paid for.`;
  const present = fleet.paid - fleet.absent;
  const healthy = present - fleet.outOfService;
  const known = `Of ${gpuHours(fleet.paid)} paid for, ${number(present)} were present and ${number(healthy)} healthy`;
  if (missing.includes("DCGM"))
    return `${known}; ${number(fleet.free)} of these were free and the others allocated. DCGM was silent for most of the time, so that nobody knows how many were active.`;
  const { useUnknown } = fleet;
  const allocated = heldGpuHours(fleet) + useUnknown;
  const active = `${number(fleet.useful + useUnknown)} active at most${useUnknown >= LEAST ? `, the use of ${number(useUnknown)} of them being unknown` : ""}`;
  const names: readonly [SupplyPart, string][] = [
    ["free", "free"],
    ["outOfService", "out of service"],
    ["absent", "absent"],
    ["starting", "starting"],
    ["stalled", "busy but starved"],
    ["idle", "held and idle"],
  ];
  const rest = names
    .filter(([part]) => fleet[part] >= LEAST)
    .sort((a, b) => fleet[b[0]] - fleet[a[0]])
    .map(([part, name]) => `${number(fleet[part])} ${name}`);
  const residual = Math.abs(fleet.residual - useUnknown) / fleet.paid;
  const reconciled =
    residual <= RECONCILED_SHARE
      ? `telemetry accounts for ${residual < 0.0005 ? "all of it" : `all but ${percent(residual)}`}`
      : `telemetry leaves ${percent(residual)} unaccounted for, more than the ${percent(RECONCILED_SHARE)} of a reconciled account`;
  const others = rest.length > 0 ? `The rest was ${list(rest)}` : "There was no rest";
  return `${known}, ${number(allocated)} allocated, ${active}. ${others}; ${reconciled}.`;
}

function missedAnswer(diagnosis: Diagnosis): string {
  const verdicts = queueVerdicts(diagnosis);
  const judged = verdicts.filter(({ verdict }) => verdict !== "unknown" && verdict !== "unused");
  const missed = verdicts.filter(({ verdict }) => verdict === "missed" || verdict === "missed-by-gpus");
  const over = diagnosis.waits.reduce((sum, wait) => sum + wait.gpuHoursOverTarget, 0);
  const { hidden, observed } = diagnosis;
  const silent = unseen(diagnosis).filter((source) => source !== "DCGM");
  const isLeast = diagnosis.waits.some(({ overIsLeast }) => overIsLeast);
  if (verdicts.length === 0 && observed.clusterQueues.length > 0)
    return "Not known: no series of LocalQueues are here, which Kueue exports from 0.17 on, or with its feature gate LocalQueueMetrics.";
  if (verdicts.every(({ verdict }) => verdict === "unused") && !unseen(diagnosis).includes("Kueue"))
    return isHidden(hidden) ? `Not known: ${hiddenText(hidden)}.` : "None: nothing started, and nothing waits.";
  if (judged.length === 0 && hidden.podless.length > 0) return `Not known. ${podlessSentence(hidden)}.`;
  if (judged.length === 0 && silent.length > 0) return notSaid(silent);
  if (judged.length === 0) return "Not known: too few workloads got nodes to tell.";
  const unknown = verdicts.filter(({ verdict }) => verdict === "unknown").length;
  const rest = unknown > 0 ? ` Of ${plural(unknown, "more", "more")} it is not known.` : "";
  if (missed.length === 0) {
    const beyond =
      over >= LEAST
        ? `the slowest few waited ${leastText(isLeast)}${gpuHours(over)} beyond it`
        : "nothing waited beyond it";
    return `None of ${plural(judged.length, "LocalQueue")}: every p95 met its target, and ${beyond}.${rest}`;
  }
  const named = missed.slice(0, MOST_NAMED).map((queue) => missedText(diagnosis, queue));
  const more = missed.length > named.length ? `; and ${missed.length - named.length} more` : "";
  const here = missed.reduce((sum, queue) => sum + queue.gpuHoursOverTarget, 0);
  const elsewhere =
    over - here >= LEAST ? ` In all queues together ${leastText(isLeast)}${gpuHours(over)} waited beyond target.` : "";
  return `${missed.length} of ${plural(judged.length, "LocalQueue")}: ${named.join("; ")}${more}.${elsewhere}${rest}`;
}

function missedText({ observed }: Diagnosis, queue: QueueVerdict): string {
  const { startMs, stepMs, ticks } = observed;
  const overtime = firstStarts(observed)
    .filter((gang) => gang.namespace === queue.namespace && gang.localQueue === queue.localQueue)
    .map((gang) => {
      const from = (gang.createdSeconds + waitTarget(observed, gang)) * SECOND_MS;
      const to = gang.scheduledSeconds * SECOND_MS;
      const amount = Math.max(0, to - from) * gpusOf(gang);
      return { startMs: Math.max(startMs, from), endMs: to, amount };
    });
  const at = when(overtime, { startMs, endMs: startMs + stepMs * ticks });
  const waiting = `${number(queue.overdue)} of ${number(queue.waitingAtEnd)} that still waited at the end beyond target`;
  const p95 =
    queue.verdict === "missed-by-gpus"
      ? `p95 ${duration(queue.p95)} by gangs, but ${duration(queue.p95ByGpus)} by GPUs asked for`
      : queue.p95 === undefined
        ? `nothing started, ${waiting}`
        : queue.p95 > queue.targetSeconds
          ? `p95 ${queue.atLeast ? "at least " : ""}${duration(queue.p95)}`
          : `p95 ${duration(queue.p95)} of what started, but ${waiting}`;
  return `${queue.queue} (${p95}, target ${duration(queue.targetSeconds)}, ${leastText(queue.overIsLeast)}${gpuHours(queue.gpuHoursOverTarget)} beyond it${at === undefined ? "" : `, ${whenText(at)}`})`;
}

const notSaid = (silent: readonly string[]) => `Not known: ${list(silent)} did not say what waited.`;

function gateAnswer(diagnosis: Diagnosis): string {
  const { whileFree, waitingGpuHours, byCause, hidden } = diagnosis;
  const missing = unseen(diagnosis).filter((source) => source !== "DCGM");
  if (whileFree === undefined) {
    if (missing.length === 0 && isHidden(hidden)) return `Not known: ${hiddenText(hidden)}.`;
    return missing.length > 0 ? notSaid(missing) : "Nothing waited.";
  }
  const [lower, upper] = [percent(whileFree.lower), percent(whileFree.upper)];
  const most = causes
    .filter((cause) => byCause[cause] >= NAMED_SHARE * waitingGpuHours)
    .sort((a, b) => byCause[b] - byCause[a]);
  const rest = waitingGpuHours - most.reduce((sum, cause) => sum + byCause[cause], 0);
  const gates = [
    ...most.map((cause) => `${number(byCause[cause])} ${causeWords(cause).gate}`),
    ...(rest >= LEAST ? [`${number(rest)} behind other gates`] : []),
  ];
  const seen = missing.length > 0 || isHidden(hidden) ? "were seen to wait" : "waited";
  const more = isHidden(hidden) ? ` That is not all: ${hiddenText(hidden)}.` : "";
  return `${lower === upper ? upper : `${lower} to ${upper}`} of the ${gpuHours(waitingGpuHours)} that ${seen}. By gate: ${list(gates)}.${more}`;
}

function ownersAnswer(diagnosis: Diagnosis): string {
  const { owners, observed } = diagnosis;
  const waste = owners.filter((owner) => owner.idle + owner.lost >= LEAST);
  const missing = unseen(diagnosis).filter((source) => source !== "Kueue");
  const silent = `${list(missing)} ${missing.length === 1 ? "was" : "were"} silent for most of the time`;
  if (waste.length === 0) {
    return missing.length > 0
      ? `Not known: ${silent}.`
      : "Nobody: no GPU-hour was held idle for an hour, and none was lost to a failure.";
  }
  // A contract that is drafted from telemetry knows no prices.
  const isPriced = observed.contract.nodegroups.some(({ usdPerGpuHour }) => usdPerGpuHour > 0);
  const named = waste.slice(0, MOST_NAMED).map((owner) => {
    const parts = [
      ...(owner.idle >= LEAST ? [`${gpuHours(owner.idle)} idle`] : []),
      ...(owner.lost >= LEAST ? [`${gpuHours(owner.lost)} lost at most`] : []),
    ];
    const usd = isPriced ? `, ${dollars(Math.round(owner.usdIdle + owner.usdLost))}` : "";
    return `${owner.owner} (${list(parts)}${usd})`;
  });
  const total = waste.reduce((sum, owner) => sum + owner.usdIdle + owner.usdLost, 0);
  const hours = (observed.ticks * observed.stepMs) / HOUR_MS;
  const others = waste.length > named.length ? [plural(waste.length - named.length, "other")] : [];
  const least = missing.length > 0 ? ` That is the least: ${silent}.` : "";
  const worth = isPriced
    ? `together ${dollars(Math.round(total))} at list price in ${plural(hours / 24, "day")}`
    : "what that is worth is not known, as the contract names no prices";
  return `${list([...named, ...others])}; ${worth}.${least}`;
}

function actionsAnswer({ actions, capacity, targetSeconds, hidden }: Plan): string {
  const free = actions.filter(opensForFree);
  const waste = actions.filter(
    (action) => (action.action === "reap" || action.action === "feed") && !opensForFree(action),
  );
  const buys = actions.filter((action) => action.action === "add");
  const first = [...free, ...waste].slice(0, MOST_NAMED).map((action) => {
    return `${lowerFirst(action.what)} (${stakeText(action)}; who loses: ${action.loses})`;
  });
  const bought = buys.map(
    (buy) =>
      `${plural(buy.nodes, "node")} more in ${buy.place} at ${dollars(Math.round(buy.usd_per_month))} a month (${stakeText(buy)})`,
  );
  const isAll = !isHidden(hidden);
  const left = free.length + waste.length - first.length;
  const more = left > 0 ? `; and ${number(left)} more` : "";
  const unknown = capacity.filter((row) => row.estimable !== "yes").map((row) => row.nodegroup);
  return [
    first.length === 0
      ? `No free action has enough behind it to be worth taking${isAll ? "" : ", of what is known to have waited"}.`
      : `Free: ${first.join("; ")}${more}.`,
    ...(bought.length > 0
      ? [`What then remains only buying mends: for a p95 wait of ${duration(targetSeconds)}, ${list(bought)}.`]
      : []),
    ...(unknown.length > 0 ? [`What only buying mends in ${placeText(unknown)} is not known.`] : []),
    ...(bought.length + unknown.length === 0 && isAll ? ["Nothing remains that only buying mends."] : []),
    ...(isAll ? [] : [`Not all that waited is counted: ${hiddenText(hidden)}.`]),
  ].join(" ");
}

const lowerFirst = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);
