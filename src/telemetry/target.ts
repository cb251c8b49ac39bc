import { random } from "../random/random.js";

/** A scrape target: an exporter that Prometheus asks at a fixed offset within each interval. */
export interface Target {
  readonly job: "kueue" | "kube-state-metrics" | "dcgm-exporter";
  readonly instance: string;
  /** Name of its node, for an exporter that runs on every node. */
  readonly node: string | null;
  /** Unix ms of every scrape. */
  readonly scrapes: Float64Array;
  /** 1 where the scrape succeeded. */
  readonly up: Uint8Array;
  /** Unix ms of the scrapes that succeeded: the timestamps of all its samples. */
  readonly samples: Float64Array;
  /** Unix ms at which its process started, rising; more than one if it restarted. */
  readonly starts: readonly number[];
}

export interface ScrapePlan {
  readonly seed: number;
  /** Unix ms. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly intervalMs: number;
  readonly missedShare: number;
}

/** Prometheus spreads targets over the interval by a hash of their labels; a failed scrape leaves no samples. */
export function scrapeTarget(
  plan: ScrapePlan,
  { job, instance, node, starts }: Pick<Target, "job" | "instance" | "node" | "starts">,
): Target {
  const next = random(plan.seed, `telemetry/scrape/${job}/${instance}`);
  const offsetMs = Math.floor(next() * plan.intervalMs);
  const scrapes: number[] = [];
  for (let at = plan.fromMs + offsetMs; at < plan.toMs; at += plan.intervalMs) scrapes.push(at);
  const up = Uint8Array.from(scrapes, () => (next() < plan.missedShare ? 0 : 1));
  return {
    job,
    instance,
    node,
    starts,
    scrapes: Float64Array.from(scrapes),
    up,
    samples: Float64Array.from(scrapes.filter((_, i) => up[i] === 1)),
  };
}

/** A target whose node is away for some spans, Unix ms: it does not answer, and an absent one is not even asked. */
export function interrupted(
  target: Target,
  away: readonly { readonly fromMs: number; readonly toMs: number; readonly absent: boolean }[],
): Target {
  if (away.length === 0) return target;
  const spanAt = (at: number) => away.find(({ fromMs, toMs }) => fromMs <= at && at < toMs);
  const asked = [...target.scrapes.keys()].filter((i) => !spanAt(target.scrapes[i]!)?.absent);
  const scrapes = Float64Array.from(asked, (i) => target.scrapes[i]!);
  const up = Uint8Array.from(asked, (i) => (spanAt(target.scrapes[i]!) ? 0 : target.up[i]!));
  return { ...target, scrapes, up, samples: scrapes.filter((_, i) => up[i] === 1) };
}

/** Index of the first time that is not before `at`. Times rise. */
export function lowerBound(times: ArrayLike<number>, at: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle]! < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The target's samples in [from, to), Unix ms. */
export function samplesWithin(target: Target, fromMs: number, toMs: number): Float64Array {
  return target.samples.subarray(lowerBound(target.samples, fromMs), lowerBound(target.samples, toMs));
}
