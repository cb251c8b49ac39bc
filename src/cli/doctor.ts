import { writeFile } from "node:fs/promises";
import { formatContract } from "../dataset/write.js";
import { EvenkeelError } from "../errors.js";
import { diagnoseServer } from "../prometheus/doctor.js";
import { draftContract } from "../prometheus/draft-contract.js";
import { probe } from "../prometheus/probe.js";
import { number, percent } from "../units/format.js";
import { Progress } from "./progress.js";
import { connectTo, wiringOf } from "./server.js";
import type { ServerFlags } from "./server-options.js";
import { textTable } from "./text-table.js";

export interface DoctorFlags extends ServerFlags {
  readonly at?: number;
  readonly draft?: string;
}

/** `evenkeel doctor`: what a server shows, what is missing, and what the analysis can say with it. */
export async function doctorCommand({ at, draft: draftFile, ...server }: DoctorFlags): Promise<void> {
  const progress = new Progress();
  const { contract, wiring } = await wiringOf(server);
  const client = await connectTo(server);
  try {
    progress.step(`asking ${client.url}`);
    const atMs = at ?? Date.now();
    const probed = await probe(client, wiring, atMs);
    const { exporters, met, questions, remarks, ready } = diagnoseServer(probed, contract, wiring);
    progress.clear();
    const gpus = probed.nodes.reduce((sum, { capacity }) => sum + capacity, 0);
    console.log(
      `${client.url}: version ${probed.version ?? "unknown"}, at ${new Date(atMs).toISOString()}: ${number(probed.nodes.length)} nodes with ${number(gpus)} GPUs, ${number(probed.clusterQueues.length)} ClusterQueues\n`,
    );
    console.log(
      textTable(
        ["exporter", "jobs", "targets up", "every", "version", "dialect"],
        exporters.map((one) => [
          one.exporter,
          one.jobs.join(", ") || "none",
          `${one.up} of ${one.targets}`,
          one.intervalSeconds === undefined ? "" : `${one.intervalSeconds} s`,
          one.version ?? "",
          one.dialect,
        ]),
      ),
    );
    console.log("");
    console.log(
      textTable(
        ["what is read", "", "from", "without it", "what adds it"],
        met.map(({ need, covered }) => [
          need.name,
          covered === 1 ? "ok" : covered > 0 ? percent(covered) : need.required ? "MISSING" : "missing",
          need.exporter,
          covered === 1 ? "" : need.without,
          covered === 1 ? "" : need.setting,
        ]),
      ),
    );
    console.log("");
    console.log(
      textTable(
        ["question", "answer", "because"],
        questions.map(({ question, answer, because }) => [question, answer, because]),
      ),
    );
    if (remarks.length > 0) console.log(`\n${remarks.map(({ about, text }) => `${about}: ${text}`).join("\n")}`);
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
