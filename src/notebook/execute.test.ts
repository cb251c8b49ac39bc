import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type * as executeModule from "./execute.js";
import type { Execution } from "./execute.js";
import { type CodeCell, type Notebook, stringify } from "./notebook.js";
import { parse, toNotebook } from "./percent.js";
import { compileTestPackage, type TestPackage } from "./testing.js";

let fixture: TestPackage;
let execute: typeof executeModule.execute;
let executeMany: typeof executeModule.executeMany;

beforeAll(async () => {
  fixture = compileTestPackage();
  ({ execute, executeMany } = await fixture.load<typeof executeModule>("execute"));
});
afterAll(() => fixture.remove());

/** A notebook of code cells a, b, c ... */
function notebook(...sources: string[]): Notebook {
  return toNotebook(sources.map((text, index) => ({ kind: "code", slug: String.fromCharCode(97 + index), text })));
}

function outputs(execution: Execution | undefined) {
  return execution!.notebook.cells.map((cell) => (cell as CodeCell).outputs);
}

function failure(execution: Execution | undefined) {
  if (execution!.ok) throw new Error("the notebook did not fail");
  return execution!.failure;
}

const stream = (name: string, ...text: string[]) => ({ output_type: "stream", name, text });

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function goneSoon(pid: number): Promise<boolean> {
  for (let i = 0; i < 100 && isAlive(pid); i++) await delay(100);
  return !isAlive(pid);
}

