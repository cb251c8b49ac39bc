import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { amountOf, gpus, inThousandths } from "../demand/workload.js";
import { flavorNodegroups } from "../scenario/nodes.js";
import {
  type FlavorLimits,
  flavorsByGroup,
  limitsOf,
  nominalAt,
  type QuotaLimits,
  type Resource,
} from "../scenario/resource-groups.js";
import type { Scenario } from "../scenario/schema.js";
import { anyScenario } from "../testing/any-scenario.js";
import { HOUR_MS, MINUTE_MS } from "../units/time.js";
import { asAdmitted, type Run, type WorkloadHistory } from "./history.js";
import { type Instant, runSimulation, type Simulation } from "./simulate.js";
import { belongsTo, listStops } from "./stops.js";
import { causes } from "./truth.js";

const runs = 60;

/** Holds a property of every random scenario and seed. */
function always(check: (scenario: Scenario, seed: number) => void) {
  fc.assert(fc.property(anyScenario, fc.nat(1000), check), { numRuns: runs });
}

/** Holds a property of the simulation of every random scenario, without looking for causes. */
const afterwards = (check: (simulation: Simulation) => void) =>
  always((scenario, seed) => check(runSimulation({ scenario, seed, truth: false })));

/** Holds a property at every instant of the simulation of every random scenario. */
const atEveryInstant = (check: (instant: Instant, scenario: Scenario) => void) =>
  always((scenario, seed) => {
    runSimulation({ scenario, seed, onSettled: (instant) => check(instant, scenario) });
  });

interface Use {
  readonly from: number;
  readonly to: number;
  readonly amounts: readonly number[];
}

/** The largest sum of each amount over all instants. */
function peaks(uses: readonly Use[]): number[] {
  const jumps = uses.flatMap(({ from, to, amounts }) => [
    { at: from, amounts },
    { at: to, amounts: amounts.map((amount) => -amount) },
  ]);
  // What is given back at an instant is given back before anything is taken.
  jumps.sort((a, b) => a.at - b.at || a.amounts[0]! - b.amounts[0]!);
  const now = uses[0]?.amounts.map(() => 0) ?? [];
  const most = [...now];
  for (const { amounts } of jumps) {
    amounts.forEach((amount, i) => {
      now[i]! += amount;
      most[i] = Math.max(most[i]!, now[i]!);
    });
  }
  return most;
}

interface Stay {
  readonly pod: number;
  readonly node: number;
  readonly from: number;
  readonly to: number;
}

/** The time of each pod on its node, with a run or while its gang waited for others. */
const stays = ({ runs: attempts, early = [] }: WorkloadHistory, until: number): Stay[] => [
  ...attempts.flatMap(({ nodes, boundMs, placedMs, endMs = until }) =>
    nodes.map((node, pod) => ({ pod, node, from: boundMs?.[pod] ?? placedMs, to: endMs })),
  ),
  ...early.map(({ pod, node, boundMs, endMs = until }) => ({ pod, node, from: boundMs, to: endMs })),
];

/** Pods that have nodes while their gang waits for others. */
const bound = ({ early = [] }: WorkloadHistory) => early.filter(({ endMs }) => endMs === undefined);

/** GPUs, CPUs and memory in use on each node. */
function usesByNode({ workloads, standalone, nodes, endMs }: Simulation): Use[][] {
  const byNode: Use[][] = nodes.map(() => []);
  for (const { node, gpus: held } of standalone) byNode[node]!.push({ from: 0, to: endMs, amounts: [held, 0, 0] });
  for (const history of workloads) {
    const { gpusPerPod, cpusPerPod, memoryGiBPerPod } = history.workload;
    const amounts = [gpusPerPod, cpusPerPod, memoryGiBPerPod];
    for (const { node, from, to } of stays(history, endMs)) byNode[node]!.push({ from, to, amounts });
  }
  return byNode;
}

