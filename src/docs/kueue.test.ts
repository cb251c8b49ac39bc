import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const page = new URL("../../docs/kueue.md", import.meta.url);
const rows = readFileSync(page, "utf8")
  .split("\n")
  .filter((line) => line.startsWith("| ") && line !== "| behaviour | covered by |")
  .map((line) => line.slice(2, -2).split(" | ") as [string, string]);

test("every behaviour of Kueue is covered by tests that are named, or is said not to be, and why", () => {
  expect(rows.length).toBeGreaterThan(40);
  for (const [behaviour, coverage] of rows) {
    const covered = /^\[[\w-]+\.test\.ts\]\(.*\) ".+"/.test(coverage);
    const refused = /^not covered: .{10,}/.test(coverage);
    expect([behaviour, covered || refused]).toEqual([behaviour, true]);
  }
});

test("every test that the page on Kueue names is there, in the file that it names", () => {
  const named = rows.flatMap(([, coverage]) => [...coverage.matchAll(/\[([^\]]+)\]\(([^)]+)\) "([^"]+)"/g)]);
  expect(named.length).toBeGreaterThan(30);
  const missing = named.filter(([, name, path, title]) => {
    if (!path!.endsWith(`/${name}`)) return true;
    const source = readFileSync(new URL(path!, page), "utf8");
    const literal = title!.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    return !new RegExp(`\\(\\s*"${literal}",`).test(source);
  });
  expect(missing.map(([text]) => text)).toEqual([]);
});
