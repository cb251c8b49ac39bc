import { EvenkeelError } from "../errors.js";
import { gpuModels } from "../hardware/gpu-models.js";
import { type Contract, defaultWaitTargets } from "../tables/contract.js";
import { GPU_TAINT } from "../tables/kubernetes.js";
import { list, plural } from "../units/format.js";
import { NODEGROUP_KEYS, NODEGROUP_LABELS, REGION_LABELS } from "./platforms.js";
import { type Probe, type ProbedNode, withoutNodes } from "./probe.js";
import type { Wiring } from "./selectors.js";

/** A contract made from what a server shows, and what its owner should look at, since no series says it. */
export interface Draft {
  readonly contract: Contract;
  readonly assumed: readonly string[];
}

/** Where an exporter that is not there would not be asked. */
const DEFAULT_INTERVAL_SECONDS = 60;

/**
 * A contract from what a server shows: nodegroups by the labels of all platforms that are known, GPUs paid for as those
 * that are there, flavors by where the pods of their ClusterQueues run.
 *
 * @throws EvenkeelError if no node with GPUs has a label that names its nodegroup
 */
export function draftContract(probe: Probe, cluster: string, wiring?: Wiring): Draft {
  const assumed: string[] = [];
  const labels = NODEGROUP_LABELS.filter((label) => probe.nodes.some((node) => node.labels[label]));
  if (probe.nodes.length === 0) throw new EvenkeelError(`found no node with GPUs: ${withoutNodes(probe, wiring)}`, 1);
  if (labels.length === 0)
    throw new EvenkeelError(
      `found ${plural(probe.nodes.length, "node")} with GPUs, and on none of them a label that names its nodegroup; allow-list yours in kube-state-metrics, for instance --metric-labels-allowlist=nodes=[${NODEGROUP_KEYS[0]}], or name another label in nodegroupLabels of a contract (--contract)`,
      1,
    );
  const homeOf = ({ labels: has }: ProbedNode) => labels.map((label) => has[label]).find(Boolean);
  const homes = new Map(probe.nodes.map((node) => [node.name, homeOf(node)]));
  const homeless = probe.nodes.filter((node) => homeOf(node) === undefined);
  if (homeless.length > 0)
    assumed.push(
      `${plural(homeless.length, "node")} of no nodegroup (${homeless[0]!.name} …) left out: none has any of ${list(labels)}`,
    );

  const names = [...new Set([...homes.values()].filter((name) => name !== undefined))].sort();
  const modelsOn = new Map<string, Map<string, number>>();
  for (const { host, modelName } of probe.gpus) {
    const home = host === undefined ? undefined : homes.get(host);
    if (home === undefined || modelName === undefined) continue;
    const models = modelsOn.get(home) ?? new Map<string, number>();
    modelsOn.set(home, models.set(modelName, (models.get(modelName) ?? 0) + 1));
  }
  const nodegroups = names.map((name): Contract["nodegroups"][number] => {
    const nodes = probe.nodes.filter((node) => homes.get(node.name) === name);
    const models = [...(modelsOn.get(name) ?? [])].sort(([, a], [, b]) => b - a).map(([model]) => model);
    const product = nodes.map(({ labels: has }) => has["label_nvidia_com_gpu_product"]).find(Boolean);
    const gpuModel = models[0] ?? modelOf(product) ?? "unknown";
    if (models.length > 1) assumed.push(`${name} has several GPU models (${list(models)}); it is called ${gpuModel}`);
    if (gpuModel === "unknown") assumed.push(`the GPU model of ${name} is unknown: no exporter labels its GPUs`);
    return {
      name,
      region: nodes.flatMap(({ labels: has }) => REGION_LABELS.map((each) => has[each])).find(Boolean) ?? "unknown",
      gpuModel,
      gpusPerNode: Math.max(1, ...nodes.map(({ capacity }) => capacity)),
      gpusPaid: nodes.reduce((sum, { capacity }) => sum + capacity, 0),
      usdPerGpuHour: 0,
      committedUntil: null,
    };
  });
  assumed.push(
    "GPUs paid for are those that are there now; a node that is gone is missed until gpusPaid says what is paid",
  );
  assumed.push("prices are 0 until usdPerGpuHour says what a GPU costs");

  const known = Object.values(gpuModels).filter(({ product }) =>
    nodegroups.some(({ gpuModel }) => gpuModel === product),
  );
  const unknown = [...new Set(nodegroups.map(({ gpuModel }) => gpuModel))].filter(
    (model) => !known.some(({ product }) => product === model),
  );
  if (unknown.length > 0)
    assumed.push(
      `${list(unknown)}: no power limits are known, so that useful GPUs cannot be told from stalled ones; add it to gpuModels`,
    );

  const { flavors, unmapped } = flavorsOf(probe, homes);
  if (unmapped.length > 0)
    assumed.push(
      `flavor${unmapped.length > 1 ? "s" : ""} ${list(unmapped)}: nobody's pods tell for which nodegroup; write it into flavors`,
    );
  if (probe.clusterQueues.length > 0)
    assumed.push(
      "no ClusterQueue has a queueing strategy, an order of flavors or able nodegroups: head-of-line and flavor are no causes until clusterQueues says them",
    );

  assumed.push(
    "each namespace is its own owner, and people wait at no LocalQueue, until owners and interactive say so",
  );
  const intervals = Object.fromEntries(
    Object.entries(probe.scraped).map(([exporter, { intervalSeconds }]) => [
      exporter,
      intervalSeconds ?? DEFAULT_INTERVAL_SECONDS,
    ]),
  ) as Contract["scrapeIntervalSeconds"];
  const contract: Contract = {
    version: 1,
    cluster,
    scrapeIntervalSeconds: intervals,
    ...(wiring && Object.keys(wiring).length > 0 ? { prometheus: wiring } : {}),
    nodegroupLabels: labels,
    toleratedTaints: tolerated(probe),
    gpuModels: Object.fromEntries(
      known.map(({ product, memoryMiB, tdpWatts, idleWithContextWatts }) => [
        product,
        { memoryMiB, tdpWatts, idleWithContextWatts },
      ]),
    ),
    nodegroups,
    flavors,
    clusterQueues: probe.clusterQueues.map((name) => ({ name })),
    localQueues: localQueuesOf(probe),
    owners: {},
    waitTargets: defaultWaitTargets,
  };
  return { contract, assumed };
}