describe("whatever the scenario and the seed", () => {
  test("no node ever has more GPUs, cores or memory in use than it has", () => {
    afterwards((simulation) => {
      usesByNode(simulation).forEach((uses, i) => {
        const { gpus: all, cpus, memoryGiB } = simulation.nodes[i]!;
        const [mostGpus = 0, mostCpus = 0, mostMemory = 0] = peaks(uses);
        expect(mostGpus).toBeLessThanOrEqual(all);
        // Fractions of a core add up with an error in the last bits.
        expect(mostCpus).toBeLessThanOrEqual(cpus + 1e-6);
        expect(mostMemory).toBeLessThanOrEqual(memoryGiB + 1e-6);
      });
    });
  });

  test("a node out of service gets no new pods, and one that is not only cordoned runs none", () => {
    afterwards(({ workloads, outages, endMs }) => {
      for (const { node, from, to } of workloads.flatMap((history) => stays(history, endMs))) {
        const mine = outages.filter((outage) => outage.node === node);
        expect(mine.filter(({ fromMs, toMs }) => fromMs <= from && from < toMs)).toEqual([]);
        const stopping = mine.filter(({ kind }) => kind !== "cordon");
        expect(stopping.filter(({ fromMs, toMs }) => fromMs < to && from < toMs)).toEqual([]);
      }
    });
  });

  test("a run is lost when, and only when, a node goes from under it, and a pod bound before its gang likewise", () => {
    afterwards(({ workloads, outages }) => {
      const goesAt = (node: number, at: number | undefined) =>
        outages.some((outage) => outage.node === node && outage.kind !== "cordon" && outage.fromMs === at);
      for (const { node, outcome, endMs: end } of workloads.flatMap(({ early = [] }) => early))
        if (outcome === "lost") expect(goesAt(node, end)).toBe(true);
      for (const { outcome, lostNode, nodes, endMs: end } of workloads.flatMap(({ runs: attempts }) => attempts)) {
        expect(lostNode !== undefined).toBe(outcome === "lost");
        if (outcome !== "lost") continue;
        expect(nodes).toContain(lostNode);
        expect(goesAt(lostNode!, end)).toBe(true);
      }
    });
  });

  test("gangs are moved where one that holds quota waits for room that is there but scattered, which then starts", () => {
    afterwards(({ scenario, workloads, nodes }) => {
      const moved = workloads.flatMap((history) =>
        history.runs.flatMap((run, i) =>
          run.outcome === "moved" ? [{ history, run, again: history.runs[i + 1]! }] : [],
        ),
      );
      const started = workloads.flatMap(({ workload, holds, runs: attempts }) =>
        attempts.map((run, i) => ({
          workload,
          run,
          waitedSince: Math.max(
            attempts[i - 1]?.endMs ?? 0,
            holds.findLast((h) => h.reservedMs <= run.placedMs)!.reservedMs,
          ),
        })),
      );
      for (const { history, run, again } of moved) {
        const at = run.endMs!;
        expect(history.workload.kind).toBe("Job");
        expect(run.nodes.length).toBe(again.nodes.length);
        expect(again.placedMs).toBe(at);
        // Within one admission.
        expect(history.holds.some(({ reservedMs, endMs: end = at }) => reservedMs <= run.placedMs && at <= end)).toBe(
          true,
        );
        expect(history.holds.map(({ reservedMs }) => reservedMs)).not.toContain(at);
        const repacked = scenario.nodegroups.filter(
          ({ repackEveryHours: hours }) => hours !== undefined && at % Math.round(hours * HOUR_MS) === 0,
        );
        const placed = started.filter(({ run: other, waitedSince }) => other.placedMs === at && waitedSince < at);
        const room = placed.filter(
          ({ workload, run: other }) =>
            other.nodes.some((node) => repacked.some(({ name }) => name === nodes[node]!.nodegroup)) &&
            workload.priority >= history.workload.priority,
        );
        expect(room.length).toBeGreaterThan(0);
      }
      const sizes = (some: readonly { readonly workload: WorkloadHistory["workload"]; readonly run: Run }[]) =>
        some.reduce((sum, { workload, run }) => sum + run.nodes.length * workload.gpusPerPod, 0);
      for (const at of new Set(moved.map(({ run }) => run.endMs!))) {
        const placed = started.filter(({ run, waitedSince }) => run.placedMs === at && waitedSince < at);
        const restarted = moved.filter(({ run }) => run.endMs === at);
        expect(sizes(restarted.map(({ history, run }) => ({ workload: history.workload, run })))).toBeLessThan(
          sizes(placed),
        );
      }
    });
  });

  test("a run goes on from the last checkpoint before it, and no restart loses more than lies between two", () => {
    afterwards(({ workloads }) => {
      for (const { workload, runs: attempts } of workloads) {
        let saved = 0;
        for (const run of attempts) {
          expect(run.savedMs ?? 0).toBe(saved);
          const { checkpointMs } = workload;
          const ran = Math.max(0, (run.endMs ?? 0) - run.runningMs);
          if (checkpointMs === undefined) continue;
          // With fewer pods as much is done in more time.
          const speed = run.nodes.length / workload.pods;
          const kept = (attempts[attempts.indexOf(run) + 1]?.savedMs ?? saved + Math.floor(ran * speed)) - saved;
          expect(kept).toBeLessThanOrEqual(ran * speed);
          expect(ran - (kept + 1) / speed).toBeLessThan(checkpointMs);
          saved += Math.floor(Math.floor(ran / checkpointMs) * checkpointMs * speed);
        }
      }
    });
  });

  test("no queue is given more quota than is its own then and it may borrow, no cohort more than is its own", () => {
    afterwards(({ scenario, workloads, endMs, telemetryStartMs }) => {
      const hourOf = (ms: number) => (ms - telemetryStartMs) / HOUR_MS;
      const holds = workloads.flatMap(({ workload, holds: mine }) =>
        mine.map((hold) => ({
          queue: workload.clusterQueue,
          hold,
          use: (resource: Resource) => ({
            from: hold.reservedMs,
            to: hold.endMs ?? endMs,
            amounts: [amountOf(asAdmitted(workload, hold), resource)],
          }),
        })),
      );
      const members = scenario.clusterQueues.filter((queue) => queue.cohort !== undefined);
      const within = members.filter((queue) => queue.cohort === "left");
      for (const { name: flavor } of scenario.resourceFlavors) {
        for (const resource of ["gpus", "cpus", "memoryGiB"] as const) {
          const limitsIn = (flavors: readonly FlavorLimits[] = []): QuotaLimits | undefined =>
            flavors
              .filter((one) => one.name === flavor)
              .flatMap((one) => new Map(limitsOf(one)).get(resource) ?? [])[0];
          const quotaOf = (queue: Scenario["clusterQueues"][number]) => limitsIn(flavorsByGroup(queue).flat());
          const covered = (queue: string) =>
            flavorsByGroup(scenario.clusterQueues.find(({ name }) => name === queue)!)
              .flat()
              .some((one) => new Map(limitsOf(one)).has(resource));
          type Queues = readonly Scenario["clusterQueues"][number][];
          /** What queues use together whenever one of them is given something. */
          const neverMore = (queues: Queues, boundAt: (hour: number) => number) => {
            const names = queues.map(({ name }) => name);
            const uses = holds
              .filter(({ queue, hold: { flavor: ofGpus, flavors } }) => {
                const held = covered(queue) ? (flavors ? flavors[resource] : ofGpus) : undefined;
                return held === flavor && names.includes(queue);
              })
              .map((one) => one.use(resource));
            for (const { from } of uses) {
              const there = uses.filter((use) => use.from <= from && from < use.to);
              // Sums of thousandths have an error in the last bits.
              const used = inThousandths(there.reduce((sum, { amounts: [amount] }) => sum + amount!, 0));
              expect(used).toBeLessThanOrEqual(boundAt(hourOf(from)));
            }
          };
          const ownAt = (queue: Queues[number], hour: number) => {
            const own = quotaOf(queue);
            return own ? nominalAt(own, hour) : 0;
          };
          for (const queue of scenario.clusterQueues) {
            const own = quotaOf(queue);
            const limit = queue.cohort === undefined || !own ? 0 : (own.borrowingLimit ?? Number.POSITIVE_INFINITY);
            neverMore([queue], (hour) => ownAt(queue, hour) + limit);
          }
          const left = limitsIn(scenario.cohorts![1]!.flavors);
          const allAt = (queues: Queues, hour: number) =>
            queues.reduce((sum, queue) => sum + ownAt(queue, hour), left?.nominalQuota ?? 0);
          const { borrowingLimit } = left ?? {};
          if (borrowingLimit !== undefined) neverMore(within, (hour) => allAt(within, hour) + borrowingLimit);
          neverMore(members, (hour) => allAt(members, hour));
          for (const lender of members) {
            const { lendingLimit } = quotaOf(lender) ?? {};
            if (lendingLimit === undefined) continue;
            const others = members.filter((queue) => queue !== lender);
            neverMore(others, (hour) => allAt(others, hour) + lendingLimit);
          }
        }
      }
    });
  });

  test("whoever is preempted may be, by its preemptor's queue, and holds its quota until its pods are gone", () => {
    afterwards(({ scenario, workloads }) => {
      const queueOf = ({ workload }: WorkloadHistory) =>
        scenario.clusterQueues.find((queue) => queue.name === workload.clusterQueue)!;
      for (const victim of workloads) {
        for (const { eviction, reservedMs, endMs: gone } of victim.holds) {
          if (!eviction?.preemption) continue;
          const preemptor = workloads[eviction.preemption.preemptor]!;
          const [mine, its] = [queueOf(preemptor), queueOf(victim)];
          const lower = victim.workload.priority < preemptor.workload.priority;
          const { withinClusterQueue, reclaimWithinCohort, borrowWithinCohort } = mine.preemption!;
          if (mine === its) {
            expect(eviction.preemption.reason).toBe("InClusterQueue");
            expect(withinClusterQueue).not.toBe("Never");
            if (!lower) {
              expect(withinClusterQueue).toBe("LowerOrNewerEqualPriority");
              expect(victim.workload.priority).toBe(preemptor.workload.priority);
            }
          } else {
            expect([its.cohort, mine.cohort]).not.toContain(undefined);
            if (!lower) expect(reclaimWithinCohort).toBe("Any");
            if (eviction.preemption.reason === "InCohortFairSharing") expect(scenario.fairSharing).toBeDefined();
            if (eviction.preemption.reason === "InCohortReclaimWhileBorrowing") {
              expect(lower && borrowWithinCohort!.policy === "LowerPriority").toBe(true);
              expect(victim.workload.priority).toBeLessThanOrEqual(
                borrowWithinCohort!.maxPriorityThreshold ?? Number.POSITIVE_INFINITY,
              );
            }
          }
          expect(eviction.atMs).toBeGreaterThanOrEqual(reservedMs);
          expect((gone ?? eviction.atMs) - eviction.atMs).toBeLessThanOrEqual(scenario.terminationGraceSeconds! * 1000);
        }
      }
    });
  });

  test("a stopped queue admits nothing, and if it drains, what it had admitted is told to go", () => {
    afterwards(({ scenario, telemetryStartMs, workloads, endMs }) => {
      for (const stop of listStops(scenario, telemetryStartMs, endMs)) {
        const { drains, fromMs, toMs } = stop;
        const holds = workloads.flatMap((one) => (belongsTo(one.workload, stop) ? one.holds : []));
        expect(holds.filter(({ reservedMs }) => fromMs <= reservedMs && reservedMs < toMs)).toEqual([]);
        if (!drains) continue;
        const there = holds.filter((hold) => hold.reservedMs < fromMs && (hold.endMs ?? endMs) > fromMs);
        expect(there.filter(({ eviction }) => !eviction || eviction.atMs > fromMs)).toEqual([]);
      }
    });
  });

  test("what is borrowed is what goes beyond the nominal quota at the moment of admission", () => {
    afterwards(({ scenario, workloads, endMs, telemetryStartMs }) => {
      const holds = workloads.flatMap(({ workload, holds: mine }) => mine.map((hold) => ({ workload, hold })));
      for (const { workload, hold } of holds) {
        const limits = scenario.clusterQueues
          .find((queue) => queue.name === workload.clusterQueue)!
          .flavors.find((flavor) => flavor.name === hold.flavor)!;
        const nominalQuota = nominalAt(limits, (hold.reservedMs - telemetryStartMs) / HOUR_MS);
        const others = holds.filter(
          (other) =>
            other.workload.clusterQueue === workload.clusterQueue &&
            other.hold.flavor === hold.flavor &&
            other.hold.reservedMs < hold.reservedMs &&
            (other.hold.endMs ?? endMs) > hold.reservedMs,
        );
        const before = others.reduce((sum, other) => sum + gpus(asAdmitted(other.workload, other.hold)), 0);
        const size = gpus(asAdmitted(workload, hold));
        // Others may be admitted at the same instant before this one.
        expect(hold.borrowed).toBeGreaterThanOrEqual(Math.min(size, Math.max(0, before + size - nominalQuota)));
        expect(hold.borrowed).toBeLessThanOrEqual(size);
      }
    });
  });

  test("workloads run on the GPU models that they name, behind the flavor that they were given, all pods at once", () => {
    afterwards(({ scenario, workloads, nodes, endMs }) => {
      for (const history of workloads) {
        const { workload, holds, runs: attempts } = history;
        const holdAt = (ms: number) => holds.findLast((hold) => hold.reservedMs <= ms)!;
        for (const run of attempts) expect(run.nodes).toHaveLength(asAdmitted(workload, holdAt(run.placedMs)).pods);
        for (const { node, from } of stays(history, endMs)) {
          const allowed = flavorNodegroups(scenario, holdAt(from).flavor)
            .filter((group) => workload.gpuModels.includes(group.gpuModel))
            .map((group) => group.name);
          expect(allowed).toContain(nodes[node]!.nodegroup);
        }
      }
    });
  });

  test("a workload is admitted with all its pods, or with at least the fewest that it takes", () => {
    afterwards(({ workloads }) => {
      for (const { workload, holds } of workloads) {
        for (const { pods } of holds) {
          if (pods === undefined) continue;
          expect(pods).toBeLessThan(workload.pods);
          expect(pods).toBeGreaterThanOrEqual(workload.minPods!);
        }
      }
    });
  });

  test("a gang that requires one rack or the like is never on two, nor one that requires a host", () => {
    afterwards(({ scenario, workloads, nodes }) => {
      for (const { workload, runs: attempts } of workloads) {
        if (workload.topology?.kind !== "required") continue;
        const { level } = workload.topology;
        const domainOf = (node: number) => {
          const { nodegroup } = nodes[node]!;
          const size = scenario.nodegroups
            .find(({ name }) => name === nodegroup)!
            .topology!.find((d) => d.level === level);
          const index = node - nodes.findIndex((one) => one.nodegroup === nodegroup);
          return `${nodegroup} ${Math.floor(index / (size?.nodes ?? 1))}`;
        };
        for (const run of attempts) expect(new Set(run.nodes.map(domainOf)).size).toBe(1);
      }
    });
  });

  test("work has a topology-aware flavor if it asks for the topology, or its queue has no other", () => {
    afterwards(({ scenario, workloads }) => {
      const isAware = (flavor: string) =>
        scenario.resourceFlavors.find(({ name }) => name === flavor)!.topologyAware === true;
      for (const { workload, holds } of workloads) {
        const { flavors } = scenario.clusterQueues.find(({ name }) => name === workload.clusterQueue)!;
        const expected = workload.topology !== undefined || flavors.every(({ name }) => isAware(name));
        for (const { flavor } of holds) expect(isAware(flavor)).toBe(expected);
      }
    });
  });

  test("a workload's history holds together: created, quota, nodes, Running, end, and in one state", () => {
    afterwards(({ workloads, endMs, scenario }) => {
      for (const history of workloads) expectConsistent(history, endMs, scenario);
    });
  });

  test("the same scenario and seed give the same simulation, causes included", () => {
    always((scenario, seed) => {
      expect(runSimulation({ scenario, seed })).toEqual(runSimulation({ scenario, seed }));
    });
  });

  test("the causes of a workload's waiting add up to the time that it waited", () => {
    always((scenario, seed) => {
      const { workloads, waits, endMs } = runSimulation({ scenario, seed });
      expect(workloads.map((_, id) => waits[id]!.reduce((sum, { fromMs, toMs }) => sum + toMs - fromMs, 0))).toEqual(
        workloads.map((history) => waited(history, endMs)),
      );
    });
  });
});

