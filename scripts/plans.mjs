// npm run plans: the capacity plan of every named scenario's dataset, simulated, into data/what-if/plans.json; with names
// of scenarios, only those are done anew. With --check [scenario] it does one again, a random one unless told, and holds
// it against what is committed.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { loadDist } from "./load-dist.mjs";

const { analyse } = await loadDist("analysis/analyse.js");
const { committedPlans: file, generate } = await loadDist("api.js");
const { simulatePlan } = await loadDist("cli/plan.js");
const { openDataset } = await loadDist("dataset/open.js");
const { makePlan } = await loadDist("plan/plan.js");
const { scenarios } = await loadDist("scenario/index.js");
const { loadScenario } = await loadDist("scenario/load.js");

const SEED = 42;
const SEEDS = Array.from({ length: 10 }, (_, i) => SEED + i);
const TARGET_SECONDS = 3600;

const known = scenarios.map(({ name }) => name);
function mustBeKnown(name) {
  if (known.includes(name)) return;
  console.error(`found ${name}; allowed: ${known.join(", ")}`);
  process.exit(2);
}

/** The dataset is made for this and gone afterwards: its digest is that of any that is made of the scenario. */
async function planOf(name) {
  const began = Date.now();
  const folder = await mkdtemp(join(tmpdir(), "evenkeel-plans-"));
  try {
    const out = join(folder, "dataset");
    const { digest } = await generate({ scenario: name, seed: SEED, out });
    const dataset = await openDataset(out);
    const plan = makePlan(await analyse(dataset), TARGET_SECONDS);
    dataset.close();
    const facts = { command: "npm run plans", dataset: digest, own: true, seeds: SEEDS };
    const simulated = await simulatePlan(plan, await loadScenario(name), facts);
    console.log(`${name}: ${Math.round((Date.now() - began) / 1000)} s`);
    return simulated;
  } finally {
    await rm(folder, { recursive: true });
  }
}

const committed = JSON.parse(await readFile(file, "utf8").catch(() => "[]"));
const [first, ...rest] = process.argv.slice(2);
if (first === "--check") {
  const name = rest[0] ?? known[Math.floor(Math.random() * known.length)];
  mustBeKnown(name);
  const expected = committed.find(({ scenario }) => scenario === name);
  const found = await planOf(name);
  if (!isDeepStrictEqual(found, expected)) {
    console.error(
      `data/what-if/plans.json is not what ${name} comes to: found ${JSON.stringify(found)}, committed is ${JSON.stringify(expected)}. Write it again: npm run plans`,
    );
    process.exit(1);
  }
  console.log(`${name} comes to what is committed in data/what-if/plans.json`);
} else {
  const names = first === undefined ? known : [first, ...rest];
  names.forEach(mustBeKnown);
  const plans = new Map(committed.map((plan) => [plan.scenario, plan]));
  for (const name of names) {
    plans.set(name, await planOf(name));
    // After each, so that what is done when it is stopped is of use.
    const rows = known.flatMap((one) => plans.get(one) ?? []).map((plan) => ` ${JSON.stringify(plan)}`);
    await writeFile(file, `[\n${rows.join(",\n")}\n]\n`);
  }
}
