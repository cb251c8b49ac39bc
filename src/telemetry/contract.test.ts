import { describe, expect, test } from "vitest";
import { contractSchema } from "../tables/contract.js";
import { sample } from "../testing/sample.js";
import { small, steady } from "../testing/scenario.js";
import { contractOf } from "./contract.js";

describe("contractOf(scenario)", () => {
  const contract = contractOf(sample());

  test("is a contract, and says nothing that an operator would not know", () => {
    expect(contractSchema.parse(contract)).toEqual(contract);
    const text = JSON.stringify(contract);
    for (const secret of ["sample", "gang", "arrivals", "duration", "seed"]) expect(text).not.toContain(secret);
  });

  test("lists what is paid for, where and for how much", () => {
    expect(contract.nodegroups.map((n) => [n.name, n.gpuModel, n.gpusPerNode, n.gpusPaid, n.usdPerGpuHour])).toEqual([
      ["a", "NVIDIA H100 80GB HBM3", 8, 16, 4.5],
      ["b", "NVIDIA A100-SXM4-80GB", 8, 16, 3.5],
      ["c", "NVIDIA L40S", 4, 8, 1.5],
    ]);
    expect(contract.scrapeIntervalSeconds).toEqual({ kueue: 60, "kube-state-metrics": 60, "dcgm-exporter": 60 });
    expect(contract.nodegroupLabels).toEqual(["label_eks_amazonaws_com_nodegroup"]);
  });

  test("maps flavors to nodegroups, queues to flavors in their order, and to the nodegroups that could run all their work", () => {
    expect(contract.flavors).toEqual({ a: ["a"], b: ["b"], c: ["c"] });
    expect(contract.clusterQueues).toEqual([
      { name: "train", queueingStrategy: "BestEffortFIFO", flavors: ["a"], ableNodegroups: ["a"] },
      { name: "batch", queueingStrategy: "BestEffortFIFO", flavors: ["b", "a"], ableNodegroups: ["b"] },
      { name: "infer", queueingStrategy: "StrictFIFO", flavors: ["c"], ableNodegroups: ["c"] },
    ]);
  });

  test("names no nodegroup as able where the work of a queue has nothing in common, or there is none", () => {
    const able = contractOf(
      small({
        nodegroups: [{ gpuModel: "H100" }, { gpuModel: "A100" }],
        clusterQueues: [
          {
            name: "mixed",
            flavors: [
              { name: "a", nominalQuota: 8 },
              { name: "b", nominalQuota: 8 },
            ],
          },
          { name: "idle" },
        ],
        workloadClasses: [
          { name: "hopper", gpuModels: ["H100"] },
          { name: "ampere", gpuModels: ["A100"] },
        ],
      }),
    ).clusterQueues.map((queue) => queue.ableNodegroups);
    expect(able).toEqual([[], []]);
  });

  test("leaves out flavors that stand for cores and memory alone, and keeps those that no queue lists", () => {
    const everywhere = { nodeLabels: {} };
    const { flavors } = contractOf(
      small({
        nodegroups: [{}, {}],
        resourceFlavors: [
          { name: "a", nodeLabels: { "eks.amazonaws.com/nodegroup": "a" } },
          { name: "cores", ...everywhere },
          { name: "both", ...everywhere },
          { name: "spare", ...everywhere },
        ],
        clusterQueues: [
          {
            name: "queue",
            flavors: [{ name: "a", nominalQuota: 8 }],
            resourceGroups: [
              { flavors: [{ name: "cores", cpus: { nominalQuota: 8 } }] },
              { flavors: [{ name: "both", memoryGiB: { nominalQuota: 8 } }] },
            ],
          },
          { name: "other", flavors: [{ name: "both", nominalQuota: 8 }] },
        ],
      }),
    );
    expect(flavors).toEqual({ a: ["a"], both: ["a", "b"], spare: ["a", "b"] });
  });

  test("names owners by namespace, the namespace itself where nobody is named, and wait targets where they are set", () => {
    expect(contract.owners).toEqual({ team: "The team", lab: "lab", prod: "Production", search: "Search" });
    expect(contract.localQueues.find((queue) => queue.name === "infer")).toEqual({
      namespace: "prod",
      name: "infer",
      clusterQueue: "infer",
      interactive: false,
      waitTargetSeconds: 300,
    });
    expect(contract.localQueues.filter((queue) => queue.waitTargetSeconds !== undefined)).toHaveLength(1);
  });

  test("takes an owner that is named anywhere for a namespace", () => {
    const localQueues = [
      { name: "one", namespace: "team", clusterQueue: "queue" },
      { name: "queue", namespace: "team", clusterQueue: "queue", owner: "We" },
      { name: "two", namespace: "team", clusterQueue: "queue" },
    ];
    const standalone = [{ name: "x", namespace: "team", nodegroup: "a", pods: 1, gpusPerPod: 1, activity: steady }];
    expect(contractOf(small({ localQueues, standalone })).owners).toEqual({ team: "We" });
  });
});
