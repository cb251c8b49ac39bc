import { outcomeOf } from "../checks/check.js";
import { verify } from "../checks/verify.js";
import { EvenkeelError } from "../errors.js";
import { plural } from "../units/format.js";
import { textTable } from "./text-table.js";

/** `evenkeel verify`: a table of every check; throws if one fails. */
export async function verifyCommand(folder: string): Promise<void> {
  const { ok, checks } = await verify(folder);
  console.log(
    textTable(
      ["check", "", "found"],
      checks.map((check) => [check.name, outcomeOf(check), check.found]),
    ),
  );
  const failed = checks.filter((check) => !check.ok);
  if (ok) return;
  const rules = failed.map((check) => `  ${check.name}: ${check.rule}`);
  throw new EvenkeelError(
    `\n${plural(failed.length, "check")} failed in ${folder}. What must hold:\n${rules.join("\n")}`,
    1,
  );
}
