import { nodegroupSql } from "../dataset/nodegroup-sql.js";
import { plural } from "../units/format.js";
import { type Check, type Example, verdict } from "./check.js";

export const flavors: Check = {
  name: "flavors",
  rule: "No two flavors with quota stand for the same nodegroup",
  spoils: "quota and demand by nodegroup: the same GPUs count for two flavors, and Kueue gives them away twice",
  async run({ query, contract }) {
    const found = await query<{ flavor: string }>(
      "SELECT DISTINCT flavor FROM kueue_cluster_queue_resource ORDER BY flavor",
    );
    const names = found.map(({ flavor }) => flavor);
    const behind = (flavor: string) => contract.flavors[flavor] ?? [];
    const examples = contract.nodegroups.flatMap(({ name }) => {
      const over = names.filter((flavor) => behind(flavor).includes(name));
      return over.length > 1
        ? [{ count: over.length - 1, what: `${name} is behind the flavors ${over.join(", ")}` }]
        : [];
    });
    const wide = names.filter((flavor) => behind(flavor).length > 1);
    const notes = wide.map((flavor) => ({
      count: 1,
      what: `flavor ${flavor} stands for ${plural(behind(flavor).length, "nodegroup")}: what is pending behind it has bounds there, and no place`,
    }));
    return verdict(examples, plural(names.length, "flavor"), notes);
  },
};

export const quota: Check = {
  name: "quota",
  rule: "Flavors have no more quota than their nodegroups have GPUs",
  spoils: "nothing here, since quota is not capacity: but Kueue admits what then finds no node",
  async run(dataset) {
    const nominal = await dataset.query<{ flavor: string; quota: number }>(
      `SELECT flavor, max(quota) AS quota FROM (
         SELECT flavor, timestamp, sum(quota) AS quota FROM (
           SELECT timestamp, flavor, cluster_queue, max(kueue_cluster_queue_nominal_quota) AS quota FROM kueue_cluster_queue_resource
           WHERE resource IN ('nvidia.com/gpu', 'nvidia_com_gpu') GROUP BY ALL)
         GROUP BY flavor, timestamp)
       GROUP BY flavor ORDER BY flavor`,
    );
    const offered = await dataset.query<{ nodegroup: string; gpus: number }>(
      `SELECT nodegroup, max(gpus) AS gpus FROM (
         SELECT timestamp, instance, ${nodegroupSql(dataset)} AS nodegroup, sum(kube_node_status_allocatable_nvidia_com_gpu) AS gpus
         FROM kube_node GROUP BY ALL)
       WHERE nodegroup IS NOT NULL GROUP BY nodegroup`,
    );
    const gpus = new Map(offered.map((row) => [row.nodegroup, row.gpus]));
    const notes = nominal.flatMap(({ flavor, quota: found }): Example[] => {
      const has = (dataset.contract.flavors[flavor] ?? []).reduce((sum, name) => sum + (gpus.get(name) ?? 0), 0);
      if (!(found > has) || !Number.isFinite(found) || has === 0) return [];
      return [
        { count: found - has, what: `flavor ${flavor}: quota of ${plural(found, "GPU")}, of which there are ${has}` },
      ];
    });
    return verdict([], plural(nominal.length, "flavor"), notes);
  },
};
