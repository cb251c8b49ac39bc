import { type Hidden, type HiddenQueue, isHidden } from "../join/hidden.js";
import { list, percent, plural } from "../units/format.js";

const REASONS: Readonly<Record<HiddenQueue["why"], { readonly long: string; readonly brief: string }>> = {
  gpus: { long: "no series says for how many GPUs", brief: "for an unknown number of GPUs" },
  place: { long: "no nodegroup is known for their flavors", brief: "for unknown nodegroups" },
};

const whys = ["gpus", "place"] as const;

/** "312 workload-hours were pending in 4 ClusterQueues, in 40% of the time, and no series says for how many GPUs". */
export function hiddenText(hidden: Hidden): string {
  return [...pendingTexts(hidden), ...(hidden.podless.length > 0 ? [podlessText(hidden)] : [])].join("; ");
}

/** The same as the beginning of a sentence. */
export const hiddenSentence = (hidden: Hidden): string => upperFirst(hiddenText(hidden));

/** What is not seen for want of labels, as the beginning of a sentence. */
export const podlessSentence = (hidden: Hidden): string => upperFirst(podlessText(hidden));

/** The first thing that is missing, where a line has no room for all; `brief` where it has little. */
export function hiddenShort(hidden: Hidden, brief = false): string {
  const [first] = hidden.queues;
  if (first === undefined) return brief ? `no pod names ${podlessNames(hidden)}` : podlessText(hidden);
  if (!brief) return pendingTexts(hidden)[0]!;
  return `${pendingText(hidden.workloadHours)} ${REASONS[first.why].brief}`;
}

/** What would show it, as the beginning of a sentence. */
export function hiddenMend({ queues, podless }: Hidden): string {
  return upperFirst(
    list([
      ...(queues.some(({ why }) => why === "gpus")
        ? ["have Kueue export it (from 0.18 on, with metrics.enableClusterQueueResources)"]
        : []),
      ...(queues.some(({ eligible }) => eligible.length === 0)
        ? ["give the contract the flavors of the ClusterQueues and their nodegroups"]
        : []),
      ...(podless.length > 0 ? [PODLESS_MEND] : []),
    ]),
  );
}

/** What would show which queue pods are of, as the beginning of a sentence. */
export const podlessMend = (): string => upperFirst(PODLESS_MEND);

const PODLESS_MEND = "have pods carry the labels of their queues";

/** A sentence to end a note with: what is counted is the least. Nothing where all that waited is counted. */
export function hiddenNote(hidden: Hidden): string {
  if (!isHidden(hidden)) return "";
  return ` What waited is the least that it was: ${hiddenText(hidden)}.`;
}

/** "at least " before a number of what waited, where more may have. */
export const leastText = (isLeast: boolean): string => (isLeast ? "at least " : "");

function pendingTexts({ queues, share }: Hidden): string[] {
  const kinds = whys.filter((why) => queues.some((queue) => queue.why === why));
  return kinds.map((why, i) => {
    const mine = queues.filter((queue) => queue.why === why);
    const hours = mine.reduce((sum, { workloadHours }) => sum + workloadHours, 0);
    const time = kinds.length === 1 ? `, in ${percent(share)} of the time,` : ",";
    const together = kinds.length > 1 && i === kinds.length - 1 ? `, together in ${percent(share)} of the time` : "";
    return `${pendingText(hours)} in ${plural(mine.length, "ClusterQueue")}${time} and ${REASONS[why].long}${together}`;
  });
}

function pendingText(workloadHours: number): string {
  const hours = plural(workloadHours, "workload-hour");
  return `${hours} ${hours.endsWith("s") ? "were" : "was"} pending`;
}

function podlessText(hidden: Hidden): string {
  const names = podlessNames(hidden);
  const which = hidden.podless.length === 1 ? `${names}, which admits workloads,` : `${names} that admit workloads,`;
  return `no pod names ${which} so that nobody sees what started or lacked nodes`;
}

const podlessNames = ({ podless }: Hidden) =>
  podless.length === 1 ? podless[0]! : `any of ${plural(podless.length, "ClusterQueue")}`;

const upperFirst = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
