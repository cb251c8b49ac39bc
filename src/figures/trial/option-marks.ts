import { BACKGROUND, OKABE_ITO } from "../palette.js";
import { type SvgNode, svg } from "../svg.js";

/** Free options are green and round, those that cost orange and square. */
export const optionColor = (free: boolean): string => (free ? OKABE_ITO[2] : OKABE_ITO[1]);

/** Filled if `full`. */
export function optionDot(cx: number, cy: number, free: boolean, full: boolean): SvgNode {
  const color = optionColor(free);
  const style = { fill: full ? color : BACKGROUND, stroke: color, "stroke-width": 1.75 };
  return free
    ? svg("circle", { cx, cy, r: 5, ...style })
    : svg("rect", { x: cx - 4.5, y: cy - 4.5, width: 9, height: 9, ...style });
}
