import type { ListColumn } from "../replay/list.js";
import { nodeColumns } from "../replay/nodes.js";
import { workloadColumns } from "../replay/workloads.js";
import { mdTable } from "./md-table.js";

/** docs/replay.md: how to run a list of workloads on a list of nodes. */
export function replayDocument(): string {
  return [
    "# Replay a list",
    "A scenario may replay a list of workloads in place of classes that draw them: a published trace, what a cluster's accounting exports, or a list made by hand. It is run under the scenario's placement, quotas and preemption, and says why each of it waited. This page is made from the code by `npm run docs`.",
    [
      "- [Run one](#run-one)",
      "- [What the scenario may leave out](#what-the-scenario-may-leave-out)",
      "- [Columns of workloads](#columns-of-workloads)",
      "- [Columns of nodes](#columns-of-nodes)",
      "- [Shares of a GPU](#shares-of-a-gpu)",
      "- [What is written](#what-is-written)",
      "- [Where it differs from the cluster that it came from](#where-it-differs-from-the-cluster-that-it-came-from)",
    ].join("\n"),
    "## Run one",
    "```yaml\n# replay.yaml, beside work.csv and nodes.csv\nname: last-march\ndescription: what was submitted in March, packed\nplacement: pack\ndemand:\n  replay: work.csv\n  nodes: nodes.csv\n```",
    "```csv\narrival,duration,pods,gpus,cpus,memory_gib,gpu_type,queue,priority\n0,7200,4,8,64,512,H100,research,0\n90.5,600,1,0.25,2,8,,service,10\n```",
    "```csv\ngpus,gpu_type,cpus,memory_gib,count\n8,H100,96,1024,6\n```",
    "```\nnpx evenkeel simulate --scenario replay.yaml --out DIR\n```",
    "prints how full each nodegroup was, how long each class waited, for which causes and how many were evicted, and writes the same as files. What the causes mean is in [scenarios.md](scenarios.md) by example and, as the walk that finds them, in [truth.ts](../src/simulation/truth.ts).",
    "The lists are CSV with a header, or Parquet, of at most a million rows; their place is told from the scenario's file. `demand.columns` and `demand.nodeColumns` say what a file calls a column, so that a published trace needs no editing. The GPU trace that Alibaba published in 2023 reads with",
    "```yaml\ndemand:\n  replay: openb_pod_list_default.csv\n  columns: { arrival: creation_time, started: scheduled_time, ended: deletion_time, gpus: num_gpu, gpu_type: gpu_spec }\n  nodes: openb_node_list_all_node.csv\n  nodeColumns: { gpus: gpu, gpu_type: model }\n```",
    "A list with a row that cannot be run is refused, with the first few of them and what is wrong. `unusable: leave-out` runs the others and says how many it left out. `startupSeconds` is the time from bound to Running; it is 0 unless told, since a trace's durations have it in them.",
    "## What the scenario may leave out",
    [
      "- **nodegroups**, where `demand.nodes` names a list: nodes that are alike in all columns are one nodegroup.",
      "- **resourceFlavors**: one flavor, `all`, over every node.",
      "- **clusterQueues**: one for each queue of the list, each with quota for all that ever asks, so that only nodes stand in the way. With queues and quotas of the scenario's own, admission is what it always is.",
      "- **localQueues**: one for each ClusterQueue.",
      "- **priorityClasses**: one for each value of the list.",
      "- **gpuModels** of the nodes that evenkeel does not know: an invented board of 80 GiB and 400 W. It matters to telemetry only; say what it is before you generate any.",
      "- **start, days, warmupDays**: from midnight before the first arrival if the list has times, without a warm-up, until all would have ended if nothing had waited, at most 366 days. With a `start` and `days` of your own, only what arrives in between is run, and the command says how much does not.",
    ].join("\n"),
    "The [JSON Schema](scenario.schema.json) does not know of this: an editor that checks by it asks for these fields in a replay, too.",
    "## Columns of workloads",
    "`arrival` must be there, and `duration` or `ended`; where both are, the duration counts. Amounts are of each pod. A queue by the name of a ClusterQueue is its first LocalQueue. A list cannot ask for a topology, nor be content with fewer pods. Columns that are not listed here are not read; the command names them.",
    columns(workloadColumns),
    "## Columns of nodes",
    "`gpus`, CPU and memory must be there.",
    columns(nodeColumns),
    "## Shares of a GPU",
    "A pod asks for whole GPUs, for a share of one GPU, or for none. Shares lie beside each other on a GPU until it is full; of a node's shared GPUs the fullest that has room is taken, a whole one only if none has. Which node it is, the placement policy says. What is left of a shared GPU counts as free, and is a fragment to whatever asks for more.",
    "Workload classes may ask for shares, too (`gpusPerPod: 0.25`). Telemetry cannot: exporters tell of shared GPUs in as many ways as there are of sharing them. `generate` refuses such a world, and one with nodes without GPUs; `simulate` runs both.",
    "## What is written",
    "`workloads`, `waiting`, `supply` and `occupancy` as Parquet: when each started, why it waited, what the GPUs did, and how full the nodegroups were at every hour, with the free GPUs that were stranded or fragmented, beside the GPUs that had been asked for by then (`gpus_arrived`), which is how studies of placement plot it. `summary.json` has their averages, waits by class and evictions. Waiting for quota says there, by ClusterQueue, which resources there was no quota on; the tables say quota alone. `replay.parquet` is the list as it was understood, in the columns of this page, and `scenario.yaml` names it: `npx evenkeel simulate --scenario DIR/scenario.yaml --out AGAIN` gives the same files.",
    "GPU-hours leave out work without GPUs: what it waited is in the seconds that `workloads` has by cause, and in hours of its own in the summary.",
    "With `placement: fgd` a node is chosen by the shapes that are replayed, as popular as many pods come, up to the 500 most popular. The fragmentation in `occupancy` is measured against the same.",
    "## Where it differs from the cluster that it came from",
    [
      "- Arrivals are taken as they were. Users who saw a longer queue would have submitted something else.",
      "- A workload runs for its duration wherever it runs. It succeeds at its first attempt; failures are in its duration.",
      "- All its pods start together. A trace of single pods knows no gangs.",
      "- `ended` less `started` is how long it held its nodes, which may include a preemption.",
      "- Without queues of the scenario's own, quota never binds, and whatever waits, waits for nodes. Work without GPUs is under no quota at all, and waits for `capacity` where cores or memory are short.",
    ].join("\n"),
  ]
    .join("\n\n")
    .concat("\n");
}

const columns = (known: Readonly<Record<string, ListColumn>>) =>
  mdTable(
    ["column", "unit", "what it says"],
    Object.entries(known).map(([name, { unit, doc }]) => [`\`${name}\``, unit, doc]),
  );
