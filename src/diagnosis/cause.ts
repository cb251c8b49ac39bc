/**
 * Why GPUs are waited for, as far as telemetry and contract tell:
 *
 * - head-of-line: quota and room were there, but the queue is StrictFIFO and another workload stood in front;
 * - quota: room was there, but neither the queue nor its cohort had quota for it;
 * - fragmentation: enough GPUs were free in total, but not together on nodes as the shape needs them;
 * - unavailable: the GPUs that are out of service would have been enough;
 * - flavor: GPUs that could run it were free in a nodegroup that its queue's flavors do not reach;
 * - invalid: it asks for more than its queue could ever be given, however empty the cluster is (ExceedsMaxQuota);
 * - capacity: none of these;
 * - unknown: what is known does not decide. A verdict, not an error.
 */
export const causes = [
  "capacity",
  "quota",
  "fragmentation",
  "head-of-line",
  "flavor",
  "unavailable",
  "invalid",
  "unknown",
] as const;
export type Cause = (typeof causes)[number];
