import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, it } from "vitest";
import { sampleFigure, sampleSpec } from "./__fixtures__/sample-figure.js";
import { type Figure, type FigureSpec, figure, fittingTitle, sentences, TITLE_WORDS } from "./figure.js";
import { stack } from "./layout.js";
import { illegible } from "./legibility.js";
import { plot, plotLibrary } from "./plot.js";
import { svg } from "./svg.js";

const draw: FigureSpec["draw"] = (drawing) =>
  plot(drawing, {
    y: { domain: [0, 10] },
    marks: [plotLibrary().lineY([3, 1, 4, 1, 5, 9, 2, 6], { clip: true, stroke: "#d55e00" })],
  });

describe("an uncaptioned chart", () => {
  it("doesn't compile, whichever word is missing", () => {
    const full = sampleSpec({ draw });
    const specs: (() => Figure)[] = [
      () => {
        const { title: _, ...rest } = full;
        // @ts-expect-error a figure has a title
        return figure(rest);
      },
      () => {
        const { subtitle: _, ...rest } = full;
        // @ts-expect-error a figure has a subtitle
        return figure(rest);
      },
      () => {
        const { takeaway: _, ...rest } = full;
        // @ts-expect-error a figure has a takeaway
        return figure(rest);
      },
      () => {
        const { note: _, ...rest } = full;
        // @ts-expect-error a figure has a note
        return figure(rest);
      },
      () => {
        const { source: _, ...rest } = full;
        // @ts-expect-error a figure has a source
        return figure(rest);
      },
      () => {
        const { alt: _, ...rest } = full;
        // @ts-expect-error a figure has an alt text
        return figure(rest);
      },
      () => {
        const { table: _, ...rest } = full;
        // @ts-expect-error a figure has a data table
        return figure(rest);
      },
      () => {
        const { axes: _, ...rest } = full;
        // @ts-expect-error a figure has axes
        return figure(rest);
      },
      // @ts-expect-error both axes have a label and a unit
      () => figure({ ...full, axes: { x: { label: "Time" }, y: { label: "GPUs", unit: "GPUs" } } }),
    ];
    for (const spec of specs) expect(spec).toThrow();
  });

  it("doesn't run either, and the error names the figure and what is wrong", () => {
    const wrong: [Partial<FigureSpec>, string][] = [
      [{ id: "Demand!" }, "the id must be lower-case words"],
      [{ title: "" }, "title is empty"],
      [{ title: "One.\nTwo" }, "title has more than one line"],
      [{ title: "It is short." }, "title ends with a full stop"],
      [{ title: "word ".repeat(15) }, "title has 15 words, at most 14"],
      [{ subtitle: " " }, "subtitle is empty"],
      [{ takeaway: "" }, "takeaway is empty"],
      [{ takeaway: "Only one sentence." }, "takeaway must be two or three sentences, found 1"],
      [{ takeaway: "One. Two. Three. Four." }, "takeaway must be two or three sentences, found 4"],
      [{ takeaway: "One. Two" }, "takeaway must end with a full stop"],
      [{ note: "" }, "note is empty"],
      [{ source: "" }, "source is empty"],
      [{ source: "seed undefined" }, 'source shows a missing value: "seed undefined"'],
      [{ subtitle: "NaN GPUs" }, 'subtitle shows a missing value: "NaN GPUs"'],
      [{ alt: "" }, "alt is empty"],
      [{ width: 40 }, "leave no room to draw"],
      [{ table: { columns: [], rows: [] } }, "table has no columns"],
      [
        { table: { columns: [{ name: "gpus", label: "GPUs", unit: null }], rows: [{ gpu: 1 }] } },
        'row 0 of the table has no "gpus", only gpu',
      ],
      [
        { table: { columns: [{ name: "gpus", label: "GPUs", unit: "" }], rows: [] } },
        'column "gpus" has an empty unit',
      ],
      [{ axes: { x: { label: "", unit: null }, y: { label: "GPUs", unit: null } } }, "axis x has no label"],
      [{ axes: { x: { label: "T", unit: " " }, y: { label: "GPUs", unit: null } } }, "axis x has an empty unit"],
    ];
    for (const [part, message] of wrong) {
      const spec = { ...sampleSpec({ draw }), ...part };
      expect(() => figure(spec), message).toThrow(message);
      expect(() => figure(spec)).toThrow(`figure "${spec.id}": `);
    }
  });

  it("must show the labels of all its axes, and stay within its room", () => {
    expect(() =>
      sampleFigure({ draw: (drawing) => plot(drawing, { y: { axis: null }, marks: [plotLibrary().frame()] }) }),
    ).toThrow('figure "00-sample": the drawing doesn\'t show the label of axis');
    expect(() => sampleFigure({ draw: (drawing) => stack([draw(drawing), draw(drawing)]) })).toThrow(
      "the drawing is 844 x 680, but has 844 x 340",
    );
  });

  it("may have further axes, which are required of the drawing too", () => {
    const axes = {
      x: { label: "Time", unit: "UTC" },
      y: { label: "Allocated", unit: "GPUs" },
      waiting: { label: "Waiting", unit: "GPUs" },
    };
    const spec = sampleSpec({ draw });
    expect(() => figure({ ...spec, axes, draw: (drawing) => draw(drawing) })).toThrow('axis waiting, "Waiting, GPUs"');
    const drawn = figure({
      ...spec,
      axes,
      draw: ({ axes: { x, y, waiting }, width }) =>
        stack([
          plot({ width, height: 170, axes: { y } }, { marks: [plotLibrary().lineY([1, 2])] }),
          plot({ width, height: 170, axes: { x, y: waiting } }, { marks: [plotLibrary().lineY([1, 2])] }),
        ]),
    });
    expect(drawn.chart).toContain("Waiting, GPUs");
  });
});

