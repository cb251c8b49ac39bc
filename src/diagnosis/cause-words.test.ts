import { expect, test } from "vitest";
import { causes } from "./cause.js";
import { causeWords } from "./cause-words.js";

const all = [...causes, "mixed"] as const;

test("causeWords(cause) has words of its own for every cause, that stand in a sentence without a full stop", () => {
  for (const part of ["state", "waited", "remedy"] as const) {
    const words = all.map((cause) => causeWords(cause)[part]);
    expect(new Set(words).size).toBe(all.length);
    for (const text of words) expect(text).toMatch(/^[A-Za-z].*[a-z,]$/);
  }
});

test("causeWords(cause) says of capacity alone that its remedy costs money", () => {
  expect(all.filter((cause) => !causeWords(cause).free)).toEqual(["capacity"]);
});
