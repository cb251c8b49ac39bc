import type { Cell, Figure } from "../figure.js";

/** What a figure says in sentences. */
export const said = ({ title, takeaway }: Figure): string => `${title}. ${takeaway}`;

/** The texts of the chart, in the order of drawing. */
export function textsIn({ chart }: Figure): string[] {
  return Array.from(chart.matchAll(/<text[^>]*>(.*?)<\/text>/gs), (match) =>
    match[1]!
      .replace(/<[^>]*>/g, "")
      .replaceAll("&lt;", "<")
      .replaceAll("&gt;", ">")
      .replaceAll("&#39;", "'")
      .replaceAll("&amp;", "&"),
  );
}

/** How many shapes of the chart are hatched, as what is missing is; the key's own among them. */
export const hatchedIn = ({ chart }: Figure): number => chart.match(/fill="url\(#/g)?.length ?? 0;

/** A column of a figure's data table, by the first. */
export function column({ table: { columns, rows } }: Figure, name: string): Record<string, Cell> {
  return Object.fromEntries(rows.map((row) => [String(row[columns[0]!.name]), row[name]]));
}
