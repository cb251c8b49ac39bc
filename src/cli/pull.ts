import { EvenkeelError } from "../errors.js";
import { draftContract } from "../prometheus/draft-contract.js";
import { probe } from "../prometheus/probe.js";
import { pull } from "../prometheus/pull.js";
import type { Contract } from "../tables/contract.js";
import { duration, number, percent, plural } from "../units/format.js";
import { HOUR_MS, SECOND_MS } from "../units/time.js";
import { ifInterrupted } from "./interrupt.js";
import { Progress } from "./progress.js";
import { connectTo, wiringOf } from "./server.js";
import type { ServerFlags } from "./server-options.js";

export interface PullFlags extends ServerFlags {
  readonly start: number;
  readonly end: number;
  readonly out: string;
  readonly step?: number;
  readonly replace?: boolean;
}

/** `evenkeel pull`. */
export async function pullCommand({
  start: startMs,
  end: endMs,
  out,
  step,
  replace,
  ...server
}: PullFlags): Promise<void> {
  if (endMs <= startMs)
    throw new EvenkeelError(
      `--end ${new Date(endMs).toISOString()}: not after --start ${new Date(startMs).toISOString()}; name a later moment`,
    );
  if (endMs > Date.now())
    throw new EvenkeelError(
      `--end ${new Date(endMs).toISOString()}: still to come; name a moment that has passed, so that all samples are there`,
    );
  const progress = new Progress();
  const { contract: given, wiring } = await wiringOf(server);
  const onRetry = (why: string, attempt: number, waitMs: number) =>
    progress.done(`${why}; attempt ${attempt + 1} in ${waitMs / 1000} s`);
  const client = await connectTo(server, { onRetry });
  try {
    let contract: Contract;
    if (given) contract = { ...given, ...(Object.keys(wiring).length > 0 ? { prometheus: wiring } : {}) };
    else {
      progress.step("drafting a contract from what the server shows");
      const cluster = wiring.matchers?.["cluster"] ?? new URL(server.url).hostname;
      const draft = draftContract(await probe(client, wiring, endMs - 1), cluster, wiring);
      progress.done(`no --contract: drafted one, which goes into ${out}/contract.yaml. Look at it:`);
      for (const assumed of draft.assumed) progress.done(`  - ${assumed}`);
      contract = draft.contract;
    }
    ifInterrupted(`what was pulled is kept; run the same command again to go on`);
    const manifest = await pull(
      client,
      out,
      { startMs, endMs, contract, ...(step === undefined ? {} : { stepMs: step * 1000 }) },
      {
        ...(replace === undefined ? {} : { replace }),
        onLacking(lacking) {
          if (lacking.length > 0) progress.done("not there, and so not pulled:");
          for (const { name, exporter, without, setting } of lacking)
            progress.done(`  - ${name} (${exporter}): ${without}. To add it: ${setting}`);
        },
        onProgress({ share, leftMs, table, samples, resumed }) {
          const left = leftMs === undefined ? "" : `, about ${duration(leftMs / SECOND_MS)} left`;
          const before = resumed > 0 ? `, ${plural(resumed, "chunk")} from before` : "";
          progress.step(`pulling ${table}: ${percent(share)}, ${plural(samples, "sample")}${before}${left}`);
        },
      },
    );
    ifInterrupted(undefined);
    progress.clear();
    const rows = Object.values(manifest.tables).reduce((sum, table) => sum + table.rows, 0);
    console.log(`${out}: ${plural(rows, "row")} of ${number((endMs - startMs) / HOUR_MS)} h from ${client.url}`);
    for (const [remark, times] of Object.entries(manifest.pulled?.remarks ?? {}))
      console.log(`  ${remark} (${number(times)} times)`);
    console.log(`dataset ${manifest.digest}`);
    console.log(`Check it with: npx evenkeel verify ${out}`);
    console.log(`Read it with: npx evenkeel notebooks --data ${out} --out FOLDER`);
  } finally {
    await client.close();
  }
}
