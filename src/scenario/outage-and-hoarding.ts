import { idleHoarding } from "./idle-hoarding.js";
import { nodeOutage } from "./node-outage.js";
import type { ScenarioInput } from "./schema.js";

const research = idleHoarding.workloadClasses.filter((one) => one.localQueue.startsWith("research/"));

/**
 * Two troubles in one week: the nodes of node-outage, which are away from a100-training for days, and the sessions of
 * idle-hoarding, which hold a third of a100-research.
 *
 * A right analysis tells them apart: a100-training waits for what is out of service, a100-research has idle GPUs in the
 * hands of Research, and neither asks for nodes to be bought.
 */
export const outageAndHoarding = {
  ...nodeOutage,
  name: "outage-and-hoarding",
  description: "Two nodes of a100-training are away for days, and sessions that do nothing hold a100-research",
  injected: [...nodeOutage.injected, ...idleHoarding.injected],
  workloadClasses: [
    ...nodeOutage.workloadClasses.filter((one) => !one.localQueue.startsWith("research/")),
    ...research,
  ],
} satisfies ScenarioInput;
