import { stringify } from "yaml";
import { oneOf } from "../api.js";
import { defaultScenarios, scenarioByName, scenarios } from "../scenario/index.js";
import { textTable } from "./text-table.js";

/** `evenkeel scenarios`: one line each, or one of them whole. */
export function listScenarios({ show }: { readonly show?: string }): void {
  const names = scenarios.map(({ name }) => name);
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
    console.log(`
npm start prepares the default ones; generate and notebooks take any of them.
random-17, or any other number, is a world that is drawn: a fleet, its queues and work, and a trouble or none.
To change one: npx evenkeel scenarios --show NAME > mine.yaml, edit it, and give --scenario mine.yaml`);
    return;
  }
  const scenario = scenarioByName(show) ?? scenarioByName(oneOf("--show", show, names));
  console.log("# yaml-language-server: $schema=docs/scenario.schema.json");
  console.log(stringify(scenario, { lineWidth: 0, aliasDuplicateObjects: false }).trimEnd());
}
