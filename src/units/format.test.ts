import { describe, expect, it } from "vitest";
import {
  clock,
  date,
  day,
  dayOfMonth,
  dollars,
  duration,
  fixed,
  gpuHours,
  gpus,
  list,
  number,
  percent,
  period,
  plural,
  range,
  timestamp,
  weekday,
} from "./format.js";

function table<T>(format: (value: T) => string, rows: [T, string][]) {
  for (const [value, text] of rows) expect(format(value), String(value)).toBe(text);
}

describe("numbers", () => {
  it("fixed() groups thousands, rounds halves away from zero and never writes a negative zero", () => {
    expect(fixed(1234567.891, 2)).toBe("1,234,567.89");
    expect(fixed(999.5, 0)).toBe("1,000");
    expect(fixed(-999.5, 0)).toBe("−1,000");
    expect(fixed(-0.4, 0)).toBe("0");
    expect(fixed(-0, 1)).toBe("0.0");
  });

  it("number() picks its digits by size, after rounding", () => {
    table(number, [
      [0, "0"],
      [-0, "0"],
      [7, "7"],
      [1234.5, "1,235"],
      [999.5, "1,000"],
      [999.4, "999"],
      [99.96, "100"],
      [99.94, "99.9"],
      [12.04, "12.0"],
      [1.25, "1.3"],
      [0.996, "1.0"],
      [0.994, "0.99"],
      [0.005, "0.01"],
      [-12.34, "−12.3"],
      [0.1 + 0.2, "0.30"],
      [3.0000000000000004, "3"],
    ]);
  });

  it("number() shows that a tiny value is not zero", () => {
    expect(number(0.004)).toBe("<0.01");
    expect(number(-0.004)).toBe(">−0.01");
  });

  it("what is missing reads unknown in every format, and never zero", () => {
    for (const missing of [undefined, null, Number.NaN]) {
      for (const format of [number, gpus, gpuHours, percent, dollars, duration])
        expect(format(missing)).toBe("unknown");
      for (const format of [day, date, clock, timestamp]) expect(format(missing)).toBe("unknown");
      expect(fixed(missing, 1)).toBe("unknown");
      expect(plural(missing, "queue")).toBe("unknown");
    }
  });

  it("what has no bound reads infinite", () => {
    expect(number(Number.POSITIVE_INFINITY)).toBe("infinite");
    expect(number(Number.NEGATIVE_INFINITY)).toBe("−infinite");
    expect(duration(Number.POSITIVE_INFINITY)).toBe("infinite");
    expect(percent(Number.POSITIVE_INFINITY)).toBe("infinite");
    expect(gpuHours(Number.POSITIVE_INFINITY)).toBe("infinite GPU-hours");
  });

  it("plural() agrees with the number as it is written", () => {
    expect(plural(1, "queue")).toBe("1 queue");
    expect(plural(0, "queue")).toBe("0 queues");
    expect(plural(-1, "queue")).toBe("−1 queue");
    expect(plural(1.04, "queue")).toBe("1.0 queues");
    expect(plural(2, "LocalQueue of a cohort", "LocalQueues of a cohort")).toBe("2 LocalQueues of a cohort");
  });

  it("GPUs and GPU-hours carry their unit", () => {
    expect(gpuHours(1234.5)).toBe("1,235 GPU-hours");
    expect(gpuHours(1)).toBe("1 GPU-hour");
    expect(gpus(12)).toBe("12 GPUs");
    expect(gpus(1)).toBe("1 GPU");
  });
});

describe("shares and money", () => {
  it("percent() keeps 0% and 100% for exactly none and all", () => {
    table(percent, [
      [0, "0%"],
      [0.0004, "<0.1%"],
      [-0.0004, ">−0.1%"],
      [0.0005, "0.1%"],
      [0.0123, "1.2%"],
      [0.05, "5%"],
      [0.07, "7%"],
      [0.0996, "10%"],
      [0.123, "12%"],
      [0.9949, "99%"],
      [0.997, "99.7%"],
      [0.99996, ">99.9%"],
      [1, "100%"],
      [1.002, "100.2%"],
      [1.234, "123%"],
      [-0.25, "−25%"],
    ]);
  });

  it("dollars() shows cents where they matter", () => {
    table(dollars, [
      [0, "$0"],
      [2.5, "$2.50"],
      [-2.5, "−$2.50"],
      [-0.001, "$0.00"],
      [99.999, "$100"],
      [1234.5, "$1,235"],
      [999_999.4, "$999,999"],
      [999_999.5, "$1.00 million"],
      [1_234_567, "$1.23 million"],
    ]);
  });
});

