import type { Workload } from "../demand/workload.js";
import type { Resource } from "../scenario/resource-groups.js";
import { Admission, type Admitted, type Preempted } from "../simulation/admission.js";
import { minutes, type SmallInput, small, type WorkloadInput, workloads } from "./scenario.js";

/**
 * Kueue with an empty cluster behind it: what it admits, as "name flavor", "name flavor/another" where there are several
 * resource groups, "name flavor +borrowed" or, with fewer pods, "name 4/8 flavor".
 */
export class Kueue {
  readonly #admission: Admission;
  readonly #admitted = new Map<string, Admitted>();
  #next = 0;

  constructor(input: SmallInput) {
    this.#admission = new Admission(small(input));
  }

  /** Submits workloads, one a minute after another, and lets Kueue work: once for all. */
  submit(...inputs: WorkloadInput[]): string[] {
    for (const input of inputs) {
      const id = this.#next++;
      const [workload] = workloads([input]) as [Workload];
      const named = { ...workload, id, createdMs: minutes(id), name: input.name ?? String(id) };
      this.#admission.enqueue(named, named.createdMs);
    }
    return this.#admit();
  }

  /** Ends workloads, all at once, and lets Kueue work. */
  end(...names: string[]): string[] {
    for (const name of names) this.#release(name);
    return this.#admit();
  }

  /** Evicts a workload, then lets others act, then puts it back into the queue with the time of its eviction. */
  evict(name: string, atMinute: number, meanwhile: () => void): string[] {
    const { workload } = this.#release(name);
    meanwhile();
    this.#admission.enqueue(workload, minutes(atMinute));
    return this.#admit();
  }

  /** Lets the pods of workloads that were told to go be gone: they queue again by their creation. */
  gone(...names: string[]): string[] {
    for (const name of names) {
      const { workload } = this.#release(name);
      this.#admission.enqueue(workload, workload.createdMs);
    }
    return this.#admit();
  }

  /** GPUs in use, or what else there is quota on. */
  usage(clusterQueue: string, flavor: string, resource?: Resource): number {
    return this.#admission.usage(clusterQueue, flavor, resource);
  }

  #release(name: string): Admitted {
    const admitted = this.#admitted.get(name)!;
    this.#admission.release(admitted.workload);
    return admitted;
  }

  /** Whoever is told to go is said as "name out InClusterQueue". */
  #admit(): string[] {
    const said: string[] = [];
    const onAdmitted = (admitted: Admitted) => {
      const { workload, flavor, flavors = {}, pods, borrowed } = admitted;
      this.#admitted.set(workload.name, admitted);
      const some = pods < workload.pods ? ` ${pods}/${workload.pods}` : "";
      said.push(
        `${workload.name}${some} ${[...new Set([flavor, ...Object.values(flavors)])].join("/")}${borrowed > 0 ? ` +${borrowed}` : ""}`,
      );
    };
    const onPreempted = ({ workload, reason }: Preempted) => said.push(`${workload.name} out ${reason}`);
    this.#admission.admit(minutes(this.#next), onAdmitted, onPreempted);
    return said;
  }
}

export const quota = (name: string, nominalQuota: number, borrowingLimit?: number) => ({
  name,
  nominalQuota,
  ...(borrowingLimit === undefined ? {} : { borrowingLimit }),
});
/** `count` nodegroups a, b … of 8 GPUs. */
export const groups = (count: number) => Array.from({ length: count }, () => ({}));
export const gang = (name: string, gpus: number, rest: WorkloadInput = {}): WorkloadInput => ({
  name,
  gpusPerPod: gpus,
  ...rest,
});
