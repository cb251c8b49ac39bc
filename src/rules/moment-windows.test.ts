import { expect, test } from "vitest";
import { openDataset } from "../dataset/open.js";
import { observe } from "../join/observe.js";
import { clusterQueue, handMade, node, quota } from "../testing/hand-made.js";
import { momentWindows } from "./moment-windows.js";

test("momentWindows(observed) counts admissions over the hour that trails, and not while Kueue is silent", async () => {
  const folder = await handMade({
    minutes: 90,
    missed: { kueue: [80, 81, 82, 83, 84, 85, 86, 87, 88, 89] },
    rows: {
      kube_node: () => [node("n0")],
      kueue_cluster_queue: (minute) => [clusterQueue(minute, 0)],
      kueue_cluster_queue_resource: () => [quota(8, 0)],
      kueue_cluster_queue_priority: (minute) => [
        {
          cluster_queue: "queue",
          priority_class: "",
          replica_role: "leader",
          kueue_admitted_workloads_total: 100 + 2 * minute,
          kueue_admission_wait_time_seconds_sum: 1000 + 10 * minute,
        },
      ],
    },
  });
  const dataset = await openDataset(folder);
  const rows = momentWindows(await observe(dataset));
  dataset.close();
  const at = (minute: number) => {
    const { workloads_admitted, wait_mean_seconds, workloads_pending, window_seconds } = rows[minute]!;
    return [workloads_admitted, wait_mean_seconds, workloads_pending, window_seconds];
  };
  expect(rows).toHaveLength(90);
  expect(at(0)).toEqual([0, null, 0, 3600]);
  expect(at(10)).toEqual([20, 5, 10, 3600]);
  expect(at(70)).toEqual([120, 5, 70, 3600]);
  expect(at(89)).toEqual([null, null, null, 3600]);
});
