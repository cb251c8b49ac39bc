import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { CONTRACT_FILE, formatManifest, MANIFEST_FILE, type Manifest } from "../dataset/manifest.js";
import { fileLiteral, identifier, literal, withSession } from "../dataset/session.js";
import { fillFolder, isAlive, requireFree, type StagingOptions } from "../dataset/staging.js";
import { fileEntry, tableEntry } from "../dataset/table-entry.js";
import { writeTable } from "../dataset/table-writer.js";
import { datasetDigest, formatContract } from "../dataset/write.js";
import { EvenkeelError } from "../errors.js";
import type { Contract } from "../tables/contract.js";
import { CONTRACT_VERSION, tables } from "../tables/index.js";
import { seriesKey, type Table } from "../tables/table.js";
import { up } from "../tables/up.js";
import { list } from "../units/format.js";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../units/time.js";
import { version } from "../version.js";
import { type PrometheusClient, type RangeSeries, TooMuch } from "./client.js";
import { needs } from "./needs.js";
import { Pivot, type Remarks } from "./pivot.js";
import {
  clusterSelector,
  EXPORTERS,
  findJobs,
  findNames,
  type Jobs,
  nameThere,
  narrowTables,
  requireOneCluster,
  selectorsOf,
  translated,
  type Wiring,
} from "./selectors.js";

export interface PullRequest {
  readonly startMs: number;
  readonly endMs: number;
  readonly contract: Contract;
  /** Of the scrapes of a target, the last that succeeded in each step is kept; all of them unless told. */
  readonly stepMs?: number;
}

export interface PullOptions extends StagingOptions {
  /** Called after each answer: how far it has got, 0 to 1, and what it has read. */
  readonly onProgress?: (progress: PullProgress) => void;
}

export interface PullProgress {
  readonly share: number;
  readonly table: string;
  readonly samples: number;
  /** Chunks that an earlier run left and that are not asked for again. */
  readonly resumed: number;
}

/** What is asked for at once is sized so that the largest answer has about so many samples. */
const SAMPLES_AT_ONCE = 200_000;
const FIRST_CHUNK_MS = HOUR_MS;
const LONGEST_CHUNK_MS = 24 * HOUR_MS;
const SHORTEST_CHUNK_MS = MINUTE_MS;
/** Answers that are asked for at the same time: what bounds the memory, with their size. */
const AT_THE_SAME_TIME = 2;
const MEMORY_LIMIT = "600MB";

/**
 * Pulls raw samples from a server's query API into a dataset: table by table, in chunks of time, each at its own
 * timestamps. A chunk that is there is not asked for again, so that a pull that was stopped goes on where it was. The
 * folder appears whole or not at all.
 *
 * @returns the manifest
 * @throws EvenkeelError if the server cannot answer wholly, or lacks what no analysis can do without
 */
