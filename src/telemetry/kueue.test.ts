import { describe, expect, test } from "vitest";
import { gpus } from "../demand/workload.js";
import type { WorkloadHistory } from "../simulation/history.js";
import { runSimulation } from "../simulation/simulate.js";
import { bucketColumn, kueueBuckets } from "../tables/histogram.js";
import { type PlainRow, rowsOf } from "../testing/rows.js";
import { SAMPLE_SEED, sample } from "../testing/sample.js";
import { hours, minutes, type SmallInput, small, type WorkloadInput, workloads } from "../testing/scenario.js";
import { telemetry } from "./telemetry.js";

const START = Date.UTC(2026, 0, 5);

const scenario = sample();
const simulation = runSimulation({ scenario, seed: SAMPLE_SEED });
const ORIGIN = START - simulation.telemetryStartMs;
const RESTART = START + 2.2 * hours(1);
const tables = new Map(telemetry(simulation).map((rows) => [rows.table.name, rowsOf(rows)]));

const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
const size = (histories: readonly WorkloadHistory[]) => sum(histories.map(({ workload }) => gpus(workload)));

/** The hold that a workload has at a moment (Unix ms), if any. */
const holdAt = ({ holds }: WorkloadHistory, at: number) =>
  holds.find(({ reservedMs, endMs = Number.POSITIVE_INFINITY }) => ORIGIN + reservedMs <= at && at < ORIGIN + endMs);
const isOver = ({ holds }: WorkloadHistory, at: number) =>
  holds.some(({ end, endMs }) => end === "finished" && ORIGIN + endMs! <= at);
const pendingAt = (at: number) =>
  simulation.workloads.filter((one) => ORIGIN + one.workload.createdMs <= at && !holdAt(one, at) && !isOver(one, at));
const admittedAt = (at: number) => simulation.workloads.filter((one) => holdAt(one, at));

describe("gauges are what the simulation has at the moment of the scrape", () => {
  test("of ClusterQueues: pending by status, their GPUs, admitted", () => {
    const rows = tables.get("kueue_cluster_queue")!;
    expect(rows).toHaveLength(3 * 240);
    for (const row of rows) {
      const of = (list: readonly WorkloadHistory[]) =>
        list.filter((one) => one.workload.clusterQueue === row["cluster_queue"]);
      const pending = of(pendingAt(row.timestamp));
      const strict = row["cluster_queue"] === "infer";
      expect(row).toMatchObject({
        kueue_pending_workloads_active: strict ? pending.length : 0,
        kueue_pending_workloads_inadmissible: strict ? 0 : pending.length,
        kueue_cluster_queue_resource_pending_nvidia_com_gpu: size(pending),
        kueue_reserving_active_workloads: of(admittedAt(row.timestamp)).length,
        kueue_admitted_active_workloads: of(admittedAt(row.timestamp)).length,
        parent_cohort: strict ? null : "shared",
        kueue_cluster_queue_status: "active",
      });
    }
  });

  test("of ClusterQueues and flavors: quota and its use", () => {
    const rows = tables.get("kueue_cluster_queue_resource")!;
    expect(rows).toHaveLength(4 * 240);
    for (const row of rows) {
      const holding = admittedAt(row.timestamp).filter(
        (one) =>
          one.workload.clusterQueue === row["cluster_queue"] && holdAt(one, row.timestamp)!.flavor === row["flavor"],
      );
      expect(row["kueue_cluster_queue_resource_usage"]).toBe(size(holding));
      expect(row["kueue_cluster_queue_resource_reservation"]).toBe(size(holding));
    }
    const quota = (queue: string, flavor: string) => {
      const row = rows.find((one) => one["cluster_queue"] === queue && one["flavor"] === flavor)!;
      return [row["kueue_cluster_queue_nominal_quota"], row["kueue_cluster_queue_borrowing_limit"], row["cohort"]];
    };
    expect(quota("train", "a")).toEqual([12, 4, "shared"]);
    expect(quota("batch", "b")).toEqual([12, Number.POSITIVE_INFINITY, "shared"]);
    expect(quota("infer", "c")).toEqual([7, Number.POSITIVE_INFINITY, ""]);
  });

  test("of LocalQueues: pending and admitted, and quota in use by flavor", () => {
    for (const row of tables.get("kueue_local_queue")!) {
      const of = (list: readonly WorkloadHistory[]) =>
        list.filter(({ workload }) => workload.namespace === row["namespace"] && workload.localQueue === row["name"]);
      const pending = row["kueue_local_queue_pending_workloads_active"] as number;
      expect(pending + (row["kueue_local_queue_pending_workloads_inadmissible"] as number)).toBe(
        of(pendingAt(row.timestamp)).length,
      );
      expect(row["kueue_local_queue_admitted_active_workloads"]).toBe(of(admittedAt(row.timestamp)).length);
    }
    const used = sum(
      tables.get("kueue_local_queue_resource")!.map((row) => row["kueue_local_queue_resource_usage"] as number),
    );
    const same = sum(
      tables.get("kueue_cluster_queue_resource")!.map((row) => row["kueue_cluster_queue_resource_usage"] as number),
    );
    expect(used).toBe(same);
  });
});

