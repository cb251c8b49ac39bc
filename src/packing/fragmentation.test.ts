import fc from "fast-check";
import { expect, test } from "vitest";
import { type FreeNode, fragmentation, type TaskShape } from "./fragmentation.js";

const shapes: TaskShape[] = [
  { cpuMilli: 4000, gpuMilli: 500, gpuCount: 1, popularity: 0.4 },
  { cpuMilli: 8000, gpuMilli: 1000, gpuCount: 1, popularity: 0.3 },
  { cpuMilli: 16000, gpuMilli: 1000, gpuCount: 2, popularity: 0.2 },
  { cpuMilli: 64000, gpuMilli: 1000, gpuCount: 8, popularity: 0.1 },
];
const nodes: FreeNode[] = [
  { cpuMilli: 32000, gpuMilli: [300, 1000, 1000, 0] },
  { cpuMilli: 8000, gpuMilli: [600, 700, 0, 0] },
  { cpuMilli: 96000, gpuMilli: [1000, 1000, 1000, 1000, 1000, 1000, 1000, 1000] },
  { cpuMilli: 2000, gpuMilli: [1000, 1000] },
];
const whole: TaskShape = { cpuMilli: 1000, gpuMilli: 1000, gpuCount: 1, popularity: 1 };

test("fragmentation(nodes, shapes) gives 41/170 for the example worked by hand", () => {
  const { fragmentedGpuMilli, freeGpuMilli, rate } = fragmentation(nodes, shapes);
  expect(fragmentedGpuMilli).toBeCloseTo(3280, 9);
  expect(freeGpuMilli).toBe(13_600);
  expect(rate).toBeCloseTo(41 / 170, 14);
});

test("fragmentation(nodes, shapes) of each node of that example is 500, 780, 0 and 2000", () => {
  const byNode = nodes.map((node) => fragmentation([node], shapes).fragmentedGpuMilli);
  for (const [i, expected] of [500, 780, 0, 2000].entries()) expect(byNode[i]).toBeCloseTo(expected, 10);
});

test("fragmentation(nodes, shapes) never gives more fragments than there is free, however the weights are rounded", () => {
  const free: FreeNode = { cpuMilli: 1000, gpuMilli: [5000] };
  for (const popularities of [
    [0.7, 0.1, 0.3],
    [0.3, 0.3, 0.3],
  ]) {
    const large = popularities.map((popularity) => ({ ...whole, cpuMilli: 2000, popularity }));
    expect(fragmentation([free], large)).toEqual({ fragmentedGpuMilli: 5000, freeGpuMilli: 5000, rate: 1 });
  }
});

test("fragmentation(nodes, shapes) looks only at the ratios of popularities", () => {
  const counted = shapes.map((shape) => ({ ...shape, popularity: Math.round(shape.popularity * 10) }));
  expect(fragmentation(nodes, counted)).toEqual({
    fragmentedGpuMilli: 3280,
    freeGpuMilli: 13_600,
    rate: 3280 / 13_600,
  });
});

test("fragmentation(nodes, shapes) takes all that is free as fragments for a shape without GPUs", () => {
  expect(fragmentation(nodes, [{ cpuMilli: 1, gpuMilli: 0, gpuCount: 0, popularity: 1 }]).rate).toBe(1);
});

test("fragmentation(nodes, shapes) takes all that is free as fragments where CPU or GPUs are too few", () => {
  const node = { cpuMilli: 1000, gpuMilli: [1000, 400] };
  expect(fragmentation([node], [whole]).fragmentedGpuMilli).toBe(400);
  expect(fragmentation([node], [{ ...whole, cpuMilli: 1001 }]).fragmentedGpuMilli).toBe(1400);
  expect(fragmentation([node], [{ ...whole, gpuCount: 2 }]).fragmentedGpuMilli).toBe(1400);
});

test("fragmentation(nodes, shapes) takes GPUs of another type, or of none told, as fragments for a shape with a type", () => {
  const typed = { ...whole, gpuType: "H100" };
  const node = { cpuMilli: 1000, gpuMilli: [1000] };
  expect(fragmentation([{ ...node, gpuType: "H100" }], [typed]).rate).toBe(0);
  expect(fragmentation([{ ...node, gpuType: "A100" }], [typed]).rate).toBe(1);
  expect(fragmentation([node], [typed]).rate).toBe(1);
  expect(fragmentation([{ ...node, gpuType: "A100" }], [whole]).rate).toBe(0);
});

