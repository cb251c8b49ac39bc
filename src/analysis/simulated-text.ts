import { SIMULATED_LEVEL, type SimulatedPlan } from "../plan/simulated.js";
import { percent, plural } from "../units/format.js";

/** Where the columns "simulated" of a plan come from, or what would fill them. Markdown. */
export function simulatedText(simulated: SimulatedPlan | null): string {
  if (simulated === null)
    return "The plan of this dataset is not simulated. `npx evenkeel plan DIR` does that, DIR being the dataset’s folder, and leaves what it finds there; for one that was not generated, give `--scenario FILE`, a scenario that is like the cluster, which `npx evenkeel twin DIR --out FILE` makes.";
  const { scenario, own, seeds, command } = simulated;
  const others = seeds.length - (own ? 1 : 0);
  const first = own
    ? `Simulated is scenario ${scenario}, first with the dataset’s own seed, ${seeds[0]}: the same arrivals and failures, one thing changed`
    : `Simulated is scenario ${scenario}, which is like the cluster of this dataset; its arrivals and failures are others`;
  const then =
    others === 0
      ? ""
      : own
        ? `. Then with ${plural(others, "other seed")}, which ${others === 1 ? "tells" : "tell"} what is chance: of waits the lowest and the highest, of GPU-hours removed the mean over all with its ${percent(SIMULATED_LEVEL)} interval`
        : `, with ${plural(others, "seed")}: of waits the lowest and the highest, of GPU-hours removed the mean with its ${percent(SIMULATED_LEVEL)} interval`;
  return `${first}${then}. Made by \`${command}\`.`;
}
