import { quoted } from "../prometheus/selectors.js";
import type { Contract } from "../tables/contract.js";
import { type SeriesText, seriesText } from "./series.js";

/** A recording rule: what is recorded under which name. */
export interface Recording {
  /** `level:metric`: what the series are told apart by, then what they say. */
  readonly record: string;
  readonly expr: string;
  readonly doc: string;
}

/** Collects recording rules, each of which names only what was recorded before it. */
export interface Recorder {
  readonly contract: Contract;
  readonly series: SeriesText;
  readonly recordings: readonly Recording[];
  /** Records an expression; returns what selects it. */
  record(level: string, name: string, doc: string, expr: string): string;
}

/** Name that something is recorded by: a column of the joined table or a metric, unless told. */
export const recordOf = (name: string, level = "nodegroup"): string => `${level}:evenkeel_${name}`;

/** Selects a recorded series of this cluster: several clusters may share a server. */
export const recorded = (record: string, { cluster }: Pick<Contract, "cluster">): string =>
  `${record}{cluster=${quoted(cluster)}}`;

export function recorderOf(contract: Contract): Recorder {
  const recordings: Recording[] = [];
  return {
    contract,
    series: seriesText(contract),
    recordings,
    record(level, name, doc, expr) {
      const record = recordOf(name, level);
      recordings.push({ record, expr, doc });
      return recorded(record, contract);
    },
  };
}
