import { verifyOnce } from "../checks/verify-once.js";
import { episodeWindowSeconds } from "../diagnosis/episodes.js";
import { heldGpuHours, RECONCILED_SHARE } from "../diagnosis/supply.js";
import type { Observed } from "../join/observed.js";
import { gpusOf } from "../join/shapes.js";
import { fixed, number, percent, plural } from "../units/format.js";
import { HOUR_MS, SECOND_MS } from "../units/time.js";
import type { Analysis } from "./analyse.js";
import type { Sheet } from "./tables.js";

/** What every notebook ends with: the dataset's own checks in one line, and whether what was made of it adds up. */
export async function sanityChecks({ dataset, observed, diagnosis, windows }: Analysis): Promise<Sheet> {
  const { checks } = await verifyOnce(dataset.folder);
  const failed = checks.filter((check) => !check.ok);
  const { fleet } = diagnosis;
  // What held GPUs did may be unknown: how many were held is not.
  const residual = (fleet.residual - fleet.useUnknown) / fleet.paid;
  const held = heldGpuHours(fleet) + fleet.useUnknown;
  const unmeasured = fleet.useUnknown / fleet.paid;
  const heldByPods = diagnosis.owners.reduce((sum, owner) => sum + owner.held, 0);
  // Scrapes see a pod come and go up to an interval late: much, where pods live for as long as that.
  const late = observed.started.reduce((sum, gang) => sum + gpusOf(gang), 0) * (observed.stepMs / HOUR_MS);
  const waited = waitedGpuHours(observed);
  const causes = Object.values(diagnosis.byCause).reduce((a, b) => a + b, 0);
  const contributed = diagnosis.contributors.reduce((sum, one) => sum + one.gpuHours, 0);
  const expected =
    observed.nodegroups.length *
    Math.ceil((observed.ticks * observed.stepMs) / (episodeWindowSeconds(observed) * SECOND_MS));
  const missingLabels = observed.dropped.reduce((sum, { count }) => sum + count, 0);
  const close = (a: number, b: number) => Math.abs(a - b) <= 1e-6 * Math.max(1, Math.abs(a), Math.abs(b));
  const { workloadHours } = diagnosis.hidden;
  const uncounted = workloadHours > 0 ? `, and ${plural(workloadHours, "workload-hour")} of unknown size` : "";
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
        `telemetry accounts for the GPU-hours paid for, but for ${percent(RECONCILED_SHARE)}`,
        Math.abs(residual) <= RECONCILED_SHARE,
        `residual ${percent(residual)} of ${number(Math.round(fleet.paid))}${unmeasured > RECONCILED_SHARE ? `; use of ${percent(unmeasured)} unknown` : ""}`,
      ),
      row(
        `GPU-hours held, from nodes tick by tick and from pods start to end, differ by ${percent(HELD_SHARE)} at most, and an interval a gang`,
        Math.abs(held - heldByPods) <= HELD_SHARE * Math.max(held, heldByPods) + late,
        `${number(Math.round(held))} and ${number(Math.round(heldByPods))}`,
      ),
      row(
        "waiting by cause adds up to what the gauges say",
        close(causes, waited),
        `${fixed(causes, 1)} GPU-hours${uncounted}`,
      ),
      row(
        "waiting by LocalQueue adds up to what the gauges say",
        close(contributed, waited),
        `${fixed(contributed, 1)} GPU-hours${uncounted}`,
      ),
    ],
  };
}

/** Two ways to count held GPU-hours may differ by this share. Field convention. */
const HELD_SHARE = 0.02;

/** GPU-hours that Kueue's gauges and the pods without nodes say waited, cause or no cause. */
function waitedGpuHours({ clusterQueues, unplaced, stepMs }: Observed): number {
  const pending = clusterQueues.flatMap((queue) => [...queue.pendingGpus]).filter((gpus) => gpus > 0);
  const placeless = unplaced.map((gang) => gpusOf(gang) * (gang.lastTick - gang.firstTick + 1));
  return ([...pending, ...placeless].reduce((sum, gpus) => sum + gpus, 0) * stepMs) / HOUR_MS;
}

/** How to get the same numbers again, and others. Markdown. */
export function reproSteps({ dataset }: Analysis, notebook: string): string {
  const { steps, explained } = again(dataset, notebook);
  return ["```", ...steps, "```", "", explained].join("\n");
}

function again(
  { manifest, contract }: Analysis["dataset"],
  notebook: string,
): { readonly steps: readonly string[]; readonly explained: string } {
  const { synthetic, scenario, seed, faults, pulled, start, end, digest, evenkeel } = manifest;
  if (synthetic) {
    const days = (Date.parse(end) - Date.parse(start)) / 86_400_000;
    return {
      steps: [
        `npx evenkeel generate --scenario ${scenario} --seed ${seed} --days ${days} --interval ${contract.scrapeIntervalSeconds.kueue}s --out again`,
        ...(faults
          ? [`npx evenkeel break again ${faults.map((name) => `--fault ${name}`).join(" ")} --out broken`]
          : []),
        `npx evenkeel verify ${faults ? "broken" : "again"}`,
        `npx evenkeel notebooks ${notebook} --scenario ${scenario} --seed ${(seed ?? 0) + 1} --out another-seed`,
      ],
      explained: `The dataset is \`${digest}\`, made by evenkeel ${evenkeel}. The same scenario, seed and version give the same digest on any machine; the last line runs this notebook on another seed. A scenario of your own goes by its file instead of its name; the dataset keeps it as truth/scenario.yaml.`,
    };
  }
  if (pulled)
    return {
      steps: [
        `npx evenkeel pull --url URL --contract DIR/contract.yaml --start ${start} --end ${end} --out again`,
        "npx evenkeel verify again",
        "npx evenkeel notebooks --data again --out read-again",
      ],
      explained: `DIR is the folder of the dataset \`${digest}\`, which evenkeel ${evenkeel} pulled from the server at URL. As long as the server has the samples, they come back the same, and so do the numbers.`,
    };
  return {
    steps: ["npx evenkeel verify DIR", `npx evenkeel notebooks ${notebook} --data DIR --out again`],
    explained: `DIR is the folder of the dataset \`${digest}\`, written by evenkeel ${evenkeel}. The same data and version give the same numbers.`,
  };
}
