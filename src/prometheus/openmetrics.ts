/** Text of a sample's labels: braces around them, none if there are none. An empty label is an absent one. */
export function labelText(labels: Iterable<readonly [name: string, value: string | null | undefined]>): string {
  const pairs: string[] = [];
  for (const [name, value] of labels) if (value) pairs.push(`${name}="${escaped(value)}"`);
  return pairs.length > 0 ? `{${pairs.join(",")}}` : "";
}

const escaped = (text: string) => text.replace(/[\\"\n]/g, (found) => (found === "\n" ? "\\n" : `\\${found}`));

/**
 * Unix ms as OpenMetrics writes them: in seconds. Prometheus multiplies by 1000 and cuts off what is left, which for
 * some numbers is a millisecond too few: these get a fifth of a millisecond more, which neither cutting nor rounding keeps.
 */
export function timeText(ms: number): string {
  const text = (ms / 1000).toFixed(3);
  return Math.trunc(Number(text) * 1000) === ms ? text : `${text}2`;
}

/** The shortest text that reads as this number again. */
export function valueText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return "+Inf";
  if (value === Number.NEGATIVE_INFINITY) return "-Inf";
  return String(value);
}

/** The number that such a text, or one of an answer of Prometheus, stands for. */
export const numberOf = (text: string): number => Number(text.replace(/^([+-])Inf$/, "$1Infinity"));

/** A metric family's name and type, from a metric's: a histogram's parts are one family, a counter's name ends in _total. */
export function familyOf(metric: string, isCounter: boolean): { readonly name: string; readonly type: string } {
  const histogram = /^(.*)_(bucket|count|sum)$/.exec(metric);
  if (histogram && isCounter) return { name: histogram[1]!, type: "histogram" };
  if (isCounter && metric.endsWith("_total")) return { name: metric.slice(0, -"_total".length), type: "counter" };
  return { name: metric, type: isCounter ? "unknown" : "gauge" };
}
