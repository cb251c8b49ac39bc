import { choiceOf, helps, type Option, optionsOf, ranked } from "../../trial/options.js";
import { LEVEL, type Trial, type WhatIfRow } from "../../trial/rows.js";
import { harmsText, moneyText, namesText, populationText, signedNumber, trialSource } from "../../trial/words.js";
import { duration, gpuHours, list, number, plural } from "../../units/format.js";
import { type Figure, type FigureSpec, figure, fittingTitle } from "../figure.js";
import { key, noData, stack } from "../layout.js";
import { matrix } from "../marks/matrix.js";
import { BACKGROUND, GREY, mix, OKABE_ITO } from "../palette.js";

const GAINS = OKABE_ITO[0];
const LOSES = OKABE_ITO[1];

/** Who gains and who loses by what one would do, or by anything. */
export type GainFinding =
  | {
      /** Queues lose by what is advised; by other options only; by none. */
      readonly kind: "loses" | "elsewhere" | "nobody-loses";
      readonly option: Option;
      /** Most lost first. */
      readonly losers: readonly WhatIfRow[];
      /** Options by which some queue is shown to lose. */
      readonly hurting: readonly Option[];
      /** Of those that help and by which nobody is shown to lose, the one that removes most. */
      readonly harmless: Option | undefined;
    }
  | { readonly kind: "no-option"; readonly hurting: readonly Option[] }
  | { readonly kind: "one-seed" };

export function gainFinding(trial: Trial): GainFinding {
  if (trial.seeds.length === 1) return { kind: "one-seed" };
  const options = optionsOf(trial);
  const hurting = options.filter(({ loses }) => loses.length > 0);
  const { free, paid } = choiceOf(trial);
  const option = free ?? paid;
  if (!option) return { kind: "no-option", hurting };
  const losers = rowsOf(option, "unmet_gpu_hours")
    .filter(({ local_queue }) => option.loses.includes(local_queue!))
    .sort((a, b) => (b.difference ?? 0) - (a.difference ?? 0));
  const kind = losers.length > 0 ? "loses" : hurting.length > 0 ? "elsewhere" : "nobody-loses";
  const harmless = options
    .filter((one) => helps(one) && one.loses.length === 0 && one.harms.length === 0)
    .sort((a, b) => a.unmet.difference! - b.unmet.difference!)[0];
  return { kind, option, losers, hurting, harmless };
}

const rowsOf = ({ queues }: Option, measure: string) => queues.filter((row) => row.measure === measure);
const rowOf = (option: Option, queue: string, measure: string) =>
  rowsOf(option, measure).find(({ local_queue }) => local_queue === queue);

/** Who gains and who loses? LocalQueues against options, the change in what waited. */
export function whoGains(trial: Trial): Figure {
  const finding = gainFinding(trial);
  const options = ranked(optionsOf(trial));
  const queues = [...new Set(options.flatMap((option) => option.queues.map(({ local_queue }) => local_queue!)))];
  const moved = queues.filter((queue) =>
    options.some((option) => {
      const row = rowOf(option, queue, "unmet_gpu_hours");
      return row !== undefined && row.difference !== null && !["same", "no difference shown"].includes(row.verdict);
    }),
  );
  const said = words(finding);
  const isEmpty = moved.length === 0;
  return figure({
    id: "08-who-gains",
    ...said,
    subtitle: `Change in GPU-hours that waited, by LocalQueue and option; paired by seed, ${populationText(trial)}`,
    note: `${namesText(trial)}. Coloured where the ${LEVEL * 100}% interval lies on one side of zero. Left out: queues of which nothing is shown. A queue may lose by its p95 or its target alone: the ranked table names it.`,
    source: trialSource(trial),
    alt: `Matrix of the change in waiting GPU-hours for ${plural(moved.length, "LocalQueue")} and ${plural(options.length, "option")}, where the finding is: ${said.title}.`,
    table: {
      columns: [
        { name: "queue", label: "LocalQueue", unit: null },
        ...options.flatMap(({ name }) => [
          { name: `${name} hours`, label: `${name}, waited`, unit: "GPU-hours" },
          { name: `${name} p95`, label: `${name}, p95 wait`, unit: null },
        ]),
      ],
      rows: queues.map((queue) => ({
        queue,
        ...Object.fromEntries(
          options.flatMap((option) => {
            const wait = rowOf(option, queue, "wait_p95_seconds");
            const said =
              wait === undefined || wait.difference === null
                ? null
                : `${wait.difference > 0 ? "+" : ""}${duration(wait.difference)}: ${wait.verdict}`;
            return [
              [`${option.name} hours`, rowOf(option, queue, "unmet_gpu_hours")?.difference],
              [`${option.name} p95`, said],
            ];
          }),
        ),
      })),
    },
    width: 900,
    height: isEmpty ? 160 : 130 + 28 * moved.length,
    axes: { x: { label: "Option", unit: null }, y: { label: "LocalQueue", unit: null } },
    draw: (drawing) => {
      if (isEmpty) return noData(drawing, "No queue waits more or less by any option");
      const legend = key(
        [
          { label: "Shown to wait less", color: mix(BACKGROUND, GAINS, 0.6) },
          { label: "Shown to wait more", color: mix(BACKGROUND, LOSES, 0.6) },
          { label: "No difference shown", color: GREY, shape: "hollow" },
        ],
        drawing.width,
      );
      const body = matrix(
        { ...drawing, height: drawing.height - legend.height - 8 },
        {
          rows: moved,
          columns: options.map(({ name }) => name),
          cell(queue, name) {
            const row = rowOf(options.find((option) => option.name === name)!, queue, "unmet_gpu_hours");
            if (row === undefined || row.difference === null) return undefined;
            const color =
              row.verdict === "less"
                ? mix(BACKGROUND, GAINS, 0.6)
                : row.verdict === "more"
                  ? mix(BACKGROUND, LOSES, 0.6)
                  : BACKGROUND;
            const isWhole = Math.abs(row.difference) >= 10;
            return { text: signedNumber(isWhole ? Math.round(row.difference) : row.difference), color };
          },
        },
      );
      return stack([legend, body], 8);
    },
  });
}

