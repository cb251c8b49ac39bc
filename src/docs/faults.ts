import type { Fault, RulesDiffer } from "../faults/fault.js";
import { faults } from "../faults/index.js";
import { notShown } from "../faults/not-shown.js";
import { mdTable } from "./md-table.js";

const differing = faults.filter(({ rulesDiffer }) => rulesDiffer !== undefined);

/** docs/faults.md: what goes wrong in the field, which check finds it, what the join does. */
export function faultsDocument(): string {
  return [
    "# Faults",
    "How telemetry goes wrong in the field, made on purpose. Each fault is a change of a dataset's tables, in a file of its own in [src/faults](../src/faults/index.ts). This page is made from them by `npm run docs`.",
    [
      "- [Make one](#make-one)",
      "- [Faults, checks, repairs](#faults-checks-repairs)",
      "- [What happens](#what-happens)",
      "- [Recording rules](#recording-rules)",
      "- [Not shown in a dataset](#not-shown-in-a-dataset)",
    ].join("\n"),
    "## Make one",
    "```\nnpx evenkeel break DIR --fault scrape-gap --out broken\nnpx evenkeel verify broken\n```",
    "writes a copy of a dataset and says what its checks find. `--fault` may be given several times. The copy agrees with its manifest, which names the faults; only what it says is wrong. A scenario's `faults` do the same while it is generated, and may say where and when:",
    "```yaml\nfaults:\n  - hostname-lower-case\n  - { name: profiling-paused, nodegroup: h100-training, fromHour: 24, toHour: 30 }\n```",
    "Unless told, a fault strikes the contract's first nodegroup, or the whole cluster, at the hours that the table says.",
    "## Faults, checks, repairs",
    "The join *repairs* a fault where every figure is as it would be without it. It *excludes* what it touches where figures of that place or time are then missing, and says so. It *reports* what is no fault of the telemetry but the truth, such as a cordoned node. Where it *refuses* figures are wrong, and the check that fails says not to read them. A check that takes note passes: what it says is dealt with.",
    'A test runs every fault on a small world and holds it to this table: exactly these checks speak, and no metric moves in any hour unless a check fails. "Within" is how far one may move all the same, as a share of its severe anchor.',
    mdTable(
      ["fault", "mode", "where", "when", "check", "would spoil", "the join", "within"],
      faults.map((fault) => [
        `[${fault.name}](#${fault.name})`,
        fault.shows.join(", "),
        fault.nodegroup ? "a nodegroup" : "everywhere",
        { all: "always", middle: "the middle third", "from middle": "from the middle on" }[fault.hours],
        checksOf(fault),
        fault.spoils.map((figure) => `\`${figure}\``).join(", "),
        fault.join,
        fault.join === "repairs" ? String(fault.band ?? 0) : "",
      ]),
    ),
    "## What happens",
    ...faults.map((fault) =>
      [`### ${fault.name}`, fault.field, `The join ${fault.join} it. ${fault.how}`].join("\n\n"),
    ),
    "## Recording rules",
    `The [recording rules](wiring.md#rules-and-dashboard) read the same telemetry, in a Prometheus. \`npm run check:prometheus\` applies every fault to a small world, loads it into a server, and compares each recorded figure with what the join and the formulas say, moment by moment. With ${faults.length - differing.length} of the ${faults.length} faults they say the same, also where the join refuses it: wrong telemetry makes both wrong alike, and no check fails in a Prometheus. Here they differ:`,
    mdTable(
      ["fault", "figures of the rules, beside the join", "why"],
      differing.map(({ name, rulesDiffer }) => [`[${name}](#${name})`, differences(rulesDiffer!), rulesDiffer!.why]),
    ),
    "Three faults leave no trace in a server: an empty label is an absent one ([empty-pod-label](#empty-pod-label)), it keeps one sample a series and instant ([federated-twice](#federated-twice)), and the rules read no bucket ([bucket-spelling](#bucket-spelling)).",
    "## Not shown in a dataset",
    "Some ways to go wrong lie in how Prometheus is asked, or on the way into it. No dataset can show them.",
    mdTable(
      ["mode", "what goes wrong", "why a dataset does not show it"],
      notShown.map(({ mode, what, why }) => [mode, what, why]),
    ),
  ]
    .join("\n\n")
    .concat("\n");
}

function checksOf({ fails, notes }: Fault): string {
  const parts = [...fails.map((check) => `\`${check}\` fails`), ...notes.map((check) => `\`${check}\` takes note`)];
  return parts.join(", ") || "none: nothing is wrong with it";
}

function differences({ figures }: RulesDiffer): string {
  const said = { higher: "higher", lower: "lower", either: "higher or lower", known: "known where the join has none" };
  return Object.entries(said)
    .map(([by, words]) => [Object.keys(figures).filter((figure) => figures[figure] === by), words] as const)
    .filter(([named]) => named.length > 0)
    .map(([named, words]) => `${named.map((figure) => `\`${figure}\``).join(", ")} ${words}`)
    .join("; ");
}
