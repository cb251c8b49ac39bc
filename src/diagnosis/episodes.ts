import type { Grid } from "../join/grid.js";
import { HOUR_MS, SECOND_MS } from "../units/time.js";
import type { Cause } from "./cause.js";

/** When waiting becomes an episode. Field convention, argued in RFC 0001. */
export const episodeRule = {
  /** Opens when at least this many GPUs wait, or where there are few, this share of the healthy ones and one at least … */
  gpus: 4,
  smallShare: 0.25,
  /** … and at least this share of the healthy capacity … */
  capacityShare: 0.05,
  /** … for this long. */
  opensAfterMinutes: 15,
  /** Closes when less than half of that has waited for this long. */
  closesAfterMinutes: 30,
  /** Listed from here on. */
  listedGpuHours: 8,
  /** A cause with this share of the GPU-hours is the episode's cause; with less it is mixed. */
  causeShare: 0.6,
};

/** Length of the windows on which episodes are found, where samples are no farther apart. */
export const EPISODE_WINDOW_SECONDS = 300;

/** Length of the windows on which episodes are found. */
export const episodeWindowSeconds = ({ stepMs }: Pick<Grid, "stepMs">): number =>
  Math.max(EPISODE_WINDOW_SECONDS, stepMs / SECOND_MS);

/** What waits in one place, window by window. */
export interface UnmetWindow {
  readonly startMs: number;
  readonly endMs: number;
  /** GPUs waiting; null where telemetry is missing, which suspends the count. */
  readonly waiting: number | null;
  /** Healthy GPUs; null where unknown. */
  readonly capacity: number | null;
}

export interface Span {
  readonly startMs: number;
  readonly endMs: number;
  readonly gpuHours: number;
  readonly peakGpus: number;
  readonly peakMs: number;
  /** Whether it was still open when the data ended. */
  readonly open: boolean;
}

/** From how many waiting GPUs on a window counts towards an episode; undefined where the capacity is unknown. */
export function episodeThreshold({ capacity }: Pick<UnmetWindow, "capacity">): number | undefined {
  if (capacity === null) return undefined;
  const { gpus, smallShare, capacityShare } = episodeRule;
  return Math.max(Math.min(gpus, Math.max(1, smallShare * capacity)), capacityShare * capacity);
}

/** Finds when too much waited for too long. */
export function findSpans(windows: readonly UnmetWindow[], windowSeconds = EPISODE_WINDOW_SECONDS): Span[] {
  const opens = Math.ceil((episodeRule.opensAfterMinutes * 60) / windowSeconds);
  const closes = Math.ceil((episodeRule.closesAfterMinutes * 60) / windowSeconds);
  const spans: Span[] = [];
  let [first, high, low, last] = [-1, 0, 0, -1];

  const close = (open: boolean) => {
    spans.push(spanOf(windows.slice(first, last + 1), open));
    [first, high, low, last] = [-1, 0, 0, -1];
  };
  windows.forEach(({ waiting, capacity }, i) => {
    const threshold = episodeThreshold({ capacity });
    if (waiting === null || threshold === undefined) return;
    const isOpen = first >= 0 && high >= opens;
    if (!isOpen) {
      if (waiting < threshold) {
        [first, high] = [-1, 0];
        return;
      }
      if (first < 0) first = i;
      high++;
      last = i;
      return;
    }
    if (waiting >= threshold / 2) {
      low = 0;
      last = i;
    } else if (++low >= closes) close(false);
  });
  if (first >= 0 && high >= opens) close(true);
  // A sum of windows that should be whole may miss it by its last bits.
  return spans.filter((span) => span.gpuHours >= episodeRule.listedGpuHours - 1e-9);
}

function spanOf(windows: readonly UnmetWindow[], open: boolean): Span {
  let [gpuHours, peakGpus, peakMs] = [0, 0, windows[0]!.startMs];
  for (const { startMs, endMs, waiting } of windows) {
    gpuHours += ((waiting ?? 0) * (endMs - startMs)) / HOUR_MS;
    if ((waiting ?? 0) > peakGpus) [peakGpus, peakMs] = [waiting!, startMs];
  }
  return { startMs: windows[0]!.startMs, endMs: windows.at(-1)!.endMs, gpuHours, peakGpus, peakMs, open };
}

/** The cause of most of the GPU-hours, or "mixed" where none has enough of them; undefined where nothing is known. */
export function mainCause(shares: ReadonlyMap<Cause, number>): Cause | "mixed" | undefined {
  const total = [...shares.values()].reduce((a, b) => a + b, 0);
  if (total === 0) return undefined;
  for (const [cause, gpuHours] of shares) if (gpuHours >= episodeRule.causeShare * total) return cause;
  return "mixed";
}
