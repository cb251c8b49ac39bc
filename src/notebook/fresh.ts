import { type Json, type Notebook, parseNotebook, stringify } from "./notebook.js";

/** One way in which a committed notebook is not what its source gives now. */
export interface Difference {
  /** The slug of the cell; absent if it is not about one. */
  cell?: string;
  /** What differs, such as `outputs[0].text[2]`, in words. */
  message: string;
}

/**
 * How a committed notebook file differs from the regenerated one: not at all, if the bytes are the same. A PNG counts
 * as the same if both outputs' metadata carry the same digest of the SVG that it was made from, because rasterising
 * may differ in a bit between processors. At most one difference a cell. `file` is for errors.
 */
export function compare(committed: string, regenerated: string, file: string): Difference[] {
  if (committed === regenerated) return [];
  const before = parseNotebook(committed, file);
  const after = withSamePngs(parseNotebook(regenerated, `${file}, regenerated`), before);
  const differences: Difference[] = [...differentCells(before, after)];
  const { cells: _, ...beforeRest } = before;
  const { cells: __, ...afterRest } = after;
  const rest = firstDifference(beforeRest as unknown as Json, afterRest as unknown as Json, "");
  if (rest !== undefined) differences.push({ message: rest });
  if (differences.length > 0) return differences;

  const was = committed.split("\n");
  const is = stringify(after).split("\n");
  const line = is.findIndex((text, index) => text !== was[index]);
  if (line < 0 && was.length === is.length) return [];
  const at = line < 0 ? is.length : line;
  return [{ message: `the same content in other bytes, from line ${at + 1}: ${saw(was[at], is[at])}` }];
}

function* differentCells(before: Notebook, after: Notebook): Generator<Difference> {
  const was = new Map(before.cells.map((cell) => [cell.id, cell]));
  const is = new Map(after.cells.map((cell) => [cell.id, cell]));
  for (const id of was.keys()) if (!is.has(id)) yield { cell: id, message: "is no longer in the source" };
  for (const id of is.keys()) if (!was.has(id)) yield { cell: id, message: "is not in the committed notebook" };
  const common = [...was.keys()].filter((id) => is.has(id));
  const order = [...is.keys()].filter((id) => was.has(id));
  const moved = common.findIndex((id, index) => id !== order[index]);
  if (moved >= 0)
    yield { cell: common[moved]!, message: `is not where the source has it, which has "${order[moved]}" there` };
  for (const id of common) {
    const message = firstDifference(was.get(id) as unknown as Json, is.get(id) as unknown as Json, "");
    if (message !== undefined) yield { cell: id, message };
  }
}

/** The notebook, with the other one's PNGs wherever both were made from the same SVG. */
function withSamePngs(notebook: Notebook, other: Notebook): Notebook {
  const others = new Map(other.cells.map((cell) => [cell.id, cell]));
  for (const cell of notebook.cells) {
    const same = others.get(cell.id);
    if (cell.cell_type !== "code" || same?.cell_type !== "code") continue;
    for (const [index, output] of cell.outputs.entries()) {
      const twin = same.outputs[index];
      if (output.output_type !== "display_data" || twin?.output_type !== "display_data") continue;
      const png = twin.data["image/png"];
      const digest = svgDigest(output.metadata);
      if (png === undefined || output.data["image/png"] === undefined || digest === undefined) continue;
      if (digest === svgDigest(twin.metadata)) output.data["image/png"] = png;
    }
  }
  return notebook;
}

function svgDigest(metadata: { [key: string]: Json }): string | undefined {
  const digest = (metadata["evenkeel"] as { [key: string]: Json } | undefined)?.["svg_sha256"];
  return typeof digest === "string" ? digest : undefined;
}

function firstDifference(was: Json | undefined, is: Json | undefined, path: string): string | undefined {
  if (Array.isArray(was) && Array.isArray(is)) {
    for (let i = 0; i < Math.max(was.length, is.length); i++) {
      const found = firstDifference(was[i], is[i], `${path}[${i}]`);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (isObject(was) && isObject(is)) {
    for (const key of new Set([...Object.keys(was), ...Object.keys(is)])) {
      const step = /^\w+$/.test(key) ? `${path === "" ? "" : "."}${key}` : `[${JSON.stringify(key)}]`;
      const found = firstDifference(was[key], is[key], path + step);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  return was === is ? undefined : `${path}: ${saw(was, is)}`;
}

function isObject(value: Json | undefined): value is { [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function saw(was: Json | undefined, is: Json | undefined): string {
  return `committed ${short(was)}, regenerated ${short(is)}`;
}

function short(value: Json | undefined): string {
  const text = value === undefined ? "nothing" : JSON.stringify(value);
  return text.length <= 100 ? text : `${text.slice(0, 97)}...`;
}
