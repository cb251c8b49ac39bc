import { balanced } from "./balanced.js";
import { demandConstrained } from "./demand-constrained.js";
import { fragmentation } from "./fragmentation.js";
import { ioBottleneck } from "./io-bottleneck.js";
import type { ScenarioInput } from "./schema.js";

/** The scenarios that go by name, in the order in which a newcomer meets them. */
export const scenarios: readonly ScenarioInput[] = [balanced, demandConstrained, fragmentation, ioBottleneck];
