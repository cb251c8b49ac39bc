import { describe, expect, test } from "vitest";
import { runSimulation } from "../simulation/simulate.js";
import { SAMPLE_SEED, sample } from "../testing/sample.js";
import { hours, small, workloads } from "../testing/scenario.js";
import { assignDevices } from "./devices.js";
import { listPods } from "./pods.js";

const ORIGIN = Date.UTC(2026, 0, 5);

describe("assignDevices", () => {
  test("gives a pod the lowest free GPUs of its node, and others once these are given back", () => {
    const simulation = runSimulation({
      scenario: small(),
      seed: 1,
      workloads: workloads([
        { name: "x", gpusPerPod: 2, hours: 1 },
        { name: "y", gpusPerPod: 3, hours: 9 },
        { name: "z", gpusPerPod: 4, hours: 9, createdMs: hours(1) },
      ]),
    });
    const devices = assignDevices(simulation, listPods(simulation, ORIGIN));
    expect(devices.map((device) => device.pods.map((pod) => pod.ownerName).join(" "))).toEqual([
      "x z",
      "x z",
      "y",
      "y",
      "y",
      "z",
      "z",
      "",
    ]);
    expect(devices.map((device) => device.index)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  test("gives none to a pod that goes in the instant in which it is bound", () => {
    const simulation = runSimulation({ scenario: small(), seed: 1, workloads: workloads([{ gpusPerPod: 8 }]) });
    const [pod] = listPods(simulation, ORIGIN);
    const devices = assignDevices(simulation, [pod!, { ...pod!, name: "gone", deletedMs: pod!.boundMs }]);
    expect(devices.map((device) => device.pods.map(({ name }) => name))).toEqual(Array(8).fill([pod!.name]));
  });

  const simulation = runSimulation({ scenario: sample(), seed: SAMPLE_SEED });
  const pods = listPods(simulation, ORIGIN);
  const devices = assignDevices(simulation, pods);

  test("lists every GPU of every node once, with a UUID of its own", () => {
    expect(devices.map((device) => [device.nodeIndex, device.index])).toEqual(
      simulation.nodes.flatMap((node, n) => Array.from({ length: node.gpus }, (_, i) => [n, i])),
    );
    expect(new Set(devices.map((device) => device.uuid)).size).toBe(devices.length);
  });

  test("gives each pod as many GPUs as it asked for, on its own node, and no GPU to two pods at once", () => {
    const given = new Map<string, number>();
    for (const device of devices) {
      let freeFrom = Number.NEGATIVE_INFINITY;
      for (const pod of device.pods) {
        expect(pod.nodeIndex).toBe(device.nodeIndex);
        expect(pod.boundMs).toBeGreaterThanOrEqual(freeFrom);
        freeFrom = Math.min(pod.endedMs, pod.deletedMs);
        given.set(pod.uid, (given.get(pod.uid) ?? 0) + 1);
      }
    }
    const bound = pods.filter((pod) => pod.nodeIndex >= 0);
    expect(bound.length).toBeGreaterThan(100);
    expect(bound.map((pod) => given.get(pod.uid))).toEqual(bound.map((pod) => pod.gpus));
  });
});
