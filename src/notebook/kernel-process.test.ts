import { type ChildProcess, spawn } from "node:child_process";
import { createHmac, randomUUID } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Dealer, Subscriber } from "zeromq";
import type * as executeModule from "./execute.js";
import type * as kernelModule from "./kernel.js";
import { type CodeCell, languageInfo } from "./notebook.js";
import { toNotebook } from "./percent.js";
import { compileTestPackage, type TestPackage } from "./testing.js";

type Content = Record<string, unknown>;

interface Received {
  type: string;
  parent: string;
  content: Content;
}

/** What Jupyter is to a kernel: starts it from its kernel.json and speaks the wire protocol with it. */
class Client {
  readonly #key = randomUUID();
  readonly #shell = new Dealer({ linger: 0 });
  readonly #control = new Dealer({ linger: 0 });
  readonly #iopub = new Subscriber({ linger: 0 });
  readonly #published: Received[] = [];
  #wake = () => {};
  kernel!: ChildProcess;

  async start(kernelFile: string, folder: string): Promise<void> {
    const ports = await freePorts(5);
    const [shell_port, iopub_port, stdin_port, control_port, hb_port] = ports;
    const connection = { transport: "tcp", ip: "127.0.0.1", key: this.#key, signature_scheme: "hmac-sha256" };
    const file = join(folder, `connection-${this.#key}.json`);
    writeFileSync(file, JSON.stringify({ ...connection, shell_port, iopub_port, stdin_port, control_port, hb_port }));
    const { argv, env } = JSON.parse(readFileSync(kernelFile, "utf8")) as { argv: string[]; env: NodeJS.ProcessEnv };
    const [program, ...args] = argv.map((arg) => arg.replace("{connection_file}", file));
    // Like Jupyter, in the notebook's folder, and telling who its parent is.
    this.kernel = spawn(program!, args, {
      cwd: folder,
      env: { ...process.env, ...env, JPY_PARENT_PID: String(process.pid) },
      stdio: ["ignore", "inherit", "inherit"],
    });
    this.#shell.connect(`tcp://127.0.0.1:${shell_port}`);
    this.#control.connect(`tcp://127.0.0.1:${control_port}`);
    this.#iopub.connect(`tcp://127.0.0.1:${iopub_port}`);
    this.#iopub.subscribe();
    void this.#listen();
    // The subscription takes effect a little after the connection: ask until it does.
    while (this.#published.length === 0) {
      await this.ask("kernel_info_request");
      await delay(50);
    }
  }

  async #listen(): Promise<void> {
    for await (const frames of this.#iopub) {
      this.#published.push(this.#parse(frames));
      this.#wake();
    }
  }

  #parse(frames: Buffer[]): Received {
    const [signature, ...parts] = frames.slice(frames.findIndex((frame) => frame.toString() === "<IDS|MSG>") + 1);
    expect(signature!.toString()).toBe(this.#sign(parts));
    const [header, parent, , content] = parts.map((part) => JSON.parse(part.toString()) as Content);
    return { type: String(header!["msg_type"]), parent: String(parent!["msg_id"]), content: content! };
  }

