import { expect, test } from "vitest";
import { runSimulation } from "../simulation/simulate.js";
import { causes } from "../simulation/truth.js";
import { type PlainRow, rowsOf } from "../testing/rows.js";
import { SAMPLE_SEED, sample } from "../testing/sample.js";
import { small, workloads } from "../testing/scenario.js";
import { workloadTruthRows } from "./workload-truth.js";

const START = Date.UTC(2026, 0, 5);
const simulation = runSimulation({ scenario: sample(), seed: SAMPLE_SEED });
const rows = rowsOf(workloadTruthRows(simulation, START - simulation.telemetryStartMs));
const number = (row: PlainRow, column: string) => row[column] as number;

test("the truth has a row a workload, in order of creation", () => {
  expect(rows.map((row) => row["workload"])).toEqual(simulation.workloads.map(({ workload }) => workload.name));
  const created = rows.map((row) => number(row, "created_seconds"));
  expect(created).toEqual([...created].sort((a, b) => a - b));
  expect(rows.every((row) => row.timestamp === Math.round(number(row, "created_seconds") * 1000))).toBe(true);
});

test("the truth's waits by cause add up to the time without nodes, for workloads that were placed once", () => {
  const once = rows.filter((row) => row["attempts"] === 1);
  expect(once.length).toBeGreaterThan(100);
  for (const row of once) {
    const found = causes.filter((cause) => cause !== "preemption" && cause !== "stopped");
    const waited = found.reduce((sum, cause) => sum + number(row, `waited_${cause.replaceAll("-", "_")}_seconds`), 0);
    expect(waited).toBeCloseTo(number(row, "placed_seconds") - number(row, "created_seconds"), 3);
  }
});

test("the truth's times follow each other, and are missing where nothing came", () => {
  for (const row of rows) {
    const times = ["created", "reserved", "placed", "started"].map((name) => number(row, `${name}_seconds`));
    const known = times.filter((time) => !Number.isNaN(time));
    expect(known).toEqual([...known].sort((a, b) => a - b));
    expect(times.slice(known.length).every(Number.isNaN)).toBe(true);
    const over = ["succeeded", "failed"].includes(String(row["state"]));
    const onNodes = ["starting", "running"].includes(String(row["state"]));
    if (over || onNodes) expect(Number.isNaN(number(row, "ended_seconds"))).toBe(onNodes);
    expect(row["flavor"] === null).toBe(Number.isNaN(number(row, "reserved_seconds")));
    expect(row["nodes"] === null).toBe(number(row, "attempts") === 0);
  }
});

test("the truth names the flavors of cores and memory where a ClusterQueue has several resource groups, and has no column for them elsewhere", () => {
  const everywhere = ["cores", "memory"].map((name) => ({ name, nodeLabels: {} }));
  const scenario = small({
    resourceFlavors: [{ name: "a", nodeLabels: { "eks.amazonaws.com/nodegroup": "a" } }, ...everywhere],
    clusterQueues: [
      {
        name: "queue",
        flavors: [{ name: "a", nominalQuota: 8 }],
        resourceGroups: [
          { flavors: [{ name: "cores", cpus: { nominalQuota: 8 } }] },
          { flavors: [{ name: "memory", memoryGiB: { nominalQuota: 8 } }] },
        ],
      },
      { name: "plain", flavors: [{ name: "a", nominalQuota: 8, cpus: { nominalQuota: 8 } }] },
    ],
  });
  const work = workloads([
    { cpusPerPod: 4, memoryGiBPerPod: 2 },
    { cpusPerPod: 4, memoryGiBPerPod: 0 },
    { cpusPerPod: 8, memoryGiBPerPod: 0 },
    { clusterQueue: "plain", cpusPerPod: 4 },
  ]);
  const truth = workloadTruthRows(runSimulation({ scenario, seed: 1, workloads: work }), 0);
  expect(truth.openLabels).toEqual(["cpus_flavor", "memory_flavor"]);
  const flavors = ["flavor", "cpus_flavor", "memory_flavor"];
  expect(rowsOf(truth).map((row) => flavors.map((name) => row[name]))).toEqual([
    ["a", "cores", "memory"],
    ["a", "cores", null],
    ["a", "cores", null],
    ["a", null, null],
  ]);
  expect(Object.keys(rows[0]!)).not.toContain("cpus_flavor");
});
