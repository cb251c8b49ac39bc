import fc from "fast-check";
import { expect, test } from "vitest";
import { EndHeap } from "./end-heap.js";

test("EndHeap gives back every handle once, the earliest end first, whatever the order of pushes and pops", () => {
  const operations = fc.array(fc.option(fc.integer({ min: 0, max: 20 })), { maxLength: 200 });
  fc.assert(
    fc.property(operations, (times) => {
      const heap = new EndHeap();
      const model = new Map<number, number>();
      for (const [handle, time] of times.entries()) {
        if (time !== null) {
          heap.push(time, handle);
          model.set(handle, time);
        } else if (model.size > 0) {
          const earliest = heap.earliest();
          expect(earliest).toBe(Math.min(...model.values()));
          const popped = heap.pop();
          expect(model.get(popped)).toBe(earliest);
          model.delete(popped);
        }
        expect(heap.size).toBe(model.size);
      }
    }),
  );
});

test("EndHeap has its earliest end at Infinity when empty", () => {
  expect(new EndHeap().earliest()).toBe(Infinity);
});
