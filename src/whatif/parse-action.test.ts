import { describe, expect, test } from "vitest";
import { EvenkeelError } from "../errors.js";
import { balanced } from "../scenario/balanced.js";
import { fragmentation } from "../scenario/fragmentation.js";
import { scenarios } from "../scenario/index.js";
import { flavorNodegroups } from "../scenario/nodes.js";
import { parseScenario } from "../scenario/parse.js";
import { racksFragmented } from "../scenario/racks-fragmented.js";
import type { Scenario } from "../scenario/schema.js";
import { formOf } from "./actions/action.js";
import { actionKinds } from "./actions/index.js";
import { mustAgree, parseAction, parseTogether, withActions } from "./parse-action.js";
import { variantsOf } from "./whatif.js";

const world = parseScenario(balanced, "balanced");

function frozen<T>(value: T): T {
  if (typeof value === "object" && value !== null) Object.values(Object.freeze(value)).forEach(frozen);
  return value;
}

const changedBy = (text: string, scenario: Scenario = world) => parseAction(text, scenario).apply(frozen(scenario));
const together = (text: string, scenario: Scenario = world) =>
  withActions(frozen(scenario), parseTogether(text, scenario));
const refusal = (text: string, scenario: Scenario = world): string => {
  try {
    together(text, scenario);
  } catch (error) {
    expect(error).toBeInstanceOf(EvenkeelError);
    return (error as Error).message;
  }
  throw new Error(`${text} was not refused`);
};
const queue = ({ clusterQueues }: Scenario, name: string) => clusterQueues.find((one) => one.name === name)!;
const group = ({ nodegroups }: Scenario, name: string) => nodegroups.find((one) => one.name === name)!;
const one = ({ workloadClasses }: Scenario, name: string) => workloadClasses.find((c) => c.name === name)!;

describe("every action", () => {
  test.each(actionKinds.map((kind) => [kind.name, kind] as const))(
    "%s: its example is read as its form says, and changes some scenario",
    (name, kind) => {
      expect(formOf(kind).split(" ")[0]).toBe(name);
      expect(kind.example.startsWith(`${name} `)).toBe(true);
      const changed = scenarios.some((scenario) => {
        const before = parseScenario(scenario, scenario.name);
        try {
          return JSON.stringify(changedBy(kind.example, before)) !== JSON.stringify(before);
        } catch {
          return false;
        }
      });
      expect(changed).toBe(true);
    },
  );

  test("leaves the scenario that it is given as it is", () => {
    const text = JSON.stringify(world);
    for (const { example } of actionKinds) {
      try {
        changedBy(example);
      } catch (error) {
        expect(error).toBeInstanceOf(EvenkeelError);
      }
    }
    expect(JSON.stringify(world)).toBe(text);
  });
});

