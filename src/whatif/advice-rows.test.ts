import { describe, expect, test } from "vitest";
import { scenarios } from "../scenario/index.js";
import { ADVICE, adviceRows } from "./advice-rows.js";

/** What a cause implies that one would do for free; waiting for capacity may be order, binding or idle GPUs in truth. */
const implied: Readonly<Record<string, readonly string[]>> = {
  quota: ["borrow", "lend", "quota", "cohort"],
  "head-of-line": ["strategy"],
  fragmentation: ["placement", "binding", "topology"],
  unavailable: ["uncordon"],
  flavor: ["retarget"],
  idle: ["reap"],
  starting: ["binding"],
};

describe("data/advice.json", () => {
  const rows = adviceRows();

  test("has every named scenario", () => {
    expect(rows.map(({ scenario }) => scenario)).toEqual(scenarios.map(({ name }) => name));
  });

  test("needs no action where nothing is out of balance", () => {
    expect(rows[0]).toMatchObject({ scenario: "balanced", causes: [], free: null, paid: null });
  });

  test.each(rows.flatMap((row) => row.injected.map((injected) => [row.scenario, injected, row] as const)))(
    "%s, %s: what is best against what waits is what its cause implies",
    (_, injected, { causes, free }) => {
      const [cause] = injected.split(" at ") as [string];
      const kinds = implied[cause];
      // Nothing has to be done against what nothing waits for.
      if (!kinds || !causes.includes(cause)) return;
      expect(free!.actions.some((action) => kinds.includes(action.split(" ")[0]!))).toBe(true);
    },
  );

  test("says nothing that is not shown, and nothing beyond the budget", () => {
    for (const { free, paid } of rows) {
      for (const best of [free, paid]) if (best) expect(best.lower).toBeGreaterThan(0);
      if (paid) expect(paid.usdPerMonth).toBeLessThanOrEqual(ADVICE.budgetUsdPerMonth);
    }
  });
});
