import { defineConfig } from "vitest/config";

// Tests against the real Prometheus and promtool, which must be installed: npm run check:prometheus.
export default defineConfig({
  test: {
    include: ["src/**/*.prometheus.test.ts"],
    globalSetup: "src/testing/global-setup.ts",
    testTimeout: 300_000,
    hookTimeout: 300_000,
    // One server at a time: they would wait for each other.
    fileParallelism: false,
  },
});
