// npm run advice: what evenkeel advise says of every named scenario, into data/what-if/advice.json; with --check [scenario] it
// does one again, a random one unless told, and holds it against what is committed.
import { readFile, writeFile } from "node:fs/promises";
import { isDeepStrictEqual } from "node:util";
import { loadDist } from "./load-dist.mjs";

const { simulateApart } = await loadDist("cli/simulate-all.js");
const { loadScenario } = await loadDist("scenario/load.js");
const { scenarios } = await loadDist("scenario/index.js");
const { ADVICE, adviceRowOf } = await loadDist("whatif/advice-rows.js");
const { advise } = await loadDist("whatif/advise.js");

const file = new URL("../data/what-if/advice.json", import.meta.url);

async function rowOf(scenario) {
  const began = Date.now();
  const simulateAll = simulateApart();
  const advice = await advise({ ...ADVICE, scenario: await loadScenario(scenario), simulateAll });
  console.log(`${scenario.name}: ${advice.simulations} simulations, ${Math.round((Date.now() - began) / 1000)} s`);
  return adviceRowOf(scenario, advice);
}

if (process.argv[2] === "--check") {
  const committed = JSON.parse(await readFile(file, "utf8"));
  const name = process.argv[3] ?? scenarios[Math.floor(Math.random() * scenarios.length)].name;
  const scenario = scenarios.find((one) => one.name === name);
  if (!scenario) {
    console.error(`--check: found ${name}; allowed: ${scenarios.map((one) => one.name).join(", ")}`);
    process.exit(2);
  }
  const expected = committed.find((row) => row.scenario === name);
  const found = await rowOf(scenario);
  if (!isDeepStrictEqual(found, expected)) {
    console.error(
      `data/what-if/advice.json is not what ${name} comes to: found ${JSON.stringify(found)}, committed is ${JSON.stringify(expected)}. Write it again: npm run advice`,
    );
    process.exit(1);
  }
  console.log(`${name} comes to what is committed in data/what-if/advice.json`);
} else {
  const rows = [];
  for (const scenario of scenarios) rows.push(await rowOf(scenario));
  await writeFile(file, `${JSON.stringify(rows, null, 1)}\n`);
}
