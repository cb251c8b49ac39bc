import { EvenkeelError } from "../errors.js";
import { type PrepareJob, type PrepareReply, prepare } from "./prepare.js";

/** The process that makes one dataset ready: told which by its parent, it says how far it is and ends. */
// A parent that is gone is told nothing: "disconnect" comes next.
const send = (reply: PrepareReply) => process.send!(reply, () => {});

process.once("disconnect", () => process.exit(1));
process.once("message", async (job: PrepareJob) => {
  try {
    send({ done: await prepare(job, (progress) => send({ progress })) });
  } catch (error) {
    const failed = error instanceof EvenkeelError ? error.message : String((error as Error).stack ?? error);
    send({ failed, exitCode: error instanceof EvenkeelError ? error.exitCode : 70 });
  }
  if (process.connected) process.disconnect();
});