test("fragmentation(nodes, shapes) has a rate of 0 when nothing is free", () => {
  const nothing = { fragmentedGpuMilli: 0, freeGpuMilli: 0, rate: 0 };
  expect(fragmentation([], shapes)).toEqual(nothing);
  expect(fragmentation([{ cpuMilli: 0, gpuMilli: [0, 0] }], shapes)).toEqual(nothing);
});

test("fragmentation(nodes, shapes) never exceeds what is free", () => {
  const milli = fc.integer({ min: 0, max: 1000 });
  const anyNode = fc.record({ cpuMilli: milli, gpuMilli: fc.array(milli, { maxLength: 8 }) });
  const anyShape = fc.record({
    cpuMilli: milli,
    gpuMilli: fc.integer({ min: 1, max: 1000 }),
    gpuCount: fc.nat(8),
    popularity: fc.integer({ min: 1, max: 9 }),
  });
  fc.assert(
    fc.property(fc.array(anyNode), fc.array(anyShape, { minLength: 1 }), (someNodes, someShapes) => {
      const { fragmentedGpuMilli, freeGpuMilli, rate } = fragmentation(someNodes, someShapes);
      expect(fragmentedGpuMilli).toBeGreaterThanOrEqual(0);
      expect(fragmentedGpuMilli).toBeLessThanOrEqual(freeGpuMilli * (1 + 1e-12));
      expect(rate).toBeLessThanOrEqual(1 + 1e-12);
    }),
  );
});

test("fragmentation(nodes, shapes) throws a RangeError that names the path of an amount that can't be", () => {
  const [first, ...others] = shapes as [TaskShape, ...TaskShape[]];
  const wrong = (change: Partial<TaskShape>) => () => fragmentation(nodes, [...others, { ...first, ...change }]);
  expect(wrong({ popularity: -1 })).toThrow(
    new RangeError("shapes[3].popularity: found -1, allowed: finite numbers >= 0"),
  );
  expect(wrong({ gpuCount: 0.5 })).toThrow(
    new RangeError("shapes[3].gpuCount: found 0.5, allowed: whole numbers >= 0"),
  );
  expect(wrong({ gpuMilli: 0 })).toThrow(
    new RangeError("shapes[3].gpuMilli: found 0, allowed: numbers > 0 where gpuCount is 1"),
  );
  expect(() => fragmentation([{ cpuMilli: Number.NaN, gpuMilli: [] }], shapes)).toThrow("nodes[0].cpuMilli: found NaN");
  expect(() => fragmentation([{ cpuMilli: 1, gpuMilli: [0, -5] }], shapes)).toThrow("nodes[0].gpuMilli[1]: found -5");
});

test("fragmentation(nodes, shapes) throws a RangeError when no shape is popular", () => {
  expect(() => fragmentation(nodes, [])).toThrow(
    new RangeError("shapes: found 0 with popularities of 0, allowed: at least one with a popularity > 0"),
  );
  expect(() => fragmentation(nodes, [{ ...whole, popularity: 0 }])).toThrow(RangeError);
});

test("fragmentation(nodes, shapes) throws a TypeError that names the path of what is no number or array", () => {
  const text = { cpuMilli: "4000", gpuMilli: [1000] } as unknown as FreeNode;
  expect(() => fragmentation([text], shapes)).toThrow(
    new TypeError("nodes[0].cpuMilli: found 4000 (string), allowed: finite numbers >= 0"),
  );
  const single = { cpuMilli: 4000, gpuMilli: 1000 } as unknown as FreeNode;
  expect(() => fragmentation([single], shapes)).toThrow(TypeError);
  expect(() => fragmentation(nodes, undefined as unknown as TaskShape[])).toThrow("shapes: found undefined");
  expect(() => fragmentation([null as unknown as FreeNode], shapes)).toThrow("nodes[0]: found null, allowed: objects");
  const untyped = { ...whole, gpuType: null } as unknown as TaskShape;
  expect(() => fragmentation(nodes, [untyped])).toThrow("shapes[0].gpuType: found null");
  const { popularity, ...unpopular } = whole;
  expect(() => fragmentation(nodes, [unpopular as TaskShape])).toThrow("shapes[0].popularity: found undefined");
});