describe("nodes", () => {
  test("that are added bring quota on their flavor in proportion, and no other", () => {
    const then = changedBy("add-nodes a100-training 3");
    expect(group(then, "a100-training").nodes).toBe(9);
    expect(queue(then, "training-a100").flavors[0]!.nominalQuota).toBe(48);
    expect(queue(then, "batch-a100").flavors[0]).toMatchObject({ nominalQuota: 24, borrowingLimit: 16 });
    expect(queue(then, "training-h100")).toEqual(queue(world, "training-h100"));
  });

  test("that are added and taken back leave what there was", () => {
    const there = changedBy("add-nodes a100-training 3");
    expect(changedBy("remove-nodes a100-training 3", there)).toEqual(world);
  });

  test("that come late are absent until then, from the start of the warm-up on, and so is their quota", () => {
    const then = changedBy("add-nodes a100-training 3 after 90m");
    expect(then.outages).toEqual(
      [6, 7, 8].map((node) => ({ nodegroup: "a100-training", node, kind: "delete", fromHour: -168, toHour: 1.5 })),
    );
    expect(queue(then, "training-a100").flavors).toEqual([
      { name: "a100-west", nominalQuota: 32, quotaChanges: [{ fromHour: 1.5, nominalQuota: 48 }] },
    ]);
    expect(queue(changedBy("quota training-a100 a100-west 40", then), "training-a100").flavors).toEqual([
      { name: "a100-west", nominalQuota: 40 },
    ]);
    const moved = changedBy("move-nodes a100-research a100-training 1 after 2h");
    expect(queue(moved, "research").flavors[0]).toEqual({ name: "a100-east", nominalQuota: 16 });
    expect(queue(moved, "training-a100").flavors[0]!.quotaChanges).toEqual([{ fromHour: 2, nominalQuota: 37 }]);
  });

  test("come after the nodegroup's provisioning delay unless told, and no more of them than it scales to", () => {
    const scaling = {
      ...world,
      nodegroups: world.nodegroups.map((n) =>
        n.name === "l40s-inference" ? { ...n, autoscaling: { maxNodes: 18, provisioningMinutes: 30 } } : n,
      ),
    };
    expect(changedBy("add-nodes l40s-inference 1", scaling).outages).toEqual([
      { nodegroup: "l40s-inference", node: 16, kind: "delete", fromHour: -168, toHour: 0.5 },
    ]);
    expect(refusal("add-nodes l40s-inference 3", scaling)).toContain("at most 2");
  });

  test("move between nodegroups of one kind, with their quota", () => {
    const then = changedBy("move-nodes a100-research a100-training 1");
    expect([group(then, "a100-research").nodes, group(then, "a100-training").nodes]).toEqual([2, 7]);
    expect(queue(then, "research").flavors).toEqual([
      { name: "a100-east", nominalQuota: 16 },
      { name: "h100-east", nominalQuota: 4 },
    ]);
    expect(refusal("move-nodes a100-research h100-training 1")).toContain("8 A100");
    // From one region to another they are given back, which saves nothing yet, and bought.
    expect(parseAction("move-nodes a100-research a100-training 1", world).money).toMatchObject({
      usdPerMonth: 8 * 3.5 * 730,
      reusableUsdPerMonth: 8 * 3.5 * 730,
    });
    const near = {
      ...world,
      nodegroups: world.nodegroups.map((n) => (n.name === "a100-research" ? { ...n, region: "us-west-2" } : n)),
    };
    expect(parseAction("move-nodes a100-research a100-training 1", near).money.usdPerMonth).toBe(0);
  });

  test("are repacked every hour or as told", () => {
    expect(group(changedBy("repack a100-training"), "a100-training").repackEveryHours).toBe(1);
    expect(group(changedBy("repack a100-training every 90m"), "a100-training").repackEveryHours).toBe(1.5);
    expect(refusal("repack a100-training every 14d")).toContain("allowed: less than 14 d");
    expect(refusal("repack a100-training", changedBy("repack a100-training"))).toContain("changes nothing");
    const racks = parseScenario(racksFragmented, "racks-fragmented");
    const aware = racks.resourceFlavors.find(({ topologyAware }) => topologyAware)!.name;
    const [covered] = flavorNodegroups(racks, aware);
    expect(refusal(`repack ${covered!.name}`, racks)).toContain("is topology-aware");
  });

  test("cost their list price for a month, and what is committed saves nothing when it goes", () => {
    expect(parseAction("add-nodes h100-training 2", world).money).toEqual({
      usdPerMonth: 2 * 8 * 4.5 * 730,
      committedUntil: "2026-12-31T00:00:00Z",
      reusableUsdPerMonth: 0,
    });
    expect(parseAction("remove-nodes h100-research 1", world).money.usdPerMonth).toBe(-8 * 4.5 * 730);
    expect(parseAction("remove-nodes a100-research 1", world).money).toMatchObject({
      usdPerMonth: 0,
      reusableUsdPerMonth: 8 * 3.5 * 730,
    });
  });

  test("that go take what their queues may lend beyond what is left", () => {
    const lends = {
      ...world,
      clusterQueues: world.clusterQueues.map((one) =>
        one.name === "training-a100"
          ? { ...one, flavors: one.flavors.map((f) => ({ ...f, lendingLimit: f.nominalQuota })) }
          : one,
      ),
    };
    const limits = (text: string) => queue(changedBy(text, lends), "training-a100").flavors[0];
    expect(limits("remove-nodes a100-training 3")).toMatchObject({ nominalQuota: 16, lendingLimit: 16 });
    expect(limits("quota training-a100 a100-west 5")).toMatchObject({ nominalQuota: 5, lendingLimit: 5 });
    expect(limits("add-nodes a100-training 3")).toMatchObject({ nominalQuota: 48, lendingLimit: 32 });
  });

  test("do not move to where they are, and are no more than can be simulated", () => {
    expect(refusal("move-nodes a100-research a100-research 1")).toContain("found a100-research twice");
    expect(refusal("add-nodes a100-research 2000000000 after 2h")).toContain("at most 99997");
  });

  test("that are away come back, where any are", () => {
    expect(changedBy("uncordon l40s-inference").cordons).toEqual([]);
    expect(refusal("uncordon h100-training")).toContain("no node of h100-training");
  });
});

