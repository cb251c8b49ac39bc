import type { GangRequest } from "./free-room.js";
import { asAdmitted, type EarlyPod, type Run, type WorkloadHistory } from "./history.js";

/** Pods of a gang that sit on their nodes and wait for the others to get theirs. */
export function boundPods({ early }: WorkloadHistory): EarlyPod[] {
  return early?.filter(({ endMs }) => endMs === undefined) ?? [];
}

/** What a gang without a run still asks for: room for those of its pods, of as many as it is admitted with, that have no node. */
export function unmetRequest(history: WorkloadHistory): GangRequest {
  const hold = history.holds.at(-1);
  const asked = hold && hold.endMs === undefined ? asAdmitted(history.workload, hold) : history.workload;
  const bound = boundPods(history).length;
  if (bound === 0) return asked;
  const { id, pods, gpusPerPod, cpusPerPod, memoryGiBPerPod } = asked;
  return { id, pods: pods - bound, gpusPerPod, cpusPerPod, memoryGiBPerPod };
}

/** Gives nodes to as many of a gang's pods that have none, the first of them first. */
export function bindPods(history: WorkloadHistory, nodes: readonly number[], now: number): void {
  const bound = new Set(boundPods(history).map(({ pod }) => pod));
  history.early ??= [];
  let pod = 0;
  for (const node of nodes) {
    while (bound.has(pod)) pod++;
    history.early.push({ pod: pod++, node, boundMs: now });
  }
}

/** Hands a gang whose pods all have nodes over to the run that starts with them. */
export function completeGang(history: WorkloadHistory, now: number): Pick<Run, "nodes" | "boundMs"> {
  const gang = boundPods(history).sort((a, b) => a.pod - b.pod);
  const left = history.early!.filter(({ endMs }) => endMs !== undefined);
  if (left.length > 0) history.early = left;
  else delete history.early;
  const nodes = gang.map(({ node }) => node);
  return gang.every(({ boundMs }) => boundMs === now) ? { nodes } : { nodes, boundMs: gang.map((one) => one.boundMs) };
}
