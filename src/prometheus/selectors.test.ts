import { expect, test } from "vitest";
import { kubeNode } from "../tables/kube-node.js";
import { type Jobs, selectorsOf } from "./selectors.js";

const jobs: Jobs = { kueue: [], "kube-state-metrics": ["ksm"], "dcgm-exporter": [] };
const metric = "kube_node_created";

/** What is asked of one metric on nodes of these names. */
const asked = (nodes: readonly string[]) =>
  selectorsOf(kubeNode, {}, jobs, new Set([metric]), new Map([[kubeNode, { node: nodes }]])).map(
    ({ selector }) => selector,
  );

test("selectorsOf names many nodes in several short selectors, each node once", () => {
  const nodes = Array.from({ length: 1000 }, (_, i) => `ip-10-0-${i >> 8}-${i & 255}.us-west-2.compute.internal`);
  const selectors = asked(nodes);
  expect(selectors.length).toBeGreaterThan(2);
  expect(Math.max(...selectors.map(({ length }) => length))).toBeLessThan(16_384);
  const named = selectors.flatMap((selector) =>
    /node=~"([^"]*)"/.exec(selector)![1]!.replaceAll("\\\\", "").split("|"),
  );
  expect(named).toEqual(nodes);
});

test("selectorsOf names few nodes in one selector", () => {
  expect(asked(["a", "b"])).toEqual([`${metric}{job="ksm",node=~"a|b"}`]);
});
