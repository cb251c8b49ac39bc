import { from, op } from "arquero";
import { outcomeOf } from "../checks/check.js";
import { verifyOnce } from "../checks/verify-once.js";
import type { Diagnosis } from "../diagnosis/diagnose.js";
import { material } from "../diagnosis/headline.js";
import { hiddenMend, hiddenShort, leastText } from "../diagnosis/hidden-words.js";
import { RECONCILED_SHARE } from "../diagnosis/supply.js";
import { isHidden } from "../join/hidden.js";
import { type Metric, metrics } from "../metrics/index.js";
import { stakeText } from "../plan/actions.js";
import type { Plan } from "../plan/plan.js";
import {
  type Found,
  meanOf,
  rangeOf,
  type Simulated,
  type SimulatedPlan,
  simulatedRemoval,
  simulatedWait,
} from "../plan/simulated.js";
import { gini } from "../statistics/index.js";
import { tables as tableList } from "../tables/index.js";
import { dollars, duration, fixed, list, number, percent, plural, timestamp } from "../units/format.js";
import type { Analysis } from "./analyse.js";

/** A table as a reader meets it: columns named with their units, cells already formatted. */
export interface Sheet {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly (string | number)[])[];
}

/** The tables of the dataset: what each holds, and how much of it. */
export function tablesSheet({ dataset }: Analysis): Sheet {
  return {
    columns: ["table", "source", "rows", "first sample", "last sample", "what it holds"],
    rows: tableList.map(({ name, source, doc }) => {
      const entry = dataset.manifest.tables[name];
      return [
        name,
        source,
        number(entry?.rows),
        entry?.rows === 0 ? "none" : timestamp(time(entry?.firstSample)),
        entry?.rows === 0 ? "none" : timestamp(time(entry?.lastSample)),
        doc.split(". ")[0]!.replace(/\.$/, ""),
      ];
    }),
  };
}

const time = (iso: string | null | undefined) => (iso ? Date.parse(iso) : undefined);

/** The checks of a dataset and what they found. */
export async function checksSheet({ dataset }: Analysis): Promise<Sheet> {
  const { checks } = await verifyOnce(dataset.folder);
  return {
    columns: ["check", "result", "what must hold", "found"],
    rows: checks.map((check) => [check.name, outcomeOf(check), check.rule, check.found]),
  };
}

/** What the join left out, and why. */
export function droppedSheet({ observed }: Analysis): Sheet {
  return {
    columns: ["source", "left out because", "how many"],
    rows: observed.dropped.map(({ source, reason, count, unit }) => [source, reason, `${number(count)} ${unit}`]),
  };
}

/** What the contract says of each nodegroup. */
export function nodegroupsSheet({ observed: { contract } }: Analysis): Sheet {
  return {
    columns: ["nodegroup", "region", "GPU", "GPUs paid", "GPUs a node", "$ a GPU-hour", "committed until", "flavors"],
    rows: contract.nodegroups.map((n) => [
      n.name,
      n.region,
      n.gpuModel,
      n.gpusPaid,
      n.gpusPerNode,
      fixed(n.usdPerGpuHour, 2),
      n.committedUntil?.slice(0, 10) ?? "on demand",
      list(Object.keys(contract.flavors).filter((flavor) => contract.flavors[flavor]!.includes(n.name))),
    ]),
  };
}

/** One hour of the joined table, column by column: what the analysis goes on with. */
export function joinedRowSheet({ hours }: Analysis): Sheet {
  const row = hours[Math.floor(hours.length / 2)];
  return {
    columns: ["column", "value"],
    rows: Object.entries(row ?? {}).map(([name, value]) => [
      name,
      name === "window_start"
        ? timestamp(value as number)
        : typeof value === "number"
          ? number(value)
          : String(value ?? "missing"),
    ]),
  };
}

/** What every metric is, from the registry. */
export function metricSheet(): Sheet {
  return {
    columns: ["metric", "kind", "what it says", "formula", "false positives", "what one would do"],
    rows: metrics.map((m) => [m.name, m.kind, m.definition, m.formula, m.falsePositives, m.action]),
  };
}

