import { type Outcome, simulateOutcome } from "../whatif/outcome.js";
import type { SimulationJob } from "../whatif/whatif.js";
import { serveJobs } from "./apart.js";

/** A process that simulates scenarios, each as its parent says. */
serveJobs(async ({ scenario, seed }: SimulationJob): Promise<Outcome> => simulateOutcome(scenario, seed));
