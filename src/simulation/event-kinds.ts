/** Kinds of events; of two at the same time the lower goes first, so that room is given back before it is asked for. */
export const RUN_ENDS = 0;
export const PODS_READY_TIMEOUT = 1;
export const REQUEUE = 2;
export const NODE_CHANGES = 3;
export const PODS_RECOVERY_TIMEOUT = 4;
export const PODS_GONE = 5;
export const QUEUE_CHANGES = 6;
export const QUOTA_CHANGES = 7;
export const REPACK = 8;