describe("queues", () => {
  test("borrow without a limit, up to one, or not at all", () => {
    const limit = (text: string) => queue(changedBy(text), "batch-a100").flavors[0]!.borrowingLimit;
    expect(limit("borrow batch-a100 on")).toBeUndefined();
    expect(limit("borrow batch-a100 off")).toBe(0);
    expect(limit("borrow batch-a100 4 on a100-west")).toBe(4);
    expect(refusal("borrow training-h100 on")).toContain("in no cohort");
  });

  test("leave a cohort with all that only its members have", () => {
    const member = {
      ...world,
      fairSharing: { preemptionStrategies: ["LessThanInitialShare" as const] },
      clusterQueues: world.clusterQueues.map((one) =>
        one.name === "batch-a100"
          ? {
              ...one,
              fairSharing: { weight: 2 },
              preemption: { withinClusterQueue: "LowerPriority" as const, reclaimWithinCohort: "Any" as const },
              flavors: one.flavors.map((f) => ({
                ...f,
                cpus: { nominalQuota: 64, borrowingLimit: 8, lendingLimit: 8 },
              })),
            }
          : one,
      ),
    };
    expect(queue(changedBy("cohort batch-a100 none", member), "batch-a100")).toEqual({
      name: "batch-a100",
      queueingStrategy: queue(world, "batch-a100").queueingStrategy,
      preemption: { withinClusterQueue: "LowerPriority", reclaimWithinCohort: "Never" },
      flavors: [{ name: "a100-west", nominalQuota: 16, cpus: { nominalQuota: 64 } }],
    });
  });

  test("get another flavor with all that it has, or what their cohort lends, if it could run their work", () => {
    expect(queue(changedBy("retarget fraud a100-east"), "training-a100").flavors.at(-1)).toEqual({
      name: "a100-east",
      nominalQuota: 24,
    });
    expect(queue(changedBy("retarget fraud h100-west quota 8"), "training-a100").flavors.at(-1)!.nominalQuota).toBe(8);
    const shared = together("cohort research a100 + retarget fraud a100-east");
    expect(queue(shared, "training-a100").flavors.at(-1)).toEqual({ name: "a100-east", nominalQuota: 0 });
    const kept = ["cohort research a100", "lend research off on a100-east"].reduce(
      (s, text) => changedBy(text, s),
      world,
    );
    expect(queue(changedBy("retarget fraud a100-east", kept), "training-a100").flavors.at(-1)!.nominalQuota).toBe(24);
    expect(refusal("retarget fraud l40s-west")).toContain("fraud can run on H100 and A100");
    expect(refusal("retarget fraud a100-west")).toContain("has a100-west already");
    // By its ClusterQueue, which telemetry knows; then any of its classes will do.
    expect(changedBy("retarget training-a100 a100-east")).toEqual(changedBy("retarget fraud a100-east"));
    expect(refusal("retarget training-b100 a100-east")).toMatch(/no ClusterQueue that has one\..*training-a100/);
  });
});

describe("demand", () => {
  test("moves in the day", () => {
    expect(one(changedBy("shift finetune-h100 8h"), "finetune-h100").arrivals).toMatchObject({ peakHour: 4 });
    expect(one(changedBy("shift features -6h"), "features").arrivals).toMatchObject({ offsetHours: 94 });
  });

  test("is capped below what it is", () => {
    expect(one(changedBy("cap batch 5"), "batch").arrivals).toMatchObject({ perHour: 5 });
    expect(refusal("cap batch 7")).toContain("less than that");
    expect(refusal("cap batch 0x5")).toContain("a number above 0");
  });
});