test("the random scenarios meet every cause of waiting, evictions, retries, loans and gangs", () => {
  const met = new Set<string>();
  for (const scenario of fc.sample(anyScenario, { numRuns: 500, seed: 2 })) {
    const { workloads, waits } = runSimulation({ scenario, seed: 1 });
    for (const { cause } of waits.flat()) met.add(cause);
    for (const { workload, holds, runs: attempts, early = [], state } of workloads) {
      met.add(state);
      for (const { outcome } of early) met.add(`early ${outcome}`);
      for (const { end, borrowed, pods, eviction } of holds)
        met
          .add(`hold ${end}`)
          .add(borrowed > 0 ? "loan" : "own")
          .add(pods === undefined ? "all pods" : "fewer pods")
          .add(String(eviction?.preemption?.reason ?? (eviction?.underlyingCause || eviction?.reason)));
      for (const { outcome, attempt, savedMs, boundMs } of attempts)
        met
          .add(boundMs === undefined ? "together" : "one by one")
          .add(`run ${outcome}`)
          .add(attempt > 0 ? "retry" : "first")
          .add(savedMs === undefined ? "anew" : "resumed");
      if (workload.pods > 1 && attempts.length > 0) met.add("gang");
      if (workload.topology && attempts.length > 0) met.add(workload.topology.kind);
    }
  }
  const states = ["succeeded", "failed", "pending", "unplaced", "starting", "running"];
  const events = [
    "hold evicted",
    "hold finished",
    "run evicted",
    "run failed",
    "run lost",
    "run moved",
    "run reaped",
    "WaitForRecovery",
    "InClusterQueue",
    "InCohortReclamation",
    "InCohortFairSharing",
    "ClusterQueueStopped",
    "LocalQueueStopped",
    "NodeFailures",
    "required",
    "preferred",
    "unconstrained",
    "resumed",
    "run succeeded",
    "loan",
    "fewer pods",
    "retry",
    "gang",
    "one by one",
    "early undefined",
    "early evicted",
    "early lost",
    "early failed",
  ];
  expect([...causes, ...states, ...events].filter((one) => !met.has(one))).toEqual([]);
});

