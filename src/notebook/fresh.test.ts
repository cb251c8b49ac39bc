import { describe, expect, it } from "vitest";
import { compare } from "./fresh.js";
import { type CodeCell, type Notebook, type Output, stringify } from "./notebook.js";
import { toNotebook } from "./percent.js";

function notebook(edit: (notebook: Notebook, cells: CodeCell[]) => void = () => {}): string {
  const made = toNotebook(["open", "worst", "figure"].map((slug) => ({ kind: "code", slug, text: `${slug}();\n1` })));
  const cells = made.cells as CodeCell[];
  cells[0]!.outputs = [{ output_type: "stream", name: "stdout", text: ["one\n", "two\n"] }];
  cells[2]!.outputs = [picture("AAAA", "d1")];
  edit(made, cells);
  return stringify(made);
}

function picture(png: string, digest?: string): Output {
  const metadata = digest === undefined ? {} : { evenkeel: { svg_sha256: digest } };
  return { output_type: "display_data", data: { "image/png": png, "text/plain": ["a chart"] }, metadata };
}

const differences = (edit: (notebook: Notebook, cells: CodeCell[]) => void) =>
  compare(notebook(), notebook(edit), "x.ipynb");

describe("compare", () => {
  it("finds nothing in the same bytes", () => {
    expect(compare(notebook(), notebook(), "x.ipynb")).toEqual([]);
  });

  it("finds nothing in another PNG of the same SVG", () => {
    expect(differences((_, cells) => (cells[2]!.outputs = [picture("BBBB", "d1")]))).toEqual([]);
  });

  it("finds a PNG of another SVG, by the digest, even if the PNG is the same", () => {
    expect(differences((_, cells) => (cells[2]!.outputs = [picture("AAAA", "d2")]))).toEqual([
      { cell: "figure", message: 'outputs[0].metadata.evenkeel.svg_sha256: committed "d1", regenerated "d2"' },
    ]);
  });

  it("finds another text beside the same PNG", () => {
    const [found] = differences((_, cells) => {
      (cells[2]!.outputs[0] as { data: object }).data = { "image/png": "BBBB", "text/plain": ["another"] };
    });
    expect(found).toEqual({
      cell: "figure",
      message: 'outputs[0].data["text/plain"][0]: committed "a chart", regenerated "another"',
    });
  });

  it("judges a PNG without a digest by its bytes", () => {
    const before = notebook((_, cells) => (cells[2]!.outputs = [picture("AAAA")]));
    const after = notebook((_, cells) => (cells[2]!.outputs = [picture("BBBB")]));
    expect(compare(before, after, "x.ipynb")).toMatchObject([{ cell: "figure" }]);
  });

  it("says for each cell what differs first, down to the line", () => {
    const found = differences((_, cells) => {
      cells[0]!.outputs = [{ output_type: "stream", name: "stdout", text: ["one\n", "2\n", "three\n"] }];
      cells[1]!.source = ["worst();\n", "2"];
    });
    expect(found).toEqual([
      { cell: "open", message: 'outputs[0].text[1]: committed "two\\n", regenerated "2\\n"' },
      { cell: "worst", message: 'source[1]: committed "1", regenerated "2"' },
    ]);
  });

  it("finds cells that are gone, new, or elsewhere", () => {
    expect(differences((notebook) => notebook.cells.splice(1, 1))).toEqual([
      { cell: "worst", message: "is no longer in the source" },
    ]);
    expect(
      compare(
        notebook((made) => made.cells.splice(1, 1)),
        notebook(),
        "x.ipynb",
      ),
    ).toEqual([{ cell: "worst", message: "is not in the committed notebook" }]);
    expect(differences((notebook) => notebook.cells.reverse())).toEqual([
      { cell: "open", message: 'is not where the source has it, which has "figure" there' },
    ]);
  });

  it("finds other metadata of the notebook", () => {
    const found = differences((notebook) => Object.assign(notebook.metadata, { kernelspec: { name: "python3" } }));
    expect(found).toMatchObject([{ message: expect.stringContaining("metadata.kernelspec.") }]);
  });

  it("finds the same notebook in other bytes", () => {
    const text = `${JSON.stringify(JSON.parse(notebook()), null, 2)}\n`;
    expect(compare(text, notebook(), "x.ipynb")).toEqual([
      { message: expect.stringContaining("the same content in other bytes, from line 2: ") },
    ]);
    expect(compare(notebook().trimEnd(), notebook(), "x.ipynb")).toHaveLength(1);
  });

  it("finds extra text after the end", () => {
    expect(compare(`${notebook()}\n`, notebook(), "x.ipynb")).toHaveLength(1);
  });

  it("cuts long values short", () => {
    const [found] = differences((_, cells) => (cells[1]!.source = ["x".repeat(10_000)]));
    expect(found!.message.length).toBeLessThan(300);
  });
});
