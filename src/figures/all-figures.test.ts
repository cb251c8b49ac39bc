import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { Analysis } from "../analysis/analyse.js";
import type { Plan } from "../plan/plan.js";
import { nodesByHand, planOf, shapes, worldOf } from "./__fixtures__/worlds.js";
import { busyOrUseful } from "./busy-or-useful.js";
import { costOfImbalance } from "./cost-of-imbalance.js";
import { coverage } from "./coverage.js";
import { demandAndCapacity } from "./demand-and-capacity.js";
import { episodes } from "./episodes.js";
import { type Figure, sentences, TITLE_WORDS } from "./figure.js";
import { fragmentationFigure, worstMoment } from "./fragmentation-moment.js";
import { gpusForTarget } from "./gpus-for-target.js";
import { howLong } from "./how-long.js";
import { imbalanceByHour } from "./imbalance-by-hour.js";
import { illegible } from "./legibility.js";
import { metricsAgree } from "./metrics-agree.js";
import { whatGpusDid } from "./what-gpus-did.js";
import { whatWaited } from "./what-waited.js";
import { whereGpuHoursWent } from "./where-gpu-hours-went.js";
import { whoWaits } from "./who-waits.js";

/** Every captioned figure by the name under which notebooks import it. */
const figures: Readonly<Record<string, (analysis: Analysis, plan: Plan) => Figure>> = {
  busyOrUseful,
  costOfImbalance,
  coverage,
  demandAndCapacity,
  episodes,
  // Hand-made analyses have no dataset to look the nodes up in.
  fragmentationMoment: (analysis) => {
    const moment = worstMoment(analysis.observed);
    return fragmentationFigure(analysis, moment, moment === undefined ? [] : nodesByHand(analysis.observed, moment));
  },
  gpusForTarget,
  howLong,
  imbalanceByHour,
  metricsAgree,
  whatGpusDid,
  whatWaited,
  whereGpuHoursWent,
  whoWaits,
};
/** What a notebook imports from here that is no captioned figure; it has tests of its own. */
const others = ["explore"];

test("every figure that a notebook may import is drawn here", () => {
  const index = readFileSync(new URL("../index.ts", import.meta.url), "utf8");
  const exported = Array.from(
    index.matchAll(/export \{([^}]*)\} from "\.\/figures\/(?!board\/|trial\/)/g),
    ([, names]) => names!.split(",").map((name) => name.trim()),
  ).flat();
  expect(exported.filter((name) => !name.startsWith("type ")).sort()).toEqual(
    [...Object.keys(figures), ...others].sort(),
  );
});

describe.each(Object.entries(figures))("%s", (_, draw) => {
  test.each(Object.entries(shapes))("can be read of %s", (_, input) => {
    const figure = draw(worldOf(input), planOf(input));
    expect(illegible(figure.svg)).toEqual([]);
    const { title, subtitle, takeaway, note, alt, source } = figure;
    for (const text of [title, subtitle, takeaway, note, alt, source]) {
      expect(text.trim()).not.toBe("");
      expect(text).not.toMatch(/\b(undefined|null|NaN|Infinity|infinite)\b|\[object|, , |\s{2}/);
      expect(text).not.toMatch(
        /(?<![\d.,])1 (GPUs|GPU-hours|hours|nodes|nodegroups|pods|workloads|episodes|LocalQueues|sources)\b/,
      );
    }
    expect(title.split(" ").length).toBeLessThanOrEqual(TITLE_WORDS);
    expect([2, 3]).toContain(sentences(takeaway).length);
    const cells = figure.table.rows.flatMap((row) => figure.table.columns.map(({ name }) => row[name]));
    expect(cells.filter((cell) => typeof cell === "number" && !Number.isFinite(cell))).toEqual([]);
    expect(cells.filter((cell) => typeof cell === "string" && /undefined|NaN/.test(cell))).toEqual([]);
    expect(draw(worldOf(input), planOf(input)).svg).toBe(figure.svg);
  });
});

test("figures have ids of their own, after the notebook that they stand in", () => {
  const input = shapes["steady"]!;
  const ids = Object.values(figures).map((draw) => draw(worldOf(input), planOf(input)).id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(id).toMatch(/^0[1-5]-[a-z-]+$/);
});