describe("at every instant", () => {
  test("no more waiting is explained by free GPUs than there are, nor by those out of service", () => {
    atEveryInstant(({ free, waiting }) => {
      const explained = (...causes: string[]) =>
        waiting.filter((w) => causes.includes(w.cause)).reduce((sum, w) => sum + gpus(w.request), 0);
      const healthy = free.gpus.reduce((sum, n, node) => sum + n * free.schedulable[node]!, 0);
      const all = free.gpus.reduce((sum, n) => sum + n, 0);
      const byFree = explained("head-of-line", "backoff", "quota", "fragmentation", "flavor");
      expect(byFree).toBeLessThanOrEqual(healthy);
      expect(byFree + explained("unavailable")).toBeLessThanOrEqual(all);
    });
  });

  test("no workload that holds quota waits for quota, and only StrictFIFO has a head to wait behind", () => {
    atEveryInstant(({ now, waiting, admission }, scenario) => {
      for (const { history, cause } of waiting) {
        const { clusterQueue } = history.workload;
        const { queueingStrategy } = scenario.clusterQueues.find((queue) => queue.name === clusterQueue)!;
        if (history.state === "unplaced")
          expect(["fragmentation", "unavailable", "flavor", "capacity"]).toContain(cause);
        const stopped = history.state === "pending" && cause !== "invalid" && admission.isStopped(history.workload);
        expect(stopped).toBe(cause === "stopped");
        const preempting = [...admission.preemptors];
        expect(preempting.includes(history.workload)).toBe(cause === "preemption");
        if (cause === "head-of-line" && preempting.length === 0) expect(queueingStrategy).toBe("StrictFIFO");
        if (cause === "backoff") expect(now).toBeLessThan(history.holds.at(-1)!.requeueMs!);
      }
    });
  });

  test("those that wait are those without nodes, each once, with those of its pods that have none", () => {
    atEveryInstant(({ now, waiting, workloads }) => {
      const without = workloads.filter(
        ({ workload, state }) => workload.createdMs <= now && (state === "pending" || state === "unplaced"),
      );
      const ids = (histories: readonly WorkloadHistory[]) =>
        histories.map(({ workload }) => workload.id).sort((a, b) => a - b);
      expect(ids(waiting.map((w) => w.history))).toEqual(ids(without));
      for (const { history, request } of waiting) {
        const { workload, state, holds } = history;
        const { pods } = state === "unplaced" ? asAdmitted(workload, holds.at(-1)!) : workload;
        expect(request.pods).toBe(pods - bound(history).length);
      }
    });
  });

  test("what Kueue has found nodes for is on them, and what it has not is not admitted", () => {
    atEveryInstant(({ topology, workloads }) => {
      for (const { state, holds } of workloads)
        if (state === "unplaced") expect(topology.isAware(holds.at(-1)!.flavor)).toBe(false);
    });
  });

  test("free room is what nodes have less what runs on them", () => {
    atEveryInstant(({ free, workloads }, scenario) => {
      const room = scenario.nodegroups.flatMap((group) => Array<number>(group.nodes).fill(group.gpusPerNode));
      for (const { nodegroup, gpusPerPod } of scenario.standalone)
        room[scenario.nodegroups.findIndex(({ name }) => name === nodegroup)]! -= gpusPerPod;
      for (const history of workloads)
        for (const { node, to } of stays(history, Number.POSITIVE_INFINITY))
          if (to === Number.POSITIVE_INFINITY) room[node]! -= history.workload.gpusPerPod;
      expect([...free.gpus]).toEqual(room);
    });
  });

  test("nothing that fits quota and nodes is left waiting, but behind a head or in its backoff", () => {
    atEveryInstant(({ waiting, admission, topology }, scenario) => {
      for (const { history, cause } of waiting) {
        if (history.state !== "pending" || cause === "head-of-line" || cause === "backoff" || cause === "invalid")
          continue;
        const { clusterQueue } = history.workload;
        const { queueingStrategy, flavors } = scenario.clusterQueues.find((queue) => queue.name === clusterQueue)!;
        // While its queue's first waits for those that it preempts, nobody behind it is tried, and it keeps the nodes
        // that it will take from others.
        if (cause === "stopped") continue;
        const aware = flavors.some(({ name }) => topology.isAware(name));
        const blocked = [...admission.preemptors].some((one) => aware || one.clusterQueue === clusterQueue);
        const { workload } = history;
        const fits = flavors.some(
          ({ name }) =>
            admission.wouldFit(workload, name) && (!topology.isAware(name) || topology.find(workload, name)),
        );
        if (queueingStrategy === "BestEffortFIFO" && history.holds.length === 0 && !blocked) expect(fits).toBe(false);
      }
    });
  });
});

