import { describe, expect, test } from "vitest";
import { mean } from "../statistics/index.js";
import { hours, type SmallInput, small } from "../testing/scenario.js";
import { listNodes } from "./cluster.js";
import { listOutages, nodeTimelines } from "./outages.js";

const outagesOf = (input: SmallInput, seed = 1) => {
  const scenario = small(input);
  const startMs = hours(24 * scenario.warmupDays);
  return listOutages(scenario, seed, listNodes(scenario), startMs, startMs + hours(24 * scenario.days));
};

describe("listOutages", () => {
  test("takes a scenario's cordons and outages, in hours from the start of telemetry", () => {
    const input: SmallInput = {
      warmupDays: 1,
      nodegroups: [{ nodes: 3 }, { nodes: 2 }],
      cordons: [{ nodegroup: "b", node: 1, fromHour: 2, toHour: 3 }],
      outages: [{ nodegroup: "a", node: 2, kind: "fail", fromHour: -6, xid: 79 }],
    };
    expect(outagesOf(input)).toEqual([
      { node: 4, kind: "cordon", fromMs: hours(26), toMs: hours(27) },
      { node: 2, kind: "fail", fromMs: hours(18), toMs: hours(48), xid: { gpu: 0, code: 79 } },
    ]);
  });

  describe("draws failures", () => {
    const failures = { mtbfHours: 100, repairHours: 5, xidShare: 0.4 };
    const drawn = outagesOf({ days: 90, nodegroups: [{ nodes: 40, failures }, { nodes: 5 }] });

    test("of the nodegroups that ask for it, one after another on each node", () => {
      expect(drawn.every(({ node, kind }) => node < 40 && kind === "fail")).toBe(true);
      for (let node = 0; node < 40; node++) {
        const mine = drawn.filter((outage) => outage.node === node);
        for (const [i, { fromMs, toMs }] of mine.entries()) {
          expect(fromMs).toBeGreaterThan(mine[i - 1]?.toMs ?? -1);
          expect(toMs).toBeGreaterThan(fromMs);
        }
      }
    });

    test("as often as mtbfHours says, for as long as repairHours says, with an XID as often as xidShare says", () => {
      // A renewal process over t with a mean cycle of 105 h, whose variance is 100² + 5²: four standard errors.
      const cycles = (40 * 90 * 24) / 105;
      expect(Math.abs(drawn.length - cycles)).toBeLessThan(4 * Math.sqrt((cycles * (100 ** 2 + 5 ** 2)) / 105 ** 2));
      const whole = drawn.filter(({ toMs }) => toMs < hours(90 * 24));
      const repair = mean(whole.map(({ fromMs, toMs }) => (toMs - fromMs) / hours(1)))!;
      expect(Math.abs(repair - 5)).toBeLessThan((4 * 5) / Math.sqrt(whole.length));
      const blamed = mean(drawn.map(({ xid }) => (xid === undefined ? 0 : 1)))!;
      expect(Math.abs(blamed - 0.4)).toBeLessThan(4 * Math.sqrt((0.4 * 0.6) / drawn.length));
    });

    test("from a stream of each node's own: another nodegroup, or another number of nodes, moves none", () => {
      const more = outagesOf({
        days: 90,
        nodegroups: [
          { nodes: 50, failures },
          { nodes: 5, failures },
        ],
      });
      expect(more.filter(({ node }) => node < 40)).toEqual(drawn);
      expect(outagesOf({ days: 90, nodegroups: [{ nodes: 40, failures }] }, 2)).not.toEqual(drawn);
    });
  });
});

describe("nodeTimelines", () => {
  test("cuts each node's life where its standing changes, and nowhere else", () => {
    const outage = (kind: "cordon" | "drain" | "fail" | "delete", fromMs: number, toMs: number) => ({
      node: 1,
      kind,
      fromMs,
      toMs,
    });
    const span = (fromMs: number, toMs: number, ...what: string[]) => ({
      fromMs,
      toMs,
      cordoned: what.includes("cordoned"),
      failed: what.includes("failed"),
      absent: what.includes("absent"),
    });
    const outages = [
      outage("delete", -50, 10),
      outage("cordon", 20, 40),
      outage("drain", 30, 50),
      outage("fail", 45, 60),
      outage("fail", 60, 70),
      outage("delete", 90, 200),
    ];
    expect(nodeTimelines(outages, 2, 100)).toEqual([
      [span(0, 100)],
      [
        span(0, 10, "absent"),
        span(10, 20),
        span(20, 45, "cordoned"),
        span(45, 50, "cordoned", "failed"),
        span(50, 70, "failed"),
        span(70, 90),
        span(90, 100, "absent"),
      ],
    ]);
  });
});