export async function pull(
  client: PrometheusClient,
  folder: string,
  { startMs, endMs, contract: asGiven, stepMs }: PullRequest,
  options: PullOptions = {},
): Promise<Manifest> {
  const contract = stepMs === undefined ? asGiven : withStep(asGiven, stepMs);
  const wiring = contract.prometheus ?? {};
  await requireFree(folder, options);
  const jobs = await findJobs(client, wiring, startMs, endMs);
  const names = await findNames(client, wiring, jobs, startMs, endMs);
  requireSeries(names, wiring);
  await requireNodegroups(client, contract, jobs, startMs, endMs);
  await requireOneCluster(client, wiring, jobs, startMs, endMs);
  const narrowed = await narrowTables(client, wiring, jobs, startMs, endMs);
  const work = tables.map((table) => ({ table, selectors: selectorsOf(table, wiring, jobs, names, narrowed) }));
  const server = { server: client.url, version: (await client.version()) ?? null };
  const selectors = Object.fromEntries(work.map((one) => [one.table.name, one.selectors.map((each) => each.selector)]));

  const chunks = await ChunkFolder.open(
    folder,
    {
      evenkeel: version,
      ...server,
      start: new Date(startMs).toISOString(),
      end: new Date(endMs).toISOString(),
      wiring,
      jobs,
      selectors,
      access: client.access,
    },
    options.replace ?? false,
  );
  let samples = 0;
  const pulling = async (connection: DuckDBConnection) => {
    for (const [position, { table, selectors: asked }] of work.entries()) {
      const report = (atMs: number) =>
        options.onProgress?.({
          share: (position + (atMs - startMs) / (endMs - startMs)) / work.length,
          table: table.name,
          samples,
          resumed: chunks.resumed,
        });
      let lengthMs = FIRST_CHUNK_MS;
      for (let fromMs = await chunks.doneUntil(table.name, startMs); fromMs < endMs; ) {
        report(fromMs);
        const toMs = Math.min(endMs, fromMs + lengthMs);
        const pivot = new Pivot(table, fromMs, toMs);
        let largest: number;
        try {
          largest = await ask(client, pivot, asked, { fromMs, toMs, wiring, jobs, table });
        } catch (error) {
          if (!(error instanceof TooMuch) || lengthMs <= SHORTEST_CHUNK_MS) throw error;
          lengthMs = Math.max(SHORTEST_CHUNK_MS, Math.floor(lengthMs / 2));
          continue;
        }
        samples += pivot.samples;
        await chunks.add(table.name, fromMs, toMs, pivot.remarks, (file) => writeTable(connection, pivot.rows(), file));
        const factor = Math.min(4, Math.max(0.25, SAMPLES_AT_ONCE / Math.max(1, largest)));
        lengthMs = Math.max(SHORTEST_CHUNK_MS, Math.min(LONGEST_CHUNK_MS, Math.floor((toMs - fromMs) * factor)));
        fromMs = toMs;
      }
      report(endMs);
    }
  };
  const session = withSession({ memoryLimit: MEMORY_LIMIT, spillFolder: join(chunks.folder, ".spill") }, pulling);
  await session.catch(unwritable(folder));

  const assembled = fillFolder(folder, options, async (staging) =>
    assemble(
      staging,
      chunks,
      stepMs,
      {
        contractVersion: CONTRACT_VERSION,
        synthetic: false,
        scenario: contract.cluster,
        seed: null,
        evenkeel: version,
        pulled: {
          ...server,
          jobs: Object.fromEntries(EXPORTERS.map((exporter) => [exporter, [...jobs[exporter]]])),
          selectors,
          remarks: Object.fromEntries(await chunks.remarks()),
        },
        start: new Date(startMs).toISOString(),
        end: new Date(endMs).toISOString(),
      },
      contract,
    ),
  );
  const manifest = await assembled.catch(unwritable(folder));
  await chunks.remove();
  return manifest;
}

/** What a failure to write means to whoever named the folder; other failures are as they were. */
const unwritable = (folder: string) => (cause: NodeJS.ErrnoException) => {
  if (cause instanceof EvenkeelError || (cause.code === undefined && !cause.message.startsWith("IO Error")))
    throw cause;
  throw new EvenkeelError(
    `--out ${folder}: cannot be written (${cause.message.split("\n")[0]}); make room, and run the same command again: it goes on where it stopped`,
    2,
    { cause },
  );
};

/** @throws EvenkeelError that says what is not there and which setting would add it */
function requireSeries(names: ReadonlySet<string>, wiring: Wiring): void {
  const lacking = needs.filter(
    ({ required, metrics }) => required && !metrics.some((metric) => names.has(nameThere(metric, wiring))),
  );
  if (lacking.length === 0) return;
  const lines = lacking.map(({ name, metrics, setting }) => `  ${name} (${metrics.join(" or ")}): ${setting}`);
  throw new EvenkeelError(
    `found no series of what no analysis can do without, between these times:\n${lines.join("\n")}\nSee what else is there with: npx evenkeel doctor --url URL`,
    1,
  );
}

/** @throws EvenkeelError if no node has any of the labels that name its nodegroup */
async function requireNodegroups(
  client: PrometheusClient,
  { nodegroupLabels, prometheus: wiring = {} }: Contract,
  jobs: Jobs,
  startMs: number,
  endMs: number,
): Promise<void> {
  const nodes = clusterSelector("kube_node_labels", { job: jobs["kube-state-metrics"] }, wiring);
  for (const label of nodegroupLabels)
    if ((await client.labelValues(label, nodes, startMs, endMs)).some(Boolean)) return;
  throw new EvenkeelError(
    `found no node with any of the labels ${list(nodegroupLabels)}, which name its nodegroup; allow-list it in kube-state-metrics (--metric-labels-allowlist=nodes=[...]), or correct nodegroupLabels of the contract`,
    1,
  );
}

/** A contract for samples that are no closer than a step. */
function withStep(contract: Contract, stepMs: number): Contract {
  const intervals = Object.entries(contract.scrapeIntervalSeconds).map(([exporter, seconds]) => [
    exporter,
    Math.max(seconds, stepMs / SECOND_MS),
  ]);
  return { ...contract, scrapeIntervalSeconds: Object.fromEntries(intervals) as Contract["scrapeIntervalSeconds"] };
}

interface Question {
  readonly fromMs: number;
  readonly toMs: number;
  readonly wiring: Wiring;
  readonly jobs: Jobs;
  readonly table: Table;
}

