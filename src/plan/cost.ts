import { z } from "zod";
import type { Diagnosis } from "../diagnosis/diagnose.js";

/** What a nodegroup's GPU-hours cost, and what they went into. */
export const costRow = z.object({
  nodegroup: z.string().describe("Nodegroup"),
  usd_paid: z.number().describe("All GPU-hours paid for, at the contract's price"),
  usd_useful: z.number().describe("Useful at most"),
  usd_allocated_unused: z.number().describe("Held, but idle, stalled or still starting"),
  usd_unallocated: z.number().describe("Held by nobody: free, out of service or absent"),
  usd_unknown: z.number().describe("Not covered by telemetry"),
  usd_per_useful_gpu_hour: z.number().nullable().describe("Paid, divided by useful GPU-hours"),
});
export type CostRow = z.output<typeof costRow>;

/** The three buckets of cost by nodegroup over the data's time span. They and the unknown add up to what is paid. */
export function costs({ supply, observed }: Diagnosis): CostRow[] {
  return supply.map((row) => {
    const { usdPerGpuHour: price } = observed.contract.nodegroups.find((n) => n.name === row.nodegroup)!;
    return {
      nodegroup: row.nodegroup,
      usd_paid: row.paid * price,
      usd_useful: row.useful * price,
      usd_allocated_unused: (row.idle + row.stalled + row.starting) * price,
      usd_unallocated: (row.free + row.outOfService + row.absent) * price,
      usd_unknown: row.residual * price,
      usd_per_useful_gpu_hour: row.useful > 0 ? (row.paid * price) / row.useful : null,
    };
  });
}
