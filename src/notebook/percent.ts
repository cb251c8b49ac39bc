import { EvenkeelError, shown } from "../errors.js";
import { type CodeCell, kernelspec, languageInfo, type Notebook, type TextCell, toLines } from "./notebook.js";

/** A cell of a notebook's source. */
export interface Cell {
  kind: "code" | "markdown";
  /** The cell's name and its id in the notebook: 1 to 64 letters, digits, - or _, once in a notebook. */
  slug: string;
  /** No blank lines at its start or end; lines end in `\n`. */
  text: string;
}

const slugPattern = /^[A-Za-z0-9_-]{1,64}$/;
const slugRule = "A slug is 1 to 64 letters, digits, - or _, and each cell of a notebook has its own.";

/**
 * The cells of a notebook's source, which is TypeScript in percent format:
 *
 *     // %% [markdown] intro
 *     // # Where is demand above capacity?
 *
 *     // %% open
 *     import { open } from "evenkeel";
 *
 * A line that begins with `// %%` starts a cell; the word after it is the cell's slug. The lines of a markdown cell
 * are comments. Nothing but blank lines may stand before the first cell, and blank lines around a cell's text are not
 * part of it. `file` is for errors, which name it and the line.
 */
export function parse(source: string, file: string): Cell[] {
  const cells: { kind: Cell["kind"]; slug: string; lines: string[] }[] = [];
  const lineOf = new Map<string, number>();
  const lines = source.replace(/^\uFEFF/, "").split(/\r?\n/);
  for (const [index, line] of lines.entries()) {
    const at = `${file}:${index + 1}`;
    if (line.startsWith("// %%")) {
      const { kind, slug } = parseMarker(line, at);
      const earlier = lineOf.get(slug);
      if (earlier !== undefined) {
        throw new EvenkeelError(
          `${at}: the slug "${slug}" is already the cell's at line ${earlier}. ${slugRule} Rename one.`,
        );
      }
      lineOf.set(slug, index + 1);
      cells.push({ kind, slug, lines: [] });
      continue;
    }
    const cell = cells.at(-1);
    if (cell === undefined) {
      if (line.trim() === "") continue;
      throw new EvenkeelError(
        `${at}: found ${shown(line)} before the first cell. Everything in a notebook's source belongs to a cell: put "// %% some-slug" or "// %% [markdown] some-slug" above it.`,
      );
    }
    cell.lines.push(cell.kind === "code" ? line : uncomment(line, at, cell.slug));
  }
  return cells.map(({ kind, slug, lines }) => ({ kind, slug, text: trimBlankLines(lines.join("\n")) }));
}

function parseMarker(line: string, at: string): Pick<Cell, "kind" | "slug"> {
  const [, kind, rest = ""] = /^\/\/ %%(?: *\[([^\]]*)\])?(.*)$/s.exec(line)!;
  const slug = rest.trim();
  if (kind !== undefined && kind !== "markdown") {
    throw new EvenkeelError(
      `${at}: found a cell of kind [${kind}]. Write "// %% slug" for code, "// %% [markdown] slug" for text.`,
    );
  }
  if (slug === "") {
    throw new EvenkeelError(
      `${at}: this cell has no slug. ${slugRule} Write it after the marker, as in "// %% worst-nodegroup".`,
    );
  }
  if (!slugPattern.test(slug)) {
    throw new EvenkeelError(
      `${at}: ${shown(slug)} is not a slug. ${slugRule} Write one, as in "// %% worst-nodegroup".`,
    );
  }
  return { kind: kind ?? "code", slug };
}

function uncomment(line: string, at: string, slug: string): string {
  if (line.trim() === "") return "";
  if (line.startsWith("//")) return line.slice(line.startsWith("// ") ? 3 : 2);
  throw new EvenkeelError(
    `${at}: found ${shown(line)} in the markdown cell "${slug}", whose lines all begin with "// ". Comment it out, or start a code cell above it with "// %% some-slug".`,
  );
}

