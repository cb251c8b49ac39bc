import { describe, expect, test } from "vitest";
import { runSimulation } from "../simulation/simulate.js";
import { tables as declared } from "../tables/index.js";
import { type PlainRow, rowsOf } from "../testing/rows.js";
import { SAMPLE_SEED, sample } from "../testing/sample.js";
import { telemetry } from "./telemetry.js";

const scenario = sample({ missedScrapeShare: 0.03 });
const simulation = runSimulation({ scenario, seed: SAMPLE_SEED });
const made = telemetry(simulation);
const rows = new Map(made.map((one) => [one.table.name, rowsOf(one)]));
const START = Date.UTC(2026, 0, 5);
const END = START + 4 * 3_600_000;

test("every table of the contract is there, in its order, with rows", () => {
  expect(made.map(({ table }) => table)).toEqual(declared);
  for (const [name, list] of rows) expect([name, list.length > 0]).toEqual([name, true]);
});

test("every cell is written, and going through the rows again gives the same", () => {
  for (const one of made) expect(rowsOf(one)).toEqual(rows.get(one.table.name));
});

test("another seed with the same demand changes no label and no time of an event, but noise", () => {
  const other = telemetry({ ...simulation, seed: SAMPLE_SEED + 1 });
  const dcgm = rowsOf(other.find(({ table }) => table.name === "dcgm_gpu")!);
  expect(dcgm.map((row) => row["DCGM_FI_DEV_POWER_USAGE"])).not.toEqual(
    rows.get("dcgm_gpu")!.map((row) => row["DCGM_FI_DEV_POWER_USAGE"]),
  );
  const owners = (list: readonly PlainRow[]) => new Set(list.map((row) => row["owner_name"]));
  expect(owners(rowsOf(other.find(({ table }) => table.name === "kube_pod")!))).toEqual(owners(rows.get("kube_pod")!));
});

test("a table's key and its timestamp tell every row from every other", () => {
  for (const { table } of made) {
    const keys = rows
      .get(table.name)!
      .map((row) => [row.timestamp, ...table.key.map((column) => row[column])].join("|"));
    expect(new Set(keys).size).toBe(keys.length);
  }
});

test("the samples of a series stand together, in order, within the time of the telemetry", () => {
  for (const { table } of made) {
    const seen = new Set<string>();
    const wrong: PlainRow[] = [];
    let [last, before] = ["", 0];
    for (const row of rows.get(table.name)!) {
      const series = table.key.map((column) => row[column]).join("|");
      const follows = series === last ? row.timestamp > before : !seen.has(series);
      if (!follows || row.timestamp < START || row.timestamp >= END) wrong.push(row);
      seen.add(series);
      [last, before] = [series, row.timestamp];
    }
    expect(wrong).toEqual([]);
  }
});

test("labels are text and counts are whole where a table declares them, and only optional ones may be missing", () => {
  for (const { table, openLabels } of made) {
    const required = Object.entries(table.columns).filter(([, column]) => !column.nullable);
    const wrong = rows
      .get(table.name)!
      .filter((row) =>
        required.some(
          ([name, { type }]) =>
            (type === "string" && typeof row[name] !== "string") ||
            (type === "integer" && !Number.isInteger(row[name])) ||
            (type === "double" && Number.isNaN(row[name])),
        ),
      );
    expect(wrong).toEqual([]);
    expect(openLabels.every((label) => label.startsWith(table.openLabels!.prefix))).toBe(true);
  }
});

describe("a scrape that is missed", () => {
  const up = rows.get("up")!;
  const missed = up.filter((row) => row["up"] === 0);

  test("has a row in up, for every target, and no start time of the process", () => {
    expect(new Set(up.map((row) => row["job"]))).toEqual(new Set(["kueue", "kube-state-metrics", "dcgm-exporter"]));
    expect(new Set(missed.map((row) => row["job"])).size).toBe(3);
    expect(missed.every((row) => Number.isNaN(row["process_start_time_seconds"]))).toBe(true);
    expect(up).toHaveLength(8 * 240);
  });

  test("leaves no sample of its target in any table, and one that succeeded leaves some", () => {
    const answers = new Set(up.filter((row) => row["up"] === 1).map((row) => `${row["instance"]} ${row.timestamp}`));
    for (const { table } of made) {
      if (table.source === "prometheus") continue;
      const stray = rows.get(table.name)!.filter((row) => !answers.has(`${row["instance"]} ${row.timestamp}`));
      expect(stray).toEqual([]);
    }
    for (const name of ["kube_node", "kueue_cluster_queue", "dcgm_gpu"]) {
      const { source } = declared.find((table) => table.name === name)!;
      const answered = up.filter((row) => row["job"] === source && row["up"] === 1);
      const seen = new Set(rows.get(name)!.map((row) => `${row["instance"]} ${row.timestamp}`));
      expect(answered.filter((row) => !seen.has(`${row["instance"]} ${row.timestamp}`))).toEqual([]);
    }
  });
});

test("Kueue's process starts anew at its restart, and no other", () => {
  const starts = (job: string) => [
    ...new Set(
      rows
        .get("up")!
        .filter((row) => row["job"] === job && row["up"] === 1)
        .map((row) => (row["process_start_time_seconds"] as number) - START / 1000),
    ),
  ];
  expect(starts("kueue")).toEqual([-3 * 3600, 7920]);
  expect(starts("kube-state-metrics")).toEqual([-3 * 3600]);
  expect(starts("dcgm-exporter")).toEqual([-3 * 3600]);
});

test("an exporter runs on every node, at the node's address", () => {
  const exporters = new Map(
    rows
      .get("up")!
      .filter((row) => row["job"] === "dcgm-exporter")
      .map((row) => [row["node"], row["instance"]]),
  );
  expect([...exporters.keys()]).toEqual(simulation.nodes.map((node) => node.name));
  expect(exporters.get("ip-10-2-0-11.us-west-2.compute.internal")).toBe("10.2.0.11:9400");
});
