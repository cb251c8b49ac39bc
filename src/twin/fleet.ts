import { gpuModels as knownGpuModels } from "../hardware/gpu-models.js";
import type { Observed } from "../join/observed.js";
import { flavorNodegroups, nodeLabels } from "../scenario/nodes.js";
import type { Scenario, ScenarioInput } from "../scenario/schema.js";
import { list, plural } from "../units/format.js";
import { SECOND_MS } from "../units/time.js";
import { grouped } from "./grouped.js";
import type { NodeSpan, Traces } from "./traces.js";

type Outage = NonNullable<ScenarioInput["outages"]>[number];

export interface Fleet extends Pick<ScenarioInput, "nodegroups" | "resourceFlavors" | "gpuModels" | "outages"> {
  readonly unknown: readonly string[];
}

/** The scenario's default. How the cluster's own is spelt, telemetry does not say: Prometheus mangles it. */
const NODEGROUP_LABEL = "eks.amazonaws.com/nodegroup";

/** Nodes, prices, flavors and what was out of service, from the contract and the nodes that were seen. */
export function fitFleet(observed: Observed, { nodeSpans, nodeSizes }: Traces): Fleet {
  const { contract } = observed;
  const unknown: string[] = [];
  /** Names in the scenario, by DCGM modelName. */
  const modelNames = new Map<string, string>();
  const gpuModels: Record<string, NonNullable<ScenarioInput["gpuModels"]>[string]> = {};
  for (const { gpuModel: product } of contract.nodegroups) {
    if (modelNames.has(product)) continue;
    const [known] = Object.entries(knownGpuModels).find(([, model]) => model.product === product) ?? [product];
    modelNames.set(product, known);
    if (known !== product) continue;
    const { memoryMiB, tdpWatts, idleWithContextWatts } = contract.gpuModels[product] ?? knownGpuModels["H100"]!;
    gpuModels[product] = { product, memoryMiB, tdpWatts, idleWithContextWatts, idleWatts: idleWithContextWatts };
    unknown.push(
      contract.gpuModels[product]
        ? `what an idle ${product} without a context draws: taken as what it draws with one`
        : `memory and power of ${product}, which contract.yaml does not have in gpuModels: taken as those of an H100`,
    );
  }
  const outages: Outage[] = [];
  const nodegroups = contract.nodegroups.map((nodegroup) => {
    const slots = slotsOf(nodeSpans.filter((span) => span.nodegroup === nodegroup.name));
    const nodes = Math.max(1, Math.round(nodegroup.gpusPaid / nodegroup.gpusPerNode), slots.length);
    for (let node = 0; node < nodes; node++)
      outages.push(
        ...outagesOf(slots[node] ?? [], observed).map((one) => ({ nodegroup: nodegroup.name, node, ...one })),
      );
    const size = nodeSizes.find((one) => one.nodegroup === nodegroup.name);
    return {
      name: nodegroup.name,
      region: nodegroup.region,
      gpuModel: modelNames.get(nodegroup.gpuModel)!,
      nodes,
      gpusPerNode: nodegroup.gpusPerNode,
      ...(size?.cpus ? { cpusPerNode: size.cpus } : {}),
      ...(size?.gib ? { memoryGiBPerNode: size.gib } : {}),
      usdPerGpuHour: nodegroup.usdPerGpuHour,
      committedUntil: nodegroup.committedUntil,
    };
  });
  return {
    nodegroups,
    resourceFlavors: flavorsOf(observed, { nodegroups, gpuModels }, unknown),
    ...(Object.keys(gpuModels).length > 0 ? { gpuModels } : {}),
    ...(outages.length > 0 ? { outages } : {}),
    unknown,
  };
}

