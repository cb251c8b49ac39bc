/** Failure modes that no dataset can show, and why. */
export const notShown: readonly { readonly mode: string; readonly what: string; readonly why: string }[] = [
  {
    mode: "F17",
    what: "increase() extrapolates: +20 is reported as 19 to 20",
    why: "it is PromQL's; here counters are subtracted as they were scraped",
  },
  {
    mode: "F18",
    what: "a range of 5 minutes holds 11 samples in Prometheus 2 and 10 in Prometheus 3",
    why: "it is PromQL's; samples in a dataset belong to their own timestamp",
  },
  {
    mode: "F19",
    what: "a quantile of a wait histogram is off by up to its bucket's width, and ends at the last bound",
    why: "it is in the buckets of every dataset; waits are given as the bucket's interval, and beyond the last bound as more",
  },
  {
    mode: "F34",
    what: "recording rules are evaluated off the scrapes' times",
    why: "a dataset holds scraped samples, no recorded ones",
  },
  {
    mode: "F35",
    what: "a file of OpenMetrics out of order loses samples without a word",
    why: "it is lost on the way into Prometheus, and nothing in a dataset says what was meant to be there",
  },
  {
    mode: "F36",
    what: "milliseconds where OpenMetrics wants seconds put samples 56,000 years ahead",
    why: "such samples lie outside of the range that is asked for, so no dataset gets them; the timestamps check finds any that do",
  },
  {
    mode: "F40",
    what: "a truncated answer: the limit of samples or points, a timeout, a warning",
    why: "the answer says so, not its samples; what is missing in them shows as gaps",
  },
];
