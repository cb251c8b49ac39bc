import { describe, expect, test } from "vitest";
import { gpuModels } from "../hardware/gpu-models.js";
import { activities } from "./activities.js";
import { defaultScenarios, scenarios } from "./index.js";
import { flavorNodegroups, gpuModelOf, nodeLabels } from "./nodes.js";
import { parseScenario, scenarioJsonSchema } from "./parse.js";

interface JsonSchema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Record<string, JsonSchema>;
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema | boolean;
  readonly prefixItems?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly pattern?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly minItems?: number;
  readonly minLength?: number;
}

/** Where data breaks a schema, as far as our schema uses the language: a second reader of what zod wrote. */
function violations(data: unknown, schema: JsonSchema, path = ""): string[] {
  const branches = schema.oneOf ?? schema.anyOf;
  if (branches)
    return branches.some((branch) => violations(data, branch, path).length === 0) ? [] : [`${path}: no branch`];
  const wrong: string[] = [];
  const must = (holds: boolean, what: string) => holds || wrong.push(`${path}: ${what}`);
  if (schema.const !== undefined) must(data === schema.const, "const");
  if (schema.enum) must(schema.enum.includes(data), "enum");
  switch (schema.type) {
    case "string":
      must(typeof data === "string", "string");
      must(new RegExp(schema.pattern ?? "").test(String(data)), `pattern ${schema.pattern}`);
      must(String(data).length >= (schema.minLength ?? 0), "minLength");
      break;
    case "integer":
    case "number": {
      must(schema.type === "integer" ? Number.isInteger(data) : Number.isFinite(data), schema.type);
      const value = data as number;
      must(value >= (schema.minimum ?? value) && value <= (schema.maximum ?? value), "range");
      must(value > (schema.exclusiveMinimum ?? Number.NEGATIVE_INFINITY), "exclusiveMinimum");
      must(value < (schema.exclusiveMaximum ?? Number.POSITIVE_INFINITY), "exclusiveMaximum");
      break;
    }
    case "null":
      must(data === null, "null");
      break;
    case "array": {
      must(Array.isArray(data) && data.length >= (schema.minItems ?? 0), "array");
      (data as unknown[]).forEach((item, i) => {
        const itemSchema = schema.prefixItems?.[i] ?? schema.items;
        if (typeof itemSchema === "object") wrong.push(...violations(item, itemSchema, `${path}[${i}]`));
      });
      break;
    }
    case "object": {
      must(typeof data === "object" && data !== null, "object");
      for (const key of schema.required ?? []) must(Object.hasOwn(data as object, key), `required ${key}`);
      for (const [key, value] of Object.entries(data as object)) {
        const field = schema.properties?.[key] ?? schema.additionalProperties;
        if (typeof field === "object") wrong.push(...violations(value, field, `${path}.${key}`));
        else must(field !== false, `unknown ${key}`);
      }
    }
  }
  return wrong;
}

const schema = scenarioJsonSchema() as JsonSchema;

test("the named scenarios have names of their own, as a file name or an option may hold them", () => {
  const names = scenarios.map((scenario) => scenario.name);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^[a-z]+(-[a-z]+)*$/);
});

test("npm start prepares four of them", () => {
  const names = defaultScenarios.map((scenario) => scenario.name);
  expect(names).toEqual(["balanced", "demand-constrained", "fragmentation", "io-bottleneck"]);
  expect(scenarios).toEqual(expect.arrayContaining([...defaultScenarios]));
});

describe.each(scenarios.map((scenario) => [scenario.name, scenario] as const))("the scenario %s", (name, input) => {
  test("parses, and says in one line what is out of balance in it", () => {
    const scenario = parseScenario(input, name);
    expect(scenario.description).toMatch(/^[^\n]{20,100}$/);
  });

  test("is valid by the JSON Schema too, as it was written and with its defaults filled in", () => {
    expect(violations(JSON.parse(JSON.stringify(input)), schema)).toEqual([]);
    expect(violations(JSON.parse(JSON.stringify(parseScenario(input, name))), schema)).toEqual([]);
  });

  test("is no longer valid by the JSON Schema with an unknown field, a wrong word or a missing one", () => {
    expect(violations({ ...input, nodegrups: [] }, schema)).toEqual([": unknown nodegrups"]);
    expect(violations({ ...input, placement: "packed" }, schema)).toEqual([".placement: enum"]);
    const { nodegroups: _, ...rest } = input;
    expect(violations(rest, schema)).toEqual([": required nodegroups"]);
  });

  test("starts on a Monday, so that a week is a week", () => {
    expect(new Date(parseScenario(input, name).start).getUTCDay()).toBe(1);
  });
});

describe("node labels and flavors", () => {
  const scenario = parseScenario(scenarios[0], "balanced");

  test("a node carries its nodegroup, region and GPU product", () => {
    expect(nodeLabels(scenario, scenario.nodegroups[0]!)).toEqual({
      "eks.amazonaws.com/nodegroup": "h100-training",
      "topology.kubernetes.io/region": "us-west-2",
      "nvidia.com/gpu.product": "NVIDIA-H100-80GB-HBM3",
    });
  });

  test("a flavor covers the nodegroups whose nodes carry all of its labels", () => {
    const covered = (nodeLabels: Record<string, string>) =>
      flavorNodegroups({ ...scenario, resourceFlavors: [{ name: "x", nodeLabels }] }, "x").map((group) => group.name);
    expect(covered({ "topology.kubernetes.io/region": "us-east-1" })).toEqual(["a100-research", "h100-research"]);
    expect(
      covered({ "topology.kubernetes.io/region": "us-east-1", "nvidia.com/gpu.product": "NVIDIA-H100-80GB-HBM3" }),
    ).toEqual(["h100-research"]);
    expect(covered({})).toHaveLength(5);
    expect(covered({ other: "label" })).toEqual([]);
    expect(flavorNodegroups(scenario, "no-such-flavor")).toEqual([]);
  });

  test("a scenario's own GPU model goes before one known by name", () => {
    const mine = { ...gpuModels["H100"]!, product: "Mine" };
    expect(gpuModelOf({ ...scenario, gpuModels: { H100: mine } }, scenario.nodegroups[0]!).product).toBe("Mine");
    expect(gpuModelOf(scenario, scenario.nodegroups[0]!).product).toBe("NVIDIA H100 80GB HBM3");
  });
});

test("typical activities keep to what a GPU can show, and starved work looks busy but does little", () => {
  for (const activity of Object.values(activities)) {
    for (const [field, value] of Object.entries(activity)) {
      if (field === "starved") continue;
      expect(value).toBeGreaterThanOrEqual(0);
      if (!/Percent|Minutes/.test(field)) expect(value).toBeLessThanOrEqual(1);
    }
  }
  const { starved, pretraining } = activities;
  expect(starved.gpuUtilPercent).toBeGreaterThan(80);
  expect(starved.tensorActive).toBeLessThan(pretraining.tensorActive / 4);
});
