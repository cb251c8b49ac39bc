import { originOf } from "../scenario/origin.js";
import { nodeTimelines } from "../simulation/outages.js";
import type { Simulation } from "../simulation/simulate.js";
import type { Block, TableRows } from "../tables/block.js";
import { up } from "../tables/up.js";
import { SECOND_MS } from "../units/time.js";
import { dcgmRows } from "./dcgm.js";
import { assignDevices } from "./devices.js";
import { kubeJobRows, kubeNodeRows, kubeNodeTaintRows, kubePodRows } from "./kube-state.js";
import { kueueRows, kueueStarts } from "./kueue.js";
import { listPods } from "./pods.js";
import { interrupted, lowerBound, type ScrapePlan, scrapeTarget, type Target } from "./target.js";

/** What a Prometheus that scrapes the simulated cluster would hold, table by table. */
export function telemetry(simulation: Simulation): TableRows[] {
  const { scenario, seed, nodes, telemetryStartMs, endMs } = simulation;
  const originMs = originOf(scenario);
  const plan: ScrapePlan = {
    seed,
    fromMs: originMs + telemetryStartMs,
    toMs: originMs + endMs,
    intervalMs: scenario.intervalSeconds * SECOND_MS,
    missedShare: scenario.missedScrapeShare,
  };
  const kueue = scrapeTarget(plan, {
    job: "kueue",
    instance: "10.0.255.10:8443",
    node: null,
    starts: kueueStarts(simulation, originMs),
  });
  const kubeState = scrapeTarget(plan, {
    job: "kube-state-metrics",
    instance: "10.0.255.20:8080",
    node: null,
    starts: [originMs],
  });
  const timelines = nodeTimelines(simulation.outages, nodes.length, endMs);
  const exporters = nodes.map((node, i) => {
    const away = timelines[i]!.filter(({ failed, absent }) => failed || absent).map((span) => ({
      fromMs: originMs + span.fromMs,
      toMs: originMs + span.toMs,
      absent: span.absent,
    }));
    const target = scrapeTarget(plan, {
      job: "dcgm-exporter",
      instance: `${addressOf(node.name)}:9400`,
      node: node.name,
      starts: [originMs, ...away.filter(({ toMs }) => toMs < originMs + endMs).map(({ toMs }) => toMs)],
    });
    return interrupted(target, away);
  });

  const pods = listPods(simulation, originMs);
  const devices = assignDevices(simulation, pods);
  return [
    upRows([kueue, kubeState, ...exporters]),
    kubeNodeRows(simulation, kubeState, originMs),
    kubeNodeTaintRows(simulation, kubeState, originMs),
    kubePodRows(simulation, pods, kubeState),
    kubeJobRows(simulation, kubeState, originMs),
    dcgmRows(simulation, devices, exporters, originMs),
    ...kueueRows(simulation, kueue, originMs),
  ];
}

/** "10.2.0.11" of "ip-10-2-0-11.us-west-2.compute.internal". */
function addressOf(node: string): string {
  return node.replace(/^ip-/, "").split(".")[0]!.replaceAll("-", ".");
}

function upRows(targets: readonly Target[]): TableRows {
  return {
    table: up,
    openLabels: [],
    *blocks() {
      for (const { job, instance, node, scrapes, up: ok, starts } of targets) {
        yield {
          timestamps: scrapes,
          strings: { job, instance, node },
          fill(columns, at) {
            columns["up"]!.set(ok, at);
            const started = scrapes.map((scrape, i) =>
              ok[i] === 1 ? starts[lowerBound(starts, scrape + 1) - 1]! / SECOND_MS : Number.NaN,
            );
            columns["process_start_time_seconds"]!.set(started, at);
          },
        } satisfies Block;
      }
    },
  };
}
