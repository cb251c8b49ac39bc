import { readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { Worker } from "node:worker_threads";
import { generateDataset } from "../generate.js";
import { SAMPLE_SEED, sample } from "./sample.js";

/**
 * A child process that writes the sample's dataset, for tests that end it in between.
 * Arguments: the folder; what to do before the last table is written: "wait" says so and goes no further, a signal's
 * name sends it to itself, "busy" sends itself SIGINT while a thread goes on writing into the folder that is being
 * filled, "go" goes on; and whether to replace.
 */
const [folder, before, replace] = process.argv.slice(2) as [string, "wait" | "busy" | "go" | NodeJS.Signals, string];

const sleep = (ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

/** For half a second a thread makes files in a folder, as fast as it can. */
function keepWritingInto(filling: string): void {
  const write = `
    const { writeFileSync } = require("node:fs");
    const until = Date.now() + 500;
    for (let i = 0; Date.now() < until; i++)
      try { writeFileSync(${JSON.stringify(filling)} + "/" + i, ""); } catch {}
  `;
  new Worker(write, { eval: true });
}

function fillingFolder(): string {
  const name = readdirSync(dirname(folder)).find((entry) => entry.startsWith(`.${basename(folder)}.partial-`));
  return join(dirname(folder), name!);
}

await generateDataset(sample(), SAMPLE_SEED + 1, folder, {
  replace: replace === "replace",
  onTable(_, position, of) {
    if (position !== of - 1 || before === "go") return;
    if (before === "busy") {
      keepWritingInto(fillingFolder());
      sleep(200);
      process.kill(process.pid, "SIGINT");
    } else if (before !== "wait") process.kill(process.pid, before);
    else {
      process.send!("waiting");
      sleep(Number.POSITIVE_INFINITY);
    }
  },
});
