import { stringify } from "yaml";
import { oneOf } from "../api.js";
import { defaultScenarios, scenarios } from "../scenario/index.js";
import { textTable } from "./text-table.js";

/** `evenkeel scenarios`: one line each, or one of them whole. */
export function listScenarios({ show }: { readonly show?: string }): void {
  if (show === undefined) {
    console.log(
      textTable(
        ["scenario", "", "what is out of balance in it"],
        scenarios.map((scenario) => [
          scenario.name,
          defaultScenarios.includes(scenario) ? "default" : "",
          scenario.description,
        ]),
      ),
    );
    console.log("\nnpm start prepares the default ones; generate and notebooks take any of them.");
    console.log(
      "To change one: npx evenkeel scenarios --show NAME > mine.yaml, edit it, and give --scenario mine.yaml",
    );
    return;
  }
  const name = oneOf(
    "--show",
    show,
    scenarios.map((scenario) => scenario.name),
  );
  console.log("# yaml-language-server: $schema=docs/scenario.schema.json");
  console.log(
    stringify(
      scenarios.find((scenario) => scenario.name === name),
      { lineWidth: 0, aliasDuplicateObjects: false },
    ).trimEnd(),
  );
}
