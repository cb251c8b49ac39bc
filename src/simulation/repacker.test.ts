import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyScenario } from "../testing/any-scenario.js";
import { hours, type SmallInput, small, type WorkloadInput, workloads } from "../testing/scenario.js";
import { lostWork } from "./lost-work.js";
import { runSimulation } from "./simulate.js";
import { waitedByCause } from "./truth.js";

const run = (demand: readonly WorkloadInput[], rest: SmallInput = {}, nodes = 2) =>
  runSimulation({
    scenario: small({
      nodegroups: [{ nodes, repackEveryHours: 1 }],
      clusterQueues: [{ name: "queue", flavors: [{ name: "a", nominalQuota: 100 }] }],
      placement: "spread",
      ...rest,
    }),
    seed: 1,
    workloads: workloads(demand),
  });

/** Hours at which each run of a workload was placed, its nodes, and how it ended. */
const lives = ({ workloads: all }: ReturnType<typeof run>, name: string) =>
  all
    .find(({ workload }) => workload.name === name)!
    .runs.map(({ placedMs, nodes, outcome }) => [placedMs / hours(1), nodes.join(), outcome]);

const large: WorkloadInput = { name: "large", gpusPerPod: 8, createdMs: hours(0.5) };

describe("every hour, gangs that run are moved together", () => {
  // Spread puts four GPUs on the first node and three on the second, so that nine are free and no node is.
  const scattered = (four: WorkloadInput = {}, three: WorkloadInput = {}): WorkloadInput[] => [
    { name: "four", gpusPerPod: 4, hours: 6, ...four },
    { name: "three", gpusPerPod: 3, hours: 6, ...three },
    large,
  ];

  test("so that what waits for a whole node has one: the fewest GPUs, which start again elsewhere", () => {
    const simulation = run(scattered());
    expect(lives(simulation, "large")).toEqual([[1, "1", "succeeded"]]);
    expect(lives(simulation, "three")).toEqual([
      [0, "1", "moved"],
      [1, "0", "succeeded"],
    ]);
    expect(lives(simulation, "four")).toEqual([[0, "0", "succeeded"]]);
    // One admission each; what is moved loses its hour.
    expect(simulation.workloads.map(({ holds }) => holds.length)).toEqual([1, 1, 1]);
    expect(lostWork({ ...simulation, telemetryStartMs: 0 }).get("a")).toBe(3 * hours(1));
  });

  test("and go on from their last checkpoint", () => {
    const { workloads: all } = run(scattered({}, { checkpointMs: hours(0.4) }));
    const [, again] = all[1]!.runs;
    expect([again!.savedMs, again!.endMs]).toEqual([hours(0.8), hours(1 + 6 - 0.8)]);
  });

  test("with all their pods, each of which counts", () => {
    // On the three nodes are 2 + 5, 2 and 3: of these the 2 are least, but half of a gang.
    const demand = (kind: "Job" | "Pod"): WorkloadInput[] => [
      { name: "gang", gpusPerPod: 2, pods: 2, hours: 6 },
      { name: "three", gpusPerPod: 3, hours: 6, kind },
      { name: "five", gpusPerPod: 5, hours: 6 },
      large,
    ];
    const cheaper = run(demand("Job"), {}, 3);
    expect(lives(cheaper, "three").map(([, at]) => at)).toEqual(["2", "1"]);
    expect(lives(cheaper, "gang").map(([, at]) => at)).toEqual(["0,1"]);
    const whole = run(demand("Pod"), {}, 3);
    expect(lives(whole, "gang")).toEqual([
      [0, "0,1", "moved"],
      [1, "0,2", "succeeded"],
    ]);
    expect(lives(whole, "large")).toEqual([[1, "1", "succeeded"]]);
  });

  test.each([
    ["nothing waits", [...scattered().slice(0, 2), { ...large, createdMs: hours(9) }]],
    ["too little is free in all", [...scattered(), { name: "more", gpusPerPod: 2, hours: 6 }]],
    ["as many would restart as start", scattered({ gpusPerPod: 7 }, { gpusPerPod: 8, hours: 0.2 }).slice(0, 2)],
    ["nothing would make them again", scattered({ kind: "Pod" }, { kind: "Pod" })],
    ["they come first", scattered({ priority: 1 }, { priority: 1 })],
  ] as const)("but not where %s", (_, demand) => {
    const { workloads: all } = run(demand);
    expect(all.flatMap(({ runs }) => runs.filter(({ outcome }) => outcome === "moved"))).toEqual([]);
  });

  test("but not off or onto a node out of service, nor in a nodegroup that is not repacked", () => {
    const moves = (rest: SmallInput) => lives(run(scattered(), rest), "three").length - 1;
    expect(moves({})).toBe(1);
    expect(moves({ cordons: [{ nodegroup: "a", node: 0, fromHour: 0.2 }], warmupDays: 0 })).toBe(0);
    expect(moves({ nodegroups: [{ nodes: 2 }] })).toBe(0);
  });

  test("for a gang of several pods, node by node", () => {
    const demand: WorkloadInput[] = [2, 2, 2, 2].map((gpusPerPod, i) => ({ name: `${i}`, gpusPerPod, hours: 6 }));
    const simulation = run([...demand, { ...large, pods: 2 }], {}, 4);
    expect(lives(simulation, "large").map(([at]) => at)).toEqual([1]);
    const moved = simulation.workloads.flatMap(({ runs }) => runs.filter(({ outcome }) => outcome === "moved"));
    expect(moved).toHaveLength(2);
  });
});

test("where every pod asks for one GPU and nothing else, nothing is ever moved", () => {
  fc.assert(
    fc.property(anyScenario, fc.nat(1000), (scenario, seed) => {
      const ones = {
        ...scenario,
        workloadClasses: scenario.workloadClasses.map((one) => ({
          ...one,
          cpusPerGpu: 0,
          memoryGiBPerGpu: 0,
          gang: one.gang.map((shape) => ({ ...shape, gpusPerPod: 1 })),
        })),
      };
      const still = {
        ...ones,
        nodegroups: ones.nodegroups.map(({ repackEveryHours: _, ...nodegroup }) => nodegroup),
      };
      const outcome = (of: typeof scenario) => {
        const { workloads: histories, waits } = runSimulation({ scenario: of, seed });
        // A look at an instant at which nothing happens may cut a span in two.
        return { histories, waited: waits.map((spans) => [...waitedByCause(spans)]) };
      };
      expect(outcome(ones)).toEqual(outcome(still));
    }),
    { numRuns: 60 },
  );
});
