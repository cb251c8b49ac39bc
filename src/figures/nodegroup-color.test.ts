import { expect, test } from "vitest";
import { observedOf } from "../testing/analysis.js";
import { nodegroupColor } from "./nodegroup-color.js";
import { GREY, OKABE_ITO } from "./palette.js";

const observed = (sizes: Readonly<Record<string, number>>) =>
  observedOf({ hours: 1, nodegroups: Object.entries(sizes).map(([name, gpus]) => ({ name, gpus })) });

test("nodegroupColor() gives up to eight nodegroups a colour each, in whichever order they come", () => {
  const [one, other] = [
    { a: 8, b: 16, c: 24 },
    { c: 24, a: 8, b: 16 },
  ].map((sizes) => nodegroupColor(observed(sizes)));
  for (const name of ["a", "b", "c"]) expect(one!(name)).toBe(other!(name));
  expect(["a", "b", "c"].map(one!)).toEqual(OKABE_ITO.slice(0, 3));
});

test("nodegroupColor() of more than eight nodegroups leaves the smallest grey", () => {
  const names = "abcdefghij".split("");
  const color = nodegroupColor(observed(Object.fromEntries(names.map((name, i) => [name, 8 * (10 - i)]))));
  expect(names.map(color).slice(8)).toEqual([GREY, GREY]);
  expect(new Set(names.map(color).slice(0, 8))).toEqual(new Set(OKABE_ITO));
});
