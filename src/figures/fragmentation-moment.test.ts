import { describe, expect, test } from "vitest";
import { analyse } from "../analysis/analyse.js";
import { openDataset } from "../dataset/open.js";
import { material } from "../diagnosis/headline.js";
import type { NodeAtMoment } from "../join/moment.js";
import type { AnalysisInput, UnplacedInput } from "../testing/analysis.js";
import { handMade, node, pod, unboundPod } from "../testing/hand-made.js";
import { percent } from "../units/format.js";
import { column, hatchedIn, said, textsIn } from "./__fixtures__/read.js";
import { gangs, inputs, nodesByHand, worldOf } from "./__fixtures__/worlds.js";
import { fragmentationFigure, fragmentationFinding, fragmentationMoment, worstMoment } from "./fragmentation-moment.js";

const momentOf = (input: AnalysisInput) => worstMoment(worldOf(input).observed);
const nodesOf = (input: AnalysisInput) => {
  const moment = momentOf(input);
  return moment === undefined ? [] : nodesByHand(worldOf(input).observed, moment);
};
const found = (input: AnalysisInput) => fragmentationFinding(worldOf(input).diagnosis, momentOf(input), nodesOf(input));
const drawn = (input: AnalysisInput, nodes = nodesOf(input)) =>
  fragmentationFigure(worldOf(input), momentOf(input), nodes);
/** A pod of 8 GPUs for which h100, 4 GPUs free on each of its two nodes, has no place from one hour to another. */
const pod8 = (fromHour: number, toHour: number, rest: Partial<UnplacedInput> = {}): AnalysisInput => ({
  ...inputs.fragmented,
  unplaced: [{ clusterQueue: "h", nodegroup: "h100", pods: 1, gpusPerPod: 8, fromHour, toHour, ...rest }],
});
/** What its queue usually starts are pods of 8 GPUs, and nothing waits. */
const usual8: AnalysisInput = {
  ...inputs.fragmented,
  unplaced: [],
  observed: { started: gangs({ nodegroup: "h100", queue: "h", count: 3, gpusPerPod: 8 }) },
};

describe("fragmentation", () => {
  test("is not known where kube-state-metrics was silent, or knew nothing of the nodes at that moment", () => {
    expect(found(inputs.nothingSeen)).toEqual({ kind: "no-data" });
    const { diagnosis } = worldOf(inputs.fragmented);
    expect(fragmentationFinding(diagnosis, momentOf(inputs.fragmented), [])).toEqual({ kind: "no-data" });
    const nodeless = { ...diagnosis, observed: { ...diagnosis.observed, nodes: [] } };
    expect(fragmentationFinding(nodeless, undefined, [])).toEqual({ kind: "no-data" });
    const figure = drawn(inputs.nothingSeen);
    expect(figure.title).toBe("Whether free GPUs were scattered is not known");
    expect(textsIn(figure)).toContain("Not known: no data");
  });

  test("is none where whatever was asked for had a place", () => {
    expect(found(inputs.steady)).toEqual({ kind: "none", mostFree: "a100" });
    const figure = drawn(inputs.steady);
    expect(figure.title).toBe("Free GPUs were never scattered");
    expect(figure.takeaway).toContain("also in a100, where most were free");
    expect(textsIn(figure)).toContain("No shape that was asked for lacked a place");
  });

  test("is an alarm: 8 of 16 GPUs are free, 4 on each node, and a pod of 8 waits for 12 hours", () => {
    expect(found(inputs.fragmented)).toMatchObject({
      kind: "alarm",
      free: 8,
      gpus: 16,
      nodesWithFree: 2,
      mostOnOne: 4,
      waitedSeconds: 12 * 3600,
      gpuHours: expect.closeTo(96, 6),
      share: expect.closeTo(0.25, 9),
    });
    const { title, takeaway } = drawn(inputs.fragmented);
    expect(title).toBe("8 GPUs free in h100, but no room for 1 pod of 8 GPUs");
    expect(takeaway).toContain("At worst 8 GPUs of 16 were free, scattered over 2 nodes with at most 4 on one");
    expect(takeaway).toContain("h had waited 12 h for 1 pod of 8 GPUs");
    expect(takeaway).toContain(
      `96 GPU-hours waited so there, 25% of those paid for, an alarm from ${percent(material.waitedShare)}`,
    );
  });

  test("is minor: the same for half an hour, 4 of 384 GPU-hours", () => {
    expect(found(pod8(8, 8.5))).toMatchObject({ kind: "minor", gpuHours: expect.closeTo(4, 6), waitedSeconds: 1800 });
    const { title, takeaway } = drawn(pod8(8, 8.5));
    expect(title).toBe("Scattered free GPUs kept little waiting: 4 GPU-hours in h100");
    expect(takeaway).toContain(`1.0% of those paid for, below the ${percent(material.waitedShare)} of an alarm`);
  });

  test("is latent where nothing waits, but the queue's usual pods of 8 would find no place", () => {
    expect(found(usual8)).toMatchObject({ kind: "latent", free: 8, nodesWithFree: 2, mostOnOne: 4, waitedSeconds: 0 });
    const figure = drawn(usual8);
    expect(figure.title).toBe("Nothing waited for scattered GPUs; at worst 8 were free in h100");
    expect(figure.takeaway).toContain("h’s usual 1 pod of 8 GPUs would have had no place");
    expect(figure.note).toContain("usual in the nodegroup of late");
    expect(textsIn(figure)).toContain("Usual: 1 pod of 8 GPUs");
  });
});

