import { expect, test } from "vitest";
import { causes } from "../diagnosis/cause.js";
import { causeCategory } from "./cause-category.js";
import { WAITING_CAUSES } from "./palette.js";

test("causeCategory() gives every cause a colour and label of its own", () => {
  const found = [...causes, "mixed"].map((cause) => causeCategory(cause as (typeof causes)[number]));
  expect(found.map(({ name }) => name)).toEqual([
    ...causes.filter((cause) => cause !== "unknown"),
    "cant-tell",
    "mixed",
  ]);
  expect(new Set(found.map(({ color }) => color)).size).toBe(WAITING_CAUSES.length);
  expect(new Set(found.map(({ label }) => label)).size).toBe(WAITING_CAUSES.length);
});

test("causeCategory() says of what is unknown that one can't tell", () => {
  expect(causeCategory("unknown").label).toBe("Can’t tell");
});
