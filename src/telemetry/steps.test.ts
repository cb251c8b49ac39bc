import fc from "fast-check";
import { expect, test } from "vitest";
import { Steps } from "./steps.js";

test("Steps are at each time the sum of all jumps up to it, that at the very time included", () => {
  const jump = fc.record({ at: fc.integer({ min: 0, max: 30 }), by: fc.integer({ min: -5, max: 5 }) });
  const times = fc.array(fc.integer({ min: -1, max: 31 })).map((list) => list.sort((a, b) => a - b));
  fc.assert(
    fc.property(fc.array(jump), times, (jumps, at) => {
      const steps = new Steps();
      for (const one of jumps) steps.add(one.at, one.by);
      expect([...steps.at(at)]).toEqual(
        at.map((time) => jumps.filter((one) => one.at <= time).reduce((sum, one) => sum + one.by, 0)),
      );
    }),
  );
});
