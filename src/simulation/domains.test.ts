import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Ask, DomainTree } from "./domains.js";

/** A host's domains and its room, as "block/rack 3". */
function world(...hosts: string[]) {
  const parts = hosts.map((host) => host.split(" ") as [string, string]);
  const tree = new DomainTree(parts.map(([path]) => path.split("/").filter((domain) => domain !== "")));
  return {
    /** How many pods each host gets, or undefined if they are not placed. */
    place(pods: number, ask: Ask): number[] | undefined {
      const placed = tree.place(pods, ask, (host) => Number(parts[host]![1]));
      return placed && hosts.map((_, host) => placed.filter((one) => one === host).length);
    },
  };
}

const required = (level: number): Ask => ({ kind: "required", level });
const preferred = (level: number): Ask => ({ kind: "preferred", level });
const unconstrained: Ask = { kind: "unconstrained" };

describe("as worked out in Kueue's documents and tests of v0.19", () => {
  test("hosts with most room go first and the last is the one that has least to spare, or the other way round", () => {
    // KEP 2724, "Computing the assignment": a rack of hosts with room for 3, 3, 2 and 1; 7 pods.
    const rack = world("r 3", "r 3", "r 2", "r 1");
    expect(rack.place(7, required(0))).toEqual([3, 3, 0, 1]);
    expect(rack.place(7, unconstrained)).toEqual([3, 1, 2, 1]);
  });

  test("a single host that holds all is taken before several, and of those the one that has least to spare", () => {
    expect(world("r 2", "r 1", "r 1").place(2, required(0))).toEqual([2, 0, 0]);
    expect(world("r 4", "r 2", "r 3").place(2, required(0))).toEqual([0, 2, 0]);
    expect(world("r 4", "r 2", "r 3").place(2, unconstrained)).toEqual([0, 2, 0]);
  });

  test("racks are as few as can be before hosts are", () => {
    // One rack of four hosts, though two hosts in two racks would do.
    const block = world("b/r1 2", "b/r2 2", "b/r3 1", "b/r3 1", "b/r3 1", "b/r3 1");
    expect(block.place(4, required(0))).toEqual([0, 0, 1, 1, 1, 1]);
  });

  test("several blocks, where none has room for all: those with most room, and as the last the tightest", () => {
    expect(world("b1/r 2", "b2/r 1", "b3/r 4").place(5, preferred(0))).toEqual([0, 1, 4]);
  });

  test("pods over two blocks are spread over racks without regard to which block was to have how many", () => {
    const tree = ["b1/r1 1", "b1/r2 1", "b1/r2 1", "b1/r2 1", "b2/r1 1", "b2/r2 2"];
    expect(world(...tree).place(6, preferred(1))).toEqual([1, 1, 1, 1, 0, 2]);
    expect(world(...tree).place(6, preferred(0))).toEqual([1, 1, 1, 1, 0, 2]);
    expect(world(...tree).place(10, preferred(0))).toBeUndefined();
  });

  test("unconstrained pods fill what is left on hosts all over, though one rack could hold them", () => {
    const scattered = world("b1/r1 4", "b1/r1 1", "b1/r1 1", "b2/r1 2", "b2/r1 1");
    expect(scattered.place(6, unconstrained)).toEqual([1, 1, 1, 2, 1]);
  });
});

describe("a required domain", () => {
  test("is of the level that is asked for: a rack is not enough where a host is required", () => {
    const racks = world("r1 2", "r1 2", "r2 3");
    expect(racks.place(3, required(0))).toEqual([0, 0, 3]);
    expect(racks.place(4, required(0))).toEqual([2, 2, 0]);
    expect(racks.place(3, required(1))).toEqual([0, 0, 3]);
    expect(racks.place(4, required(1))).toBeUndefined();
  });

  test("is not found where free room lies across two, however much", () => {
    expect(world("r1 3", "r2 3").place(4, required(0))).toBeUndefined();
    expect(world("r1 3", "r2 3").place(4, preferred(0))).toEqual([3, 1]);
  });

  test("of two that have as much room is the first", () => {
    expect(world("r1 2", "r2 2").place(2, required(0))).toEqual([2, 0]);
  });
});

describe("a preferred domain", () => {
  test("is of the level that is asked for if any has room, else of the next above", () => {
    const tree = ["b1/r1 1", "b1/r2 1", "b2/r3 3"];
    expect(world(...tree).place(2, preferred(1))).toEqual([0, 0, 2]);
    expect(world("b1/r1 1", "b1/r2 1", "b2/r3 1").place(2, preferred(1))).toEqual([1, 1, 0]);
    expect(world("b1/r1 1", "b1/r2 1", "b2/r3 1").place(3, preferred(1))).toEqual([1, 1, 1]);
  });
});

/** By host: its block and rack, and for how many pods it has room. */
type Hosts = readonly { readonly path: readonly string[]; readonly room: number }[];