/** Reservations within a life of Kueue's process up to a moment, with the wait before each in seconds. */
function reservations(at: number, of: (history: WorkloadHistory) => boolean): number[] {
  const since = at >= RESTART ? RESTART : ORIGIN;
  return simulation.workloads.filter(of).flatMap(({ workload, holds }) =>
    holds.flatMap(({ reservedMs }, i) => {
      const waitsSince = i === 0 ? workload.createdMs : holds[i - 1]!.endMs!;
      const moment = ORIGIN + reservedMs;
      return moment >= since && moment <= at ? [(reservedMs - waitsSince) / 1000] : [];
    }),
  );
}

describe.each([
  {
    name: "kueue_cluster_queue_priority",
    prefix: "kueue_",
    admissionBuckets: 16 as const,
    isOf: (row: PlainRow) => (one: WorkloadHistory) =>
      one.workload.clusterQueue === row["cluster_queue"] && one.workload.priorityClass === row["priority_class"],
  },
  {
    name: "kueue_local_queue_priority",
    prefix: "kueue_local_queue_",
    admissionBuckets: 14 as const,
    isOf: (row: PlainRow) => (one: WorkloadHistory) =>
      one.workload.namespace === row["namespace"] &&
      one.workload.localQueue === row["name"] &&
      one.workload.priorityClass === row["priority_class"],
  },
])("counters and histograms of $name", ({ name, prefix, admissionBuckets, isOf }) => {
  const rows = tables.get(name)!;
  const waits: [string, readonly number[]][] = [
    [`${prefix}quota_reserved_wait_time_seconds`, kueueBuckets(14)],
    [`${prefix}admission_wait_time_seconds`, kueueBuckets(admissionBuckets)],
  ];

  test("count what happened since Kueue's process started", () => {
    for (const row of rows) {
      const since = row.timestamp >= RESTART ? RESTART : ORIGIN;
      const reserved = reservations(row.timestamp, isOf(row)).length;
      const finished = simulation.workloads
        .filter(isOf(row))
        .filter(({ holds }) =>
          holds.some(
            ({ end, endMs }) => end === "finished" && ORIGIN + endMs! >= since && ORIGIN + endMs! <= row.timestamp,
          ),
        );
      expect([
        row[`${prefix}quota_reserved_workloads_total`],
        row[`${prefix}admitted_workloads_total`],
        row[`${prefix}finished_workloads_total`],
      ]).toEqual([reserved, reserved, finished.length]);
    }
  });

  test("have a histogram of the waits before, cumulative, whose count is the counter's", () => {
    for (const row of rows) {
      const waited = reservations(row.timestamp, isOf(row));
      for (const [histogram, bounds] of waits) {
        const all = [...bounds, Number.POSITIVE_INFINITY];
        expect(all.map((le) => row[bucketColumn(histogram, le)])).toEqual(
          all.map((le) => waited.filter((wait) => wait <= le).length),
        );
        expect(row[`${histogram}_count`]).toBe(waited.length);
        expect(row[`${histogram}_sum`]).toBeCloseTo(sum(waited), 2);
      }
    }
  });

  test("appear with their first event, also after the restart, and fall only there", () => {
    const series = (row: PlainRow) =>
      [row["cluster_queue"], row["namespace"], row["name"], row["priority_class"]].join();
    let [before, restarts] = [rows[0]!, 0];
    for (const row of rows.slice(1)) {
      if (series(row) === series(before)) {
        const fell = Object.keys(row).filter(
          (column) => /_total|_count|_sum|_bucket/.test(column) && (row[column] as number) < (before[column] as number),
        );
        if (before.timestamp < RESTART && row.timestamp >= RESTART) restarts++;
        else expect(fell).toEqual([]);
      }
      expect(
        (row[`${prefix}admitted_workloads_total`] as number) + (row[`${prefix}finished_workloads_total`] as number),
      ).toBeGreaterThan(0);
      before = row;
    }
    expect(restarts).toBeGreaterThan(2);
  });
});

