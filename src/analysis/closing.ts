import { supplyParts } from "../diagnosis/supply.js";
import { fixed, number, percent } from "../units/format.js";
import { verifyOnce } from "../verify-once.js";
import type { Analysis } from "./analyse.js";
import type { Sheet } from "./tables.js";

/** Largest residual of paid GPU-hours that is still called reconciled. */
export const RECONCILED_SHARE = 0.01;

/** What every notebook ends with: the dataset's own checks in one line, and whether what was made of it adds up. */
export async function sanityChecks({ dataset, observed, diagnosis, windows }: Analysis): Promise<Sheet> {
  const { checks } = await verifyOnce(dataset.folder);
  const failed = checks.filter((check) => !check.ok);
  const { fleet } = diagnosis;
  const residual = fleet.residual / fleet.paid;
  const parts = supplyParts.reduce((sum, part) => sum + fleet[part], 0) + fleet.residual;
  const causes = Object.values(diagnosis.byCause).reduce((a, b) => a + b, 0);
  const contributed = diagnosis.contributors.reduce((sum, one) => sum + one.gpuHours, 0);
  const expected = observed.nodegroups.length * Math.ceil((observed.ticks * observed.stepMs) / 300_000);
  const missingLabels = observed.dropped.reduce((sum, { count }) => sum + count, 0);
  const close = (a: number, b: number) => Math.abs(a - b) <= 1e-6 * Math.max(1, Math.abs(a), Math.abs(b));
  const row = (what: string, ok: boolean, found: string) => [what, ok ? "ok" : "FAILED", found];
  return {
    columns: ["what must hold", "", "found"],
    rows: [
      row(
        "the dataset passes its checks",
        failed.length === 0,
        failed.length === 0 ? `${checks.length} of ${checks.length}` : failed.map((check) => check.name).join(", "),
      ),
      row(
        "the joined table has a row for every nodegroup and window",
        windows.length === expected,
        `${number(windows.length)} rows`,
      ),
      row("nothing was left out for want of a label", missingLabels === 0, number(missingLabels)),
      row(
        "supply adds up to the GPU-hours paid for",
        close(parts, fleet.paid),
        `${number(Math.round(parts))} of ${number(Math.round(fleet.paid))}`,
      ),
      row(
        `of which telemetry accounts for all but ${percent(RECONCILED_SHARE)}`,
        Math.abs(residual) <= RECONCILED_SHARE,
        `residual ${percent(residual)}`,
      ),
      row(
        "waiting by cause adds up to all waiting",
        close(causes, diagnosis.waitingGpuHours),
        `${fixed(causes, 1)} GPU-hours`,
      ),
      row(
        "waiting by LocalQueue adds up to all waiting",
        close(contributed, diagnosis.waitingGpuHours),
        `${fixed(contributed, 1)} GPU-hours`,
      ),
    ],
  };
}

/** How to get the same numbers again, and others. Markdown. */
export function reproSteps({ dataset: { manifest, contract } }: Analysis, notebook: string): string {
  const days = (Date.parse(manifest.end) - Date.parse(manifest.start)) / 86_400_000;
  const again = manifest.synthetic
    ? [
        `npx evenkeel generate --scenario ${manifest.scenario} --seed ${manifest.seed} --days ${days} --interval ${contract.scrapeIntervalSeconds.kueue}s --out again`,
        "npx evenkeel verify again",
        `npx evenkeel notebooks ${notebook} --scenario ${manifest.scenario} --seed ${(manifest.seed ?? 0) + 1} --out another-seed`,
      ]
    : [`npx evenkeel notebooks ${notebook} --data DIR --out again`];
  return [
    "```",
    ...again,
    "```",
    "",
    `The dataset is \`${manifest.digest}\`, made by evenkeel ${manifest.evenkeel}. The same scenario, seed and version give the same digest on any machine; the last line runs this notebook on another seed.`,
  ].join("\n");
}
