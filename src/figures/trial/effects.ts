import { mean } from "../../statistics/index.js";
import {
  baselineOf,
  beyondSum,
  type Choice,
  choiceOf,
  helps,
  isFree,
  isShownToRemove,
  lettersOf,
  type Option,
  type OverSeeds,
  optionsOf,
  ranked,
} from "../../trial/options.js";
import { LEVEL, type Trial } from "../../trial/rows.js";
import { hoursOverSeeds, moneyText, namesText, populationText, signedNumber, trialSource } from "../../trial/words.js";
import { gpuHours, list, number, percent, plural, range } from "../../units/format.js";
import { type Figure, type FigureSpec, figure } from "../figure.js";
import { key, label, noData, stack, yLabel } from "../layout.js";
import { nodeMark } from "../marks/node-mark.js";
import { INK, MUTED } from "../palette.js";
import { FONT_SIZE, plot, plotLibrary } from "../plot.js";
import { type Drawn, type SvgNode, svg } from "../svg.js";
import { shortenName, textWidth, widest } from "../text.js";
import { optionColor, optionDot } from "./option-marks.js";

/** What is shown of the options. */
export type EffectFinding =
  | {
      readonly kind: "helps";
      readonly choice: Choice;
      readonly before: number;
      /** Whether several were taken together at all. */
      readonly together: boolean;
      /** Options of several whose parts do more, or less, than they add up to. */
      readonly uneven: readonly { readonly option: Option; readonly beyond: OverSeeds }[];
      readonly worse: readonly Option[];
    }
  | { readonly kind: "nothing"; readonly before: number; readonly options: number; readonly worse: readonly Option[] }
  | { readonly kind: "one-seed"; readonly before: number }
  | { readonly kind: "no-wait" };

export function effectFinding(trial: Trial): EffectFinding {
  const before = mean(baselineOf(trial).map(({ unmetGpuHours }) => unmetGpuHours))!;
  const options = optionsOf(trial);
  if (before === 0) return { kind: "no-wait" };
  if (trial.seeds.length === 1) return { kind: "one-seed", before };
  const worse = options.filter(({ unmet }) => unmet.verdict === "more");
  if (!options.some(helps)) return { kind: "nothing", before, options: options.length, worse };
  const uneven = options.flatMap((option) => {
    const beyond = beyondSum(trial, option);
    return beyond?.interval && (beyond.interval.lower > 0 || beyond.interval.upper < 0) ? [{ option, beyond }] : [];
  });
  return {
    kind: "helps",
    choice: choiceOf(trial),
    before,
    together: options.some(({ actions }) => actions.length > 1),
    uneven,
    worse,
  };
}

const ROW = 30;

/** What does each action change, alone and together? A dot and an interval an option, free ones apart from those that cost. */
export function effectsOfActions(trial: Trial): Figure {
  const finding = effectFinding(trial);
  const options = ranked(optionsOf(trial));
  const said = words(finding);
  return figure({
    id: "08-effects-of-actions",
    ...said,
    subtitle: `Change in GPU-hours that waited, with its ${LEVEL * 100}% interval: paired by seed; ${populationText(trial)}`,
    note: `${lettersText(trial, options)}Best first: free, then by what a dollar removes; what is not shown to differ, its interval spanning zero, is hollow. A tick is what the parts would come to if each did the same as alone.`,
    source: trialSource(trial),
    alt: `Dot plot of the change in waiting GPU-hours for ${plural(options.length, "option")}, where the finding is: ${said.title}.`,
    table: {
      columns: [
        { name: "name", label: "Option", unit: null },
        { name: "actions", label: "Actions", unit: null },
        { name: "usd", label: "Costs", unit: "$ a month", digits: 0 },
        { name: "change", label: "Change", unit: "GPU-hours", digits: 0 },
        { name: "lower", label: "Lower bound", unit: "GPU-hours", digits: 0 },
        { name: "upper", label: "Upper bound", unit: "GPU-hours", digits: 0 },
        { name: "beyond", label: "Removes beyond the sum of its parts", unit: "GPU-hours" },
        { name: "verdict", label: "Shown", unit: null },
      ],
      rows: options.map((option) => {
        const beyond = beyondSum(trial, option);
        return {
          name: option.name,
          actions: option.actions.join(" with "),
          usd: option.usdPerMonth,
          change: option.unmet.difference,
          lower: option.unmet.lower,
          upper: option.unmet.upper,
          beyond: option.actions.length === 1 ? "a single action" : beyond === undefined ? null : changeText(beyond),
          verdict: option.unmet.verdict,
        };
      }),
    },
    width: 900,
    height: finding.kind === "no-wait" ? 160 : 100 + ROW * options.length,
    axes: { x: { label: "Change in what waited", unit: "GPU-hours" }, y: { label: "Option", unit: null } },
    draw: (drawing) => {
      if (finding.kind === "no-wait") return noData(drawing, "Nothing waits");
      const legend = key(
        [
          { label: "Free", color: optionColor(true) },
          { label: "Costs money", color: optionColor(false) },
          { label: "No difference shown", color: MUTED, shape: "hollow" },
          { label: `${LEVEL * 100}% interval`, color: MUTED, shape: "line" },
        ],
        drawing.width,
      );
      return stack([legend, forest({ ...drawing, height: drawing.height - legend.height - 8 }, trial, options)], 8);
    },
  });
}

