import { type ChildProcess, fork, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { compile } from "../testing/compile.js";
import { copyOf, readManifest, sampleDataset, tempFolder } from "../testing/dataset.js";
import { formatManifest, MANIFEST_FILE } from "./manifest.js";
import { fillFolder } from "./staging.js";

/** Fills a folder with one file. */
const fill = (folder: string, options = {}, text = "new") =>
  fillFolder(folder, options, async (staging) => {
    await writeFile(join(staging, "file"), text);
    await writeFile(join(staging, MANIFEST_FILE), '{"contractVersion": 1}');
  });

/** Folders beside a folder that a run left behind. */
const leftovers = async (folder: string) =>
  (await readdir(dirname(folder))).filter((name) => name.startsWith(`.${basename(folder)}.partial-`));

/** The id of a process that has ended. */
const deadPid = () => spawnSync(process.execPath, ["-e", ""]).pid;

describe("fillFolder", () => {
  test("makes the folder and its parents, and leaves nothing else", async () => {
    const folder = join(await tempFolder(), "some", "where");
    await fill(folder);
    expect(await readdir(folder)).toEqual(["file", MANIFEST_FILE]);
    expect(await readdir(dirname(folder))).toEqual(["where"]);
  });

  test("fills an empty folder", async () => {
    const folder = await tempFolder();
    await fill(folder);
    expect(await readFile(join(folder, "file"), "utf8")).toBe("new");
  });

  test("shows nothing in its place until all is written", async () => {
    const folder = join(await tempFolder(), "out");
    await fillFolder(folder, {}, async (staging) => {
      await writeFile(join(staging, "file"), "");
      expect(existsSync(folder)).toBe(false);
    });
    expect(existsSync(folder)).toBe(true);
  });

  test("refuses a folder that holds something else, with or without --replace", async () => {
    const folder = await tempFolder();
    await writeFile(join(folder, "thesis.tex"), "");
    const message = `--out ${folder}: found a folder that is not empty and holds no dataset; name a new or empty folder`;
    for (const replace of [false, true]) await expect(fill(folder, { replace })).rejects.toThrow(message);
    // Manifests are not ours alone: browser extensions have one, too.
    await writeFile(join(folder, MANIFEST_FILE), '{"manifest_version": 3, "name": "An extension"}');
    await expect(fill(folder, { replace: true })).rejects.toMatchObject({ message, exitCode: 2 });
    await writeFile(join(folder, MANIFEST_FILE), "{ broken");
    await expect(fill(folder, { replace: true })).rejects.toThrow(message);
    expect(await readdir(folder)).toEqual([MANIFEST_FILE, "thesis.tex"]);
  });

  test("refuses a file in the way, at the folder or above it", async () => {
    const folder = await tempFolder();
    await writeFile(join(folder, "file"), "mine");
    for (const inTheWay of [join(folder, "file"), join(folder, "file", "below")])
      await expect(fill(inTheWay, { replace: true })).rejects.toMatchObject({
        message: `--out ${inTheWay}: a file is in the way; name a new or empty folder`,
        exitCode: 2,
      });
    expect(await readFile(join(folder, "file"), "utf8")).toBe("mine");
  });

  test("says so where nothing can be written", async () => {
    // Nobody, not even root, can make a folder here.
    await expect(fill("/proc/1/dataset")).rejects.toMatchObject({
      message: expect.stringMatching(
        /^--out \/proc\/1\/dataset: cannot be written \(.*\); name a folder that you may write to$/,
      ),
      exitCode: 2,
    });
  });

  test("replaces a dataset only if told to, with all that was in it", async () => {
    const folder = join(await tempFolder(), "out");
    await fill(folder, {}, "old");
    await writeFile(join(folder, "more"), "");
    await expect(fill(folder)).rejects.toThrow(
      `--out ${folder}: found a dataset there already; name another folder, or add --replace`,
    );
    expect(await readFile(join(folder, "file"), "utf8")).toBe("old");
    await fill(folder, { replace: true });
    expect(await readdir(folder)).toEqual(["file", MANIFEST_FILE]);
    expect(await readFile(join(folder, "file"), "utf8")).toBe("new");
    expect(await leftovers(folder)).toEqual([]);
  });

  test("leaves what was there as it was if the filling fails, and nothing beside it", async () => {
    const folder = join(await tempFolder(), "out");
    await fill(folder, {}, "old");
    const failing = fillFolder(folder, { replace: true }, async (staging) => {
      await writeFile(join(staging, "file"), "half");
      throw new Error("no space left");
    });
    await expect(failing).rejects.toThrow("no space left");
    expect(await readFile(join(folder, "file"), "utf8")).toBe("old");
    expect(await leftovers(folder)).toEqual([]);
  });

  test("does not keep listening to signals", async () => {
    const before = process.listenerCount("SIGINT");
    await fill(join(await tempFolder(), "out"));
    expect(process.listenerCount("SIGINT")).toBe(before);
  });

  test("clears what runs left behind that are over, and only that", async () => {
    const parent = await tempFolder();
    const mine = [
      `.out.partial-${process.ppid}`,
      ".out.partial-notes",
      ".other.partial-1",
      `.out.partials-${deadPid()}`,
    ];
    for (const name of [...mine, `.out.partial-${deadPid()}`]) await mkdir(join(parent, name));
    await fill(join(parent, "out"));
    expect((await readdir(parent)).sort()).toEqual([...mine, "out"].sort());
  });

  test("puts back a dataset that a run was about to replace when it was killed", async () => {
    const folder = join(await tempFolder(), "out");
    await fill(folder, {}, "old");
    const pid = deadPid();
    await mkdir(join(dirname(folder), `.out.partial-${pid}`));
    await rename(folder, join(dirname(folder), `.out.partial-${pid}.old`));
    await expect(fill(folder)).rejects.toThrow("found a dataset there already");
    expect(await readFile(join(folder, "file"), "utf8")).toBe("old");
    expect(await leftovers(folder)).toEqual([]);
  });

  test("removes the old dataset that a killed run had replaced, but not yet removed", async () => {
    const folder = join(await tempFolder(), "out");
    await fill(folder, {}, "newer");
    await mkdir(join(dirname(folder), `.out.partial-${deadPid()}.old`));
    await expect(fill(folder)).rejects.toThrow("found a dataset there already");
    expect(await readFile(join(folder, "file"), "utf8")).toBe("newer");
    expect(await leftovers(folder)).toEqual([]);
  });
});

describe("a generation that is ended from outside", () => {
  let program: string;

  beforeAll(async () => {
    program = compile("testing/generate-process.ts", await tempFolder());
  });

  const start = (folder: string, before: string, replace = ""): ChildProcess =>
    fork(program, [folder, before, replace], { stdio: ["ignore", "ignore", "inherit", "ipc"], execArgv: [] });

  async function kill(folder: string, replace = ""): Promise<void> {
    const child = start(folder, "wait", replace);
    await once(child, "message");
    child.kill("SIGKILL");
    await once(child, "exit");
  }

  test("by SIGKILL leaves no dataset, and the next run clears what it left", async () => {
    const folder = join(await tempFolder(), "out");
    await kill(folder);
    expect(existsSync(folder)).toBe(false);
    const [partial] = await leftovers(folder);
    expect((await readdir(join(dirname(folder), partial!))).length).toBeGreaterThan(5);

    const [code] = await once(start(folder, "go"), "exit");
    expect(code).toBe(0);
    expect(await leftovers(folder)).toEqual([]);
    expect((await readManifest(folder)).scenario).toBe("sample");
  });

  test("by SIGKILL leaves the dataset that it was to replace as it was", async () => {
    const folder = await copyOf(await sampleDataset());
    const before = formatManifest(await readManifest(folder));
    await kill(folder, "replace");
    expect(formatManifest(await readManifest(folder))).toBe(before);

    const [code] = await once(start(folder, "go", "replace"), "exit");
    expect(code).toBe(0);
    expect(await leftovers(folder)).toEqual([]);
    expect(formatManifest(await readManifest(folder))).not.toBe(before);
  });

  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ])("by %s ends with %i, cleans up after itself and leaves what was there as it was", async (signal, exitCode) => {
    const folder = await copyOf(await sampleDataset());
    const before = formatManifest(await readManifest(folder));
    const [code] = await once(start(folder, signal, "replace"), "exit");
    expect(code).toBe(exitCode);
    expect(formatManifest(await readManifest(folder))).toBe(before);
    expect(await leftovers(folder)).toEqual([]);
  });

  test("by SIGINT while a thread still writes ends as quietly, and cleans up as well", async () => {
    const folder = join(await tempFolder(), "out");
    const [code] = await once(start(folder, "busy"), "exit");
    expect(code).toBe(130);
    expect(await readdir(dirname(folder))).toEqual([]);
  });
});
