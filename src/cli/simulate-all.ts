import { join } from "node:path";
import { packageRoot } from "../notebook/root.js";
import { duration, plural } from "../units/format.js";
import { keepFinished } from "../whatif/finished.js";
import type { Outcome } from "../whatif/outcome.js";
import type { SimulateAll, SimulationJob } from "../whatif/whatif.js";
import { doApart } from "./apart.js";
import { ifInterrupted } from "./interrupt.js";
import { Progress } from "./progress.js";

/** Where finished simulations are kept unless told. */
const FINISHED = join(packageRoot, "data", "finished");

/** Simulates in processes of their own, one a processor, with progress; what is finished stays when it is stopped. */
export function simulateApart(folder: string = FINISHED): SimulateAll {
  const progress = new Progress();
  ifInterrupted(`finished simulations are kept in ${folder}; the same command goes on from there`);
  const simulate = async (
    jobs: readonly SimulationJob[],
    onOutcome: (job: number, outcome: Outcome) => Promise<void>,
  ) => {
    const began = Date.now();
    let done = 0;
    await doApart<SimulationJob, Outcome>(
      jobs,
      {
        module: new URL("./whatif-process.js", import.meta.url),
        nameOf: ({ scenario, seed }) => `${scenario.name}, seed ${seed}`,
      },
      {
        async onDone(i, outcome) {
          await onOutcome(i, outcome);
          done++;
          const left = ((Date.now() - began) / done / 1000) * (jobs.length - done);
          progress.step(
            `${done} of ${plural(jobs.length, "simulation")} done; about ${duration(Math.round(left))} left`,
          );
        },
      },
    );
    progress.clear();
  };
  return keepFinished(folder, simulate, (known, of) => {
    if (known > 0) progress.done(`${known} of ${plural(of, "simulation")} were done before`);
  });
}
