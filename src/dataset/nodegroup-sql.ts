import type { Dataset } from "./open.js";
import { identifier } from "./session.js";

/** SQL for the nodegroup of a row of kube_node: the first of the contract's labels that it has; null if it has none. */
export function nodegroupSql({ contract }: Pick<Dataset, "contract">): string {
  return `coalesce(${contract.nodegroupLabels.map((name) => `nullif(${identifier(name)}, '')`).join(", ")})`;
}
