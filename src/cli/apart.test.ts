import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { tempFolder } from "../testing/dataset.js";
import { doApart } from "./apart.js";

/** A process of one's own that does something with each job. */
async function moduleOf(work: string): Promise<URL> {
  const file = join(await tempFolder(), "process.mjs");
  await writeFile(
    file,
    `process.once("disconnect", () => process.exit());\nprocess.on("message", (job) => { ${work} });\n`,
  );
  return pathToFileURL(file);
}

const nameOf = (job: number) => `job ${job}`;

test("results come in the order of the jobs, whichever is done first", async () => {
  const module = await moduleOf("setTimeout(() => process.send({ done: job * 2 }), 200 / job)");
  expect(await doApart<number, number>([1, 2, 3, 4], { module, nameOf }, {})).toEqual([2, 4, 6, 8]);
});

test("a process that ends at its job, or between two, is an error that names the job", async () => {
  const atJob = await moduleOf("process.exit(7)");
  await expect(doApart([1], { module: atJob, nameOf }, {})).rejects.toThrow(
    "job 1: the process that worked on it ended (exit code 7); run this again",
  );
  const between = await moduleOf("process.send({ done: 1 }, () => process.exit(7))");
  const onDone = () => wait(500);
  await expect(doApart([1, 2, 3, 4, 5], { module: between, nameOf }, { onDone })).rejects.toThrow(
    /^job \d: the process that worked on it ended \(exit code 7\); run this again$/,
  );
});