describe("time", () => {
  it("duration() says the two largest units and carries", () => {
    table(duration, [
      [0, "0 s"],
      [0.04, "<0.1 s"],
      [0.4, "0.4 s"],
      [0.96, "1 s"],
      [45, "45 s"],
      [59.6, "1 min"],
      [270, "4 min 30 s"],
      [599.6, "10 min"],
      [720, "12 min"],
      [3569, "59 min"],
      [3599, "1 h"],
      [15_120, "4 h 12 min"],
      [172_799, "2 d"],
      [273_600, "3 d 4 h"],
      [-45, "−45 s"],
    ]);
  });

  it("timestamps are in UTC and name the weekday", () => {
    const at = Date.UTC(2026, 0, 6, 14, 0, 59);
    expect(timestamp(at)).toBe("Tue 6 Jan 14:00 UTC");
    expect(timestamp(new Date(at))).toBe("Tue 6 Jan 14:00 UTC");
    expect(day(at)).toBe("Tue 6 Jan");
    expect(weekday(at)).toBe("Tue");
    expect(dayOfMonth(at)).toBe("6 Jan");
    expect(date(at)).toBe("6 Jan 2026");
    expect(clock(at)).toBe("14:00");
    expect(timestamp(0)).toBe("Thu 1 Jan 00:00 UTC");
  });

  it("period() names whole days by their first and last", () => {
    const jan = (on: number, hour = 0) => Date.UTC(2026, 0, on, hour);
    expect(period(jan(6), jan(13))).toBe("6 Jan to 12 Jan 2026");
    expect(period(jan(6), jan(7))).toBe("6 Jan 2026");
    expect(period(Date.UTC(2025, 11, 30), jan(3))).toBe("30 Dec 2025 to 2 Jan 2026");
    expect(period(jan(6, 14), jan(7, 2))).toBe("6 Jan 2026 14:00 to 7 Jan 2026 02:00 UTC");
    expect(period(jan(6), undefined)).toBe("unknown");
  });

  it("no format moves with the time zone of the machine", () => {
    const zone = process.env["TZ"];
    try {
      for (const other of ["Pacific/Apia", "America/St_Johns", "UTC"]) {
        process.env["TZ"] = other;
        expect(timestamp(Date.UTC(2026, 0, 6, 23, 30))).toBe("Tue 6 Jan 23:30 UTC");
      }
    } finally {
      if (zone === undefined) delete process.env["TZ"];
      else process.env["TZ"] = zone;
    }
  });
});

describe("ranges and lists", () => {
  it("range() says one number for bounds that read the same", () => {
    expect(range(12, 18)).toBe("12 to 18");
    expect(range(12.01, 12.04)).toBe("12.0");
    expect(range(12, 18, "GPU-hour")).toBe("12 to 18 GPU-hours");
    expect(range(1, 1, "GPU-hour")).toBe("1 GPU-hour");
  });

  it("range() without a bound says at least or at most", () => {
    expect(range(12, Number.POSITIVE_INFINITY)).toBe("at least 12");
    expect(range(12, undefined, "GPU")).toBe("at least 12 GPUs");
    expect(range(undefined, 18)).toBe("at most 18");
    expect(range(undefined, undefined)).toBe("unknown");
  });

  it("list() joins as a sentence does", () => {
    expect(list([])).toBe("none");
    expect(list(["a"])).toBe("a");
    expect(list(["a", "b"])).toBe("a and b");
    expect(list(["a", "b", "c"])).toBe("a, b and c");
  });
});
