import { exponential } from "../random/draw.js";
import { random } from "../random/random.js";
import type { Scenario } from "../scenario/schema.js";
import { HOUR_MS } from "../units/time.js";
import type { OutageSpan, SimulatedNode } from "./history.js";

/** XIDs of a GPU that takes its node down: fallen off the bus, uncorrectable memory error, no answer from its GSP. */
const XID_CODES = [79, 95, 119];

/** Whether an outage ends what runs on its node; a cordon only keeps new pods away. */
export const stopsPods = ({ kind }: OutageSpan): boolean => kind !== "cordon";

/**
 * Every span in which a node is out of service, the scenario's own before those that are drawn. Each node of a nodegroup
 * that fails at random has a stream of its own.
 */
export function listOutages(
  scenario: Scenario,
  seed: number,
  nodes: readonly SimulatedNode[],
  telemetryStartMs: number,
  endMs: number,
): OutageSpan[] {
  const given = [
    ...scenario.cordons.map((cordon) => ({ ...cordon, kind: "cordon" as const, xid: undefined })),
    ...(scenario.outages ?? []),
  ].map(
    ({ nodegroup, node, kind, fromHour, toHour, xid }): OutageSpan => ({
      node: nodes.findIndex((one) => one.nodegroup === nodegroup) + node,
      kind,
      fromMs: Math.round(telemetryStartMs + fromHour * HOUR_MS),
      toMs: toHour === undefined ? endMs : Math.round(telemetryStartMs + toHour * HOUR_MS),
      ...(xid === undefined ? {} : { xid: { gpu: 0, code: xid } }),
    }),
  );
  const drawn = scenario.nodegroups.flatMap((nodegroup) => {
    const { failures } = nodegroup;
    if (failures === undefined) return [];
    const first = nodes.findIndex((one) => one.nodegroup === nodegroup.name);
    return Array.from({ length: nodegroup.nodes }, (_, i) => [
      ...drawFailures(
        failures,
        first + i,
        nodegroup.gpusPerNode,
        random(seed, `outages/${nodegroup.name}/${i}`),
        endMs,
      ),
    ]).flat();
  });
  return [...given, ...drawn];
}

/** A node's failures: up for an exponential time, then down for another. */
function* drawFailures(
  { mtbfHours, repairHours, xidShare }: NonNullable<Scenario["nodegroups"][number]["failures"]>,
  node: number,
  gpus: number,
  next: () => number,
  endMs: number,
): Generator<OutageSpan> {
  for (let upMs = 0; ; ) {
    const fromMs = upMs + Math.ceil(exponential(next, mtbfHours * HOUR_MS));
    upMs = fromMs + Math.ceil(exponential(next, repairHours * HOUR_MS));
    const [blame, gpu, code] = [next(), next(), next()];
    if (fromMs >= endMs) return;
    yield {
      node,
      kind: "fail",
      fromMs,
      toMs: Math.min(upMs, endMs),
      ...(blame < xidShare
        ? { xid: { gpu: Math.floor(gpu * gpus), code: XID_CODES[Math.floor(code * XID_CODES.length)]! } }
        : {}),
    };
  }
}

/** How a node stands over a span of time. */
export interface NodeSpan {
  readonly fromMs: number;
  readonly toMs: number;
  /** Cordoned or drained: it takes nothing new. */
  readonly cordoned: boolean;
  /** Its kubelet is silent. */
  readonly failed: boolean;
  /** It is no node of the cluster. */
  readonly absent: boolean;
}

/** Each node's life, cut where its standing changes, from 0 to the end. Times are those of the outages. */
export function nodeTimelines(outages: readonly OutageSpan[], nodes: number, endMs: number): NodeSpan[][] {
  const byNode = Array.from({ length: nodes }, (): OutageSpan[] => []);
  for (const outage of outages) byNode[outage.node]!.push(outage);
  return byNode.map((own) => timeline(own, endMs));
}

function timeline(own: readonly OutageSpan[], endMs: number): NodeSpan[] {
  const cuts = [...new Set([0, endMs, ...own.flatMap(({ fromMs, toMs }) => [fromMs, toMs])])]
    .filter((at) => at >= 0 && at <= endMs)
    .sort((a, b) => a - b);
  const spans: NodeSpan[] = [];
  for (const [i, toMs] of cuts.slice(1).entries()) {
    const fromMs = cuts[i]!;
    const kinds = own.filter((outage) => outage.fromMs <= fromMs && fromMs < outage.toMs).map(({ kind }) => kind);
    const span = {
      fromMs,
      toMs,
      cordoned: kinds.includes("cordon") || kinds.includes("drain"),
      failed: kinds.includes("fail"),
      absent: kinds.includes("delete"),
    };
    const last = spans.at(-1);
    if (last?.cordoned === span.cordoned && last.failed === span.failed && last.absent === span.absent)
      spans[spans.length - 1] = { ...last, toMs };
    else spans.push(span);
  }
  return spans;
}
