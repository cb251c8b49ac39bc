import { percent } from "../units/format.js";
import type { Report } from "./doctor.js";

/** A table as a reader meets it: cells already formatted. */
interface Sheet {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** Who exports what, and how it is scraped. */
export function exportersSheet({ exporters }: Report): Sheet {
  return {
    columns: ["exporter", "jobs", "targets up", "every", "version", "dialect"],
    rows: exporters.map((one) => [
      one.exporter,
      one.jobs.join(", ") || "none",
      `${one.up} of ${one.targets}`,
      one.intervalSeconds === undefined ? "" : `${one.intervalSeconds} s`,
      one.version ?? "",
      one.dialect,
    ]),
  };
}

/** What is read, whether it is there, and what would add it. */
export function needsSheet({ met }: Report): Sheet {
  return {
    columns: ["what is read", "", "from", "without it", "what adds it"],
    rows: met.map(({ need, covered }) => [
      need.name,
      covered === 1 ? "ok" : covered > 0 ? percent(covered) : need.required ? "MISSING" : "missing",
      need.exporter,
      covered === 1 ? "" : need.without,
      covered === 1 ? "" : need.setting,
    ]),
  };
}

/** How well each question can be answered. */
export function questionsSheet({ questions }: Report): Sheet {
  return {
    columns: ["question", "answer", "because"],
    rows: questions.map(({ question, answer, because }) => [question, answer, because]),
  };
}
