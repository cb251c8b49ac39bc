import type { Dataset } from "../dataset/open.js";
import { type NodegroupWindow, nodegroupWindow } from "../tables/nodegroup-window.js";
import { type Columns, cachedColumns } from "./cache.js";
import type { Observed } from "./observed.js";
import { rollUp } from "./roll-up.js";

const names = Object.keys(nodegroupWindow.columns) as (keyof NodegroupWindow)[];

/** The joined table of a dataset, one row a nodegroup and window; kept beside the dataset once it has been made. */
export async function joinedWindows(
  dataset: Dataset,
  observed: Observed,
  windowSeconds: number,
): Promise<NodegroupWindow[]> {
  const tables = await cachedColumns(dataset, `windows-${windowSeconds}s`, async () => ({
    nodegroup_window: columnsOf(rollUp(observed, windowSeconds)),
  }));
  return rowsOf(tables["nodegroup_window"]!);
}

function columnsOf(rows: readonly NodegroupWindow[]): Columns {
  return Object.fromEntries(names.map((name) => [name, rows.map((row) => row[name])]));
}

function rowsOf(columns: Columns): NodegroupWindow[] {
  const values = names.map((name) => columns[name]!);
  return Array.from({ length: values[0]!.length }, (_, row) => {
    const entries = names.map((name, i) => [name, values[i]![row]]);
    return Object.fromEntries(entries) as unknown as NodegroupWindow;
  });
}
