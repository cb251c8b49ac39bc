import { EvenkeelError } from "../../errors.js";
import { MOST_NODES } from "../../scenario/check.js";
import { flavorNodegroups } from "../../scenario/nodes.js";
import type { Resource } from "../../scenario/resource-groups.js";
import type { Nodegroup, Scenario } from "../../scenario/schema.js";
import { listNodes, placeStandalone } from "../../simulation/cluster.js";
import { FreeRoom } from "../../simulation/free-room.js";
import { duration } from "../../units/format.js";
import { FREE, moneyFor, together } from "../money.js";
import { withScaledQuotas } from "../quotas.js";
import { actionKind } from "./action.js";
import { count, mustBeSeen, NotAllowed, nodegroup, time } from "./arguments.js";

export const addNodes = actionKind({
  name: "add-nodes",
  args: { nodegroup, nodes: count("nodes", 1) },
  options: { after: time("delay") },
  does: "buys nodes for a nodegroup, of its kind and at its price; quota on its flavors grows in proportion, or nobody could use them. Both are there from the start, or come so long after telemetry starts",
  example: "add-nodes h100-training 2",
  changes: ({ nodegroup }) => [nodesOf(nodegroup)],
  money: ({ nodegroup, nodes }, scenario) => moneyFor(nodegroupOf(scenario, nodegroup), nodes, scenario),
  apply: (scenario, { nodegroup, nodes, after }) => resize(scenario, [{ nodegroup, by: nodes, after }]),
});

export const removeNodes = actionKind({
  name: "remove-nodes",
  args: { nodegroup, nodes: count("nodes", 1) },
  does: "gives a nodegroup's last nodes back; quota on its flavors shrinks in proportion. Nothing is saved before the price's commitment ends",
  example: "remove-nodes a100-research 1",
  changes: ({ nodegroup }) => [nodesOf(nodegroup)],
  money: ({ nodegroup, nodes }, scenario) => moneyFor(nodegroupOf(scenario, nodegroup), -nodes, scenario),
  apply: (scenario, { nodegroup, nodes }) => resize(scenario, [{ nodegroup, by: -nodes }]),
});

export const moveNodes = actionKind({
  name: "move-nodes",
  args: { from: nodegroup, to: nodegroup, nodes: count("nodes", 1) },
  options: { after: time("delay") },
  does: "takes a nodegroup's last nodes and adds them to another of the same GPU model and GPUs a node, with the quota that goes with them. To a nodegroup of another region, or whose nodes have other cores or memory, no node moves: they are given back here and bought there, at its price. With a delay, they are gone at once, and come so long after telemetry starts",
  example: "move-nodes a100-research a100-training 1",
  changes: ({ from, to }) => [nodesOf(from), nodesOf(to)],
  money({ from, to, nodes }, scenario) {
    const [a, b] = [nodegroupOf(scenario, from), nodegroupOf(scenario, to)];
    const isOneKind =
      a.region === b.region && a.cpusPerNode === b.cpusPerNode && a.memoryGiBPerNode === b.memoryGiBPerNode;
    return isOneKind ? FREE : together([moneyFor(a, -nodes, scenario), moneyFor(b, nodes, scenario)]);
  },
  apply(scenario, { from, to, nodes, after }) {
    if (from === to) throw new NotAllowed(`found ${from} twice; allowed: two nodegroups`);
    const [a, b] = [from, to].map((name) => nodegroupOf(scenario, name)) as [Nodegroup, Nodegroup];
    if (a.gpuModel !== b.gpuModel || a.gpusPerNode !== b.gpusPerNode)
      throw new NotAllowed(
        `${from} has nodes of ${a.gpusPerNode} ${a.gpuModel}, ${to} of ${b.gpusPerNode} ${b.gpuModel}; allowed: nodegroups of one GPU model and size`,
      );
    return resize(scenario, [
      { nodegroup: from, by: -nodes },
      { nodegroup: to, by: nodes, after },
    ]);
  },
});

export const cordon = actionKind({
  name: "cordon",
  args: { nodegroup, node: count("node", 0) },
  does: "keeps new pods away from one of a nodegroup's nodes, counted from 0",
  example: "cordon l40s-inference 3",
  changes: ({ nodegroup, node }) => [`whether node ${node} of ${nodegroup} takes pods`],
  apply(scenario, { nodegroup, node }) {
    const fromHour = -24 * scenario.warmupDays;
    const isWhole = (one: Scenario["cordons"][number]) =>
      one.nodegroup === nodegroup && one.node === node && one.fromHour <= fromHour && one.toHour === undefined;
    return scenario.cordons.some(isWhole)
      ? scenario
      : { ...scenario, cordons: [...scenario.cordons, { nodegroup, node, fromHour }] };
  },
});

export const uncordon = actionKind({
  name: "uncordon",
  args: { nodegroup },
  does: "brings all of a nodegroup's nodes that the scenario puts out of service back, as if they had never been: cordoned, drained, failed or absent ones. Failures that are drawn at random stay",
  example: "uncordon l40s-inference",
  changes: ({ nodegroup }, { nodegroups }) => {
    const { nodes } = nodegroups.find(({ name }) => name === nodegroup)!;
    return Array.from({ length: nodes }, (_, node) => `whether node ${node} of ${nodegroup} takes pods`);
  },
  apply(scenario, { nodegroup }) {
    const elsewhere = (outage: { readonly nodegroup: string }) => outage.nodegroup !== nodegroup;
    const { cordons, outages = [] } = scenario;
    if (cordons.every(elsewhere) && outages.every(elsewhere))
      throw new NotAllowed(`the scenario puts no node of ${nodegroup} out of service; leave the action out`);
    return { ...scenario, cordons: cordons.filter(elsewhere), outages: outages.filter(elsewhere) };
  },
});

