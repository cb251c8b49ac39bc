import { describe, expect, test } from "vitest";
import { momentOf } from "./time.js";

describe("momentOf(text)", () => {
  test.each([
    ["1970-01-02", 86_400_000],
    ["1970-01-01T00:01", 60_000],
    ["1970-01-01T00:00:01.5Z", 1_500],
    ["1970-01-01T01:00:00+01:00", 0],
  ])("%s is a moment, UTC unless it says otherwise", (text, ms) => {
    expect(momentOf(text)).toBe(ms);
  });

  test.each(["", "today", "1767571200", "2026-02-30", "2026-13-01", "2026-01-01T25:00", "2026-01-01 10:00"])(
    "%s is none",
    (text) => {
      expect(momentOf(text)).toBeUndefined();
    },
  );
});
