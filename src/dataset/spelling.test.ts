import { describe, expect, test } from "vitest";
import { gauge, label, optionalLabel, table, timestamp } from "../tables/table.js";
import { withSession } from "./session.js";
import { readingOf } from "./spelling.js";

const gpus = table({
  name: "gpus",
  source: "dcgm-exporter",
  doc: "GPUs",
  key: ["Hostname"],
  optionalLabels: { SLICE: optionalLabel("Slice") },
  columns: {
    timestamp,
    Hostname: label("Host", { spellings: [{ name: "hostname" }] }),
    pod: optionalLabel("Pod"),
    UTIL: gauge("%", "Utilisation", { spellings: [{ name: "UTIL_RATIO", times: 100 }] }),
  },
});
const CLEAN = ["timestamp", "Hostname", "pod", "UTIL", "SLICE"];

/** The rows of a file with the given columns and values, as its table. */
async function rows(columns: readonly string[], ...values: readonly string[]) {
  const { selected } = readingOf(gpus, columns);
  const names = columns.map((name) => `"${name}"`).join(", ");
  return withSession({}, async (connection) => {
    const from = `(VALUES ${values.join(", ")}) t(${names})`;
    const found = await connection.runAndReadAll(
      `SELECT "Hostname" AS host, pod, "UTIL"::DOUBLE AS util FROM (SELECT ${selected} FROM ${from})`,
    );
    return found.getRowObjects().map((row) => [row["host"], row["pod"], row["util"]]);
  });
}

describe("a file", () => {
  test("that spells its columns as its table does is read as it is", () => {
    expect(readingOf(gpus, CLEAN)).toEqual({ selected: "*", spelled: [], missing: [] });
  });

  test("need not have labels that exporters add under some settings only: they are missing", () => {
    expect(readingOf(gpus, CLEAN.slice(0, 4)).selected).toBe('*, NULL::VARCHAR AS "SLICE"');
  });

  test("that has a column by no name lacks it", () => {
    expect(readingOf(gpus, ["timestamp", "pod"]).missing).toEqual(["Hostname", "UTIL"]);
  });

  test("may name a column otherwise, in another unit", async () => {
    const columns = ["hostname", "pod", "UTIL_RATIO"];
    expect(readingOf(gpus, columns).spelled.map(({ column, found }) => [column, found])).toEqual([
      ["Hostname", "hostname"],
      ["UTIL", "UTIL_RATIO"],
    ]);
    expect(await rows(columns, "('a', 'p', 0.29)")).toEqual([["a", "p", 29]]);
  });

  test("may have two names side by side, while exporters are upgraded: a row has its value under one of them", async () => {
    const columns = ["Hostname", "hostname_1", "pod", "UTIL", "UTIL_RATIO"];
    const found = await rows(columns, "('a', NULL, 'p', 50.0::DOUBLE, NULL)", "(NULL, 'b', 'q', NULL, 0.25::DOUBLE)");
    expect(found).toEqual([
      ["a", "p", 50],
      ["b", "q", 25],
    ]);
  });

  test("whose labels were renamed to exported_ is read by them; what is left of the target's own is none", async () => {
    const columns = ["Hostname", "pod", "exported_pod", "UTIL"];
    const found = await rows(
      columns,
      "('a', 'nvidia-dcgm-exporter-x', 'p', 1)",
      "('a', 'nvidia-dcgm-exporter-x', NULL, 1)",
      "('b', 'q', NULL, 1)",
    );
    expect(found.map(([, pod]) => pod)).toEqual(["p", null, "q"]);
  });
});
