import { type FaultEffect, type FaultJob, faultEffects } from "../score/fault-effects.js";
import { measureWorld, type World, type WorldJob } from "../score/world.js";
import { serveJobs } from "./apart.js";

/** A process that measures worlds, and what faults do to them, each as its parent says. */
serveJobs(
  (job: WorldJob | FaultJob): Promise<World | FaultEffect[]> =>
    "faults" in job ? faultEffects(job) : measureWorld(job),
);
