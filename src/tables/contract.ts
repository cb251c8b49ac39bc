import { z } from "zod";

const seconds = z.number().positive();
const labelName = z.string().regex(/^[a-zA-Z_]\w*$/, "allowed: the name of a label");

/** Targets for the p95 of the wait from creation to scheduled, by the size of the work; a convention, argued in RFC 0001. */
export const defaultWaitTargets = { interactiveSeconds: 900, upToOneNodeSeconds: 14_400, largerSeconds: 86_400 };

/**
 * What an operator knows of the cluster and no series says. It lies as contract.yaml beside the tables, is written by
 * the owner of a real cluster, and is all that the analysis knows besides telemetry.
 */
export const contractSchema = z.strictObject({
  version: z.literal(1),
  cluster: z.string().min(1).describe("Name of the cluster"),
  scrapeIntervalSeconds: z
    .strictObject({ kueue: seconds, "kube-state-metrics": seconds, "dcgm-exporter": seconds })
    .describe("How often Prometheus asks each source"),
  prometheus: z
    .strictObject({
      matchers: z
        .record(labelName, z.string())
        .optional()
        .describe("Labels that tell this cluster's series from those of others"),
      jobs: z
        .partialRecord(z.enum(["kueue", "kube-state-metrics", "dcgm-exporter"]), z.array(z.string().min(1)).min(1))
        .optional()
        .describe("Values of the label job, by source; without them, those of all jobs that export its series"),
      metrics: z
        .record(z.string(), z.string().regex(/^[a-zA-Z_:][\w:]*$/, "allowed: the name of a metric"))
        .optional()
        .describe("Metrics that go by another name here: the usual name, then this one"),
      labels: z.record(labelName, labelName).optional().describe("Labels that go by another name here, likewise"),
    })
    .optional()
    .describe("How a pull finds this cluster's series; read by nothing else"),
  nodegroupLabels: z
    .array(z.string().startsWith("label_", "allowed: a label as kube-state-metrics has it, which begins with label_"))
    .min(1)
    .describe("Columns of kube_node that name the nodegroup; the first that a node has counts"),
  toleratedTaints: z.array(z.string()).default([]).describe("Keys of NoSchedule taints that the GPU work tolerates"),
  gpuModels: z
    .record(
      z.string(),
      z.strictObject({
        memoryMiB: z.number().positive(),
        tdpWatts: z.number().positive(),
        idleWithContextWatts: z.number().positive(),
      }),
    )
    .describe("By DCGM modelName: what tells busy from starved"),
  nodegroups: z
    .array(
      z.strictObject({
        name: z.string().min(1),
        region: z.string().min(1),
        gpuModel: z.string().min(1).describe("DCGM modelName"),
        gpusPerNode: z.int().min(1),
        gpusPaid: z.int().min(0).describe("The inventory: only it can miss a node that has vanished from every series"),
        usdPerGpuHour: z.number().min(0),
        committedUntil: z.iso
          .datetime({ error: "allowed: a UTC time such as 2026-01-05T00:00:00Z" })
          .nullable()
          .describe("GPUs freed before this date save nothing"),
      }),
    )
    .min(1),
  flavors: z
    .record(z.string(), z.array(z.string()))
    .describe("ResourceFlavor to nodegroups; exact only where it is one nodegroup"),
  clusterQueues: z
    .array(
      z.strictObject({
        name: z.string().min(1),
        queueingStrategy: z.enum(["StrictFIFO", "BestEffortFIFO"]).optional().describe("Exported by nobody"),
        flavors: z.array(z.string()).optional().describe("Its flavors in the order in which Kueue tries them"),
        ableNodegroups: z
          .array(z.string())
          .optional()
          .describe("Nodegroups whose GPUs could run the queue's work, whether or not its flavors reach them"),
      }),
    )
    .default([]),
  localQueues: z
    .array(
      z.strictObject({
        namespace: z.string().min(1),
        name: z.string().min(1),
        clusterQueue: z.string().min(1),
        interactive: z
          .boolean()
          .default(false)
          .describe("Whether people wait at it: waitTargets.interactiveSeconds applies"),
        waitTargetSeconds: seconds.optional().describe("Its own target, before all others"),
      }),
    )
    .default([]),
  owners: z.record(z.string(), z.string()).default({}).describe("Namespace to the team that answers for it"),
  waitTargets: z
    .strictObject({ interactiveSeconds: seconds, upToOneNodeSeconds: seconds, largerSeconds: seconds })
    .default(defaultWaitTargets),
});

export type Contract = z.output<typeof contractSchema>;
