import type { TableChange } from "./fault.js";
import { among, changed } from "./sql.js";

/** Nodes that offer each of their GPUs twice, as the device plugin does with two shares of a GPU. */
export const offeredTwice = (nodes: readonly string[]): TableChange => ({
  table: "kube_node",
  sql: changed(
    Object.fromEntries(
      ["capacity", "allocatable"].map((of) => {
        const column = `kube_node_status_${of}_nvidia_com_gpu`;
        return [column, `2 * ${column}`];
      }),
    ),
    among("node", nodes),
  ),
});
