import type { Manifest } from "../dataset/manifest.js";
import { EvenkeelError } from "../errors.js";
import type { Contract } from "../tables/contract.js";
import { momentOf } from "../units/time.js";
import { PrometheusClient, type ServerOptions } from "./client.js";
import { diagnoseServer, type Report } from "./doctor.js";
import { type Draft, draftContract } from "./draft-contract.js";
import { probe } from "./probe.js";
import { type PullOptions, pull } from "./pull.js";

/** What a server shows at a moment, and the contract that can be drafted from it. */
export interface Asked {
  readonly report: Report;
  readonly draft: Draft;
}

/**
 * Asks a server what it shows of a cluster, as `evenkeel doctor` does.
 *
 * @param at moment to look at: ISO 8601, UTC unless it says otherwise
 * @throws EvenkeelError if it cannot be reached, or shows no node with a nodegroup
 */
export function askServer({
  at,
  cluster,
  contract,
  ...server
}: ServerOptions & { readonly at: string; readonly cluster: string; readonly contract?: Contract }): Promise<Asked> {
  return connected(server, async (client) => {
    const wiring = contract?.prometheus ?? {};
    const probed = await probe(client, wiring, named("at", at));
    return { report: diagnoseServer(probed, contract, wiring), draft: draftContract(probed, cluster, wiring) };
  });
}

/**
 * Pulls raw samples into a dataset folder, as `evenkeel pull` does.
 *
 * @param start first moment, ISO 8601, UTC unless it says otherwise
 * @param end moment that it ends before
 */
export function pullDataset({
  start,
  end,
  out,
  contract,
  replace,
  onProgress,
  ...server
}: ServerOptions &
  PullOptions & {
    readonly start: string;
    readonly end: string;
    readonly out: string;
    readonly contract: Contract;
  }): Promise<Manifest> {
  const request = { startMs: named("start", start), endMs: named("end", end), contract };
  const options = { ...(replace === undefined ? {} : { replace }), ...(onProgress ? { onProgress } : {}) };
  return connected(server, (client) => pull(client, out, request, options));
}

async function connected<T>(server: ServerOptions, work: (client: PrometheusClient) => Promise<T>): Promise<T> {
  const client = await PrometheusClient.connect(server);
  try {
    return await work(client);
  } finally {
    await client.close();
  }
}

function named(name: string, text: string): number {
  const ms = momentOf(text);
  if (ms === undefined)
    throw new EvenkeelError(
      `${name}: found ${JSON.stringify(text)}; allowed: a day or a moment, such as 2026-10-01T06:00:00Z`,
    );
  return ms;
}
