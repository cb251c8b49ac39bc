import { describe, expect, test } from "vitest";
import { dcgmGpu } from "../tables/dcgm-gpu.js";
import { kubeNode } from "../tables/kube-node.js";
import { kueueClusterQueueResource } from "../tables/kueue.js";
import { by, durationText, firstLabel, fixedLabel, is, isNoneOf, isNot, isOneOf, seriesText, union } from "./series.js";

const plain = seriesText({});

describe("series of a column", () => {
  test("are selected by the labels that tell them from others of the metric, and those that are asked for", () => {
    const ask = { labels: [], where: { status: is("true") } };
    expect(plain.column(kubeNode, "kube_node_status_condition_ready", ask)).toBe(
      'kube_node_status_condition{condition="Ready", status="true"}',
    );
  });

  test("are those of the resources to which a table is limited", () => {
    expect(plain.column(kueueClusterQueueResource, "kueue_cluster_queue_nominal_quota", { labels: [] })).toBe(
      'kueue_cluster_queue_nominal_quota{resource=~"nvidia\\\\.com/gpu|nvidia_com_gpu"}',
    );
  });

  test("are read under every name that exporters have, in the column's unit", () => {
    expect(plain.column(dcgmGpu, "DCGM_FI_DEV_FB_USED", { labels: [] })).toBe(
      "DCGM_FI_DEV_FB_USED\nor DCGM_FI_DEV_FB_USED_BYTES / 1048576",
    );
    expect(plain.column(dcgmGpu, "DCGM_FI_DEV_GPU_UTIL", { labels: [] })).toContain(
      "or DCGM_FI_DEV_GPU_UTIL_RATIO * 100",
    );
  });

  test("have their labels under the usual names, whatever Prometheus or an exporter calls them", () => {
    expect(plain.column(kubeNode, "kube_node_spec_unschedulable", { labels: ["node"] })).toBe(
      'label_replace(kube_node_spec_unschedulable, "node", "$1", "exported_node", "(.+)")',
    );
    expect(plain.column(dcgmGpu, "DCGM_FI_DEV_GPU_TEMP", { labels: ["Hostname"] })).toContain(
      '"Hostname", "$1", "hostname", "(.+)")',
    );
  });

  test("are this cluster's, by the contract", () => {
    const { column } = seriesText({
      prometheus: {
        matchers: { cluster: "first" },
        jobs: { "kube-state-metrics": ["ksm", "ksm.b"] },
        metrics: { kube_node_spec_unschedulable: "corp:cordoned" },
        labels: { node: "machine" },
      },
    });
    const text = column(kubeNode, "kube_node_spec_unschedulable", { labels: ["node"], where: { node: isNot("") } });
    expect(text).toContain('corp:cordoned{job=~"ksm|ksm\\\\.b", cluster="first", machine!=""}');
    expect(text).toContain('"node", "$1", "machine", "(.+)")');
  });
});

test("what labels must be is quoted, and taken literally", () => {
  expect([is('a"b'), isOneOf(["a"]), isOneOf(["a.b", "c|d"]), isNoneOf(["a"]), isNoneOf(["a", "b"])]).toEqual([
    '="a\\"b"',
    '="a"',
    '=~"a\\\\.b|c\\\\|d"',
    '!="a"',
    '!~"a|b"',
  ]);
});

test("a fixed label is taken literally, too", () => {
  expect(fixedLabel("x", "l", "a$1")).toBe('label_replace(x, "l", "a$$1", "", "")');
  expect(fixedLabel("x", "l", "a", { label: "q", oneOf: ["b.c", "d"] })).toBe(
    'label_replace(x, "l", "a", "q", "b\\\\.c|d")',
  );
});

test("the first of some labels counts", () => {
  const text = firstLabel(["label_a", "label_b"], "nodegroup", (where) => JSON.stringify(where), ["x", "y"]);
  expect(text.split("\nor ")).toHaveLength(2);
  expect(text).toContain('{"label_a":"=~\\"x|y\\""}');
  expect(text).toContain('{"label_a":"=\\"\\"","label_b":"=~\\"x|y\\""}');
});

test("nothing together is nothing, and long texts are broken", () => {
  expect(union([])).toBe("vector(0) > 0");
  expect(by("sum", ["a"], "x")).toBe("sum by (a) (x)");
  expect(by("sum", ["a"], "x\nor y")).toBe("sum by (a) (\n  x\n  or y\n)");
});

test("a span of time has no fractions", () => {
  expect([60, 7.5].map(durationText)).toEqual(["60s", "7500ms"]);
});
