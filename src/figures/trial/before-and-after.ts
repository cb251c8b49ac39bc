import { mean } from "../../statistics/index.js";
import {
  baselineOf,
  choiceOf,
  helps,
  isFree,
  isShownToRemove,
  type Option,
  optionsOf,
  ranked,
} from "../../trial/options.js";
import type { SimulationRow, Trial } from "../../trial/rows.js";
import { moneyText, namesText, populationText, timeOf, trialSource } from "../../trial/words.js";
import { gpus, number, percent, plural, timestamp } from "../../units/format.js";
import { HOUR_MS } from "../../units/time.js";
import { type Figure, type FigureSpec, figure, fittingTitle } from "../figure.js";
import { key, noData, stack } from "../layout.js";
import { smallMultiples } from "../marks/small-multiples.js";
import { stepArea, stepLine } from "../marks/steps.js";
import { timeAxis } from "../marks/time-axis.js";
import { INK } from "../palette.js";
import { optionColor } from "./option-marks.js";

/** GPUs that wait in an hour, mean over the seeds. */
interface Hour {
  readonly start: number;
  readonly end: number;
  readonly gpus: number;
}

function hoursOf(trial: Trial, simulations: readonly SimulationRow[]): Hour[] {
  const { fromMs, toMs } = timeOf(trial);
  return simulations[0]!.unmetGpuHoursByHour.map((_, hour) => {
    const start = fromMs + hour * HOUR_MS;
    const end = Math.min(start + HOUR_MS, toMs);
    const waited = mean(simulations.map(({ unmetGpuHoursByHour }) => unmetGpuHoursByHour[hour]!))!;
    return { start, end, gpus: (waited * HOUR_MS) / (end - start) };
  });
}

const peakOf = (hours: readonly Hour[]) => hours.reduce((most, hour) => (hour.gpus > most.gpus ? hour : most));

/** What the hours look like without anything done, and with what one would do. */
export type BeforeFinding =
  | {
      readonly kind: "falls" | "stays";
      readonly peak: Hour;
      readonly shown: readonly { readonly option: Option; readonly peak: Hour; readonly removed: number }[];
    }
  | { readonly kind: "one-seed"; readonly peak: Hour }
  | { readonly kind: "no-wait" };

export function beforeFinding(trial: Trial): BeforeFinding {
  const peak = peakOf(hoursOf(trial, baselineOf(trial)));
  if (peak.gpus === 0) return { kind: "no-wait" };
  if (trial.seeds.length === 1) return { kind: "one-seed", peak };
  const { free, paid, paidRemoves } = choiceOf(trial);
  const shown = [free, isShownToRemove(paidRemoves) ? paid : undefined]
    .filter((option) => option !== undefined && helps(option))
    .map((option) => ({
      option: option!,
      peak: peakOf(hoursOf(trial, option!.simulations)),
      removed: -option!.unmet.difference! / option!.unmet.before!,
    }));
  return { kind: shown.some((one) => one.peak.gpus < peak.gpus) ? "falls" : "stays", peak, shown };
}

const PANEL = 142;

