import type { Analysis } from "../analysis/analyse.js";
import type { Diagnosis } from "../diagnosis/diagnose.js";
import { alarms, material, ownersText, type Quiet, unseen } from "../diagnosis/headline.js";
import { type QuietOwner, quietOwners } from "../diagnosis/quiet-owners.js";
import { heldGpuHours } from "../diagnosis/supply.js";
import { busyBins, stalled } from "../join/gpus.js";
import type { BusyBin } from "../join/observed.js";
import { fixed, gpuHours, list, percent, plural } from "../units/format.js";
import { type Figure, type FigureSpec, figure } from "./figure.js";
import { beside, key, label, noData, stack } from "./layout.js";
import { nodeMark } from "./marks/node-mark.js";
import { smallMultiples } from "./marks/small-multiples.js";
import { nodegroupColor } from "./nodegroup-color.js";
import { BACKGROUND, category, MUTED, SUPPLY_STATES } from "./palette.js";
import { FONT_SIZE } from "./plot.js";
import { type Drawn, svg } from "./svg.js";
import { textWidth, wrap } from "./text.js";

/** Whether GPUs that looked busy were of use. */
export type BusyFinding =
  | { readonly kind: "stalled"; readonly worst: Quiet; readonly others: readonly Quiet[] }
  | {
      /** Some stalled, in no nodegroup so many that it is an alarm. */
      readonly kind: "some";
      readonly nodegroup: string;
      readonly gpuHours: number;
      readonly share: number;
      readonly owners: readonly QuietOwner[];
    }
  | {
      readonly kind: "none";
      /** In the corner by GPU_UTIL and tensor activity alone. */
      readonly cornerGpuHours: number;
      readonly blind: readonly string[];
    }
  | { readonly kind: "nothing-held" }
  | { readonly kind: "no-data" };

export function busyFinding(diagnosis: Diagnosis): BusyFinding {
  const { observed, supply } = diagnosis;
  const found = alarms(diagnosis).filter((alarm): alarm is Quiet => alarm.kind === "stalled");
  const [worst, ...others] = found;
  if (worst !== undefined) return { kind: "stalled", worst, others };
  const [most] = [...supply].sort((a, b) => b.stalled - a.stalled);
  if (most !== undefined && most.stalled > 0) {
    const { nodegroup } = most;
    const held = heldGpuHours(most);
    const owners = quietOwners(observed, "stalled", nodegroup);
    return { kind: "some", nodegroup, gpuHours: most.stalled, share: most.stalled / held, owners };
  }
  if (supply.every((row) => heldGpuHours(row) === 0) && unseen(diagnosis).length === 0) return { kind: "nothing-held" };
  if (observed.busy.length === 0 || unseen(diagnosis).includes("DCGM")) return { kind: "no-data" };
  const seen = new Set(observed.busy.map(({ nodegroup }) => nodegroup));
  const unheld = new Set(supply.filter((row) => heldGpuHours(row) === 0).map(({ nodegroup }) => nodegroup));
  return {
    kind: "none",
    cornerGpuHours: observed.busy.filter(inCorner).reduce((sum, bin) => sum + bin.gpuHours, 0),
    blind: observed.nodegroups.map(({ name }) => name).filter((name) => !seen.has(name) && !unheld.has(name)),
  };
}

const inCorner = (bin: BusyBin) =>
  bin.utilPercent >= stalled.utilFromPercent && bin.tensorActive + busyBins.tensor <= stalled.tensorBelow + 1e-9;
/** Starved by the power of the bin too: what stays in the corner at full power is another kind of work. */
const isStarved = (bin: BusyBin) => inCorner(bin) && bin.powerShare < stalled.powerShareBelow;

const STARVED = category(SUPPLY_STATES, "stalled").color;
const USEFUL = category(SUPPLY_STATES, "useful").color;
const CORNER = "#fbeccb";
const LARGEST = 15;
const PANEL = 190;

