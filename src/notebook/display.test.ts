import { createHash } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { markdown, type Shown, show } from "./display.js";
import { type DisplayData, loadJupyter } from "./tslab.js";

class Figure implements Shown {
  id = "01-paid";
  title = "Half of what is paid for works";
  alt = "Bar chart of GPU-hours, where half are active";
  takeaway = "**Half** is idle.";
  svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="4" viewBox="0 0 9 4"/>';
  width = 9;
  height = 4;
  html() {
    return "<figure>Half</figure>";
  }
}

const digest = createHash("sha256").update(new Figure().svg).digest("hex");
const shown: { data: unknown; metadata: unknown }[] = [];

describe("in a cell", () => {
  beforeEach(() => {
    shown.length = 0;
    loadJupyter().lastWriteDisplayData = ({ data, metadata }: DisplayData, update) => {
      expect(update).toBe(false);
      shown.push({ data, metadata });
    };
  });
  afterEach(() => {
    loadJupyter().lastWriteDisplayData = null;
    vi.unstubAllEnvs();
  });

  const words = `${new Figure().title}\n${new Figure().alt}\n${new Figure().takeaway}`;

  it("a figure is a PNG of the whole picture, with its words, size and SVG digest", () => {
    show(new Figure());
    const [{ data, metadata }] = shown as [{ data: Record<string, string>; metadata: unknown }];
    expect(Buffer.from(data["image/png"]!, "base64").subarray(1, 4).toString()).toBe("PNG");
    expect(data["text/plain"]).toBe(words);
    expect(metadata).toEqual({ "image/png": { width: 9, height: 4 }, evenkeel: { svg_sha256: digest } });
  });

  it("Markdown holds no HTML and fetches no image, whatever a cluster's names are", () => {
    markdown("**a** <script>x</script> ![i](http://elsewhere)");
    expect(shown[0]!.data).toEqual({ "text/markdown": "**a** &lt;script>x&lt;/script> !\\[i](http://elsewhere)" });
  });

  it("a figure is HTML if EVENKEEL_FIGURES says so", () => {
    vi.stubEnv("EVENKEEL_FIGURES", "html");
    show(new Figure());
    expect(shown).toEqual([
      {
        data: { "text/html": "<figure>Half</figure>", "text/plain": words },
        metadata: { evenkeel: { svg_sha256: digest } },
      },
    ]);
  });

  it("a figure is nothing else", () => {
    vi.stubEnv("EVENKEEL_FIGURES", "pdf");
    expect(() => show(new Figure())).toThrow('EVENKEEL_FIGURES: found "pdf"; allowed are png and html');
  });

  it("a table is HTML and text in one output", () => {
    show([{ gpus: 1 }], { caption: "GPUs" });
    expect(shown).toEqual([
      {
        data: { "text/html": expect.stringMatching(/^<table>\n<caption/), "text/plain": "GPUs\ngpus\n----\n   1" },
        metadata: {},
      },
    ]);
  });

  it("a table has a caption", () => {
    expect(() => show([{ gpus: 1 }] as never)).toThrow("show(table): found no caption");
  });

  it("an interactive chart is Vega-Lite with text to stand in for it", () => {
    show({ vegaLite: { mark: "bar" }, alt: "Bar chart of nothing" });
    expect(shown).toEqual([
      {
        data: { "application/vnd.vegalite.v5+json": { mark: "bar" }, "text/plain": "Bar chart of nothing" },
        metadata: {},
      },
    ]);
  });

  it("Markdown is Markdown", () => {
    markdown("# Hello");
    expect(shown).toEqual([{ data: { "text/markdown": "# Hello" }, metadata: {} }]);
  });
});

describe("outside of a notebook", () => {
  it("what is shown is printed as text", () => {
    const log = vi.spyOn(console, "log").mockImplementation(() => {});
    show(new Figure());
    show([{ gpus: 1 }], { caption: "GPUs" });
    const printed = log.mock.calls.map(([text]) => text);
    log.mockRestore();
    const { title, alt, takeaway } = new Figure();
    expect(printed).toEqual([`${title}\n${alt}\n${takeaway}`, "GPUs\ngpus\n----\n   1"]);
  });
});