/** Nodes that were there at the same time have slots of their own; one that came after another had gone takes its slot. */
function slotsOf(spans: readonly NodeSpan[]): NodeSpan[][] {
  const slots: NodeSpan[][] = [];
  for (const mine of grouped(spans, ({ node }) => node).values()) {
    const from = mine[0]!.fromSeconds;
    const free = slots.find((slot) => slot.at(-1)!.toSeconds < from);
    if (free) free.push(...mine);
    else slots.push([...mine]);
  }
  return slots;
}

/** A node that was not seen in so many scrapes of the others was no node of the cluster. */
const GONE_STEPS = 3;

/** When a slot was out of service: hours after the data start, from before it where it began so. */
function outagesOf(spans: readonly NodeSpan[], observed: Observed): Omit<Outage, "nodegroup" | "node">[] {
  const startSeconds = observed.startMs / SECOND_MS;
  const stepSeconds = observed.stepMs / SECOND_MS;
  const endSeconds = startSeconds + observed.ticks * stepSeconds;
  const hour = (seconds: number) => Number(((seconds - startSeconds) / 3600).toFixed(3));
  const span = (kind: Outage["kind"], from: number, to: number): Omit<Outage, "nodegroup" | "node"> => ({
    kind,
    fromHour: from <= startSeconds + GONE_STEPS * stepSeconds ? FROM_BEFORE : hour(from),
    ...(to >= endSeconds - GONE_STEPS * stepSeconds ? {} : { toHour: hour(to) }),
  });
  /** Nothing is seen of a node either while nobody looks. */
  const wasGone = (from: number, to: number) => {
    const tickOf = (seconds: number) => Math.floor((seconds - startSeconds) / stepSeconds);
    const looked = observed.coverage.kubeState.subarray(tickOf(from) + 1, Math.max(0, tickOf(to)));
    return looked.reduce((sum, seen) => sum + seen, 0) >= GONE_STEPS;
  };
  if (spans.length === 0) return [{ kind: "delete", fromHour: FROM_BEFORE }];
  const found: Omit<Outage, "nodegroup" | "node">[] = [];
  let seenUntil = startSeconds;
  for (const { state, fromSeconds, toSeconds } of spans) {
    if (wasGone(seenUntil, fromSeconds)) found.push(span("delete", seenUntil, fromSeconds));
    if (state !== "fit") found.push(span(state, fromSeconds, toSeconds + stepSeconds));
    seenUntil = toSeconds;
  }
  if (wasGone(seenUntil, endSeconds)) found.push(span("delete", seenUntil, endSeconds));
  return found;
}

/** Hours long before any warm-up. */
const FROM_BEFORE = -100_000;

/** Flavors by labels that stand for the nodegroups that the contract says. */
function flavorsOf(
  { contract }: Observed,
  { nodegroups, gpuModels }: Pick<ScenarioInput, "nodegroups" | "gpuModels">,
  unknown: string[],
): ScenarioInput["resourceFlavors"] {
  return Object.entries(contract.flavors).flatMap(([name, members]) => {
    const have = nodegroups.filter((one) => members.includes(one.name)).map((one) => one.name);
    if (have.length === 0) return [];
    const world = { nodegroups, gpuModels: gpuModels ?? {}, nodegroupLabel: NODEGROUP_LABEL } as Scenario;
    const first = world.nodegroups.find((one) => one.name === have[0])!;
    const { [NODEGROUP_LABEL]: own, ...others } = nodeLabels(world, first);
    const wider = Object.entries(others).map(([label, value]) => ({ [label]: value }));
    const alone = { [NODEGROUP_LABEL]: own! };
    const stands = (labels: Record<string, string>) =>
      flavorNodegroups({ ...world, resourceFlavors: [{ name, nodeLabels: labels }] }, name).map((one) => one.name);
    const exact = [alone, ...wider, others, {}].find((labels) => `${stands(labels)}` === `${have}`);
    if (!exact)
      unknown.push(
        `labels that tell ${list(have)} from other nodegroups: ${name} stands for ${first.name} alone, one of ${plural(have.length, "nodegroup")}`,
      );
    return [{ name, nodeLabels: exact ?? alone }];
  });
}
