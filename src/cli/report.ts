import { spawn } from "node:child_process";
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { MANIFEST_FILE } from "../dataset/manifest.js";
import { EvenkeelError } from "../errors.js";
import { packageRoot } from "../notebook/root.js";
import { writeReport } from "../report/write.js";
import { ifInterrupted } from "./interrupt.js";
import { prepareAll } from "./prepare.js";
import { Progress } from "./progress.js";

export const reportFolder = join(packageRoot, "report");

/** `evenkeel report`: writes the pages for every dataset in data/, or opens what is there. */
export async function reportCommand({ open }: { readonly open?: boolean }): Promise<void> {
  const index = join(reportFolder, "index.html");
  const there = await stat(index).catch(() => undefined);
  if (!open || !there) {
    const progress = new Progress();
    ifInterrupted("the report is as it was");
    const found = await datasets();
    const prepared = await prepareAll(found, {
      onProgress: (i, text) => progress.step(`${found[i]!.name}: ${text}`),
      onDone(i, { failed }) {
        if (failed.length > 0)
          progress.done(`${found[i]!.name} fails its checks; do not trust it:\n  ${failed.join("\n  ")}`);
      },
    });
    const worlds = found.map(({ name, folder }, i) => ({ name, folder, summary: prepared[i]!.summary }));
    await writeReport(reportFolder, worlds, {
      onNotebook: (done, of) => progress.step(`running notebook ${done + 1} of ${of}`),
    });
    ifInterrupted(undefined);
    progress.clear();
    for (const { name, summary } of worlds) console.log(`${name}: ${summary.headline}`);
  }
  console.log(index);
  if (open) openInBrowser(index);
}

async function datasets(): Promise<{ name: string; folder: string }[]> {
  const data = join(packageRoot, "data");
  const entries = (await readdir(data)).filter((name) => !name.startsWith(".")).sort();
  const found: { name: string; folder: string }[] = [];
  for (const name of entries) {
    const folder = join(data, name);
    if (await stat(join(folder, MANIFEST_FILE)).catch(() => undefined)) found.push({ name, folder });
  }
  if (found.length === 0)
    throw new EvenkeelError(
      `${data}: found no dataset; run npm start, or npx evenkeel generate --scenario balanced --seed 42 --out data/balanced-42`,
    );
  return found;
}

function openInBrowser(file: string): void {
  const [command, ...args] = { darwin: ["open"], win32: ["cmd", "/c", "start", ""] }[process.platform as string] ?? [
    "xdg-open",
  ];
  const child = spawn(command!, [...args, file], { stdio: "ignore", detached: true });
  child.on("error", () => console.error(`Found no program to open it with (${command}); open the file yourself.`));
  child.unref();
}