describe("the worst moment", () => {
  test("is the last of a gang's wait, with most GPUs free", () => {
    expect(momentOf(inputs.fragmented)).toMatchObject({ nodegroup: "h100", tick: 18 * 12 - 1, clusterQueue: "h" });
  });

  test("is not when enough GPUs were free together, or too few in all", () => {
    expect(momentOf(pod8(8, 12, { gpusPerPod: 4 }))).toBeUndefined();
    expect(momentOf(pod8(8, 12, { pods: 2 }))).toBeUndefined();
    expect(momentOf(pod8(8, 12, { pods: 2, gpusPerPod: 4 }))).toBeUndefined();
    expect(momentOf(pod8(8, 12, { gpusPerPod: 5 }))).toBeDefined();
  });

  test("is rather of a gang that waited than of one that may be on its way, however many GPUs are free", () => {
    const held = (hour: number) => (hour < 9 ? 4 : 8);
    const [a100, h100] = inputs.fragmented.nodegroups;
    const gang = { clusterQueue: "h", nodegroup: "h100", pods: 1 };
    const input: AnalysisInput = {
      ...inputs.fragmented,
      nodegroups: [a100!, { ...h100!, held }],
      unplaced: [
        // 12 GPUs are free, 6 on each node, for one tick; then 8 for an hour.
        { ...gang, gpusPerPod: 7, fromHour: 8, toHour: 8.05 },
        { ...gang, gpusPerPod: 5, fromHour: 10, toHour: 11 },
      ],
    };
    expect(momentOf(input)).toMatchObject({ shape: { gpusPerPod: 5 }, tick: 11 * 12 - 1 });
  });

  test("looks only at what was seen", () => {
    const input = { ...inputs.fragmented, silent: { kubeState: (hour: number) => hour >= 12 } };
    expect(momentOf(input)).toMatchObject({ tick: 12 * 12 - 1 });
  });
});