/** Each metric by nodegroup: its mean and its worst hour; and how uneven the nodegroups are (Gini of the means). */
export function metricByNodegroupSheet({ hours, observed }: Analysis): Sheet {
  const names = observed.nodegroups.map((n) => n.name);
  const measured = metrics.map((metric) => ({ metric, means: meanAndWorst(metric, hours) }));
  return {
    columns: ["metric (mean; worst hour)", ...names, "Gini"],
    rows: measured.map(({ metric, means }) => [
      metric.name,
      ...names.map((name) => {
        const found = means.get(name);
        return found ? `${fixed(found.mean, 2)}; ${fixed(found.worst, 2)}` : "unknown";
      }),
      metric.worse === "away from zero" ? "" : unevenness([...means.values()].map(({ mean }) => mean)),
    ]),
  };
}

/** Gini of the nodegroups' means. Where all are 0, as they are shown, it says nothing, but they are as even as can be. */
function unevenness(means: readonly number[]): string {
  const none = means.length > 0 && means.every((mean) => fixed(mean, 2) === fixed(0, 2));
  return fixed(none ? 0 : gini(means), 2);
}

/** Mean of a metric over the hours of each nodegroup, and the value farthest from zero. */
function meanAndWorst(metric: Metric, hours: Analysis["hours"]): Map<string, { mean: number; worst: number }> {
  const values = metric.measure(hours);
  const rows = hours.flatMap(({ nodegroup }, i) => (values[i] === undefined ? [] : [{ nodegroup, value: values[i] }]));
  if (rows.length === 0) return new Map();
  const summary = from(rows)
    .groupby("nodegroup")
    .rollup({ mean: op.mean("value"), low: op.min("value"), high: op.max("value") })
    .objects() as { nodegroup: string; mean: number; low: number; high: number }[];
  return new Map(
    summary.map(({ nodegroup, mean, low, high }) => [
      nodegroup,
      { mean, worst: Math.abs(low) > Math.abs(high) ? low : high },
    ]),
  );
}

/** The episodes, biggest first. */
export function episodeSheet({ diagnosis }: Analysis): Sheet {
  return {
    columns: ["where", "from", "to", "lasted", "GPU-hours waited", "most GPUs at once", "cause", "ClusterQueues"],
    rows: diagnosis.episodes.map((e) => [
      list(e.nodegroups),
      timestamp(e.startMs),
      e.open ? "still open at the end" : timestamp(e.endMs),
      duration((e.endMs - e.startMs) / 1000),
      number(Math.round(e.gpuHours)),
      number(Math.round(e.peakGpus)),
      e.cause === "mixed"
        ? `mixed: ${list(e.byCause.slice(0, 3).map((c) => `${c.cause} ${percent(c.gpuHours / e.gpuHours)}`))}`
        : e.cause,
      list(e.clusterQueues),
    ]),
  };
}

/** Waiting GPU-hours by where they could have run, ClusterQueue and cause. */
export function causeSheet({ diagnosis }: Analysis): Sheet {
  const shown = diagnosis.waiting.filter(({ gpuHours: hours }) => hours >= 0.5);
  const all = diagnosis.waitingGpuHours;
  return {
    columns: ["where", "ClusterQueue", "cause", "GPU-hours waited", "share"],
    rows: [
      ...shown.map((w) => [
        list(w.nodegroups),
        w.clusterQueue,
        w.cause,
        number(Math.round(w.gpuHours)),
        isHidden(diagnosis.hidden) ? `at most ${percent(w.gpuHours / all)}` : percent(w.gpuHours / all),
      ]),
      ...diagnosis.hidden.queues.map((queue) => [
        queue.eligible.length > 0 ? list(queue.eligible) : "unknown",
        queue.clusterQueue,
        "unknown",
        `unknown: ${plural(queue.workloadHours, "workload-hour")}`,
        "unknown",
      ]),
    ],
  };
}

/** Waits by LocalQueue against their target. */
export function waitSheet({ diagnosis }: Analysis): Sheet {
  return {
    columns: [
      "LocalQueue",
      "started",
      "still waiting",
      "p95 to admission",
      "p95 to scheduled (95 % bounds)",
      "target",
      "missed it",
      "GPU-hours beyond target",
    ],
    rows: diagnosis.waits.map((w) => [
      `${w.namespace}/${w.localQueue}`,
      number(w.started),
      number(w.waitingAtEnd),
      w.admissionP95 ? interval(w.admissionP95.lower, w.admissionP95.upper) : "unknown",
      w.p95 === undefined
        ? "unknown"
        : `${w.atLeast ? "at least " : ""}${duration(w.p95)} (${interval(w.p95Lower, w.p95Upper)})`,
      duration(w.targetSeconds),
      percent(w.missedShare),
      w.started === undefined && w.gpuHoursOverTarget === 0
        ? "unknown"
        : `${leastText(w.overIsLeast)}${number(Math.round(w.gpuHoursOverTarget))}`,
    ]),
  };
}

