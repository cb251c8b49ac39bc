/** The jobs by arrival, as indices into them; those that arrive at the same time in the order of the array. */
export function arrivalOrder(jobs: readonly { readonly arrival: number }[]): Int32Array {
  const arrivals = new Float64Array(jobs.length);
  const order = new Int32Array(jobs.length);
  let sorted = true;
  for (let i = 0; i < jobs.length; i++) {
    arrivals[i] = jobs[i]!.arrival;
    order[i] = i;
    if (i > 0 && arrivals[i]! < arrivals[i - 1]!) sorted = false;
  }
  return sorted ? order : order.sort((a, b) => arrivals[a]! - arrivals[b]! || a - b);
}
