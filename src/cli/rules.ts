import { dirname, relative, resolve } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { describeDataset, readContractFile } from "../dataset/open.js";
import { EvenkeelError } from "../errors.js";
import { promtoolTest } from "../rules/promtool-test.js";
import { rulesFile, rulesOf } from "../rules/rules.js";
import { plural } from "../units/format.js";
import { writeNamed } from "./write-file.js";

export interface RulesFlags {
  readonly contract: string;
  readonly out: string;
  readonly data?: string;
  readonly test?: string;
}

/** `evenkeel rules`: recording rules and alerts for a Prometheus, and a test of them on what a dataset shows. */
export async function rulesCommand({ contract: file, out, data, test }: RulesFlags): Promise<void> {
  const contract = await readContractFile(file);
  const { columns, metrics, alerts, intervalSeconds } = rulesOf(contract);
  if (data !== undefined && !isDeepStrictEqual((await describeDataset(data)).contract, contract))
    throw new EvenkeelError(
      `--data ${data}: its contract is not that of --contract ${file}; give the dataset's: --contract ${data}/contract.yaml`,
    );
  const seenFromTest = relative(dirname(resolve(test ?? out)), resolve(out));
  const tests = data === undefined ? undefined : await promtoolTest(data, seenFromTest);
  await writeNamed("out", out, rulesFile(contract));
  console.log(
    `${out}: ${plural(columns.length + metrics.length, "recording rule")} every ${intervalSeconds} s, ${plural(alerts.length, "alert")}`,
  );
  console.log(`Check it with: promtool check rules ${out}`);
  if (tests === undefined || test === undefined) return;
  await writeNamed("test", test, tests);
  console.log(`Test it with: promtool test rules ${test}`);
}
