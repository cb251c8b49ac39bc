import { rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CONTRACT_FILE, formatManifest, MANIFEST_FILE, type Manifest } from "../dataset/manifest.js";
import { nodegroupSql } from "../dataset/nodegroup-sql.js";
import { type Dataset, openDataset } from "../dataset/open.js";
import { fileLiteral, identifier, literal, withSession } from "../dataset/session.js";
import { fileEntry, tableEntry } from "../dataset/table-entry.js";
import { datasetDigest, formatContract } from "../dataset/write.js";
import { EvenkeelError } from "../errors.js";
import type { FaultInput } from "../scenario/schema.js";
import { tables } from "../tables/index.js";
import { seriesKey } from "../tables/table.js";
import type { Change, TableChange } from "./fault.js";
import { type Strike, strikesOf } from "./request.js";

/**
 * Makes telemetry go wrong: changes a dataset's tables, and where needed its contract, in place. The files agree with
 * the manifest afterwards; only what they say is wrong. The manifest names the faults.
 *
 * @param source what to call the requests in an error
 * @param onTable called before each table is written anew
 * @returns the new manifest
 */
export async function applyFaults(
  folder: string,
  requests: readonly FaultInput[],
  source: (i: number) => string,
  onTable?: (table: string, fault: string) => void,
): Promise<Manifest> {
  let manifest: Manifest | undefined;
  for (const [i, request] of requests.entries()) {
    const dataset = await openDataset(folder);
    let changes: readonly Change[];
    try {
      const { contract } = dataset;
      const [startMs, endMs] = [Date.parse(dataset.manifest.start), Date.parse(dataset.manifest.end)];
      const [strike] = strikesOf([request], { contract, startMs, endMs }, () => source(i));
      changes = await changesOf(dataset, strike!);
      for (const change of changes) {
        if (!("table" in change)) continue;
        onTable?.(change.table, strike!.fault.name);
        await rewrite(dataset, change);
      }
      manifest = { ...dataset.manifest, faults: [...(dataset.manifest.faults ?? []), strike!.fault.name] };
    } finally {
      dataset.close();
    }
    manifest = await broughtUpToDate(folder, manifest, changes);
    await writeFile(join(folder, MANIFEST_FILE), formatManifest(manifest));
  }
  if (!manifest) throw new EvenkeelError(`${source(0)}: found no fault; name one`);
  return manifest;
}

async function changesOf(dataset: Dataset, { fault, ...strike }: Strike): Promise<readonly Change[]> {
  const { contract, manifest, query } = dataset;
  const nodes = await query<{ node: string }>(
    `SELECT DISTINCT node FROM kube_node WHERE ${nodegroupSql(dataset)} = ${literal(strike.nodegroup)} ORDER BY node`,
  );
  if (fault.nodegroup && nodes.length === 0)
    throw new EvenkeelError(
      `${fault.name}: found no node of nodegroup "${strike.nodegroup}" in ${dataset.folder}; name another nodegroup`,
    );
  return fault.change({
    contract,
    startMs: Date.parse(manifest.start),
    endMs: Date.parse(manifest.end),
    ...strike,
    nodes: nodes.map(({ node }) => node),
    query,
  });
}

const rewritten = (folder: string, file: string) => join(folder, `${file}.new`);

/** Writes a table anew beside its file, series by series, in order of time; the other tables are still as they were. */
async function rewrite({ folder, manifest, query, run }: Dataset, { table: name, sql }: TableChange): Promise<void> {
  const table = tables.find((one) => one.name === name)!;
  const { file } = manifest.tables[name]!;
  await run(`CREATE OR REPLACE TEMP VIEW old AS SELECT * FROM read_parquet(${fileLiteral(join(folder, file))})`);
  const described = await query<{ column_name: string }>(`DESCRIBE ${sql}`);
  const has = new Set(described.map((column) => column.column_name));
  const key = seriesKey(table).flatMap((column) => [column, `exported_${column}`].filter((each) => has.has(each)));
  const order = [...key, "timestamp"].map(identifier).join(", ");
  await run(
    `COPY (SELECT * FROM (${sql}) ORDER BY ${order}, COLUMNS(*)) TO ${literal(rewritten(folder, file))} (FORMAT parquet, COMPRESSION zstd)`,
  );
}

/** Puts the new files in the old ones' place. @returns the manifest with what it says of them */
async function broughtUpToDate(folder: string, manifest: Manifest, changes: readonly Change[]): Promise<Manifest> {
  const entries = { ...manifest.tables };
  let contract = manifest.contract;
  await withSession({}, async (connection) => {
    for (const change of changes) {
      if (!("table" in change)) continue;
      const { file } = entries[change.table]!;
      await rm(join(folder, file));
      await rename(rewritten(folder, file), join(folder, file));
      entries[change.table] = await tableEntry(connection, folder, change.table, file);
    }
  });
  for (const change of changes) {
    if ("table" in change) continue;
    await writeFile(join(folder, CONTRACT_FILE), formatContract(change.contract));
    contract = await fileEntry(folder, CONTRACT_FILE);
  }
  return { ...manifest, tables: entries, contract, digest: datasetDigest(entries, contract) };
}
