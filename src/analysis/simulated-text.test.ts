import { expect, test } from "vitest";
import type { SimulatedPlan } from "../plan/simulated.js";
import { simulatedText } from "./simulated-text.js";

const plan: SimulatedPlan = {
  command: "npm run plans",
  dataset: "0",
  scenario: "balanced",
  own: true,
  seeds: [42, 43, 44],
  waits: [],
  actions: [],
};

test("where nobody has simulated a plan, it is said what would", () => {
  expect(simulatedText(null)).toContain("`npx evenkeel plan DIR`");
  expect(simulatedText(null)).toContain("`--scenario FILE`");
});

test("it is said which seeds were simulated, and whether one is the dataset's own", () => {
  expect(simulatedText(plan)).toMatch(/own seed, 42: .* Then with 2 other seeds, which tell .* `npm run plans`\.$/);
  expect(simulatedText({ ...plan, seeds: [42, 43] })).toContain("with 1 other seed, which tells");
  expect(simulatedText({ ...plan, seeds: [42] })).toMatch(/one thing changed\. Made by/);
  expect(simulatedText({ ...plan, own: false })).toMatch(/is like the cluster .*, with 3 seeds: of waits/);
});