/** Asks for all series of a table between two moments. @returns samples of the largest answer */
async function ask(
  client: PrometheusClient,
  pivot: Pivot,
  selectors: readonly { readonly metric: string; readonly selector: string }[],
  { fromMs, toMs, wiring, jobs, table }: Question,
): Promise<number> {
  let largest = 0;
  const exporterOf = new Map(EXPORTERS.flatMap((exporter) => jobs[exporter].map((job) => [job, exporter] as const)));
  const asUsual = (series: RangeSeries): RangeSeries => {
    const metric = translated(series.metric, wiring);
    const exporter = table.source === "prometheus" ? exporterOf.get(metric["job"] ?? "") : undefined;
    return { ...series, metric: exporter === undefined ? metric : { ...metric, job: exporter } };
  };
  const left = [...selectors];
  const next = async (): Promise<void> => {
    for (let one = left.shift(); one; one = left.shift()) {
      // From 3.0 on Prometheus leaves out the left end of a range, before it did not: what is too early is left out here.
      const answer = await client.rawSamples(`${one.selector}[${toMs - fromMs}ms]`, toMs - 1);
      largest = Math.max(
        largest,
        answer.reduce((sum, { values }) => sum + values.length, 0),
      );
      pivot.add(one.metric, answer.map(asUsual));
    }
  };
  await Promise.all(Array.from({ length: AT_THE_SAME_TIME }, next));
  return largest;
}

const PLAN = "plan.json";
/** Who writes there now. */
const PROCESS = "process";

/** What makes two pulls the same. */
interface Plan {
  readonly evenkeel: string;
  readonly server: string;
  readonly version: string | null;
  readonly start: string;
  readonly end: string;
  readonly wiring: Wiring;
  readonly jobs: Jobs;
  readonly selectors: Readonly<Record<string, readonly string[]>>;
  /** Who asks: another tenant is shown other samples. */
  readonly access: string;
}

/** How a plan that was written differs from another, in words. */
function differenceOf(text: string, plan: Plan): string {
  let before: Partial<Plan>;
  try {
    before = JSON.parse(text);
  } catch {
    return "whose plan cannot be read";
  }
  const differing = (Object.keys(plan) as (keyof Plan)[]).filter(
    (key) => JSON.stringify(before[key]) !== JSON.stringify(plan[key]),
  );
  const shown = differing
    .filter((key) => key !== "access" && typeof before[key] === "string")
    .map((key) => `${key} ${before[key]}`);
  return `of another ${list(differing)}${shown.length > 0 ? ` (${shown.join(", ")})` : ""}`;
}

/** Where chunks lie until all are there: a hidden folder beside the dataset's. */
class ChunkFolder {
  readonly folder: string;
  resumed = 0;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /**
   * Opens what an earlier pull of the same left, or begins anew.
   *
   * @param plan what makes it the same
   * @throws EvenkeelError if another pull writes there, or has left another beginning that is not to be replaced
   */
  static async open(target: string, plan: Plan, replace: boolean): Promise<ChunkFolder> {
    const folder = join(dirname(resolve(target)), `.${basename(resolve(target))}.pulling`);
    const text = `${JSON.stringify(plan, null, 2)}\n`;
    const before = await readFile(join(folder, PLAN), "utf8").catch(() => undefined);
    const writer = Number(await readFile(join(folder, PROCESS), "utf8").catch(() => "0"));
    if (writer > 0 && writer !== process.pid && isAlive(writer))
      throw new EvenkeelError(
        `--out ${target}: process ${writer} is pulling into it; wait for it, or name another folder`,
      );
    if (before !== undefined && before !== text && !replace)
      throw new EvenkeelError(
        `--out ${target}: found the beginning of another pull there, ${differenceOf(before, plan)}; finish that one, add --replace to begin anew, or name another folder`,
      );
    try {
      if (before !== text) await rm(folder, { recursive: true, force: true });
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, PROCESS), String(process.pid));
      await writeFile(join(folder, PLAN), text);
    } catch (cause) {
      throw new EvenkeelError(
        `--out ${target}: cannot be written (${(cause as Error).message}); name a folder that you may write to`,
        2,
        { cause },
      );
    }
    return new ChunkFolder(folder);
  }

  /** Until when a table's chunks are there without a gap. */
  async doneUntil(table: string, startMs: number): Promise<number> {
    let untilMs = startMs;
    for (const { fromMs, toMs } of await this.list(table)) {
      if (fromMs !== untilMs) break;
      untilMs = toMs;
      this.resumed++;
    }
    return untilMs;
  }

  async add(
    table: string,
    fromMs: number,
    toMs: number,
    remarks: Remarks,
    write: (file: string) => Promise<unknown>,
  ): Promise<void> {
    const file = join(this.folder, `${table}.${fromMs}-${toMs}.parquet`);
    await write(`${file}.partial`);
    await writeFile(remarksOf(file), JSON.stringify([...remarks]));
    await rename(`${file}.partial`, file);
  }

  /** What was remarked on in any chunk, how often. */
  async remarks(): Promise<Remarks> {
    const all: Remarks = new Map();
    for (const { name } of tables)
      for (const { file } of await this.list(name))
        for (const [text, times] of JSON.parse(await readFile(remarksOf(file), "utf8")) as [string, number][])
          all.set(text, (all.get(text) ?? 0) + times);
    return new Map([...all].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** A table's chunks, in order of time. */
  async list(table: string): Promise<{ file: string; fromMs: number; toMs: number }[]> {
    const found = (await readdir(this.folder)).flatMap((name) => {
      const [, of, from, to] = /^(\w+)\.(\d+)-(\d+)\.parquet$/.exec(name) ?? [];
      return of === table ? [{ file: join(this.folder, name), fromMs: Number(from), toMs: Number(to) }] : [];
    });
    return found.sort((a, b) => a.fromMs - b.fromMs);
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true });
  }
}