/** Source in its one form: `parse(format(cells))` are the same cells. Throws where a cell's text cannot be told from a marker. */
export function format(cells: readonly Cell[]): string {
  return cells.map(formatCell).join("\n");
}

function formatCell({ kind, slug, text }: Cell): string {
  const lines = text === "" ? [] : text.split("\n");
  if (kind === "markdown") {
    return [`// %% [markdown] ${slug}`, ...lines.map(comment), ""].join("\n");
  }
  const clash = lines.findIndex((line) => line.startsWith("// %%"));
  if (clash >= 0) {
    throw new EvenkeelError(
      `cell "${slug}", line ${clash + 1}: found ${shown(lines[clash])}, which would start a new cell in the source. Split the cell there, or indent the line.`,
    );
  }
  return [`// %% ${slug}`, ...lines, ""].join("\n");
}

function comment(line: string): string {
  if (line === "") return "//";
  // Without the space, so that it does not read as a cell marker.
  return line.startsWith("%%") ? `//${line}` : `// ${line}`;
}

/** A notebook that has not run yet. The slugs are its cells' ids, so that a diff shows only the cells that changed. */
export function toNotebook(cells: readonly Cell[]): Notebook {
  return {
    cells: cells.map(({ kind, slug, text }): CodeCell | TextCell => {
      const common = { id: slug, metadata: {}, source: toLines(text) };
      return kind === "markdown"
        ? { cell_type: "markdown", ...common }
        : { cell_type: "code", ...common, execution_count: null, outputs: [] };
    }),
    metadata: { kernelspec, language_info: languageInfo },
    nbformat: 4,
    nbformat_minor: 5,
  };
}

/**
 * The source of a notebook, to take edits made in Jupyter back. A cell added there keeps the id that Jupyter gave it,
 * which is a valid slug; rename it at leisure. Outputs and cell metadata are left behind. `file` is for errors.
 */
export function toSource(notebook: Notebook, file: string): string {
  const seen = new Map<string, number>();
  const cells = notebook.cells.map((cell, index): Cell => {
    const at = `${file}: cell ${index + 1} ("${cell.id}")`;
    const earlier = seen.get(cell.id);
    if (earlier !== undefined) {
      throw new EvenkeelError(
        `${at}: cell ${earlier} has the same id. ${slugRule} Delete one of them in Jupyter and add it anew.`,
      );
    }
    seen.set(cell.id, index + 1);
    if (!slugPattern.test(cell.id)) {
      throw new EvenkeelError(`${at}: its id is not a slug. ${slugRule} Delete the cell in Jupyter and add it anew.`);
    }
    if (cell.cell_type === "raw") {
      throw new EvenkeelError(
        `${at}: found a raw cell, which the source has no form for. Turn it into a markdown or a code cell.`,
      );
    }
    if (cell.cell_type === "markdown" && Object.keys(cell.attachments ?? {}).length > 0) {
      throw new EvenkeelError(
        `${at}: found a pasted image (${Object.keys(cell.attachments!).join(", ")}), which the source cannot hold. Save it as a file and link to it.`,
      );
    }
    return { kind: cell.cell_type, slug: cell.id, text: plain(cell.source.join(""), cell.cell_type) };
  });
  try {
    return format(cells);
  } catch (error) {
    throw new EvenkeelError(`${file}: ${(error as Error).message}`);
  }
}

/** The text that a cell has in the source: `\n` line ends, and no blank lines around it. */
export function plain(text: string, kind: Cell["kind"]): string {
  // A line separator ends a comment in TypeScript, so in markdown it has to be a line end.
  return trimBlankLines(text.replace(kind === "markdown" ? /\r\n?|[\u2028\u2029]/g : /\r\n?/g, "\n"));
}

function trimBlankLines(text: string): string {
  const lines = text.split("\n");
  const first = lines.findIndex((line) => line.trim() !== "");
  return first < 0 ? "" : lines.slice(first, lines.findLastIndex((line) => line.trim() !== "") + 1).join("\n");
}
