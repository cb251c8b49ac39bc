import { describe, expect, test } from "vitest";
import { headline as finding, headlineText } from "../diagnosis/headline.js";
import { inputs, worldOf } from "../figures/__fixtures__/worlds.js";
import { makePlan } from "../plan/plan.js";
import { fiveQuestions, headline } from "./text.js";

describe("headline(analysis)", () => {
  test("is the finding as one bold line of Markdown, with a full stop", () => {
    expect(headline(worldOf(inputs.short))).toBe(
      "**h100 short of capacity: 96 GPU-hours waited, on Mon 5 Jan from 08:00 to 20:00 UTC.**",
    );
    for (const input of Object.values(inputs)) {
      const analysis = worldOf(input);
      expect(headline(analysis)).toBe(`**${headlineText(finding(analysis.diagnosis))}.**`);
    }
  });
});

describe("fiveQuestions(analysis, plan)", () => {
  test("is a numbered list of five questions in bold, each with its answer", () => {
    const analysis = worldOf(inputs.short);
    const lines = fiveQuestions(analysis, makePlan(analysis, 3600)).split("\n");
    expect(lines).toHaveLength(5);
    for (const [i, line] of lines.entries())
      expect(line).toMatch(new RegExp(`^${i + 1}\\. \\*\\*[^*]+\\?\\*\\* .+\\.$`));
    expect(lines[2]).toMatch(/ 0% of the 96 GPU-hours that waited\. /);
    // A day is too short for a plan.
    expect(lines[4]).toMatch(/ What only buying mends in a100 and h100 is not known\.$/);
  });
});
