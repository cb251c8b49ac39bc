import { writeFile } from "node:fs/promises";
import { formatContract } from "../dataset/write.js";
import { EvenkeelError } from "../errors.js";
import { diagnoseServer } from "../prometheus/doctor.js";
import { draftContract } from "../prometheus/draft-contract.js";
import { probe } from "../prometheus/probe.js";
import { exportersSheet, needsSheet, questionsSheet } from "../prometheus/sheets.js";
import { number } from "../units/format.js";
import { Progress } from "./progress.js";
import { connectTo, wiringOf } from "./server.js";
import type { ServerFlags } from "./server-options.js";
import { textTable } from "./text-table.js";

export interface DoctorFlags extends ServerFlags {
  readonly at?: number;
  readonly draft?: string;
}

/** Of one question, which is asked twice at most, and of all together: whoever asks wants to know within a minute. */
const PATIENCE_MS = 20_000;
const WITHIN_MS = 55_000;

/** `evenkeel doctor`: what a server shows, what is missing, and what the analysis can say with it. */
export async function doctorCommand({ at, draft: draftFile, ...server }: DoctorFlags): Promise<void> {
  const progress = new Progress();
  const { contract, wiring } = await wiringOf(server);
  const client = await connectTo(server, {
    timeoutMs: PATIENCE_MS,
    withinMs: server.timeout === undefined ? WITHIN_MS : undefined,
    attempts: 2,
  });
  try {
    progress.step(`asking ${client.url}`);
    const atMs = at ?? Date.now();
    const probed = await probe(client, wiring, atMs);
    const report = diagnoseServer(probed, contract, wiring);
    const { remarks, ready } = report;
    progress.clear();
    const gpus = probed.nodes.reduce((sum, { capacity }) => sum + capacity, 0);
    console.log(
      `${client.url}: version ${probed.version ?? "unknown"}, at ${new Date(atMs).toISOString()}: ${number(probed.nodes.length)} nodes with ${number(gpus)} GPUs, ${number(probed.clusterQueues.length)} ClusterQueues\n`,
    );
    for (const { columns, rows } of [exportersSheet(report), needsSheet(report), questionsSheet(report)])
      console.log(`${textTable(columns, rows)}\n`);
    if (remarks.length > 0) console.log(`${remarks.map(({ about, text }) => `${about}: ${text}`).join("\n")}`);
    if (draftFile !== undefined) {
      const { contract: drafted, assumed } = draftContract(
        probed,
        wiring.matchers?.["cluster"] ?? new URL(server.url).hostname,
        wiring,
      );
      await writeFile(draftFile, formatContract(drafted), { flag: "wx" }).catch((cause: NodeJS.ErrnoException) => {
        throw new EvenkeelError(
          cause.code === "EEXIST"
            ? `--draft ${draftFile}: a file is there already; name another`
            : `--draft ${draftFile}: cannot be written (${cause.code}); name another file`,
          2,
          { cause },
        );
      });
      console.log(
        `\n${draftFile}: a contract to complete. Look at what was assumed:\n${assumed.map((text) => `  - ${text}`).join("\n")}`,
      );
    }
    if (ready) console.log("\nPull a week with: npx evenkeel pull --url URL --start DAY --end DAY --out FOLDER");
    else {
      console.log("\nNot enough to analyse: add what is MISSING, and ask again");
      process.exitCode = 1;
    }
  } finally {
    await client.close();
  }
}
