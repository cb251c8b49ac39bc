import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { stringify } from "yaml";
import { EvenkeelError } from "../errors.js";
import { tempFolder } from "../testing/dataset.js";
import { small, smallInput } from "../testing/scenario.js";
import { loadScenario } from "./load.js";

/** What comes of a scenario file: the scenario, or the message of the error without the file's folder. */
async function loaded(name: string, content: string | Buffer) {
  const file = join(await tempFolder(), name);
  await writeFile(file, content);
  return loadScenario(file).catch((error: Error) => {
    expect(error).toBeInstanceOf(EvenkeelError);
    expect(error).toMatchObject({ exitCode: 2 });
    return error.message.replaceAll(file, name);
  });
}

const yaml = stringify(smallInput());
const json = JSON.stringify(smallInput(), null, 2);

describe("loadScenario(file)", () => {
  test.each<[string, string, string | Buffer]>([
    ["YAML", "a.yaml", yaml],
    ["YAML with a byte order mark and the line ends of Windows", "a.yml", `\ufeff${yaml.replaceAll("\n", "\r\n")}`],
    ["YAML in UTF-16, as PowerShell 5 writes it", "a.yaml", Buffer.from(`\ufeff${yaml}`, "utf16le")],
    ["YAML in UTF-16 the other way round", "a.yaml", Buffer.from(`\ufeff${yaml}`, "utf16le").swap16()],
    ["JSON", "a.json", json],
    ["JSON with a byte order mark", "a.json", `\ufeff${json}`],
    ["JSON in one line", "a.json", JSON.stringify(smallInput())],
    ["JSON indented by tabs", "a.json", JSON.stringify(smallInput(), null, "\t")],
    ["the scenario that a dataset keeps as its truth", "scenario.yaml", stringify({ seed: 7, scenario: small() })],
  ])("reads %s", async (_, name, content) => {
    expect(await loaded(name, content)).toEqual(small());
  });

  test("reads JSON as JSON.parse does", async () => {
    const description = 'quote " slash \\/ \u00e9 \ud83d\ude00 tab \t line \n # no comment: {no} [map] & *x !y ---';
    const text = JSON.stringify({ ...smallInput(), description }).replaceAll("\u00e9", "\\u00e9");
    expect(await loaded("a.json", text)).toMatchObject({ description });
  });

  test("reads a file of megabytes", async () => {
    const priorityClasses = Array.from({ length: 20_000 }, (_, value) => ({ name: `class-${value}`, value }));
    const large = JSON.stringify({ ...smallInput(), priorityClasses }, null, 2);
    expect(large.length).toBeGreaterThan(1e6);
    expect(await loaded("a.json", large)).toMatchObject({ priorityClasses });
  });

  test.each<[string, string, string | Buffer, RegExp]>([
    [
      "a key that comes twice in JSON",
      "a.json",
      '{\n  "name": "a",\n  "name": "b"\n}',
      /^--scenario a\.json: not JSON: Map keys must be unique at line 3, column 3:/,
    ],
    [
      "a key that comes twice in YAML",
      "a.yaml",
      "name: a\nname: b\n",
      /^--scenario a\.yaml: not YAML: Map keys must be unique at line 2, column 1:/,
    ],
    ["JSON that is cut short", "a.json", '{ "name": "a", ', /^--scenario a\.json: not JSON: .* at line 1, column \d+/],
    [
      "two documents",
      "a.yaml",
      `${yaml}---\n${yaml}`,
      /^--scenario a\.yaml: found a second document in line \d+; allowed: one scenario a file; make it two files$/,
    ],
    [
      "an unknown tag",
      "a.yaml",
      "name: !secret a\n",
      /^--scenario a\.yaml: not YAML: Unresolved tag: !secret at line 1, column 7/,
    ],
    ["aliases that multiply", "a.yaml", bomb(), /^--scenario a\.yaml: not YAML: Excessive alias count/],
    [
      "bytes of another encoding",
      "a.yaml",
      Buffer.from([0x6e, 0x3a, 0x20, 0xe9, 0x0a]),
      /^--scenario a\.yaml: found bytes that are no UTF-8; save it as UTF-8$/,
    ],
    ["nothing", "a.yaml", "", /^scenario a\.yaml is wrong in one place:\n {2}\(the whole scenario\): found null; /],
  ])("refuses %s", async (_, name, content, message) => {
    const warning = vi.spyOn(process, "emitWarning");
    expect(await loaded(name, content)).toMatch(message);
    expect(warning).not.toHaveBeenCalled();
    warning.mockRestore();
  });
});

function bomb(): string {
  const lines = ["a: &a [x, x, x, x, x, x, x, x, x]"];
  for (const [i, name] of [..."bcdefg"].entries())
    lines.push(`${name}: &${name} [${Array.from({ length: 9 }, () => `*${"abcdef"[i]}`).join(", ")}]`);
  return `${lines.join("\n")}\n`;
}

describe("loadScenario(scenario, { days })", () => {
  test("leaves out restarts after the end, which nobody gave up on purpose", async () => {
    const shortened = await loadScenario("balanced", { days: 2 });
    expect(shortened.kueueRestartHours).toEqual([]);
    const whole = await loadScenario("balanced");
    expect(whole.kueueRestartHours.length).toBeGreaterThan(0);
  });
});