describe("fittingTitle()", () => {
  const words = (count: number) => Array.from({ length: count }, (_, i) => `w${i}`).join(" ");

  it("is the first title of at most fourteen words", () => {
    expect(TITLE_WORDS).toBe(14);
    expect(fittingTitle(words(14), words(3))).toBe(words(14));
    expect(fittingTitle(words(15), words(14), words(3))).toBe(words(14));
  });

  it("is the last where none is short enough, so that figure() says what is wrong", () => {
    expect(fittingTitle(words(20), words(15))).toBe(words(15));
  });
});

describe("sentences()", () => {
  it("aren't ended by decimals, abbreviations or names in lower case", () => {
    expect(sentences("It waited 1.5 h, e.g. in h100. a100-80gb was free (vs. none before). Buy none!")).toEqual([
      "It waited 1.5 h, e.g. in h100.",
      "a100-80gb was free (vs. none before).",
      "Buy none!",
    ]);
  });
});

describe("a figure's SVG", () => {
  const sample = sampleFigure({ draw });

  it("is complete in itself and carries its words", async () => {
    expect(illegible(sample.svg)).toEqual([]);
    expect(sample.svg).toMatch(
      /^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" width="900" height="\d+" viewBox="0 0 900 \d+" role="img"/,
    );
    for (const svg of [sample.svg, sample.chart]) {
      expect(svg).not.toMatch(/<style|<use|class=|currentColor|var\(|<image|href/);
      expect(svg.match(/\d+\.\d{3,}/g)).toBeNull();
      const ids = Array.from(svg.matchAll(/ id="([^"]+)"/g), (match) => match[1]!);
      expect(new Set(ids).size).toBe(ids.length);
      for (const id of ids) expect(id).toMatch(/^figure-00-sample-/);
    }
    expect(sample.svg.match(/<title/g)).toHaveLength(1);
    expect(sample.svg).toContain("Source: evenkeel");
    expect(sample.chart).not.toContain("Source: evenkeel");
    await expect(sample.svg).toMatchFileSnapshot("__snapshots__/figure.svg");
  });

  it("has the same bytes whatever was drawn before, and in any time zone", () => {
    const zone = process.env["TZ"];
    const rows = [0, 1, 2, 3].map((day) => ({ t: new Date(Date.UTC(2026, 2, 28 + day)), v: day }));
    const overTime: FigureSpec["draw"] = (drawing) =>
      plot(drawing, { marks: [plotLibrary().lineY(rows, { x: "t", y: "v", clip: true })] });
    const first = sampleFigure({ draw: overTime });
    try {
      process.env["TZ"] = "America/St_Johns";
      sampleFigure({ id: "00-other", draw });
      expect(sampleFigure({ draw: overTime }).svg).toBe(first.svg);
      expect(sampleFigure({ draw: overTime }).digest).toBe(first.digest);
    } finally {
      if (zone === undefined) delete process.env["TZ"];
      else process.env["TZ"] = zone;
    }
  });

  it("wraps long words within the picture, and escapes names", () => {
    const name = `<b>&"x"'`;
    const long = sampleFigure({
      title: `Nodegroup ${name} with a very long name ${"x".repeat(60)} waited most`,
      subtitle: "word ".repeat(60),
      takeaway: `${"word ".repeat(80)}end. Second ${"y".repeat(200)}.`,
      note: "word ".repeat(100),
      draw,
    });
    expect(illegible(long.svg)).toEqual([]);
    expect(long.svg).not.toContain("<b>");
    expect(long.html()).not.toContain("<b>");
    expect(long.html()).toContain("&lt;b&gt;&amp;&quot;x&quot;&#39;");
  });
});

describe("plot()", () => {
  it("refuses words, legends and local time", () => {
    const frame = { width: 300, height: 200 };
    const dates = [new Date(0), new Date(1e10)];
    expect(() => plot(frame, { title: "x" })).toThrow('plot option "title" is not allowed');
    expect(() => plot(frame, { color: { legend: true } })).toThrow('plot option "color.legend" is not allowed');
    expect(() => plot(frame, { x: { type: "time" }, marks: [plotLibrary().ruleX(dates)] })).toThrow("use utc");
  });

  it("doesn't let a missing coordinate through", () => {
    expect(() =>
      sampleFigure({
        draw: ({ width, height, axes }) => ({
          width,
          height,
          node: svg("g", {}, svg("text", {}, axes.x), svg("text", {}, axes.y), svg("line", { x1: Number.NaN })),
        }),
      }),
    ).toThrow("a coordinate of a drawing is NaN");
  });
});

describe("html()", () => {
  it("is a figure with heading, chart, caption and the numbers as a table", () => {
    const html = sampleFigure({ draw }).html({ heading: 2 });
    expect(html).toMatch(/^<figure class="figure" id="00-sample" aria-labelledby="00-sample-heading">\n<h2 /);
    expect(html).toContain('<p class="takeaway">Demand in h100-sxm');
    expect(html).toContain('<th scope="col" class="number">Allocated, GPUs</th>');
    expect(html).toContain('<th scope="row">a100-80gb</th><td class="number">61.3</td>');
    expect(html).toContain('<th scope="row">h100-sxm</th><td class="number">unknown</td>');
    expect(html.indexOf("<figcaption>")).toBeGreaterThan(html.indexOf("</svg>"));
  });
});

describe("what a notebook imports", () => {
  it("doesn't reach Plot, linkedom or vega, neither when it loads nor through its types", () => {
    const files = ["figure.ts", "png.ts", "explorer.ts", "palette.ts"];
    const packages = new Set<string>();
    for (const file of files) {
      const source = readFileSync(new URL(file, import.meta.url), "utf8");
      for (const [, specifier] of source.matchAll(/^(?:import|export) [^;]*from "([^"]+)";/gm)) {
        if (!specifier!.startsWith(".")) packages.add(specifier!);
        else {
          const next = join(dirname(file), specifier!.replace(/\.js$/, ".ts"));
          if (!files.includes(next)) files.push(next);
        }
      }
    }
    expect([...packages].filter((name) => !name.startsWith("node:"))).toEqual([]);
    expect(files).toContain("svg.ts");
    expect(files).not.toContain("plot.ts");
  });
});
