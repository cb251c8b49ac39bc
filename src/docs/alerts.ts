import { type Alert, alertsOf, type Matter } from "../rules/rules.js";
import { defaultWaitTargets } from "../tables/contract.js";
import { mdTable } from "./md-table.js";

const PULL =
  "npx evenkeel pull --url http://prometheus:9090 --contract contract.yaml --start YESTERDAY --end NOW --out data/alert";

/** What to do in evenkeel, by what an alert is about. */
const steps: Readonly<Record<Matter, string>> = {
  demand: `\`\`\`
${PULL}
npx evenkeel notebooks 04-where-when-why --data data/alert --out alert
\`\`\`

Read the cause of the waiting GPU-hours before you buy or move anything. *Quota*, *queue order*, *flavor* and *fragmentation* cost nothing to mend; *out of service* is for those who mend nodes; *capacity* is for [05-capacity-plan](../notebooks/05-capacity-plan.ipynb), over a week.`,
  slack: `\`\`\`
npx evenkeel pull --url http://prometheus:9090 --contract contract.yaml --start A-MONTH-AGO --end NOW --out data/alert
npx evenkeel notebooks 05-capacity-plan --data data/alert --out alert
\`\`\`

The plan says how many whole nodes the wait targets need, and what the rest costs. GPUs that are committed save nothing before their date. It is no matter for the night.`,
  data: `\`\`\`
npx evenkeel doctor --url http://prometheus:9090 --contract contract.yaml
\`\`\`

It says what is missing, and which setting or which line of the contract adds it.`,
};

/** docs/alerts.md: every alert of `evenkeel rules`, when it fires, and what to do. */
export function alertsDocument(): string {
  const alerts = alertsOf({ cluster: "", waitTargets: defaultWaitTargets });
  const names = [...new Set(alerts.map(({ alert }) => alert))];
  return [
    "# Alerts",
    "What `evenkeel rules` alerts on, when, and what to do. Each alert's annotation `runbook` names its place on this page. It is made from the code by `npm run docs`; thresholds are the metrics' [anchors](../DATA_DICTIONARY.md#metrics).",
    "*critical* wakes somebody, *warning* makes a ticket, *info* is there for those who look. Only a severe imbalance is critical, once it has lasted as long as work of up to one node may wait by the contract (`waitTargets.upToOneNodeSeconds`; four hours unless told): the other metrics say more of the same waiting. A full nodegroup that nobody waits for alerts nobody.",
    mdTable(
      ["alert", "severity", "fires when", "for"],
      alerts.map(({ alert, labels, expr, for: duration }) => [
        `[${alert}](#${alert.toLowerCase()})`,
        labels.severity,
        `\`${expr.replace(/\{cluster=""\}/g, "")}\``,
        spelled(duration),
      ]),
    ),
    ...names.map((name) => entry(alerts.find(({ alert }) => alert === name)!)),
  ]
    .join("\n\n")
    .concat("\n");
}

const entry = ({ alert, annotations, matter }: Alert) =>
  [`## ${alert}`, annotations.description, steps[matter]].join("\n\n");

function spelled(duration: string): string {
  const minutes = Number.parseInt(duration, 10);
  if (minutes % (24 * 60) === 0) return `${minutes / (24 * 60)} days`;
  return minutes % 60 === 0 ? `${minutes / 60} h` : `${minutes} min`;
}
