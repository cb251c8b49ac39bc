import { INK } from "../palette.js";
import { type Markish, plotLibrary } from "../plot.js";

export interface Threshold {
  /** The constant that decides the figure's sentence; never a number typed twice. */
  readonly at: number | Date;
  readonly label: string;
  /** The scale it is a value of: "y", a horizontal rule, by default. */
  readonly axis?: "x" | "y";
  /** Where along the rule the label stands: at its end by default (right, or top). */
  readonly place?: "start" | "end";
  readonly color?: string;
}

/** A thin rule with its label at the line. */
export function threshold({ at, label, axis = "y", place = "end", color = INK }: Threshold): Markish[] {
  const Plot = plotLibrary();
  const words = { text: [label], fill: color, stroke: "white", strokeWidth: 4, fontWeight: 500 };
  if (axis === "y") {
    const end = place === "end";
    return [
      Plot.ruleY([at], { stroke: color, strokeWidth: 1, strokeDasharray: "4,3" }),
      Plot.text([label], { ...words, y: [at], frameAnchor: end ? "right" : "left", dy: -8, dx: end ? -2 : 2 }),
    ];
  }
  return [
    Plot.ruleX([at], { stroke: color, strokeWidth: 1, strokeDasharray: "4,3" }),
    Plot.text([label], {
      ...words,
      x: [at],
      frameAnchor: place === "end" ? "top" : "bottom",
      textAnchor: "start",
      dx: 5,
      dy: place === "end" ? 6 : -6,
    }),
  ];
}
