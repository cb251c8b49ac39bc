import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Dataset } from "../dataset/open.js";
import { openDataset } from "../dataset/open.js";
import { headline } from "../diagnosis/headline.js";
import { copyOf, editManifest, rewriteTable, sampleDataset } from "../testing/dataset.js";
import { type Analysis, analyse } from "./analyse.js";
import { reproSteps, sanityChecks } from "./closing.js";

let analysis: Analysis;
const opened: Dataset[] = [];

async function analysisOfFolder(folder: string): Promise<Analysis> {
  const dataset = await openDataset(folder);
  opened.push(dataset);
  return analyse(dataset);
}

beforeAll(async () => {
  analysis = await analysisOfFolder(await sampleDataset());
});
afterAll(() => {
  for (const dataset of opened) dataset.close();
});

const checks = [
  "the dataset passes its checks",
  "the joined table has a row for every nodegroup and window",
  "nothing was left out for want of a label",
  "telemetry accounts for the GPU-hours paid for, but for 1%",
  "GPU-hours held, from nodes tick by tick and from pods start to end, differ by 2% at most, and an interval a gang",
  "waiting by cause adds up to what the gauges say",
  "waiting by LocalQueue adds up to what the gauges say",
];

/** The checks that fail, with what they found. */
async function failures(changed: Partial<Analysis>): Promise<(string | number)[][]> {
  const { columns, rows } = await sanityChecks({ ...analysis, ...changed });
  expect(columns).toEqual(["what must hold", "", "found"]);
  expect(rows.map(([what]) => what)).toEqual(checks);
  return rows
    .filter(([, result]) => result !== "ok")
    .map(([what, result, found]) => {
      expect(result).toBe("FAILED");
      return [what!, found!];
    });
}

describe("sanityChecks(analysis)", () => {
  test("count what pods held, and say what waited uncounted, in a dataset without the telemetry for more", async () => {
    const folder = await copyOf(analysis.dataset.folder);
    await rewriteTable(folder, "dcgm_gpu", "SELECT * FROM old WHERE FALSE");
    await rewriteTable(
      folder,
      "kueue_cluster_queue",
      "SELECT * REPLACE (NULL::DOUBLE AS kueue_cluster_queue_resource_pending_nvidia_com_gpu) FROM old",
    );
    const blind = await analysisOfFolder(folder);
    const { rows } = await sanityChecks(blind);
    const found = (what: string) => rows.find(([name]) => String(name).startsWith(what))!;
    expect(found("GPU-hours held")[1]).toBe("ok");
    expect(blind.diagnosis.hidden.workloadHours).toBeGreaterThan(0);
    expect(found("waiting by cause")[2]).toMatch(/ GPU-hours, and [\d.]+ workload-hours? of unknown size$/);
    // Of what was pending, nothing is lost: it is counted, or it is hidden.
    const pending = (each: Analysis) => each.observed.clusterQueues.flatMap((queue) => [...queue.pending]);
    expect(pending(blind)).toEqual(pending(analysis));
    expect(["unknown", "shortage"]).toContain(headline(blind.diagnosis).kind);
  });

  test("hold where the profiling module is not loaded, and say of how much the use is unknown", async () => {
    const folder = await copyOf(analysis.dataset.folder);
    const fields = ["GR_ENGINE_ACTIVE", "PIPE_TENSOR_ACTIVE", "DRAM_ACTIVE"].map(
      (field) => `NULL::DOUBLE AS "DCGM_FI_PROF_${field}"`,
    );
    await rewriteTable(folder, "dcgm_gpu", `SELECT * REPLACE (${fields.join(", ")}) FROM old`);
    const { rows } = await sanityChecks(await analysisOfFolder(folder));
    const found = (what: string) => rows.find(([name]) => String(name).startsWith(what))!;
    expect(found("GPU-hours held")[1]).toBe("ok");
    expect(found("telemetry accounts")).toEqual([
      checks[3],
      "ok",
      expect.stringMatching(/^residual [\d.]+% of 160; use of \d+% unknown$/),
    ]);
  });

  test("all hold for a dataset as it was made", async () => {
    expect(await failures({})).toEqual([]);
  });

  test("fail for a dataset that is not what its manifest says, by the name of its own check", async () => {
    const folder = await copyOf(analysis.dataset.folder);
    const wrong = "0".repeat(64);
    await editManifest(folder, ({ tables }) => ({
      tables: { ...tables, up: { ...tables["up"]!, sha256: wrong, digest: wrong } },
    }));
    const dataset = { ...analysis.dataset, folder };
    expect(await failures({ dataset })).toEqual([[checks[0], "hashes"]]);
  });

  test("fail for windows that are missing, or come twice", async () => {
    const { windows } = analysis;
    const missing = await failures({ windows: windows.slice(1) });
    // Four hours of three nodegroups, in windows of 5 minutes.
    expect(missing).toEqual([[checks[1], "143 rows"]]);
    expect(await failures({ windows: [...windows, windows[0]!] })).toEqual([[checks[1], "145 rows"]]);
  });

  test("fail for what could not be joined", async () => {
    const dropped = [
      { source: "kube-state-metrics", reason: "node without a nodegroup", count: 2, unit: "nodes" },
      { source: "dcgm-exporter", reason: "GPU on a host that is no known node", count: 16, unit: "GPUs" },
    ];
    expect(await failures({ observed: { ...analysis.observed, dropped } })).toEqual([[checks[2], "18"]]);
  });

  const withFleet = (change: (fleet: Analysis["diagnosis"]["fleet"]) => Partial<Analysis["diagnosis"]["fleet"]>) => {
    const { fleet } = analysis.diagnosis;
    return { diagnosis: { ...analysis.diagnosis, fleet: { ...fleet, ...change(fleet) } } };
  };

  test("fail for a residual of more than 1 % of what is paid, on either side", async () => {
    // 40 GPUs for four hours are paid for.
    const residual = (gpuHours: number) => failures(withFleet(() => ({ residual: gpuHours })));
    expect(await residual(1.6)).toEqual([]);
    expect(await residual(1.76)).toEqual([[checks[3], "residual 1.1% of 160"]]);
    expect(await residual(-1.76)).toEqual([[checks[3], "residual −1.1% of 160"]]);
  });

  test("fail for GPU-hours that nodes hold and pods do not, or the other way round", async () => {
    const { diagnosis } = analysis;
    const held = await failures(withFleet(({ useful }) => ({ useful: 1.1 * useful })));
    expect(held.map(([what]) => what)).toEqual([checks[4]]);
    const owners = diagnosis.owners.map((owner) => ({ ...owner, held: 1.1 * owner.held }));
    expect((await failures({ diagnosis: { ...diagnosis, owners } })).map(([what]) => what)).toEqual([checks[4]]);
  });

  test("fail for waiting of which a cause or a LocalQueue is not known", async () => {
    const { diagnosis } = analysis;
    const causes = { ...diagnosis, byCause: { ...diagnosis.byCause, quota: diagnosis.byCause.quota + 1 } };
    expect((await failures({ diagnosis: causes })).map(([what]) => what)).toEqual([checks[5]]);
    const contributors = diagnosis.contributors.slice(1);
    expect((await failures({ diagnosis: { ...diagnosis, contributors } })).map(([what]) => what)).toEqual([checks[6]]);
  });
});

