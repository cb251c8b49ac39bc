import { EvenkeelError } from "../errors.js";
import type { Scenario } from "../scenario/schema.js";
import { domainsOf } from "../scenario/topology.js";
import type { FreeRoom, GangRequest } from "./free-room.js";
import type { SimulatedNode, StandalonePod } from "./history.js";

export function listNodes(scenario: Scenario): SimulatedNode[] {
  return scenario.nodegroups.flatMap((nodegroup, g) =>
    Array.from({ length: nodegroup.nodes }, (_, i) => ({
      name: `ip-10-${g}-${Math.floor(i / 250)}-${10 + (i % 250)}.${nodegroup.region}.compute.internal`,
      nodegroup: nodegroup.name,
      gpus: nodegroup.gpusPerNode,
      cpus: nodegroup.cpusPerNode,
      memoryGiB: nodegroup.memoryGiBPerNode,
      ...(nodegroup.topology === undefined ? {} : { domains: domainsOf(nodegroup, i) }),
    })),
  );
}

export function placeStandalone(scenario: Scenario, nodes: readonly SimulatedNode[], free: FreeRoom): StandalonePod[] {
  return scenario.standalone.flatMap((owner) => {
    const among = Int32Array.from(nodes.flatMap((node, i) => (node.nodegroup === owner.nodegroup ? [i] : [])));
    return Array.from({ length: owner.pods }, (_, index): StandalonePod => {
      const pod: GangRequest = { pods: 1, gpusPerPod: owner.gpusPerPod, cpusPerPod: 0, memoryGiBPerPod: 0 };
      const placed = free.place(pod, among, "pack");
      if (!placed)
        throw new EvenkeelError(
          `standalone "${owner.name}": nodegroup "${owner.nodegroup}" has no room for its pod ${index + 1} of ${owner.pods} beside the other standalone pods; lower pods or gpusPerPod`,
        );
      return { owner: owner.name, index, gpus: owner.gpusPerPod, node: placed[0]! };
    });
  });
}
