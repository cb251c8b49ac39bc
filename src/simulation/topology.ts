import type { Workload } from "../demand/workload.js";
import { HOST, type Scenario } from "../scenario/schema.js";
import { isTopologyAware, levelsOf } from "../scenario/topology.js";
import type { Expected, Places } from "./admission.js";
import { type Ask, DomainTree } from "./domains.js";
import { FreeRoom, type GangRequest } from "./free-room.js";
import type { SimulatedNode } from "./history.js";
import type { Reach } from "./reach.js";

/** A set of nodes by its levels. */
interface Levels {
  /** Their names, outermost first. */
  readonly names: readonly string[];
  readonly tree: DomainTree;
}

/**
 * Topology-aware scheduling: which nodes Kueue gives to what it admits to a topology-aware flavor. It counts what
 * schedulable nodes have free beside all that runs on them, and admits nothing that it finds no nodes for.
 */
export class Topology implements Places {
  readonly #nodes: readonly SimulatedNode[];
  readonly #reach: Reach;
  readonly #free: FreeRoom;
  readonly #nodesOf: (workload: Workload) => readonly number[];
  readonly #aware: ReadonlySet<string>;
  readonly #namesOf: ReadonlyMap<string, readonly string[]>;
  /** By the set of nodes itself, which Reach keeps. */
  readonly #levels = new Map<Int32Array, Levels>();
  /** Each node as a set of its own. */
  readonly #alone: readonly Int32Array[];
  #scratch: FreeRoom | undefined;

  /**
   * @param free what is free now
   * @param nodesOf the node of each pod that a workload has on nodes now
   */
  constructor(
    scenario: Scenario,
    nodes: readonly SimulatedNode[],
    reach: Reach,
    free: FreeRoom,
    nodesOf: (workload: Workload) => readonly number[],
  ) {
    this.#nodes = nodes;
    this.#reach = reach;
    this.#free = free;
    this.#nodesOf = nodesOf;
    const flavors = scenario.resourceFlavors.map(({ name }) => name);
    this.#aware = new Set(flavors.filter((name) => isTopologyAware(scenario, name)));
    this.#namesOf = new Map(scenario.nodegroups.map((nodegroup) => [nodegroup.name, levelsOf(nodegroup)]));
    this.#alone = nodes.map((_, node) => Int32Array.of(node));
  }

  isAware(flavor: string): boolean {
    return this.#aware.has(flavor);
  }

  find(
    workload: Workload,
    flavor: string,
    gone: readonly Workload[] = [],
    before: readonly Expected[] = [],
  ): number[] | undefined {
    const among = this.#reach.nodesOfFlavor(workload, flavor);
    const now = (node: number) => this.#free.fitting(workload, node);
    if (gone.length === 0 && before.length === 0) return this.#choose(workload, among, now);
    this.#scratch ??= new FreeRoom(this.#nodes);
    const later = this.#scratch;
    later.copyFrom(this.#free);
    for (const one of [...gone, ...before.flatMap(({ targets }) => targets)]) later.release(one, this.#nodesOf(one));
    for (const one of before) this.take(later, one.workload, one.nodes);
    return this.#choose(workload, among, (node) => {
      const then = later.fitting(workload, node);
      return gone.length > 0 ? then : Math.min(then, now(node));
    });
  }

  /**
   * Takes room for a workload among these nodes, or for none of its pods, as Kueue would behind a topology-aware flavor
   * and the scheduler elsewhere.
   */
  claim(room: FreeRoom, workload: Workload, among: Int32Array): boolean {
    if (workload.topology === undefined && !this.#reach.topologyAware.has(among))
      return room.place(workload, among, "pack") !== undefined;
    const nodes = this.#choose(workload, among, (node) => room.fitting(workload, node));
    if (nodes) this.take(room, workload, nodes);
    return nodes !== undefined;
  }

  /** Takes room for a pod on each of these nodes, which have it. */
  take(room: FreeRoom, gang: GangRequest, nodes: readonly number[]): void {
    for (const node of nodes) room.place({ ...gang, pods: 1 }, this.#alone[node]!, "pack");
  }

  /**
   * Where the pods of a workload go when they are made again, while those before still have their room: to the same
   * nodes, of which one that is out of service is replaced, within the required domain if other pods are in it.
   * Undefined if there is no replacement, or more than one node is out of service.
   */
  again(workload: Workload, flavor: string, nodes: readonly number[]): readonly number[] | undefined {
    const free = this.#free;
    const kept = nodes.filter((node) => free.schedulable[node] === 1);
    const lost = new Set(nodes.filter((node) => free.schedulable[node] === 0));
    if (lost.size === 0) return nodes;
    if (lost.size > 1) return undefined;
    const [anchor] = kept;
    const level = workload.topology?.kind === "required" ? workload.topology.level : undefined;
    const isWithin = (node: number) =>
      level === undefined || anchor === undefined || this.#domain(node, level) === this.#domain(anchor, level);
    const replacement = this.#choose(
      { ...workload, pods: nodes.length - kept.length },
      this.#reach.nodesOfFlavor(workload, flavor),
      (node) => (isWithin(node) ? free.fitting(workload, node) : 0),
    );
    return replacement && [...kept, ...replacement].sort((a, b) => a - b);
  }

  #choose(workload: Workload, among: Int32Array, roomOf: (node: number) => number): number[] | undefined {
    let levels = this.#levels.get(among);
    if (!levels) {
      const nodes = Array.from(among, (node) => this.#nodes[node]!);
      const tree = new DomainTree(nodes.map(({ domains = [] }) => domains));
      levels = { names: this.#namesOf.get(nodes[0]!.nodegroup)!, tree };
      this.#levels.set(among, levels);
    }
    const hosts = levels.tree.place(workload.pods, askOf(workload, levels.names), (host) => roomOf(among[host]!));
    return hosts?.map((host) => among[host]!);
  }

  #domain(node: number, level: string): string | number {
    const { nodegroup, domains = [] } = this.#nodes[node]!;
    return level === HOST ? node : domains[this.#namesOf.get(nodegroup)!.indexOf(level)]!;
  }
}

/** What asks for nothing has the default of KEP 2724, unconstrained. */
function askOf({ topology }: Workload, names: readonly string[]): Ask {
  if (topology === undefined || topology.kind === "unconstrained") return { kind: "unconstrained" };
  return { kind: topology.kind, level: names.indexOf(topology.level) };
}
