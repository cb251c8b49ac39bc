import { nodeLabels } from "../scenario/nodes.js";
import { domainLabels } from "../scenario/topology.js";
import type { SimulatedNode, WorkloadHistory } from "../simulation/history.js";
import { type NodeSpan, nodeTimelines } from "../simulation/outages.js";
import type { Simulation } from "../simulation/simulate.js";
import type { Block, TableRows } from "../tables/block.js";
import { kubeJob } from "../tables/kube-job.js";
import { kubeNode, kubeNodeSpecTaint } from "../tables/kube-node.js";
import { kubePod } from "../tables/kube-pod.js";
import { GPU_TAINT, mangled } from "../tables/kubernetes.js";
import { MINUTE_MS, SECOND_MS } from "../units/time.js";
import { finishedMs, type Pod } from "./pods.js";
import { samplesWithin, type Target } from "./target.js";

const GIB = 2 ** 30;

/** Seconds, as Kubernetes keeps times; NaN for a time that never came or is still to come at `now`. */
const seconds = (ms: number) => (Number.isFinite(ms) ? Math.floor(ms / SECOND_MS) : Number.NaN);

interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** The nodes' lives cut where their standing changes, Unix ms. */
function nodeSpans({ outages, nodes, endMs }: Simulation, originMs: number): NodeSpan[][] {
  return nodeTimelines(outages, nodes.length, endMs).map((spans) =>
    spans.map((span) => ({ ...span, fromMs: originMs + span.fromMs, toMs: originMs + span.toMs })),
  );
}

export function kubeNodeRows(simulation: Simulation, target: Target, originMs: number): TableRows {
  const { scenario, nodes } = simulation;
  const labelsOf = ({ nodegroup: name, domains }: SimulatedNode): Record<string, string> => {
    const nodegroup = scenario.nodegroups.find((n) => n.name === name)!;
    return { ...nodeLabels(scenario, nodegroup), ...domainLabels(nodegroup, domains) };
  };
  const keys = [...new Set(nodes.flatMap((node) => Object.keys(labelsOf(node))))];
  return {
    table: kubeNode,
    openLabels: keys.map((key) => `label_${mangled(key)}`),
    *blocks() {
      const spans = nodeSpans(simulation, originMs);
      for (const [index, node] of nodes.entries()) {
        const labels = labelsOf(node);
        let createdMs = originMs - 30 * 24 * 60 * MINUTE_MS;
        for (const { fromMs, toMs, cordoned, failed, absent } of spans[index]!) {
          if (absent) {
            createdMs = toMs;
            continue;
          }
          yield {
            timestamps: samplesWithin(target, fromMs, toMs),
            strings: {
              instance: target.instance,
              node: node.name,
              kube_node_status_condition_ready: failed ? "unknown" : "true",
              ...Object.fromEntries(keys.map((key) => [`label_${mangled(key)}`, labels[key] ?? null])),
            },
            constants: {
              kube_node_created: seconds(createdMs),
              kube_node_spec_unschedulable: cordoned ? 1 : 0,
              kube_node_status_capacity_nvidia_com_gpu: node.gpus,
              kube_node_status_allocatable_nvidia_com_gpu: node.gpus,
              kube_node_status_allocatable_cpu: node.cpus,
              kube_node_status_allocatable_memory: node.memoryGiB * GIB,
            },
          };
        }
      }
    },
  };
}

export function kubeNodeTaintRows(simulation: Simulation, target: Target, originMs: number): TableRows {
  const taint = (node: string, key: string, value: string, effect: string, span: Span): Block => ({
    timestamps: samplesWithin(target, span.fromMs, span.toMs),
    strings: { instance: target.instance, node, key, value, effect },
    constants: { kube_node_spec_taint: 1 },
  });
  return {
    table: kubeNodeSpecTaint,
    openLabels: [],
    *blocks() {
      const spans = nodeSpans(simulation, originMs);
      for (const [index, { name }] of simulation.nodes.entries()) {
        const present = spans[index]!.filter(({ absent }) => !absent);
        for (const span of joined(present)) yield taint(name, GPU_TAINT, "present", "NoSchedule", span);
        for (const span of joined(present.filter(({ cordoned }) => cordoned)))
          yield taint(name, "node.kubernetes.io/unschedulable", "", "NoSchedule", span);
        for (const effect of ["NoSchedule", "NoExecute"])
          for (const span of joined(present.filter(({ failed }) => failed)))
            yield taint(name, "node.kubernetes.io/unreachable", "", effect, span);
      }
    },
  };
}

/** Spans in order, those that touch as one. */
function joined(spans: readonly Span[]): Span[] {
  const all: { fromMs: number; toMs: number }[] = [];
  for (const { fromMs, toMs } of spans) {
    const last = all.at(-1);
    if (last?.toMs === fromMs) last.toMs = toMs;
    else all.push({ fromMs, toMs });
  }
  return all;
}

