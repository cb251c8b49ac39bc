import { scenarioJsonSchema } from "../scenario/parse.js";
import { alertsDocument } from "./alerts.js";
import { dataDictionary } from "./dictionary.js";
import { faultsDocument } from "./faults.js";
import { replayDocument } from "./replay.js";
import { whatIfDocument } from "./what-if.js";

/** Documents that are made from the code, by their path in the repository. A test holds the committed ones against these. */
export function generatedDocuments(): Record<string, string> {
  return {
    "DATA_DICTIONARY.md": dataDictionary(),
    "docs/alerts.md": alertsDocument(),
    "docs/faults.md": faultsDocument(),
    "docs/replay.md": replayDocument(),
    "docs/what-if.md": whatIfDocument(),
    "docs/scenario.schema.json": `${JSON.stringify(scenarioJsonSchema(), null, 2)}\n`,
  };
}
