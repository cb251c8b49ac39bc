import { type Figure, type FigureSpec, figure } from "../figure.js";

/** A complete specification with made-up words, for tests that are about something else. */
export function sampleSpec(own: Pick<FigureSpec, "draw"> & Partial<Omit<FigureSpec, "draw">>): FigureSpec {
  return {
    id: "00-sample",
    title: "h100-sxm was short of capacity for 41 of 168 hours, the others never",
    subtitle: "Allocated GPUs, hourly mean, by nodegroup, 5 Jan to 11 Jan 2026, scenario baseline",
    takeaway:
      "Demand in h100-sxm exceeded its healthy capacity of 96 GPUs for 41 hours and left 1,235 GPU-hours waiting. " +
      "62% of that waited while compatible GPUs stood free. Lending them costs nothing and removes 764 GPU-hours.",
    note: "Demand is the lower bound: what can run only on this nodegroup. GPUs out of service are not capacity.",
    source: "evenkeel 0.1.0, scenario baseline, seed 42, dataset 3fa1b2c4d5e6.",
    alt: "Line chart of allocated GPUs by nodegroup, where h100-sxm is highest.",
    table: {
      columns: [
        { name: "nodegroup", label: "Nodegroup", unit: null },
        { name: "allocated", label: "Allocated", unit: "GPUs", digits: 1 },
      ],
      rows: [
        { nodegroup: "a100-80gb", allocated: 61.25 },
        { nodegroup: "h100-sxm", allocated: null },
      ],
    },
    width: 900,
    height: 340,
    axes: { x: { label: "Time", unit: "UTC" }, y: { label: "Allocated", unit: "GPUs" } },
    ...own,
  };
}

export function sampleFigure(own: Parameters<typeof sampleSpec>[0]): Figure {
  return figure(sampleSpec(own));
}
