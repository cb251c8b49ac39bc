import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { EvenkeelError } from "../errors.js";
import { list } from "../units/format.js";
import { version } from "../version.js";
import { exitOnSignals, isEnding } from "./interrupt.js";
import { moment, withServer } from "./server-options.js";

const program = new Command("evenkeel")
  .description("Where, when and why demand for GPUs is out of step with the capacity you pay for, per nodegroup")
  .version(version)
  .showHelpAfterError("(run with --help for what there is)")
  .showSuggestionAfterError()
  .exitOverride();

// Required options are checked by `required`, not by commander, which would hide that another option is misspelt.
const scenario = () => new Option("--scenario <name or file>", "a scenario's name, or a JSON or YAML file; required");
const seed = () =>
  new Option("--seed <n>", "whole number; the same seed gives the same data").argParser(wholeNumber).default(42);

program
  .command("start")
  .description("generate the default scenarios, check them, run every notebook, write the report")
  .action(async () => (await import("./start.js")).start());

program
  .command("scenarios")
  .description("list the scenarios that go by name")
  .option("--show <name>", "print one as YAML, to copy and change")
  .action(async (options) => (await import("./scenarios.js")).listScenarios(options));

program
  .command("generate")
  .description("simulate a scenario and write what Prometheus would have scraped")
  .addOption(scenario())
  .addOption(seed())
  .option("--out <folder>", "folder to write, with nothing in it yet; required", path)
  .option("--days <n>", "length of the telemetry in days", positiveNumber)
  .option("--interval <duration>", "scrape interval, for instance 60s or 2m", seconds)
  .option("--replace", "replace a dataset that is already there, once the new one is whole")
  .option("--threads <n>", "threads for writing; the files do not depend on it", wholeNumber)
  .action(async (options) => {
    required(options, "scenario", "a scenario by its name (npx evenkeel scenarios lists them) or a JSON or YAML file");
    required(options, "out", "the folder to write");
    await (await import("./generate.js")).generateCommand(options);
  });

program
  .command("break")
  .description("write a copy of a dataset in which telemetry goes wrong as it does in the field")
  .argument("[folder]", "dataset folder, which stays as it is", path)
  .option("--fault <name>", "what goes wrong; may be given several times, and is applied in this order", gather)
  .option("--out <folder>", "folder to write, with nothing in it yet; required", path)
  .option("--replace", "replace a dataset that is already there, once the new one is whole")
  .option("--list", "list the faults, and what is done about each")
  .action(async (folder, options) => {
    const { breakCommand, listFaults } = await import("./break.js");
    if (options.list) return listFaults();
    if (folder === undefined) throw new EvenkeelError("break: found no folder; name a dataset's");
    required(options, "fault", "a fault; npx evenkeel break --list lists them");
    required(options, "out", "the folder to write");
    await breakCommand(folder, options);
  });

program
  .command("simulate")
  .description("simulate a scenario and write what the simulator knows, without telemetry, and a summary")
  .addOption(scenario())
  .addOption(seed())
  .option("--out <folder>", "folder to write, with nothing in it yet; required", path)
  .option("--days <n>", "length in days, after the warm-up", positiveNumber)
  .option("--replace", "replace a simulation that is already there, once the new one is whole")
  .action(async (options) => {
    required(options, "scenario", "a scenario by its name (npx evenkeel scenarios lists them) or a JSON or YAML file");
    required(options, "out", "the folder to write");
    await (await import("./simulate.js")).simulateCommand(options);
  });

