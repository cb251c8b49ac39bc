import type { ScenarioInput } from "./schema.js";

/** GPU models behind each nodegroup of the default fleet, for a class's gpuModels. */
export const anyGpu = ["H100", "A100", "L40S"];
export const hopper = ["H100"];
export const hbm = ["H100", "A100"];

/**
 * The default fleet: 184 GPUs of three models in five nodegroups over two regions, one ResourceFlavor a nodegroup.
 * Prices are list prices of a public model catalogue and, for the L40S, of a cloud's on-demand rate (August 2025).
 */
export const fleet = {
  nodegroups: [
    {
      name: "h100-training",
      region: "us-west-2",
      gpuModel: "H100",
      nodes: 4,
      gpusPerNode: 8,
      usdPerGpuHour: 4.5,
      committedUntil: "2026-12-31T00:00:00Z",
    },
    {
      name: "a100-training",
      region: "us-west-2",
      gpuModel: "A100",
      nodes: 6,
      gpusPerNode: 8,
      usdPerGpuHour: 3.5,
      committedUntil: "2026-06-30T00:00:00Z",
    },
    {
      name: "l40s-inference",
      region: "us-west-2",
      gpuModel: "L40S",
      nodes: 16,
      gpusPerNode: 4,
      cpusPerNode: 96,
      memoryGiBPerNode: 768,
      usdPerGpuHour: 1.861,
    },
    {
      name: "a100-research",
      region: "us-east-1",
      gpuModel: "A100",
      nodes: 3,
      gpusPerNode: 8,
      usdPerGpuHour: 3.5,
      committedUntil: "2026-03-31T00:00:00Z",
    },
    { name: "h100-research", region: "us-east-1", gpuModel: "H100", nodes: 2, gpusPerNode: 8, usdPerGpuHour: 4.5 },
  ],
  resourceFlavors: [
    { name: "h100-west", nodeLabels: { "eks.amazonaws.com/nodegroup": "h100-training" } },
    { name: "a100-west", nodeLabels: { "eks.amazonaws.com/nodegroup": "a100-training" } },
    { name: "l40s-west", nodeLabels: { "eks.amazonaws.com/nodegroup": "l40s-inference" } },
    { name: "a100-east", nodeLabels: { "eks.amazonaws.com/nodegroup": "a100-research" } },
    { name: "h100-east", nodeLabels: { "eks.amazonaws.com/nodegroup": "h100-research" } },
  ],
  priorityClasses: [
    { name: "production", value: 1000 },
    { name: "standard", value: 500 },
    { name: "best-effort", value: 100 },
  ],
} satisfies Partial<ScenarioInput>;

/**
 * The default tenants: six ClusterQueues, of which the two on a100-training share a cohort and one spans both research
 * nodegroups, and nine LocalQueues in seven namespaces.
 */
export const tenants = {
  clusterQueues: [
    { name: "training-h100", flavors: [{ name: "h100-west", nominalQuota: 32 }] },
    { name: "training-a100", cohort: "a100", flavors: [{ name: "a100-west", nominalQuota: 32 }] },
    { name: "batch-a100", cohort: "a100", flavors: [{ name: "a100-west", nominalQuota: 16, borrowingLimit: 16 }] },
    { name: "inference", flavors: [{ name: "l40s-west", nominalQuota: 58 }] },
    {
      name: "research",
      flavors: [
        { name: "a100-east", nominalQuota: 24 },
        { name: "h100-east", nominalQuota: 4 },
      ],
    },
    { name: "research-h100", queueingStrategy: "StrictFIFO", flavors: [{ name: "h100-east", nominalQuota: 12 }] },
  ],
  localQueues: [
    { name: "training", namespace: "foundation-models", clusterQueue: "training-h100", owner: "Foundation models" },
    { name: "finetuning", namespace: "nlp-platform", clusterQueue: "training-h100", owner: "NLP platform" },
    { name: "training", namespace: "recommendations", clusterQueue: "training-a100", owner: "Recommendations" },
    { name: "training", namespace: "fraud-detection", clusterQueue: "training-a100", owner: "Fraud detection" },
    { name: "batch", namespace: "ml-platform", clusterQueue: "batch-a100", owner: "ML platform" },
    { name: "batch-inference", namespace: "ml-inference", clusterQueue: "inference", owner: "Inference" },
    { name: "evaluation", namespace: "nlp-platform", clusterQueue: "inference", owner: "NLP platform" },
    { name: "notebooks", namespace: "research", clusterQueue: "research", owner: "Research", interactive: true },
    { name: "experiments", namespace: "research", clusterQueue: "research-h100", owner: "Research" },
  ],
} satisfies Partial<ScenarioInput>;
