// npm run twins: what becomes of every named scenario, and of random worlds, when a twin is fitted to its dataset, into
// data/what-if/twins.json; with names of worlds, only those are done anew. With --check [world] it does one again, a
// random one unless told, and holds it against what is committed.
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

const committed = JSON.parse(await readFile(file, "utf8").catch(() => "[]"));
const [first, ...rest] = process.argv.slice(2);
function mustBeKnown(name) {
  if (names.includes(name)) return;
  console.error(`found ${name}; allowed: ${names.join(", ")}`);
  process.exit(2);
}
if (first === "--check") {
  const name = rest[0] ?? names[Math.floor(Math.random() * names.length)];
  mustBeKnown(name);
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
  const chosen = first === undefined ? names : [first, ...rest];
  chosen.forEach(mustBeKnown);
  const rows = new Map(committed.map((row) => [row.scenario, row]));
  for (const name of chosen) {
    rows.set(name, await rowOf(name));
    // After each, so that what is done when it is stopped is of use.
    const all = names.flatMap((one) => rows.get(one) ?? []).map((row) => ` ${JSON.stringify(row)}`);
    await writeFile(file, `[\n${all.join(",\n")}\n]\n`);
  }
}
