import type { Cause } from "../diagnosis/cause.js";
import { causeWords } from "../diagnosis/cause-words.js";
import type { Shortage } from "../diagnosis/headline.js";
import { placeText } from "../diagnosis/place.js";
import { list, number } from "../units/format.js";

/** From this share of a place's GPU-hours out of service on, they come before more GPUs. Field convention. */
const OUT_OF_SERVICE_SHARE = 0.1;

/**
 * What one would do about a cause, as a sentence: "Raising or lending quota would close the gap." Of a place short of
 * capacity it is also known how much of that is out of service.
 */
export function remedySentence(of: Cause | "mixed" | Shortage, would: string): string {
  const cause = typeof of === "string" ? of : of.cause;
  const broken = typeof of !== "string" && cause === "capacity" && of.outOfServiceShare >= OUT_OF_SERVICE_SHARE;
  const { remedy } = broken
    ? { remedy: "Bringing back what is out of service, and only then more GPUs," }
    : causeWords(cause);
  return cause === "unknown" ? `${remedy} comes first.` : `${remedy} ${would}.`;
}

/** The other places that were short, to end a sentence with: "; a100 had lasting queues too". */
export function alsoShort(others: readonly Shortage[]): string {
  if (others.length === 0) return "";
  const places =
    others.length > 2
      ? `${number(others.length)} other places`
      : list(others.map(({ nodegroups }) => placeText(nodegroups)));
  return `; ${places} had lasting queues too`;
}
