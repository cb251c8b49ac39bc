import type { StartedGang } from "../../join/observed.js";
import { SECOND_MS } from "../../units/time.js";

/** The data start of analyses made by hand, unless told: Monday, 5 January 2026. Unix seconds. */
export const START = Date.UTC(2026, 0, 5) / SECOND_MS;

/** A gang that started, of which only what matters has to be said. Times are seconds since the data start. */
export interface GangInput extends Partial<Omit<StartedGang, "createdSeconds" | "scheduledSeconds" | "endedSeconds">> {
  readonly created: number;
  /** When it was created unless told. */
  readonly scheduled?: number;
  /** It runs to the end of the data and beyond unless told. */
  readonly ended?: number;
}

/** Gangs of one pod of one GPU on nodegroup "a", each a Job of its own, unless told. */
export function gangs(inputs: readonly GangInput[]): StartedGang[] {
  return inputs.map(
    ({ created, scheduled = created, ended, ...rest }, i): StartedGang => ({
      gang: `team/Job/${[rest.nodegroup, rest.pods, rest.gpusPerPod, created, i].join("-")}`,
      namespace: "team",
      clusterQueue: "queue",
      localQueue: "queue",
      priorityClass: "",
      nodegroup: "a",
      pods: 1,
      gpusPerPod: 1,
      lost: false,
      ...rest,
      createdSeconds: START + created,
      scheduledSeconds: START + scheduled,
      endedSeconds: ended === undefined ? undefined : START + ended,
    }),
  );
}

export interface PeriodicInput extends Omit<GangInput, "created" | "scheduled" | "ended"> {
  /** One is created every so many seconds, from the data start on. */
  readonly every: number;
  /** And runs so long, from the moment of its creation. */
  readonly lasts: number;
  /** Length of the data. */
  readonly days: number;
}

/** The same gang again and again: what runs past the end of the data is not seen to end. */
export function periodic({ every, lasts, days, ...rest }: PeriodicInput): StartedGang[] {
  const end = days * 86_400;
  return gangs(
    Array.from({ length: Math.ceil(end / every) }, (_, i): GangInput => {
      const created = i * every;
      return { ...rest, created, ...(created + lasts <= end ? { ended: created + lasts } : {}) };
    }),
  );
}
