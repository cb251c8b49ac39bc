import type { ActionKind } from "./action.js";
import { binding, cap, placement, reap, shift, topology } from "./demand.js";
import { addNodes, cordon, moveNodes, removeNodes, uncordon } from "./nodes.js";
import { borrow, join, lend, podsReady, preempt, quota, retarget, strategy } from "./queues.js";

/** Every kind of action, in the order in which help and docs list them. To add one: its definition, and a line here. */
export const actionKinds: readonly ActionKind[] = [
  addNodes,
  removeNodes,
  moveNodes,
  cordon,
  uncordon,
  quota,
  borrow,
  lend,
  join,
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
