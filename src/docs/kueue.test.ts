import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { parseScenario } from "../scenario/parse.js";
import { flavorsByGroup, limitsOf } from "../scenario/resource-groups.js";
import { smallInput } from "../testing/scenario.js";

const page = new URL("../../docs/kueue.md", import.meta.url);
const text = readFileSync(page, "utf8");
const rows = text
  .split("\n")
  .filter((line) => line.startsWith("| ") && line !== "| behaviour | covered by |")
  .map((line) => line.slice(2, -2).split(" | ") as [string, string]);

test("every behaviour of Kueue is covered by tests that are named, or is said not to be, and why", () => {
  expect(rows.length).toBeGreaterThan(40);
  for (const [behaviour, coverage] of rows) {
    const covered = /^\[[\w-]+\.test\.ts\]\(.*\) ".+"/.test(coverage);
    const refused = /^not covered: .{10,}/.test(coverage);
    expect([behaviour, covered || refused]).toEqual([behaviour, true]);
  }
});

test("every test that the page on Kueue names is there, in the file that it names", () => {
  const named = rows.flatMap(([, coverage]) => [...coverage.matchAll(/\[([^\]]+)\]\(([^)]+)\) "([^"]+)"/g)]);
  expect(named.length).toBeGreaterThan(30);
  const missing = named.filter(([, name, path, title]) => {
    if (!path!.endsWith(`/${name}`)) return true;
    const source = readFileSync(new URL(path!, page), "utf8");
    const literal = title!.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    return !new RegExp(`\\(\\s*"${literal}",`).test(source);
  });
  expect(missing.map(([text]) => text)).toEqual([]);
});

test("the example of quota on several resources is a scenario's, and says what it says in Kueue's form", () => {
  const [ours, kueues] = [...text.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, yaml]) => parse(yaml!));
  const { clusterQueues } = parseScenario(
    {
      ...smallInput({
        nodegroups: [{ name: "a100-training", gpuModel: "A100" }],
        clusterQueues: [{ name: "research" }],
      }),
      ...ours,
    },
    "the example",
  );
  const names = { gpus: "nvidia.com/gpu", cpus: "cpu", memoryGiB: "memory" };
  expect(
    flavorsByGroup(clusterQueues[0]!).map((flavors) => ({
      coveredResources: limitsOf(flavors[0]!).map(([resource]) => names[resource]),
      flavors: flavors.map((flavor) => ({
        name: flavor.name,
        resources: limitsOf(flavor).map(([resource, { nominalQuota }]) => ({
          name: names[resource],
          nominalQuota: resource === "memoryGiB" ? `${nominalQuota}Gi` : nominalQuota,
        })),
      })),
    })),
  ).toEqual(kueues.resourceGroups);
});