function interval(lower: number | undefined, upper: number | undefined): string {
  if (upper === undefined || upper === Number.POSITIVE_INFINITY) return `${duration(lower)} or more`;
  return `${duration(lower)} to ${duration(upper)}`;
}

/** What each team held and did not use. */
export function ownerSheet({ diagnosis, observed: { contract } }: Analysis): Sheet {
  // A contract that is drafted from telemetry knows no prices.
  const isPriced = contract.nodegroups.some(({ usdPerGpuHour }) => usdPerGpuHour > 0);
  return {
    columns: [
      "team",
      "namespaces",
      "GPU-hours held",
      "idle",
      "stalled",
      "lost to failures (at most)",
      "$ idle",
      "$ lost",
    ],
    rows: diagnosis.owners.map((o) => {
      const told = (state: "idle" | "stalled", value: number, text: string) => {
        if (o.told[state] >= material.seenShare) return text;
        return value > 0 ? `at least ${text}` : "unknown";
      };
      return [
        o.owner,
        list(o.namespaces),
        number(Math.round(o.held)),
        told("idle", o.idle, number(Math.round(o.idle))),
        told("stalled", o.stalled, number(Math.round(o.stalled))),
        number(Math.round(o.lost)),
        isPriced ? told("idle", o.idle, dollars(o.usdIdle)) : "unknown",
        isPriced ? dollars(o.usdLost) : "unknown",
      ];
    }),
  };
}

/**
 * The capacity plan.
 *
 * @param simulated what a simulator found of it, for two columns more: null where nobody has simulated it
 */
export function planSheet({ capacity }: Plan, simulated?: SimulatedPlan | null): Sheet {
  const nodes = (value: number | null) => (value === null ? "unknown" : fixed(value, 0));
  return {
    columns: [
      "nodegroup",
      "jobs (censored, unseen)",
      "p95 wait",
      "p95 replayed",
      "nodes now",
      "nodes needed (90 % interval)",
      "add",
      ...(simulated === undefined ? [] : ["p95 with the plan, replayed", "p95 with the plan, simulated (other seeds)"]),
      "Erlang, GPUs",
      "$ a month",
      "estimable",
    ],
    rows: capacity.map((row) => [
      row.nodegroup,
      `${number(row.jobs)} (${number(row.jobs_censored)}, ${number(row.jobs_unseen)})`,
      duration(row.wait_p95_seconds_observed),
      row.wait_p95_seconds_replayed === null && row.estimable === "yes"
        ? "does not fit"
        : duration(row.wait_p95_seconds_replayed),
      nodes(row.nodes_now),
      row.nodes_needed === null
        ? "unknown"
        : `${nodes(row.nodes_needed)} (${nodes(row.nodes_needed_lower)} to ${nodes(row.nodes_needed_upper)})`,
      nodes(row.nodes_to_add),
      ...(simulated === undefined
        ? []
        : [
            duration(row.wait_p95_seconds_planned),
            row.nodes_to_add === null ? "unknown" : foundText(simulatedWait(simulated, row), waitText),
          ]),
      nodes(row.erlang_gpus),
      monthlyText(row),
      row.estimable,
    ]),
  };
}

/** What is given back under a commitment saves nothing before it ends. */
const monthlyText = ({ usd_per_month, committed_until }: Plan["capacity"][number]): string =>
  usd_per_month !== null && usd_per_month < 0 && committed_until !== null
    ? `${dollars(usd_per_month)} from ${committed_until.slice(0, 10)} on`
    : dollars(usd_per_month);

