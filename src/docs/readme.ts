import { textTable } from "../cli/text-table.js";
import { EvenkeelError } from "../errors.js";
import type { CodeCell, Lines, Notebook } from "../notebook/notebook.js";
import type { Summary } from "../report/summarise.js";
import { withPart } from "./parts.js";

/** The figure that the README shows: the cell of a notebook, and where its picture lies. */
export const README_FIGURE = {
  notebook: "03-imbalance",
  cell: "demand-and-capacity",
  file: "docs/figures/demand-and-capacity.png",
} as const;

export interface ShownFigure {
  readonly png: Uint8Array;
  readonly title: string;
  readonly alt: string;
  readonly takeaway: string;
}

/** The picture and the words of a figure in an executed notebook. @throws EvenkeelError if the cell shows none */
export function shownFigure(notebook: Notebook, cellId: string): ShownFigure {
  const cell = notebook.cells.find((each): each is CodeCell => each.id === cellId && each.cell_type === "code");
  for (const output of cell?.outputs ?? []) {
    if (output.output_type !== "display_data" || typeof output.data["image/png"] !== "string") continue;
    const [title = "", alt = "", takeaway = ""] = (output.data["text/plain"] as Lines).map((line) => line.trimEnd());
    return { png: Buffer.from(output.data["image/png"], "base64"), title, alt, takeaway };
  }
  throw new EvenkeelError(`cell "${cellId}": found no figure as PNG; execute the notebook again`);
}

/** The README with its generated parts: the figure with its words, and what `npm start` finds. */
export function withReadmeParts(
  readme: string,
  figure: ShownFigure,
  summaries: readonly Pick<Summary, "scenario" | "headline">[],
): string {
  const findings = textTable(
    ["scenario", "finding"],
    summaries.map(({ scenario, headline }) => [scenario, headline]),
  );
  const parts: Readonly<Record<string, string>> = {
    figure: `[![${figure.alt}](${README_FIGURE.file})](notebooks/${README_FIGURE.notebook}.ipynb)\n\n*${figure.takeaway}*`,
    findings: `\`\`\`\n${findings}\n\`\`\``,
  };
  return Object.entries(parts).reduce((text, [name, part]) => withPart(text, "README.md", name, part), readme);
}