/** Up to eight hosts in two blocks of two racks. */
const anyTree: fc.Arbitrary<Hosts> = fc
  .array(fc.record({ block: fc.nat(1), rack: fc.nat(1), room: fc.nat(4) }), { minLength: 1, maxLength: 8 })
  .map((hosts) =>
    hosts
      .map(({ block, rack, room }) => ({ path: [`b${block}`, `r${rack}`], room }))
      .sort((a, b) => a.path.join().localeCompare(b.path.join())),
  );

const always = (check: (hosts: Hosts, pods: number, level: number) => void) =>
  fc.assert(fc.property(anyTree, fc.integer({ min: 1, max: 12 }), fc.nat(2), check), { numRuns: 500 });

const placed = (hosts: Hosts, pods: number, ask: Ask) =>
  new DomainTree(hosts.map(({ path }) => path)).place(pods, ask, (host) => hosts[host]!.room);
/** The domain that a host is in at a level; level 2 is the host's own, level -1 the whole tree. */
const domainOf = (hosts: Hosts, host: number, level: number) =>
  level === 2 ? String(host) : hosts[host]!.path.slice(0, level + 1).join("/");
/** Room by domain of a level. */
function roomAt(hosts: Hosts, level: number): Map<string, number> {
  const room = new Map<string, number>();
  hosts.forEach((host, i) => {
    const domain = domainOf(hosts, i, level);
    room.set(domain, (room.get(domain) ?? 0) + host.room);
  });
  return room;
}
const domainsUsed = (hosts: Hosts, nodes: readonly number[], level: number) =>
  new Set(nodes.map((host) => domainOf(hosts, host, level)));
/** The fewest of these amounts that add up to enough, by trying all. */
function fewest(amounts: readonly number[], enough: number): number {
  let best = Number.POSITIVE_INFINITY;
  for (let some = 0; some < 2 ** amounts.length; some++) {
    const chosen = amounts.filter((_, i) => some & (1 << i));
    if (chosen.reduce((sum, n) => sum + n, 0) >= enough) best = Math.min(best, chosen.length);
  }
  return best;
}

describe("in every small tree, against trying all", () => {
  test("all pods are placed or none, and no host gets more than it has room for", () => {
    always((hosts, pods, level) => {
      for (const ask of [required(level), preferred(level), unconstrained]) {
        const nodes = placed(hosts, pods, ask);
        if (!nodes) continue;
        expect(nodes).toHaveLength(pods);
        hosts.forEach(({ room }, host) => {
          expect(nodes.filter((one) => one === host).length).toBeLessThanOrEqual(room);
        });
      }
    });
  });

  test("a required domain is found if and only if there is one, and it has the least room of those that hold the gang", () => {
    always((hosts, pods, level) => {
      const enough = [...roomAt(hosts, level)].filter(([, room]) => room >= pods);
      const nodes = placed(hosts, pods, required(level));
      expect(nodes !== undefined).toBe(enough.length > 0);
      if (!nodes) return;
      const used = [...domainsUsed(hosts, nodes, level)];
      expect(used).toHaveLength(1);
      expect(roomAt(hosts, level).get(used[0]!)).toBe(Math.min(...enough.map(([, room]) => room)));
    });
  });

  test("a preferred level is never left for a higher one than has to be, nor a block for more than have to be", () => {
    always((hosts, pods, level) => {
      const nodes = placed(hosts, pods, preferred(level));
      const levels = [level, level - 1, level - 2].filter((one) => one >= 0);
      const lowest = levels.find((one) => [...roomAt(hosts, one).values()].some((room) => room >= pods));
      if (lowest !== undefined) expect(domainsUsed(hosts, nodes!, lowest).size).toBe(1);
      else {
        const blocks = fewest([...roomAt(hosts, 0).values()], pods);
        expect(nodes ? domainsUsed(hosts, nodes, 0).size : Number.POSITIVE_INFINITY).toBe(blocks);
      }
    });
  });

  test("within the rack that it gets, a gang is on as few hosts as can be", () => {
    always((hosts, pods) => {
      const nodes = placed(hosts, pods, required(1));
      if (!nodes) return;
      const [rack] = domainsUsed(hosts, nodes, 1);
      const rooms = hosts.flatMap(({ room }, host) => (domainOf(hosts, host, 1) === rack ? [room] : []));
      expect(new Set(nodes).size).toBe(fewest(rooms, pods));
    });
  });

  test("unconstrained pods are placed if and only if there is room for all, and leave no host untouched that has less", () => {
    always((hosts, pods) => {
      const nodes = placed(hosts, pods, unconstrained);
      const total = hosts.reduce((sum, { room }) => sum + room, 0);
      expect(nodes !== undefined).toBe(total >= pods);
      if (!nodes || new Set(nodes).size === 1) return;
      const most = Math.max(...nodes.map((host) => hosts[host]!.room));
      const untouched = hosts.filter(({ room }, host) => room > 0 && !nodes.includes(host));
      for (const { room } of untouched) expect(room).toBeGreaterThanOrEqual(most);
    });
  });
});
