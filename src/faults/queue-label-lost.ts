import { literal } from "../dataset/session.js";
import { EvenkeelError } from "../errors.js";
import type { Fault } from "./fault.js";
import { changed } from "./sql.js";

const QUEUE = "label_kueue_x_k8s_io_cluster_queue_name";

export const queueLabelLost: Fault = {
  name: "queue-label-lost",
  shows: ["F25"],
  field:
    "Pods of one ClusterQueue do not carry its label: its name is longer than a label may be, or their operator makes pods without it. They look as if they were outside Kueue.",
  fails: ["labels"],
  notes: ["outside"],
  spoils: ["gpus_held_outside_kueue", "gpus_unplaced", "imbalance"],
  join: "refuses",
  how: "Its gangs without nodes are seen by nobody; the check names the queue that admits what no pod belongs to.",
  nodegroup: false,
  hours: "all",
  async change({ query }) {
    const [most] = await query<{ queue: string }>(
      `SELECT ${QUEUE} AS queue FROM kube_pod WHERE queue IS NOT NULL GROUP BY queue
       ORDER BY count(*) FILTER (node IS NULL) DESC, count(DISTINCT uid) DESC, queue LIMIT 1`,
    );
    if (!most) throw new EvenkeelError("found no pod with the label of a ClusterQueue, which could be lost");
    return [
      {
        table: "kube_pod",
        sql: changed(
          { [QUEUE]: "NULL", label_kueue_x_k8s_io_local_queue_name: "NULL" },
          `${QUEUE} = ${literal(most.queue)}`,
        ),
      },
    ];
  },
};
