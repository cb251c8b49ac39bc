import { describe, expect, test } from "vitest";
import { dcgmGpu } from "./dcgm-gpu.js";
import { tables } from "./index.js";
import { kubePod } from "./kube-pod.js";
import { columnSeries, fileLabels, parseSeries, rowLabels } from "./series.js";
import type { Column } from "./table.js";

describe("a series", () => {
  test("is a metric, label values, and the label that is held", () => {
    expect(parseSeries("up")).toEqual({ metric: "up", where: {} });
    expect(parseSeries('kube_node_status_condition{condition="Ready",status}')).toEqual({
      metric: "kube_node_status_condition",
      where: { condition: "Ready" },
      label: "status",
    });
  });

  test.each(["", "a b", "up{", 'up{a="}', "up{a=1}"])("%s is none", (text) => {
    expect(() => parseSeries(text)).toThrow("is no series");
  });
});

test("every column is a label of its row's series, or has series of its own", () => {
  for (const table of tables) {
    const own = columnSeries(table).map(({ column }) => column);
    const labels = rowLabels(table);
    for (const [name, { type }] of Object.entries<Column>(table.columns))
      expect([name, own.includes(name) || labels.includes(name)]).toEqual([name, type !== "timestamp"]);
    expect(own.filter((name) => labels.includes(name))).toEqual([]);
    for (const name of table.key) expect(labels).toContain(name);
  }
});

test("no two columns hold the same series", () => {
  const all = tables.flatMap((table) =>
    columnSeries(table).map(({ metric, where, label }) => JSON.stringify([metric, where, label])),
  );
  expect(all.length).toBeGreaterThan(150);
  expect(all.filter((series, i) => all.indexOf(series) !== i)).toEqual([]);
});

test("a state set has one series for each state", () => {
  const phase = columnSeries(kubePod).find(({ column }) => column === "kube_pod_status_phase");
  expect(phase).toMatchObject({ metric: "kube_pod_status_phase", label: "phase", role: "state" });
  expect(phase!.states).toContain("Running");
});

test("a file's labels are known by other spellings, too", () => {
  expect(fileLabels(dcgmGpu, ["timestamp", "hostname", "UUID", "exported_pod", "DCGM_FI_DEV_GPU_UTIL"])).toEqual([
    { column: "hostname", label: "hostname" },
    { column: "UUID", label: "UUID" },
    { column: "exported_pod", label: "exported_pod" },
  ]);
  expect(fileLabels(dcgmGpu, ["Hostname", "hostname_1"])).toEqual([
    { column: "Hostname", label: "Hostname" },
    { column: "hostname_1", label: "hostname" },
  ]);
});
