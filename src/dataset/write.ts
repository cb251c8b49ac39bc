import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { stringify } from "yaml";
import type { TableRows } from "../tables/block.js";
import type { Contract } from "../tables/contract.js";
import { CONTRACT_VERSION } from "../tables/index.js";
import { version } from "../version.js";
import { tableDigest } from "./digest.js";
import { CONTRACT_FILE, type FileEntry, formatManifest, MANIFEST_FILE, type Manifest } from "./manifest.js";
import { withSession } from "./session.js";
import { fillFolder, type StagingOptions } from "./staging.js";
import { fileEntry, isoTime } from "./table-entry.js";
import { writeTable } from "./table-writer.js";

/** Memory that DuckDB may use while a table is written; beyond it, it spills to disk. */
const MEMORY_LIMIT = "600MB";

export interface DatasetContent {
  readonly synthetic: boolean;
  readonly scenario: string;
  readonly seed: number | null;
  readonly startMs: number;
  readonly endMs: number;
  readonly contract: Contract;
  readonly tables: readonly TableRows[];
  /** Tables and texts that only the truth folder holds, by file name. */
  readonly truthTables: readonly { readonly file: string; readonly rows: TableRows }[];
  readonly truthTexts: Readonly<Record<string, string>>;
}

export interface WriteOptions extends StagingOptions {
  readonly threads?: number;
  /** Called before each table is written. */
  readonly onTable?: (name: string, position: number, of: number) => void;
  /** Changes the folder, once all is written, before it takes its place; returns the manifest that it then has. */
  readonly finish?: (folder: string) => Promise<Manifest>;
}

/**
 * Writes a dataset folder: a Parquet file a table, contract.yaml, truth/, and manifest.json last.
 * The folder appears whole or not at all.
 *
 * @param given what to write, or what makes it once it is clear that the folder can be written
 * @returns the manifest
 */
export function writeDataset(
  folder: string,
  given: DatasetContent | (() => Promise<DatasetContent>),
  options: WriteOptions = {},
): Promise<Manifest> {
  return fillFolder(folder, options, async (staging) => {
    const content = typeof given === "function" ? await given() : given;
    await writeFile(join(staging, CONTRACT_FILE), formatContract(content.contract));
    await mkdir(join(staging, "truth"));
    const { onTable, threads } = options;
    const of = content.tables.length + content.truthTables.length;
    const session = {
      memoryLimit: MEMORY_LIMIT,
      spillFolder: join(staging, ".spill"),
      ...(threads === undefined ? {} : { threads }),
    };

    const tables: Manifest["tables"] = {};
    const truth: FileEntry[] = [];
    await withSession(session, async (connection) => {
      for (const [position, rows] of content.tables.entries()) {
        const { name } = rows.table;
        onTable?.(name, position, of);
        const file = `${name}.parquet`;
        const written = await writeTable(connection, rows, join(staging, file));
        tables[name] = {
          ...(await fileEntry(staging, file)),
          rows: written.rows,
          columns: [...Object.keys(rows.table.columns), ...rows.openLabels],
          firstSample: isoTime(written.firstMs),
          lastSample: isoTime(written.lastMs),
          digest: written.digest,
        };
      }
      for (const [position, { file, rows }] of content.truthTables.entries()) {
        onTable?.(rows.table.name, content.tables.length + position, of);
        await writeTable(connection, rows, join(staging, "truth", file));
        truth.push(await fileEntry(staging, `truth/${file}`));
      }
    });
    for (const [file, text] of Object.entries(content.truthTexts)) {
      await writeFile(join(staging, "truth", file), text);
      truth.push(await fileEntry(staging, `truth/${file}`));
    }

    const contractEntry = await fileEntry(staging, CONTRACT_FILE);
    const manifest: Manifest = {
      contractVersion: CONTRACT_VERSION,
      synthetic: content.synthetic,
      scenario: content.scenario,
      seed: content.seed,
      evenkeel: version,
      start: new Date(content.startMs).toISOString(),
      end: new Date(content.endMs).toISOString(),
      tables,
      contract: contractEntry,
      truth,
      digest: datasetDigest(tables, contractEntry),
    };
    await writeFile(join(staging, MANIFEST_FILE), formatManifest(manifest));
    return options.finish ? await options.finish(staging) : manifest;
  });
}

/** What identifies a dataset: the content of its tables and its contract, whatever they are called and wherever they lie. */
export function datasetDigest(tables: Manifest["tables"], contract: FileEntry): string {
  const entries = Object.entries(tables).map(([name, table]): [string, string] => [name, table.digest]);
  return tableDigest([...entries, [CONTRACT_FILE, contract.sha256]]);
}

/** A contract as it is written. */
export const formatContract = (contract: Contract): string => CONTRACT_HEADER + stringify(contract, { lineWidth: 0 });

const CONTRACT_HEADER =
  "# What the operator of this cluster knows and no series says. docs/label-contract.md explains every field.\n";
