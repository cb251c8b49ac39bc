// How fast a pull is, beside reading the same answers and doing nothing with them. Needs prometheus and promtool.
//
//   npm run bench:prometheus
import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const evenkeel = fileURLToPath(new URL("evenkeel.mjs", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "evenkeel-bench-"));
const at = (name) => join(folder, name);
const [start, end] = ["2026-01-05T00:00:00Z", "2026-01-06T00:00:00Z"];
const URL_HERE = "http://127.0.0.1:19397";
/** Has a process say at its end how much memory it used at most. */
const SAY_MEMORY = [
  "--import",
  'data:text/javascript,process.on("exit",()=>console.error("peak "+process.resourceUsage().maxRSS+" kB"))',
];

function timed(command, args) {
  const began = process.hrtime.bigint();
  const { status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8", maxBuffer: 2 ** 28 });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")} ended with ${status}:\n${stderr}`);
  return { seconds: Number(process.hrtime.bigint() - began) / 1e9, stdout, stderr };
}

const run = (...args) => timed(process.execPath, [evenkeel, ...args]);
const rate = (samples, seconds) => `${Math.round(samples / seconds / 1000).toLocaleString("en-US")} k samples/s`;
let server;
try {
  run("generate", "--scenario", "balanced", "--seed", "1", "--days", "1", "--interval", "60s", "--out", at("data"));
  const out = run("export", "openmetrics", at("data"), "--out", at("day.om"));
  const samples = Number(/: ([\d,]+) samples/.exec(out.stdout)[1].replaceAll(",", ""));
  const bytes = statSync(at("day.om")).size;
  console.log(
    `a day of 184 GPUs at 60 s: ${samples.toLocaleString("en-US")} samples, ${(bytes / 1e9).toFixed(2)} GB of text`,
  );
  console.log(`export: ${out.seconds.toFixed(1)} s, ${rate(samples, out.seconds)}`);
  mkdirSync(at("tsdb"));
  const loaded = timed("promtool", [
    "tsdb",
    "create-blocks-from",
    "openmetrics",
    "--quiet",
    "--max-block-duration=24h",
    at("day.om"),
    at("tsdb"),
  ]);
  console.log(`promtool loads it: ${loaded.seconds.toFixed(1)} s, ${rate(samples, loaded.seconds)}`);
  writeFileSync(at("prometheus.yml"), "global: {}\n");
  server = spawn(
    "prometheus",
    [
      `--config.file=${at("prometheus.yml")}`,
      `--storage.tsdb.path=${at("tsdb")}`,
      "--storage.tsdb.retention.time=100y",
      "--web.listen-address=127.0.0.1:19397",
    ],
    { stdio: "ignore" },
  );
  while (!(await fetch(`${URL_HERE}/-/ready`).catch(() => undefined))?.ok)
    await new Promise((resolve) => setTimeout(resolve, 100));

  const pulled = timed(process.execPath, [
    ...SAY_MEMORY,
    evenkeel,
    "pull",
    "--url",
    URL_HERE,
    "--contract",
    at("data/contract.yaml"),
    "--start",
    start,
    "--end",
    end,
    "--out",
    at("pulled"),
  ]);
  const memory = Number(/peak (\d+) kB/.exec(pulled.stderr)[1]) / 1024;

  // The raw read: the same selectors, hour by hour, each answer read to its end.
  const { pulled: source } = JSON.parse(readFileSync(at("pulled/manifest.json"), "utf8"));
  const began = process.hrtime.bigint();
  for (const selector of Object.values(source.selectors).flat())
    for (let hour = 4; hour <= 24; hour += 4) {
      const time = (Date.parse(start) + hour * 3_600_000 - 1) / 1000;
      const answer = await fetch(`${URL_HERE}/api/v1/query`, {
        method: "POST",
        body: new URLSearchParams({ query: `${selector}[4h]`, time: String(time) }),
      });
      await answer.arrayBuffer();
    }
  const raw = Number(process.hrtime.bigint() - began) / 1e9;
  console.log(`raw read: ${raw.toFixed(1)} s, ${rate(samples, raw)}`);
  console.log(
    `pull: ${pulled.seconds.toFixed(1)} s, ${rate(samples, pulled.seconds)}, ${(pulled.seconds / raw).toFixed(2)} times the raw read; peak memory ${Math.round(memory)} MiB`,
  );
  console.log(
    `a week would take ${((7 * pulled.seconds) / 60).toFixed(1)} min, and ${((7 * bytes) / 1e9).toFixed(0)} GB as text`,
  );
} finally {
  server?.kill();
  rmSync(folder, { recursive: true, force: true });
}