program
  .command("whatif")
  .description("try actions on a scenario before paying for them: the same arrivals and failures, one thing changed")
  .addOption(scenario())
  .option(
    "--action <action>",
    'what to try, such as "add-nodes h100-training 2"; may be given several times: each is tried alone, and all together; "A + B" tries two only together',
    gather,
  )
  .option("--pairs", "also each two together")
  .addOption(seed())
  .option("--seeds <n>", "so many seeds, from --seed on", positiveCount, 10)
  .option("--days <n>", "days that are looked at in each simulation", positiveNumber)
  .option("--json <file>", "write all rows and every simulation's outcome as JSON", path)
  .option("--csv <file>", "write all rows as CSV", path)
  .option("--finished <folder>", "where finished simulations are kept; data/finished unless told", path)
  .option("--notebook <file>", "write what notebook 08-what-if shows of it", path)
  .option("--check <file>", "do what a file of --notebook tells of --seed again, and compare", path)
  .option("--list", "list the actions, and how each is written")
  .action(async (options, command: Command) => {
    const { listActions, whatIfCommand } = await import("./whatif.js");
    if (options.list) return listActions();
    required(options, "scenario", "a scenario by its name (npx evenkeel scenarios lists them) or a JSON or YAML file");
    if (options.check !== undefined)
      refuseBeside(command, "check", ["action", "pairs", "seeds", "days", "json", "csv", "notebook"], "file");
    else required(options, "action", 'what to try, such as "add-nodes h100-training 2"; --list lists the actions');
    await whatIfCommand(options);
  });

program
  .command("advise")
  .description("search for what to do about a scenario: actions and pairs of them, free ones first, within a budget")
  .addOption(scenario())
  .option(
    "--budget <amount>",
    "US dollars that may be spent, such as 20000/month; required unless --free-only",
    usdPerMonth,
  )
  .option("--free-only", "only what costs nothing")
  .option("--pairs", "also two together of what helps alone")
  .addOption(seed())
  .option("--seeds <n>", "so many seeds at most, from --seed on: more for what is close", positiveCount, 12)
  .option("--days <n>", "days that are looked at in each simulation", positiveNumber)
  .option("--json <file>", "write all that was found as JSON", path)
  .option("--finished <folder>", "where finished simulations are kept; data/finished unless told", path)
  .action(async (options, command: Command) => {
    required(options, "scenario", "a scenario by its name (npx evenkeel scenarios lists them) or a JSON or YAML file");
    if (options.freeOnly) {
      if (options.budget !== undefined)
        throw new EvenkeelError(
          `--free-only: found --budget ${command.getOptionValue("budget")} beside it; leave one of them out`,
        );
    } else required(options, "budget", "what may be spent, such as 20000/month, or give --free-only");
    await (await import("./advise.js")).adviseCommand({ ...options, budget: options.budget ?? 0 });
  });

program
  .command("twin")
  .description(
    "fit a scenario to a dataset, generated or pulled, on which whatif and advise then run; say how well it matches",
  )
  .argument("<folder>", "dataset folder", path)
  .option("--out <file>", "YAML file to write the scenario to; required", path)
  .addOption(seed())
  .option("--seeds <n>", "so many seeds of its telemetry are held against the dataset; 0 for none", wholeNumber, 3)
  .option("--csv <file>", "write what was compared as CSV", path)
  .action(async (folder, options) => {
    required(options, "out", "the YAML file to write");
    await (await import("./twin.js")).twinCommand(folder, options);
  });

program
  .command("plan")
  .description(
    "make the capacity plan of a dataset and simulate it: does it keep what it promises, what would its actions do",
  )
  .argument("<folder>", "dataset folder; what is found goes into it as simulated-plan.json", path)
  .option("--target <duration>", "target for the p95 of the wait from creation to nodes", seconds, 3600)
  .option(
    "--scenario <file>",
    "what to simulate instead of the scenario that the dataset was made from, such as a twin",
  )
  .option("--seeds <n>", "so many seeds, from the dataset's own on", positiveCount, 10)
  .action(async (folder, options) => (await import("./plan.js")).planCommand(folder, options));

program
  .command("verify")
  .description("hold a dataset against its manifest and every sanity check; exit code 1 if one fails")
  .argument("<folder>", "dataset folder", path)
  .action(async (folder) => (await import("./verify.js")).verifyCommand(folder));

program
  .command("notebooks")
  .description("run notebooks on another world and write executed copies")
  .argument("[names...]", "notebooks, for instance 03-imbalance; all unless told")
  .option("--scenario <name or file>", "a scenario's name, or a JSON or YAML file", "balanced")
  .addOption(seed())
  .option("--data <folder>", "a dataset that is already there, instead of a scenario and seed", path)
  .option("--days <n>", "length of the telemetry in days", positiveNumber)
  .option("--what-if <file>", "what whatif --notebook wrote, for 08-what-if", path)
  .option("--out <folder>", "folder for the executed notebooks; required", path)
  .option("--replace", "replace notebooks that are already there, once the new ones are whole")
  .action(async (names, options, command: Command) => {
    required(options, "out", "the folder for the executed notebooks");
    if (options.data !== undefined) refuseBeside(command, "data", ["scenario", "seed", "days"], "dataset");
    await (await import("./notebooks.js")).notebooksCommand(names, options);
  });

