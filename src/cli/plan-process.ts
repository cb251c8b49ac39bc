import { type ProposalsJob, type ProposalsTried, tryProposals } from "../whatif/plan-trial.js";
import { serveJobs } from "./apart.js";

/** A process that tries what a plan proposes, with the seed that its parent says. */
serveJobs(async (job: ProposalsJob): Promise<ProposalsTried> => tryProposals(job));
