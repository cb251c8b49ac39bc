import type { ActionKind } from "./action.js";
import { binding, cap, placement, reap, shift, topology } from "./demand.js";
import { addNodes, cordon, moveNodes, removeNodes, repack, uncordon } from "./nodes.js";
import { borrow, join, lend, podsReady, preempt, quota, retarget, strategy } from "./queues.js";

/**
 * Every kind of action, in the order in which those that are taken together are applied, and in which help and docs list
 * them: nodes that are away come back before others are added that come late, and a queue's quota is set after that which
 * follows nodes. To add one: its definition, and a line here.
 */
export const actionKinds: readonly ActionKind[] = [
  cordon,
  uncordon,
  addNodes,
  removeNodes,
  moveNodes,
  repack,
  join,
  quota,
  borrow,
  lend,
  strategy,
  preempt,
  retarget,
  podsReady,
  placement,
  binding,
  topology,
  shift,
  cap,
  reap,
];
