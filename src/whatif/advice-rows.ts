import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { packageRoot } from "../notebook/root.js";
import type { Advice, Option } from "./advise.js";

/** What advise says of a named scenario: data/what-if/advice.json. Amounts are rounded, so that they are the same anywhere. */
export const adviceRow = z.strictObject({
  scenario: z.string(),
  /** What the scenario puts out of balance, "cause at nodegroup". */
  injected: z.array(z.string()),
  /** Causes of enough waiting for something to be done, most first. */
  causes: z.array(z.string()),
  unmetGpuHours: z.number(),
  /** What removes most and costs nothing; null where nothing free is shown to help. */
  free: z.nullable(
    z.strictObject({ actions: z.array(z.string()), removed: z.number(), lower: z.number(), upper: z.number() }),
  ),
  /** What removes most by the dollar, by itself or with what is free. */
  paid: z.nullable(
    z.strictObject({
      actions: z.array(z.string()),
      usdPerMonth: z.number(),
      removed: z.number(),
      lower: z.number(),
      upper: z.number(),
    }),
  ),
});
export type AdviceRow = z.output<typeof adviceRow>;

/** How data/what-if/advice.json is made: of every named scenario. */
export const ADVICE = { budgetUsdPerMonth: 60_000, pairs: false, seeds: Array.from({ length: 12 }, (_, i) => i + 1) };

/** What is committed. */
export const adviceRows = (): AdviceRow[] =>
  z.array(adviceRow).parse(JSON.parse(readFileSync(join(packageRoot, "data", "what-if", "advice.json"), "utf8")));

export function adviceRowOf(
  { name, injected }: { readonly name: string; readonly injected?: readonly { cause: string; nodegroup: string }[] },
  { baseline, gates, worth }: Advice,
): AdviceRow {
  const best = (costs: boolean) => worth.find(({ money }) => money.usdPerMonth > 0 === costs);
  const [free, paid] = [best(false), best(true)];
  return {
    scenario: name,
    injected: (injected ?? []).map(({ cause, nodegroup }) => `${cause} at ${nodegroup}`),
    causes: [...new Set(gates.map(({ cause }) => cause))],
    unmetGpuHours: Math.round(baseline.reduce((sum, { unmetGpuHours }) => sum + unmetGpuHours, 0) / baseline.length),
    free: free ? told(free) : null,
    paid: paid ? { ...told(paid), usdPerMonth: Math.round(paid.money.usdPerMonth) } : null,
  };
}

function told({ actions, removed: { gpuHours, lower, upper } }: Option) {
  return { actions: [...actions], removed: Math.round(gpuHours), lower: Math.round(lower!), upper: Math.round(upper!) };
}
