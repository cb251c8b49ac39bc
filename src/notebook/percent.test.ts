import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseNotebook, stringify } from "./notebook.js";
import { type Cell, format, parse, plain, toNotebook, toSource } from "./percent.js";

const source = `// %% [markdown] intro
// # Where is demand above capacity?
//
// Read on.

// %% open
import { open } from "evenkeel";

const dataset = await open();

// %% nothing
`;

const cells: Cell[] = [
  { kind: "markdown", slug: "intro", text: "# Where is demand above capacity?\n\nRead on." },
  { kind: "code", slug: "open", text: 'import { open } from "evenkeel";\n\nconst dataset = await open();' },
  { kind: "code", slug: "nothing", text: "" },
];

const slug = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/);
const line = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.string({ unit: "grapheme" }),
  fc.constantFrom(
    "",
    " ",
    "// ",
    "//",
    "%%",
    "%% a",
    "//%% a",
    "\uFEFF",
    "\\",
    "`",
    "# h",
    "\r",
    "\r\n",
    "\u2028",
    "\u0085x",
  ),
);
const kind = fc.constantFrom<Cell["kind"]>("code", "markdown");
const anyText = fc.array(line, { maxLength: 8 }).map((lines) => lines.join("\n"));
const anyCells = fc.uniqueArray(
  fc
    .record({ kind, slug, text: anyText })
    .map((cell): Cell => ({ ...cell, text: plain(cell.text, cell.kind) }))
    .filter((cell) => cell.kind === "markdown" || !/^\/\/ %%/m.test(cell.text)),
  { selector: (cell) => cell.slug, maxLength: 6 },
);

describe("parse", () => {
  it("reads markdown cells without their comment marks and code cells as they stand", () => {
    expect(parse(source, "x.ts")).toEqual(cells);
  });

  it("reads a file without cells as no cells", () => {
    expect(parse("\n\n", "x.ts")).toEqual([]);
  });

  it("reads files with a byte order mark and Windows line ends", () => {
    expect(parse(`\uFEFF${source.replaceAll("\n", "\r\n")}`, "x.ts")).toEqual(cells);
  });

  it("drops the blank lines around a cell's text and keeps those inside", () => {
    expect(parse("// %% a\n\n\n1\n\n\n2\n  \n\n// %% b\n", "x.ts").map((cell) => cell.text)).toEqual(["1\n\n\n2", ""]);
  });

  it("takes an indented marker for code, as in a template literal", () => {
    expect(parse("// %% a\nconst s = `\n  // %% b\n`;\n", "x.ts")).toHaveLength(1);
  });

  it.each([
    ["// a licence\n// %% a\n", 'x.ts:1: found "// a licence" before the first cell'],
    ["// %% a\n\n// %%\n", "x.ts:3: this cell has no slug"],
    ["// %% [markdown]\n", "x.ts:1: this cell has no slug"],
    ["// %% two words\n", 'x.ts:1: "two words" is not a slug'],
    ["// %%% a\n", 'x.ts:1: "% a" is not a slug'],
    [`// %% ${"a".repeat(65)}\n`, "is not a slug"],
    ["// %% [raw] a\n", "x.ts:1: found a cell of kind [raw]"],
    ["// %% a\n\n// %% b\n\n// %% [markdown] a\n", 'x.ts:5: the slug "a" is already the cell\'s at line 1'],
    ["// %% [markdown] a\nconst x = 1;\n", 'x.ts:2: found "const x = 1;" in the markdown cell "a"'],
  ])("says what is wrong with %j, and where", (bad, message) => {
    expect(() => parse(bad, "x.ts")).toThrow(message);
  });
});

