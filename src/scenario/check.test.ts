import { describe, expect, test } from "vitest";
import { type SmallInput, small, smallInput, steady } from "../testing/scenario.js";
import { contradictions } from "./check.js";
import { parseScenario } from "./parse.js";
import { scenarioSchema } from "./schema.js";

/** What contradicts itself, as "path: message". */
const found = (input: SmallInput) =>
  contradictions(scenarioSchema.parse(smallInput(input))).map(({ path, message }) => `${path.join(".")}: ${message}`);

const queue = (rest: object) => [{ name: "queue", flavors: [{ name: "a", nominalQuota: 8 }], ...rest }];
const quota = (name: string, nominalQuota: number) => ({ name, nominalQuota });
const groups = (count: number) => Array.from({ length: count }, () => ({}));
const overAll = {
  resourceFlavors: [
    { name: "a", nodeLabels: { "eks.amazonaws.com/nodegroup": "a" } },
    { name: "all", nodeLabels: {} },
  ],
};
const server = { name: "server", namespace: "search", nodegroup: "a", pods: 1, gpusPerPod: 1, activity: steady };

describe("contradictions", () => {
  test("speak of one pod and one node as such", () => {
    const large = { name: "work", gang: [{ pods: 1, gpusPerPod: 16 }] };
    expect(found({ nodegroups: [{ nodes: 1 }], workloadClasses: [large] })).toEqual([
      expect.stringMatching(/: found 1 pod of 16 GPUs, .*; allowed: what fits a \(1 node of 8 GPUs, /),
    ]);
  });

  test("are none in a scenario that holds together", () => {
    expect(found({})).toEqual([]);
  });

  test.each<[string, SmallInput, string]>([
    [
      "a nodegroup that scales to fewer nodes than it has",
      { nodegroups: [{ nodes: 3, autoscaling: { maxNodes: 2, provisioningMinutes: 5 } }] },
      "nodegroups.0.autoscaling.maxNodes: found 2; allowed: 3 or more, since it has as many",
    ],
    [
      "nodegroups of one name",
      { nodegroups: [{ name: "a" }, { name: "a" }], resourceFlavors: [{ name: "a", nodeLabels: {} }] },
      'nodegroups.1.name: found "a" a second time; rename one',
    ],
    [
      "queues of one name",
      {
        clusterQueues: [...queue({}), ...queue({})],
        localQueues: [{ name: "queue", namespace: "team", clusterQueue: "queue" }],
      },
      'clusterQueues.1.name: found "queue" a second time; rename one',
    ],
    [
      "LocalQueues of one name in one namespace",
      {
        localQueues: ["queue", "queue"].map((name) => ({ name, namespace: "team", clusterQueue: "queue" })),
      },
      'localQueues.1.name: found "team/queue" a second time; rename one',
    ],
    [
      "classes of one name, whose streams would be the same",
      { workloadClasses: [{ name: "work" }, { name: "work" }] },
      'workloadClasses.1.name: found "work" a second time; rename one',
    ],
    [
      "priority classes of one name",
      { priorityClasses: [1, 2].map((value) => ({ name: "high", value })) },
      'priorityClasses.1.name: found "high" a second time; rename one',
    ],
    [
      "levels that do not nest",
      {
        nodegroups: [
          {
            topology: [
              { level: "block", nodes: 8 },
              { level: "rack", nodes: 3 },
            ],
          },
        ],
      },
      "nodegroups.0.topology.1.nodes: found 3; allowed: a divisor of 8, the nodes of a block around it; levels stand in order, outermost first",
    ],
    [
      "levels of one name",
      { nodegroups: [{ topology: ["rack", "rack"].map((level) => ({ level, nodes: 1 })) }] },
      'nodegroups.0.topology.1.level: found "rack" a second time; rename one',
    ],
    [
      "a level that is every node's already",
      { nodegroups: [{ topology: [{ level: "host", nodes: 2 }] }] },
      'nodegroups.0.topology.0.level: found "host", which every node is; rename the level',
    ],
    [
      "a topology-aware flavor over nodes of different levels",
      {
        nodegroups: [{ topology: [{ level: "rack", nodes: 2 }] }, {}],
        resourceFlavors: [{ name: "a", nodeLabels: {}, topologyAware: true }],
      },
      'resourceFlavors.0.topologyAware: found true, but its nodes have different levels: rack, host in "a" and host in "b"; give each nodegroup a flavor, or both the same levels',
    ],
    [
      "a level that no flavor of the queue has",
      {
        nodegroups: [{ topology: [{ level: "rack", nodes: 2 }] }],
        resourceFlavors: [{ name: "a", nodeLabels: {}, topologyAware: true }],
        workloadClasses: [{ name: "work", topology: { kind: "required", level: "block" } }],
      },
      'workloadClasses.0.topology: found level "block", which the nodes of no topology-aware flavor of ClusterQueue "queue" have; allowed: rack, host',
    ],
    [
      "a wish for the topology where no flavor is topology-aware",
      { workloadClasses: [{ name: "work", topology: { kind: "unconstrained" } }] },
      'workloadClasses.0.topology: found unconstrained, but no flavor of ClusterQueue "queue" is topology-aware; set topologyAware on one of them, or leave topology out',
    ],
    [
      "a gang that no rack could hold",
      {
        nodegroups: [{ nodes: 4, topology: [{ level: "rack", nodes: 2 }] }],
        resourceFlavors: [{ name: "a", nodeLabels: {}, topologyAware: true }],
        workloadClasses: [
          { name: "work", gang: [{ pods: 3, gpusPerPod: 8 }], topology: { kind: "required", level: "rack" } },
        ],
      },
      "workloadClasses.0.gang.0: found 3 pods of 8 GPUs, 0 cores and 0 GiB each, which no rack can hold even when empty; allowed: what fits a rack of a (2 nodes of 8 GPUs, 192 cores, 2048 GiB)",
    ],
    [
      "standalone pods of one name",
      { standalone: [server, server] },
      'standalone.1.name: found "server" a second time; rename one',
    ],
    [
      "quota for an unknown flavor",
      { clusterQueues: queue({ flavors: [{ name: "aa", nominalQuota: 8 }] }) },
      'clusterQueues.0.flavors.0.name: found "aa", which is no ResourceFlavor. Did you mean "a"? There is: a.',
    ],
    [
      "quota for one flavor twice",
      {
        clusterQueues: queue({
          flavors: [
            { name: "a", nominalQuota: 4 },
            { name: "a", nominalQuota: 4 },
          ],
        }),
      },
      'clusterQueues.0.flavors.1.name: found "a" a second time in this ClusterQueue; merge the two quotas',
    ],
    [
      "a borrowing limit without a cohort",
      { clusterQueues: queue({ flavors: [{ name: "a", nominalQuota: 8, borrowingLimit: 3 }] }) },
      "clusterQueues.0.flavors.0.borrowingLimit: found 3, but this ClusterQueue is in no cohort to borrow from; name a cohort or leave the limit out",
    ],
    [
      "a flavor whose labels no node carries",
      {
        resourceFlavors: [
          { name: "a", nodeLabels: {} },
          { name: "b", nodeLabels: { "eks.amazonaws.com/nodegroup": "b" } },
        ],
      },
      'resourceFlavors.1.nodeLabels: found {"eks.amazonaws.com/nodegroup":"b"}, which no nodegroup\'s nodes carry; allowed: eks.amazonaws.com/nodegroup=a, topology.kubernetes.io/region=us-west-2, nvidia.com/gpu.product=NVIDIA-H100-80GB-HBM3',
    ],
    [
      "a LocalQueue of an unknown ClusterQueue",
      {
        localQueues: [
          { name: "queue", namespace: "team", clusterQueue: "queue" },
          { name: "other", namespace: "team", clusterQueue: "queu" },
        ],
      },
      'localQueues.1.clusterQueue: found "queu", which is no ClusterQueue. Did you mean "queue"? There is: queue.',
    ],
    [
      "a class of an unknown LocalQueue",
      { workloadClasses: [{ name: "work", localQueue: "queue" }] },
      'workloadClasses.0.localQueue: found "queue", which is no LocalQueue. There is: team/queue.',
    ],
    [
      "an unknown priority class",
      { workloadClasses: [{ name: "work", priorityClass: "high" }], priorityClasses: [{ name: "low", value: 0 }] },
      'workloadClasses.0.priorityClass: found "high", which is no priority class. There is: low.',
    ],
    [
      "an unknown GPU model of a class",
      { workloadClasses: [{ name: "work", gpuModels: ["H100", "H1000"] }] },
      'workloadClasses.0.gpuModels.1: found "H1000", which is no GPU model. Did you mean "H100"? There is: H100, A100, L40S.',
    ],
    [
      "GPU models that the class's queue does not reach",
      {
        nodegroups: [{ gpuModel: "H100" }, { gpuModel: "A100" }],
        workloadClasses: [{ name: "work", gpuModels: ["A100"] }],
      },
      'workloadClasses.0.gpuModels: found A100, but ClusterQueue "queue" reaches only H100; add a flavor to the queue or a model to the class',
    ],
    [
      "a pod larger than any node",
      { workloadClasses: [{ name: "work", gang: [{ pods: 1, gpusPerPod: 9 }] }] },
      "workloadClasses.0.gang.0: found 1 pod of 9 GPUs, 0 cores and 0 GiB each, which the nodes of no flavor can hold even when empty; allowed: what fits a (1 node of 8 GPUs, 192 cores, 2048 GiB)",
    ],
    [
      "a gang larger than all nodes",
      { nodegroups: [{ nodes: 2 }], workloadClasses: [{ name: "work", gang: [{ pods: 3, gpusPerPod: 5 }] }] },
      "workloadClasses.0.gang.0: found 3 pods of 5 GPUs, 0 cores and 0 GiB each, which the nodes of no flavor can hold even when empty; allowed: what fits a (2 nodes of 8 GPUs, 192 cores, 2048 GiB)",
    ],
    [
      "CPU that no node has",
      {
        nodegroups: [{ cpusPerNode: 31 }],
        workloadClasses: [{ name: "work", gang: [{ pods: 1, gpusPerPod: 4 }], cpusPerGpu: 8 }],
      },
      "workloadClasses.0.gang.0: found 1 pod of 4 GPUs, 32 cores and 0 GiB each, which the nodes of no flavor can hold even when empty; allowed: what fits a (1 node of 8 GPUs, 31 cores, 2048 GiB)",
    ],
    [
      "memory that no node has",
      {
        nodegroups: [{ memoryGiBPerNode: 100 }],
        workloadClasses: [{ name: "work", gang: [{ pods: 2, gpusPerPod: 1 }], memoryGiBPerGpu: 64 }],
      },
      "workloadClasses.0.gang.0: found 2 pods of 1 GPU, 0 cores and 64 GiB each, which the nodes of no flavor can hold even when empty; allowed: what fits a (1 node of 8 GPUs, 192 cores, 100 GiB)",
    ],
    [
      "shapes that are never drawn",
      { workloadClasses: [{ name: "work", gang: [{ pods: 1, gpusPerPod: 1, weight: 0 }] }] },
      "workloadClasses.0.gang: found only weights of 0; give at least one shape a weight",
    ],
    [
      "quantiles that do not rise",
      {
        workloadClasses: [
          {
            name: "work",
            duration: {
              kind: "quantiles",
              points: [
                [0, 5],
                [0.5, 3],
                [1, 9],
              ],
            },
          },
        ],
      },
      "workloadClasses.0.duration.points: found [[0,5],[0.5,3],[1,9]]; allowed: probabilities that rise from 0 to 1, with minutes that never fall",
    ],
    [
      "quantiles that end early",
      {
        workloadClasses: [
          {
            name: "work",
            duration: {
              kind: "quantiles",
              points: [
                [0, 1],
                [0.9, 3],
              ],
            },
          },
        ],
      },
      "workloadClasses.0.duration.points: found [[0,1],[0.9,3]]; allowed: probabilities that rise from 0 to 1, with minutes that never fall",
    ],
    [
      "retries of a plain Pod",
      { workloadClasses: [{ name: "work", kind: "Pod", failure: { share: 0.5, retries: 2 } }] },
      "workloadClasses.0.failure.retries: found 2, but nothing starts a plain Pod again; leave retries out, or make it kind Job",
    ],
    [
      "an unknown GPU model of a nodegroup",
      {
        nodegroups: [{ gpuModel: "H100" }, { gpuModel: "A10" }],
        resourceFlavors: [{ name: "a", nodeLabels: {} }],
        workloadClasses: [{ name: "work", gpuModels: ["H100"] }],
      },
      'nodegroups.1.gpuModel: found "A10", which is no GPU model. Did you mean "A100"? There is: H100, A100, L40S.',
    ],
    [
      "standalone pods in an unknown nodegroup",
      { standalone: [{ ...server, nodegroup: "z" }] },
      'standalone.0.nodegroup: found "z", which is no nodegroup. Did you mean "a"? There is: a.',
    ],
    [
      "more standalone pods than there is room for",
      { standalone: [{ ...server, pods: 3, gpusPerPod: 3 }] },
      'standalone.0: found 3 pods of 3 GPUs; "a" has room for 2; lower pods or gpusPerPod',
    ],
    [
      "two owners of a namespace",
      {
        localQueues: [{ name: "queue", namespace: "team", clusterQueue: "queue", owner: "Research" }],
        standalone: [{ ...server, namespace: "team", owner: "Search" }],
      },
      'standalone.0.owner: found "Search", but "Research" answers for namespace "team" already; name one owner',
    ],
    [
      "a cordon of an unknown nodegroup",
      { cordons: [{ nodegroup: "bb", node: 0, fromHour: 0 }] },
      'cordons.0.nodegroup: found "bb", which is no nodegroup. There is: a.',
    ],
    [
      "a cordon of a node that is not there",
      { nodegroups: [{ nodes: 3 }], cordons: [{ nodegroup: "a", node: 3, fromHour: 0 }] },
      'cordons.0.node: found 3; allowed: 0 to 2, the nodes of "a"',
    ],
    [
      "a cordon that ends before it starts",
      { cordons: [{ nodegroup: "a", node: 0, fromHour: 2, toHour: 2 }] },
      "cordons.0.toHour: found 2; allowed: more than fromHour, which is 2",
    ],
    [
      "a lending limit without a cohort",
      { clusterQueues: queue({ flavors: [{ name: "a", nominalQuota: 8, lendingLimit: 1 }] }) },
      "clusterQueues.0.flavors.0.lendingLimit: found 1, but this ClusterQueue is in no cohort to lend to; name a cohort or leave the limit out",
    ],
    [
      "a queue that lends more than it has",
      { clusterQueues: queue({ cohort: "c", flavors: [{ name: "a", nominalQuota: 8, lendingLimit: 9 }] }) },
      "clusterQueues.0.flavors.0.lendingLimit: found 9; allowed: 0 to nominalQuota, which is 8",
    ],
    [
      "a queue that lends more than it will have",
      {
        clusterQueues: queue({
          cohort: "c",
          flavors: [{ name: "a", nominalQuota: 8, lendingLimit: 6, quotaChanges: [{ fromHour: 2, nominalQuota: 4 }] }],
        }),
      },
      "clusterQueues.0.flavors.0.lendingLimit: found 6; allowed: 0 to nominalQuota, which is 4 at the least",
    ],
    [
      "quota that changes twice at once",
      {
        clusterQueues: queue({
          flavors: [
            {
              name: "a",
              nominalQuota: 8,
              quotaChanges: [
                { fromHour: 2, nominalQuota: 4 },
                { fromHour: 2, nominalQuota: 8 },
              ],
            },
          ],
        }),
      },
      "clusterQueues.0.flavors.0.quotaChanges.1.fromHour: found 2; allowed: more than 2, that of the change before it",
    ],
    [
      "a limit on cores without a cohort",
      {
        clusterQueues: queue({
          flavors: [{ name: "a", nominalQuota: 8, cpus: { nominalQuota: 64, borrowingLimit: 3 } }],
        }),
      },
      "clusterQueues.0.flavors.0.cpus.borrowingLimit: found 3, but this ClusterQueue is in no cohort to borrow from; name a cohort or leave the limit out",
    ],
    [
      "a cohort's limit on memory without a parent",
      { cohorts: [{ name: "root", flavors: [{ name: "a", memoryGiB: { lendingLimit: 2 } }] }] },
      "cohorts.0.flavors.0.memoryGiB.lendingLimit: found 2, but this cohort has no parent; name one or leave the limit out",
    ],
    [
      "flavors of one resource group with quota on different resources",
      {
        nodegroups: groups(2),
        clusterQueues: queue({ flavors: [{ ...quota("a", 8), cpus: { nominalQuota: 64 } }, quota("b", 8)] }),
      },
      'clusterQueues.0.flavors.1: found quota on gpus, but on gpus, cpus in "a" of the same resource group; give each of its flavors quota on the same',
    ],
    [
      "a resource in two resource groups",
      {
        ...overAll,
        clusterQueues: queue({
          flavors: [{ ...quota("a", 8), cpus: { nominalQuota: 64 } }],
          resourceGroups: [{ flavors: [{ name: "all", cpus: { nominalQuota: 64 } }] }],
        }),
      },
      "clusterQueues.0.resourceGroups.0.flavors.0.cpus: found quota, but an earlier resource group has cpus; leave it out in one",
    ],
    [
      "a flavor in two resource groups",
      { clusterQueues: queue({ resourceGroups: [{ flavors: [{ name: "a", cpus: { nominalQuota: 64 } }] }] }) },
      'clusterQueues.0.resourceGroups.0.flavors.0.name: found "a" a second time in this ClusterQueue; merge the two quotas',
    ],
    [
      "a flavor without quota",
      { ...overAll, clusterQueues: queue({ resourceGroups: [{ flavors: [{ name: "all" }] }] }) },
      "clusterQueues.0.resourceGroups.0.flavors.0: found no quota; allowed: cpus, memoryGiB, or both",
    ],
    [
      "a flavor of cores that does not cover all nodes with the queue's GPUs",
      {
        nodegroups: groups(2),
        clusterQueues: queue({ resourceGroups: [{ flavors: [{ name: "b", cpus: { nominalQuota: 64 } }] }] }),
      },
      'clusterQueues.0.resourceGroups.0.flavors.0.name: found "b", which does not cover a; allowed: a flavor that covers all nodes of the queue\'s GPU flavors, such as one without nodeLabels',
    ],
    [
      "a topology-aware flavor beside further resource groups",
      {
        resourceFlavors: overAll.resourceFlavors.map((flavor) => ({ ...flavor, topologyAware: flavor.name === "a" })),
        clusterQueues: queue({ resourceGroups: [{ flavors: [{ name: "all", cpus: { nominalQuota: 64 } }] }] }),
      },
      'clusterQueues.0.resourceGroups: found some beside "a", which is topology-aware: Kueue gives such a flavor only where it gives no other; give quota on cpus and memoryGiB in flavors, or set no topologyAware',
    ],
    [
      "reclaiming without a cohort",
      { clusterQueues: queue({ preemption: { reclaimWithinCohort: "Any" } }) },
      "clusterQueues.0.preemption.reclaimWithinCohort: found Any, but this ClusterQueue is in no cohort to reclaim from; name a cohort or leave it out",
    ],
    [
      "preempting to borrow without reclaiming",
      { clusterQueues: queue({ cohort: "c", preemption: { borrowWithinCohort: { policy: "LowerPriority" } } }) },
      "clusterQueues.0.preemption.borrowWithinCohort: found LowerPriority, but reclaimWithinCohort is Never; allowed: Never; set reclaimWithinCohort, or leave it out",
    ],
    [
      "a cohort whose parent is none",
      { cohorts: [{ name: "left", parent: "rout" }, { name: "root" }] },
      'cohorts.0.parent: found "rout", which is no cohort. Did you mean "root"? There is: left, root.',
    ],
    [
      "a flavor that a cohort lists twice",
      { cohorts: [{ name: "root", flavors: [quota("a", 2), { name: "a", cpus: { nominalQuota: 8 } }] }] },
      'cohorts.0.flavors.1.name: found "a" a second time in this cohort; merge the two quotas',
    ],
    [
      "a cohort's limit without a parent",
      { cohorts: [{ name: "root", flavors: [{ name: "a", borrowingLimit: 2 }] }] },
      "cohorts.0.flavors.0.borrowingLimit: found 2, but this cohort has no parent; name one or leave the limit out",
    ],
    [
      "strategies of fair sharing in an order that Kueue refuses",
      { fairSharing: { preemptionStrategies: ["LessThanInitialShare", "LessThanOrEqualToFinalShare"] } },
      "fairSharing.preemptionStrategies: found LessThanInitialShare, LessThanOrEqualToFinalShare; allowed: LessThanOrEqualToFinalShare, LessThanInitialShare, or both in this order",
    ],
    [
      "a weight without fair sharing",
      { clusterQueues: queue({ cohort: "c", fairSharing: { weight: 2 } }) },
      "clusterQueues.0.fairSharing.weight: found 2, but the scenario has no fairSharing; give it one or leave the weight out",
    ],
    [
      "a weight of a queue that shares with nobody",
      { fairSharing: {}, clusterQueues: queue({ fairSharing: { weight: 2 } }) },
      "clusterQueues.0.fairSharing.weight: found 2, but this ClusterQueue is in no cohort; name one or leave the weight out",
    ],
    [
      "a weight of a cohort without a parent",
      { fairSharing: {}, cohorts: [{ name: "root", fairSharing: { weight: 0 } }] },
      "cohorts.0.fairSharing.weight: found 0, but this cohort has no parent; name one or leave the weight out",
    ],
    [
      "preempting to borrow by priority where shares decide",
      {
        fairSharing: {},
        clusterQueues: queue({
          cohort: "c",
          preemption: { reclaimWithinCohort: "Any", borrowWithinCohort: { policy: "LowerPriority" } },
        }),
      },
      "clusterQueues.0.preemption.borrowWithinCohort: found LowerPriority, but with fairSharing shares decide who may be preempted to borrow; leave it out",
    ],
    [
      "a stop that ends before it starts",
      { clusterQueues: queue({ stops: [{ policy: "Hold", fromHour: 2, toHour: 1 }] }) },
      "clusterQueues.0.stops.0.toHour: found 1; allowed: more than fromHour, which is 2",
    ],
    [
      "fewest pods that are all of them",
      { workloadClasses: [{ name: "work", gang: [{ pods: 4, minPods: 4, gpusPerPod: 1 }] }] },
      "workloadClasses.0.gang.0.minPods: found 4; allowed: less than pods, which is 4",
    ],
    [
      "fewer plain Pods than are there",
      { workloadClasses: [{ name: "work", kind: "Pod", gang: [{ pods: 4, minPods: 2, gpusPerPod: 1 }] }] },
      "workloadClasses.0.gang.0.minPods: found 2, but only a Job's parallelism can be lowered; leave minPods out, or make it kind Job",
    ],
    [
      "a LocalQueue's stop that ends before it starts",
      {
        localQueues: [
          {
            name: "queue",
            namespace: "team",
            clusterQueue: "queue",
            stops: [{ policy: "Hold", fromHour: 2, toHour: 2 }],
          },
        ],
      },
      "localQueues.0.stops.0.toHour: found 2; allowed: more than fromHour, which is 2",
    ],
    [
      "an outage of a node that is not there",
      { outages: [{ nodegroup: "a", node: 1, kind: "fail", fromHour: 0 }] },
      'outages.0.node: found 1; allowed: 0 to 0, the nodes of "a"',
    ],
    [
      "a recovery timeout without waitForPodsReady",
      { podsReadyRecoveryMinutes: 5 },
      "podsReadyRecoveryMinutes: found 5, but waitForPodsReady is off; set podsReadyTimeoutMinutes too, or leave it out",
    ],
    [
      "a GPU that draws more at rest than at work",
      {
        gpuModels: { X: { product: "X", memoryMiB: 8192, tdpWatts: 100, idleWatts: 20, idleWithContextWatts: 120 } },
      },
      "gpuModels.X: found idleWatts 20, idleWithContextWatts 120 and tdpWatts 100; allowed: idleWatts <= idleWithContextWatts < tdpWatts",
    ],
    [
      "more GPUs than are simulated",
      { nodegroups: [{ nodes: 12_501 }] },
      "nodegroups: found 100,008 GPUs in all; allowed: at most 100,000; lower nodes or gpusPerNode",
    ],
    [
      "telemetry too short to be scraped twice",
      { days: 0.001, intervalSeconds: 3600 },
      "days: found 0.001, which is 1 min 26 s of telemetry for a scrape every 1 h; allowed: at least 2 scrape intervals; raise days or lower intervalSeconds",
    ],
    [
      "a start before there are timestamps",
      { start: "1969-12-31T23:59:59Z" },
      'start: found "1969-12-31T23:59:59Z"; allowed: 1970-01-01T00:00:00Z to 2100-01-01T00:00:00Z',
    ],
    [
      "a trouble that is said to be where nothing is",
      { injected: [{ cause: "quota", nodegroup: "bb" }] },
      'injected.0.nodegroup: found "bb", which is no nodegroup. There is: a.',
    ],
    [
      "a start in a far future",
      { start: "2100-01-01T00:00:01Z" },
      'start: found "2100-01-01T00:00:01Z"; allowed: 1970-01-01T00:00:00Z to 2100-01-01T00:00:00Z',
    ],
    [
      "a restart after the end",
      { kueueRestartHours: [0, 24, 24.1] },
      "kueueRestartHours.2: found 24.1; allowed: 0 to 24, since telemetry lasts 1 day; leave it out",
    ],
    [
      "a restart before the start",
      { kueueRestartHours: [-1] },
      "kueueRestartHours.0: found -1; allowed: 0 to 24, since telemetry lasts 1 day; leave it out",
    ],
    [
      "work of which most is longer than it may be",
      {
        workloadClasses: [
          { name: "work", duration: { kind: "lognormal", medianMinutes: 61, sigma: 1, maxMinutes: 60 } },
        ],
      },
      "workloadClasses.0.duration.medianMinutes: found 61, but most would be longer than maxMinutes, which is 60; lower medianMinutes or raise maxMinutes",
    ],
    [
      "more workloads than are simulated",
      {
        warmupDays: 1,
        workloadClasses: [
          { name: "work", arrivals: { kind: "poisson", perHour: 1_000 } },
          { name: "swarm", arrivals: { kind: "periodic", everyHours: 1e-6, offsetHours: 24 } },
        ],
      },
      'workloadClasses: found about 24,048,000 workloads in all, most of "swarm", over 1 day of warm-up and 1 day of telemetry; allowed: at most 1,000,000; let them arrive less often, or shorten days or warmupDays',
    ],
  ])("name the path, what was found and what to do: %s", (_, input, message) => {
    expect(found(input)).toEqual([message]);
  });

  test("tell of cohorts in a circle, each of them", () => {
    const cohorts = [
      { name: "x", parent: "y" },
      { name: "y", parent: "x" },
      { name: "z", parent: "y" },
    ];
    expect(found({ cohorts })).toEqual([
      "cohorts.0.parent: found a circle: x, y, x; give one of them no parent",
      "cohorts.1.parent: found a circle: y, x, y; give one of them no parent",
    ]);
  });

  test("do not arise from a gang that only fits over the nodegroups of one flavor together", () => {
    const region = { name: "a", nodeLabels: { "topology.kubernetes.io/region": "us-west-2" } };
    const large = { name: "work", gang: [{ pods: 2, gpusPerPod: 8 }] };
    expect(found({ nodegroups: [{}, {}], resourceFlavors: [region], workloadClasses: [large] })).toEqual([]);
    expect(found({ nodegroups: [{}, {}], workloadClasses: [large] })).toHaveLength(1);
  });

  test("do not arise from a GPU model of the scenario's own", () => {
    const gpuModels = { X: { product: "X", memoryMiB: 8192, tdpWatts: 100, idleWatts: 20, idleWithContextWatts: 20 } };
    expect(found({ gpuModels, nodegroups: [{ gpuModel: "X" }] })).toEqual([]);
  });

  test("are all told at once, as one error", () => {
    const input = smallInput({
      clusterQueues: queue({ flavors: [{ name: "a", nominalQuota: 8, borrowingLimit: 1 }] }),
      cordons: [{ nodegroup: "a", node: 5, fromHour: 0 }],
    });
    expect(() => parseScenario(input, "mine.yaml")).toThrow(
      /^scenario mine\.yaml is wrong in 2 places:\n {2}clusterQueues\[0\]\.flavors\[0\]\.borrowingLimit: .*\n {2}cordons\[0\]\.node: /,
    );
    expect(small().name).toBe("small");
  });
});
