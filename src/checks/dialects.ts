import { identifier } from "../dataset/session.js";
import type { Spelled } from "../dataset/spelling.js";
import { tables } from "../tables/index.js";
import { plural } from "../units/format.js";
import { type Check, type Example, verdict } from "./check.js";

export const dialects: Check = {
  name: "dialects",
  rule: "Columns and labels are spelt in a way that is known, and two spellings of one value agree",
  spoils: "joins, which find nothing, and units, which differ between versions of an exporter",
  async run(dataset) {
    const examples: Example[] = [];
    const notes: Example[] = [];
    // Buckets are many columns, and one thing to know.
    const kind = ({ table, found }: Spelled) => `${table} ${found.includes("_bucket_le_") ? "buckets" : found}`;
    for (const name of new Set(dataset.spelled.map(kind))) {
      const spelled = dataset.spelled.filter((each) => kind(each) === name);
      const { table, column, found } = spelled[0]!;
      const own = identifier(column);
      const other = identifier(found);
      const unlike = found.startsWith("exported_") ? "FALSE" : differs(table, column, found);
      const [row] = await dataset.query<{ count: number; unlike: number; example: string | null }>(
        `SELECT count(${other}) AS count, count(*) FILTER (${unlike}) AS unlike,
                any_value(${own}::VARCHAR || ' and ' || ${other}::VARCHAR) FILTER (${unlike}) AS example FROM ${identifier(table)}`,
      );
      if (row!.unlike > 0)
        examples.push({
          count: row!.unlike,
          what: `${table}: ${column} and ${found} differ in ${plural(row!.unlike, "row")}, for instance ${row!.example}`,
        });
      const more = spelled.length > 1 ? ` and ${plural(spelled.length - 1, "column")} like it` : "";
      if (row!.count > 0)
        notes.push({
          count: row!.count,
          what: `${table}: ${found}${more} read as ${column}, ${plural(row!.count, "row")}`,
        });
    }
    const [idle] = await dataset.query<{ count: number }>(`SELECT count(*) AS count FROM dcgm_gpu WHERE pod = ''`);
    if (idle!.count > 0)
      notes.push({ count: idle!.count, what: `dcgm_gpu: an empty pod read as none, ${plural(idle!.count, "row")}` });
    const [quota] = await dataset.query<{ rows: number; kueue: number; kube: number; example: string | null }>(
      `SELECT count(*) AS rows, count(*) FILTER (resource = 'nvidia.com/gpu') AS kueue, count(*) FILTER (resource = 'nvidia_com_gpu') AS kube,
              min(resource) AS example FROM kueue_cluster_queue_resource`,
    );
    const { rows, kueue, kube, example } = quota!;
    if (kube > 0)
      notes.push({
        count: kube,
        what: `kueue_cluster_queue_resource: nvidia_com_gpu read as nvidia.com/gpu, ${plural(kube, "row")}`,
      });
    if (rows > 0 && kueue + kube === 0)
      examples.push({
        count: rows,
        what: `kueue_cluster_queue_resource: no quota of nvidia.com/gpu, but of ${example}, ${plural(rows, "row")}`,
      });
    return verdict(examples, plural(tables.length, "table"), notes);
  },
};

/** SQL that is true where a row has a value under both names, and they are not the same one. */
function differs(name: string, column: string, found: string): string {
  const { columns } = tables.find((table) => table.name === name)!;
  const times = columns[column]!.spellings?.find((spelling) => spelling.name === found)?.times ?? 1;
  const [own, other] = [identifier(column), identifier(found)];
  if (columns[column]!.type === "string") return `${own} <> ${other}`;
  return `abs(${own} - ${other} * ${times}) > 1e-6 * greatest(abs(${own}), 1)`;
}
