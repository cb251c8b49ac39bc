import { countGauge, label, optionalGauge, optionalLabel, table, timestamp } from "./table.js";

export const up = table({
  name: "up",
  source: "prometheus",
  doc: "Whether each scrape of each target succeeded. A failed scrape has a row here and no sample anywhere else.",
  key: ["job", "instance"],
  columns: {
    timestamp,
    job: label("kueue, kube-state-metrics or dcgm-exporter"),
    instance: label("Address of the target"),
    node: optionalLabel("Node of a target that runs on every node"),
    up: countGauge("", "1 if the scrape succeeded, else 0", { range: [0, 1] }),
    process_start_time_seconds: optionalGauge("Unix s", "When the target's process started: its counters begin there"),
  },
});
