import { balanced } from "./balanced.js";
import { burstyTenant } from "./bursty-tenant.js";
import { demandConstrained } from "./demand-constrained.js";
import { fragmentation } from "./fragmentation.js";
import { gangStarvation } from "./gang-starvation.js";
import { halfPlacedGangs } from "./half-placed-gangs.js";
import { headOfLine } from "./head-of-line.js";
import { idleHoarding } from "./idle-hoarding.js";
import { ioBottleneck } from "./io-bottleneck.js";
import { nodeOutage } from "./node-outage.js";
import { outageAndHoarding } from "./outage-and-hoarding.js";
import { outsideKueue } from "./outside-kueue.js";
import { preemptionChurn } from "./preemption-churn.js";
import { quotaAndCapacity } from "./quota-and-capacity.js";
import { quotaStranded } from "./quota-stranded.js";
import { racksFragmented } from "./racks-fragmented.js";
import { randomWorld } from "./random-world.js";
import type { ScenarioInput } from "./schema.js";
import { stuckJobs } from "./stuck-jobs.js";
import { wrongFlavor } from "./wrong-flavor.js";

/** The scenarios that npm start prepares and the notebooks open, in the order in which a newcomer meets them. */
export const defaultScenarios: readonly ScenarioInput[] = [balanced, demandConstrained, fragmentation, ioBottleneck];

/** All scenarios that go by name: the default ones, then one a cause, then mixtures. */
export const scenarios: readonly ScenarioInput[] = [
  ...defaultScenarios,
  quotaStranded,
  headOfLine,
  wrongFlavor,
  nodeOutage,
  idleHoarding,
  stuckJobs,
  burstyTenant,
  gangStarvation,
  outsideKueue,
  preemptionChurn,
  halfPlacedGangs,
  racksFragmented,
  quotaAndCapacity,
  outageAndHoarding,
];

/** The scenario of a name: one of the list, or "random-17", which is the random world 17; undefined for any other name. */
export function scenarioByName(name: string): ScenarioInput | undefined {
  const drawn = /^random-(0|[1-9]\d{0,14})$/.exec(name);
  return drawn ? randomWorld(Number(drawn[1])) : scenarios.find((scenario) => scenario.name === name);
}
