import type { Contract } from "../tables/contract.js";
import { dcgmGpu } from "../tables/dcgm-gpu.js";
import type { Column } from "../tables/table.js";
import { list, number, percent, plural } from "../units/format.js";
import { CLASSIC_HISTOGRAMS } from "./client.js";
import { type Met, meet } from "./needs.js";
import { type Probe, withoutNodes } from "./probe.js";
import { EXPORTERS, type Exporter, nameThere, nativeHistograms, type Wiring } from "./selectors.js";

/** How well a question can be answered. */
export type Answer = "exact" | "bounded" | "not at all";

export interface Question {
  readonly question: string;
  readonly answer: Answer;
  /** What makes it so. */
  readonly because: string;
}

export interface ExporterReport {
  readonly exporter: Exporter;
  readonly jobs: readonly string[];
  readonly up: number;
  readonly targets: number;
  readonly intervalSeconds: number | undefined;
  readonly version: string | undefined;
  /** Which names and labels it uses, where there are several ways. */
  readonly dialect: string;
}

/** Something that holds the contract and the server against each other. */
export interface Remark {
  readonly about: string;
  readonly text: string;
}

export interface Report {
  readonly exporters: readonly ExporterReport[];
  readonly met: readonly Met[];
  readonly questions: readonly Question[];
  readonly remarks: readonly Remark[];
  /** Whether a pull would begin. */
  readonly ready: boolean;
}

/** Scrape intervals of the contract may be off by this share before they are remarked on. */
const INTERVAL_SHARE = 0.2;
/** GPUs there and GPUs paid for may differ by this share. */
const INVENTORY_SHARE = 0.01;

/**
 * What can be said of a cluster with what a server shows of it: which series are there, which setting would add those
 * that are not, and how well each question can be answered.
 */
export function diagnoseServer(probe: Probe, contract: Contract | undefined, wiring: Wiring): Report {
  const met = meet(probe, contract, wiring);
  return {
    exporters: EXPORTERS.map((exporter): ExporterReport => {
      const { targets, intervalSeconds } = probe.scraped[exporter];
      return {
        exporter,
        jobs: probe.jobs[exporter],
        up: targets.filter(({ up }) => up).length,
        targets: targets.length,
        intervalSeconds,
        version: probe.versions[exporter],
        dialect: exporter === "dcgm-exporter" ? dcgmDialect(probe, wiring) : "",
      };
    }),
    met,
    questions: questionsOf(met, contract),
    remarks: [
      ...(probe.nodes.length === 0 ? [{ about: "nodes", text: withoutNodes(probe, wiring) }] : []),
      ...serverRemarks(probe),
      ...nativeHistograms(probe.names, wiring).map((name) => ({
        about: "series",
        text: `${name} is a native histogram, which is not read; ${CLASSIC_HISTOGRAMS}`,
      })),
      ...(contract ? contractRemarks(probe, contract) : []),
    ],
    ready: met.every(({ need, covered }) => !need.required || covered > 0),
  };
}

function dcgmDialect(probe: Probe, wiring: Wiring): string {
  if (probe.gpus.length === 0) return "";
  const columns = Object.entries<Column>(dcgmGpu.columns).filter(([name]) => name.startsWith("DCGM_"));
  const has = (name: string) => probe.names.has(nameThere(name, wiring));
  const old = columns.some(([name, { spellings = [] }]) => spellings.length > 0 && has(name));
  const renamed = columns.some(([, { spellings = [] }]) => spellings.some(({ name }) => has(name)));
  const labels = new Set(probe.gpus.flatMap((gpu) => gpu.labels));
  const lower = labels.has("hostname");
  return [
    old && renamed ? "names up to 4.8 and from 4.9 on" : renamed ? "names from 4.9 on" : "names up to 4.8",
    ...(lower ? [labels.has("Hostname") ? "Hostname and hostname" : "hostname"] : []),
    ...(labels.has("exported_pod") ? ["exported_pod"] : []),
    ...(labels.has("GPU_I_ID") ? ["MIG"] : []),
  ].join(", ");
}

