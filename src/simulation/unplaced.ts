import { asAdmitted, type WorkloadHistory } from "./history.js";

/** Whether one pod of an admitted workload fits on a node now, which may be none that it is allowed on. */
export type FitsOn = (history: WorkloadHistory, node: number) => boolean;

/**
 * Admitted workloads whose pods no node has room for, in the order in which the scheduler tries them: by priority, then
 * by admission. Those that ask for the same thing stand in one line: once its first finds no room, nobody behind does,
 * and none is tried again before room has grown on a node that fits one of its pods.
 */
export class Unplaced {
  readonly #lines = new Map<string, Line>();
  readonly #grown = new Set<number>();
  /** How many there are. */
  #size = 0;
  /** Whether anyone is to be tried. */
  #due = false;
  #turn = 0;

  /** @param tried whether it has just been tried in vain */
  add(history: WorkloadHistory, tried: boolean): void {
    const key = keyOf(history);
    let line = this.#lines.get(key);
    if (!line) {
      line = { members: [], untried: false };
      this.#lines.set(key, line);
    }
    const member = { history, turn: this.#turn++ };
    let at = line.members.length;
    while (at > 0 && inOrder(member, line.members[at - 1]!) < 0) at--;
    line.members.splice(at, 0, member);
    this.#size++;
    if (tried) return;
    line.untried = true;
    this.#due = true;
  }

  remove(history: WorkloadHistory): void {
    const { members } = this.#lines.get(keyOf(history))!;
    members.splice(
      members.findIndex((member) => member.history === history),
      1,
    );
    this.#size--;
  }

  /** In the order in which they are tried, each with its line: what one of it does not fit, none behind it does. */
  get inOrder(): { readonly history: WorkloadHistory; readonly line: unknown }[] {
    const all = [...this.#lines.values()].flatMap((line) => line.members.map((member) => ({ member, line })));
    return all
      .sort((a, b) => inOrder(a.member, b.member))
      .map(({ member, line }) => ({ history: member.history, line }));
  }

  /** There is more room on a node: the next call of placeWhatFits tries those that it may help. */
  roomGrew(node: number): void {
    if (this.#size === 0) return;
    this.#grown.add(node);
    this.#due = true;
  }

  placeWhatFits(now: number, fitsOn: FitsOn, place: (history: WorkloadHistory, now: number) => boolean): void {
    if (!this.#due) return;
    this.#due = false;
    const grown = [...this.#grown];
    this.#grown.clear();
    const lines: Line[] = [];
    for (const line of this.#lines.values()) {
      const [first] = line.members;
      if (first && (line.untried || grown.some((node) => fitsOn(first.history, node)))) lines.push(line);
      line.untried = false;
    }
    while (lines.length > 0) {
      const next = lines.reduce((a, b) => (inOrder(b.members[0]!, a.members[0]!) < 0 ? b : a));
      const placed = place(next.members[0]!.history, now);
      if (placed) {
        next.members.shift();
        this.#size--;
      }
      // Room only shrinks until all have been tried.
      if (!placed || next.members.length === 0) lines.splice(lines.indexOf(next), 1);
    }
  }
}

interface Line {
  readonly members: Member[];
  /** Whether one has joined that was not tried since. */
  untried: boolean;
}

interface Member {
  readonly history: WorkloadHistory;
  /** In which turn it was added. */
  readonly turn: number;
}

/** What it asks for, and where. */
function keyOf({ workload, holds }: WorkloadHistory): string {
  const hold = holds.at(-1)!;
  const { gpusPerPod, cpusPerPod, memoryGiBPerPod, pods, gpuModels } = asAdmitted(workload, hold);
  return `${pods}x${gpusPerPod}/${cpusPerPod}/${memoryGiBPerPod}/${hold.flavor}/${gpuModels}`;
}

function inOrder(a: Member, b: Member): number {
  return (
    b.history.workload.priority - a.history.workload.priority ||
    a.history.holds.at(-1)!.reservedMs - b.history.holds.at(-1)!.reservedMs ||
    a.turn - b.turn
  );
}
