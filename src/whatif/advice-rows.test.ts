import { describe, expect, test } from "vitest";
import { scenarios } from "../scenario/index.js";
import { ADVICE, adviceRows } from "./advice-rows.js";

/** What a cause implies that one would do for free. Of capacity, and of what is stalled or lost, none is implied. */
const implied: Readonly<Record<string, readonly string[]>> = {
  quota: ["borrow", "lend", "quota", "cohort"],
  "head-of-line": ["strategy"],
  fragmentation: ["placement", "binding", "topology"],
  unavailable: ["uncordon"],
  flavor: ["retarget"],
  idle: ["reap"],
  starting: ["binding"],
};

describe("data/what-if/advice.json", () => {
  const rows = adviceRows();

  test("has every named scenario", () => {
    expect(rows.map(({ scenario }) => scenario)).toEqual(scenarios.map(({ name }) => name));
  });

  test("needs no action where nothing is out of balance", () => {
    expect(rows[0]).toMatchObject({ scenario: "balanced", causes: [], free: null, paid: null });
  });

  const withCure = rows.flatMap(({ scenario, injected, free }) => {
    const kinds = injected.flatMap((one) => implied[one.split(" at ")[0]!] ?? []);
    return kinds.length > 0 ? [[scenario, kinds, free] as const] : [];
  });

  test("has scenarios of every cause that implies an action", () => {
    const causes = rows.flatMap(({ injected }) => injected.map((one) => one.split(" at ")[0]!));
    expect(Object.keys(implied).filter((cause) => !causes.includes(cause))).toEqual([]);
  });

  test.each(withCure)("%s: what is best is what one of its causes implies", (_, kinds, free) => {
    expect(kinds).toContain(free!.actions[0]!.split(" ")[0]);
  });

  test("says nothing that is not shown, and nothing beyond the budget", () => {
    for (const { free, paid } of rows) {
      for (const best of [free, paid]) if (best) expect(best.lower).toBeGreaterThan(0);
      if (paid) expect(paid.usdPerMonth).toBeLessThanOrEqual(ADVICE.budgetUsdPerMonth);
    }
  });
});
