import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import { tempFolder } from "./dataset.js";

/** A real Prometheus on loopback that has what was loaded into it, and scrapes nothing. */
export interface PrometheusServer {
  readonly url: string;
  stop(): Promise<void>;
}

const run = promisify(execFile);

/**
 * Loads OpenMetrics text into a new data folder, as a user would.
 *
 * @returns the folder, and how many samples promtool counts in it: it drops in silence what it cannot take
 */
export async function loadOpenMetrics(file: string): Promise<{ data: string; samples: number }> {
  const data = join(await tempFolder(), "data");
  await mkdir(data);
  await run("promtool", [
    "tsdb",
    "create-blocks-from",
    "openmetrics",
    "--quiet",
    "--max-block-duration=24h",
    file,
    data,
  ]);
  const { stdout } = await run("promtool", ["tsdb", "list", data]);
  const [head, ...blocks] = stdout.trim().split("\n");
  const from = head!.indexOf("NUM SAMPLES");
  return { data, samples: blocks.reduce((sum, line) => sum + Number.parseInt(line.slice(from), 10), 0) };
}

/** Starts a server over a data folder. @param lookbackSeconds how long a sample counts in an instant query */
export async function startPrometheus(data: string, lookbackSeconds: number): Promise<PrometheusServer> {
  const folder = await tempFolder();
  const config = join(folder, "prometheus.yml");
  await writeFile(config, "global: {}\n");
  const port = await freePort();
  const child = spawn(
    "prometheus",
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${data}`,
      // Counted from the newest block: the default would drop old samples at once.
      "--storage.tsdb.retention.time=100y",
      `--web.listen-address=127.0.0.1:${port}`,
      `--query.lookback-delta=${lookbackSeconds}s`,
    ],
    { stdio: ["ignore", "ignore", "pipe"] },
  );
  const url = `http://127.0.0.1:${port}`;
  await ready(url, child);
  return {
    url,
    async stop() {
      child.kill("SIGTERM");
      if (child.exitCode === null) await once(child, "exit");
    },
  };
}

async function ready(url: string, child: ChildProcess): Promise<void> {
  let said = "";
  child.stderr!.on("data", (text) => {
    said += text;
  });
  const failed = once(child, "error").then(([error]) => {
    throw error as Error;
  });
  const up = async () => {
    for (let i = 0; i < 300; i++) {
      if (child.exitCode !== null) throw new Error(`prometheus ended with ${child.exitCode}:\n${said}`);
      const answer = await fetch(`${url}/-/ready`).catch(() => undefined);
      if (answer?.ok) return;
      await wait(100);
    }
    throw new Error(`prometheus is not ready after 30 s:\n${said}`);
  };
  await Promise.race([up(), failed]);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  return port;
}
