// npm run twins: what becomes of every named scenario, and of random worlds, when a twin is fitted to its dataset, into
// data/what-if/twins.json; with --check [scenario] it does one again, a random one unless told, and holds it against
// what is committed.
import { readFile, writeFile } from "node:fs/promises";
import { isDeepStrictEqual } from "node:util";
import { loadDist } from "./load-dist.mjs";

const { simulateApart } = await loadDist("cli/simulate-all.js");
const { loadScenario } = await loadDist("scenario/load.js");
const { scenarios } = await loadDist("scenario/index.js");
const { roundTrip } = await loadDist("twin/round-trip.js");

const file = new URL("../data/what-if/twins.json", import.meta.url);
/** Random worlds beside the named scenarios; none of them was looked at while the fit was written. */
const RANDOM = Array.from({ length: 8 }, (_, i) => `random-${2001 + i}`);
const names = [...scenarios.map(({ name }) => name), ...RANDOM];

async function rowOf(name) {
  const began = Date.now();
  const row = await roundTrip(await loadScenario(name), simulateApart());
  const agree = row.queues.filter(({ agrees }) => agrees).length;
  console.log(
    `${name}: ${agree} of ${row.queues.length} queues agree; best ${row.best.original}, of the twin ${row.best.twin}; ${Math.round((Date.now() - began) / 1000)} s`,
  );
  return row;
}

if (process.argv[2] === "--check") {
  const committed = JSON.parse(await readFile(file, "utf8"));
  const name = process.argv[3] ?? names[Math.floor(Math.random() * names.length)];
  if (!names.includes(name)) {
    console.error(`--check: found ${name}; allowed: ${names.join(", ")}`);
    process.exit(2);
  }
  const expected = committed.find((row) => row.scenario === name);
  const found = await rowOf(name);
  if (!isDeepStrictEqual(found, expected)) {
    console.error(
      `data/what-if/twins.json is not what ${name} comes to: found ${JSON.stringify(found)}, committed is ${JSON.stringify(expected)}. Write it again: npm run twins`,
    );
    process.exit(1);
  }
  console.log(`${name} comes to what is committed in data/what-if/twins.json`);
} else {
  const rows = [];
  for (const name of names) rows.push(await rowOf(name));
  await writeFile(file, `${JSON.stringify(rows, null, 1)}\n`);
}
