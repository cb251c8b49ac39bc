import { z } from "zod";
import { EvenkeelError, shown } from "../errors.js";

/** What may stand in a JSON document. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

/** Text as nbformat keeps it on disk: one string a line, each with its line end. */
export type Lines = string[];

export type MimeBundle = { [mime: string]: Json };

export interface StreamOutput {
  output_type: "stream";
  name: "stdout" | "stderr";
  text: Lines;
}

export interface DisplayOutput {
  output_type: "display_data";
  data: MimeBundle;
  metadata: { [key: string]: Json };
}

export interface ResultOutput {
  output_type: "execute_result";
  execution_count: number;
  data: MimeBundle;
  metadata: { [key: string]: Json };
}

export interface ErrorOutput {
  output_type: "error";
  ename: string;
  evalue: string;
  traceback: string[];
}

export type Output = StreamOutput | DisplayOutput | ResultOutput | ErrorOutput;

export interface CodeCell {
  cell_type: "code";
  id: string;
  metadata: { [key: string]: Json };
  source: Lines;
  execution_count: number | null;
  outputs: Output[];
}

export interface TextCell {
  cell_type: "markdown" | "raw";
  id: string;
  metadata: { [key: string]: Json };
  source: Lines;
  /** Images pasted into the cell. */
  attachments?: { [name: string]: MimeBundle };
}

/** A Jupyter notebook, nbformat 4.5. */
export interface Notebook {
  cells: (CodeCell | TextCell)[];
  metadata: { [key: string]: Json };
  nbformat: 4;
  nbformat_minor: number;
}

/** The kernel that runs evenkeel's notebooks: not "tslab", so that a tslab which the reader already has stays as it is. */
export const kernelspec = { display_name: "TypeScript (evenkeel)", language: "typescript", name: "evenkeel" } as const;

/** What the kernel says of its language, and therefore what Jupyter writes into every notebook that it has run. */
export const languageInfo = {
  codemirror_mode: { mode: "typescript", name: "javascript", typescript: true },
  file_extension: ".ts",
  mimetype: "text/typescript",
  name: "typescript",
  version: "5.0.4",
} as const;

// Python's str.splitlines, which nbformat uses, ends lines at all of these. Splitting alike keeps a notebook's bytes
// when Jupyter saves it again.
const lineEnds = new Set([..."\n\v\f\r\x1c\x1d\x1e\x85\u2028\u2029"]);

/** Text as nbformat keeps it. */
export function toLines(text: string): Lines {
  const lines: Lines = [];
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    if (!lineEnds.has(text[i]!)) continue;
    if (text[i] === "\r" && text[i + 1] === "\n") i++;
    lines.push(text.slice(start, i + 1));
    start = i + 1;
  }
  if (start < text.length) lines.push(text.slice(start));
  return lines;
}

/** A bundle as nbformat keeps it: text and SVG by lines, everything else as it is. */
export function toDiskBundle(data: MimeBundle): MimeBundle {
  return Object.fromEntries(
    Object.entries(data).map(([mime, value]) => {
      const byLines = mime.startsWith("text/") || mime === "image/svg+xml" || mime === "application/javascript";
      return [mime, byLines && typeof value === "string" ? toLines(value) : value];
    }),
  );
}

/**
 * The bytes of a notebook file, byte for byte as Jupyter itself writes them: keys in alphabetical order, one space a
 * level, a newline at the end. So a notebook that Jupyter saves unchanged shows no difference.
 */
export function stringify(notebook: Notebook): string {
  return `${JSON.stringify(sorted(notebook as unknown as Json), null, 1)}\n`;
}

function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value as { [key: string]: Json });
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, item]) => [key, sorted(item)]));
}

const text = z
  .union([z.string(), z.array(z.string())])
  .transform((value) => toLines(typeof value === "string" ? value : value.join("")));
const record = z.record(z.string(), z.json());
const id = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/, "a cell id is 1 to 64 letters, digits, - or _");
const bundle = z.record(z.string(), z.json()).transform((data) => toDiskBundle(joined(data)));

function joined(data: MimeBundle): MimeBundle {
  return Object.fromEntries(
    Object.entries(data).map(([mime, value]) => {
      const lines = Array.isArray(value) && !/json$/.test(mime) && value.every((line) => typeof line === "string");
      return [mime, lines ? value.join("") : value];
    }),
  );
}

const output = z.discriminatedUnion("output_type", [
  z.object({ output_type: z.literal("stream"), name: z.enum(["stdout", "stderr"]), text }),
  z.object({ output_type: z.literal("display_data"), data: bundle, metadata: record }),
  z.object({
    output_type: z.literal("execute_result"),
    execution_count: z.number().int(),
    data: bundle,
    metadata: record,
  }),
  z.object({
    output_type: z.literal("error"),
    ename: z.string(),
    evalue: z.string(),
    traceback: z.array(z.string()),
  }),
]);

const schema = z.object({
  nbformat: z.literal(4),
  nbformat_minor: z.number().int().min(5),
  metadata: record,
  cells: z.array(
    z.discriminatedUnion("cell_type", [
      z.object({
        cell_type: z.literal("code"),
        id,
        metadata: record,
        source: text,
        execution_count: z.number().int().nullable(),
        outputs: z.array(output),
      }),
      z.object({
        cell_type: z.enum(["markdown", "raw"]),
        id,
        metadata: record,
        source: text,
        attachments: z.record(z.string(), record).optional(),
      }),
    ]),
  ),
});

/** Read the bytes of a notebook file. `file` is for the error, which names it and the path inside it. */
export function parseNotebook(bytes: string, file: string): Notebook {
  let json: unknown;
  try {
    json = JSON.parse(bytes);
  } catch (error) {
    throw new EvenkeelError(
      `${file}: not JSON (${(error as Error).message}). A notebook is a JSON document; a merge may have left its marks in it: regenerate it from its .ts source.`,
    );
  }
  const parsed = schema.safeParse(json);
  if (parsed.success) return parsed.data as Notebook;
  const issue = parsed.error.issues[0]!;
  const found = issue.path.reduce<unknown>((at, key) => (at as Record<PropertyKey, unknown> | undefined)?.[key], json);
  throw new EvenkeelError(
    `${file}: ${issue.path.map(String).join(".") || "the document"}: ${issue.message}; found ${shown(found)}. ` +
      "Notebooks here are nbformat 4.5: save it with JupyterLab 3 or newer, or regenerate it from its .ts source.",
  );
}
