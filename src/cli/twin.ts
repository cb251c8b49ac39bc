import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { Document, isScalar, isSeq, visit } from "yaml";
import { openDataset } from "../dataset/open.js";
import { toCsv } from "../results/rows.js";
import { fitTwin, type Twin } from "../twin/fit.js";
import { kubernetesName } from "../twin/names.js";
import { type TraitCompared, twinReport } from "../twin/report.js";
import { traitRow, traitRows } from "../twin/written.js";
import { duration, fixed, plural } from "../units/format.js";
import { ifInterrupted } from "./interrupt.js";
import { Progress } from "./progress.js";
import { textTable } from "./text-table.js";
import { seedsFrom } from "./whatif.js";
import { writeNamed } from "./write-file.js";

export interface TwinFlags {
  readonly out: string;
  readonly seed: number;
  readonly seeds: number;
  readonly csv?: string;
}

/** `evenkeel twin`: a scenario fitted to a dataset, and how well its telemetry matches. */
export async function twinCommand(folder: string, { out, seed, seeds, csv }: TwinFlags): Promise<void> {
  const progress = new Progress();
  ifInterrupted(`nothing was written to ${out}`);
  const chosen = seeds === 0 ? [] : seedsFrom({ seed, seeds });
  progress.step(`reading ${folder}`);
  const dataset = await openDataset(folder);
  const temporary = mkdtempSync(join(tmpdir(), "evenkeel-twin-"));
  // However it ends: whatever is being written there is of no use then.
  process.once("exit", () => rmSync(temporary, { recursive: true, force: true }));
  try {
    const twin = await fitTwin(dataset, kubernetesName(`twin-${basename(resolve(folder))}`));
    await writeNamed("out", out, yamlOf(twin));
    ifInterrupted(`${out} is written, its report is not`);
    const compared = await twinReport(twin, {
      seeds: chosen,
      folder: temporary,
      onSeed: (one, i, of) => progress.step(`telemetry of the twin, seed ${one}: ${i + 1} of ${of}`),
    });
    ifInterrupted(undefined);
    progress.clear();
    if (csv !== undefined) await writeNamed("csv", csv, toCsv(traitRow, traitRows(compared)));
    console.log(text(twin, compared, out, chosen));
  } finally {
    dataset.close();
  }
}

/** The scenario, with what could not be known as comments at its head. */
function yamlOf({ input, unknown }: Twin): string {
  const head = ["Fitted to a dataset by evenkeel twin. What it could not know:", ...unknown.map((one) => `- ${one}`)];
  const document = new Document(input);
  // Lists of numbers in a line each: the rates of a week, the quantiles of a duration.
  visit(document, {
    Seq(_, list) {
      list.flow = list.items.every((item) => isScalar(item) || isSeq(item));
    },
  });
  const text = document.toString({ lineWidth: 0, flowCollectionPadding: false });
  return `${head.map((line) => `# ${line}`).join("\n")}\n${text}`;
}

function text(twin: Twin, compared: readonly TraitCompared[], out: string, seeds: readonly number[]): string {
  const { scenario, unknown } = twin;
  const parts = [
    `${out}: ${plural(scenario.nodegroups.length, "nodegroup")}, ${plural(scenario.clusterQueues.length, "ClusterQueue")}, ${plural(scenario.workloadClasses.length, "workload class", "workload classes")}, fitted to ${plural(twin.jobs.length, "job")}`,
    ["What could not be known:", ...unknown.map((one) => `  ${one}`)].join("\n"),
  ];
  if (seeds.length > 0) {
    const good = compared.filter(({ agrees }) => agrees).length;
    parts.push(
      textTable(
        ["", "quantile", "dataset", "twin", "least and most", ""],
        compared.map((row) => [
          `${titles[row.measure]} ${row.where}`,
          `${row.p * 100} %`,
          shown(row, row.value),
          shown(row, row.twin),
          `${shown(row, row.low)} to ${shown(row, row.high)}`,
          row.agrees ? "" : "differs",
        ]),
      ),
      `${good} of ${compared.length} agree, over ${plural(seeds.length, "seed")} of the twin. docs/what-if.md#from-a-real-cluster says when they do.`,
    );
  }
  parts.push(`Try an action on it: npx evenkeel whatif --scenario ${out} --action "…"`);
  return parts.join("\n\n");
}

const titles: Readonly<Record<TraitCompared["measure"], string>> = {
  wait: "wait in",
  held: "GPUs held on",
  backlog: "GPUs pending in",
};

function shown({ measure }: TraitCompared, value: number | null): string {
  if (value === null) return "not reached";
  return measure === "wait" ? duration(value) : fixed(value, 1);
}
