/**
 * What a gang asks for: one domain of a level, counted from the outermost; one of it or of the lowest level above that
 * has room, and several of the outermost if none has; or any hosts.
 */
export type Ask =
  | { readonly kind: "required" | "preferred"; readonly level: number }
  | { readonly kind: "unconstrained" };

/** A rack or the like; a host has no children. */
interface Domain {
  /** Its place in the order of the hosts: of equals, the first is taken. */
  readonly order: number;
  readonly children: Domain[];
  /** Pods of the gang in question that it has room for. */
  room: number;
}

/** A domain, and how many of the gang's pods it is to take. */
interface Share {
  readonly domain: Domain;
  readonly pods: number;
}

/**
 * Hosts by racks, racks by blocks and so on, and which of them Kueue chooses for a gang: v0.19 with its default profile
 * (pkg/cache/scheduler/tas_flavor_snapshot.go, KEP 2724), for one pod set without slices.
 */
export class DomainTree {
  /** The domains of each level, outermost first; the hosts are the last. */
  readonly #levels: readonly Domain[][];

  /** @param hosts each host's domains above it, outermost first, as many for each */
  constructor(hosts: readonly (readonly string[])[]) {
    const levels = Array.from({ length: (hosts[0]?.length ?? 0) + 1 }, (): Domain[] => []);
    const known = new Map<string, Domain>();
    for (const [host, path] of hosts.entries()) {
      let parent: Domain | undefined;
      for (let level = 0; level < levels.length; level++) {
        const key = level < path.length ? path.slice(0, level + 1).join("/") : `/${host}`;
        let domain = known.get(key);
        if (!domain) {
          domain = { order: level < path.length ? levels[level]!.length : host, children: [], room: 0 };
          known.set(key, domain);
          levels[level]!.push(domain);
          parent?.children.push(domain);
        }
        parent = domain;
      }
    }
    this.#levels = levels;
  }

  /**
   * The host of each pod, in the order of the hosts, or undefined if they do not fit as they ask.
   *
   * @param roomOf how many of the pods a host has room for
   */
  place(pods: number, ask: Ask, roomOf: (host: number) => number): number[] | undefined {
    const chosen = this.#choose(pods, ask, roomOf);
    if (!chosen) return undefined;
    const inOrder = [...chosen].sort((a, b) => a.domain.order - b.domain.order);
    return inOrder.flatMap((share) => Array<number>(share.pods).fill(share.domain.order));
  }

  #choose(pods: number, ask: Ask, roomOf: (host: number) => number): Share[] | undefined {
    const levels = this.#levels;
    const hosts = levels.at(-1)!;
    for (const host of hosts) host.room = roomOf(host.order);
    if (ask.kind === "unconstrained") return tightestFirst(hosts, pods);
    for (const domains of levels.slice(0, -1).reverse())
      for (const domain of domains) domain.room = domain.children.reduce((sum, { room }) => sum + room, 0);

    let { level } = ask;
    let chosen = roomiestFirst(levels[level]!, pods);
    if (ask.kind === "required" && chosen?.length !== 1) return undefined;
    while (chosen?.length !== 1 && level > 0) chosen = roomiestFirst(levels[--level]!, pods);
    // Each level down takes as few domains as it can of all that are below those chosen, wherever they are.
    for (; chosen && level < levels.length - 1; level++) {
      const below: Domain[] = chosen.flatMap(({ domain }) => domain.children);
      chosen = roomiestFirst(below, pods);
    }
    return chosen;
  }
}

/** BestFit: the domains with most room, and as the last the one that has least to spare. */
function roomiestFirst(domains: readonly Domain[], pods: number): Share[] | undefined {
  const sorted = [...domains].sort((a, b) => b.room - a.room || a.order - b.order);
  const chosen: Share[] = [];
  let left = pods;
  for (const [i, domain] of sorted.entries()) {
    if (domain.room >= left) {
      const enough = sorted.slice(i).filter(({ room }) => room >= left);
      const least = enough.at(-1)!.room;
      return [...chosen, { domain: enough.find(({ room }) => room === least)!, pods: left }];
    }
    chosen.push({ domain, pods: domain.room });
    left -= domain.room;
  }
  return undefined;
}

/** LeastFreeCapacity: the one that has least to spare if one is enough, else those with least room. */
function tightestFirst(domains: readonly Domain[], pods: number): Share[] | undefined {
  const sorted = [...domains].sort((a, b) => a.room - b.room || a.order - b.order);
  const enough = sorted.find(({ room }) => room >= pods);
  if (enough) return [{ domain: enough, pods }];
  const chosen: Share[] = [];
  let left = pods;
  for (const domain of sorted) {
    const taken = Math.min(domain.room, left);
    chosen.push({ domain, pods: taken });
    left -= taken;
    if (left === 0) return chosen;
  }
  return undefined;
}