const changeText = ({ estimate, interval }: OverSeeds) =>
  `${number(Math.round(estimate))}${interval ? ` (${range(Math.round(interval.lower), Math.round(interval.upper))})` : ""}`;

const SUM = "sum of its parts";

/** What an option is called beside its letters: its action, if it is one. */
const sideText = ({ actions }: Option) => (actions.length === 1 ? actions[0]! : "");

/** What letters stand for, where an action stands beside none: it was only tried with others. */
const lettersText = (trial: Trial, options: readonly Option[]): string =>
  lettersOf(trial).every(({ name }) => options.some((option) => option.name === name)) ? "" : `${namesText(trial)}. `;

function forest(
  drawing: {
    readonly width: number;
    readonly height: number;
    readonly axes: { readonly x: string; readonly y: string };
  },
  trial: Trial,
  options: readonly Option[],
): Drawn {
  const { width, height, axes } = drawing;
  const names = options.map(({ name }) => name);
  const nameRoom = Math.ceil(
    Math.max(
      widest(names, FONT_SIZE, 600),
      ...options.map((option) => textWidth(option.name, FONT_SIZE, 600) + 8 + textWidth(sideText(option), FONT_SIZE)),
    ),
  );
  const left = Math.min(290, nameRoom + 14);
  const right = Math.ceil(widest(options.map(moneyText), FONT_SIZE)) + 14;
  const sums = options.map((option) => {
    const beyond = beyondSum(trial, option);
    return beyond && option.unmet.difference! + beyond.estimate;
  });
  const values = options.flatMap(({ unmet }, i) =>
    [unmet.difference, unmet.lower, unmet.upper, sums[i]].filter((value) => typeof value === "number"),
  );
  const apart = sums.map((sum, i) => Math.abs((sum ?? 0) - (sum === undefined ? 0 : options[i]!.unmet.difference!)));
  const farthest = apart.indexOf(Math.max(...apart));
  const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)];
  const pad = Math.max(1, (high - low) * 0.04);
  const body = plot(
    { width, height: height - 4, axes: { x: axes.x } },
    {
      marginLeft: left,
      marginRight: right,
      marginTop: 22,
      x: { domain: [low - pad, high + pad], tickFormat: (value: number) => signedNumber(value), grid: true },
      y: { type: "point", domain: names, padding: 0.5, axis: null, grid: false },
      marks: [
        plotLibrary().ruleX([0], { stroke: INK }),
        nodeMark(({ x, y }) => {
          const nodes: SvgNode[] = options.flatMap((option, i) => {
            const { difference, lower, upper, verdict } = option.unmet;
            const at = y(option.name);
            const color = optionColor(isFree(option));
            const side = sideText(option);
            const beside = textWidth(option.name, FONT_SIZE, 600) + 8;
            const texts = [
              label(option.name, 0, at, { weight: 600 }),
              ...(side === "" ? [] : [label(shortenName(side, left - 14 - beside, FONT_SIZE), beside, at)]),
              label(moneyText(option), width - right + 14, at, { fill: isFree(option) ? MUTED : INK }),
            ];
            if (difference === null) return [...texts, label("unknown", x(0) + 6, at, { fill: MUTED })];
            const isShown = verdict === "less" || verdict === "more";
            const line =
              lower === null || upper === null
                ? []
                : [svg("line", { x1: x(lower), x2: x(upper), y1: at, y2: at, stroke: color, "stroke-width": 2 })];
            const sum = sums[i];
            const tick =
              sum === undefined
                ? []
                : [svg("line", { x1: x(sum), x2: x(sum), y1: at - 8, y2: at + 8, stroke: INK, "stroke-width": 1.5 })];
            if (i === farthest && sum !== undefined) {
              const [from, to] = sum < difference ? [x(sum), x(lower ?? difference)] : [x(upper ?? difference), x(sum)];
              if (to - from > textWidth(SUM, FONT_SIZE) + 16)
                tick.push(
                  label(SUM, sum < difference ? from + 6 : to - 6, at, {
                    fill: MUTED,
                    anchor: sum < difference ? "start" : "end",
                  }),
                );
            }
            return [...texts, ...line, ...tick, optionDot(x(difference), at, isFree(option), isShown)];
          });
          return svg("g", { "text-anchor": "start" }, ...nodes);
        }),
      ],
    },
  );
  return { width, height, node: svg("g", {}, yLabel(axes.y), body.node) };
}

