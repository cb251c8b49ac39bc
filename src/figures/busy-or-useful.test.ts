import { describe, expect, test } from "vitest";
import { material } from "../diagnosis/headline.js";
import { stalled } from "../join/gpus.js";
import type { BusyBin } from "../join/observed.js";
import type { AnalysisInput } from "../testing/analysis.js";
import { percent } from "../units/format.js";
import { column, textsIn } from "./__fixtures__/read.js";
import { bin, inputs, worldOf } from "./__fixtures__/worlds.js";
import { busyFinding, busyOrUseful } from "./busy-or-useful.js";
import { category, SUPPLY_STATES } from "./palette.js";

const found = (input: AnalysisInput) => busyFinding(worldOf(input).diagnosis);
const drawn = (input: AnalysisInput) => busyOrUseful(worldOf(input));
const withBins = (input: AnalysisInput, ...busy: BusyBin[]): AnalysisInput => ({ ...input, observed: { busy } });
const bothWell = [bin("a100", 95, 0.4, 672), bin("h100", 95, 0.4, 336)];
const dots = (input: AnalysisInput, state: "stalled" | "useful") =>
  drawn(input).chart.match(new RegExp(`<circle[^>]*fill="${category(SUPPLY_STATES, state).color}"`, "g"))?.length ?? 0;

describe("busy GPUs", () => {
  test("may have been of use or not, where there is no tensor activity", () => {
    expect(found(inputs.steady)).toEqual({ kind: "no-data" });
    expect(found(withBins(inputs.noDcgm, ...bothWell))).toEqual({ kind: "no-data" });
    const figure = drawn(inputs.steady);
    expect(figure.title).toBe("Whether busy GPUs were of use is not known");
    expect(textsIn(figure)).toContain("Not known: no tensor activity from DCGM");
  });

  test("were starved: 7 of 14 for a day are half of what h100 held", () => {
    const input = withBins(
      inputs.stalled,
      bin("a100", 95, 0.4, 672),
      bin("h100", 95, 0.025, 168, 0.1),
      bin("h100", 95, 0.4, 168),
    );
    expect(found(input)).toMatchObject({
      kind: "stalled",
      worst: { nodegroup: "h100", gpuHours: expect.closeTo(168, 6), share: expect.closeTo(0.5, 9) },
      others: [],
    });
    const figure = drawn(input);
    expect(figure.title).toBe("50% of h100’s held GPU-hours were busy but starved");
    expect(figure.takeaway).toContain(
      `168 GPU-hours held by Team showed ${stalled.utilFromPercent}% GPU_UTIL and more`,
    );
    expect(figure.takeaway).toContain(`an alarm begins at ${percent(material.stalledShare)} of those held.`);
    expect(textsIn(figure)).toContain("50% of held GPU-hours stalled");
    expect(textsIn(figure)).toContain("none stalled");
  });

  test("were starved in two nodegroups, of which the other is named", () => {
    const both = {
      ...inputs.stalled,
      nodegroups: inputs.stalled.nodegroups.map((group, i) => (i === 0 ? { ...group, stalled: 5 } : group)),
    };
    expect(found(withBins(both, ...bothWell))).toMatchObject({
      worst: { nodegroup: "h100" },
      others: [{ nodegroup: "a100" }],
    });
    expect(drawn(withBins(both, ...bothWell)).takeaway).toContain("of those held; a100 had 120 GPU-hours more.");
  });

  test("were starved in few cases: 1 of 14", () => {
    const few = {
      ...inputs.steady,
      nodegroups: [inputs.steady.nodegroups[0]!, { name: "h100", gpus: 16, held: 14, stalled: 1 }],
    };
    const input = withBins(few, ...bothWell);
    expect(found(input)).toMatchObject({
      kind: "some",
      nodegroup: "h100",
      gpuHours: expect.closeTo(24, 6),
      share: expect.closeTo(1 / 14, 9),
      owners: [{ owner: "Team" }],
    });
    const { title, takeaway } = drawn(input);
    expect(title).toBe("Few busy GPUs were starved: 7.1% of those held in h100");
    expect(takeaway).toContain("24 GPU-hours held by Team");
    expect(takeaway).toContain(`below the ${percent(material.stalledShare)} of held GPU-hours that is an alarm`);
  });

  test("were of use: no GPU-hour lies in the corner", () => {
    const input = withBins(inputs.steady, ...bothWell);
    expect(found(input)).toEqual({ kind: "none", cornerGpuHours: 0, blind: [] });
    const { title, takeaway } = drawn(input);
    expect(title).toBe("No busy GPU was starved");
    expect(takeaway).toContain("No GPU-hour lies in the corner of high GPU_UTIL and low tensor activity");
    expect(takeaway).toContain(`${percent(material.stalledShare)} of held GPU-hours stalled would be an alarm`);
    expect(takeaway).toContain("No action is called for");
  });

  test("were of use although 30 GPU-hours lie in the corner, and of a nodegroup nothing is known", () => {
    const input = withBins(inputs.steady, bin("a100", 95, 0.4, 600), bin("a100", 80, 0.075, 30));
    expect(found(input)).toEqual({ kind: "none", cornerGpuHours: 30, blind: ["h100"] });
    const figure = drawn(input);
    expect(figure.takeaway).toContain("30 GPU-hours lie in the corner by GPU_UTIL and tensor activity");
    expect(figure.takeaway).toContain("Of h100 DCGM says nothing");
    expect(textsIn(figure)).toContain("no tensor activity from DCGM");
    expect(column(figure, "seen")).toEqual({ a100: 630, h100: undefined });
  });
});

