import { exportOpenMetrics } from "../prometheus/export.js";
import { plural } from "../units/format.js";
import { ifInterrupted } from "./interrupt.js";
import { Progress } from "./progress.js";

/** `evenkeel export openmetrics`. */
export async function exportCommand(folder: string, { out }: { readonly out: string }): Promise<void> {
  ifInterrupted(`nothing was written to ${out}`);
  const progress = new Progress();
  const { samples, series, collisions } = await exportOpenMetrics(folder, out, (name, position, of) =>
    progress.step(`writing metric ${position + 1} of ${of}: ${name}`),
  );
  ifInterrupted(undefined);
  progress.clear();
  console.log(`${out}: ${plural(samples, "sample")} of ${plural(series, "series", "series")}`);
  if (collisions > 0)
    console.log(
      `${plural(collisions, "sample")} left out: their series had another at the same instant, and Prometheus keeps one`,
    );
  console.log(`Load it with: promtool tsdb create-blocks-from openmetrics --max-block-duration=24h ${out} DATA`);
  console.log(
    `promtool drops in silence what it cannot take: promtool tsdb list DATA must add up to ${samples} samples`,
  );
}
