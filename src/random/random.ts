import seedrandom from "seedrandom";

/** Uniform numbers in [0, 1), one a call. */
export type Random = () => number;

/**
 * A named stream of uniform numbers in [0, 1).
 *
 * Every stream depends on the seed and on its own name alone, so that adding a stream, or drawing more from one,
 * moves no other: a what-if meets the same arrivals as its baseline (common random numbers).
 * The generator is seedrandom's Alea (Baagøe), 32 bits a draw.
 *
 *     const next = random(42, "arrivals/research");
 *     next(); // the same number on every machine
 */
export function random(seed: number, stream: string): Random {
  return seedrandom.alea(`${seed}/${stream}`);
}
