import type { Dataset } from "../dataset/open.js";
import { literal } from "../dataset/session.js";
import { MINUTE_MS } from "../units/time.js";
import { atTicks, type Grid } from "./grid.js";
import { onceEach } from "./pods.js";

/**
 * When a GPU that is held counts as idle or as stalled. Field convention, argued in RFC 0001.
 * Loading is not idling: the first minutes of a pod do not count.
 */
export const idle = { engineBelow: 0.01, utilBelowPercent: 5, forMinutes: 60, graceMinutes: 15 };
export const stalled = { utilFromPercent: 80, tensorBelow: 0.1, dramBelow: 0.2, powerShareBelow: 0.25, forMinutes: 30 };

/** A held GPU with this much to spare could take in a second, small pod by sharing. */
export const shareable = { engineBelow: 0.5, memoryBelow: 0.5 };

/** Width of the bins in which samples are counted. */
export const busyBins = { utilPercent: 5, tensor: 0.025 };

/** A GPU, or under MIG one of the instances that it is cut into. */
const DEVICE = '"UUID", "GPU_I_ID"';
const HELD = "pod IS NOT NULL AND pod <> ''";
const ENGINE = '"DCGM_FI_PROF_GR_ENGINE_ACTIVE"';
const UTIL = '"DCGM_FI_DEV_GPU_UTIL"';
const TENSOR = '"DCGM_FI_PROF_PIPE_TENSOR_ACTIVE"';
const DRAM = '"DCGM_FI_PROF_DRAM_ACTIVE"';
const POWER = '"DCGM_FI_DEV_POWER_USAGE"';
const USED = '"DCGM_FI_DEV_FB_USED"';
const FREE = '"DCGM_FI_DEV_FB_FREE"';

/**
 * Makes the temporary tables
 * - `gpu_tick`: sums over the GPUs of each node and tick, rounded so that no order of adding shows;
 * - `quiet_span`: spans in which a held GPU was idle or stalled for long enough to count;
 * - `busy_bin`: how often held GPUs showed which utilisation, tensor activity and power, in bins.
 */
export async function joinGpus(dataset: Dataset, grid: Grid): Promise<void> {
  const models = Object.entries(dataset.contract.gpuModels);
  const ofModel = (pick: (model: (typeof models)[number][1]) => number) =>
    models.length === 0
      ? "NULL::DOUBLE"
      : `CASE "modelName" ${models.map(([name, model]) => `WHEN ${literal(name)} THEN ${pick(model)}`).join(" ")} END`;
  const powerShare = `((${POWER} - ${ofModel((m) => m.idleWithContextWatts)}) / ${ofModel((m) => m.tdpWatts - m.idleWithContextWatts)})`;
  const rows = await atTicks(dataset, grid, {
    job: "dcgm-exporter",
    table: "dcgm_gpu",
    // Energy comes first after the key: of two rows of one GPU the one that has used more is the later.
    columns: `${DEVICE}, "DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION" AS energy, "Hostname" AS node, namespace, pod, ${HELD} AS held,
      ${UTIL} AS util, ${ENGINE} AS engine, ${TENSOR} AS tensor, ${DRAM} AS dram, ${powerShare} AS power_share,
      ${POWER} / ${ofModel((m) => m.tdpWatts)} AS tdp_share, ${USED} / (${USED} + ${FREE}) AS memory`,
  });
  const gpus = await onceEach(dataset, rows, `tick, ${DEVICE}`);
  const overHeld = (column: string) =>
    `round(sum(${column}) FILTER (held), 6) AS ${column}, count(${column}) FILTER (held)::INTEGER AS ${column}_n`;
  await dataset.run(`
    CREATE TEMP TABLE gpu_tick AS
    SELECT tick, node, count(*)::INTEGER AS seen, count(*) FILTER (held)::INTEGER AS seen_held,
           count(*) FILTER (held AND engine < ${shareable.engineBelow} AND memory < ${shareable.memoryBelow})::INTEGER AS shareable,
           count(*) FILTER (held AND engine + memory IS NOT NULL)::INTEGER AS shareable_n,
           count(*) FILTER (held AND coalesce(engine, util) IS NOT NULL)::INTEGER AS idle_n,
           count(*) FILTER (held AND util + tensor + dram + power_share IS NOT NULL)::INTEGER AS stalled_n,
           ${["util", "engine", "tensor", "dram", "power_share", "memory"].map(overHeld).join(", ")},
           round(sum(util), 6) AS util_all, round(sum(tdp_share), 6) AS tdp_share_all
    FROM (${gpus}) GROUP BY tick, node`);

  await dataset.run(`
    CREATE TEMP TABLE busy_bin AS
    SELECT node, (util // ${busyBins.utilPercent})::INTEGER AS util_bin, (tensor // ${busyBins.tensor})::INTEGER AS tensor_bin,
           round(sum(power_share), 6) AS power_share, count(*)::INTEGER AS samples
    FROM (${gpus}) WHERE held AND util IS NOT NULL AND tensor IS NOT NULL GROUP BY node, util_bin, tensor_bin`);

  await dataset.run(`
    CREATE TEMP TABLE quiet_span AS
    ${spans(grid, gpus, "idle", `CASE WHEN engine IS NOT NULL THEN engine < ${idle.engineBelow} ELSE util < ${idle.utilBelowPercent} END`, idle.forMinutes, idle.graceMinutes)}
    UNION ALL
    ${spans(
      grid,
      gpus,
      "stalled",
      `util >= ${stalled.utilFromPercent} AND tensor < ${stalled.tensorBelow} AND dram < ${stalled.dramBelow} AND power_share < ${stalled.powerShareBelow}`,
      stalled.forMinutes,
      0,
    )}`);
}

/** Runs of ticks, without a hole, in which a GPU held by one pod that runs meets a condition. */
function spans(
  { startMs, stepMs }: Grid,
  gpus: string,
  state: string,
  condition: string,
  minutes: number,
  graceMinutes: number,
): string {
  const grace = (graceMinutes * MINUTE_MS) / stepMs;
  const tickOf = (seconds: string) => `(${seconds} * 1000 - ${startMs}) / ${stepMs}`;
  // A run outlives its node's name.
  return `
    SELECT '${state}' AS state, "UUID" AS uuid, arg_max(node, tick) AS node, namespace, pod, min(tick)::INTEGER AS first_tick, max(tick)::INTEGER AS last_tick
    FROM (
      SELECT *, tick - row_number() OVER (PARTITION BY ${DEVICE}, namespace, pod ORDER BY tick) AS run
      FROM (SELECT tick, ${DEVICE}, node, namespace, pod FROM (${gpus}) WHERE held AND (${condition})) q
      LEFT JOIN (
        SELECT namespace, pod, max(scheduled_seconds) AS scheduled_seconds, coalesce(min(first_running_seconds), 'Infinity'::DOUBLE) AS running_seconds
        FROM pod GROUP BY ALL) p USING (namespace, pod)
      WHERE coalesce(tick >= greatest(${tickOf("scheduled_seconds")} + ${grace}, floor(${tickOf("running_seconds")})), TRUE))
    GROUP BY ${DEVICE}, namespace, pod, run
    HAVING count(*) * ${stepMs} >= ${minutes * MINUTE_MS}`;
}
