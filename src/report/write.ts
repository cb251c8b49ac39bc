import { copyFile, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { fillFolder, type Kind } from "../dataset/staging.js";
import { EvenkeelError } from "../errors.js";
import { escapeText } from "../figures/svg.js";
import { parseNotebook } from "../notebook/notebook.js";
import { notebookFolder, notebooksOf, runNotebooks } from "../notebook/run.js";
import { planTables } from "../plan/tables.js";
import { toCsv, writeRows } from "../results/rows.js";
import { EXPLORE_SCRIPT } from "./explore.js";
import { GENERATOR, links, pageHtml } from "./layout.js";
import { notebookHtml, notebookTitle } from "./notebook-page.js";
import { styleSheet } from "./style.js";
import type { Summary } from "./summarise.js";

/** A dataset to report on. */
export interface World {
  /** Names its pages: letters, digits, "-", "_" and ".". */
  readonly name: string;
  /** Folder of the dataset. */
  readonly folder: string;
  readonly summary: Summary;
}

export interface ReportOptions {
  /** Called when a notebook is about to run. */
  readonly onNotebook?: (done: number, of: number) => void;
}

const require = createRequire(import.meta.url);

/**
 * Writes a folder of pages that need no network: an index, every notebook of every world with its figures as SVG, and
 * the plan's tables as CSV and Parquet. The folder appears whole or not at all.
 *
 * @throws EvenkeelError if a notebook fails, or the folder holds something else
 */
export function writeReport(folder: string, worlds: readonly World[], options: ReportOptions = {}): Promise<void> {
  const bad = worlds.find(({ name }) => !/^[\w.-]+$/.test(name));
  if (bad !== undefined)
    throw new EvenkeelError(
      `report: found a dataset folder named ${JSON.stringify(bad.name)}; allowed: letters, digits, "-", "_" and "."; rename it`,
    );
  return fillFolder(folder, { replace: true }, (staging) => fill(staging, worlds, options), reportKind);
}

const reportKind: Kind = {
  name: "report",
  isIn: (folder) =>
    readFile(join(folder, "index.html"), "utf8").then(
      (text) => text.includes(GENERATOR),
      () => false,
    ),
};

async function fill(folder: string, worlds: readonly World[], { onNotebook }: ReportOptions): Promise<void> {
  const names = await notebooksOf("world");
  // One notebook after the other, so that each is compiled but once.
  const runs = names.flatMap((name) => worlds.map((world) => ({ world, name })));
  let begun = 0;
  const executions = await runNotebooks(
    runs.map(({ world, name }) => ({ name, dataset: world.folder, figures: "html" as const })),
    { onStart: () => onNotebook?.(begun++, runs.length) },
  );
  const failed = executions.flatMap((execution, i) =>
    execution.ok ? [] : [`  ${runs[i]!.world.name}: ${execution.failure.message}`],
  );
  if (failed.length > 0) throw new EvenkeelError(`report: notebooks failed:\n${failed.join("\n")}`, 1);

  const notebookOf = (world: World, name: string) =>
    executions[runs.findIndex((run) => run.world === world && run.name === name)]!.notebook;
  const chapters = names.map((name) => ({ name, title: notebookTitle(notebookOf(worlds[0]!, name)) }));
  for (const world of worlds)
    for (const [i, { name, title }] of chapters.entries()) {
      const body = notebookHtml(notebookOf(world, name));
      await writeFile(
        join(folder, pageFile(world, name)),
        pageHtml({
          title: `${title} · ${world.name}`,
          navigation: navigation(worlds, world, names, name),
          body: `<p class="source">${escapeText(world.summary.origin)}</p>\n${body}`,
          footer: nextLink(world, chapters[i + 1]),
          interactive: body.includes('class="explore"'),
        }),
      );
    }
  const boards = await writeOtherNotebooks(folder);
  const sections: string[] = [];
  for (const world of worlds) sections.push(worldHtml(world, chapters, await writePlan(world, folder)));
  await writeFile(
    join(folder, "index.html"),
    pageHtml({
      title: "evenkeel: where demand for GPUs and capacity are out of step",
      navigation: links("Report", [{ href: "index.html", text: "evenkeel report" }], "index.html"),
      body: `${INTRODUCTION}\n<div class="worlds">\n${sections.join("\n")}\n</div>\n${boards}`,
      footer: "",
      interactive: false,
    }),
  );
  await writeFile(join(folder, "style.css"), await styleSheet());
  await writeFile(join(folder, "explore.js"), EXPLORE_SCRIPT);
  await copyFile(require.resolve("vega/build/vega.min.js"), join(folder, "vega.min.js"));
  await copyFile(require.resolve("vega-lite/build/vega-lite.min.js"), join(folder, "vega-lite.min.js"));
}

/** Writes the notebooks that read no world as they are committed. @returns what the index says of them */
async function writeOtherNotebooks(folder: string): Promise<string> {
  const items: string[] = [];
  for (const name of await notebooksOf("results", "server")) {
    const notebook = parseNotebook(await readFile(join(notebookFolder, `${name}.ipynb`), "utf8"), name);
    const [title, href] = [notebookTitle(notebook), `${name}.html`];
    await writeFile(
      join(folder, href),
      pageHtml({
        title,
        navigation: links(
          "Notebooks",
          [
            { href: "index.html", text: "evenkeel report" },
            { href, text: name },
          ],
          href,
        ),
        body: notebookHtml(notebook),
        footer: '<p><a href="index.html">Back to the report</a></p>',
        interactive: false,
      }),
    );
    items.push(`<li><a href="${href}">${escapeText(`${name.slice(0, 2)} ${title}`)}</a></li>`);
  }
  return items.length === 0 ? "" : `<h2>Beside the worlds</h2>\n<ul>\n${items.join("\n")}\n</ul>`;
}

const INTRODUCTION = [
  "<h1>Where, when and why are demand for GPUs and capacity out of step?</h1>",
  "<p>Each world below is a dataset of Kueue, kube-state-metrics and DCGM series. The same notebooks read each of them, without knowing which it is.</p>",
].join("\n");

interface Chapter {
  readonly name: string;
  readonly title: string;
}

function worldHtml(world: World, chapters: readonly Chapter[], files: readonly string[]): string {
  const { headline, budget, origin } = world.summary;
  const tables = files.map((file) => `<a href="${file}">${escapeText(file.slice(world.name.length + 1))}</a>`);
  return [
    `<section id="${world.name}">`,
    `<h2>${escapeText(world.name)}</h2>`,
    `<p class="finding">${escapeText(headline)}.</p>`,
    `<p>${escapeText(budget)}</p>`,
    "<ul>",
    ...chapters.map(
      ({ name, title }) =>
        `<li><a href="${pageFile(world, name)}">${escapeText(`${name.slice(0, 2)} ${title}`)}</a></li>`,
    ),
    "</ul>",
    `<p class="source">Plan for a p95 wait of an hour: ${tables.join(", ")}. ${escapeText(origin)}</p>`,
    "</section>",
  ].join("\n");
}

async function writePlan(world: World, folder: string): Promise<string[]> {
  const files: string[] = [];
  for (const { name, schema, rows } of planTables(world.summary.plan)) {
    const file = `${world.name}.${name}`;
    await writeFile(join(folder, `${file}.csv`), toCsv(schema, rows));
    await writeRows(join(folder, `${file}.parquet`), schema, rows);
    files.push(`${file}.csv`, `${file}.parquet`);
  }
  return files;
}

const pageFile = (world: World, notebook: string) => `${world.name}.${notebook}.html`;

function navigation(worlds: readonly World[], world: World, notebooks: readonly string[], notebook: string): string {
  const here = pageFile(world, notebook);
  const chapters = notebooks.map((name) => ({ href: pageFile(world, name), text: name }));
  const others = worlds.map((other) => ({ href: pageFile(other, notebook), text: other.name }));
  return [
    links("Notebooks", [{ href: "index.html", text: "evenkeel report" }, ...chapters], here),
    links("The same of another world", others, here),
  ].join("\n");
}

function nextLink(world: World, next: Chapter | undefined): string {
  if (next === undefined) return '<p><a href="index.html">Back to the report</a></p>';
  return `<p>Next: <a href="${pageFile(world, next.name)}">${escapeText(next.title)}</a></p>`;
}