function words(finding: EffectFinding): Pick<FigureSpec, "title" | "takeaway"> {
  switch (finding.kind) {
    case "no-wait":
      return {
        title: "Nothing waits, so there is nothing to remove",
        takeaway: "No GPU-hour waited in any simulation. Look at what is paid for and stays free instead.",
      };
    case "one-seed":
      return {
        title: "One seed cannot tell what the actions change",
        takeaway: `${gpuHours(Math.round(finding.before))} waited, and the options came to what is drawn. With one seed there is no interval, so that nothing can be told from chance: try ten.`,
      };
    case "nothing":
      return {
        title: `None of ${plural(finding.options, "option")} is shown to reduce what waits`,
        takeaway: `${gpuHours(Math.round(finding.before))} wait on average, and no interval lies below zero. ${worseText(finding.worse) || "More seeds would narrow the intervals; other actions may do more."}`,
      };
    case "helps":
      return { title: helpsTitle(finding), takeaway: helpsText(finding) };
  }
}

type Helping = Extract<EffectFinding, { kind: "helps" }>;

const shareOf = (hours: number, before: number) => percent(Math.min(1, hours / before));

function helpsTitle({ choice: { free, paid, paidRemoves }, before }: Helping): string {
  if (free) {
    const first = `Free changes remove ${shareOf(-free.unmet.difference!, before)} of what waits`;
    if (!paid) return first;
    return isShownToRemove(paidRemoves)
      ? `${first}; ${moneyText(paid)} another ${shareOf(paidRemoves!.estimate, before)}`
      : `${first}; money is not shown to help`;
  }
  return `Only money removes what waits: ${moneyText(paid!)} for ${shareOf(paidRemoves!.estimate, before)}`;
}

function helpsText({ choice: { free, paid, added, paidRemoves }, before, together, uneven, worse }: Helping): string {
  const sentences: string[] = [];
  if (free) {
    const hours = { estimate: -free.unmet.difference!, interval: interval(free) };
    const most = `${free.name}, ${moneyText(free)}, removes ${hoursOverSeeds(hours)} of the ${number(Math.round(before))} that wait`;
    const more = !paid
      ? ""
      : isShownToRemove(paidRemoves)
        ? `; on top of it ${added}, at ${moneyText(paid)}, removes ${hoursOverSeeds(paidRemoves!)} more`
        : `; what ${added} adds at ${moneyText(paid)} is not shown`;
    sentences.push(`${most}${more}.`);
  } else if (paid)
    sentences.push(
      `${paid.name}, at ${moneyText(paid)}, removes ${hoursOverSeeds(paidRemoves!)} of the ${number(Math.round(before))} that wait; nothing free is shown to help.`,
    );
  // The largest of each is enough to know that the effects do not add up.
  const most = uneven.toSorted((a, b) => Math.abs(b.beyond.estimate) - Math.abs(a.beyond.estimate))[0];
  const sum = most
    ? `${most.option.name} removes ${gpuHours(Math.round(Math.abs(most.beyond.estimate)))} ${most.beyond.estimate < 0 ? "less" : "more"} than its parts alone add up to: ${most.beyond.estimate < 0 ? "they mend the same waiting, so do one before paying for the other" : "each opens what the other needs, so judge them together"}.`
    : together
      ? "Whether any together do more or less than they add up to alone is not shown."
      : "No two were tried together.";
  return [...sentences, sum, worseText(worse)]
    .filter((text) => text !== "")
    .slice(0, 3)
    .join(" ");
}

const interval = ({ unmet: { lower, upper, difference } }: Option) =>
  lower === null || upper === null ? undefined : { estimate: -difference!, lower: -upper, upper: -lower };

const worseText = (worse: readonly Option[]) =>
  worse.length === 0
    ? ""
    : `${list(worse.map(({ name }) => name))} ${worse.length === 1 ? "is" : "are"} shown to add to what waits: leave ${worse.length === 1 ? "it" : "them"}.`;
