import { type FaultEffect, type FaultJob, faultEffects } from "../score/fault-effects.js";
import { measurePromises, type PromiseJob, type Promises } from "../score/promises.js";
import { measureWorld, type World, type WorldJob } from "../score/world.js";
import { serveJobs } from "./apart.js";

/** A process that measures worlds, what faults do to them and what plans for them promise, each as its parent says. */
serveJobs((job: WorldJob | FaultJob | PromiseJob): Promise<World | FaultEffect[] | Promises> => {
  if ("promises" in job) return measurePromises(job);
  return "faults" in job ? faultEffects(job) : measureWorld(job);
});
