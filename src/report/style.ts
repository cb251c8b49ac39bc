import { readFile } from "node:fs/promises";
import { fontFile, type Weight } from "../figures/fonts.js";
import { BACKGROUND, GRID, INK, MUTED } from "../figures/palette.js";
import { FONT_FAMILY } from "../figures/svg.js";

/** The style sheet of the pages, with the font that the charts are laid out for inside it. */
export async function styleSheet(): Promise<string> {
  const faces = await Promise.all(([400, 500, 600] as const).map(fontFace));
  return `${faces.join("\n")}\n${RULES}`;
}

async function fontFace(weight: Weight): Promise<string> {
  const data = (await readFile(fontFile(weight))).toString("base64");
  return `@font-face { font-family: Inter; font-weight: ${weight}; src: url(data:font/ttf;base64,${data}) format("truetype"); }`;
}

const RULES = `
:root { color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 960px; padding: 0 24px 64px; color: ${INK}; background: ${BACKGROUND}; font: 16px/1.55 ${FONT_FAMILY}; }
header { border-bottom: 1px solid ${GRID}; padding: 16px 0 10px; margin-bottom: 24px; }
nav { display: flex; flex-wrap: wrap; gap: 4px 18px; font-size: 14px; margin: 4px 0; }
nav [aria-current] { font-weight: 600; }
a { color: #0550ae; }
h1 { font-size: 28px; line-height: 1.25; font-weight: 600; margin: 24px 0 12px; }
h2 { font-size: 21px; line-height: 1.3; font-weight: 600; margin: 44px 0 10px; }
h3 { font-size: 18px; line-height: 1.3; font-weight: 600; margin: 0 0 4px; }
p { max-width: 76ch; margin: 10px 0; }
li { max-width: 76ch; margin: 6px 0; }
.wide, .explore { overflow-x: auto; margin: 16px 0; }
figure { margin: 24px 0 36px; }
figure svg, figure img { max-width: 100%; height: auto; display: block; }
/* A picture has its words in it: these are for those who cannot see it. */
figure img + figcaption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
figcaption { border-left: 3px solid ${GRID}; padding-left: 14px; }
.subtitle, .note, .source { color: ${MUTED}; font-size: 13px; margin: 4px 0; }
.takeaway { font-weight: 500; }
table { border-collapse: collapse; font-size: 13px; line-height: 1.4; }
caption { color: ${MUTED}; text-align: left; padding-bottom: 6px; }
th, td { text-align: left; vertical-align: top; padding: 5px 14px 5px 0; border-bottom: 1px solid ${GRID}; }
th { font-weight: 600; }
summary { cursor: pointer; color: ${MUTED}; font-size: 13px; }
details.code { margin: 6px 0; }
pre { background: #f6f8fa; padding: 12px; overflow-x: auto; font-size: 13px; line-height: 1.45; border-radius: 4px; }
code { font-family: ui-monospace, Menlo, Consolas, monospace; font-size: 0.92em; }
pre.stderr { background: #fff1ef; }
footer { border-top: 1px solid ${GRID}; margin-top: 56px; padding-top: 10px; color: ${MUTED}; font-size: 13px; }
.worlds > section { border-top: 1px solid ${GRID}; padding-top: 18px; margin-top: 28px; }
.worlds h2 { margin-top: 0; }
.finding { font-size: 18px; font-weight: 500; }
@media print { header, details.code { display: none; } figure { break-inside: avoid; } }
`;