function words(finding: GainFinding): Pick<FigureSpec, "title" | "takeaway"> {
  switch (finding.kind) {
    case "one-seed":
      return {
        title: "One seed cannot tell who gains and who loses",
        takeaway:
          "What is drawn is one simulation, and may be chance. Try ten seeds before anybody is told that they lose.",
      };
    case "no-option":
      return {
        title: "No option is worth asking who loses by it",
        takeaway: `No option is shown to reduce what waits in all. ${finding.hurting.length === 0 ? "Nor is any queue shown to lose by one." : `Queues are shown to lose by ${list(finding.hurting.map(({ name }) => name))}.`}`,
      };
    case "nobody-loses":
      return {
        title: fittingTitle(`No queue is shown to lose by ${finding.option.name}`, "No queue is shown to lose"),
        takeaway: `${gainText(finding.option)} ${harmText(finding.option) || "No option is shown to cost any queue, so none has to be asked to give way."}`,
      };
    case "elsewhere":
      return {
        title: fittingTitle(
          `No queue is shown to lose by ${finding.option.name}, but by others`,
          "No queue is shown to lose by what helps most",
        ),
        takeaway:
          `${gainText(finding.option)} By ${list(finding.hurting.map(({ name }) => name))} some queue is shown to lose: ask it first. ${harmText(finding.option)}`.trim(),
      };
    case "loses": {
      const { option, losers, harmless } = finding;
      const names = losers.map(({ local_queue }) => local_queue!);
      const lost = losers.map(({ local_queue, verdict, before, after }) =>
        verdict === "more"
          ? `${local_queue} (${number(Math.round(after!))} GPU-hours instead of ${number(Math.round(before!))})`
          : `${local_queue} (by its p95 or its target)`,
      );
      const spared = harmless
        ? `Nobody is shown to lose by ${harmless.name}, which removes ${gpuHours(Math.round(-harmless.unmet.difference!))} (${moneyText(harmless)}).`
        : "Somebody is shown to lose by every option that helps.";
      return {
        title: fittingTitle(
          `${list(names)} ${names.length === 1 ? "loses" : "lose"} by ${option.name}`,
          `${plural(names.length, "queue")} ${names.length === 1 ? "loses" : "lose"} by ${option.name}`,
          `${plural(names.length, "queue")} ${names.length === 1 ? "loses" : "lose"} by what helps most`,
        ),
        takeaway: `${gainText(option)} It makes ${list(lost)} wait longer: ask them before it is done. ${harmText(option) || spared}`,
      };
    }
  }
}

/** Who has a workload ended or evicted loses, too, though no queue waits longer. */
const harmText = (option: Option) =>
  option.harms.length === 0 ? "" : `It comes with ${list(harmsText(option))}: their owners lose, too.`;

const gainText = ({ name, gains }: Option) =>
  gains.length === 0
    ? `No queue is shown to gain by ${name}.`
    : `By ${name} ${list(gains)} ${gains.length === 1 ? "gains" : "gain"}.`;
