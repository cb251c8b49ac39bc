// npm run check:browser: open every page of the report in Chromium, with the network cut off. Needs `npm start` to have
// been run, and Chromium: found as `chromium`, `chromium-browser` or `google-chrome`, or named by CHROMIUM.
// Exit code 1: a page is wrong. 3: Chromium or the report is missing; this check never passes by skipping.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { chromium } from "playwright-core";

const folder = fileURLToPath(new URL("../report", import.meta.url));

function browser() {
  const names = [process.env.CHROMIUM, "chromium", "chromium-browser", "google-chrome"].filter(Boolean);
  for (const name of names) {
    const { status, stdout } = spawnSync("sh", ["-c", 'command -v "$0"', name], { encoding: "utf8" });
    if (status === 0) return stdout.trim();
  }
  stop(3, `found no browser (${names.join(", ")}); install Chromium, or name one by CHROMIUM`);
}

function stop(code, message) {
  console.error(`check:browser: ${message}`);
  process.exit(code);
}

if (!existsSync(join(folder, "index.html"))) stop(3, `there is no ${join(folder, "index.html")}; run npm start first`);
const pages = readdirSync(folder).filter((file) => file.endsWith(".html"));
const chrome = await chromium.launch({
  executablePath: browser(),
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
});

/** What is wrong with a page, a line each. */
async function problems(file) {
  const found = [];
  const page = await chrome.newPage({ viewport: { width: 1000, height: 900 } });
  page.on("console", (message) => message.type() === "error" && found.push(`console: ${message.text()}`));
  page.on("pageerror", (error) => found.push(`error: ${error.message}`));
  page.on("request", (request) => {
    if (!/^(file|data|blob):/.test(request.url())) found.push(`asks the network for ${request.url()}`);
  });
  await page.goto(pathToFileURL(join(folder, file)).href, { waitUntil: "load" });
  await page.evaluate(() => document.fonts.ready);
  const seen = await page.evaluate(async () => {
    const wait = (ms) => new Promise((done) => setTimeout(done, ms));
    for (let i = 0; i < 50 && document.querySelector(".explore p:not([hidden])"); i++) await wait(100);
    const all = (selector) => [...document.querySelectorAll(selector)];
    const named = (svg) =>
      svg.querySelector(":scope > title")?.textContent.trim() && svg.querySelector(":scope > desc")?.textContent.trim();
    const room = document.documentElement.clientWidth;
    return {
      headings: all("h1").length,
      figures: all("figure").length,
      unnamed: all("figure svg[role=img]").filter((svg) => !named(svg)).length + all("img:not([alt])").length,
      charts: all("figure svg[role=img], figure > img[alt]").length,
      uncaptioned: all("figure").filter((figure) => !figure.querySelector("figcaption .takeaway")?.textContent.trim())
        .length,
      beyond: all("figure svg[role=img]").flatMap((svg) => {
        const [drawn, page] = [svg.getBBox(), svg.viewBox.baseVal];
        const out = [-drawn.x, -drawn.y, drawn.x + drawn.width - page.width, drawn.y + drawn.height - page.height];
        const most = Math.max(...out);
        return most > 1 ? [`${svg.querySelector("title").textContent}: ${most.toFixed(1)} px`] : [];
      }),
      undrawn: all(".explore").filter((place) => !place.querySelector("svg .mark-line, svg path")).length,
      ids: all("[id]").map((element) => element.id),
      links: all("a[href]").map((link) => link.getAttribute("href")),
      wide: document.documentElement.scrollWidth > room ? document.documentElement.scrollWidth - room : 0,
      inter: document.fonts.check("16px Inter"),
    };
  });
  await page.close();

  const expect = (ok, what) => ok || found.push(what);
  expect(seen.headings === 1, `has ${seen.headings} headings of the first level`);
  expect(file === "index.html" || seen.figures > 0, "has no figure");
  expect(seen.charts === seen.figures, `has ${seen.figures} figures, but ${seen.charts} charts`);
  expect(seen.unnamed === 0, `has ${seen.unnamed} pictures without words for those who cannot see them`);
  expect(seen.uncaptioned === 0, `has ${seen.uncaptioned} figures without a takeaway`);
  expect(seen.beyond.length === 0, `draws beyond the picture's edge: ${seen.beyond.join("; ")}`);
  expect(seen.undrawn === 0, `has ${seen.undrawn} interactive charts that did not draw`);
  expect(seen.wide === 0, `is ${seen.wide} px wider than the window`);
  expect(seen.inter, "did not load its font");
  const twice = seen.ids.filter((id, i) => seen.ids.indexOf(id) !== i);
  expect(twice.length === 0, `has ids more than once: ${[...new Set(twice)].slice(0, 5).join(", ")}`);
  for (const link of new Set(seen.links)) {
    if (/^https?:/.test(link)) continue;
    const [path, anchor] = link.split("#");
    if (path !== "" && !existsSync(resolve(dirname(join(folder, file)), decodeURI(path))))
      found.push(`links to ${link}, which is not there`);
    else if (path === "" && !seen.ids.includes(anchor)) found.push(`links to ${link}, which is not on the page`);
  }
  return found;
}

let wrong = 0;
for (const file of pages) {
  const found = await problems(file);
  wrong += found.length;
  console.log(`${found.length === 0 ? "ok    " : "WRONG "} ${file}`);
  for (const line of found) console.log(`         ${line}`);
}
await chrome.close();
console.log(`${pages.length} pages, ${wrong} problems`);
process.exit(wrong === 0 && pages.length > 1 ? 0 : 1);