describe("format", () => {
  it("writes the form that parse reads", () => {
    expect(format(cells)).toBe(source);
  });

  it("keeps a markdown line that would read as a cell marker", () => {
    const mermaid: Cell[] = [{ kind: "markdown", slug: "a", text: "%% a mermaid comment" }];
    expect(parse(format(mermaid), "x.ts")).toEqual(mermaid);
  });

  it("refuses a code line that would read as a cell marker", () => {
    const clash: Cell[] = [{ kind: "code", slug: "a", text: "1\n// %% b" }];
    expect(() => format(clash)).toThrow('cell "a", line 2: found "// %% b"');
  });

  it("is undone by parse, whatever the cells hold", () => {
    fc.assert(
      fc.property(anyCells, (any) => {
        expect(parse(format(any), "x.ts")).toEqual(any);
      }),
    );
  });

  it("leaves a formatted source as it is", () => {
    fc.assert(
      fc.property(anyCells, (any) => {
        expect(format(parse(format(any), "x.ts"))).toBe(format(any));
      }),
    );
  });
});

describe("toNotebook", () => {
  it("names the kernel and takes the slugs for cell ids", () => {
    const notebook = toNotebook(cells);
    expect(notebook.cells.map((cell) => cell.id)).toEqual(["intro", "open", "nothing"]);
    expect(notebook.metadata["kernelspec"]).toEqual({
      display_name: "TypeScript (evenkeel)",
      language: "typescript",
      name: "evenkeel",
    });
  });

  it("is undone by toSource, also by way of the bytes of a file", () => {
    fc.assert(
      fc.property(anyCells, (any) => {
        const bytes = stringify(toNotebook(any));
        expect(toSource(parseNotebook(bytes, "x.ipynb"), "x.ipynb")).toBe(format(any));
        expect(stringify(parseNotebook(bytes, "x.ipynb"))).toBe(bytes);
      }),
    );
  });
});

describe("toSource", () => {
  it("takes any text that Jupyter may hold, but for blank lines around it and foreign line ends", () => {
    fc.assert(
      fc.property(kind, anyText, (kind, text) => {
        const notebook = toNotebook([{ kind, slug: "a", text: "" }]);
        notebook.cells[0]!.source = [text];
        const expected = plain(text, kind);
        fc.pre(kind === "markdown" || !/^\/\/ %%/m.test(expected));
        expect(parse(toSource(notebook, "x.ipynb"), "x.ts")).toEqual([{ kind, slug: "a", text: expected }]);
      }),
    );
  });

  it("keeps the id of a cell that was added in Jupyter", () => {
    const notebook = toNotebook([{ kind: "code", slug: "c0a80101-1dd2-4b2e-9b9a-5f0c6d1e2f3a", text: "1" }]);
    expect(toSource(notebook, "x.ipynb")).toBe("// %% c0a80101-1dd2-4b2e-9b9a-5f0c6d1e2f3a\n1\n");
  });

  it.each([
    ["two cells with one id", [code("a"), code("a")], 'x.ipynb: cell 2 ("a"): cell 1 has the same id'],
    ["a raw cell", [{ ...code("a"), cell_type: "raw" }], 'x.ipynb: cell 1 ("a"): found a raw cell'],
    [
      "a pasted image",
      [{ id: "a", cell_type: "markdown", metadata: {}, source: [], attachments: { "x.png": {} } }],
      'x.ipynb: cell 1 ("a"): found a pasted image (x.png)',
    ],
    ["a cell marker in code", [code("a", "1\n// %% b")], 'x.ipynb: cell "a", line 2: found "// %% b"'],
  ])("refuses %s, and says where", (_, bad, message) => {
    expect(() => toSource({ ...toNotebook([]), cells: bad as never }, "x.ipynb")).toThrow(message);
  });
});

function code(id: string, text = "1") {
  return { id, cell_type: "code", metadata: {}, source: [text], execution_count: null, outputs: [] };
}

it("the language version in a notebook's metadata is that of the TypeScript inside tslab", () => {
  const { version } = JSON.parse(
    readFileSync(new URL("../../node_modules/@tslab/typescript-for-tslab/package.json", import.meta.url), "utf8"),
  ) as { version: string };
  expect(toNotebook([]).metadata["language_info"]).toMatchObject({ version });
});
