/** Text and lines that carry no category. */
export const INK = "#1f2328";
export const MUTED = "#59636e";
export const GRID = "#dfe3e8";
export const BACKGROUND = "#ffffff";
/** For what is left out of the highlighted: darker than a grid line, lighter than any category. */
export const GREY = "#a7afb8";

/**
 * Eight colours that people with any common colour vision tell apart (Okabe and Ito, Color Universal Design, 2008),
 * with the three that are pale on white last.
 */
export const OKABE_ITO = [
  "#0072b2", // blue
  "#d55e00", // vermillion
  "#009e73", // bluish green
  "#cc79a7", // reddish purple
  "#e69f00", // orange
  "#56b4e9", // sky blue
  "#000000", // black
  "#f0e442", // yellow
] as const;

/** A colour by name; asking for a name that the map wasn't made with is an error. */
export type ColorOf = (name: string) => string;

/**
 * The colour of every nodegroup of a dataset. `names` are all of them, also those that a figure leaves out, so that a
 * nodegroup keeps its colour through all figures.
 *
 * Beyond eight nodegroups there are no more colours to tell apart: those in `highlight` (at most eight, the same for
 * all figures of a dataset) have one, all others are grey and need a label.
 */
export function nodegroupColors(names: readonly string[], highlight: readonly string[] = []): ColorOf {
  const known = new Set(names);
  const stranger = highlight.find((name) => !known.has(name));
  if (stranger !== undefined) throw new Error(`cannot highlight "${stranger}": it is not among the nodegroups given`);
  const coloured = known.size <= OKABE_ITO.length ? known : new Set(highlight);
  if (coloured.size > OKABE_ITO.length) {
    throw new Error(`${coloured.size} nodegroups to highlight, but only ${OKABE_ITO.length} colours`);
  }
  const colors = new Map(
    Array.from(coloured, String)
      .sort(byCodeUnit)
      .map((name, i) => [name, OKABE_ITO[i]!]),
  );
  return (name) => {
    if (!known.has(name)) throw new Error(`no colour for nodegroup "${name}": it is not among the nodegroups given`);
    return colors.get(name) ?? GREY;
  };
}

/** Not by locale: the order, and so the colours, are the same on every machine. */
function byCodeUnit(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}

/** A category with the words and the colour it has in every figure. */
export interface Category<Name extends string = string> {
  readonly name: Name;
  readonly label: string;
  readonly color: string;
}

export type SupplyState =
  | "useful"
  | "starting"
  | "stalled"
  | "allocated-idle"
  | "unallocated"
  | "out-of-service"
  | "absent";

/** What became of the GPU-hours paid for, in the order of stacking: from the best use to none. */
export const SUPPLY_STATES: readonly Category<SupplyState>[] = [
  { name: "useful", label: "Useful", color: "#0072b2" },
  { name: "starting", label: "Starting", color: "#7fc4ec" },
  { name: "stalled", label: "Stalled", color: "#e69f00" },
  { name: "allocated-idle", label: "Allocated, idle", color: "#d55e00" },
  { name: "unallocated", label: "Unallocated", color: "#d5d9dd" },
  { name: "out-of-service", label: "Out of service", color: "#cc79a7" },
  { name: "absent", label: "Absent", color: "#3b3f45" },
];

export type WaitingCause =
  | "capacity"
  | "quota"
  | "fragmentation"
  | "head-of-line"
  | "flavor"
  | "unavailable"
  | "invalid"
  | "mixed"
  | "cant-tell";

/** Why workloads wait. "Unavailable" has the colour of the supply that is out of service: it is the same GPUs. */
export const WAITING_CAUSES: readonly Category<WaitingCause>[] = [
  { name: "capacity", label: "Capacity", color: "#d55e00" },
  { name: "quota", label: "Quota", color: "#0072b2" },
  { name: "fragmentation", label: "Fragmentation", color: "#e69f00" },
  { name: "head-of-line", label: "Head of line", color: "#56b4e9" },
  { name: "flavor", label: "Flavor", color: "#009e73" },
  { name: "unavailable", label: "Unavailable", color: "#cc79a7" },
  { name: "invalid", label: "Over quota’s maximum", color: "#6b4c1e" },
  { name: "mixed", label: "Mixed", color: "#5b6068" },
  { name: "cant-tell", label: "Can’t tell", color: "#bfc4cb" },
];

