import { toDataFrame } from "../results/to-data-frame.js";
import { fixed } from "../units/format.js";
import type { Analysis } from "./analyse.js";
import type { Sheet } from "./tables.js";

const columns = [
  "gpus_capacity",
  "gpus_held",
  "gpus_free",
  "gpus_waiting_lower",
  "gpu_util_percent",
  "tensor_active",
  "power_share",
] as const;

/** danfo.js's description of the hourly windows: a second opinion on the joined table, from another library. */
export function summaryStatistics({ hours }: Analysis): Sheet {
  const { frame, dropped } = toDataFrame(
    hours.map((row) => Object.fromEntries(columns.map((name) => [name, row[name]]))),
  );
  const kept = hours.length - dropped;
  const names = [`${kept} of ${hours.length} hours`, ...columns];
  // danfo.js throws where there is nothing to describe.
  if (kept === 0) return { columns: names, rows: [] };
  const described = frame.describe().round(3);
  const values = described.values as number[][];
  return {
    columns: names,
    rows: (described.index as string[]).map((name, i) => [name, ...values[i]!.map((value) => fixed(value, 2))]),
  };
}
