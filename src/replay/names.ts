/** Gives things names that Kubernetes allows, near to what a list calls them, and each its own. */
export class Names {
  readonly #nameOf = new Map<string, string>();
  readonly #taken = new Set<string>();

  /** A name for a thing: the same whenever it is asked for, and no other thing's. */
  of(called: string, thing = called): string {
    let name = this.#nameOf.get(thing);
    if (name === undefined) {
      const wanted = kubernetesName(called);
      name = wanted;
      for (let i = 2; this.#taken.has(name); i++) name = `${wanted.slice(0, 55)}-${i}`;
      this.#taken.add(name);
      this.#nameOf.set(thing, name);
    }
    return name;
  }
}

/** The nearest name that Kubernetes allows, which may be another's, too. */
export function kubernetesName(called: string): string {
  const name = called
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 63)
    .replace(/^-+|-+$/g, "");
  return name || "unnamed";
}
