import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The folder below which all tests of a run make their own; see tempFolder. */
export const TEST_FOLDER = "EVENKEEL_TEST_FOLDER";

/** Before the tests: one folder for all that they write. After them: gone. */
export default async function setup(): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), "evenkeel-tests-"));
  process.env[TEST_FOLDER] = folder;
  return () => rm(folder, { recursive: true, force: true });
}
