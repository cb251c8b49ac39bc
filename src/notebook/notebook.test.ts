import { describe, expect, it } from "vitest";
import { parseNotebook, stringify, toLines } from "./notebook.js";
import { toNotebook } from "./percent.js";

const bytes = stringify(toNotebook([{ kind: "code", slug: "a", text: "1\n2" }]));
const edited = (edit: (json: Record<string, never>) => void) => {
  const json = JSON.parse(bytes);
  edit(json);
  return JSON.stringify(json);
};

describe("toLines", () => {
  it.each([
    ["", []],
    ["\n", ["\n"]],
    ["a\nb", ["a\n", "b"]],
    ["a\n\nb\n", ["a\n", "\n", "b\n"]],
    ["a\r\nb\rc", ["a\r\n", "b\r", "c"]],
    ["a\u2028b\x85c\x1cd\ve\ff", ["a\u2028", "b\x85", "c\x1c", "d\v", "e\f", "f"]],
    ["a\x1fb\tc\u200b", ["a\x1fb\tc\u200b"]],
  ])("splits %j as Python's splitlines does", (text, lines) => {
    expect(toLines(text)).toEqual(lines);
  });
});

describe("stringify", () => {
  it("writes what Jupyter would: keys in order, one space a level, a newline at the end", () => {
    expect(bytes).toMatch(
      /^\{\n "cells": \[\n {2}\{\n {3}"cell_type": "code",\n {3}"execution_count": null,\n {3}"id": "a",\n {3}"metadata": \{\},\n {3}"outputs": \[\],\n {3}"source": \[\n {4}"1\\n",\n {4}"2"\n/,
    );
    expect(bytes).toMatch(/ "nbformat": 4,\n "nbformat_minor": 5\n\}\n$/);
  });

  it("writes the same bytes whatever the order of keys was", () => {
    const { cells, ...rest } = JSON.parse(bytes);
    expect(stringify({ ...rest, cells })).toBe(bytes);
  });
});

describe("parseNotebook", () => {
  it("reads text given as one string, as JupyterLab's own format has it", () => {
    const text = edited((json) => Object.assign(json["cells"]![0]!, { source: "1\n2" }));
    expect(stringify(parseNotebook(text, "x.ipynb"))).toBe(bytes);
  });

  it("keeps an output's every form: text by lines, JSON and pictures as they are", () => {
    const data = {
      "text/html": "a\nb",
      "image/png": "AQ==",
      "application/vnd.vegalite.v5+json": { values: ["a", "b"] },
    };
    const output = { output_type: "display_data", data, metadata: { evenkeel: { svg_sha256: "0" } } };
    const text = edited((json) => Object.assign(json["cells"]![0]!, { outputs: [output] }));
    expect(parseNotebook(text, "x.ipynb").cells[0]).toMatchObject({
      outputs: [{ ...output, data: { ...data, "text/html": ["a\n", "b"] } }],
    });
  });

  it.each([
    ["<<<<<<< HEAD", "x.ipynb: not JSON"],
    ["[]", "x.ipynb: the document: "],
    [edited((json) => Object.assign(json, { nbformat_minor: 4 })), "x.ipynb: nbformat_minor: "],
    [edited((json) => Object.assign(json["cells"]![0]!, { id: "a b" })), "x.ipynb: cells.0.id: a cell id is 1 to 64"],
    [edited((json) => Object.assign(json["cells"]![0]!, { cell_type: "chart" })), "x.ipynb: cells.0.cell_type: "],
    [
      edited((json) => Object.assign(json["cells"]![0]!, { outputs: [{ output_type: "x" }] })),
      "cells.0.outputs.0.output_type",
    ],
  ])("says what is wrong with %.30s, and where", (text, message) => {
    expect(() => parseNotebook(text, "x.ipynb")).toThrow(message);
  });
});
