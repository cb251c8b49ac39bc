import { describe, expect, test } from "vitest";
import type { Observed } from "../join/observed.js";
import { observedOf } from "../testing/analysis.js";
import {
  lendText,
  moveText,
  packText,
  raiseText,
  reapText,
  reorderText,
  resizeText,
  retargetText,
  uncordonText,
} from "./what-if.js";

const h100 = { name: "h100", gpus: 16 };
const waiting = { clusterQueue: "q", nodegroups: ["h100"], toward: ["h200"] };

/** A queue with 8 of 16 GPUs as its quota, and one beside it. */
function observed({ cohort, limit }: { cohort?: string; limit?: number } = {}): Observed {
  const found = observedOf({
    nodegroups: [h100, { name: "h200", gpus: 32 }, { name: "idle", gpus: 8 }],
    queues: [
      { name: "q", nodegroups: ["h100"], nominal: 8, ...(cohort === undefined ? {} : { cohort }) },
      { name: "other", nodegroups: ["h200"] },
    ],
  });
  if (limit === undefined) return found;
  return {
    ...found,
    clusterQueues: found.clusterQueues.map((queue) => ({
      ...queue,
      flavors: queue.flavors.map((flavor) => ({ ...flavor, borrowingLimit: flavor.nominal.map(() => limit) })),
    })),
  };
}

describe("what the plan proposes, as evenkeel whatif has it", () => {
  test("adds, frees or moves nodes; none is nothing to try", () => {
    expect(resizeText("h100", 2)).toBe("add-nodes h100 2");
    expect(resizeText("h100", -1)).toBe("remove-nodes h100 1");
    expect(resizeText("h100", 0)).toBeNull();
    expect(moveText("h200", "h100", 3)).toBe("move-nodes h200 h100 3");
  });

  test("lets a queue borrow where its cohort limits it, and raises its quota where that limits nothing or there is none", () => {
    expect(lendText(observed({ cohort: "all", limit: 0 }), waiting)).toBe("borrow q on");
    expect(lendText(observed({ cohort: "all" }), waiting)).toBe("quota q h100 16");
    expect(lendText(observed(), waiting)).toBe("quota q h100 16");
  });

  test("raises quota on the flavors of the place alone, and not beyond what is there", () => {
    expect(raiseText(observed(), waiting)).toBe("quota q h100 16");
    expect(raiseText(observed(), { ...waiting, nodegroups: ["h200"] })).toBeNull();
    expect(raiseText(observed(), { clusterQueue: "other", nodegroups: ["h200"] })).toBeNull();
  });

  test("opens every flavor that it lacks of the nodegroups that stood free", () => {
    expect(retargetText(observed(), waiting)).toBe("retarget q h200");
    expect(retargetText(observed(), { ...waiting, toward: ["h200", "idle", "h100"] })).toBe(
      "retarget q h200 + retarget q idle",
    );
  });

  test("names queues, nodegroups and namespaces as telemetry does", () => {
    expect(reorderText(waiting)).toBe("strategy q BestEffortFIFO");
    expect(packText()).toBe("placement pack");
    expect(uncordonText(["h100", "h200"])).toBe("uncordon h100 + uncordon h200");
    expect(reapText(["research"])).toBe("reap research");
  });

  test("is nothing where a name has a space, or the queue is not known", () => {
    expect(resizeText("my nodes", 1)).toBeNull();
    const unknown = { ...waiting, clusterQueue: "gone" };
    for (const text of [lendText, raiseText, retargetText]) expect(text(observed(), unknown)).toBeNull();
  });
});