/** What one would do, free first. `simulated` as for planSheet. */
export function actionSheet({ actions, hidden }: Plan, simulated?: SimulatedPlan | null): Sheet {
  const [what, why] = isHidden(hidden)
    ? [hiddenMend(hidden), `how much waited is not known: ${hiddenShort(hidden)}`]
    : ["Nothing follows from what was found", ""];
  const withSimulated = (cells: readonly string[]) => (simulated === undefined ? [] : cells);
  return {
    columns: [
      "action",
      "where",
      "what",
      "because",
      "at stake",
      ...withSimulated(["simulated: GPU-hours removed; mean (95 % interval)", "try it with whatif"]),
      "$ a month",
      "who loses",
    ],
    rows:
      actions.length === 0
        ? [[isHidden(hidden) ? "none yet" : "none", "", what, why, "", ...withSimulated(["", ""]), "", ""]]
        : actions.map((a) => [
            a.action,
            a.place,
            a.what,
            a.because,
            stakeText(a),
            ...withSimulated([foundText(simulatedRemoval(simulated ?? null, a), removalText), a.what_if ?? ""]),
            a.usd_per_month === 0 ? "free" : dollars(a.usd_per_month),
            a.loses,
          ]),
  };
}

function foundText(found: Found, text: (simulated: Simulated) => string): string {
  switch (found.kind) {
    case "simulated":
      return text(found.simulated);
    case "refused":
      return `cannot be: ${found.why}`;
    case "no action":
      return "no action of whatif";
    case "not simulated":
      return "not simulated";
  }
}

const seconds = (value: number | null) => (value === null ? "not reached" : duration(value));

function waitText(simulated: Simulated): string {
  const range = rangeOf(simulated);
  const [lowest, highest] = range?.map(seconds) ?? [];
  const others = lowest === highest ? (lowest ?? "") : `${lowest} to ${highest}`;
  // Without the dataset's own seed there is nothing but others.
  return simulated.isOwn
    ? `${seconds(simulated.own)}${others === "" || others === seconds(simulated.own) ? "" : ` (${others})`}`
    : others;
}

function removalText(simulated: Simulated): string {
  const whole = (value: number) => number(Math.round(value));
  const mean = meanOf(simulated);
  if (mean === undefined) return whole(simulated.isOwn ? simulated.own! : simulated.others[0]!);
  const over = `mean ${whole(mean.estimate)} (${whole(mean.lower)} to ${whole(mean.upper)})`;
  return simulated.isOwn ? `${whole(simulated.own!)}; ${over}` : over;
}

/** The three buckets of cost. */
export function costSheet({ costs }: Plan): Sheet {
  const isPriced = costs.some(({ usd_paid }) => usd_paid > 0);
  const priced = (usd: number) => (isPriced ? dollars(usd) : "unknown");
  return {
    columns: ["nodegroup", "paid", "useful", "allocated but unused", "unallocated", "$ a useful GPU-hour"],
    rows: costs.map((c) => [
      c.nodegroup,
      priced(c.usd_paid),
      isUseKnown(c) ? priced(c.usd_useful) : "unknown",
      isUseKnown(c) ? priced(c.usd_allocated_unused) : "unknown",
      priced(c.usd_unallocated),
      isPriced && isUseKnown(c) ? dollars(c.usd_per_useful_gpu_hour) : "unknown",
    ]),
  };
}

/** Where hardly anything was measured, hardly anything useful is no finding. */
const isMeasured = (useful: number, unknown: number, paid: number) =>
  useful > RECONCILED_SHARE * paid || unknown <= UNMEASURED_SHARE * paid;
const isUseKnown = ({ usd_paid, usd_useful, usd_unknown }: Plan["costs"][number]) =>
  isMeasured(usd_useful, usd_unknown, usd_paid);
/** So much of what is paid for not accounted for, nothing useful among the rest says nothing. Field convention. */
const UNMEASURED_SHARE = 0.25;

/** Supply of the fleet in words a reader can add up. */
export function supplySheet({ supply, fleet }: Diagnosis): Sheet {
  return {
    columns: [
      "nodegroup",
      "paid",
      "useful",
      "starting",
      "stalled",
      "idle",
      "free",
      "out of service",
      "absent",
      "residual",
    ],
    rows: [...supply, fleet].map((row) => {
      const isKnown = isMeasured(row.useful, row.residual, row.paid);
      const ifMeasured = (value: number) => (isKnown ? value : undefined);
      return [
        row.nodegroup,
        ...[
          row.paid,
          ifMeasured(row.useful),
          row.starting,
          ifMeasured(row.stalled),
          ifMeasured(row.idle),
          row.free,
          row.outOfService,
          row.absent,
          row.residual,
        ].map((value) => number(value === undefined ? value : Math.round(value))),
      ];
    }),
  };
}
