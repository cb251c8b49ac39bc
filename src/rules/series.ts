import { isOneOf, labelThere, literally, nameThere, quoted } from "../prometheus/selectors.js";
import type { Contract } from "../tables/contract.js";
import { CLASHING_LABELS, parseSeries } from "../tables/series.js";
import type { Column, Table } from "../tables/table.js";
import { SECOND_MS } from "../units/time.js";

/** What labels must be, as a selector has it: an operator and a value. */
export type Where = Readonly<Record<string, string>>;

export const is = (value: string): string => `=${quoted(value)}`;
export const isNot = (value: string): string => `!=${quoted(value)}`;
export { isOneOf };
export const isNoneOf = (values: readonly string[]): string =>
  values.length === 1 ? isNot(values[0]!) : `!~${quoted(values.map(literally).join("|"))}`;

/** What is asked of a table's series. */
export interface Ask {
  /** Labels that the answer is told apart by; they come under their usual names. */
  readonly labels: readonly string[];
  /** What its labels must be; of several, one. */
  readonly where?: Where | readonly Where[];
  /** What is made of each selector before anything else, such as a range of it. */
  readonly over?: (selector: string) => string;
}

/** Writes PromQL for series by the names that they have in this cluster. */
export interface SeriesText {
  /** Series of a metric, named as in a column's `series`: `name{label="value"}`. */
  metric(table: Table, series: string, ask: Ask): string;
  /** Series of a column, in its unit, whatever exporters call them. */
  column(table: Table, column: string, ask: Ask): string;
}

/**
 * PromQL for a cluster's series, by its contract: the metrics and labels that it renamed, the matchers and jobs that tell
 * its series from others. A label that Prometheus renamed to exported_… is taken where it is there.
 */
export function seriesText({ prometheus: wiring = {} }: Pick<Contract, "prometheus">): SeriesText {
  const there = (label: string) => labelThere(label, wiring);

  const selectorOf = (table: Table, series: string, where: Where): string => {
    const { metric, where: fixed } = parseSeries(series);
    const jobs = wiring.jobs?.[table.source as keyof typeof wiring.jobs];
    const limited = Object.entries(table.only ?? {}).map(([label, values]) => [label, isOneOf(values)]);
    const all = {
      ...Object.fromEntries(limited),
      ...Object.fromEntries(Object.entries(fixed).map(([label, value]) => [label, is(value)])),
      ...where,
    };
    const matchers = [
      ...(jobs ? [`job${isOneOf(jobs)}`] : []),
      ...Object.entries(wiring.matchers ?? {}).map(([label, value]) => `${label}${is(value)}`),
      ...Object.entries(all).map(([label, condition]) => `${there(label)}${condition}`),
    ];
    return `${nameThere(metric, wiring)}${matchers.length > 0 ? `{${matchers.join(", ")}}` : ""}`;
  };

  const labelled = (table: Table, labels: readonly string[], text: string): string =>
    labels.reduce((before, label) => {
      const others = [
        ...(there(label) === label ? [] : [there(label)]),
        ...((table.columns[label] as Column | undefined)?.spellings ?? []).map(({ name }) => name),
        ...(CLASHING_LABELS.includes(label) ? [`exported_${label}`] : []),
      ];
      return others.reduce((inner, other) => withLabel(inner, label, other), before);
    }, text);

  /** Series of one column or metric by all its names. */
  const any = (table: Table, names: readonly { series: string; times?: number }[], ask: Ask): string => {
    const { labels, where = {}, over = (selector) => selector } = ask;
    const alternatives = Array.isArray(where) ? (where as readonly Where[]) : [where as Where];
    const selected = names.flatMap(({ series, times = 1 }) =>
      alternatives.map((one) => {
        const text = over(selectorOf(table, series, one));
        if (times === 1) return text;
        return times > 1 ? `${text} * ${times}` : `${text} / ${1 / times}`;
      }),
    );
    const own = parseSeries(names[0]!.series).label;
    return labelled(table, [...new Set([...labels, ...(own ? [own] : [])])], union(selected));
  };

  return {
    metric: (table, series, ask) => any(table, [{ series }], ask),
    column(table, column, ask) {
      const { series, spellings = [] } = table.columns[column] as Column;
      const others = spellings.map(({ name, ...rest }) => ({ series: name, ...rest }));
      return any(table, [{ series: series ?? column }, ...others], ask);
    },
  };
}

/** A label taken from another one, where that is there. */
export const withLabel = (text: string, label: string, from: string): string =>
  call("label_replace", text, quoted(label), '"$1"', quoted(from), '"(.+)"');

/** A label that is the same everywhere, or where another label is one of some values. */
export function fixedLabel(
  text: string,
  label: string,
  value: string,
  where?: { readonly label: string; readonly oneOf: readonly string[] },
): string {
  const pattern = where?.oneOf.map(literally).join("|") ?? "";
  const replacement = value.replaceAll("$", "$$$$");
  return call("label_replace", text, quoted(label), quoted(replacement), quoted(where?.label ?? ""), quoted(pattern));
}

/** A span of time as PromQL has it, which knows no fractions. */
export const durationText = (seconds: number): string =>
  Number.isInteger(seconds) ? `${seconds}s` : `${Math.round(seconds * SECOND_MS)}ms`;

/** An aggregation by labels. */
export const by = (operator: string, labels: readonly string[], text: string): string =>
  call(`${operator} by (${labels.join(", ")}) `, text);

/** All of them; of those with equal labels the first. Of nothing, nothing. */
export const union = (parts: readonly string[]): string => (parts.length === 0 ? "vector(0) > 0" : parts.join("\nor "));

/** A line that is longer is broken. */
const LINE = 100;

function call(name: string, first: string, ...rest: readonly string[]): string {
  const after = rest.map((argument) => `, ${argument}`).join("");
  const line = `${name}(${first}${after})`;
  return first.includes("\n") || line.length > LINE ? `${name}(\n  ${indented(first)}\n${after})` : line;
}

/** Text in parentheses. */
export const inParentheses = (text: string): string => call("", text);

/** Text whose further lines stand two spaces to the right. */
export const indented = (text: string): string => text.replaceAll("\n", "\n  ");

/** One series a key, whichever: with two, a join would fail altogether. */
export const onlyOne = (key: readonly string[], text: string): string =>
  call(`topk by (${key.join(", ")}) `, `1, ${text}`);

/** Series with the value of the first of some labels that they have, under a name of its own; of known values, if told. */
export function firstLabel(
  labels: readonly string[],
  as: string,
  select: (where: Where) => string,
  known?: readonly string[],
): string {
  return union(
    labels.map((label, i) => {
      const before = Object.fromEntries(labels.slice(0, i).map((other) => [other, is("")]));
      return withLabel(select({ ...before, [label]: known ? isOneOf(known) : isNot("") }), as, label);
    }),
  );
}