describe("the starved corner", () => {
  test("begins at the utilisation and ends at the tensor activity that make a GPU stalled: bins are 5 % by 0.025", () => {
    const corner = (utilPercent: number, tensorActive: number) =>
      found(withBins(inputs.steady, bin("a100", utilPercent, tensorActive, 1)));
    expect(corner(80, 0.075)).toMatchObject({ cornerGpuHours: 1 });
    expect(corner(75, 0.075)).toMatchObject({ cornerGpuHours: 0 });
    expect(corner(80, 0.1)).toMatchObject({ cornerGpuHours: 0 });
  });

  test("has dots in the colour of stalled only where power was low too", () => {
    const low = withBins(
      inputs.steady,
      bin("a100", 90, 0.05, 10, stalled.powerShareBelow - 0.01),
      bin("a100", 90, 0.4, 10, 0),
    );
    const high = withBins(
      inputs.steady,
      bin("a100", 90, 0.05, 10, stalled.powerShareBelow),
      bin("a100", 90, 0.4, 10, 0),
    );
    expect([dots(low, "stalled"), dots(low, "useful")]).toEqual([1, 1]);
    expect([dots(high, "stalled"), dots(high, "useful")]).toEqual([0, 2]);
    const key = `and power below ${percent(stalled.powerShareBelow)}`;
    expect(textsIn(drawn(low))).toContain(key);
    expect(textsIn(drawn(high))).not.toContain(key);
  });

  test("is defined in the note from the constants of the join", () => {
    const { note } = drawn(inputs.steady);
    for (const text of [
      `GPU_UTIL of ${stalled.utilFromPercent}% and more`,
      `tensor activity below ${stalled.tensorBelow.toFixed(2)}`,
      `memory traffic below ${stalled.dramBelow.toFixed(2)}`,
      `power below ${percent(stalled.powerShareBelow)}`,
      `for ${stalled.forMinutes} min`,
    ])
      expect(note).toContain(text);
  });
});

test("the size of dots is told by one of a round number of GPU-hours, not above the largest", () => {
  expect(textsIn(drawn(withBins(inputs.steady, bin("a100", 90, 0.4, 672))))).toContain("600 GPU-hours");
  expect(textsIn(drawn(withBins(inputs.steady, bin("a100", 90, 0.4, 0.25))))).toContain("0.20 GPU-hours");
});

test("the chart draws where GPUs stalled although no bins are known", () => {
  expect(textsIn(drawn(inputs.stalled)).filter((text) => text === "no tensor activity from DCGM")).toHaveLength(2);
});
