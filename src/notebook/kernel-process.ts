import { setTimeout as delay } from "node:timers/promises";
import { endWithParent } from "./end-with-parent.js";
import { languageInfo } from "./notebook.js";
import { packageRoot } from "./root.js";
import { type CellOutput, openSession } from "./session.js";
import { createConverter, loadJupyter, type Message } from "./tslab.js";

// The Jupyter kernel: tslab's, started by Jupyter as `node kernel-process.js <connection file>`. Over tslab's own
// kernel it sends `error`, `execute_input` and `execute_result`, numbers cells in the order in which they run, works in
// the package's root wherever the notebook lies, and can `import()` any module.

const connectionFile = process.argv[2];
if (connectionFile === undefined) {
  console.error("found no connection file; Jupyter gives one. Use: node kernel-process.js <connection file>");
  process.exit(2);
}
// Jupyter tells a kernel its process id, and if it dies without a goodbye, the kernel has to notice.
if (process.env["JPY_PARENT_PID"] === String(process.ppid)) endWithParent();

process.chdir(packageRoot);
const { ZmqServer, JupyterHandlerImpl } = loadJupyter();

/** Replies to the cell that runs, or ran last. */
let send: (type: string, content: Record<string, unknown>) => void = () => {};
const session = openSession(createConverter({ watch: true }), (output) => publish(output));
let executionCount = 0;
let failure: Record<string, unknown> = {};

/** A piece of a stream that waits for more, so that a loop of prints does not become a thousand messages. */
let pending: { name: string; text: string; since: number } | undefined;

function flush(): void {
  if (pending === undefined) return;
  const { name, text } = pending;
  pending = undefined;
  send("stream", { name, text });
}

function publish(output: CellOutput): void {
  if (output.kind === "stream") {
    if (pending?.name !== output.name) flush();
    pending ??= { name: output.name, text: "", since: performance.now() };
    pending.text += output.text;
    if (performance.now() - pending.since > 50) flush();
    else setTimeout(flush, 50).unref();
    return;
  }
  flush();
  if (output.kind === "display") {
    const { data, metadata, displayId, update } = output;
    const transient = displayId === undefined ? {} : { display_id: displayId };
    send(update ? "update_display_data" : "display_data", { data, metadata, transient });
  } else if (output.kind === "result") {
    send("execute_result", { execution_count: executionCount, data: { "text/plain": output.text }, metadata: {} });
  } else {
    const { kind: _, ...error } = output;
    failure = error;
    send("error", error);
  }
}

const answered = new Set([
  "kernel_info_request",
  "execute_request",
  "is_complete_request",
  "inspect_request",
  "complete_request",
  "comm_info_request",
  "shutdown_request",
]);

/** @see https://jupyter-client.readthedocs.io/en/stable/messaging.html#the-wire-protocol */
function messageType(frames: readonly Buffer[]): string {
  const header = frames[frames.findIndex((frame) => frame.toString() === "<IDS|MSG>") + 2];
  return (JSON.parse(String(header)) as { msg_type: string }).msg_type;
}

class Kernel extends ZmqServer {
  /** Runs cells one after another, in the order in which they came. */
  #tail: Promise<void> = Promise.resolve();
  /** Cells that came before a failure, and wait, belong to an earlier generation than those that come after it. */
  #generation = 0;

  override async handleShellMessage(socket: unknown, ...frames: Buffer[]): Promise<void> {
    // tslab would warn of other messages among a cell's outputs.
    if (!answered.has(messageType(frames))) return;
    await super.handleShellMessage(socket, ...frames).catch((error: Error) => {
      process.stderr.write(`the kernel cannot answer a message: ${error.message}\n`);
    });
  }

  override handleExecute(socket: unknown, message: Message): Promise<void> {
    const generation = this.#generation;
    this.#tail = this.#tail.then(async () => {
      const content =
        generation < this.#generation
          ? { status: "aborted", execution_count: executionCount }
          : await this.#execute(message);
      this.#reply(socket, message, "execute_reply", content);
    });
    return this.#tail;
  }

  async #execute(message: Message): Promise<Record<string, unknown>> {
    const { code, silent, stop_on_error } = message.content as {
      code: string;
      silent?: boolean;
      stop_on_error?: boolean;
    };
    send = (type, content) => {
      if (!silent) this.#reply(this.iopub, message, type, content);
    };
    if (!silent) executionCount++;
    send("execute_input", { code, execution_count: executionCount });
    const ok = await session.execute(executionCount, code);
    flush();
    const content = { execution_count: executionCount, payload: [], user_expressions: {} };
    if (ok) return { status: "ok", ...content };
    if (stop_on_error !== false) {
      // Takes in the cells that were sent while this one kept the thread busy: they are not to run.
      await delay(100);
      this.#generation++;
    }
    return { status: "error", ...content, ...failure };
  }

  #reply(socket: unknown, message: Message, type: string, content: Record<string, unknown>): void {
    const reply = message.createReply();
    reply.header.msg_type = type;
    reply.content = content;
    reply.signAndSend(this.connInfo.key, socket);
  }

  override handleKernelInfo(socket: unknown, message: Message): void {
    const content = { status: "ok", ...this.handler.handleKernel(), language_info: languageInfo };
    this.#reply(socket, message, "kernel_info_reply", content);
  }

  override handleCommInfoRequest(socket: unknown, message: Message): void {
    this.#reply(socket, message, "comm_info_reply", { status: "ok", comms: {} });
  }

  override handleShutdown(socket: unknown, message: Message): void {
    const restart = message.content["restart"] === true;
    this.#reply(socket, message, "shutdown_reply", { status: "ok", restart });
  }

  /** Called after a shutdown is answered. */
  override close(): void {
    // Lets the answer go out; what cells have left running does not keep the process.
    setTimeout(() => process.exit(), 100);
  }
}

// Breaks what a cell awaits. A loop that does not await is broken by the executor, which takes the signal meanwhile.
process.on("SIGINT", () => session.executor.interrupt());
await new Kernel(new JupyterHandlerImpl(session.executor, false), connectionFile).init();