/** Minutes between two times, unless told. */
const REPACK_MINUTES = 60;

export const repack = actionKind({
  name: "repack",
  args: { nodegroup },
  options: { every: time("interval") },
  does: `moves gangs that run together on other nodes of a nodegroup, every ${duration(REPACK_MINUTES * 60)} unless told, where one that holds quota finds no node with room though enough GPUs are free; the fewest GPUs that make room, fewer than then start. What is moved keeps its quota and starts again from its last checkpoint`,
  example: "repack a100-training every 1h",
  changes: ({ nodegroup }) => [`how ${nodegroup} is repacked`],
  apply(scenario, { nodegroup, every = REPACK_MINUTES }) {
    mustBeSeen(every, scenario.warmupDays + scenario.days, "nothing is simulated that long");
    return {
      ...scenario,
      nodegroups: scenario.nodegroups.map((one) =>
        one.name === nodegroup ? { ...one, repackEveryHours: every / 60 } : one,
      ),
    };
  },
});

const nodesOf = (nodegroup: string) => `how many nodes ${nodegroup} has`;

const nodegroupOf = ({ nodegroups }: Scenario, name: string) => nodegroups.find((one) => one.name === name)!;

interface Resize {
  readonly nodegroup: string;
  /** Nodes that it gets, or that are taken from it. */
  readonly by: number;
  /** Minutes after the start of the telemetry at which those that it gets come. */
  readonly after?: number | undefined;
}

/**
 * Other numbers of nodes, and on each flavor of theirs as much more or less quota as it has GPUs more or less: quota for
 * nodes that come late comes with them.
 */
function resize(scenario: Scenario, resizes: readonly Resize[]): Scenario {
  const outages = [...(scenario.outages ?? [])];
  const late = new Map<string, { readonly nodes: number; readonly fromHour: number }>();
  const nodegroups = scenario.nodegroups.map((one) => {
    const change = resizes.find(({ nodegroup }) => nodegroup === one.name);
    if (!change) return one;
    const { by, after } = change;
    const nodes = one.nodes + by;
    if (nodes < 1)
      throw new NotAllowed(
        `found ${-by} nodes to take; ${one.name} has ${one.nodes}; allowed: at most ${one.nodes - 1}, since a nodegroup keeps one`,
      );
    const most = one.autoscaling?.maxNodes;
    if (by > 0 && most !== undefined && nodes > most)
      throw new NotAllowed(
        `found ${by} nodes to add; ${one.name} has ${one.nodes} and scales to ${most} at most; allowed: at most ${most - one.nodes}`,
      );
    if (nodes > MOST_NODES)
      throw new NotAllowed(
        `found ${by} nodes to add; ${one.name} has ${one.nodes}; allowed: at most ${MOST_NODES - one.nodes}`,
      );
    const delay = after ?? one.autoscaling?.provisioningMinutes ?? 0;
    if (by > 0) mustBeSeen(delay, scenario.days, `nodes that come so long after telemetry starts come after its end`);
    if (by > 0 && delay > 0) {
      late.set(one.name, { nodes: by, fromHour: delay / 60 });
      for (let node = one.nodes; node < nodes; node++)
        outages.push({
          nodegroup: one.name,
          node,
          kind: "delete",
          fromHour: -24 * scenario.warmupDays,
          toHour: delay / 60,
        });
    }
    return { ...one, nodes };
  });
  const lost = (outage: { readonly nodegroup: string; readonly node: number }) =>
    outage.node >= nodegroups.find(({ name }) => name === outage.nodegroup)!.nodes;
  const resized = {
    ...scenario,
    nodegroups,
    cordons: scenario.cordons.filter((one) => !lost(one)),
    ...(outages.length > 0 ? { outages: outages.filter((one) => !lost(one)) } : {}),
  };
  if (resizes.some(({ by }) => by < 0)) mustHoldStandalone(resized);
  const thereAt = (hour: number): Scenario => ({
    ...resized,
    nodegroups: nodegroups.map((one) => {
      const { nodes = 0, fromHour = 0 } = late.get(one.name) ?? {};
      return hour < fromHour ? { ...one, nodes: one.nodes - nodes } : one;
    }),
  });
  return withScaledQuotas(
    resized,
    (flavor, resource, hour) => {
      const before = capacity(scenario, flavor, resource);
      return before === 0 ? 1 : capacity(thereAt(hour), flavor, resource) / before;
    },
    [...late.values()].map(({ fromHour }) => fromHour),
  );
}

/** Pods outside Kueue are there from the start to the end, and find their nodes first. */
function mustHoldStandalone(scenario: Scenario): void {
  const nodes = listNodes(scenario);
  try {
    placeStandalone(scenario, nodes, new FreeRoom(nodes));
  } catch (error) {
    if (!(error instanceof EvenkeelError)) throw error;
    throw new NotAllowed(error.message);
  }
}

/** What a flavor has of each resource. */
const perNode: Readonly<Record<Resource, (nodegroup: Nodegroup) => number>> = {
  gpus: ({ gpusPerNode }) => gpusPerNode,
  cpus: ({ cpusPerNode }) => cpusPerNode,
  memoryGiB: ({ memoryGiBPerNode }) => memoryGiBPerNode,
};

const capacity = (scenario: Scenario, flavor: string, resource: Resource): number =>
  flavorNodegroups(scenario, flavor).reduce((sum, n) => sum + n.nodes * perNode[resource](n), 0);
