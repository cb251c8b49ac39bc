/**
 * Positions moved as little as possible (least squares) so that neighbours are at least `gap` apart and all lie within
 * the bounds, keeping their order. When they can't all shorten, they are spaced evenly over the bounds.
 *
 * Isotonic regression by pooling adjacent violators (Barlow et al., 1972) on positions from which the gaps are taken.
 */
export function spread(positions: readonly number[], gap: number, low: number, high: number): number[] {
  const order = positions.map((_, i) => i).sort((a, b) => positions[a]! - positions[b]! || a - b);
  const room = positions.length > 1 ? Math.min(gap, (high - low) / (positions.length - 1)) : gap;
  const pools: { sum: number; size: number }[] = [];
  order.forEach((each, rank) => {
    pools.push({ sum: positions[each]! - rank * room, size: 1 });
    while (pools.length > 1 && mean(pools.at(-1)!) < mean(pools.at(-2)!)) {
      const { sum, size } = pools.pop()!;
      const previous = pools.at(-1)!;
      previous.sum += sum;
      previous.size += size;
    }
  });
  const top = high - (positions.length - 1) * room;
  const flat = pools.flatMap((pool) => new Array<number>(pool.size).fill(Math.max(low, Math.min(top, mean(pool)))));
  const result = new Array<number>(positions.length);
  order.forEach((each, rank) => {
    result[each] = flat[rank]! + rank * room;
  });
  return result;
}

function mean({ sum, size }: { readonly sum: number; readonly size: number }): number {
  return sum / size;
}
