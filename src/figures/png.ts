import { createRequire } from "node:module";
import { fontFiles } from "./fonts.js";

const require = createRequire(import.meta.url);

interface Resvg {
  render(): { readonly pixels: Uint8Array; readonly width: number; readonly height: number };
}
interface ResvgLibrary {
  readonly Resvg: new (svg: string, options: object) => Resvg;
}
interface UpngLibrary {
  encode(frames: readonly ArrayBufferLike[], width: number, height: number, colors: number): ArrayBuffer;
}

/**
 * An SVG as a PNG, for hosts that strip styles from SVG. The same SVG gives the same bytes on one machine; a different
 * processor may round a pixel differently, so freshness is judged by the SVG's digest.
 *
 * - `scale`: device pixels per CSS pixel; 1.5 by default, sharp on a Git host's page
 * - `colors`: the size of the palette; 64 by default, at which a figure of 900 CSS pixels takes 40 to 70 KB and
 *   keeps the colours of its marks exactly
 */
export function png(svg: string, options: { readonly scale?: number; readonly colors?: number } = {}): Uint8Array {
  const { Resvg } = require("@resvg/resvg-js") as ResvgLibrary;
  const UPNG = require("upng-js") as UpngLibrary;
  const image = new Resvg(svg, {
    background: "white",
    fitTo: { mode: "zoom", value: options.scale ?? 1.5 },
    font: { loadSystemFonts: false, fontFiles: fontFiles(), defaultFontFamily: "Inter", sansSerifFamily: "Inter" },
  }).render();
  const { buffer, byteOffset, byteLength } = image.pixels;
  const pixels = buffer.slice(byteOffset, byteOffset + byteLength);
  return new Uint8Array(UPNG.encode([pixels], image.width, image.height, options.colors ?? 64));
}