withServer(
  program
    .command("pull")
    .description("pull raw samples from a Prometheus, or whatever serves its query API, into a dataset"),
  seconds,
)
  .option("--start <time>", "first moment, UTC: 2026-10-01 or 2026-10-01T06:00:00Z; required", moment)
  .option("--end <time>", "moment that it ends before; required", moment)
  .option("--out <folder>", "folder to write, with nothing in it yet; required", path)
  .option("--step <duration>", "keep no more than one scrape of a target in each step", seconds)
  .option("--replace", "replace a dataset that is already there, once the new one is whole")
  .action(async (options) => {
    required(options, "url", "the server's address, such as http://prometheus:9090");
    required(options, "start", "the first moment, such as 2026-10-01");
    required(options, "end", "the moment that it ends before, such as 2026-10-08");
    required(options, "out", "the folder to write");
    await (await import("./pull.js")).pullCommand(options);
  });

withServer(
  program
    .command("doctor")
    .description("ask a server what it shows of the cluster, what is missing, and what could be said with it"),
  seconds,
)
  .option("--at <time>", "moment to look at, UTC; now unless told", moment)
  .option("--draft <file>", "write a contract.yaml to complete, drafted from what the server shows", path)
  .action(async (options) => {
    required(options, "url", "the server's address, such as http://prometheus:9090");
    await (await import("./doctor.js")).doctorCommand(options);
  });

program
  .command("export")
  .description("write a dataset in another form")
  .command("openmetrics")
  .description("as text that promtool tsdb create-blocks-from openmetrics loads into a Prometheus")
  .argument("<folder>", "dataset folder", path)
  .option("--out <file>", "file to write; required", path)
  .action(async (folder, options) => {
    required(options, "out", "the file to write");
    await (await import("./export.js")).exportCommand(folder, options);
  });

program
  .command("report")
  .description("write report/index.html from the datasets in data/, or open it")
  .option("--open", "open it in a browser")
  .action(async (options) => (await import("./report.js")).reportCommand(options));

program
  .command("score")
  .description("hold every metric and the diagnosis against the simulator's truth, over scenarios and seeds")
  .option("--metric <names...>", "metrics; all unless told")
  .option("--scenario <names...>", "named scenarios; all unless told")
  .option("--seeds <n>", "so many seeds, from 1 on", positiveCount, 10)
  .option("--days <n>", "days that are looked at in each world", positiveNumber, 1)
  .option("--random <n>", "random worlds a seed", wholeNumber, 6)
  .option("--no-faults", "leave out the faults of the telemetry, which are tried on one seed of one scenario")
  .option("--no-plans", "leave out the capacity plans, of which each seed tries those of every sixth scenario")
  .option("--out <folder>", "folder for the tables of the board", path)
  .option("--replace", "replace a board that is already there, once the new one is whole")
  .option(
    "--check [seed]",
    "do one seed of the committed board again, a random one unless told, and compare",
    wholeNumber,
  )
  .action(async (options, command: Command) => {
    if (options.check !== undefined)
      refuseBeside(
        command,
        "check",
        ["metric", "scenario", "seeds", "days", "random", "faults", "plans", "out"],
        "board",
      );
    await (await import("./score.js")).scoreCommand(options);
  });

program
  .command("rfc")
  .description("write into an RFC what its metric changes, measured over scenarios and seeds")
  .argument("<number>", "number of the RFC, for instance 0001")
  .option("--metric <name>", "the metric, where the RFC has several")
  .option("--before <name>", "the metric that it is held against; itself as committed, or the default, unless told")
  .option("--board <folder>", "a board with the metric, made by evenkeel score; scored now unless told", path)
  .option("--seeds <n>", "so many of the committed board's seeds, from the first on", positiveCount)
  .action(async (number, options) => (await import("./rfc.js")).rfcCommand(number, options));

