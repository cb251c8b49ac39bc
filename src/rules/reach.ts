import { EvenkeelError } from "../errors.js";
import { quoted } from "../prometheus/selectors.js";
import type { Contract } from "../tables/contract.js";

/** A nodegroup, and the flavors or ClusterQueues that are its. */
type Home = readonly [nodegroup: string, its: readonly string[]];

/** Nodegroups with the flavors that stand for them, or for them alone; in the contract's order, without those that have none. */
export function flavorHomes({ nodegroups, flavors }: Contract, alone = false): Home[] {
  return homes(nodegroups, Object.entries(flavors), alone);
}

/** Nodegroups with the ClusterQueues that reach them by the contract. */
export const queueHomes = (contract: Contract): Home[] => homes(contract.nodegroups, reaches(contract), false);

/** Nodegroups with the ClusterQueues that reach no other by the contract. */
export const onlyHomes = (contract: Contract): Home[] => homes(contract.nodegroups, reaches(contract), true);

const reaches = ({ clusterQueues, flavors }: Contract) =>
  clusterQueues.map(({ name, flavors: its = [] }): [string, string[]] => [
    name,
    [...new Set(its.flatMap((flavor) => flavors[flavor] ?? []))],
  ]);

function homes(
  nodegroups: Contract["nodegroups"],
  reached: readonly (readonly [string, readonly string[]])[],
  alone: boolean,
): Home[] {
  return nodegroups.flatMap(({ name }): Home[] => {
    const its = reached.filter(([, names]) => names.includes(name) && (!alone || names.length === 1));
    return its.length > 0 ? [[name, its.map(([one]) => one)]] : [];
  });
}

/** What stands for a nodegroup that is not listed would be left out, and a bound with it. @throws EvenkeelError */
export function requireKnownNodegroups({ nodegroups, flavors }: Contract): void {
  const known = nodegroups.map(({ name }) => name);
  for (const [flavor, names] of Object.entries(flavors))
    for (const name of names)
      if (!known.includes(name))
        throw new EvenkeelError(
          `contract, flavors.${flavor}: found nodegroup ${quoted(name)}; allowed: ${known.join(", ")}; correct it, or add it to nodegroups`,
        );
}