/** The category of that name; `category(WAITING_CAUSES, "quota").color`. */
export function category<Name extends string>(categories: readonly Category<Name>[], name: Name): Category<Name> {
  const found = categories.find((each) => each.name === name);
  if (found === undefined) {
    throw new Error(`no category "${name}": it is one of ${categories.map((each) => each.name).join(", ")}`);
  }
  return found;
}

/** Values of a metric that the diverging scale is fixed to, in rising or in falling order. */
export interface Anchors {
  readonly short: number;
  readonly balanced: number;
  readonly slack: number;
}

const SHORT = "#c24a00";
const BALANCED = "#f6f3ec";
const SLACK = "#0067a3";

/**
 * Value to colour: orange where capacity is short, near white in balance, blue where it is slack. The anchors are fixed
 * by whoever defines the metric, not by the data, so that two figures compare; beyond them the colour stays. A missing
 * value has no colour: leave a gap.
 *
 * - `steps`: shades on either side of the balance; few shades make small files and can be read off a key
 */
export function divergingScale(anchors: Anchors, steps = 6): (value: number) => string {
  const { short, balanced, slack } = anchors;
  if (!((short < balanced && balanced < slack) || (short > balanced && balanced > slack))) {
    throw new Error(`"balanced" (${balanced}) must lie between "short" (${short}) and "slack" (${slack})`);
  }
  return (value) => {
    const towardsShort = (value - balanced) / (short - balanced);
    const towardsSlack = (value - balanced) / (slack - balanced);
    const end = towardsShort > 0 ? SHORT : SLACK;
    const share = Math.min(1, Math.max(towardsShort, towardsSlack));
    return mix(BALANCED, end, Math.round(share * steps) / steps);
  };
}

/** Between two colours, in the OKLab space (Ottosson, 2020), in which equal steps look equal. */
export function mix(from: string, to: string, share: number): string {
  const [a, b] = [oklab(from), oklab(to)];
  return fromOklab(a.map((each, i) => each + (b[i]! - each) * share) as Triple);
}

/** Black or white, whichever stands out more on the colour. */
export function inkOn(color: string): string {
  return contrast(color, "#ffffff") >= contrast(color, "#000000") ? "#ffffff" : "#000000";
}

/** The colour darkened until text in it can be read on white (4.5:1, WCAG 2.2, 1.4.3). */
export function textColor(color: string): string {
  for (let share = 0; share < 1; share += 0.05) {
    const darker = mix(color, "#000000", share);
    if (contrast(darker, BACKGROUND) >= 4.5) return darker;
  }
  return INK;
}

/** Contrast ratio by WCAG 2.2, 1 to 21. */
export function contrast(a: string, b: string): number {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (light + 0.05) / (dark + 0.05);
}

type Triple = [number, number, number];

/** Linear red, green and blue of "#rrggbb", 0 to 1. */
export function linearRgb(color: string): Triple {
  if (!/^#[0-9a-f]{6}$/i.test(color)) throw new Error(`"${color}" is not a colour of the form #rrggbb`);
  return [1, 3, 5].map((at) => {
    const value = Number.parseInt(color.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  }) as Triple;
}

function luminance(color: string): number {
  const [red, green, blue] = linearRgb(color);
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function oklab(color: string): Triple {
  const [r, g, b] = linearRgb(color);
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

function fromOklab([L, a, b]: Triple): string {
  const l = (L + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (L - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (L - 0.0894841775 * a - 1.291485548 * b) ** 3;
  const rgb = [
    4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s,
    -1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s,
    -0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s,
  ];
  const hex = rgb.map((value) => {
    const clamped = Math.min(1, Math.max(0, value));
    const encoded = clamped <= 0.0031308 ? 12.92 * clamped : 1.055 * clamped ** (1 / 2.4) - 0.055;
    return Math.round(encoded * 255)
      .toString(16)
      .padStart(2, "0");
  });
  return `#${hex.join("")}`;
}