program
  .command("rules")
  .description("write recording rules and alerts for a Prometheus: the metrics, as far as PromQL can express them")
  .option("--contract <file>", "the cluster's contract.yaml; required", path)
  .option("--out <file>", "file to write, as Prometheus loads it; required", path)
  .option("--data <folder>", "a short dataset of this cluster, to test the rules on", path)
  .option("--test <file>", "the test to write of it, as promtool reads it", path)
  .action(async (options) => {
    required(options, "contract", "the contract.yaml of a cluster or a dataset");
    required(options, "out", "the file to write");
    if (options.test !== undefined) required(options, "data", "a short dataset, which the test is made of");
    if (options.data !== undefined) required(options, "test", "the file of the test to write");
    await (await import("./rules.js")).rulesCommand(options);
  });

program
  .command("dashboard")
  .description("write a Grafana dashboard over what the rules record")
  .option("--contract <file>", "the cluster's contract.yaml; required", path)
  .option("--out <file>", "JSON file to write; required", path)
  .action(async (options) => {
    required(options, "contract", "the contract.yaml of a cluster or a dataset");
    required(options, "out", "the file to write");
    await (await import("./dashboard.js")).dashboardCommand(options);
  });

function required(options: Readonly<Record<string, unknown>>, name: string, what: string): void {
  if (options[name] === undefined) throw new EvenkeelError(`--${name}: found nothing; name ${what}`);
}

/** What is already made says itself what it is of: options that would make another cannot go with it. */
function refuseBeside(
  command: Command,
  option: string,
  others: readonly string[],
  made: "dataset" | "board" | "file",
): void {
  const given = others.filter((name) => command.getOptionValueSource(name) === "cli").map((name) => `--${name}`);
  if (given.length > 0)
    throw new EvenkeelError(
      `--${option} ${command.getOptionValue(option)}: found ${list(given)} beside it, which would make another ${made}; leave out --${option} or ${list(given)}`,
    );
}

/** All that an option was given. */
function gather(name: string, before: readonly string[] = []): string[] {
  return [...before, name];
}

/** An empty path would be the current folder. */
function path(text: string): string {
  if (text.trim() === "")
    throw new InvalidArgumentError(`Found "${text}"; allowed: a path, such as "." for this folder.`);
  return text;
}

function wholeNumber(text: string): number {
  if (!/^\d+$/.test(text) || !Number.isSafeInteger(Number(text)))
    throw new InvalidArgumentError(`Found "${text}"; allowed: a whole number from 0 to ${Number.MAX_SAFE_INTEGER}.`);
  return Number(text);
}

function positiveCount(text: string): number {
  const value = wholeNumber(text);
  if (value === 0) throw new InvalidArgumentError(`Found "${text}"; allowed: a whole number from 1 on.`);
  return value;
}

function positiveNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value) || value <= 0)
    throw new InvalidArgumentError(`Found "${text}"; allowed: a number above 0.`);
  return value;
}

function usdPerMonth(text: string): number {
  const value = /^\$?(\d[\d,]*(?:\.\d+)?)(?:\/month)?$/.exec(text)?.[1];
  const amount = Number(value?.replaceAll(",", ""));
  if (value === undefined || !Number.isFinite(amount) || amount <= 0)
    throw new InvalidArgumentError(
      `Found "${text}"; allowed: dollars above 0, such as 20000/month; --free-only for none.`,
    );
  return amount;
}

function seconds(text: string): number {
  const found = /^(\d+(?:\.\d+)?)(s|m|h)?$/.exec(text);
  const value = found && Number(found[1]) * { s: 1, m: 60, h: 3600 }[(found[2] ?? "s") as "s" | "m" | "h"];
  if (!found || !Number.isInteger(value) || value === 0)
    throw new InvalidArgumentError(`Found "${text}"; allowed: whole seconds, such as 60s, 2m or 1h.`);
  return value!;
}

exitOnSignals();
try {
  await program.parseAsync();
} catch (error) {
  if (!isEnding()) process.exitCode = report(error);
}

/** Says what went wrong on stderr and returns the exit code that it means. */
function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
  if (error instanceof EvenkeelError) {
    console.error(error.message);
    return error.exitCode;
  }
  console.error(error);
  return 70;
}
