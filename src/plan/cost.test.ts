import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { inputs, worldOf } from "../figures/__fixtures__/worlds.js";
import { analysisOf, type NodegroupInput } from "../testing/analysis.js";
import { type CostRow, costs } from "./cost.js";

const rounded = (row: CostRow) =>
  Object.fromEntries(Object.entries(row).map(([name, v]) => [name, typeof v === "number" ? Number(v.toFixed(4)) : v]));

describe("costs(diagnosis)", () => {
  test("puts a price on where the GPU-hours of each nodegroup went, in the contract's order", () => {
    // A day of 32 GPUs at $3: 6 idle, 2 stalled and 1 starting of 20 held, 4 out of service, 3 absent, 5 free.
    const { diagnosis } = analysisOf({
      nodegroups: [
        {
          name: "h100",
          gpus: 32,
          held: 20,
          idle: 6,
          stalled: 2,
          starting: 1,
          outOfService: 4,
          absent: 3,
          usdPerGpuHour: 3,
        },
        { name: "a100", gpus: 8, held: 8, usdPerGpuHour: 0.5 },
      ],
    });
    expect(costs(diagnosis).map(rounded)).toEqual([
      {
        nodegroup: "h100",
        usd_paid: 32 * 24 * 3,
        usd_useful: 11 * 24 * 3,
        usd_allocated_unused: 9 * 24 * 3,
        usd_unallocated: 12 * 24 * 3,
        usd_unknown: 0,
        usd_per_useful_gpu_hour: Number(((32 / 11) * 3).toFixed(4)),
      },
      {
        nodegroup: "a100",
        usd_paid: 96,
        usd_useful: 96,
        usd_allocated_unused: 0,
        usd_unallocated: 0,
        usd_unknown: 0,
        usd_per_useful_gpu_hour: 0.5,
      },
    ]);
  });

  test("keeps apart what telemetry does not cover", () => {
    // Of 24 hours kube-state-metrics was silent for 6, dcgm-exporter for another 12 (in which what was held has no state).
    const { diagnosis } = analysisOf({
      nodegroups: [{ name: "h100", gpus: 16, held: 12, usdPerGpuHour: 1 }],
      silent: { kubeState: (hour) => hour < 6, dcgm: (hour) => hour >= 12 },
    });
    expect(costs(diagnosis).map(rounded)).toEqual([
      {
        nodegroup: "h100",
        usd_paid: 384,
        usd_useful: 12 * 6,
        usd_allocated_unused: 0,
        usd_unallocated: 4 * 18,
        usd_unknown: 16 * 6 + 12 * 12,
        usd_per_useful_gpu_hour: Number((384 / 72).toFixed(4)),
      },
    ]);
  });

  test("has no price of a useful GPU-hour where none was useful, or known to be", () => {
    const all = { gpus: 8, held: 8, idle: 8 };
    const perHour = (diagnosis: Parameters<typeof costs>[0]) =>
      costs(diagnosis).map((row) => row.usd_per_useful_gpu_hour);
    expect(perHour(analysisOf({ nodegroups: [{ name: "h100", ...all }] }).diagnosis)).toEqual([null]);
    expect(perHour(worldOf(inputs.nothingSeen).diagnosis)).toEqual([null, null]);
  });

  test("has buckets that add up, with the unknown, to what is paid, whatever was there and seen", () => {
    const part = fc.integer({ min: 0, max: 8 });
    const anyGroup = fc.record({
      held: part,
      idle: part,
      stalled: part,
      starting: part,
      outOfService: part,
      absent: part,
      usdPerGpuHour: fc.double({ min: 0, max: 50, noNaN: true }),
    });
    const anyHours = fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 3 });
    fc.assert(
      fc.property(fc.array(anyGroup, { minLength: 1, maxLength: 3 }), anyHours, anyHours, (groups, blind, silent) => {
        const nodegroups = groups.map((group, i): NodegroupInput => ({ name: `group-${i}`, gpus: 16, ...group }));
        const at = (hours: number[]) => (hour: number) => hours.includes(Math.floor(hour));
        const { diagnosis } = analysisOf({ hours: 6, nodegroups, silent: { dcgm: at(blind), kubeState: at(silent) } });
        for (const [i, row] of costs(diagnosis).entries()) {
          expect(row.usd_paid).toBeCloseTo(16 * 6 * groups[i]!.usdPerGpuHour, 6);
          const { usd_useful, usd_allocated_unused, usd_unallocated, usd_unknown } = row;
          expect(usd_useful + usd_allocated_unused + usd_unallocated + usd_unknown).toBeCloseTo(row.usd_paid, 6);
        }
      }),
      { numRuns: 40 },
    );
  });
});
