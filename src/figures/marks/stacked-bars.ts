import { number, type Quantity } from "../../units/format.js";
import { key, label, rowRoom, stack } from "../layout.js";
import { type Category, inkOn, MUTED } from "../palette.js";
import { FONT_SIZE, type Frame, type Markish, plot, plotLibrary, type ScaleOptions } from "../plot.js";
import { type Drawn, svg } from "../svg.js";
import { shortenName, textWidth, widest } from "../text.js";
import { nodeMark } from "./node-mark.js";

export interface BarPart {
  /** The bar it belongs to. */
  readonly name: string;
  /** The name of its category. */
  readonly part: string;
  readonly value: Quantity;
}

export interface StackedBars {
  /** The bars from top to bottom. One without any known part is drawn as missing, not as zero. */
  readonly names: readonly string[];
  /** The order of stacking, and of the key. */
  readonly parts: readonly Category[];
  readonly values: readonly BarPart[];
  /** How a label in a bar says its value. */
  readonly format?: (value: number) => string;
  /** Words after the end of a bar, like its total. */
  readonly after?: (name: string) => string;
  /** A value that these words must stand right of, if it is beyond the bar's end: a mark's, say. */
  readonly beyond?: (name: string) => number | undefined;
  /** The widest that names may be before they are shortened, in CSS pixels; 170 unless told. */
  readonly nameRoom?: number;
  readonly x?: ScaleOptions;
  /** What stands above the bars instead of a key to the parts. */
  readonly legend?: Drawn;
  /** Drawn over the bars: ticks for a quota, markers for demand. */
  readonly marks?: readonly Markish[];
}

const LABEL_SIZE = 11;
const NAME_ROOM = 170;
const LEAST = 16;
/** Room of the axes and their labels. */
const ABOVE_AND_BELOW = 72;

/** Horizontal bars from zero, stacked, with the value in each part that has room for it. */
export function stackedBars(frame: Frame, spec: StackedBars): Drawn {
  const { names, parts, format = number, after = () => "", nameRoom = NAME_ROOM } = spec;
  const bars = pile(spec);
  const Plot = plotLibrary();
  const colors = new Map(parts.map((part) => [part.name, part.color]));
  const shown = parts.filter((part) => bars.some((bar) => bar.part === part.name));
  const legend = spec.legend ?? key(shown, frame.width);
  const left = Math.min(nameRoom, Math.ceil(widest(names, FONT_SIZE, 500))) + 10;
  const right = Math.ceil(widest(names.map(after), FONT_SIZE)) + 14;
  const missing = names.filter((name) => !bars.some((bar) => bar.name === name));

  const words = nodeMark(({ x, y, left: start }) => {
    const middle = (name: string) => y(name) + (y.bandwidth?.() ?? 0) / 2;
    const inside = bars.flatMap(({ name, part, from, to }) => {
      const text = format(to - from);
      const room = x(to) - x(from) - 8;
      if (textWidth(text, LABEL_SIZE, 500) > room) return [];
      const style = { size: LABEL_SIZE, weight: 500, fill: inkOn(colors.get(part)!), anchor: "middle" } as const;
      return [label(text, (x(from) + x(to)) / 2, middle(name), style)];
    });
    const ends = names.flatMap((name) => {
      const end = Math.max(
        0,
        spec.beyond?.(name) ?? 0,
        ...bars.filter((bar) => bar.name === name).map((bar) => bar.to),
      );
      const text = missing.includes(name) ? "no data" : after(name);
      return text === "" ? [] : [label(text, x(end) + 7, middle(name), { fill: MUTED, halo: true })];
    });
    const rowNames = names.map((name) =>
      label(shortenName(name, nameRoom, FONT_SIZE, 500), start - 10, middle(name), { weight: 500, anchor: "end" }),
    );
    return svg("g", {}, ...inside, ...ends, ...rowNames);
  });

  const height = frame.height - legend.height - 10;
  rowRoom(names.length, height - ABOVE_AND_BELOW, LEAST);
  const body = plot(
    { ...frame, height },
    {
      marginLeft: left,
      marginRight: right,
      x: { grid: true, nice: false, ...spec.x },
      y: { type: "band", domain: [...names], padding: 0.3, grid: false, ticks: [], labelOffset: left },
      marks: [
        Plot.barX(bars, {
          x1: "from",
          x2: "to",
          y: "name",
          fill: (bar: Bar) => colors.get(bar.part)!,
          stroke: "white",
          strokeWidth: 1,
        }),
        Plot.ruleX([0]),
        words,
        ...(spec.marks ?? []),
      ],
    },
  );
  return stack([legend, body], 10);
}

interface Bar {
  readonly name: string;
  readonly part: string;
  readonly from: number;
  readonly to: number;
}

/** Parts of each bar from zero up in the order of stacking; parts that are missing or zero take no room. */
function pile({ names, parts, values }: StackedBars): Bar[] {
  const stranger = values.find((each) => !parts.some((part) => part.name === each.part) || !names.includes(each.name));
  if (stranger !== undefined) {
    throw new Error(`bar "${stranger.name}", part "${stranger.part}": not among the names and parts given`);
  }
  return names.flatMap((name) => {
    let from = 0;
    return parts.flatMap(({ name: part }) => {
      const found = values.filter((each) => each.name === name && each.part === part);
      if (found.length > 1) throw new Error(`bar "${name}" has part "${part}" twice`);
      const value = found[0]?.value ?? Number.NaN;
      if (value < 0) throw new Error(`bar "${name}", part "${part}" is negative (${value}): it can't be stacked`);
      if (Number.isNaN(value)) return [];
      const bar = { name, part, from, to: from + value };
      from = bar.to;
      return [bar];
    });
  });
}
