import { CLASHING_LABELS } from "../tables/series.js";
import type { Spelling, Table } from "../tables/table.js";
import { identifier } from "./session.js";

/** A column of a file under another name than its table gives it. */
export interface Spelled {
  readonly table: string;
  readonly column: string;
  /** Its name in the file. */
  readonly found: string;
}

/** How a file is read as its table. */
export interface Reading {
  /** What is selected from the file: `*`, where it spells its columns as the table does. */
  readonly selected: string;
  readonly spelled: readonly Spelled[];
  /** Columns of the table that the file has by no name. */
  readonly missing: readonly string[];
}

const sameLetters = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();

/**
 * Reads other spellings of a table's columns as the table's own, in its units. Where a row has a value under both, the
 * table's own name goes first; a label that was renamed to exported_… goes before the target's own.
 *
 * @param found columns of the file, as DuckDB names them: the second of two that differ only in case ends in _1
 */
export function readingOf(table: Table, found: readonly string[]): Reading {
  const spelled: Spelled[] = [];
  const missing: string[] = [];
  const replaced: string[] = [];
  const added: string[] = [];
  const exported = CLASHING_LABELS.filter((name) => name in table.columns && found.includes(`exported_${name}`));
  const isExported = `coalesce(${exported.map((name) => identifier(`exported_${name}`)).join(", ")}) IS NOT NULL`;

  for (const [name, { spellings = [] }] of Object.entries(table.columns)) {
    const read = (as: string) => spelled.push({ table: table.name, column: name, found: as });
    const own = found.find((column) => sameLetters(column, name));
    if (own !== undefined && own !== name) read(own);
    const values = own === undefined ? [] : [identifier(name)];
    for (const spelling of spellings) {
      const as = sameLetters(spelling.name, name) ? `${spelling.name}_1` : spelling.name;
      if (!found.includes(as)) continue;
      read(as);
      values.push(inUnit({ ...spelling, name: as }));
    }
    if (exported.includes(name)) {
      read(`exported_${name}`);
      const target = values[0] === undefined ? "NULL" : unlessOf(table, values[0]);
      values.splice(0, 1, `CASE WHEN ${isExported} THEN ${identifier(`exported_${name}`)} ELSE ${target} END`);
    } else if (own !== undefined && values.length === 1) continue;
    if (values.length === 0) missing.push(name);
    else (own === undefined ? added : replaced).push(`coalesce(${values.join(", ")}) AS ${identifier(name)}`);
  }
  for (const name of Object.keys(table.optionalLabels ?? {}))
    if (!found.includes(name)) added.push(`NULL::VARCHAR AS ${identifier(name)}`);
  return {
    selected: [`*${replaced.length > 0 ? ` REPLACE (${replaced.join(", ")})` : ""}`, ...added].join(", "),
    spelled,
    missing,
  };
}

/** Rounded, so that a conversion there and back gives the same number. */
function inUnit({ name, times }: Spelling): string {
  return times === undefined ? identifier(name) : `round(${identifier(name)} * ${times}, 6)`;
}

/** A label of the target is no label of what it reports: an idle GPU has no pod, not the exporter's. */
const unlessOf = (table: Table, value: string) =>
  `CASE WHEN ${value} LIKE '%${table.source}%' THEN NULL ELSE ${value} END`;