describe("what is refused", () => {
  test("says what is near, where it is a name", () => {
    expect(refusal("ad-nodes h100-training 2")).toContain('Did you mean "add-nodes"?');
    expect(refusal("add-nodes h100-trainning 2")).toContain('Did you mean "h100-training"?');
    expect(refusal("strategy research-h100 Strict")).toContain("StrictFIFO");
    expect(refusal("cap btch 2")).toContain('"batch"');
  });

  test("says what is missing or too much, and how it is written", () => {
    const form = "It is written: add-nodes <nodegroup> <nodes> [after <delay>]";
    expect(refusal("add-nodes h100-training")).toContain(
      `<nodes>: found nothing; allowed: a whole number from 1 on\n  ${form}`,
    );
    expect(refusal("add-nodes h100-training 0")).toContain(form);
    expect(refusal("add-nodes h100-training 1.5")).toContain(form);
    expect(refusal("add-nodes h100-training 1 now")).toContain('found "now" after it; allowed: after');
    expect(refusal("add-nodes h100-training 1 after")).toContain("<after>: found nothing");
    expect(refusal("add-nodes h100-training 1 after 2h after 3h")).toContain("a second time");
    expect(refusal("")).toContain("found nothing");
  });

  test("is what makes no scenario, with the place", () => {
    expect(
      refusal("remove-nodes h100-research 1", {
        ...world,
        standalone: [{ ...world.standalone[0]!, nodegroup: "h100-research", pods: 2, gpusPerPod: 8 }],
      }),
    ).toMatch(/^--action "remove-nodes h100-research 1": standalone .*no room/);
    expect(refusal("cordon h100-research 9")).toMatch(/balanced with "cordon h100-research 9" is wrong[\s\S]*cordons/);
    expect(refusal("remove-nodes h100-research 2")).toContain("at most 1");
  });

  test("is what contradicts another action", () => {
    const all =
      (...written: string[]) =>
      () =>
        mustAgree(written.flatMap((one) => parseTogether(one, world)));
    expect(all("add-nodes h100-training 1", "remove-nodes h100-training 1")).toThrow(
      /how many nodes h100-training has, and so does/,
    );
    expect(all("borrow batch-a100 on + borrow batch-a100 off")).toThrow(/what batch-a100 may borrow/);
    expect(all("placement pack", "placement fgd")).toThrow(/placement policy/);
    expect(all("borrow batch-a100 on + lend batch-a100 off", "add-nodes h100-training 1")).not.toThrow();
  });
});

describe("what would be tried in vain is refused", () => {
  test.each([
    "shift finetune-h100 24h",
    "shift finetune-h100 -48h",
    "shift features 192h",
    "strategy research-h100 StrictFIFO",
    "placement pack",
    "quota training-a100 a100-west 32",
    "borrow batch-a100 16",
    "lend batch-a100 on",
    "cohort batch-a100 a100",
    "cohort training-h100 none",
    "preempt training-h100 Never Never",
    "pods-ready-timeout off",
  ])("%s, since it changes nothing", (text) => {
    expect(refusal(text)).toMatch(/^--action ".*": changes nothing: balanced is so already/);
    // Beside another it does no harm.
    expect(together(`${text} + add-nodes h100-research 1`)).toEqual(changedBy("add-nodes h100-research 1"));
  });

  test("what is done a second time", () => {
    for (const text of ["cordon h100-research 1", "reap notebook after 2h", "topology trio preferred"]) {
      const base = text.startsWith("topology") ? parseScenario(racksFragmented, "racks-fragmented") : world;
      expect(refusal(text, changedBy(text, base))).toContain("changes nothing");
    }
  });

  test("what comes after the end", () => {
    expect(refusal("add-nodes h100-research 1 after 7d")).toContain("found 7 d;");
    expect(refusal("move-nodes a100-research a100-training 1 after 8d")).toContain("or more --days");
    expect(refusal("reap notebook after 14d")).toContain("allowed: less than 14 d");
    expect(() => together("reap notebook after 13d + add-nodes h100-research 1 after 6d")).not.toThrow();
  });
});