function expectConsistent(
  { workload, holds, runs: attempts, early, state }: WorkloadHistory,
  endMs: number,
  scenario: Scenario,
) {
  const timeout = (scenario.podsReadyTimeoutMinutes ?? Number.NaN) * 60_000;
  const recovery = (scenario.podsReadyRecoveryMinutes ?? Number.NaN) * 60_000;
  let earliest = workload.createdMs;
  let timeouts = 0;
  for (const [i, hold] of holds.entries()) {
    expect(hold.reservedMs).toBeGreaterThanOrEqual(earliest);
    expect(hold.endMs ?? endMs).toBeGreaterThanOrEqual(hold.reservedMs);
    if (i < holds.length - 1) expect(hold.end).toBe("evicted");
    if (hold.end === "evicted" && hold.eviction!.reason !== "PodsReadyTimeout")
      expect(hold.requeueMs).toBe(hold.endMs! + 1000);
    else if (hold.end === "evicted") {
      if (hold.eviction!.underlyingCause === "WaitForStart") expect(hold.endMs).toBe(hold.reservedMs + timeout);
      else expect(attempts.map((run) => run.endMs)).toContain(hold.endMs! - recovery);
      expect(hold.requeueMs! - hold.endMs!).toBe(Math.min(3_600_000, 60_000 * 2 ** timeouts++));
    }
    earliest = hold.requeueMs ?? hold.endMs ?? endMs;
  }
  if (scenario.binding !== "pod")
    expect([early, attempts.map((run) => run.boundMs)]).toEqual([undefined, attempts.map(() => undefined)]);
  for (const { boundMs, endMs: left, outcome } of early ?? []) {
    const hold = holds.findLast((h) => h.reservedMs <= boundMs)!;
    expect(left ?? endMs).toBeLessThanOrEqual(hold.endMs ?? endMs);
    if (outcome === undefined) expect([left, state]).toEqual([undefined, "unplaced"]);
    if (outcome === "evicted") expect([left, hold.end]).toEqual([hold.endMs, "evicted"]);
    if (outcome === "failed") expect([left, hold.end, workload.kind]).toEqual([hold.endMs, "finished", "Pod"]);
  }
  let free = workload.createdMs;
  let failures = 0;
  for (const [i, run] of attempts.entries()) {
    const hold = holds.findLast((h) => h.reservedMs <= run.placedMs)!;
    expect(run.podsCreatedMs).toBe(Math.max(hold.reservedMs, attempts[i - 1]?.endMs ?? 0));
    expect(run.placedMs).toBeGreaterThanOrEqual(Math.max(free, run.podsCreatedMs));
    expect(run.runningMs).toBe(run.placedMs + workload.startupMs);
    if (run.boundMs) {
      expect(Math.max(...run.boundMs)).toBe(run.placedMs);
      expect(Math.min(...run.boundMs)).toBeGreaterThanOrEqual(run.podsCreatedMs);
      expect(Math.min(...run.boundMs)).toBeLessThan(run.placedMs);
    }
    expect(run.endMs ?? endMs).toBeLessThanOrEqual(hold.endMs ?? endMs);
    expect(run.attempt).toBe(failures);
    if (run.outcome === "evicted") expect(run.endMs).toBe(hold.endMs);
    else if (run.outcome === "lost") expect(run.endMs).toBeGreaterThanOrEqual(run.placedMs);
    else if (run.outcome === "moved") {
      expect(run.endMs).toBeGreaterThan(run.placedMs);
      expect(attempts[i + 1]!.placedMs).toBe(run.endMs);
    } else if (run.outcome === "reaped") {
      expect(run.endMs).toBe(run.reapedMs);
      const { reapedAfterIdleMinutes } = scenario.workloadClasses.find(({ name }) => name === workload.workloadClass)!;
      expect(run.endMs! - run.runningMs).toBeGreaterThanOrEqual(reapedAfterIdleMinutes! * MINUTE_MS);
    } else if (run.outcome !== undefined) {
      const { durationMs, fails } = workload.attempts[run.attempt]!;
      const wholeMs = Math.max(...workload.attempts.map((attempt) => attempt.durationMs));
      const whole = run.savedMs === undefined ? durationMs : durationMs * (1 - run.savedMs / wholeMs);
      const left = (whole * workload.pods) / run.nodes.length;
      expect(Math.abs(run.endMs! - run.runningMs - Math.max(1, left))).toBeLessThanOrEqual(0.5);
      expect(run.outcome).toBe(fails ? "failed" : "succeeded");
    } else {
      expect(i).toBe(attempts.length - 1);
      expect(hold.endMs).toBeUndefined();
    }
    free = run.endMs ?? endMs;
    if (run.outcome === "failed") failures++;
  }

  const [hold, run] = [holds.at(-1), attempts.at(-1)];
  const holding = hold !== undefined && hold.endMs === undefined;
  const onNodes = run !== undefined && run.endMs === undefined;
  const over = hold?.end === "finished";
  /** A plain Pod failed before all of its gang had nodes. */
  const neverRan = over && early?.at(-1)?.endMs === hold.endMs;
  const ended = neverRan || run?.outcome === "lost" ? "failed" : run?.outcome === "reaped" ? "succeeded" : run?.outcome;
  const expected = over
    ? ended
    : !holding
      ? "pending"
      : !onNodes
        ? "unplaced"
        : run.runningMs <= endMs
          ? "running"
          : "starting";
  expect(state).toBe(expected);
  if (over && !neverRan) {
    expect(run!.endMs).toBe(hold.endMs);
    if (run!.outcome === "lost") expect(workload.kind).toBe("Pod");
    else if (run!.outcome !== "reaped") expect(run!.attempt).toBe(workload.attempts.length - 1);
  }
}

/** Time in which not all pods had nodes: from the creation, or the loss of the nodes before, to all nodes or the end. */
function waited({ workload, holds, runs: attempts }: WorkloadHistory, endMs: number): number {
  let total = 0;
  let since: number = workload.createdMs;
  for (const run of attempts) {
    total += run.placedMs - since;
    since = run.endMs ?? endMs;
  }
  const last = holds.at(-1);
  return total + (last?.end === "finished" ? last.endMs! : endMs) - since;
}
