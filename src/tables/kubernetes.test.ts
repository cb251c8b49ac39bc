import { describe, expect, test } from "vitest";
import { mangled } from "./kubernetes.js";

describe("mangled(key) names the label that kube-state-metrics makes of a Kubernetes label", () => {
  test.each([
    ["eks.amazonaws.com/nodegroup", "eks_amazonaws_com_nodegroup"],
    ["cloud.google.com/gke-nodepool", "cloud_google_com_gke_nodepool"],
    ["nvidia.com/gpu.product", "nvidia_com_gpu_product"],
    ["example.com/nodeGroup", "example_com_node_group"],
  ])("%s", (key, label) => {
    expect(mangled(key)).toBe(label);
  });
});
