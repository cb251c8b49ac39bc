import { balanced } from "./balanced.js";
import { demandConstrained } from "./demand-constrained.js";
import { fragmentation } from "./fragmentation.js";
import { ioBottleneck } from "./io-bottleneck.js";
import type { ScenarioInput } from "./schema.js";

/** The scenarios that npm start prepares and the notebooks open, in the order in which a newcomer meets them. */
export const defaultScenarios: readonly ScenarioInput[] = [balanced, demandConstrained, fragmentation, ioBottleneck];

/** All scenarios that go by name: the default ones first. */
export const scenarios: readonly ScenarioInput[] = defaultScenarios;
