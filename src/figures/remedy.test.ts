import { describe, expect, test } from "vitest";
import { causes } from "../diagnosis/cause.js";
import { causeWords } from "../diagnosis/cause-words.js";
import type { Shortage } from "../diagnosis/headline.js";
import { alsoShort, remedySentence } from "./remedy.js";

describe("remedySentence()", () => {
  test("says of every cause what would help", () => {
    for (const cause of [...causes, "mixed"] as const) {
      if (cause === "unknown") continue;
      expect(remedySentence(cause, "would help")).toBe(`${causeWords(cause).remedy} would help.`);
    }
  });

  test("puts GPUs out of service before more GPUs, where a tenth of a place and more is", () => {
    const short = (cause: "capacity" | "quota", outOfServiceShare: number) =>
      remedySentence({ cause, outOfServiceShare } as unknown as Shortage, "would help");
    expect(short("capacity", 0.1)).toBe("Bringing back what is out of service, and only then more GPUs, would help.");
    expect(short("capacity", 0.09)).toBe("More GPUs, or less demand at those hours, would help.");
    expect(short("quota", 0.5)).toBe("Raising or lending quota would help.");
  });

  test("promises nothing where the cause is not known", () => {
    expect(remedySentence("unknown", "would help")).toBe(
      "A closer look at the waiting workloads' conditions comes first.",
    );
  });
});

test("alsoShort() names one or two other places and counts more", () => {
  const at = (...nodegroups: string[]) => ({ nodegroups }) as unknown as Shortage;
  expect(alsoShort([])).toBe("");
  expect(alsoShort([at("a")])).toBe("; a had lasting queues too");
  expect(alsoShort([at("a"), at("b")])).toBe("; a and b had lasting queues too");
  expect(alsoShort([at("a"), at("b"), at("c", "d")])).toBe("; 3 other places had lasting queues too");
});