describe("actions that are only tried together", () => {
  test("may need each other", () => {
    expect(refusal("borrow training-h100 8")).toContain("in no cohort");
    const then = together("borrow training-h100 8 + cohort training-h100 a100");
    expect(queue(then, "training-h100")).toMatchObject({ cohort: "a100", flavors: [{ borrowingLimit: 8 }] });
  });

  test("are variants of their own, alone and beside others, and are paid together", () => {
    const both = "add-nodes h100-training 1 + add-nodes h100-research 1";
    const variants = variantsOf(world, [both, "shift batch +8h"]);
    const [first, second] = both.split(" + ");
    expect(variants.map(({ actions }) => actions)).toEqual([
      [first, second],
      ["shift batch +8h"],
      [first, second, "shift batch +8h"],
    ]);
    expect(variants[0]!.money.usdPerMonth).toBe(2 * 8 * 4.5 * 730);
  });

  test("may have one of them alone beside them, to see what the other adds: all of it together is not tried then", () => {
    const actions = (...given: string[]) => variantsOf(world, given).map((one) => one.actions);
    const [first, second] = ["add-nodes h100-training 1", "shift batch +8h"];
    expect(actions(`${first} + ${second}`, first!)).toEqual([[first, second], [first]]);
    expect(() => actions(first!, "add-nodes h100-training 2")).toThrow(/changes .*h100-training.*, and so does/);
  });

  test("are told what is wrong with one of them", () => {
    expect(refusal("cohort training-h100 a100 +")).toContain("found nothing");
    expect(refusal("cohort training-h100 a100 + borow training-h100 8")).toContain('Did you mean "borrow"?');
  });
});

test("a flavor is opened without quota where a cohort around the queue's own has some to lend", () => {
  const nested = (lendingLimit?: number): Scenario => ({
    ...world,
    cohorts: [
      { name: "a100", parent: "all" },
      { name: "all" },
      { name: "east", parent: "all", flavors: [{ name: "a100-east", nominalQuota: 24, lendingLimit }] },
    ],
  });
  const opened = (scenario: Scenario) =>
    queue(changedBy("retarget fraud a100-east", scenario), "training-a100").flavors.at(-1)!.nominalQuota;
  expect(opened(nested())).toBe(0);
  expect(opened(nested(0))).toBe(24);
});

describe("actions that contradict nothing come to the same in any order", () => {
  const out = { nodegroup: "a100-training", node: 0, kind: "fail" as const, fromHour: 0 };
  const base = { ...parseScenario(fragmentation, "fragmentation"), outages: [out] };
  test.each([
    [["add-nodes a100-training 1", "placement fgd", "borrow batch-a100 on", "cap batch 2", "pods-ready-timeout 30m"]],
    // Quota that follows nodes, and quota that is set.
    [["add-nodes a100-training 1", "quota training-a100 a100-west 40"]],
    // Nodes that are away come back; those that come late still do.
    [["add-nodes a100-training 1 after 2h", "uncordon a100-training"]],
    [["remove-nodes a100-training 1", "cordon a100-training 5"]],
    [["cohort training-h100 a100", "borrow training-h100 8"]],
  ])("%s", (texts) => {
    const actions = texts.map((text) => parseAction(text, base));
    const [one, other] = [withActions(base, actions), withActions(base, actions.toReversed())];
    expect(other).toEqual(one);
    for (const text of texts.filter((text) => text.startsWith("quota ")))
      expect(queue(one, "training-a100").flavors[0]!.nominalQuota).toBe(Number(text.split(" ").at(-1)));
    const late = one.outages!.filter(({ kind }) => kind === "delete");
    expect(late).toHaveLength(texts.some((text) => text.includes("after")) ? 1 : 0);
  });
});

describe("work that a name stands for", () => {
  test("is reaped of a class, or of all classes of a namespace", () => {
    const reaped = ({ workloadClasses }: Scenario) =>
      workloadClasses.filter((each) => each.reapedAfterIdleMinutes === 120).map(({ name }) => name);
    expect(reaped(changedBy("reap notebook after 2h"))).toEqual(["notebook"]);
    const ofResearch = world.workloadClasses.filter(({ localQueue }) => localQueue.startsWith("research/"));
    expect(ofResearch.length).toBeGreaterThan(2);
    expect(reaped(changedBy("reap research after 2h"))).toEqual(ofResearch.map(({ name }) => name));
    expect(() => parseTogether("reap research + reap notebook", world)).toThrow(/changes when idle work of notebook/);
    expect(refusal("reap nobody")).toContain("no workload class of the scenario and no namespace that has one");
  });

  test("is refused where a class and what others belong to have one name", () => {
    const [first, ...rest] = world.workloadClasses;
    const twice = { ...world, workloadClasses: [{ ...first!, name: "research" }, ...rest] };
    expect(refusal("reap research", twice)).toMatch(/a workload class and a namespace with .*rename the class/);
  });
});