  #sign(parts: readonly (string | Buffer)[]): string {
    return parts.reduce((hmac, part) => hmac.update(part), createHmac("sha256", this.#key)).digest("hex");
  }

  async send(type: string, content: Content, socket: "shell" | "control" = "shell"): Promise<string> {
    const msg_id = randomUUID();
    const header = {
      msg_id,
      msg_type: type,
      session: this.#key,
      username: "test",
      date: "2026-01-01T00:00:00Z",
      version: "5.3",
    };
    const parts = [header, {}, {}, content].map((part) => JSON.stringify(part));
    await (socket === "shell" ? this.#shell : this.#control).send(["<IDS|MSG>", this.#sign(parts), ...parts]);
    return msg_id;
  }

  async reply(socket: "shell" | "control" = "shell"): Promise<Received> {
    return this.#parse((await (socket === "shell" ? this.#shell : this.#control).receive()) as Buffer[]);
  }

  async ask(type: string, content: Content = {}, socket: "shell" | "control" = "shell"): Promise<Content> {
    const id = await this.send(type, content, socket);
    const reply = await this.reply(socket);
    expect(reply).toMatchObject({ parent: id, type: type.replace("request", "reply") });
    return reply.content;
  }

  sendCode(code: string, more: Content = {}): Promise<string> {
    return this.send("execute_request", { code, silent: false, store_history: true, stop_on_error: true, ...more });
  }

  /** What was published for a request, once the kernel is idle after it. */
  async published(id: string): Promise<Received[]> {
    for (;;) {
      const mine = this.#published.filter(({ parent }) => parent === id);
      if (mine.at(-1)?.content["execution_state"] === "idle") return mine.filter(({ type }) => type !== "status");
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  /** Run a cell: its reply, and what it published after its own code. */
  async run(code: string): Promise<{ reply: Content; outputs: [type: string, content: Content][] }> {
    const id = await this.sendCode(code);
    const reply = await this.reply();
    const [input, ...outputs] = await this.published(id);
    const count = reply.content["execution_count"];
    expect(input).toMatchObject({ type: "execute_input", content: { code, execution_count: count } });
    return { reply: reply.content, outputs: outputs.map(({ type, content }) => [type, content]) };
  }

  close(): void {
    for (const socket of [this.#shell, this.#control, this.#iopub]) socket.close();
    this.kernel.kill("SIGKILL");
  }
}

async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

describe("the kernel, over Jupyter's protocol", () => {
  let fixture: TestPackage;
  let client: Client;
  let count = 0;

  beforeAll(async () => {
    fixture = compileTestPackage();
    const { registerKernel } = await fixture.load<typeof kernelModule>("kernel");
    const { file } = registerKernel({ dataDirectory: join(fixture.root, "jupyter") });
    client = new Client();
    await client.start(file, join(fixture.root, "jupyter"));
  });
  afterAll(() => {
    client.close();
    fixture.remove();
  });

  it("says that it speaks TypeScript", async () => {
    expect(await client.ask("kernel_info_request")).toMatchObject({
      status: "ok",
      protocol_version: "5.3",
      implementation: "tslab",
      language_info: languageInfo,
    });
    expect(await client.ask("comm_info_request")).toEqual({ status: "ok", comms: {} });
  });

  it("runs a cell that imports and shows", async () => {
    const { reply, outputs } = await client.run(
      'import { show } from "evenkeel";\nimport { basename } from "node:path";\nconsole.log(basename("a/b"));\nconsole.log("more");\nshow([{ a: 1 }], { caption: "c" });',
    );
    expect(reply).toMatchObject({ status: "ok", execution_count: ++count });
    expect(outputs).toMatchObject([
      ["stream", { name: "stdout", text: "b\nmore\n" }],
      ["display_data", { data: { "text/plain": "c\na\n-\n1" }, metadata: {} }],
    ]);
  });

  it("works in the package's root and gives results as results", async () => {
    const { outputs } = await client.run(
      "process.cwd() === require('node:fs').realpathSync('.') && basename(process.cwd())",
    );
    expect(outputs).toMatchObject([
      ["execute_result", { execution_count: ++count, data: { "text/plain": fixture.root.split("/").at(-1) } }],
    ]);
  });

  it("imports modules in the middle of a cell", async () => {
    const { outputs } = await client.run('const { inspect } = await import("node:util");\ninspect("x");');
    expect(outputs).toMatchObject([["execute_result", { execution_count: ++count, data: { "text/plain": "'x'" } }]]);
  });

  it("updates a display", async () => {
    const { outputs } = await client.run(
      'import { newDisplay } from "tslab";\nconst d = newDisplay();\nd.text("one");\nd.text("two");',
    );
    count++;
    expect(outputs.map(([type]) => type)).toEqual(["display_data", "update_display_data"]);
    const [first, second] = outputs.map(([, content]) => (content["transient"] as Content)["display_id"]);
    expect(first).toBe(second);
  });

  it.each([
    ["does not compile", "const n: number = 'x';", "TypeScriptError", /^line 1, column 7: Type 'string'/],
    ["throws", "console.log('before');\nthrow new RangeError('too far');", "RangeError", /^too far$/],
    ["leaves a failure to nobody", "void Promise.reject(new Error('lost'));", "Error", /^lost$/],
  ])("answers a cell that %s with an error, published too", async (_, code, ename, evalue) => {
    const { reply, outputs } = await client.run(code);
    const error = { ename, evalue: expect.stringMatching(evalue), traceback: expect.any(Array) };
    expect(reply).toMatchObject({ status: "error", execution_count: ++count, ...error });
    expect(outputs.at(-1)).toEqual(["error", error]);
  });

  it("does not run cells that were waiting when one failed, but those that come later", async () => {
    const ids = [
      await client.sendCode("await new Promise((done) => setTimeout(done, 200));\nthrow new Error('stop');"),
      await client.sendCode("console.log('waiting');"),
    ];
    count++;
    const replies = [await client.reply(), await client.reply()];
    expect(replies.map(({ parent }) => parent)).toEqual(ids);
    expect(replies.map(({ content }) => content["status"])).toEqual(["error", "aborted"]);
    expect(await client.published(ids[1]!)).toEqual([]);
    const { outputs } = await client.run("console.log('later');");
    count++;
    expect(outputs).toMatchObject([["stream", { text: "later\n" }]]);
  });

  it("numbers cells in the order in which they run, also when all are sent at once", async () => {
    const ids = [await client.sendCode("await null; 1"), await client.sendCode("2"), await client.sendCode("3")];
    for (const _ of ids) await client.reply();
    for (const [index, id] of ids.entries()) {
      const published = await client.published(id);
      expect(published.map(({ content }) => content["execution_count"])).toEqual([
        count + index + 1,
        count + index + 1,
      ]);
    }
    count += 3;
  });

  it("keeps a silent cell silent", async () => {
    const id = await client.sendCode("console.log('unheard')", { silent: true });
    expect((await client.reply()).content).toMatchObject({ status: "ok", execution_count: count });
    expect(await client.published(id)).toEqual([]);
  });

  it.each([
    ["a cell that waits", "await new Promise(() => {});"],
    ["an endless loop", "for (;;);"],
  ])("can be interrupted in %s, and goes on", async (_, code) => {
    const started = join(fixture.root, "started");
    rmSync(started, { force: true });
    const id = await client.sendCode(`console.log("on");\nrequire("node:fs").writeFileSync("started", "");\n${code}`);
    while (!existsSync(started)) await delay(50);
    await delay(200);
    client.kernel.kill("SIGINT");
    expect((await client.reply()).content).toMatchObject({
      status: "error",
      ename: "Interrupted",
      execution_count: ++count,
    });
    const published = await client.published(id);
    expect(published.map(({ type }) => type)).toEqual(["execute_input", "stream", "error"]);
    await delay(200);
    expect((await client.run("1")).reply).toMatchObject({ status: "ok", execution_count: ++count });
  });

  it("completes, inspects, and tells whether a cell is whole", async () => {
    expect(await client.ask("complete_request", { code: "basen", cursor_pos: 5 })).toMatchObject({
      matches: ["basename"],
    });
    expect(await client.ask("inspect_request", { code: "basename", cursor_pos: 3, detail_level: 0 })).toMatchObject({
      found: true,
    });
    expect(await client.ask("is_complete_request", { code: "function f() {" })).toMatchObject({ status: "incomplete" });
  });

  it("puts out what the headless executor does", async () => {
    const { execute } = await fixture.load<typeof executeModule>("execute");
    const code =
      "console.log('a');\nconsole.error('b');\nconst f = () => { throw new Error(process.cwd() + '/x'); };\nf();";
    const { outputs } = await client.run(code);
    count++;
    const ran = await execute(toNotebook([{ kind: "code", slug: "a", text: code }]));
    const headless = (ran.notebook.cells[0] as CodeCell).outputs.map(({ output_type, ...content }) =>
      JSON.stringify([output_type, "text" in content ? { ...content, text: content.text.join("") } : content]),
    );
    expect(outputs.map((output) => JSON.stringify(output).replaceAll(`[${count}]`, "[1]"))).toEqual(headless);
  });

  it("goes when it is asked to, whatever cells have left running", async () => {
    await client.run("void setInterval(() => {}, 1000);");
    const gone = new Promise((resolve) => client.kernel.on("exit", (code) => resolve(code)));
    expect(await client.ask("shutdown_request", { restart: true }, "control")).toEqual({ status: "ok", restart: true });
    expect(await gone).toBe(0);
  });
});
