import { EvenkeelError } from "../errors.js";
import type { Fault } from "./fault.js";

export const flavorOverTwoNodegroups: Fault = {
  name: "flavor-over-two-nodegroups",
  shows: ["F29"],
  field:
    "Two ResourceFlavors select overlapping nodes. Kueue counts the quota of each as if it had them alone, and admits more than fits.",
  fails: ["flavors"],
  notes: [],
  spoils: ["gpus_quota", "gpus_pending_lower", "imbalance"],
  join: "refuses",
  how: "A flavor that stands for several nodegroups gives bounds; where flavors overlap even these count GPUs twice.",
  nodegroup: true,
  hours: "all",
  change({ contract, nodegroup }) {
    const flavors = Object.entries(contract.flavors);
    const [flavor] = flavors.find(([, behind]) => behind.includes(nodegroup)) ?? [];
    const [, others] = flavors.find(([, behind]) => behind.length > 0 && !behind.includes(nodegroup)) ?? [];
    if (flavor === undefined || others === undefined)
      throw new EvenkeelError(
        `found ${flavors.length} flavors in contract.yaml; allowed: at least two, which stand for different nodegroups`,
      );
    return [
      {
        contract: {
          ...contract,
          flavors: { ...contract.flavors, [flavor]: [...contract.flavors[flavor]!, ...others] },
        },
      },
    ];
  },
};
