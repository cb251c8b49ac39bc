import type { Dataset } from "../dataset/open.js";
import { identifier } from "../dataset/session.js";
import { tables } from "../tables/index.js";
import type { Column } from "../tables/table.js";
import { plural } from "../units/format.js";
import { type Check, type Example, verdict } from "./check.js";
import { isExported, notExported } from "./exported.js";

/** Smallest and largest value of a column; NaN counts as larger than all. Null where there is no value. */
interface Extremes {
  readonly missing: number;
  readonly min: number | null;
  readonly max: number | null;
}

const profiles = new WeakMap<Dataset, Promise<Map<string, Extremes>>>();

/** The extremes of every column, by "table.column": one pass over each table, shared by the checks of this file. */
function profile(dataset: Dataset): Promise<Map<string, Extremes>> {
  const known = profiles.get(dataset) ?? readProfile(dataset);
  profiles.set(dataset, known);
  return known;
}

async function readProfile(dataset: Dataset): Promise<Map<string, Extremes>> {
  const profile = new Map<string, Extremes>();
  for (const table of tables) {
    const columns = Object.entries(table.columns);
    const aggregates = columns.flatMap(([name, { type }], i) => {
      const value = identifier(name);
      const number = type === "integer" || type === "double";
      return [
        `count(*) - count(${value}) AS missing${i}`,
        ...(number ? [`min(${value})::DOUBLE AS min${i}`, `max(${value})::DOUBLE AS max${i}`] : []),
      ];
    });
    const [row] = await dataset.query<Record<string, number | null>>(
      `SELECT ${aggregates.join(", ")} FROM ${identifier(table.name)}`,
    );
    columns.forEach(([name], i) => {
      profile.set(`${table.name}.${name}`, {
        missing: row![`missing${i}`]!,
        min: row![`min${i}`] ?? null,
        max: row![`max${i}`] ?? null,
      });
    });
  }
  return profile;
}

interface ValueRule extends Pick<Check, "name" | "rule" | "spoils"> {
  applies(column: Column): boolean;
  /** Whether the extremes betray a wrong value. */
  broken(extremes: Extremes, column: Column): boolean;
  /** SQL that is true of a wrong value. */
  wrong(value: string, column: Column): string;
}

/** A check that a rule holds for every value of some columns. Rows are counted only where the extremes betray one. */
function valueCheck({ name: checkName, rule, spoils, applies, broken, wrong }: ValueRule): Check {
  return {
    name: checkName,
    rule,
    spoils,
    async run(dataset) {
      const extremes = await profile(dataset);
      const [examples, notes]: [Example[], Example[]] = [[], []];
      let looked = 0;
      for (const table of tables) {
        for (const [name, column] of Object.entries(table.columns)) {
          if (!applies(column)) continue;
          looked++;
          if (!broken(extremes.get(`${table.name}.${name}`)!, column)) continue;
          if (!isExported(dataset, table, name)) {
            notes.push(notExported(`${table.name}.${name}`));
            continue;
          }
          const value = identifier(name);
          const [row] = await dataset.query<{ count: number; example: string | null }>(
            `SELECT count(*) AS count, any_value(${value})::VARCHAR AS example FROM ${identifier(table.name)} WHERE ${wrong(value, column)}`,
          );
          const { count, example } = row!;
          examples.push({
            count,
            what: `${table.name}.${name}: ${plural(count, "row")}${example === null ? "" : `, for instance ${example}`}`,
          });
        }
      }
      return verdict(examples, `${looked} columns`, notes);
    },
  };
}

const isNumber = ({ type }: Column) => type === "integer" || type === "double";
const isShare = ({ unit }: Column) => unit === "%" || unit === "ratio";

/** Upper limit of a share in percent or as a ratio; the profiler may overshoot by 5 %. */
const fullShare = ({ unit }: Column) => (unit === "%" ? 100 : 1.05);

export const presence = valueCheck({
  name: "presence",
  rule: "What every sample must have is there",
  spoils: "joins drop the rows, and sums shrink without a word",
  applies: (column) => !column.nullable,
  broken: ({ missing }) => missing > 0,
  wrong: (value) => `${value} IS NULL`,
});

export const negatives = valueCheck({
  name: "negatives",
  rule: "No count, size, time or share is negative",
  spoils: "sums and shares",
  applies: isNumber,
  broken: ({ min }) => min !== null && min < 0,
  wrong: (value) => `${value} < 0`,
});

export const percentages = valueCheck({
  name: "percentages",
  rule: "Percentages lie within 0 and 100, ratios within 0 and 1 (with 5 % of slack for the profiler)",
  spoils: "activity, and every finding about idle or starved GPUs: two exporter dialects are mixed",
  applies: isShare,
  broken: ({ max }, column) => max !== null && !(max <= fullShare(column)),
  wrong: (value, column) => `${value} > ${fullShare(column)}`,
});

/** A limit that is not set is +Inf; nothing else may be. */
const mayBeUnlimited = ({ doc }: Column) => doc.includes("+Inf");

/** Smallest and largest value that can be right. What is negative, or too large a share, is for the checks above. */
const limitsOf = ({ range }: Column) => range ?? [0, Number.MAX_VALUE];

export const ranges = valueCheck({
  name: "ranges",
  rule: "Every value is a finite number within what its quantity allows; only a limit that is not set is infinite",
  spoils: "whatever reads the column: units are mixed, or a NaN spreads",
  applies: (column) => isNumber(column) && !isShare(column),
  broken: ({ min, max }, column) => {
    if (min === null || max === null) return false;
    const [low, high] = limitsOf(column);
    return Number.isNaN(max) || (low > 0 && min < low) || (max > high && !mayBeUnlimited(column));
  },
  wrong: (value, column) => {
    const [low, high] = limitsOf(column);
    const tooLow = low > 0 ? ` OR (${value} >= 0 AND ${value} < ${low})` : "";
    const tooHigh = mayBeUnlimited(column) ? "" : ` OR ${value} > ${high}`;
    return `isnan(${value}::DOUBLE)${tooLow}${tooHigh}`;
  },
});
