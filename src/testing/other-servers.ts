import { openAsBlob } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { tempFolder } from "./dataset.js";
import { dataOf, freePort, LOOK_MS, type PrometheusServer, startPrometheus, startServer } from "./prometheus-server.js";

/** Another server of Prometheus's query API: the variable that names its binary, and how it comes to hold samples. */
export interface OtherServer {
  readonly name: string;
  readonly variable: string;
  /** @param openMetrics file of the samples */
  start(binary: string, openMetrics: string): Promise<PrometheusServer>;
}

export const otherServers: readonly OtherServer[] = [
  { name: "VictoriaMetrics", variable: "EVENKEEL_VICTORIAMETRICS", start: startVictoriaMetrics },
  { name: "Thanos", variable: "EVENKEEL_THANOS", start: startThanos },
];

/** A single node that has taken the text in. */
export async function startVictoriaMetrics(
  binary: string,
  openMetrics: string,
  more: readonly string[] = [],
): Promise<PrometheusServer> {
  const listen = `127.0.0.1:${await freePort()}`;
  const url = `http://${listen}`;
  const data = join(await tempFolder(), "victoria-metrics");
  const server = await startServer(
    binary,
    [`-storageDataPath=${data}`, "-retentionPeriod=100y", `-httpListenAddr=${listen}`, ...more],
    url,
    "/health",
  );
  const body = await openAsBlob(openMetrics);
  await succeed(fetch(`${url}/api/v1/import/prometheus`, { method: "POST", body }));
  await succeed(fetch(`${url}/internal/force_flush`));
  return server;
}

/** A querier before the sidecar of a Prometheus with the samples. */
async function startThanos(binary: string, openMetrics: string): Promise<PrometheusServer> {
  const prometheus = await startPrometheus(await dataOf(openMetrics), { externalLabels: { replica: "0" } });
  const listen = async () => `127.0.0.1:${await freePort()}`;
  const [grpc, http, queryGrpc, query] = [await listen(), await listen(), await listen(), await listen()];
  const sidecar = await startServer(
    binary,
    ["sidecar", `--prometheus.url=${prometheus.url}`, `--grpc-address=${grpc}`, `--http-address=${http}`],
    `http://${http}`,
    "/-/ready",
  );
  const querier = await startServer(
    binary,
    [
      ...["query", `--endpoint=${grpc}`, "--query.replica-label=replica"],
      ...[`--grpc-address=${queryGrpc}`, `--http-address=${query}`],
    ],
    `http://${query}`,
    "/-/ready",
  );
  // Ready is not to say that it has found the sidecar: until then it has nothing.
  while (!(await (await fetch(`${querier.url}/api/v1/stores`)).text()).includes("sidecar")) await setTimeout(LOOK_MS);
  return {
    url: querier.url,
    stop: async () => {
      for (const server of [querier, sidecar, prometheus]) await server.stop();
    },
  };
}

async function succeed(answer: Promise<Response>): Promise<void> {
  const { ok, status, url } = await answer;
  if (!ok) throw new Error(`${url}: HTTP ${status}`);
}
