import { serveJobs } from "./apart.js";
import { prepare } from "./prepare.js";

/** A process that makes datasets ready, each as its parent says. */
serveJobs(prepare);
