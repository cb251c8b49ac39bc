import { describe, expect, test } from "vitest";
import { EvenkeelError } from "../errors.js";
import { smallInput } from "../testing/scenario.js";
import { parseScenario, scenarioJsonSchema } from "./parse.js";
import { scenarioSchema } from "./schema.js";

/** A small scenario as untyped data, for a test to spoil. */
// biome-ignore lint/suspicious/noExplicitAny: what is parsed may be anything
type Data = any;

/** The lines of the error that a spoilt scenario gives, without the first. */
function errors(spoil: (scenario: Data) => void): string[] {
  const data: Data = structuredClone(smallInput());
  spoil(data);
  return errorsOf(data);
}

function errorsOf(data: unknown): string[] {
  try {
    parseScenario(data, "mine.yaml");
  } catch (error) {
    expect(error).toBeInstanceOf(EvenkeelError);
    expect(error).toMatchObject({ exitCode: 2 });
    const [first, ...lines] = (error as EvenkeelError).message.split("\n");
    const places = lines.length === 1 ? "in one place" : `in ${lines.length} places`;
    expect(first).toBe(`scenario mine.yaml is wrong ${places}:`);
    return lines.map((line) => line.trim());
  }
  return [];
}

describe("parseScenario", () => {
  test("fills in defaults", () => {
    const { workloadClasses, ...minimal } = smallInput();
    const { cpusPerGpu: _, memoryGiBPerGpu: __, startupSeconds: ___, ...plain } = workloadClasses[0]!;
    const { days: _days, warmupDays: _warmup, missedScrapeShare: _missed, ...rest } = minimal;
    expect(parseScenario({ ...rest, workloadClasses: [plain] }, "x")).toMatchObject({
      start: "2026-01-05T00:00:00Z",
      days: 7,
      warmupDays: 7,
      intervalSeconds: 60,
      nodegroups: [{ cpusPerNode: 192, memoryGiBPerNode: 2048, committedUntil: null }],
      clusterQueues: [{ queueingStrategy: "BestEffortFIFO" }],
      workloadClasses: [
        {
          cpusPerGpu: 8,
          memoryGiBPerGpu: 64,
          startupSeconds: 60,
          kind: "Job",
          failure: { share: 0, retries: 0 },
          gang: [{ weight: 1 }],
          arrivals: { dailySwing: 0, peakHour: 14, weekendShare: 1, burstSize: 1 },
        },
      ],
      placement: "spread",
      podRetentionMinutes: 15,
    });
  });

  test("gives what it was given when that is whole: parsing twice changes nothing", () => {
    const once = parseScenario(smallInput(), "x");
    expect(parseScenario(once, "x")).toEqual(once);
  });

  test.each<[string, (scenario: Data) => void, string]>([
    [
      "a misspelt field",
      (s) => {
        s.nodegroups[0].gpuModle = "H100";
      },
      'nodegroups[0].gpuModle: unknown field; did you mean "gpuModel"? allowed: name, region, gpuModel, nodes, gpusPerNode, cpusPerNode, memoryGiBPerNode, usdPerGpuHour, committedUntil, failures, autoscaling, repackEveryHours, topology',
    ],
    [
      "a field like no other",
      (s) => {
        s.priorityClasses = [{ name: "x", value: 1, preemptive: true }];
      },
      "priorityClasses[0].preemptive: unknown field; allowed: name, value",
    ],
    [
      "an unknown field of a GPU model of one's own",
      (s) => {
        s.gpuModels = {
          X: { product: "X", memoryMiB: 8e4, tdpWatts: 3, idleWatts: 1, idleWithContextWatts: 2, cores: 4 },
        };
      },
      "gpuModels.X.cores: unknown field; allowed: product, memoryMiB, tdpWatts, idleWatts, idleWithContextWatts",
    ],
    [
      "a missing field",
      (s) => {
        delete s.nodegroups[0].gpusPerNode;
      },
      "nodegroups[0].gpusPerNode: found nothing; allowed: a whole number from 0 on",
    ],
    [
      "a part of a node",
      (s) => {
        s.nodegroups[0].nodes = 1.5;
      },
      "nodegroups[0].nodes: found 1.5; allowed: a whole number from 1 on",
    ],
    [
      "a start that takes longer than a day",
      (s) => {
        s.workloadClasses[0].startupSeconds = 86_401;
      },
      "workloadClasses[0].startupSeconds: found 86401; allowed: a number from 0 to 86400",
    ],
    [
      "scrapes of which nothing is left",
      (s) => {
        s.missedScrapeShare = 1;
      },
      "missedScrapeShare: found 1; allowed: a number from 0 to 0.9",
    ],
    [
      "no node at all",
      (s) => {
        s.nodegroups[0].nodes = 0;
      },
      "nodegroups[0].nodes: found 0; allowed: a whole number from 1 on",
    ],
    [
      "a negative rate",
      (s) => {
        s.workloadClasses[0].arrivals.perHour = -3;
      },
      "workloadClasses[0].arrivals.perHour: found -3; allowed: a number from 0 on",
    ],
    [
      "a share beyond 1",
      (s) => {
        s.workloadClasses[0].failure = { share: 15 };
      },
      "workloadClasses[0].failure.share: found 15; allowed: a number from 0 to 1",
    ],
    [
      "a negative quota",
      (s) => {
        s.clusterQueues[0].flavors[0].nominalQuota = -1;
      },
      "clusterQueues[0].flavors[0].nominalQuota: found -1; allowed: a whole number from 0 on",
    ],
    [
      "a number written as text",
      (s) => {
        s.days = "7";
      },
      'days: found "7"; allowed: a number above 0, at most 366',
    ],
    [
      "what is no number",
      (s) => {
        s.days = Number.NaN;
      },
      "days: found NaN; allowed: a number above 0, at most 366",
    ],
    [
      "more days than are allowed",
      (s) => {
        s.days = 93;
      },
      "days: found 93; allowed: at most 92",
    ],
    [
      "a word that is none of those allowed",
      (s) => {
        s.placement = "packed";
      },
      'placement: found "packed"; allowed: "spread", "pack", "best-fit", "random", "fgd"',
    ],
    [
      "an unknown queueing strategy",
      (s) => {
        s.clusterQueues[0].queueingStrategy = "FIFO";
      },
      'clusterQueues[0].queueingStrategy: found "FIFO"; allowed: "StrictFIFO", "BestEffortFIFO"',
    ],
    [
      "an unknown kind of arrivals",
      (s) => {
        s.workloadClasses[0].arrivals.kind = "poison";
      },
      'workloadClasses[0].arrivals.kind: found "poison"; allowed: "poisson", "periodic", "weekly", "listed"',
    ],
    [
      "a duration without its kind",
      (s) => {
        s.workloadClasses[0].duration = { minutes: 3 };
      },
      'workloadClasses[0].duration.kind: found nothing; allowed: "constant", "exponential", "lognormal", "quantiles", "listed"',
    ],
    [
      "a date that is none",
      (s) => {
        s.start = "2026-13-05T00:00:00Z";
      },
      'start: found "2026-13-05T00:00:00Z"; allowed: a UTC time such as 2026-01-05T00:00:00Z',
    ],
    [
      "a date without a time zone",
      (s) => {
        s.nodegroups[0].committedUntil = "2026-12-31";
      },
      'nodegroups[0].committedUntil: found "2026-12-31"; allowed: a UTC time such as 2026-01-05T00:00:00Z',
    ],
    [
      "a name that Kubernetes would refuse",
      (s) => {
        s.nodegroups[0].name = "H100 Training";
      },
      'nodegroups[0].name: found "H100 Training"; allowed: letters, digits, dashes, dots and underscores, at most 63, as values of Kubernetes labels are',
    ],
    [
      "an empty list",
      (s) => {
        s.nodegroups = [];
      },
      "nodegroups: found []; allowed: a list of at least 1 entry",
    ],
    [
      "quantiles of three numbers",
      (s) => {
        s.workloadClasses[0].duration = {
          kind: "quantiles",
          points: [
            [0, 1, 2],
            [1, 4],
          ],
        };
      },
      "workloadClasses[0].duration.points[0]: found [0,1,2]; allowed: a list of 2 entries",
    ],
    [
      "something else in a place",
      (s) => {
        s.clusterQueues[0] = null;
      },
      "clusterQueues[0]: found null; allowed: fields name, cohort, queueingStrategy, flavors, resourceGroups, flavorFungibility, preemption, fairSharing, stops",
    ],
    [
      "quota without its fields",
      (s) => {
        s.clusterQueues[0].flavors[0].cpus = 64;
      },
      "clusterQueues[0].flavors[0].cpus: found 64; allowed: fields nominalQuota, quotaChanges, borrowingLimit, lendingLimit",
    ],
    [
      "what should be a list",
      (s) => {
        s.clusterQueues[0].flavors = { name: "a", nominalQuota: 8 };
      },
      'clusterQueues[0].flavors: found {"name":"a","nominalQuota":8}; allowed: a list of at least 1 entry',
    ],
    [
      "what should be a list, of any length",
      (s) => {
        s.priorityClasses = "high";
      },
      'priorityClasses: found "high"; allowed: a list',
    ],
    [
      "a list in place of names of one's own",
      (s) => {
        s.resourceFlavors[0].nodeLabels = ["a"];
      },
      'resourceFlavors[0].nodeLabels: found ["a"]; allowed: fields that you name',
    ],
    [
      "a number in place of text",
      (s) => {
        s.description = 7;
      },
      "description: found 7; allowed: text, not empty",
    ],
    [
      "a word in place of yes or no",
      (s) => {
        s.resourceFlavors[0].topologyAware = "yes";
      },
      'resourceFlavors[0].topologyAware: found "yes"; allowed: true or false',
    ],
    [
      "a number of a shape that only one kind has",
      (s) => {
        s.workloadClasses[0].arrivals = { kind: "periodic", everyHours: 0 };
      },
      "workloadClasses[0].arrivals.everyHours: found 0; allowed: a number above 0",
    ],
    [
      "quota on GPUs that stands where that on cores does",
      (s) => {
        s.clusterQueues[0].flavors[0].gpus = { nominalQuota: 8 };
      },
      "clusterQueues[0].flavors[0].gpus: unknown field; quota on GPUs is the flavor's own nominalQuota; allowed: name, nominalQuota, quotaChanges, borrowingLimit, lendingLimit, cpus, memoryGiB",
    ],
    [
      "quota on GPUs in a further resource group",
      (s) => {
        s.clusterQueues[0].resourceGroups = [{ flavors: [{ name: "a", gpus: { nominalQuota: 8 } }] }];
      },
      "clusterQueues[0].resourceGroups[0].flavors[0].gpus: unknown field; quota on GPUs belongs to the ClusterQueue's own flavors; allowed: name, cpus, memoryGiB",
    ],
  ])("names the path, what was found and what is allowed: %s", (_, spoil, message) => {
    expect(errors(spoil)).toEqual([message]);
  });

  test("shows the way to who writes resource groups as Kueue does", () => {
    const found = errors((s) => {
      s.clusterQueues[0].resourceGroups = [
        { coveredResources: ["cpu"], flavors: [{ name: "a", resources: [{ name: "cpu", nominalQuota: 4 }] }] },
      ];
    });
    const way = "docs/kueue.md#quota-in-a-scenario shows how to write what Kueue writes so";
    expect(found).toEqual([
      `clusterQueues[0].resourceGroups[0].flavors[0].resources: unknown field; ${way}; allowed: name, cpus, memoryGiB`,
      `clusterQueues[0].resourceGroups[0].coveredResources: unknown field; ${way}; allowed: flavors`,
    ]);
  });

  test.each<[string, unknown]>([
    ['"hello"', "hello"],
    ["null", null],
    ["nothing", undefined],
    ["[]", []],
  ])("refuses data that is no scenario at all: %s", (found, data) => {
    const fields = Object.keys(scenarioSchema.shape).join(", ");
    expect(errorsOf(data)).toEqual([`(the whole scenario): found ${found}; allowed: fields ${fields}`]);
  });

  test("lists everything that is wrong, a line each", () => {
    const lines = errors((s) => {
      s.name = "Bad Name";
      s.days = "7";
      s.nodegrups = [];
    });
    expect(lines.map((line) => line.split(":")[0])).toEqual(["name", "days", "nodegrups"]);
  });

  test("shortens what was found where it is long", () => {
    const [line] = errors((s) => {
      s.nodegroups[0].name = "x".repeat(500);
    });
    expect(line!.length).toBeLessThan(250);
  });
});

describe("scenarioJsonSchema", () => {
  interface Schema {
    properties?: Record<string, Schema>;
    items?: Schema;
    required?: string[];
    oneOf?: Schema[];
    anyOf?: Schema[];
    additionalProperties?: Schema | boolean;
    description?: string;
  }
  const schema = scenarioJsonSchema() as Schema;

  test("is a JSON Schema of 2020-12 that knows every field, and no other", () => {
    expect(schema).toMatchObject({
      $schema: "https://json-schema.org/draft/2020-12/schema",
      type: "object",
      additionalProperties: false,
    });
    expect(Object.keys(schema.properties!)).toEqual(Object.keys(scenarioSchema.shape));
  });

  test("asks only for what has no default", () => {
    const { days: _, warmupDays: __, missedScrapeShare: ___, ...written } = smallInput();
    expect([...schema.required!].sort()).toEqual(Object.keys(written).sort());
  });

  test("says what the fields mean whose names do not", () => {
    expect(schema.properties!["nodegroups"]!.items!.properties!["cpusPerNode"]!.description).toMatch(/CPU cores/);
    expect(schema.properties!["kueueRestartHours"]!.description).toMatch(/restarts/);
  });
});
