import { describe, expect, it } from "vitest";
import { tableHtml, tableText } from "./table.js";

const rows = [
  { nodegroup: "a100 <east>", gpus: 64, share: 0.25 },
  { nodegroup: "h100", gpus: 12_345, share: 1.5 },
];

describe("a column of amounts", () => {
  const right = (...cells: unknown[]) =>
    tableHtml({ columns: ["a"], rows: cells.map((cell) => [cell]) }, { caption: "c" }).includes("text-align: right");

  it("stands at the right, also where its numbers are text already", () => {
    expect(right("1,234", "−$20,440", "$1.20 million", "<0.1%", "unknown")).toBe(true);
    expect(right("−1", "")).toBe(true);
  });

  it("is no column of words, dates or several numbers", () => {
    for (const cell of ["5 (5 to 5)", "1 h 30 min", "2026-06-30", "unknown", "", "a100", "12 of 16"])
      expect(right(cell)).toBe(false);
    expect(right("12", "twelve")).toBe(false);
  });
});

describe("tableText", () => {
  it("lines numbers up at the right and everything else at the left", () => {
    expect(tableText(rows, { caption: "GPUs" })).toBe(
      [
        "GPUs",
        "nodegroup      gpus  share",
        "-----------  ------  -----",
        "a100 <east>      64   0.25",
        "h100         12,345   1.50",
      ].join("\n"),
    );
  });

  it("takes columns and rows side by side as it takes records", () => {
    const table = { columns: ["nodegroup", "gpus", "share"], rows: rows.map((row) => Object.values(row)) };
    expect(tableText(table, { caption: "GPUs" })).toBe(tableText(rows, { caption: "GPUs" }));
  });

  it("shows what is missing as a dash, which is not zero", () => {
    const gaps = [{ a: null, b: 0 }, { a: 2, b: Number.NaN }, { b: 1 }];
    expect(tableText(gaps, { caption: "c" }).split("\n").slice(3)).toEqual(["–  0", "2  –", "–  1"]);
  });

  it.each([
    [
      [1, 2],
      ["1", "2"],
    ],
    [
      [0.1 + 0.2, -0.0004],
      ["0.300", "0.000"],
    ],
    [
      [1234.56, 0.5],
      ["1235", "1"],
    ],
    [
      [123.456, 7],
      ["123.5", "7.0"],
    ],
    [[0.00123], ["0.001230"]],
    [
      [1234567, -54321],
      ["1,234,567", "-54,321"],
    ],
    [
      [12345.5, 1],
      ["12,346", "1"],
    ],
    [
      [Number.POSITIVE_INFINITY, 1],
      ["∞", "1"],
    ],
    [[123456789012345678901n], ["123,456,789,012,345,678,901"]],
    [
      [new Date(0), new Date(1)],
      ["1970-01-01T00:00:00Z", "1970-01-01T00:00:00.001Z"],
    ],
    [
      [true, [1, "a"]],
      ["true", '[1,"a"]'],
    ],
  ])("shows %o as %o", (values, shown) => {
    const table = tableText({ columns: ["x"], rows: values.map((value) => [value]) }, { caption: "c" });
    expect(
      table
        .split("\n")
        .slice(3)
        .map((line) => line.trim()),
    ).toEqual(shown);
  });

  it("says how many rows it leaves out", () => {
    const many = Array.from({ length: 12_000 }, (_, n) => ({ n }));
    const lines = tableText(many, { caption: "Many", limit: 2 }).split("\n");
    expect(lines).toEqual(["Many (the first 2 of 12,000 rows)", "n", "-", "0", "1"]);
  });

  it("shows a table without rows or columns", () => {
    expect(tableText([], { caption: "None" })).toBe("None");
    expect(tableText({ columns: ["a"], rows: [] }, { caption: "None" })).toBe("None\na\n-");
  });
});

describe("tableHtml", () => {
  it("has a caption, headers with a scope, and alignment in each cell", () => {
    expect(tableHtml(rows, { caption: "GPUs & shares" })).toBe(
      [
        "<table>",
        '<caption style="text-align: left">GPUs &amp; shares</caption>',
        '<thead><tr><th scope="col" style="text-align: left">nodegroup</th><th scope="col" style="text-align: right">gpus</th><th scope="col" style="text-align: right">share</th></tr></thead>',
        "<tbody>",
        '<tr><td style="text-align: left">a100 &lt;east&gt;</td><td style="text-align: right; white-space: nowrap">64</td><td style="text-align: right; white-space: nowrap">0.25</td></tr>',
        '<tr><td style="text-align: left">h100</td><td style="text-align: right; white-space: nowrap">12,345</td><td style="text-align: right; white-space: nowrap">1.50</td></tr>',
        "</tbody>",
        "</table>",
      ].join("\n"),
    );
  });

  it("escapes names and values", () => {
    const html = tableHtml([{ "<script>": `"'&` }], { caption: "</caption>" });
    expect(html).not.toContain("<script>");
    expect(html).toContain("&quot;&#39;&amp;");
    expect(html).toContain("&lt;/caption&gt;");
  });
});
