import type { Analysis } from "../analysis/analyse.js";
import { defaultMetric } from "../metrics/index.js";
import { number, percent } from "../units/format.js";
import { type ExplorerSpec, explorer } from "./explorer.js";
import { nodegroupColor } from "./nodegroup-color.js";

/** An interactive chart, with its words for those who cannot see it or whose viewer cannot run it. */
export interface Explorable {
  readonly vegaLite: ExplorerSpec;
  /** The data as text, for viewers without Vega-Lite. */
  readonly alt: string;
}

/** Demand and capacity by nodegroup and hour above, the default metric below, to pick from and zoom into. */
export function explore({ hours, observed, period, source }: Analysis): Explorable {
  const values = defaultMetric.measure(hours);
  const { concern } = defaultMetric.anchors;
  const rows = hours.map((row, i) => ({
    window_start: row.window_start,
    nodegroup: row.nodegroup,
    gpus_demand_lower: row.gpus_demand_lower,
    gpus_capacity: row.gpus_capacity,
    metric: values[i],
  }));
  const names = observed.nodegroups.map(({ name }) => name);
  const told = names.map((name) => {
    const mine = hours.flatMap((row, i) => (row.nodegroup === name && values[i] !== undefined ? [values[i]] : []));
    if (mine.length === 0) return `${name} has no value`;
    return `${name} is at ${percent(concern)} or more in ${number(mine.filter((value) => value >= concern).length)} of ${number(mine.length)} hours`;
  });
  return {
    vegaLite: explorer({
      rows,
      title: "Explore: demand, capacity and imbalance by nodegroup",
      subtitle: [`Hourly means, lower bound of demand, ${period}`, `Source: ${source}`],
      time: "window_start",
      nodegroup: "nodegroup",
      demand: { field: "gpus_demand_lower", label: "Demand", unit: "GPUs" },
      capacity: { field: "gpus_capacity", label: "Capacity", unit: "GPUs" },
      metric: {
        field: "metric",
        label: defaultMetric.title,
        unit: defaultMetric.unit,
        threshold: { at: concern, label: `concern, ${number(concern)}` },
      },
      color: nodegroupColor(observed),
    }),
    alt: `Interactive lines of hourly demand and capacity above and of ${defaultMetric.title.toLowerCase()} below for ${number(names.length)} nodegroups, where ${told.join("; ")}.`,
  };
}