export function kubePodRows(simulation: Simulation, pods: readonly Pod[], target: Target): TableRows {
  const { scenario } = simulation;
  const selectors = new Map(scenario.resourceFlavors.map((flavor) => [flavor.name, flavor.nodeLabels]));
  const keys = [...new Set(scenario.resourceFlavors.flatMap((flavor) => Object.keys(flavor.nodeLabels)))];
  return {
    table: kubePod,
    openLabels: keys.map((key) => `nodeselector_${mangled(key)}`),
    *blocks() {
      for (const pod of pods) {
        const selector = pod.flavor === null ? undefined : selectors.get(pod.flavor);
        for (const stage of stages(pod)) {
          const timestamps = samplesWithin(target, stage.fromMs, stage.toMs);
          if (timestamps.length === 0) continue;
          const bound = stage.fromMs >= pod.boundMs;
          const reason = stage.fromMs < pod.placedMs ? "PodInitializing" : "ContainerCreating";
          const queued = pod.clusterQueue !== null && stage.fromMs >= pod.gatedUntilMs;
          yield {
            timestamps,
            strings: {
              instance: target.instance,
              namespace: pod.namespace,
              pod: pod.name,
              uid: pod.uid,
              node: bound ? pod.node!.name : null,
              owner_kind: pod.ownerKind,
              owner_name: pod.ownerName,
              priority_class: pod.priorityClass || null,
              label_kueue_x_k8s_io_cluster_queue_name: queued ? pod.clusterQueue : null,
              label_kueue_x_k8s_io_local_queue_name: pod.localQueue,
              kube_pod_status_phase: stage.phase,
              kube_pod_status_reason: stage.gated ? "SchedulingGated" : null,
              kube_pod_container_status_waiting_reason: bound && stage.phase === "Pending" ? reason : null,
              ...Object.fromEntries(
                keys.map((key) => [`nodeselector_${mangled(key)}`, queued ? (selector?.[key] ?? null) : null]),
              ),
            },
            constants: {
              kube_pod_status_unschedulable: bound ? Number.NaN : 1,
              kube_pod_container_resource_requests_nvidia_com_gpu: pod.gpus,
              kube_pod_init_container_resource_requests_nvidia_com_gpu: Number.NaN,
              kube_pod_container_resource_requests_cpu: pod.cpus,
              kube_pod_container_resource_requests_memory: pod.memoryGiB * GIB,
              kube_pod_created: seconds(pod.createdMs),
              kube_pod_status_scheduled_time: bound ? seconds(pod.boundMs) : Number.NaN,
              kube_pod_start_time: bound ? seconds(pod.boundMs) : Number.NaN,
              kube_pod_completion_time: stage.fromMs >= pod.endedMs ? seconds(pod.endedMs) : Number.NaN,
            },
          };
        }
      }
    },
  };
}

interface Stage extends Span {
  readonly phase: "Pending" | "Running" | "Succeeded" | "Failed";
  readonly gated: boolean;
}

/** A pod's life cut where what kube-state-metrics says of it changes. */
function stages(pod: Pod): Stage[] {
  const cut = (from: number, to: number, phase: Stage["phase"], gated = false): Stage => ({
    fromMs: from,
    toMs: Math.min(to, pod.deletedMs),
    phase,
    gated,
  });
  return [
    cut(pod.createdMs, pod.gatedUntilMs, "Pending", true),
    cut(Math.max(pod.createdMs, pod.gatedUntilMs), pod.boundMs, "Pending"),
    cut(pod.boundMs, Math.min(pod.placedMs, pod.endedMs), "Pending"),
    cut(pod.placedMs, Math.min(pod.runningMs, pod.endedMs), "Pending"),
    cut(pod.runningMs, pod.endedMs, "Running"),
    cut(pod.endedMs, pod.deletedMs, pod.succeeded ? "Succeeded" : "Failed"),
  ].filter((stage) => stage.fromMs < stage.toMs);
}

/** A Job's parallelism: what it asks for, and while it is admitted with fewer pods, these. Unix ms. */
function parallelism(
  { workload, holds }: WorkloadHistory,
  originMs: number,
  goneMs: number,
): (Span & { pods: number })[] {
  const spans: (Span & { pods: number })[] = [];
  let fromMs = originMs + workload.createdMs;
  for (const { reservedMs, pods, end, endMs } of holds) {
    if (pods === undefined) continue;
    spans.push({ fromMs, toMs: originMs + reservedMs, pods: workload.pods });
    fromMs = end === "evicted" ? originMs + endMs! : goneMs;
    spans.push({ fromMs: originMs + reservedMs, toMs: fromMs, pods });
  }
  return [...spans, { fromMs, toMs: goneMs, pods: workload.pods }];
}

export function kubeJobRows(simulation: Simulation, target: Target, originMs: number): TableRows {
  const retainedMs = simulation.scenario.podRetentionMinutes * MINUTE_MS;
  return {
    table: kubeJob,
    openLabels: [],
    *blocks() {
      for (const history of simulation.workloads) {
        const { workload } = history;
        if (workload.kind !== "Job") continue;
        const createdMs = originMs + workload.createdMs;
        const goneMs = finishedMs(history, originMs) + retainedMs;
        for (const { fromMs, toMs, pods } of parallelism(history, originMs, goneMs)) {
          const timestamps = samplesWithin(target, fromMs, toMs);
          if (timestamps.length === 0) continue;
          yield {
            timestamps,
            strings: { instance: target.instance, namespace: workload.namespace, job_name: workload.name },
            constants: { kube_job_created: seconds(createdMs), kube_job_spec_parallelism: pods },
          };
        }
      }
    },
  };
}