/** When does it wait, without anything done and with it? A panel an option, on one time axis. */
export function beforeAndAfter(trial: Trial): Figure {
  const finding = beforeFinding(trial);
  const options = ranked(optionsOf(trial));
  const before = hoursOf(trial, baselineOf(trial));
  const panels = options.map((option) => ({ option, hours: hoursOf(trial, option.simulations) }));
  const said = words(finding);
  const { fromMs, toMs } = timeOf(trial);
  const most = Math.max(...[before, ...panels.map(({ hours }) => hours)].flat().map((hour) => hour.gpus));
  const isShort = finding.kind === "no-wait";
  return figure({
    id: "08-before-and-after",
    ...said,
    subtitle: `GPUs that wait by the hour, with each option and without; mean of ${populationText(trial)}`,
    note: `${namesText(trial)}. A mean over weeks is smoother than any of them: a single week has higher peaks, and hours without a queue. Best option first.`,
    source: trialSource(trial),
    alt: `Step areas over time of waiting GPUs for ${plural(options.length, "option")}, each before the line of what waits without it, where the finding is: ${said.title}.`,
    table: {
      columns: [
        { name: "name", label: "Option", unit: null },
        { name: "actions", label: "Actions", unit: null },
        { name: "hours", label: "Waited", unit: "GPU-hours", digits: 0 },
        { name: "peak", label: "Most at once, by the mean", unit: "GPUs", digits: 1 },
        { name: "when", label: "When", unit: null },
        { name: "highest", label: "Most in an hour of any seed", unit: "GPUs", digits: 0 },
      ],
      rows: [
        { name: "none", actions: "nothing", hours: before, simulations: baselineOf(trial) },
        ...panels.map(({ option, hours }) => ({
          name: option.name,
          actions: option.actions.join(" with "),
          hours,
          simulations: option.simulations,
        })),
      ].map(({ name, actions, hours, simulations }) => ({
        name,
        actions,
        hours: mean(simulations.map(({ unmetGpuHours }) => unmetGpuHours))!,
        peak: peakOf(hours).gpus,
        when: timestamp(peakOf(hours).start),
        highest: Math.max(...simulations.flatMap(({ unmetGpuHoursByHour }) => unmetGpuHoursByHour)),
      })),
    },
    width: 900,
    height: isShort ? 160 : 96 + PANEL * Math.ceil(panels.length / 3),
    axes: { x: { label: "Time", unit: "UTC" }, y: { label: "Waiting", unit: "GPUs" } },
    draw: (drawing) => {
      if (isShort) return noData(drawing, "Nothing waits in any hour");
      const legend = key(
        [
          { label: "Without anything done", color: INK, shape: "line" },
          ...(panels.some(({ option }) => isFree(option))
            ? [{ label: "With what is free", color: optionColor(true) }]
            : []),
          ...(panels.some(({ option }) => !isFree(option))
            ? [{ label: "With what costs money", color: optionColor(false) }]
            : []),
        ],
        drawing.width,
      );
      const body = smallMultiples(
        { ...drawing, height: drawing.height - legend.height - 10 },
        {
          items: panels,
          columns: Math.min(3, panels.length),
          title: ({ option }) => option.name,
          note: ({ option }) => `${number(Math.round(option.unmet.after!))} GPU-hours, ${moneyText(option)}`,
          color: ({ option }) => optionColor(isFree(option)),
          badness: (panel) => -panels.indexOf(panel),
          x: { type: "utc", domain: [new Date(fromMs), new Date(toMs)], grid: false },
          y: { domain: [0, Math.max(1, most * 1.04)] },
          marks: ({ option, hours }) => [
            stepArea(hours, { high: (hour) => hour.gpus }, { fill: optionColor(isFree(option)) }),
            stepLine(before, (hour) => hour.gpus, { stroke: INK, strokeWidth: 1 }),
          ],
          // Without its last moment, whose label would stand in the next panel.
          xAxis: ({ width }) => timeAxis(fromMs, toMs - 1, width),
        },
      );
      return stack([legend, body], 10);
    },
  });
}

function words(finding: BeforeFinding): Pick<FigureSpec, "title" | "takeaway"> {
  if (finding.kind === "no-wait")
    return {
      title: "Nothing waits in any hour",
      takeaway: "No GPU was waited for in any simulation. There is no before to compare with.",
    };
  const { peak } = finding;
  const most = gpus(Math.round(peak.gpus));
  if (finding.kind === "one-seed")
    return {
      title: `At worst ${most} wait; one seed cannot tell what lowers that`,
      takeaway: `Waiting is worst on ${timestamp(peak.start)}, when ${most} wait. What differs in a panel may be chance: try ten seeds.`,
    };
  const { kind, shown } = finding;
  const worst = `Waiting is worst on ${timestamp(peak.start)}, when ${most} wait on average`;
  const last = shown.at(-1);
  if (kind === "stays" || last === undefined)
    return {
      title: `At worst ${most} wait, and nothing tried is shown to lower that`,
      takeaway: `${worst}. ${shown.length === 0 ? "No option is shown to help: look for what those hours have in common before trying more." : "What is removed is removed at other hours: at the worst one something else is short."}`,
    };
  const [first] = shown as [(typeof shown)[number], ...typeof shown];
  const told = ({ option, peak: then, removed }: typeof first) =>
    `${option.name} (${moneyText(option)}) the worst hour, ${timestamp(then.start)}, has ${gpus(Math.round(then.gpus))}, and ${percent(removed)} of all waiting is gone`;
  return {
    title: fittingTitle(
      `At worst ${most} wait; with ${first.option.name}, ${moneyText(first.option)}, ${number(Math.round(first.peak.gpus))}`,
      `At worst ${most} wait; with the best option ${number(Math.round(first.peak.gpus))}`,
    ),
    takeaway: `${worst}. With ${shown.map(told).join("; with ")}.`,
  };
}
