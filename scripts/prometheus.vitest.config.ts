import { defineConfig, mergeConfig } from "vitest/config";
import base from "../vitest.config.js";

// The tests against a real Prometheus: promtool and prometheus have to be in the PATH.
export default mergeConfig(
  { ...base, test: { ...base.test, include: [], exclude: [] } },
  defineConfig({
    root: ".",
    test: { include: ["src/**/*.prometheus.test.ts"], fileParallelism: false, testTimeout: 300_000 },
  }),
);
