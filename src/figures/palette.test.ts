import { describe, expect, it } from "vitest";
import {
  BACKGROUND,
  category,
  contrast,
  divergingScale,
  GREY,
  GRID,
  INK,
  inkOn,
  linearRgb,
  MUTED,
  mix,
  nodegroupColors,
  OKABE_ITO,
  SUPPLY_STATES,
  textColor,
  WAITING_CAUSES,
} from "./palette.js";

type Triple = [number, number, number];

/** Simulation of full dichromacy: Machado, Oliveira and Fernandes, 2009, table for severity 1.0, on linear RGB. */
const VISION: Record<string, [Triple, Triple, Triple]> = {
  normal: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

function seen(color: string, vision: string): Triple {
  const rgb = linearRgb(color);
  return VISION[vision]!.map((row) =>
    Math.min(
      1,
      Math.max(
        0,
        row.reduce((sum, each, i) => sum + each * rgb[i]!, 0),
      ),
    ),
  ) as Triple;
}

/** CIELAB under D65. */
function lab([r, g, b]: Triple): Triple {
  const f = (t: number) => (t > 216 / 24389 ? Math.cbrt(t) : ((24389 / 27) * t + 16) / 116);
  const x = f((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047);
  const y = f(0.2126729 * r + 0.7151522 * g + 0.072175 * b);
  const z = f((0.0193339 * r + 0.119192 * g + 0.9503041 * b) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

/** CIEDE2000 as laid out by Sharma, Wu and Dalal, 2005. */
function difference([l1, a1, b1]: Triple, [l2, a2, b2]: Triple): number {
  const degrees = 180 / Math.PI;
  const meanChroma = (Math.hypot(a1, b1) + Math.hypot(a2, b2)) / 2;
  const g = 0.5 * (1 - Math.sqrt(meanChroma ** 7 / (meanChroma ** 7 + 25 ** 7)));
  const [c1, c2] = [Math.hypot((1 + g) * a1, b1), Math.hypot((1 + g) * a2, b2)];
  const [h1, h2] = [hue((1 + g) * a1, b1), hue((1 + g) * a2, b2)];
  const gray = c1 * c2 === 0;
  let turn = gray ? 0 : h2 - h1;
  if (turn > 180) turn -= 360;
  if (turn < -180) turn += 360;
  const [dl, dc, dh] = [l2 - l1, c2 - c1, 2 * Math.sqrt(c1 * c2) * Math.sin(turn / 2 / degrees)];
  const [l, c] = [(l1 + l2) / 2, (c1 + c2) / 2];
  let h = h1 + h2;
  if (!gray) h = Math.abs(h1 - h2) <= 180 ? h / 2 : h < 360 ? h / 2 + 180 : h / 2 - 180;
  const cos = (angle: number) => Math.cos(angle / degrees);
  const t = 1 - 0.17 * cos(h - 30) + 0.24 * cos(2 * h) + 0.32 * cos(3 * h + 6) - 0.2 * cos(4 * h - 63);
  const [sl, sc, sh] = [1 + (0.015 * (l - 50) ** 2) / Math.sqrt(20 + (l - 50) ** 2), 1 + 0.045 * c, 1 + 0.015 * c * t];
  const rotation =
    -Math.sin((60 / degrees) * Math.exp(-(((h - 275) / 25) ** 2))) * 2 * Math.sqrt(c ** 7 / (c ** 7 + 25 ** 7));
  return Math.sqrt((dl / sl) ** 2 + (dc / sc) ** 2 + (dh / sh) ** 2 + (rotation * dc * dh) / sc / sh);

  function hue(a: number, b: number): number {
    return (Math.atan2(b, a) * degrees + 360) % 360;
  }
}

/** The closest pair of Okabe and Ito under these simulations is 10.9 apart; 2.3 is a just noticeable difference. */
const DISTINCT = 10;

describe("colour vision", () => {
  it("the difference formula gives its published test values", () => {
    expect(difference([50, 2.6772, -79.7751], [50, 0, -82.7485])).toBeCloseTo(2.0425, 4);
    expect(difference([50, 2.5, 0], [73, 25, -18])).toBeCloseTo(27.1492, 4);
    expect(difference([50, 2.5, 0], [50, 0, -2.5])).toBeCloseTo(4.3065, 4);
    expect(difference([50, 2.5, 0], [50, 3.1736, 0.5854])).toBeCloseTo(1.0, 4);
  });

  const palettes: Record<string, readonly string[]> = {
    "nodegroup colours": OKABE_ITO,
    "supply states": SUPPLY_STATES.map((state) => state.color),
    "causes of waiting": WAITING_CAUSES.map((cause) => cause.color),
    "ends and middle of the diverging scale": [-1, 0, 1].map(divergingScale({ short: 1, balanced: 0, slack: -1 })),
  };
  for (const [name, colors] of Object.entries(palettes)) {
    for (const vision of Object.keys(VISION)) {
      it(`${name} differ from each other under ${vision === "normal" ? "normal vision" : vision}`, () => {
        for (const [i, one] of colors.entries()) {
          for (const other of colors.slice(i + 1)) {
            const apart = difference(lab(seen(one, vision)), lab(seen(other, vision)));
            expect(apart, `${one} and ${other}`).toBeGreaterThan(DISTINCT);
          }
        }
      });
    }
  }

  it("each step of the diverging scale is a visible one", () => {
    const color = divergingScale({ short: 6, balanced: 0, slack: -6 });
    const steps = Array.from({ length: 13 }, (_, i) => color(i - 6));
    for (const vision of Object.keys(VISION)) {
      for (let i = 1; i < steps.length; i += 1) {
        const apart = difference(lab(seen(steps[i - 1]!, vision)), lab(seen(steps[i]!, vision)));
        expect(apart, `${vision}, ${steps[i - 1]} and ${steps[i]}`).toBeGreaterThan(2.3);
      }
    }
  });
});

describe("nodegroup colours", () => {
  it("depend on the set of names alone, not on their order or their number in a figure", () => {
    const one = nodegroupColors(["b", "a", "c"]);
    const other = nodegroupColors(["c", "b", "a", "a"]);
    for (const name of ["a", "b", "c"]) expect(one(name)).toBe(other(name));
    expect(["a", "b", "c"].map(one)).toEqual(OKABE_ITO.slice(0, 3));
  });

  it("beyond eight only the highlighted have a colour", () => {
    const names = Array.from({ length: 12 }, (_, i) => `ng-${i}`);
    const color = nodegroupColors(names, ["ng-7", "ng-3"]);
    expect(color("ng-3")).toBe(OKABE_ITO[0]);
    expect(color("ng-7")).toBe(OKABE_ITO[1]);
    expect(color("ng-0")).toBe(GREY);
    expect(names.map(nodegroupColors(names))).toEqual(names.map(() => GREY));
  });

  it("a name that the map doesn't know is an error that names it", () => {
    expect(() => nodegroupColors(["a"])("b")).toThrow('no colour for nodegroup "b"');
    expect(() => nodegroupColors(["a"], ["b"])).toThrow('cannot highlight "b"');
    const nine = Array.from({ length: 9 }, (_, i) => `ng-${i}`);
    expect(() => nodegroupColors(nine, nine)).toThrow("9 nodegroups to highlight, but only 8 colours");
  });
});

describe("categories", () => {
  it("GPUs out of service have one colour, as supply and as a cause", () => {
    expect(category(WAITING_CAUSES, "unavailable").color).toBe(category(SUPPLY_STATES, "out-of-service").color);
  });

  it("an unknown category is an error that lists the known", () => {
    expect(() => category(SUPPLY_STATES, "lost" as never)).toThrow('no category "lost": it is one of useful, starting');
  });
});

describe("diverging scale", () => {
  const color = divergingScale({ short: 2, balanced: 1, slack: 0.5 });

  it("is fixed at its anchors, clamps beyond them, and may have halves of unequal length", () => {
    expect(color(2)).toBe("#c24a00");
    expect(color(99)).toBe("#c24a00");
    expect(color(1)).toBe("#f6f3ec");
    expect(color(0.5)).toBe("#0067a3");
    expect(color(-3)).toBe("#0067a3");
    expect(color(1.5)).not.toBe(color(0.75));
  });

  it("refuses anchors whose balance doesn't lie between the ends", () => {
    expect(() => divergingScale({ short: 0, balanced: 2, slack: 1 })).toThrow('"balanced" (2) must lie between');
  });
});

describe("contrast", () => {
  it("is 21 for black on white (WCAG 2.2)", () => {
    expect(contrast("#000000", "#ffffff")).toBeCloseTo(21, 6);
    expect(contrast("#777777", "#ffffff")).toBeCloseTo(4.48, 2);
  });

  it("of text is at least 4.5 on white, of quiet text too", () => {
    expect(contrast(INK, BACKGROUND)).toBeGreaterThan(12);
    expect(contrast(MUTED, BACKGROUND)).toBeGreaterThan(4.5);
    expect(contrast(GRID, BACKGROUND)).toBeLessThan(1.5);
    for (const color of OKABE_ITO) expect(contrast(textColor(color), BACKGROUND)).toBeGreaterThanOrEqual(4.5);
  });

  it("of text on every category's fill is at least 4.5", () => {
    for (const { name, color } of [...SUPPLY_STATES, ...WAITING_CAUSES]) {
      expect(contrast(inkOn(color), color), name).toBeGreaterThanOrEqual(4.5);
    }
  });

  it("mix() ends at its ends", () => {
    expect(mix("#0072b2", "#ffffff", 0)).toBe("#0072b2");
    expect(mix("#0072b2", "#ffffff", 1)).toBe("#ffffff");
    expect(() => mix("blue", "#ffffff", 0)).toThrow('"blue" is not a colour of the form #rrggbb');
  });
});
