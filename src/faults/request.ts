import { didYouMean, EvenkeelError, shown } from "../errors.js";
import type { FaultInput } from "../scenario/schema.js";
import type { Contract } from "../tables/contract.js";
import { HOUR_MS } from "../units/time.js";
import type { Fault, World } from "./fault.js";
import { faults } from "./index.js";

/** What must be known of a dataset to say where and when a fault can strike. */
export type Reach = Pick<World, "contract" | "startMs" | "endMs">;

/** A fault, with the place and the time at which it is to strike. */
export interface Strike extends Pick<World, "nodegroup" | "fromMs" | "toMs"> {
  readonly fault: Fault;
}

/**
 * The faults that are asked for by name, or by name, place and time. What is left out has a default: the contract's first
 * nodegroup, and the hours that the fault itself says.
 *
 * @param source what to call the request in an error: an option, or a field
 * @throws EvenkeelError that says what was found, and what is allowed
 */
export function strikesOf(requests: readonly FaultInput[], reach: Reach, source: (i: number) => string): Strike[] {
  return requests.map((request, i) =>
    strikeOf(typeof request === "string" ? { name: request } : request, reach, source(i)),
  );
}

function strikeOf(request: Exclude<FaultInput, string>, { contract, startMs, endMs }: Reach, source: string): Strike {
  const refuse = (text: string) => {
    throw new EvenkeelError(`${source}: ${text}`);
  };
  const fault = faults.find(({ name }) => name === request.name);
  if (!fault)
    return refuse(
      `found ${shown(request.name)}, which is no fault. ${didYouMean(
        request.name,
        faults.map(({ name }) => name),
      )}`,
    );
  const { nodegroup = contract.nodegroups[0]!.name, fromHour, toHour } = request;
  if (request.nodegroup !== undefined && !fault.nodegroup)
    refuse(`found nodegroup ${shown(nodegroup)}, but ${fault.name} strikes the whole cluster; leave it out`);
  if (!contract.nodegroups.some(({ name }) => name === nodegroup))
    refuse(`found nodegroup ${shown(nodegroup)}. ${didYouMean(nodegroup, namesOf(contract))}`);
  if (fault.hours === "all" && (fromHour !== undefined || toHour !== undefined))
    refuse(`found fromHour or toHour, but ${fault.name} strikes all the time; leave them out`);
  const span = endMs - startMs;
  const [from, to] = { all: [0, 1], middle: [1 / 3, 2 / 3], "from middle": [1 / 2, 1] }[fault.hours] as [
    number,
    number,
  ];
  const fromMs = fromHour === undefined ? startMs + Math.round(from * span) : startMs + fromHour * HOUR_MS;
  const toMs = toHour === undefined ? startMs + Math.round(to * span) : startMs + toHour * HOUR_MS;
  if (!(startMs <= fromMs && fromMs < toMs && toMs <= endMs))
    refuse(
      `found hours ${(fromMs - startMs) / HOUR_MS} to ${(toMs - startMs) / HOUR_MS}; allowed: a span within 0 and ${span / HOUR_MS}, the length of the telemetry`,
    );
  return { fault, nodegroup, fromMs, toMs };
}

const namesOf = ({ nodegroups }: Contract) => nodegroups.map(({ name }) => name);
