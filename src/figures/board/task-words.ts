import type { Task } from "../../board/rows.js";

/** What a task is called above a panel, and in a sentence. */
export const taskWords: Readonly<Record<Task, { readonly title: string; readonly asked: string }>> = {
  shortage: { title: "Shortage here", asked: "for work that waits here" },
  mismatch: { title: "Recoverable mismatch", asked: "for work that other nodegroups could serve" },
  quiet: { title: "Quiet on balanced", asked: "for silence on balanced" },
};

/** A score between 0 and 1, as a reader compares it. */
export const score = (value: number): string => value.toFixed(2);
