import { counter, gauge, label, optionalGauge, optionalLabel, table, timestamp } from "./table.js";

export const dcgmGpu = table({
  name: "dcgm_gpu",
  source: "dcgm-exporter",
  doc: "Every GPU as dcgm-exporter sees it (field names and units up to version 4.8; those from 4.9 on are read as these). Pod labels are there only while a pod holds the GPU.",
  key: ["instance", "UUID"],
  optionalLabels: {
    GPU_I_ID: optionalLabel("MIG instance, under MIG"),
    GPU_I_PROFILE: optionalLabel("Size of the MIG instance, for instance 3g.40gb"),
  },
  columns: {
    timestamp,
    instance: label("Address of the exporter on the GPU's node"),
    Hostname: label("Node of the GPU", { spellings: [{ name: "hostname" }] }),
    gpu: label("Index of the GPU on its node"),
    UUID: label("Identity of the GPU"),
    device: label("nvidia0 …"),
    modelName: label("Product name"),
    namespace: optionalLabel("Namespace of the pod that holds it"),
    pod: optionalLabel("Pod that holds it"),
    container: optionalLabel("Container that holds it"),
    DCGM_FI_DEV_GPU_UTIL: optionalGauge(
      "%",
      "Share of time in which some kernel ran; says nothing of how much it did",
      { range: [0, 100], spellings: [{ name: "DCGM_FI_DEV_GPU_UTIL_RATIO", times: 100 }] },
    ),
    DCGM_FI_DEV_FB_USED: optionalGauge("MiB", "Framebuffer in use", {
      range: [0, 2 ** 24],
      spellings: [{ name: "DCGM_FI_DEV_FB_USED_BYTES", times: 2 ** -20 }],
    }),
    DCGM_FI_DEV_FB_FREE: optionalGauge("MiB", "Framebuffer free", {
      range: [0, 2 ** 24],
      spellings: [{ name: "DCGM_FI_DEV_FB_FREE_BYTES", times: 2 ** -20 }],
    }),
    DCGM_FI_DEV_POWER_USAGE: gauge("W", "Board power", {
      range: [0, 2_000],
      spellings: [{ name: "DCGM_FI_DEV_BOARD_POWER_WATTS" }],
    }),
    DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION: counter("mJ", "Energy since the driver was loaded", {
      spellings: [{ name: "DCGM_FI_DEV_GPU_ENERGY_JOULES_TOTAL", times: 1000 }],
    }),
    DCGM_FI_DEV_GPU_TEMP: gauge("°C", "Temperature of the GPU", {
      range: [0, 120],
      spellings: [{ name: "DCGM_FI_DEV_GPU_TEMP_CELSIUS" }],
    }),
    DCGM_FI_DEV_XID_ERRORS: gauge("code", "Last XID error, 0 if there was none", {
      range: [0, 1_000],
      spellings: [{ name: "DCGM_FI_DEV_XID_ERROR" }],
    }),
    DCGM_FI_PROF_GR_ENGINE_ACTIVE: optionalGauge(
      "ratio",
      "Share of time in which the graphics or compute engine was active",
      { range: [0, 1.05], spellings: [{ name: "DCGM_FI_PROF_GR_ENGINE_UTIL_RATIO" }] },
    ),
    DCGM_FI_PROF_PIPE_TENSOR_ACTIVE: optionalGauge("ratio", "Share of cycles in which the tensor pipe was active", {
      range: [0, 1.05],
      spellings: [{ name: "DCGM_FI_PROF_TENSOR_UTIL_RATIO" }],
    }),
    DCGM_FI_PROF_DRAM_ACTIVE: optionalGauge("ratio", "Share of cycles in which memory was read or written", {
      range: [0, 1.05],
      spellings: [{ name: "DCGM_FI_PROF_DRAM_UTIL_RATIO" }],
    }),
  },
});
