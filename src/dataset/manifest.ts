import { z } from "zod";
import { EvenkeelError } from "../errors.js";
import { CONTRACT_VERSION } from "../tables/index.js";

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const time = z.iso.datetime();

const file = z.strictObject({ file: z.string().min(1), bytes: z.int().min(0), sha256 });

const tableEntry = file.extend({
  rows: z.int().min(0),
  columns: z.array(z.string()),
  firstSample: time.nullable(),
  lastSample: time.nullable(),
  /** Of the content, whatever the encoding. */
  digest: sha256,
});

export const manifestSchema = z.strictObject({
  contractVersion: z.literal(CONTRACT_VERSION),
  /** Whether the data were made by a simulation; only such data may be committed. */
  synthetic: z.boolean(),
  /** Labels only: nothing is computed from them. */
  scenario: z.string(),
  seed: z.int().nullable(),
  evenkeel: z.string(),
  /** What was made to go wrong in the telemetry, in this order; absent where nothing was. A label, too. */
  faults: z.array(z.string().min(1)).min(1).optional(),
  /** Where the samples are from, if from a server. */
  pulled: z
    .strictObject({
      server: z.string(),
      version: z.string().nullable(),
      /** Jobs that were taken for each source, and what was asked for, by table. */
      jobs: z.record(z.string(), z.array(z.string())),
      selectors: z.record(z.string(), z.array(z.string())),
      /** Metrics that the server had under none of their names, by the usual one. */
      absent: z.array(z.string()).default([]),
      /** What was read under another name, or not at all: how often. */
      remarks: z.record(z.string(), z.int()),
    })
    .optional(),
  start: time,
  end: time,
  tables: z.record(z.string(), tableEntry),
  contract: file,
  /** What the simulation knows and the analysis never reads. */
  truth: z.array(file),
  /** Of all tables and the contract: what identifies the dataset. */
  digest: sha256,
});

export type Manifest = z.output<typeof manifestSchema>;
export type FileEntry = z.output<typeof file>;

export const MANIFEST_FILE = "manifest.json";
export const CONTRACT_FILE = "contract.yaml";

/** A manifest from its text. @throws EvenkeelError if it is another version's, or no manifest at all */
export function parseManifest(text: string, source: string): Manifest {
  let data: unknown;
  try {
    data = JSON.parse(text);
  } catch (cause) {
    throw new EvenkeelError(`${source}: found text that is not JSON; generate or pull the dataset again`, 2, { cause });
  }
  const version = (data as { contractVersion?: unknown } | null)?.contractVersion;
  if (version !== CONTRACT_VERSION)
    throw new EvenkeelError(
      `${source}: found contractVersion ${JSON.stringify(version) ?? "missing"}; this evenkeel reads version ${CONTRACT_VERSION}. Generate the dataset again with this version, or use the evenkeel that wrote it`,
    );
  const parsed = manifestSchema.safeParse(data);
  if (parsed.success) return parsed.data;
  const wrong = parsed.error.issues.map((issue) => `  ${issue.path.join(".") || "(all of it)"}: ${issue.message}`);
  throw new EvenkeelError(
    `${source} is not a manifest that evenkeel wrote:\n${wrong.join("\n")}\nGenerate the dataset again`,
  );
}

/** JSON as it is written: fixed order of keys, two spaces, a newline at the end. */
export function formatManifest(manifest: Manifest): string {
  return `${JSON.stringify(manifest, null, 2)}\n`;
}
