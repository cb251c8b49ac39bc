import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { numberOf } from "../prometheus/openmetrics.js";
import { tempFolder } from "./dataset.js";

/** A Prometheus of its own, on this machine only. */
export interface PrometheusServer {
  /** Address without a slash at its end. */
  readonly url: string;
  stop(): Promise<void>;
}

export interface ServerOptions {
  /** Seconds for which a sample counts: with less than an interval, series do not outlive their last sample's. */
  readonly lookbackSeconds?: number;
  readonly ruleFiles?: readonly string[];
  /** What a sidecar adds to every series. */
  readonly externalLabels?: Readonly<Record<string, string>>;
}

/** What promtool prints, and its exit code. */
export function promtool(...args: string[]): { readonly code: number | null; readonly output: string } {
  const { status, stdout, stderr, error } = spawnSync("promtool", args, { encoding: "utf8", maxBuffer: 2 ** 28 });
  if (error) throw new Error(`promtool cannot be run (${error.message}); install Prometheus`);
  return { code: status, output: stdout + stderr };
}

/** Makes a data folder for a server of a file of OpenMetrics text. Blocks are long: the text is read once for each. */
export async function dataOf(openMetrics: string): Promise<string> {
  const data = join(await tempFolder(), "prometheus");
  await mkdir(data, { recursive: true });
  const { code, output } = promtool(
    ...["tsdb", "create-blocks-from", "openmetrics", "--quiet", "--max-block-duration=24h", openMetrics, data],
  );
  if (code !== 0) throw new Error(`promtool: ${output}`);
  return data;
}

/** How many samples promtool counts in a data folder: it drops in silence what it cannot take. */
export function samplesIn(data: string): number {
  const [head, ...blocks] = promtool("tsdb", "list", data).output.trim().split("\n");
  const from = head!.indexOf("NUM SAMPLES");
  return blocks.reduce((sum, line) => sum + Number.parseInt(line.slice(from), 10), 0);
}

/** The server that is tested: any Prometheus, by its path, in place of the installed one. */
const PROMETHEUS = process.env["EVENKEEL_PROMETHEUS"] ?? "prometheus";

/** Starts a server on a data folder; it answers once this resolves. It scrapes nothing: old data would age out. */
export async function startPrometheus(data: string, options: ServerOptions = {}): Promise<PrometheusServer> {
  const { lookbackSeconds = 300, ruleFiles = [], externalLabels = {} } = options;
  const config = join(await tempFolder(), "prometheus.yml");
  await writeFile(config, JSON.stringify({ global: { external_labels: externalLabels }, rule_files: ruleFiles }));
  const port = await freePort();
  return startServer(
    PROMETHEUS,
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${data}`,
      "--storage.tsdb.retention.time=100y",
      `--web.listen-address=127.0.0.1:${port}`,
      `--query.lookback-delta=${Math.round(lookbackSeconds * 1000)}ms`,
      "--log.level=warn",
    ],
    `http://127.0.0.1:${port}`,
    "/-/ready",
  );
}

/** Milliseconds between two looks at whether a server is ready, and how often one looks. */
export const LOOK_MS = 100;
const LOOKS = 300;

/**
 * Starts a server of its own that ends with this process, and waits until it is ready.
 *
 * @param ready path that answers with success from then on
 */
export async function startServer(
  command: string,
  args: readonly string[],
  url: string,
  ready: string,
): Promise<PrometheusServer> {
  const server = spawn(command, args, { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  server.stderr.on("data", (text) => {
    said += text;
  });
  const ended = new Promise<string>((resolve) => {
    server.once("error", (error) => resolve(error.message));
    server.once("exit", (code) => resolve(`exit code ${code}`));
  });
  const onExit = () => server.kill("SIGKILL");
  process.once("exit", onExit);
  const stop = async () => {
    process.off("exit", onExit);
    if (server.exitCode !== null || server.pid === undefined) return;
    const exit = once(server, "exit");
    server.kill("SIGTERM");
    await exit;
  };
  for (let look = 0; look < LOOKS; look++) {
    const isReady = fetch(`${url}${ready}`).then(
      ({ ok }) => ok,
      () => false,
    );
    const early = await Promise.race([ended, isReady]);
    if (early === true) return { url, stop };
    if (typeof early === "string") throw new Error(`${command} did not start: ${early}\n${said}`);
    await setTimeout(LOOK_MS);
  }
  await stop();
  throw new Error(`${command} was not ready after ${(LOOKS * LOOK_MS) / 1000} s\n${said}`);
}

/** A port that was free just now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}

/** A series of an answer: its labels, and a value for each moment, Unix ms. */
export interface AnsweredSeries {
  readonly labels: Readonly<Record<string, string>>;
  readonly values: ReadonlyMap<number, number>;
}

/** Evaluates PromQL at equal steps, both ends included; times in Unix ms. @throws Error with what the server said */
export async function queryRange(
  { url }: Pick<PrometheusServer, "url">,
  query: string,
  { startMs, endMs, stepMs }: { readonly startMs: number; readonly endMs: number; readonly stepMs: number },
): Promise<AnsweredSeries[]> {
  const body = new URLSearchParams({
    query,
    start: String(startMs / 1000),
    end: String(endMs / 1000),
    step: String(stepMs / 1000),
  });
  const response = await fetch(`${url}/api/v1/query_range`, { method: "POST", body });
  const answer = (await response.json()) as {
    status: string;
    error?: string;
    data?: { result: { metric: Record<string, string>; values: [number, string][] }[] };
  };
  if (answer.status !== "success") throw new Error(`${answer.error}: ${query}`);
  return answer.data!.result.map(({ metric, values }) => ({
    labels: metric,
    values: new Map(values.map(([seconds, text]) => [Math.round(seconds * 1000), numberOf(text)])),
  }));
}
