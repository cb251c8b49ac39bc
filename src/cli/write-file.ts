import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { EvenkeelError } from "../errors.js";

/** Writes a file so that it is there whole or as it was. @throws EvenkeelError that names the option */
export async function writeWhole(option: string, file: string, text: string): Promise<void> {
  const partial = `${file}.partial-${process.pid}`;
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFile(partial, text);
    await rename(partial, file);
  } catch (cause) {
    await rm(partial, { force: true }).catch(() => {});
    throw new EvenkeelError(
      `--${option} ${file}: cannot be written (${(cause as NodeJS.ErrnoException).code}); name another file`,
      2,
      { cause },
    );
  }
}