/** Busy, or useful? GPU_UTIL against tensor activity of held GPUs, by nodegroup. */
export function busyOrUseful(analysis: Analysis): Figure {
  const { diagnosis, observed } = analysis;
  const finding = busyFinding(diagnosis);
  const said = words(finding);
  const { busy } = observed;
  const most = Math.max(0, ...busy.map((bin) => bin.gpuHours));
  const tensor = Math.max(0.5, ...busy.map((bin) => bin.tensorActive + 2 * busyBins.tensor));
  const panels = diagnosis.supply.map((row) => {
    const held = heldGpuHours(row);
    return {
      ...row,
      held,
      share: held > 0 ? row.stalled / held : undefined,
      bins: busy.filter((bin) => bin.nodegroup === row.nodegroup).sort((a, b) => b.gpuHours - a.gpuHours),
    };
  });
  const rows = Math.ceil(panels.length / 3);
  return figure({
    id: "04-busy-or-useful",
    ...said,
    subtitle: `Held GPU-hours by GPU_UTIL and tensor activity, area of a dot: GPU-hours, by nodegroup; ${analysis.period}`,
    note:
      `Stalled: GPU_UTIL of ${stalled.utilFromPercent}% and more, tensor activity below ${fixed(stalled.tensorBelow, 2)}, memory traffic below ` +
      `${fixed(stalled.dramBelow, 2)} and power below ${percent(stalled.powerShareBelow)} of the way from idle to the limit, for ${stalled.forMinutes} min. ` +
      "Dots are bins of samples, so that they cannot show how long it lasted. Light FP32 or FP64 work looks alike; decoding moves memory and does not count.",
    source: analysis.source,
    alt: `Bubble charts of GPU_UTIL against tensor activity for ${plural(panels.length, "nodegroup")}, where the finding is: ${said.title}.`,
    table: {
      columns: [
        { name: "nodegroup", label: "Nodegroup", unit: null },
        { name: "seen", label: "Seen by DCGM", unit: "GPU-hours", digits: 1 },
        { name: "corner", label: "In the starved corner", unit: "GPU-hours", digits: 1 },
        { name: "stalled", label: "Stalled", unit: "GPU-hours", digits: 1 },
        { name: "owners", label: "Owners", unit: null },
      ],
      rows: panels.map(({ nodegroup, stalled: lost, bins }) => ({
        nodegroup,
        seen: bins.length === 0 ? undefined : bins.reduce((sum, bin) => sum + bin.gpuHours, 0),
        corner: bins.length === 0 ? undefined : bins.filter(inCorner).reduce((sum, bin) => sum + bin.gpuHours, 0),
        stalled: bins.length === 0 ? undefined : lost,
        owners: list(quietOwners(observed, "stalled", nodegroup).map(({ owner }) => owner)),
      })),
    },
    width: 900,
    height: finding.kind === "no-data" ? 200 : 110 + rows * PANEL,
    axes: { x: { label: "GPU_UTIL", unit: "%" }, y: { label: "Tensor activity", unit: "ratio" } },
    draw: (drawing) => {
      if (finding.kind === "nothing-held") return noData(drawing, "No GPU was held");
      if (finding.kind === "no-data") return noData(drawing, "Not known: no tensor activity from DCGM");
      const color = nodegroupColor(analysis.observed);
      const starved = { label: `and power below ${percent(stalled.powerShareBelow)}`, color: STARVED };
      const size = most > 0 ? sizeKey(most) : { width: 0, height: 0, node: svg("g") };
      const colors = key(
        [
          {
            label: `Starved corner: GPU_UTIL from ${stalled.utilFromPercent}%, tensor below ${fixed(stalled.tensorBelow, 2)}`,
            color: CORNER,
          },
          ...(busy.some(isStarved) ? [starved] : []),
          { label: "Any other", color: USEFUL },
        ],
        drawing.width - size.width - 18,
      );
      const legend = beside([colors, size], 18);
      const body = smallMultiples(
        { ...drawing, height: drawing.height - legend.height - 10 },
        {
          items: panels,
          columns: Math.min(3, panels.length),
          title: (panel) => panel.nodegroup,
          note: ({ bins, stalled: lost, share }) =>
            bins.length === 0 ? "" : lost > 0 ? `${percent(share)} of held GPU-hours stalled` : "none stalled",
          color: (panel) => color(panel.nodegroup),
          badness: (panel) => (panel.bins.length === 0 ? undefined : panel.share),
          x: { domain: [0, 104], ticks: [0, 20, 40, 60, 80, 100] },
          y: { domain: [0, tensor], tickFormat: (value: number) => fixed(value, 1) },
          marks: ({ bins, held }) => [
            nodeMark(({ x, y, left, right, top, bottom }) => {
              const middle = (bin: BusyBin) => ({
                cx: x(Math.min(100, bin.utilPercent + busyBins.utilPercent / 2)),
                cy: y(bin.tensorActive + busyBins.tensor / 2),
                r: Math.max(0.8, LARGEST * Math.sqrt(bin.gpuHours / most)),
              });
              const corner = {
                x: x(stalled.utilFromPercent),
                y: y(stalled.tensorBelow),
                width: right - x(stalled.utilFromPercent),
                height: bottom - y(stalled.tensorBelow),
              };
              const dots = bins.map((bin) =>
                svg("circle", {
                  ...middle(bin),
                  fill: isStarved(bin) ? STARVED : USEFUL,
                  "fill-opacity": 0.75,
                  stroke: BACKGROUND,
                  "stroke-width": 0.5,
                }),
              );
              const missing = wrap(
                held > 0 ? "no tensor activity from DCGM" : "no GPU was held",
                right - left - 20,
                FONT_SIZE,
              ).map((line, i) =>
                label(line, (left + right) / 2, (top + bottom) / 2 + i * 16, { fill: MUTED, anchor: "middle" }),
              );
              return svg(
                "g",
                {},
                svg("rect", { ...corner, fill: CORNER }),
                ...dots,
                ...(bins.length === 0 ? missing : []),
              );
            }),
          ],
        },
      );
      return stack([legend, body], 10);
    },
  });
}

