import { readFileSync } from "node:fs";
import { fontFile, type Weight } from "./fonts.js";

/** Advance widths by code point, in ems. */
type Advances = (codePoint: number) => number;

const loaded = new Map<Weight, Advances>();

/** Width in CSS pixels of one line set in Inter, without kerning (which narrows it by a percent or so). */
export function textWidth(text: string, size: number, weight: Weight = 400): number {
  let advance = loaded.get(weight);
  if (advance === undefined) {
    advance = readAdvances(readFileSync(fontFile(weight)));
    loaded.set(weight, advance);
  }
  let ems = 0;
  for (const character of text) ems += advance(character.codePointAt(0)!);
  return ems * size;
}

/** Lines no wider than `width`, broken at spaces; a word that is wider than a line is broken inside. */
export function wrap(text: string, width: number, size: number, weight: Weight = 400): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/).filter((each) => each !== "")) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (textWidth(longer, size, weight) <= width) {
      line = longer;
      continue;
    }
    if (line !== "") lines.push(line);
    line = word;
    while (textWidth(line, size, weight) > width && line.length > 1) {
      let cut = line.length - 1;
      while (cut > 1 && textWidth(line.slice(0, cut), size, weight) > width) cut -= 1;
      lines.push(line.slice(0, cut));
      line = line.slice(cut);
    }
  }
  if (line !== "") lines.push(line);
  return lines;
}

/** The text, or as much of it as fits before an ellipsis; nothing if not even one letter fits. */
export function shorten(text: string, width: number, size: number, weight: Weight = 400): string {
  if (textWidth(text, size, weight) <= width) return text;
  const letters = Array.from(text);
  while (letters.length > 0) {
    letters.pop();
    const shorter = `${letters.join("").trimEnd()}…`;
    if (letters.length > 0 && textWidth(shorter, size, weight) <= width) return shorter;
  }
  return "";
}

/**
 * A name, or as many of its first and last letters as fit around an ellipsis: names that begin alike differ at their
 * ends.
 */
export function shortenName(name: string, width: number, size: number, weight: Weight = 400): string {
  if (textWidth(name, size, weight) <= width) return name;
  const letters = Array.from(name);
  for (let kept = letters.length - 1; kept >= 2; kept--) {
    const head = Math.ceil(kept / 2);
    const shorter = `${letters.slice(0, head).join("")}…${letters.slice(head - kept).join("")}`;
    if (textWidth(shorter, size, weight) <= width) return shorter;
  }
  return shorten(name, width, size, weight);
}

/** The widest of the texts, in CSS pixels. */
export function widest(texts: readonly string[], size: number, weight: Weight = 400): number {
  return texts.reduce((most, text) => Math.max(most, textWidth(text, size, weight)), 0);
}

/** Reads `cmap` (format 12) and `hmtx` of a TrueType file: https://learn.microsoft.com/typography/opentype/spec/ */
function readAdvances(font: Buffer): Advances {
  const tables = new Map<string, number>();
  for (let i = 0; i < font.readUInt16BE(4); i += 1) {
    const record = 12 + 16 * i;
    tables.set(font.toString("latin1", record, record + 4), font.readUInt32BE(record + 8));
  }
  const table = (tag: string) => {
    const offset = tables.get(tag);
    if (offset === undefined) throw new Error(`the font has no ${tag} table`);
    return offset;
  };
  const unitsPerEm = font.readUInt16BE(table("head") + 18);
  const metrics = font.readUInt16BE(table("hhea") + 34);
  const hmtx = table("hmtx");
  const groups = readGroups(font, table("cmap"));
  const known = new Map<number, number>();
  const advance: Advances = (codePoint) => {
    let [low, high] = [0, groups.length - 1];
    let glyph = 0;
    while (low <= high) {
      const middle = (low + high) >> 1;
      const [first, last, firstGlyph] = groups[middle]!;
      if (codePoint < first) high = middle - 1;
      else if (codePoint > last) low = middle + 1;
      else {
        glyph = firstGlyph + codePoint - first;
        break;
      }
    }
    return font.readUInt16BE(hmtx + 4 * Math.min(glyph, metrics - 1)) / unitsPerEm;
  };
  return (codePoint) => {
    const width = known.get(codePoint) ?? advance(codePoint);
    known.set(codePoint, width);
    return width;
  };
}

function readGroups(font: Buffer, cmap: number): [first: number, last: number, glyph: number][] {
  for (let i = 0; i < font.readUInt16BE(cmap + 2); i += 1) {
    const subtable = cmap + font.readUInt32BE(cmap + 4 + 8 * i + 4);
    if (font.readUInt16BE(subtable) !== 12) continue;
    return Array.from({ length: font.readUInt32BE(subtable + 12) }, (_, group) => {
      const at = subtable + 16 + 12 * group;
      return [font.readUInt32BE(at), font.readUInt32BE(at + 4), font.readUInt32BE(at + 8)];
    });
  }
  throw new Error("the font has no character map of format 12");
}
