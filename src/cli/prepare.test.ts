import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { compile, compileInto } from "../testing/compile.js";
import { tempFolder } from "../testing/dataset.js";

describe.skipIf(process.platform === "win32")("preparing a dataset", () => {
  let program: string;

  beforeAll(async () => {
    const folder = await tempFolder();
    program = compile("testing/prepare-process.ts", folder);
    compileInto(["cli/prepare-process.ts"], join(folder, "src"));
  });

  /** Starts to prepare, sends a signal once it says something, and waits until all that it started has ended. */
  async function stopped(at: RegExp, signal: NodeJS.Signals) {
    const folder = await tempFolder();
    const child = spawn(process.execPath, [program, join(folder, "data")], { stdio: ["ignore", "pipe", "pipe"] });
    let [out, err] = ["", ""];
    child.stdout.on("data", (text) => {
      if (!at.test(out) && at.test(out + text)) child.kill(signal);
      out += text;
    });
    child.stderr.on("data", (text) => {
      err += text;
    });
    const exited = once(child, "exit");
    const closed = once(child, "close");
    const [code] = await exited;
    const left = await readdir(folder);
    // Its own process holds the other end of stderr until it has ended.
    await closed;
    return { code, err, left, leftAtLast: await readdir(folder) };
  }

  test.each<[NodeJS.Signals, RegExp, number]>([
    ["SIGINT", /writing kube_pod/, 130],
    ["SIGTERM", /simulating, 2 days/, 143],
  ])("ends by %s at %s when its process has cleaned up, without a trace", async (signal, at, exitCode) => {
    expect(await stopped(at, signal)).toEqual({ code: exitCode, err: "Interrupted\n", left: [], leftAtLast: [] });
  });

  test("does not outlive its parent, and leaves nothing either", async () => {
    expect(await stopped(/writing kube_pod/, "SIGKILL")).toMatchObject({ err: "", leftAtLast: [] });
  });
});
