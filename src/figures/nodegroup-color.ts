import type { Observed } from "../join/observed.js";
import { type ColorOf, nodegroupColors, OKABE_ITO } from "./palette.js";

/** A nodegroup's colour, the same in every figure of a dataset. With more nodegroups than colours, the largest have one. */
export function nodegroupColor({ nodegroups, contract }: Pick<Observed, "nodegroups" | "contract">): ColorOf {
  const largest = [...contract.nodegroups].sort((a, b) => b.gpusPaid - a.gpusPaid).slice(0, OKABE_ITO.length);
  return nodegroupColors(
    nodegroups.map(({ name }) => name),
    largest.map(({ name }) => name),
  );
}