/** Where what was remarked on in a chunk is kept. */
const remarksOf = (file: string) => file.replace(/parquet$/, "json");

/** Makes the dataset of all chunks: a file a table, each series in order of time. */
async function assemble(
  staging: string,
  chunks: ChunkFolder,
  stepMs: number | undefined,
  about: Omit<Manifest, "tables" | "contract" | "truth" | "digest">,
  contract: Contract,
): Promise<Manifest> {
  const entries: Manifest["tables"] = {};
  await withSession({ memoryLimit: MEMORY_LIMIT, spillFolder: join(staging, ".spill") }, async (connection) => {
    for (const table of tables) {
      const file = `${table.name}.parquet`;
      if (stepMs !== undefined && table.name === up.name)
        await keepLast(connection, await chunks.list(up.name), stepMs);
      const files = (await chunks.list(table.name)).map((chunk) => chunk.file);
      await joinChunks(connection, table, files, join(staging, file), stepMs !== undefined);
      entries[table.name] = await tableEntry(connection, staging, table.name, file);
    }
  });
  await rm(join(staging, ".spill"), { recursive: true, force: true });
  await writeFile(join(staging, CONTRACT_FILE), formatContract(contract));
  const contractEntry = await fileEntry(staging, CONTRACT_FILE);
  const { start, end, ...head } = about;
  const manifest: Manifest = {
    ...head,
    start,
    end,
    tables: entries,
    contract: contractEntry,
    truth: [],
    digest: datasetDigest(entries, contractEntry),
  };
  await writeFile(join(staging, MANIFEST_FILE), formatManifest(manifest));
  return manifest;
}

/** Makes the temporary table `kept`: of each target's scrapes in a step the last that succeeded, else the last. */
async function keepLast(
  connection: DuckDBConnection,
  chunks: readonly { readonly file: string }[],
  stepMs: number,
): Promise<void> {
  await connection.run(`
    CREATE TEMP TABLE kept AS
    SELECT instance, arg_max(timestamp, (up, timestamp)) AS timestamp
    FROM read_parquet([${chunks.map(({ file }) => fileLiteral(file)).join(", ")}])
    GROUP BY job, instance, epoch_ms(timestamp) // ${stepMs}`);
}

async function joinChunks(
  connection: DuckDBConnection,
  table: Table,
  files: readonly string[],
  to: string,
  onlyKept: boolean,
): Promise<void> {
  const from = `read_parquet([${files.map(fileLiteral).join(", ")}], union_by_name = true)`;
  const described = await connection.runAndReadAll(`DESCRIBE SELECT * FROM ${from}`);
  const found = described.getRows().map((row) => String(row[0]));
  const columns = [...Object.keys(table.columns), ...found.filter((name) => !(name in table.columns)).sort()];
  const selected = columns.map((name) => {
    const type = table.columns[name]?.type;
    return type === "integer" ? `${identifier(name)}::INTEGER AS ${identifier(name)}` : identifier(name);
  });
  const key = seriesKey(table).flatMap((name) => [name, `exported_${name}`].filter((each) => found.includes(each)));
  const where = onlyKept ? "WHERE (instance, timestamp) IN (SELECT (instance, timestamp) FROM kept)" : "";
  const order = [...key, "timestamp"].map(identifier).join(", ");
  await connection.run(
    `COPY (SELECT ${selected.join(", ")} FROM ${from} ${where} ORDER BY ${order}, COLUMNS(*)) TO ${literal(to)} (FORMAT parquet, COMPRESSION zstd)`,
  );
}