function questionsOf(met: readonly Met[], contract: Contract | undefined): Question[] {
  const covered = new Map(met.map(({ need, covered: share }) => [need.name, share]));
  const has = (name: string) => (covered.get(name) ?? 0) > 0;
  const missing = (...names: string[]) => names.filter((name) => !has(name));
  const partly = met.filter(({ covered: share }) => share > 0 && share < 1).map(({ need }) => need.name);
  const base = met.filter(({ need, covered: share }) => need.required && share === 0).map(({ need }) => need.name);
  const priced = contract?.nodegroups.some(({ usdPerGpuHour }) => usdPerGpuHour > 0) ?? false;

  const judge = (
    question: string,
    { needed, better, limit }: { needed: readonly string[]; better: readonly string[]; limit?: string },
  ): Question => {
    const without = [...new Set([...base, ...missing(...needed)])];
    if (without.length > 0) return { question, answer: "not at all", because: `without ${list(without)}` };
    const worse = missing(...better);
    const incomplete = partly.filter(
      (name) => needed.includes(name) || better.includes(name) || name === "nodegroup of nodes",
    );
    const reasons = [
      ...(worse.length > 0 ? [`without ${list(worse)}`] : []),
      ...(incomplete.length > 0 ? [`only part of ${list(incomplete)}`] : []),
      ...(limit === undefined ? [] : [limit]),
    ];
    return {
      question,
      answer: reasons.length > 0 ? "bounded" : "exact",
      because: reasons.join("; ") || "all series are there",
    };
  };
  return [
    judge("1. Of the GPUs paid for, how many were there, healthy, held, active?", {
      needed: [],
      better: [
        "taints of nodes",
        "activity of GPUs",
        "activity inside GPUs",
        "power of GPUs",
        "nodes of GPUs",
        "pods of GPUs",
      ],
      ...(contract ? {} : { limit: "what is paid for is in a contract only" }),
    }),
    judge("2. Which queues missed their wait target, when, by how much?", {
      needed: ["times of pods", "queues of pods", "pending workloads"],
      better: ["creation of Jobs", "owners of pods", "LocalQueues"],
    }),
    judge("3. How much waited while GPUs able to run it were free, and behind which gate?", {
      needed: ["pending workloads", "GPUs pending"],
      better: ["quota and its use", "queues of pods", "node selectors of pods", "owners of pods"],
      limit: "no series carries the shapes of queued work: those of work that started stand in",
    }),
    judge("4. Which owners hold idle or repeatedly lost GPU-hours?", {
      needed: ["activity of GPUs", "nodes of GPUs", "pods of GPUs"],
      better: ["activity inside GPUs", "power of GPUs", "owners of pods", "queues of pods"],
      limit: "checkpoints are not exported: lost work is an upper bound",
    }),
    judge("5. What costs nothing and removes how much, and what is left to buy?", {
      needed: ["pending workloads", "GPUs pending"],
      better: ["quota and its use", "activity of GPUs", "queues of pods"],
      limit: priced
        ? "what could run where is in the contract only"
        : "prices, and what could run where, are in a contract only",
    }),
  ];
}

function serverRemarks({ doubled, scraped, gpus, nodes }: Probe): Remark[] {
  const down = EXPORTERS.flatMap((exporter) => {
    const off = scraped[exporter].targets.filter(({ up }) => !up);
    return off.length > 0
      ? [{ about: exporter, text: `${plural(off.length, "target")} down, ${off[0]!.instance} among them` }]
      : [];
  });
  const capacity = nodes.reduce((sum, node) => sum + node.capacity, 0);
  const distinct = new Set(gpus.map(({ uuid }) => uuid)).size;
  return [
    ...down,
    ...doubled.map(({ label, values }) => ({
      about: "series",
      text: `found several of the label ${label} (${list(values.slice(0, 4))}), copies or clusters: pick one with --match ${label}=${values[0]}, or in prometheus.matchers of the contract`,
    })),
    ...(gpus.length > 0 && distinct !== capacity
      ? [
          {
            about: "dcgm-exporter",
            text: `${number(distinct)} GPUs seen, nodes have ${number(capacity)}: exporters that are missing, shared GPUs (MIG, time-slicing), or a GPU that is lost`,
          },
        ]
      : []),
  ];
}

function contractRemarks(probe: Probe, contract: Contract): Remark[] {
  const remarks: Remark[] = [];
  const remark = (text: string) => remarks.push({ about: "contract", text });
  const homeOf = (labels: Readonly<Record<string, string>>) =>
    contract.nodegroupLabels.map((label) => labels[label]).find(Boolean);
  const present = new Map<string, number>();
  for (const { labels, capacity } of probe.nodes) {
    const home = homeOf(labels);
    if (home !== undefined) present.set(home, (present.get(home) ?? 0) + capacity);
  }
  const known = new Set(contract.nodegroups.map(({ name }) => name));
  const strangers = [...present.keys()].filter((name) => !known.has(name));
  if (strangers.length > 0)
    remark(`nodegroups that it does not list: ${list(strangers)}; add them to nodegroups, or they are left out`);
  for (const { name, gpusPaid } of contract.nodegroups) {
    const there = present.get(name) ?? 0;
    if (Math.abs(there - gpusPaid) > INVENTORY_SHARE * gpusPaid)
      remark(
        `${name}: ${number(there)} GPUs are there, ${number(gpusPaid)} are paid for (residual ${percent((gpusPaid - there) / Math.max(1, gpusPaid))})`,
      );
  }
  const flavors = [...new Set(probe.quotas.filter(({ nominal }) => nominal > 0).map(({ flavor }) => flavor))];
  const unmapped = flavors.filter((flavor) => (contract.flavors[flavor] ?? []).length === 0);
  if (unmapped.length > 0) remark(`flavors with quota and no nodegroup: ${list(unmapped)}; write theirs into flavors`);
  for (const exporter of EXPORTERS) {
    const [measured, said] = [probe.scraped[exporter].intervalSeconds, contract.scrapeIntervalSeconds[exporter]];
    if (measured !== undefined && Math.abs(measured - said) > INTERVAL_SHARE * said)
      remark(`${exporter} is scraped every ${measured} s, it says ${said} s; correct scrapeIntervalSeconds`);
  }
  return remarks;
}