/** A dot of a round number of GPU-hours, to judge the others by. */
function sizeKey(most: number): Drawn {
  const power = 10 ** Math.floor(Math.log10(most));
  const round = power * Math.floor(most / power);
  const r = LARGEST * Math.sqrt(round / most);
  const text = gpuHours(round);
  const middle = Math.max(10, Math.ceil(r) + 1);
  const dot = svg("circle", { cx: r + 1, cy: middle, r, fill: "none", stroke: MUTED });
  const width = Math.ceil(2 * r + 8 + textWidth(text, FONT_SIZE));
  return { width, height: 2 * middle, node: svg("g", {}, dot, label(text, 2 * r + 8, middle)) };
}

function words(finding: BusyFinding): Pick<FigureSpec, "title" | "takeaway"> {
  switch (finding.kind) {
    case "stalled": {
      const { worst, others } = finding;
      const more =
        others.length === 0
          ? ""
          : `; ${list(others.map((other) => `${other.nodegroup} had ${gpuHours(other.gpuHours)} more`))}`;
      return {
        title: `${percent(worst.share)} of ${worst.nodegroup}’s held GPU-hours were busy but starved`,
        takeaway:
          `${gpuHours(worst.gpuHours)} held by ${ownersText(worst.owners)} showed ${stalled.utilFromPercent}% GPU_UTIL and more, with hardly any tensor work, memory traffic or power; an alarm begins at ${percent(material.stalledShare)} of those held${more}. ` +
          "DCGM cannot tell what they waited for: storage, CPU and communication look alike. " +
          "Find that out with the owner before those jobs get more GPUs.",
      };
    }
    case "some":
      return {
        title: `Few busy GPUs were starved: ${percent(finding.share)} of those held in ${finding.nodegroup}`,
        takeaway:
          `${gpuHours(finding.gpuHours)} held by ${ownersText(finding.owners)} were busy by GPU_UTIL but starved, below the ${percent(material.stalledShare)} of held GPU-hours that is an alarm. ` +
          "DCGM cannot tell storage from CPU or communication: worth a question to the owner, no more.",
      };
    case "none": {
      const { cornerGpuHours, blind } = finding;
      const corner =
        cornerGpuHours > 0
          ? `${gpuHours(cornerGpuHours)} lie in the corner by GPU_UTIL and tensor activity, but drew power, moved memory or did so only briefly`
          : "No GPU-hour lies in the corner of high GPU_UTIL and low tensor activity";
      return {
        title: "No busy GPU was starved",
        takeaway:
          `${corner}; ${percent(material.stalledShare)} of held GPU-hours stalled would be an alarm. ` +
          `${blind.length === 0 ? "No action is called for." : `Of ${list(blind)} DCGM says nothing.`}`,
      };
    }
    case "nothing-held":
      return {
        title: "No GPU was held, so none was busy",
        takeaway:
          "Nobody held a GPU at any time that was seen, so there is no use to judge. Read what stood free instead.",
      };
    case "no-data":
      return {
        title: "Whether busy GPUs were of use is not known",
        takeaway:
          "GPU_UTIL alone says that a kernel ran, not that it did much; tensor activity from DCGM is missing. " +
          "Turn DCGM’s profiling metrics on before reading GPU_UTIL as work done.",
      };
  }
}