test("evictions are counted with their reason, from the first one on", () => {
  const evictedAt = (queue: string) =>
    simulation.workloads
      .filter(({ workload }) => workload.clusterQueue === queue)
      .flatMap(({ holds }) => holds.flatMap(({ end, endMs }) => (end === "evicted" ? [ORIGIN + endMs!] : [])));
  const rows = tables.get("kueue_evicted_workloads")!;
  expect(new Set(rows.map((row) => row["cluster_queue"]))).toEqual(new Set(["batch", "infer"]));
  for (const row of rows) {
    const since = row.timestamp >= RESTART ? RESTART : ORIGIN;
    const before = evictedAt(String(row["cluster_queue"])).filter((at) => at >= since && at <= row.timestamp);
    expect(before.length).toBeGreaterThan(0);
    expect(row).toMatchObject({ reason: "PodsReadyTimeout", kueue_evicted_workloads_total: before.length });
  }
});

describe("by hand", () => {
  const run = (input: SmallInput, demand: readonly WorkloadInput[]) => {
    const made = runSimulation({ scenario: small({ days: 4 / 24, ...input }), seed: 1, workloads: workloads(demand) });
    const rows = (name: string) => rowsOf(telemetry(made).find(({ table }) => table.name === name)!);
    return rows;
  };
  const minute = (row: PlainRow) => Math.floor((row.timestamp - START) / minutes(1));

  test("a preemption is counted when it is issued, and holds quota until the pods are gone", () => {
    const preemption = { withinClusterQueue: "LowerPriority" as const };
    const clusterQueues = [{ name: "queue", flavors: [{ name: "a", nominalQuota: 8 }], preemption }];
    const rows = run({ clusterQueues, terminationGraceSeconds: 600 }, [
      { gpusPerPod: 8, hours: 3 },
      { gpusPerPod: 8, createdMs: minutes(60), priority: 1, hours: 3 },
    ]);
    const evicted = rows("kueue_evicted_workloads");
    expect(evicted.map(minute)).toEqual(Array.from({ length: 180 }, (_, i) => 60 + i));
    for (const row of evicted)
      expect(row).toMatchObject({ reason: "Preempted", underlying_cause: "", kueue_evicted_workloads_total: 1 });
    const held = rows("kueue_cluster_queue_resource").map((row) => row["kueue_cluster_queue_resource_reservation"]);
    expect(new Set(held)).toEqual(new Set([8]));
    const pending = rows("kueue_cluster_queue").map((row) => row["kueue_pending_workloads_inadmissible"]);
    expect(pending).toEqual([...Array(60).fill(0), ...Array(180).fill(1)]);
    // The preemptor waited ten minutes for its quota.
    expect(rows("kueue_cluster_queue_priority").at(-1)!["kueue_quota_reserved_wait_time_seconds_sum"]).toBe(600);
  });

  test("nominal quota is that of the moment", () => {
    const quotaChanges = [
      { fromHour: 1, nominalQuota: 8 },
      { fromHour: 2.5, nominalQuota: 2 },
    ];
    const clusterQueues = [{ name: "queue", flavors: [{ name: "a", nominalQuota: 4, quotaChanges }] }];
    const rows = run({ clusterQueues }, [{ gpusPerPod: 8, hours: 4 }])("kueue_cluster_queue_resource");
    expect(rows.map((row) => row["kueue_cluster_queue_nominal_quota"])).toEqual([
      ...Array(60).fill(4),
      ...Array(90).fill(8),
      ...Array(90).fill(2),
    ]);
    expect(rows.map((row) => row["kueue_cluster_queue_resource_usage"])).toEqual([
      ...Array(60).fill(0),
      ...Array(180).fill(8),
    ]);
  });

  test("a stopped queue is pending, all that waits in it inadmissible, its LocalQueues not active", () => {
    const stops = [{ policy: "Hold" as const, fromHour: 1, toHour: 2 }];
    const flavors = [{ name: "a", nominalQuota: 8 }];
    const rows = run({ clusterQueues: [{ name: "queue", queueingStrategy: "StrictFIFO", flavors, stops }] }, [
      { gpusPerPod: 8, hours: 4 },
      { gpusPerPod: 8 },
    ]);
    const seen = (table: string, ...columns: string[]) =>
      rows(table).map((row) =>
        [minute(row) >= 60 && minute(row) < 120, ...columns.map((column) => row[column])].join(),
      );
    const queue = [
      "kueue_cluster_queue_status",
      "kueue_pending_workloads_active",
      "kueue_pending_workloads_inadmissible",
    ];
    expect(new Set(seen("kueue_cluster_queue", ...queue))).toEqual(new Set(["false,active,1,0", "true,pending,0,1"]));
    const local = ["kueue_local_queue_status", "kueue_local_queue_pending_workloads_inadmissible"];
    expect(new Set(seen("kueue_local_queue", ...local))).toEqual(new Set(["false,True,0", "true,False,1"]));
  });

  test("a workload admitted with fewer pods has asked for all of them, and reserves quota for these", () => {
    const clusterQueues = [{ name: "queue", flavors: [{ name: "a", nominalQuota: 4 }] }];
    const rows = run({ clusterQueues }, [
      { gpusPerPod: 2, hours: 1 },
      { pods: 8, minPods: 3, hours: 1 },
    ]);
    const seen = (table: string, column: string) => [
      ...new Set(rows(table).map((row) => [Math.floor(minute(row) / 60), row[column]].join())),
    ];
    const pending = "kueue_cluster_queue_resource_pending_nvidia_com_gpu";
    expect(seen("kueue_cluster_queue", pending)).toEqual(["0,8", "1,0", "2,0", "3,0"]);
    const reserved = "kueue_cluster_queue_resource_reservation";
    expect(seen("kueue_cluster_queue_resource", reserved)).toEqual(["0,2", "1,4", "2,4", "3,0"]);
  });

  describe("a stopped LocalQueue", () => {
    const other = { localQueue: "other" };
    const rows = (policy: "Hold" | "HoldAndDrain", demand: readonly WorkloadInput[]) =>
      run(
        {
          terminationGraceSeconds: 0,
          localQueues: [
            { name: "queue", namespace: "team", clusterQueue: "queue" },
            { name: "other", namespace: "team", clusterQueue: "queue", stops: [{ policy, fromHour: 1, toHour: 2 }] },
          ],
        },
        demand,
      );
    /** What a table says in each of the four hours. */
    const byHour = (table: readonly PlainRow[], ...columns: string[]) =>
      [0, 1, 2, 3].map((hour) => [
        ...new Set(
          table
            .filter((row) => Math.floor(minute(row) / 60) === hour)
            .map((row) => columns.map((column) => row[column]).join()),
        ),
      ]);

    test("is not active, its pending workloads leave the count of its ClusterQueue, and its own series of them ends", () => {
      const tables = rows("Hold", [
        { gpusPerPod: 8, hours: 4, ...other },
        { gpusPerPod: 4, ...other },
        { gpusPerPod: 2 },
      ]);
      const pending = "pending_workloads_inadmissible";
      const columns = [
        `kueue_${pending}`,
        "kueue_cluster_queue_resource_pending_nvidia_com_gpu",
        "kueue_cluster_queue_status",
      ];
      expect(byHour(tables("kueue_cluster_queue"), ...columns)).toEqual([
        ["2,6,active"],
        ["1,2,active"],
        ["2,6,active"],
        ["2,6,active"],
      ]);
      const local = (name: string) => tables("kueue_local_queue").filter((row) => row["name"] === name);
      const own = [
        "kueue_local_queue_status",
        `kueue_local_queue_${pending}`,
        "kueue_local_queue_admitted_active_workloads",
      ];
      expect(byHour(local("other"), ...own)).toEqual([["True,1,1"], ["False,NaN,1"], ["True,1,1"], ["True,1,1"]]);
      expect(byHour(local("queue"), ...own)).toEqual([["True,1,0"], ["True,1,0"], ["True,1,0"], ["True,1,0"]]);
    });

    test("begins its counters anew; who was drained waits again since it is over", () => {
      const tables = rows("HoldAndDrain", [{ gpusPerPod: 8, hours: 1.5, ...other }]);
      expect(byHour(tables("kueue_evicted_workloads"), "reason", "kueue_evicted_workloads_total")).toEqual([
        [],
        ["LocalQueueStopped,1"],
        ["LocalQueueStopped,1"],
        ["LocalQueueStopped,1"],
      ]);
      const counts = (prefix: string) => [
        `${prefix}admitted_workloads_total`,
        `${prefix}admission_wait_time_seconds_sum`,
      ];
      expect(byHour(tables("kueue_local_queue_priority"), ...counts("kueue_local_queue_"))).toEqual([
        ["1,0"],
        [],
        ["1,0"],
        ["1,0"],
      ]);
      expect(byHour(tables("kueue_cluster_queue_priority"), ...counts("kueue_"))).toEqual([
        ["1,0"],
        ["1,0"],
        ["2,0"],
        ["2,0"],
      ]);
    });
  });

  test("an evicted workload is pending again, and its next wait runs from the eviction", () => {
    const rows = run({ podsReadyTimeoutMinutes: 30 }, [
      { gpusPerPod: 8, startupMs: minutes(31), createdMs: minutes(60) },
    ]);
    const pending = rows("kueue_cluster_queue").filter((row) => row["kueue_pending_workloads_inadmissible"] === 1);
    // Evicted after 30 minutes each time, then out for a minute, two, four, eight and, to the end, fifteen of sixteen.
    const spans: [number, number][] = [
      [90, 1],
      [121, 2],
      [153, 4],
      [187, 8],
      [225, 15],
    ];
    expect(pending.map(minute)).toEqual(spans.flatMap(([from, length]) => Array.from({ length }, (_, i) => from + i)));
    const last = rows("kueue_cluster_queue_priority").at(-1)!;
    const histogram = "kueue_admission_wait_time_seconds";
    expect(last).toMatchObject({
      kueue_admitted_workloads_total: 5,
      kueue_finished_workloads_total: 0,
      [`${histogram}_sum`]: 60 * (0 + 1 + 2 + 4 + 8),
      [bucketColumn(histogram, 1)]: 1,
      [bucketColumn(histogram, 80)]: 2,
      [bucketColumn(histogram, 160)]: 3,
      [bucketColumn(histogram, 320)]: 4,
      [bucketColumn(histogram, 640)]: 5,
    });
  });

  test("a workload that finishes after a restart is counted, though nothing has been admitted since", () => {
    const rows = run({ kueueRestartHours: [1] }, [{ hours: 2 }])("kueue_cluster_queue_priority");
    const counts = (from: number, to: number) =>
      rows
        .filter((row) => minute(row) >= from && minute(row) < to)
        .map((row) => [row["kueue_admitted_workloads_total"], row["kueue_finished_workloads_total"]].join());
    expect(new Set(counts(0, 60))).toEqual(new Set(["1,0"]));
    expect(counts(60, 120)).toEqual([]);
    expect(new Set(counts(120, 240))).toEqual(new Set(["0,1"]));
  });

  test("a restart as the simulation starts is none", () => {
    const rows = run({ kueueRestartHours: [0, 1] }, [])("up").filter((row) => row["job"] === "kueue");
    expect(new Set(rows.map((row) => row["process_start_time_seconds"]))).toEqual(
      new Set([START / 1000, START / 1000 + 3600]),
    );
  });
});
