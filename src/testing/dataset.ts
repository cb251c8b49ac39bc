import { cp, mkdtemp, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { CONTRACT_FILE, formatManifest, MANIFEST_FILE, type Manifest, parseManifest } from "../dataset/manifest.js";
import { fileLiteral, literal, withSession } from "../dataset/session.js";
import { fileEntry, tableEntry } from "../dataset/table-entry.js";
import { datasetDigest } from "../dataset/write.js";
import { generateDataset } from "../generate.js";
import type { Scenario } from "../scenario/schema.js";
import type { Contract } from "../tables/contract.js";
import { TEST_FOLDER } from "./global-setup.js";
import { SAMPLE_SEED, sample } from "./sample.js";

/** A new folder that is removed after all tests. */
export function tempFolder(): Promise<string> {
  return mkdtemp(join(process.env[TEST_FOLDER]!, "test-"));
}

/** The dataset of a scenario, in a folder that is removed after all tests. */
export async function datasetOf(scenario: Scenario, seed = SAMPLE_SEED): Promise<string> {
  const folder = join(await tempFolder(), "dataset");
  await generateDataset(scenario, seed, folder);
  return folder;
}

let shared: Promise<string> | undefined;

/** The sample's dataset, made once for all tests of a process; not to be changed. */
export function sampleDataset(): Promise<string> {
  shared ??= datasetOf(sample());
  return shared;
}

/** A copy of a dataset for a test to change. */
export async function copyOf(dataset: string): Promise<string> {
  const copy = join(await tempFolder(), "copy");
  await cp(dataset, copy, { recursive: true });
  return copy;
}

export async function readManifest(folder: string): Promise<Manifest> {
  return parseManifest(await readFile(join(folder, MANIFEST_FILE), "utf8"), MANIFEST_FILE);
}

/** Changes a manifest and writes it, with the dataset's digest that follows from it. */
export async function editManifest(folder: string, edit: (manifest: Manifest) => Partial<Manifest>): Promise<void> {
  const manifest = await readManifest(folder);
  const edited = { ...manifest, ...edit(manifest) };
  const digest = datasetDigest(edited.tables, edited.contract);
  await writeFile(join(folder, MANIFEST_FILE), formatManifest({ ...edited, digest }));
}

/**
 * Puts the result of a query in a table's place and brings the manifest up to date, as if the dataset had been written
 * so. In the query "old" is the table as it was.
 */
export async function rewriteTable(folder: string, name: string, sql: string): Promise<void> {
  await replaceParquet(folder, name, sql);
  await refresh(folder, name);
}

/** Puts the result of a query in a table's place and leaves the manifest as it was. */
export async function replaceParquet(
  folder: string,
  name: string,
  sql: string,
  options = "FORMAT parquet, COMPRESSION zstd",
): Promise<void> {
  const { tables } = await readManifest(folder);
  const file = join(folder, tables[name]!.file);
  await withSession({}, async (connection) => {
    await connection.run(`CREATE VIEW old AS SELECT * FROM read_parquet(${fileLiteral(file)})`);
    await connection.run(`COPY (${sql}) TO ${literal(`${file}.new`)} (${options})`);
  });
  await rename(`${file}.new`, file);
}

/** Brings a table's entry in the manifest up to date with its file. */
async function refresh(folder: string, name: string): Promise<void> {
  const { tables } = await readManifest(folder);
  const entry = await withSession({}, (connection) => tableEntry(connection, folder, name, tables[name]!.file));
  await editManifest(folder, () => ({ tables: { ...tables, [name]: entry } }));
}

/** Changes the contract and brings the manifest up to date. */
export async function editContract(folder: string, edit: (contract: Contract) => Partial<Contract>): Promise<void> {
  const path = join(folder, CONTRACT_FILE);
  const contract = parse(await readFile(path, "utf8")) as Contract;
  await writeFile(path, stringify({ ...contract, ...edit(contract) }, { lineWidth: 0 }));
  const file = await fileEntry(folder, CONTRACT_FILE);
  await editManifest(folder, () => ({ contract: file }));
}
