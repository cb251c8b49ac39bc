import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["src/**/*.test.ts", "scripts/**/*.test.ts"],
    // These need a Prometheus: npm run check:prometheus.
    exclude: ["src/**/*.prometheus.test.ts"],
    // All cores: left to itself, it keeps one for its own process, which has little to do.
    maxWorkers: "100%",
    globalSetup: "src/testing/global-setup.ts",
    // Modules are pure, or keep what they know by its content: files may share them, which saves a third of the time.
    isolate: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
});
