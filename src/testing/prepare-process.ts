import { exitOnSignals } from "../cli/interrupt.js";
import { prepareAll } from "../cli/prepare.js";

/**
 * A child process that prepares a named world in a folder, as `evenkeel start` does, and says on stdout how far it is,
 * for tests that end it in between. Argument: the folder.
 */
const [folder] = process.argv.slice(2) as [string];

exitOnSignals();
await prepareAll([{ folder, world: { scenario: "balanced", seed: 42 } }], {
  onProgress: (_, text) => console.log(text),
  onDone: () => console.log("done"),
});
