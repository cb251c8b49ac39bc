import { measureWorld } from "../score/world.js";
import { serveJobs } from "./apart.js";

/** A process that measures worlds, each as its parent says. */
serveJobs(measureWorld);
