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
import { metricsOfColumn } from "../tables/series.js";
import { seriesKey, type Table } from "../tables/table.js";
import { up } from "../tables/up.js";
import { list } from "../units/format.js";
import { HOUR_MS, MINUTE_MS, SECOND_MS } from "../units/time.js";
import { version } from "../version.js";
import { CLASSIC_HISTOGRAMS, type PrometheusClient, type RangeSeries, TooMuch } from "./client.js";
import { type Need, needs } from "./needs.js";
import { Pivot, type Remarks } from "./pivot.js";
import {
  clusterSelector,
  EXPORTERS,
  findJobs,
  findNames,
  findTimes,
  type Jobs,
  nameThere,
  narrowTables,
  nativeHistograms,
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
  /** Called before anything is pulled, with what is read and is not there. */
  readonly onLacking?: (lacking: readonly Need[]) => void;
  /** Called around each chunk: how far it has got, and what it has read. */
  readonly onProgress?: (progress: PullProgress) => void;
}

export interface PullProgress {
  /** Of the time that all takes, 0 to 1. */
  readonly share: number;
  /** Time that the rest takes; undefined until every table has shown its pace. */
  readonly leftMs: number | undefined;
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
  const lacking = needs.filter(({ metrics }) => !metrics.some((metric) => names.has(nameThere(metric, wiring))));
  if (lacking.some(({ required }) => required)) throw await unanalysable(client, wiring, lacking, startMs, endMs);
  await requireNodegroups(client, contract, jobs, startMs, endMs);
  await requireOneCluster(client, wiring, jobs, startMs, endMs);
  const narrowed = await narrowTables(client, wiring, jobs, startMs, endMs);
  const work = tables.map((table) => ({ table, selectors: selectorsOf(table, wiring, jobs, names, narrowed) }));
  const selectors = Object.fromEntries(work.map((one) => [one.table.name, one.selectors.map((each) => each.selector)]));

