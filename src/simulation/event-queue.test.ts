import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { EventQueue } from "./event-queue.js";

interface Event {
  readonly time: number;
  readonly kind: number;
  readonly subject: number;
}

/** Takes the next event. */
function take(queue: EventQueue): Event {
  const event = { time: queue.nextTime, kind: queue.nextKind, subject: queue.nextSubject };
  queue.pop();
  return event;
}

const anyEvent = fc.record({
  time: fc.integer({ min: -5, max: 30 }),
  kind: fc.integer({ min: 0, max: 3 }),
  subject: fc.integer({ min: 0, max: 1000 }),
});

describe("EventQueue", () => {
  test("gives events by time, then kind, then in the order in which they were added", () => {
    fc.assert(
      fc.property(fc.array(anyEvent, { maxLength: 200 }), (events) => {
        const queue = new EventQueue();
        for (const { time, kind, subject } of events) queue.add(time, kind, subject);
        const taken = events.map(() => take(queue));
        // Sorting is stable, which keeps the order of adding.
        expect(taken).toEqual([...events].sort((a, b) => a.time - b.time || a.kind - b.kind));
        expect(queue.size).toBe(0);
      }),
    );
  });

  test("gives the least of what is in it, however adding and taking alternate", () => {
    fc.assert(
      fc.property(fc.array(fc.option(anyEvent, { freq: 3 }), { maxLength: 200 }), (steps) => {
        const queue = new EventQueue();
        const model: Event[] = [];
        for (const event of steps) {
          if (event) {
            queue.add(event.time, event.kind, event.subject);
            model.push(event);
            model.sort((a, b) => a.time - b.time || a.kind - b.kind);
          } else if (model.length > 0) expect(take(queue)).toEqual(model.shift());
        }
        expect(queue.size).toBe(model.length);
      }),
    );
  });

  test("has no next event when it is empty, before and after", () => {
    const queue = new EventQueue();
    expect(queue.nextTime).toBe(Number.POSITIVE_INFINITY);
    queue.add(1, 0, 0);
    queue.pop();
    expect(queue.nextTime).toBe(Number.POSITIVE_INFINITY);
  });

  test("grows beyond its first size and keeps times to the millisecond", () => {
    const queue = new EventQueue();
    const late = 92 * 86_400_000;
    for (let i = 0; i < 5000; i++) queue.add(late - i, 0, i);
    for (let i = 4999; i >= 0; i--) expect(take(queue)).toEqual({ time: late - i, kind: 0, subject: i });
  });
});
