import type { WaitingByPlace } from "../diagnosis/diagnose.js";
import type { ClusterQueueSeries, Observed, Series } from "../join/observed.js";

/**
 * How `evenkeel whatif` is asked for what a plan proposes, by the names that telemetry and contract have. Null where there
 * is nothing to change, or where a name has a space in it, which its grammar cannot say.
 */
export type WhatIfText = string | null;

/** How actions that are taken together are written. */
export const joined = (actions: readonly string[]): string => actions.join(" + ");

/** Words that name what telemetry calls so, several actions together. */
function actionText(actions: readonly (readonly (string | number)[])[]): WhatIfText {
  const words = actions.flat().map(String);
  if (words.length === 0 || words.some((word) => word === "" || /\s/.test(word))) return null;
  return joined(actions.map((one) => one.join(" ")));
}

/** @param by nodes to add; below 0 to give back */
export function resizeText(nodegroup: string, by: number): WhatIfText {
  if (by === 0) return null;
  return actionText([[by > 0 ? "add-nodes" : "remove-nodes", nodegroup, Math.abs(by)]]);
}

export const moveText = (from: string, to: string, nodes: number): WhatIfText =>
  actionText([["move-nodes", from, to, nodes]]);

/** Ends all work of some namespaces that has idled for an hour. */
export const reapText = (namespaces: readonly string[]): WhatIfText =>
  actionText(namespaces.map((namespace) => ["reap", namespace]));

export const uncordonText = (nodegroups: readonly string[]): WhatIfText =>
  actionText(nodegroups.map((name) => ["uncordon", name]));

export const packText = (): WhatIfText => actionText([["placement", "pack"]]);

export const reorderText = ({ clusterQueue }: Pick<WaitingByPlace, "clusterQueue">): WhatIfText =>
  actionText([["strategy", clusterQueue, "BestEffortFIFO"]]);

/** Lets a queue borrow without a limit where its cohort limits that; else raises its quota as raiseText does. */
export function lendText(observed: Observed, waiting: Pick<WaitingByPlace, "clusterQueue" | "nodegroups">): WhatIfText {
  const queue = queueOf(observed, waiting);
  const isLimited = queue?.flavors.some(({ borrowingLimit }) => Number.isFinite(lastKnown(borrowingLimit)));
  if (isLimited && queue!.cohort !== "") return actionText([["borrow", queue!.name, "on"]]);
  return raiseText(observed, waiting);
}

/** Raises a queue's quota on the flavors of some nodegroups to all GPUs that are paid for there. */
export function raiseText(
  observed: Observed,
  waiting: Pick<WaitingByPlace, "clusterQueue" | "nodegroups">,
): WhatIfText {
  const queue = queueOf(observed, waiting);
  if (!queue) return null;
  const there = queue.flavors.filter((one) => one.nodegroups.some((name) => waiting.nodegroups.includes(name)));
  return actionText(
    there.flatMap(({ flavor, nodegroups, nominal }) => {
      const all = observed.contract.nodegroups
        .filter(({ name }) => nodegroups.includes(name))
        .reduce((sum, { gpusPaid }) => sum + gpusPaid, 0);
      return (lastKnown(nominal) ?? all) < all ? [["quota", queue.name, flavor, all]] : [];
    }),
  );
}

/** Opens to a queue every flavor of the nodegroups toward which its work could go. */
export function retargetText(observed: Observed, waiting: Pick<WaitingByPlace, "clusterQueue" | "toward">): WhatIfText {
  const queue = queueOf(observed, waiting);
  if (!queue) return null;
  const have = queue.flavors.map(({ flavor }) => flavor);
  return actionText(
    Object.entries(observed.contract.flavors)
      .filter(
        ([flavor, nodegroups]) => !have.includes(flavor) && nodegroups.some((name) => waiting.toward.includes(name)),
      )
      .map(([flavor]) => ["retarget", queue.name, flavor]),
  );
}

function queueOf(
  { clusterQueues }: Observed,
  { clusterQueue }: Pick<WaitingByPlace, "clusterQueue">,
): ClusterQueueSeries | undefined {
  return clusterQueues.find(({ name }) => name === clusterQueue);
}

const lastKnown = (series: Series) => series.findLast((value) => !Number.isNaN(value));