describe("reproSteps(analysis, notebook)", () => {
  const stepsOf = (manifest: Partial<Dataset["manifest"]>, kueue = 60) => {
    const { dataset } = analysis;
    const scrapeIntervalSeconds = { ...dataset.contract.scrapeIntervalSeconds, kueue };
    return reproSteps(
      {
        ...analysis,
        dataset: {
          ...dataset,
          manifest: { ...dataset.manifest, digest: "d".repeat(64), evenkeel: "1.2.3", ...manifest },
          contract: { ...dataset.contract, scrapeIntervalSeconds },
        },
      },
      "03-imbalance",
    );
  };

  test("break a dataset again that was broken", () => {
    const steps = stepsOf({ faults: ["mig", "scrape-gap"] }).split("\n");
    expect(steps.slice(2, 4)).toEqual([
      "npx evenkeel break again --fault mig --fault scrape-gap --out broken",
      "npx evenkeel verify broken",
    ]);
  });

  test("make a synthetic dataset again, check it, and run the notebook on another seed", () => {
    const steps = stepsOf(
      { scenario: "balanced", seed: 42, start: "2026-01-05T00:00:00Z", end: "2026-01-12T00:00:00Z" },
      30,
    );
    expect(steps.split("\n")).toEqual([
      "```",
      "npx evenkeel generate --scenario balanced --seed 42 --days 7 --interval 30s --out again",
      "npx evenkeel verify again",
      "npx evenkeel notebooks 03-imbalance --scenario balanced --seed 43 --out another-seed",
      "```",
      "",
      `The dataset is \`${"d".repeat(64)}\`, made by evenkeel 1.2.3. The same scenario, seed and version give the same digest on any machine; the last line runs this notebook on another seed. A scenario of your own goes by its file instead of its name; the dataset keeps it as truth/scenario.yaml.`,
    ]);
  });

  test("run the notebook again on data that were pulled, which have no scenario and no seed", () => {
    const steps = stepsOf({ synthetic: false, scenario: "production", seed: null });
    expect(steps).toContain("\nnpx evenkeel notebooks 03-imbalance --data DIR --out again\n");
    expect(steps).toContain("d".repeat(64));
    expect(steps).not.toMatch(/seed|scenario|generate|production|null/);
  });

  test("pull the same span again from the server that data were pulled from", () => {
    const pulled = {
      server: "http://prometheus:9090",
      version: "3.1.0",
      jobs: {},
      selectors: {},
      absent: [],
      remarks: {},
    };
    const steps = stepsOf({ synthetic: false, scenario: "production", seed: null, pulled });
    expect(steps).toMatch(
      /\nnpx evenkeel pull --url URL --contract DIR\/contract.yaml --start \S+Z --end \S+Z --out again\n/,
    );
    expect(steps).not.toMatch(/prometheus:9090|generate|null/);
  });
});

describe("analyse(dataset)", () => {
  test("says when the data were taken and where they come from", async () => {
    const { manifest } = analysis.dataset;
    expect(analysis.period).toBe("5 Jan 2026 00:00 to 5 Jan 2026 04:00 UTC");
    expect(analysis.source).toBe(
      `synthetic, scenario sample, seed 4; dataset ${manifest.digest.slice(0, 12)}; evenkeel ${manifest.evenkeel}`,
    );
    const folder = await copyOf(analysis.dataset.folder);
    await editManifest(folder, () => ({ synthetic: false, scenario: "prometheus.example.org", seed: null }));
    expect((await analysisOfFolder(folder)).source).toMatch(/^pulled from prometheus\.example\.org; dataset /);
  });

  test("has a row for every nodegroup and 5 minutes, and for every nodegroup and hour", () => {
    expect(analysis.windows).toHaveLength(3 * 4 * 12);
    expect(analysis.hours).toHaveLength(3 * 4);
    expect(new Set(analysis.hours.map((row) => row.window_seconds))).toEqual(new Set([3600]));
    expect(analysis.diagnosis.windows).toBe(analysis.windows);
  });
});
