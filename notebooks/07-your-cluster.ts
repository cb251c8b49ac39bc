// %% [markdown] question
// # Your cluster: from a server's address to findings
//
// The other notebooks read simulated telemetry. This one goes the way that you would go: it asks a Prometheus what it
// has, drafts the contract, pulls raw samples, and reads them with the same analysis. Change three lines, and it reads
// your cluster.
//
// As committed it was run against a real Prometheus, into which the telemetry of a simulated cluster had been loaded.
// It needs a server, and so is not among the notebooks that run by themselves.

// %% address
import {
  actionSheet,
  analyse,
  askServer,
  budgetSentence,
  checksSheet,
  droppedSheet,
  exportersSheet,
  fiveQuestions,
  headline,
  makePlan,
  markdown,
  needsSheet,
  nodegroupsSheet,
  open,
  pullDataset,
  questionsSheet,
  reproSteps,
  sanityChecks,
  show,
  whatWaited,
  whereGpuHoursWent,
} from "evenkeel";

const server = { url: process.env["EVENKEEL_PROMETHEUS_URL"] ?? "http://127.0.0.1:9090" };
const [start, end] = ["2026-01-05T00:00:00Z", "2026-01-06T00:00:00Z"];
const out = process.env["EVENKEEL_PULL_TO"] ?? "data/your-cluster";

// %% [markdown] doctor
// ## What does the server have?
//
// Some small questions, and nothing is pulled. Who exports what:

// %% exporters
const asked = await askServer({ ...server, at: "2026-01-05T23:59:59Z", cluster: "your-cluster" });
show(exportersSheet(asked.report), { caption: "Exporters, their targets and dialects" });

// %% [markdown] needs
// What the analysis reads, and for what is missing the setting that would add it:

// %% needs-sheet
show(needsSheet(asked.report), { caption: "What is read, and what cannot be said without it" });

// %% [markdown] questions
// How well each question can be answered with that. *Bounded* is as good as telemetry gets for some: no series carries
// the shapes of queued work, nor what a checkpoint saved.

// %% questions-sheet
show(questionsSheet(asked.report), { caption: "The five questions, and how well this server can answer them" });

// %% [markdown] contract
// ## What does no series say?
//
// The contract is drafted from what is there: nodegroups by their nodes' labels, flavors by where their queues' pods run.
// The draft says what it assumed. Its owner corrects it, here in code, or in a file that `--contract` names.

// %% assumed
markdown(asked.draft.assumed.map((text) => `- ${text}`).join("\n"));

// %% corrected
const usdPerGpuHour: Record<string, number> = { "h100-training": 4.5, "a100-research": 3.5, "l40s-inference": 1.86 };
const ableNodegroups: Record<string, string[]> = {
  training: ["h100-training"],
  research: ["a100-research", "h100-training"],
  evaluation: ["a100-research", "h100-training"],
  inference: ["l40s-inference", "a100-research", "h100-training"],
};
const { contract: draft } = asked.draft;
const contract = {
  ...draft,
  nodegroups: draft.nodegroups.map((one) => ({ ...one, usdPerGpuHour: usdPerGpuHour[one.name] ?? 0 })),
  clusterQueues: draft.clusterQueues.map((queue) => ({
    ...queue,
    ableNodegroups: ableNodegroups[queue.name],
    ...(queue.name === "inference" ? { queueingStrategy: "StrictFIFO" as const } : {}),
  })),
  localQueues: draft.localQueues.map((queue) => ({ ...queue, interactive: queue.name === "notebooks" })),
};

// %% [markdown] pull
// ## Pull
//
// Raw samples at their own timestamps. A pull that is stopped goes on where it was.

// %% pulled
await pullDataset({ ...server, start, end, out, contract, replace: true });
const dataset = await open({ path: out });
const analysis = await analyse(dataset);
const plan = makePlan(analysis, 3600);
show(nodegroupsSheet(analysis), { caption: "The inventory, as the contract has it now" });

// %% [markdown] checks
// Before any number is believed: what the checks say, and what the join had to leave out.

// %% checks-sheet
show(await checksSheet(analysis), { caption: "Checks of what was pulled" });
show(droppedSheet(analysis), { caption: "What the join left out" });

// %% [markdown] findings
// ## What was found
//
// A day is enough to say what waited, and for what. How many nodes would meet a wait target takes three days at least.

// %% found
markdown(headline(analysis));
show(whereGpuHoursWent(analysis));

// %% waited
show(whatWaited(analysis));

// %% five-questions
markdown(fiveQuestions(analysis, plan));

// %% budget
markdown(budgetSentence(analysis, plan));
show(actionSheet(plan), { caption: "Actions, free ones first" });

// %% [markdown] sanity-title
// ## Sanity checks

// %% sanity-checks
show(await sanityChecks(analysis), { caption: "Checks of the dataset, and of what was made of it" });

// %% [markdown] repro-title
// ## Repro steps

// %% repro-steps
markdown(reproSteps(analysis, "07-your-cluster"));
