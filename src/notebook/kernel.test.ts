import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { jupyterDataDirectory, registerKernel } from "./kernel.js";
import { toNotebook } from "./percent.js";

describe("jupyterDataDirectory", () => {
  it.each([
    ["linux", {}, "/home/me/.local/share/jupyter"],
    ["linux", { XDG_DATA_HOME: "/data" }, "/data/jupyter"],
    ["linux", { XDG_DATA_HOME: "" }, "/home/me/.local/share/jupyter"],
    ["darwin", { XDG_DATA_HOME: "/data" }, "/home/me/Library/Jupyter"],
    ["darwin", { JUPYTER_DATA_DIR: "/jupyter" }, "/jupyter"],
    ["win32", { APPDATA: "/roaming" }, "/roaming/jupyter"],
  ] as const)("on %s with %j is %s", (platform, env, expected) => {
    expect(jupyterDataDirectory(env, platform, "/home/me")).toBe(expected);
  });
});

describe("registerKernel", () => {
  let folder: string;
  const checkout = (name: string, compiled = true) => {
    const root = join(folder, name);
    mkdirSync(join(root, "dist/notebook"), { recursive: true });
    if (compiled) writeFileSync(join(root, "dist/notebook/kernel-process.js"), "");
    return root;
  };
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "evenkeel-kernel-"));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("writes a kernel of the name that notebooks ask for, with Node and the launcher by their full paths", () => {
    const root = checkout("one");
    const { name, file, replaced } = registerKernel({ dataDirectory: join(folder, "data"), root });
    expect(name).toBe((toNotebook([]).metadata["kernelspec"] as { name: string }).name);
    expect(file).toBe(join(folder, "data/kernels/evenkeel/kernel.json"));
    expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({
      argv: [process.execPath, "--no-warnings", join(root, "dist/notebook/kernel-process.js"), "{connection_file}"],
      display_name: "TypeScript (evenkeel)",
      language: "typescript",
    });
    expect(replaced).toBeUndefined();
  });

  it("leaves a tslab kernel that is there already alone", () => {
    const stock = join(folder, "data/kernels/tslab/kernel.json");
    mkdirSync(join(stock, ".."), { recursive: true });
    writeFileSync(stock, "{}");
    registerKernel({ dataDirectory: join(folder, "data"), root: checkout("one") });
    expect(readFileSync(stock, "utf8")).toBe("{}");
  });

  it("says whose place it takes", () => {
    const dataDirectory = join(folder, "data");
    registerKernel({ dataDirectory, root: checkout("one") });
    expect(registerKernel({ dataDirectory, root: checkout("one") }).replaced).toBeUndefined();
    const { replaced } = registerKernel({ dataDirectory, root: checkout("two") });
    expect(replaced).toBe(join(folder, "one/dist/notebook/kernel-process.js"));
  });

  it("says to build first where nothing is compiled, and writes nothing", () => {
    const root = checkout("one", false);
    expect(() => registerKernel({ dataDirectory: join(folder, "data"), root })).toThrow('Run "npm run build"');
    expect(existsSync(join(folder, "data"))).toBe(false);
  });

  it("says what to do where it cannot write", () => {
    writeFileSync(join(folder, "data"), "a file where a folder should be");
    const register = () => registerKernel({ dataDirectory: join(folder, "data"), root: checkout("one") });
    expect(register).toThrow(/data.kernels.evenkeel: cannot write the kernel there .* set JUPYTER_DATA_DIR/);
  });
});
