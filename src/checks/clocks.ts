import { plural } from "../units/format.js";
import { type Check, type Example, verdict } from "./check.js";

/** Fewest objects whose first sample must be late before the clock is blamed, and not the time between two scrapes. */
const FEWEST = 20;

export const clocks: Check = {
  name: "clocks",
  rule: "Nothing is seen before it is made or bound, and new things are seen within a scrape interval",
  spoils: "everything that compares two sources: their Prometheuses do not have the same time",
  async run({ query, contract }) {
    const firsts = [
      [
        "kube-state-metrics",
        `SELECT min(epoch_ms(timestamp)) / 1000 AS first, max(kube_pod_created) AS made, any_value(pod) AS name FROM kube_pod GROUP BY instance, uid`,
      ],
      [
        "dcgm-exporter",
        `SELECT first, made, pod AS name FROM (
           SELECT namespace, pod, min(epoch_ms(timestamp)) / 1000 AS first FROM dcgm_gpu WHERE pod IS NOT NULL GROUP BY namespace, pod)
         JOIN (SELECT namespace, pod, min(kube_pod_status_scheduled_time) AS made FROM kube_pod GROUP BY namespace, pod) USING (namespace, pod)`,
      ],
    ] as const;
    const examples: Example[] = [];
    let looked = 0;
    for (const [job, sql] of firsts) {
      const interval = contract.scrapeIntervalSeconds[job];
      const [row] = await query<{ objects: number; early: number; delay: number | null; example: string | null }>(
        `SELECT count(*) AS objects, count(*) FILTER (first < made - 1) AS early, min(first - made) AS delay, arg_min(name, first - made) AS example
         FROM (${sql}) WHERE first > (SELECT min(epoch_ms(timestamp)) / 1000 + ${interval} FROM up WHERE job = '${job}')`,
      );
      const { objects, early, delay, example } = row!;
      looked += objects;
      if (early > 0)
        examples.push({
          count: early,
          what: `${job}: ${plural(early, "pod was", "pods were")} seen before they were there, ${example} by ${Math.round(-delay!)} s: its clock is behind`,
        });
      else if (objects >= FEWEST && delay! > interval + 1)
        examples.push({
          count: objects,
          what: `${job}: none of ${plural(objects, "new pod")} was seen within ${interval} s, the first after ${Math.round(delay!)} s: its clock is ahead`,
        });
    }
    return verdict(examples, plural(looked, "new pod"));
  },
};