describe("what cells put out", () => {
  let ran: Execution;
  const source = parse(
    `// %% [markdown] intro
// # Title
// %% streams
console.log("a", 1);
process.stdout.write("b\\n");
console.error("c");
console.log({ deep: [1, [2, [3, [4]]]] });
// %% empty
// %% displays
import { display, newDisplay } from "tslab";
display.html("<b>one</b>\\n<i>two</i>");
display.png(Uint8Array.of(1, 2, 3));
// %% result
const six: number = await Promise.resolve(6);
for await (const n of [Promise.resolve(1)]) console.log(n);
six * 7
// %% shorthand
console.log({ six });
// %% bundle
import { show } from "evenkeel";
show([{ nodegroup: "a100", gpus: 64 }], { caption: "GPUs" });
// %% later
const one = newDisplay();
one.text("before");
// %% update
one.text("after");
// %% import
const esm = await import("awaiting-at-top-level");
esm.answer
// %% warning
process.emitWarning("careful", "ExperimentalWarning");
new Buffer(1);
void setTimeout(() => {}, 1e6);
`,
    "x.ts",
  );

  beforeAll(async () => {
    const directory = join(fixture.root, "node_modules/awaiting-at-top-level");
    mkdirSync(directory, { recursive: true });
    const manifest = {
      name: "awaiting-at-top-level",
      type: "module",
      exports: { import: "./index.js" },
      types: "index.d.ts",
    };
    writeFileSync(join(directory, "package.json"), JSON.stringify(manifest));
    writeFileSync(join(directory, "index.js"), "export const answer = await Promise.resolve(42);\n");
    writeFileSync(join(directory, "index.d.ts"), "export declare const answer: number;\n");
    ran = await execute(toNotebook(source));
  });

  const cell = (slug: string) => ran.notebook.cells.find(({ id }) => id === slug) as CodeCell;

  it("comes without a failure", () => {
    expect(ran).toMatchObject({ ok: true });
  });

  it("is in nbformat's own form, streams merged where they neighbour", () => {
    expect(cell("streams").outputs).toEqual([
      stream("stdout", "a 1\n", "b\n"),
      stream("stderr", "c\n"),
      stream("stdout", "{ deep: [ 1, [ 2, [Array] ] ] }\n"),
    ]);
  });

  it("leaves markdown and empty cells alone and counts the others from 1", () => {
    expect(ran.notebook.cells[0]).toEqual(toNotebook(source).cells[0]);
    expect(cell("empty")).toMatchObject({ execution_count: null, outputs: [] });
    const counts = ran.notebook.cells.flatMap((cell) => (cell.cell_type === "code" ? [cell.execution_count] : []));
    expect(counts).toEqual([1, null, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it("comes of what earlier cells declared, in the short form of a property too", () => {
    expect(cell("shorthand").outputs).toEqual([stream("stdout", "{ six: 6 }\n")]);
  });

  it("keeps several displays of one cell apart", () => {
    expect(cell("displays").outputs).toEqual([
      { output_type: "display_data", data: { "text/html": ["<b>one</b>\n", "<i>two</i>"] }, metadata: {} },
      { output_type: "display_data", data: { "image/png": "AQID" }, metadata: {} },
    ]);
  });

  it("has the value of a last expression as the cell's result, after a top-level await too", () => {
    expect(cell("result").outputs).toEqual([
      stream("stdout", "1\n"),
      { output_type: "execute_result", execution_count: 3, data: { "text/plain": ["42"] }, metadata: {} },
    ]);
  });

  it("has several forms of one thing in one output", () => {
    const [bundle, ...others] = cell("bundle").outputs;
    expect(others).toEqual([]);
    expect(Object.keys((bundle as { data: object }).data).sort()).toEqual(["text/html", "text/plain"]);
  });

  it("has an updated display where it first stood, without its random id", () => {
    expect(cell("later").outputs).toEqual([
      { output_type: "display_data", data: { "text/plain": ["after"] }, metadata: {} },
    ]);
    expect(cell("update").outputs).toEqual([]);
  });

  it("has what import() of a module that awaits at its top level gives", () => {
    expect(cell("import").outputs).toMatchObject([{ data: { "text/plain": ["42"] } }]);
  });

  it("is free of Node's warnings, and of what is still to come when the cells are done", () => {
    expect(cell("warning").outputs).toEqual([]);
  });
});

describe("a cell that fails", () => {
  let ran: Execution[];
  const secondCell = "console.log('never')";
  const notebooks = {
    type: notebook("const gpus: number = 1;\nconst name: string = gpus;", secondCell),
    thrown: notebook(
      `function check(gpus: number): void {
  // Comes out of the compiled code.
  if (gpus < 0) throw new RangeError(gpus + " GPUs in " + process.cwd() + "/data", { cause: new Error("typo") });
}`,
      "console.log('before');\nfor (const gpus of [1, -1]) {\n  check(gpus);\n}",
      secondCell,
    ),
    shorthand: notebook(
      "const f = (..._: object[]) => {};\nconst a = 1;\nf({ a }, { b }); let c: string = a;",
      secondCell,
    ),
    awaited: notebook('await Promise.reject(new TypeError("late"));', secondCell),
    background: notebook('void Promise.reject(new Error("nobody awaits"));', secondCell),
    timer: notebook('setTimeout(() => { throw new Error("tick"); }, 10);\nawait new Promise(() => {});', secondCell),
    text: notebook('throw "text";', secondCell),
    module: notebook('import { x } from "no-such-module";', secondCell),
    file: notebook('import * as fs from "node:fs";\nfs.readFileSync(process.cwd() + "/none.csv");', secondCell),
  };
  const of = (name: keyof typeof notebooks) => ran[Object.keys(notebooks).indexOf(name)]!;
  const error = (name: keyof typeof notebooks, cell = 0) => outputs(of(name))[cell]!.at(-1);

  beforeAll(async () => {
    ran = await executeMany(Object.entries(notebooks).map(([name, notebook]) => ({ name, notebook })));
  });

  it("ends the notebook there, and is named", () => {
    for (const [index, name] of Object.keys(notebooks).entries()) {
      const { kind, message } = failure(ran[index]);
      expect(kind).toBe("error");
      expect(message).toMatch(
        name === "thrown" ? /^thrown: cell "b" \[2\]: / : new RegExp(`^${name}: cell "a" \\[1\\]: `),
      );
      expect(ran[index]!.notebook.cells.at(-1)).toMatchObject({ execution_count: null, outputs: [] });
    }
  });

  it("shows where the types do not fit", () => {
    expect(error("type")).toEqual({
      output_type: "error",
      ename: "TypeScriptError",
      evalue: "line 2, column 7: Type 'number' is not assignable to type 'string'.",
      traceback: [
        "line 2, column 7: Type 'number' is not assignable to type 'string'.",
        "  const name: string = gpus;",
        "        ^",
      ],
    });
    expect(error("shorthand")).toMatchObject({
      traceback: [
        "line 3, column 12: Cannot find name 'b'.",
        "  f({ a }, { b }); let c: string = a;",
        `  ${" ".repeat(11)}^`,
        "line 3, column 22: Type 'number' is not assignable to type 'string'.",
        "  f({ a }, { b }); let c: string = a;",
        `  ${" ".repeat(21)}^`,
      ],
    });
    expect(error("module")).toMatchObject({ evalue: expect.stringContaining("Cannot find module 'no-such-module'") });
  });

  it("shows what was thrown, its cause, and the author's lines on the way, without paths of this machine", () => {
    const line3 =
      'if (gpus < 0) throw new RangeError(gpus + " GPUs in " + process.cwd() + "/data", { cause: new Error("typo") });';
    expect(error("thrown", 1)).toEqual({
      output_type: "error",
      ename: "RangeError",
      evalue: "-1 GPUs in data",
      traceback: [
        "RangeError: -1 GPUs in data",
        `    at check (cell [1]), line 3: ${line3}`,
        "    at cell [2], line 3: check(gpus);",
        "Caused by: Error: typo",
        `    at check (cell [1]), line 3: ${line3}`,
        "    at cell [2], line 3: check(gpus);",
      ],
    });
    expect(outputs(of("thrown"))[1]![0]).toEqual(stream("stdout", "before\n"));
    expect(error("file")).toMatchObject({ evalue: "ENOENT: no such file or directory, open 'none.csv'" });
  });

  it("may fail by a promise, awaited or not, by a timer, or with something that is no Error", () => {
    expect(error("awaited")).toMatchObject({ ename: "TypeError", evalue: "late" });
    expect(error("background")).toMatchObject({ ename: "Error", evalue: "nobody awaits" });
    expect(error("timer")).toMatchObject({ ename: "Error", evalue: "tick" });
    expect(error("text")).toMatchObject({ ename: "Thrown", evalue: "'text'" });
  });

  it("puts out the same bytes when the checkout lies elsewhere", async () => {
    const moved = fixture.copy();
    try {
      const { executeMany } = await moved.load<typeof executeModule>("execute");
      const there = await executeMany(Object.entries(notebooks).map(([name, notebook]) => ({ name, notebook })));
      expect(there.map(({ notebook }) => stringify(notebook))).toEqual(ran.map(({ notebook }) => stringify(notebook)));
    } finally {
      moved.remove();
    }
  });
});

describe.concurrent("the time limit", () => {
  it.each([
    ["awaits what never comes", "await new Promise(() => {});", "pid-await"],
    ["loops without end", "for (;;);", "pid-loop"],
  ])("stops a cell that %s, names it, and leaves no process behind", async (_, cell, pidFile) => {
    const first = `import * as fs from "node:fs";\nfs.writeFileSync("${pidFile}", String(process.pid));\nconsole.log("kept");`;
    const ran = await execute(notebook(first, cell, "1"), { name: "slow", timeoutSeconds: 4 });
    expect(failure(ran)).toMatchObject({ kind: "time-limit", cell: "b" });
    expect(failure(ran).message).toMatch(
      /^slow: cell "b" \[2\]: still running .* time limit of 4 s .* raise the limit/,
    );
    expect(outputs(ran)[0]).toEqual([stream("stdout", "kept\n")]);
    expect(await goneSoon(Number(readFileSync(join(fixture.root, pidFile), "utf8")))).toBe(true);
  });
});

describe.concurrent("the process of a notebook", () => {
  it("that ends in a cell is reported with the cell and the exit code", async () => {
    const ran = await execute(notebook("1", "process.exit(7)"), { name: "quitter" });
    expect(failure(ran)).toMatchObject({ kind: "ended", cell: "b" });
    expect(failure(ran).message).toContain('quitter: cell "b" [2]: the process that ran it ended (exit code 7');
  });

  it.each(["SIGINT", "SIGKILL"] as const)("does not outlive ours, even in an endless loop, on %s", async (signal) => {
    const pidFile = join(fixture.root, `pid-${signal}`);
    const loop = notebook(
      `require("node:fs").writeFileSync(${JSON.stringify(pidFile)}, String(process.pid));\nfor (;;);`,
    );
    const script = `
      import { execute } from ${JSON.stringify(join(fixture.root, "dist/notebook/execute.js"))};
      await execute(${JSON.stringify(loop)});
    `;
    const parent = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: "inherit" });
    const ended = new Promise((resolve) => parent.on("exit", (_, signal) => resolve(signal)));
    while (!existsSync(pidFile)) await delay(100);
    await delay(300);
    const pid = Number(readFileSync(pidFile, "utf8"));
    expect(isAlive(pid)).toBe(true);
    parent.kill(signal);
    expect(await ended).toBe(signal);
    expect(await goneSoon(pid)).toBe(true);
  });

  it("sees our environment and the job's, in UTC and without colours", async () => {
    const show = `["HERE", "PATH", "GONE"].map((name) => typeof process.env[name]).join();`;
    process.env["GONE"] = "1";
    const ran = await execute(
      notebook(show, "new Date(0).toString()", "console.log([new Date(0).toLocaleString(), /x/, 1])"),
      { env: { HERE: "1", GONE: undefined } },
    );
    delete process.env["GONE"];
    expect(outputs(ran)).toMatchObject([
      [{ data: { "text/plain": ["string,string,undefined"] } }],
      [{ data: { "text/plain": ["Thu Jan 01 1970 00:00:00 GMT+0000 (Coordinated Universal Time)"] } }],
      [{ text: ["[ '1/1/1970, 12:00:00 AM', /x/, 1 ]\n"] }],
    ]);
  });
});

describe("notebooks that share a compiler", () => {
  const greedy = notebook(
    `/** @module helper */\nexport const x: number = 1;`,
    `import { x } from "./helper";\n(globalThis as any).leak = x;\nprocess.env["LEAK"] = "1";\nrequire("tslab").leak = 1;`,
    "interface Leak { x: number }\nconst y: Leak = { x };\ny",
  );
  const clean = notebook(
    `[(globalThis as any).leak, process.env["LEAK"], require("tslab").leak]`,
    `import { show } from "evenkeel";\nconst x = "text";\nshow([{ x }], { caption: x });`,
    "const y = x.length;\ny",
  );
  const importing = notebook('import { twice } from "./local";\ntwice(21)');

  it("put out what they do alone, in whatever order they run", async () => {
    writeFileSync(join(fixture.root, "local.ts"), "export const twice = (x: number) => 2 * x;\n");
    const alone = await Promise.all([greedy, clean, importing].map((notebook) => execute(notebook)));
    const bytes = alone.map(({ notebook }) => stringify(notebook));
    expect(alone.map(({ ok }) => ok)).toEqual([true, true, true]);
    expect(outputs(alone[1])[0]).toMatchObject([{ data: { "text/plain": ["[ undefined, undefined, undefined ]"] } }]);
    expect(outputs(alone[2])[0]).toMatchObject([{ data: { "text/plain": ["42"] } }]);

    const order = [0, 1, 2, 1];
    const jobs = order.map((index) => ({ name: "shared", notebook: [greedy, clean, importing][index]! }));
    const shared = await executeMany(jobs, { concurrency: 1 });
    expect(shared.map(({ notebook }) => stringify(notebook))).toEqual(order.map((index) => bytes[index]));
  });

  it("do not see a module that another one's cell defined", async () => {
    const [, other] = await executeMany(
      [greedy, notebook('import { x } from "./helper";')].map((notebook) => ({ name: "shared", notebook })),
      { concurrency: 1 },
    );
    expect(failure(other).message).toContain("Cannot find module './helper'");
  });

  it("are reported in the order of the jobs, cell by cell as they run", async () => {
    const seen: string[] = [];
    const jobs = ["await new Promise((done) => setTimeout(done, 1500)); 1", "2", "3"].map((source, index) => ({
      name: `n${index}`,
      notebook: notebook(source, "0"),
      onCell: ({ slug, count, of }: { slug: string; count: number; of: number }) => {
        seen.push(`${index} ${slug} ${count}/${of}`);
      },
    }));
    const ran = await executeMany(jobs, { concurrency: 2 });
    expect(ran.map((execution) => outputs(execution)[0])).toMatchObject(
      ["1", "2", "3"].map((text) => [{ data: { "text/plain": [text] } }]),
    );
    expect(seen.sort()).toEqual(["0 a 1/2", "0 b 2/2", "1 a 1/2", "1 b 2/2", "2 a 1/2", "2 b 2/2"]);
  });

  it("need at least one at a time, and time", async () => {
    await expect(executeMany([], { concurrency: 0 })).rejects.toThrow("concurrency: found 0");
    await expect(execute(notebook("1"), { name: "n", timeoutSeconds: 0 })).rejects.toThrow(
      "n: timeoutSeconds: found 0",
    );
  });
});