/** A node's label has dashes where DCGM has spaces. */
function modelOf(product: string | undefined): string | undefined {
  const known = Object.values(gpuModels).find((model) => model.product.replaceAll(" ", "-") === product);
  return known?.product ?? product;
}

/** Taints of nodes on which GPU work runs: it tolerates them. */
function tolerated({ nodes, pods }: Probe): string[] {
  const busy = new Set(pods.map(({ node }) => node));
  const keys = nodes.filter(({ name }) => busy.has(name)).flatMap(({ taints }) => taints);
  // What Kubernetes taints a node with while it is unfit comes and goes; work that runs there came before.
  const lasting = keys.filter((key) => !key.startsWith("node.kubernetes.io/"));
  return [...new Set([GPU_TAINT, ...lasting])].sort();
}

/**
 * Nodegroups behind each flavor with quota: those on which the pods of a ClusterQueue run that has no other flavor, or
 * none whose nodegroups are not known yet; or the nodegroup of the same name.
 */
function flavorsOf(
  { quotas, pods }: Probe,
  homes: ReadonlyMap<string, string | undefined>,
): { readonly flavors: Record<string, string[]>; readonly unmapped: string[] } {
  const flavorsOfQueue = new Map<string, string[]>();
  for (const { clusterQueue, flavor } of quotas)
    flavorsOfQueue.set(clusterQueue, [...(flavorsOfQueue.get(clusterQueue) ?? []), flavor]);
  const usedBy = new Map<string, Set<string>>();
  for (const { clusterQueue, node } of pods) {
    const home = node === undefined ? undefined : homes.get(node);
    if (clusterQueue !== undefined && home !== undefined)
      usedBy.set(clusterQueue, (usedBy.get(clusterQueue) ?? new Set()).add(home));
  }
  const all = [...new Set(quotas.map(({ flavor }) => flavor))].sort();
  const names = new Set(homes.values());
  const found = new Map<string, Set<string>>(
    all.filter((name) => names.has(name)).map((name) => [name, new Set([name])]),
  );
  for (let before = -1; before !== found.size; ) {
    before = found.size;
    for (const [queue, its] of flavorsOfQueue) {
      const open = its.filter((flavor) => !found.has(flavor));
      const explained = new Set(its.flatMap((flavor) => [...(found.get(flavor) ?? [])]));
      const left = [...(usedBy.get(queue) ?? [])].filter((home) => !explained.has(home));
      if (open.length === 1 && left.length > 0) found.set(open[0]!, new Set(left));
    }
  }
  return {
    flavors: Object.fromEntries(all.map((flavor) => [flavor, [...(found.get(flavor) ?? [])].sort()])),
    unmapped: all.filter((flavor) => !found.has(flavor)),
  };
}

/** LocalQueues and the ClusterQueue that their pods are labelled with; the others are in no contract. */
function localQueuesOf({ pods }: Probe): Contract["localQueues"] {
  const found = new Map<string, Contract["localQueues"][number]>();
  for (const { namespace, localQueue: name, clusterQueue } of pods)
    if (name !== undefined && clusterQueue !== undefined)
      found.set(`${namespace}/${name}`, { namespace, name, clusterQueue, interactive: false });
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, queue]) => queue);
}
