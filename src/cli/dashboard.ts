import { readContractFile } from "../dataset/open.js";
import { dashboard } from "../rules/dashboard.js";
import { writeNamed } from "./write-file.js";

export interface DashboardFlags {
  readonly contract: string;
  readonly out: string;
}

/** `evenkeel dashboard`: a Grafana dashboard over what `evenkeel rules` records. */
export async function dashboardCommand({ contract, out }: DashboardFlags): Promise<void> {
  await writeNamed("out", out, `${JSON.stringify(dashboard(await readContractFile(contract)), null, 2)}\n`);
  console.log(`${out}: import it in Grafana; it reads what the rules of the same contract record`);
}