describe("the picture of the moment", () => {
  test("has a cell for each GPU, filled, free or out of service, and the gang that waits beside it", () => {
    const nodes: NodeAtMoment[] = [
      {
        node: "ip-1.internal",
        gpus: 8,
        healthy: true,
        holders: [
          { name: "h", gpus: 3 },
          { name: "lab", gpus: 1 },
        ],
      },
      { node: "ip-2.internal", gpus: 8, healthy: true, holders: [{ name: "h", gpus: 4 }] },
      { node: "ip-3.internal", gpus: 8, healthy: false, holders: [{ name: "h", gpus: 6 }] },
    ];
    const figure = drawn(inputs.fragmented, nodes);
    expect(textsIn(figure)).toEqual(
      expect.arrayContaining(["h", "lab", "Free", "Out of service", "Waits: 1 pod of 8 GPUs"]),
    );
    expect(textsIn(figure)).toContain("Node, ip-…");
    // 4 + 4 on nodes in service are free; the two of the third are not.
    expect(figure.takeaway).toContain("At worst 8 GPUs of 24 were free, scattered over 2 nodes");
    expect(column(figure, "free")).toEqual({ "ip-1.internal": 4, "ip-2.internal": 4, "ip-3.internal": 0 });
    expect(column(figure, "holders")["ip-1.internal"]).toBe("h 3 and lab 1");
    expect(figure.note).toContain("1 node was cordoned or not Ready");
    // Cells are rounded: 3 + 1 + 4 + 6 are filled, and dashed are the 8 of the gang.
    expect(figure.chart.match(/<rect[^>]*rx=[^>]*fill="#/g)).toHaveLength(14);
    expect(figure.chart.match(/stroke-dasharray="3,2"/g)).toHaveLength(8);
  });

  test("puts holders beyond seven together", () => {
    const holders = Array.from({ length: 9 }, (_, i) => ({ name: `queue-${i}`, gpus: 10 - i }));
    const figure = drawn(inputs.fragmented, [{ node: "n", gpus: 64, healthy: true, holders }]);
    expect(textsIn(figure)).toEqual(expect.arrayContaining(["queue-0", "queue-5", "3 others"]));
    expect(textsIn(figure)).not.toContain("queue-6");
  });

  test("draws at most 240 nodes, those with most free first, and says so", () => {
    const many = Array.from({ length: 300 }, (_, i) => ({
      node: `n${i}`,
      gpus: 8,
      healthy: true,
      holders: [{ name: "h", gpus: i < 299 ? 8 : 1 }],
    }));
    const figure = drawn(inputs.fragmented, many);
    expect(figure.note).toContain("Drawn are 240 nodes of 300");
    expect(figure.takeaway).toContain("At worst 7 GPUs of 2,400 were free");
    expect(figure.table.rows[0]).toMatchObject({ node: "n299", free: 7 });
  });

  test("names nodes by what tells them apart", () => {
    const nodes = ["gpu-east-1a.example.internal", "gpu-east-2b.example.internal"].map((name) => ({
      node: name,
      gpus: 8,
      healthy: true,
      holders: [{ name: "h", gpus: 4 }],
    }));
    const texts = textsIn(drawn(inputs.fragmented, nodes));
    expect(texts).toEqual(expect.arrayContaining(["1a", "2b", "Node, gpu-east-…"]));
  });

  test("has a history of free GPUs with a gap where nothing was seen", () => {
    const input = { ...inputs.fragmented, silent: { kubeState: (hour: number) => hour >= 18 } };
    expect(textsIn(drawn(input))).toContain("no data");
    expect(textsIn(drawn(inputs.fragmented))).not.toContain("no data");
    expect(hatchedIn(drawn(inputs.fragmented))).toBe(0);
  });
});

test("fragmentationMoment() looks the nodes of the moment up in the dataset", async () => {
  // 4 of 8 GPUs are held on each of two nodes, while a pod of 8 waits for the last ten of twenty minutes.
  const folder = await handMade({
    minutes: 20,
    rows: {
      kube_node: () => [node("n0"), node("n1")],
      kube_pod: (minute) => [
        pod("p", 4),
        pod("q", 4, { node: "n1", label_kueue_x_k8s_io_cluster_queue_name: null, namespace: "lab" }),
        ...(minute < 10 ? [] : [unboundPod("r", 8)]),
      ],
    },
  });
  const dataset = await openDataset(folder);
  try {
    const figure = await fragmentationMoment(await analyse(dataset));
    expect(said(figure)).toContain("8 GPUs free in a, but no room for 1 pod of 8 GPUs");
    expect(figure.table.rows).toEqual([
      { node: "n0", gpus: 8, free: 4, holders: "queue 4", healthy: true },
      { node: "n1", gpus: 8, free: 4, holders: "lab 4", healthy: true },
    ]);
    expect(figure.subtitle).toContain("on Mon 5 Jan 00:19 UTC");
  } finally {
    dataset.close();
  }
});