  const chunks = await ChunkFolder.open(
    folder,
    {
      evenkeel: version,
      server: client.url,
      start: new Date(startMs).toISOString(),
      end: new Date(endMs).toISOString(),
      wiring,
      jobs,
      selectors,
      access: client.access,
    },
    options.replace ?? false,
  );
  const versions = await chunks.seeVersion(await client.version()).catch(unwritable(folder));
  options.onLacking?.(lacking);
  let samples = 0;
  const pulling = async (connection: DuckDBConnection) => {
    const tasks: Task[] = [];
    for (const one of work) {
      const { fromMs, lengthMs } = await chunks.next(one.table.name, startMs);
      tasks.push({ ...one, fromMs, lengthMs, pace: undefined });
    }
    for (let task = furthestBehind(tasks, endMs); task; task = furthestBehind(tasks, endMs)) {
      const { table, fromMs } = task;
      const toMs = Math.min(endMs, fromMs + task.lengthMs);
      options.onProgress?.({
        ...progressOf(tasks, startMs, endMs),
        table: table.name,
        samples,
        resumed: chunks.resumed,
      });
      const pivot = new Pivot(table, fromMs, toMs);
      const began = performance.now();
      let largest: number;
      try {
        largest = await ask(client, pivot, task.selectors, { fromMs, toMs, wiring, jobs, table });
      } catch (error) {
        if (!(error instanceof TooMuch) || task.lengthMs <= SHORTEST_CHUNK_MS) throw error;
        task.lengthMs = Math.max(SHORTEST_CHUNK_MS, Math.floor(task.lengthMs / 2));
        continue;
      }
      samples += pivot.samples;
      const about = { largest, remarks: [...pivot.remarks] };
      await chunks.add(table.name, fromMs, toMs, about, (file) => writeTable(connection, pivot.rows(), file));
      task.pace = (performance.now() - began) / (toMs - fromMs);
      task.lengthMs = nextLength(toMs - fromMs, largest);
      task.fromMs = toMs;
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
          server: client.url,
          version: versions.length > 0 ? versions.join(", then ") : null,
          jobs: Object.fromEntries(EXPORTERS.map((exporter) => [exporter, [...jobs[exporter]]])),
          selectors,
          absent: absentOf(work),
          remarks: Object.fromEntries([
            ...nativeHistograms(names, wiring).map((name) => [
              `${name}: a native histogram, not read; ${CLASSIC_HISTOGRAMS}`,
              1,
            ]),
            ...(await chunks.remarks()),
          ]),
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
  const isFull = /ENOSPC|EDQUOT|no space left|quota exceeded/i.test(cause.message);
  throw new EvenkeelError(
    `--out ${folder}: cannot be written (${cause.message.split("\n")[0]}); ${isFull ? "make room" : "mend that, or name a folder that you may write to"}, and run the same command again: it goes on where it stopped`,
    2,
    { cause },
  );
};

/** Metrics of columns for which nothing was asked, under any of their names. */
function absentOf(work: readonly Pick<Task, "table" | "selectors">[]): string[] {
  const absent = work.flatMap(({ table, selectors }) => {
    const asked = new Set(selectors.map(({ metric }) => metric));
    return Object.keys(table.columns)
      .map((column) => metricsOfColumn(table, column))
      .filter((metrics) => metrics.length > 0 && !metrics.some((metric) => asked.has(metric)))
      .map(([usual]) => usual!);
  });
  return [...new Set(absent)];
}

/** What is still to be pulled of a table. */
interface Task {
  readonly table: Table;
  readonly selectors: readonly { readonly metric: string; readonly selector: string }[];
  /** Where its next chunk begins, and how long it is. */
  fromMs: number;
  lengthMs: number;
  /** Time that its last chunk took, over the time that the chunk covers. */
  pace: number | undefined;
}

/** How long a chunk may be after one of this length, whose largest answer had so many samples. */
function nextLength(lengthMs: number, largest: number): number {
  const factor = Math.min(4, Math.max(0.25, SAMPLES_AT_ONCE / Math.max(1, largest)));
  return Math.max(SHORTEST_CHUNK_MS, Math.min(LONGEST_CHUNK_MS, Math.floor(lengthMs * factor)));
}

/** The table that has got least far, so that soon all have shown their pace; undefined once all are done. */
const furthestBehind = (tasks: readonly Task[], endMs: number): Task | undefined =>
  tasks.filter(({ fromMs }) => fromMs < endMs).sort((a, b) => a.fromMs - b.fromMs)[0];

/** How far all tables have got, each weighted by its pace. */
function progressOf(tasks: readonly Task[], startMs: number, endMs: number): Pick<PullProgress, "share" | "leftMs"> {
  const time = (from: (task: Task) => number) =>
    tasks.reduce((sum, task) => sum + (task.pace ?? 0) * (endMs - from(task)), 0);
  const [left, all] = [time(({ fromMs }) => fromMs), time(() => startMs)];
  const isKnown = tasks.every(({ fromMs, pace }) => fromMs >= endMs || pace !== undefined);
  return { share: all > 0 ? 1 - left / all : 0, leftMs: isKnown ? left : undefined };
}

/** Says what is not there, which setting would add it, and when it was there. */
async function unanalysable(
  client: PrometheusClient,
  wiring: Wiring,
  lacking: readonly Need[],
  startMs: number,
  endMs: number,
): Promise<EvenkeelError> {
  const required = lacking.filter(({ required: is }) => is);
  const lines = required.map(({ name, metrics, setting }) => `  ${name} (${metrics.join(" or ")}): ${setting}`);
  const times = await findTimes(
    client,
    wiring,
    required.flatMap(({ metrics }) => metrics),
  );
  const when = times
    ? `The server has such series from about ${times.map((ms) => new Date(ms).toISOString()).join(" to ")}: choose --start and --end within`
    : "The server has no such series at any other time either";
  return new EvenkeelError(
    `found no series of what no analysis can do without, from ${new Date(startMs).toISOString()} to ${new Date(endMs).toISOString()}:\n${lines.join("\n")}\n${when}. See what else is there with: npx evenkeel doctor --url URL`,
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
/** Which versions the server has had meanwhile, one a line: another one has the same samples. */
const VERSIONS = "versions";
/** Who writes there now. */
const PROCESS = "process";

/** What makes two pulls the same. */
interface Plan {
  readonly evenkeel: string;
  readonly server: string;
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
  const named = differing.map((key) => (key === "access" ? "user or tenant" : key));
  return `of another ${list(named)}${shown.length > 0 ? ` (${shown.join(", ")})` : ""}`;
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
    const begin = async () => {
      if (before !== text) await rm(folder, { recursive: true, force: true });
      await mkdir(folder, { recursive: true });
      await writeFile(join(folder, PROCESS), String(process.pid));
      // Whole or not at all: of a part nobody could tell whose pull it is.
      await writeFile(join(folder, `${PLAN}.partial`), text);
      await rename(join(folder, `${PLAN}.partial`), join(folder, PLAN));
    };
    await begin().catch(unwritable(target));
    return new ChunkFolder(folder);
  }

  /** Adds the server's version, where it is another than before. @returns all that it has had since the first chunk */
  async seeVersion(found: string | undefined): Promise<readonly string[]> {
    const file = join(this.folder, VERSIONS);
    const before = (await readFile(file, "utf8").catch(() => "")).split("\n").filter(Boolean);
    if (found === undefined || found === before.at(-1)) return before;
    const all = [...before, found];
    await writeFile(file, all.join("\n"));
    return all;
  }

  /** Which chunk of a table comes after those that are there without a gap. */
  async next(table: string, startMs: number): Promise<{ fromMs: number; lengthMs: number }> {
    const next = { fromMs: startMs, lengthMs: FIRST_CHUNK_MS };
    for (const { file, fromMs, toMs } of await this.list(table)) {
      if (fromMs !== next.fromMs) break;
      next.fromMs = toMs;
      next.lengthMs = nextLength(toMs - fromMs, (await readAbout(file)).largest);
      this.resumed++;
    }
    return next;
  }

  async add(
    table: string,
    fromMs: number,
    toMs: number,
    about: AboutChunk,
    write: (file: string) => Promise<unknown>,
  ): Promise<void> {
    const file = join(this.folder, `${table}.${fromMs}-${toMs}.parquet`);
    await write(`${file}.partial`);
    await writeFile(aboutOf(file), JSON.stringify(about));
    await rename(`${file}.partial`, file);
  }

  /** What was remarked on in any chunk, how often. */
  async remarks(): Promise<Remarks> {
    const all: Remarks = new Map();
    for (const { name } of tables)
      for (const { file } of await this.list(name))
        for (const [text, times] of (await readAbout(file)).remarks) all.set(text, (all.get(text) ?? 0) + times);
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

/** What is kept beside a chunk: samples of the largest answer, and what was remarked on, how often. */
interface AboutChunk {
  readonly largest: number;
  readonly remarks: readonly (readonly [text: string, times: number])[];
}

const aboutOf = (file: string) => file.replace(/parquet$/, "json");

const readAbout = async (file: string) => JSON.parse(await readFile(aboutOf(file), "utf8")) as AboutChunk;

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
