import { writeWhole } from "../dataset/write-whole.js";
import { EvenkeelError } from "../errors.js";

/** Writes the file that an option names, whole or not at all. @throws EvenkeelError that names the option */
export async function writeNamed(option: string, file: string, text: string): Promise<void> {
  try {
    await writeWhole(file, text);
  } catch (cause) {
    throw new EvenkeelError(
      `--${option} ${file}: cannot be written (${(cause as NodeJS.ErrnoException).code}); name another file`,
      2,
      { cause },
    );
  }
}
