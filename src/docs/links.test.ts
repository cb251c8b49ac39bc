import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { lexer, type Token, type Tokens } from "marked";
import { expect, test } from "vitest";
import { packageRoot } from "../notebook/root.js";

/** Every Markdown file that git tracks, or would. */
const files = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "*.md"], {
  cwd: packageRoot,
  encoding: "utf8",
})
  .split("\n")
  .filter((file) => file !== "" && existsSync(join(packageRoot, file)));

function parsed(file: string): Token[] {
  return [...withinTokens(lexer(readFileSync(join(packageRoot, file), "utf8")))];
}

interface Inner {
  readonly tokens: readonly Token[];
  readonly items: readonly Token[];
  readonly header: readonly Tokens.TableCell[];
  readonly rows: readonly (readonly Tokens.TableCell[])[];
}

/** Tokens and all that is in them: marked's own walk takes a time that grows with the square of their number. */
function* withinTokens(tokens: readonly Token[]): Generator<Token> {
  for (const token of tokens) {
    yield token;
    const { tokens: inner = [], items = [], header = [], rows = [] } = token as Partial<Inner>;
    yield* withinTokens(inner);
    yield* withinTokens(items);
    for (const cell of [...header, ...rows.flat()]) yield* withinTokens(cell.tokens);
  }
}

/** Targets of a file's links and pictures, written as Markdown or as HTML. */
function targets(file: string): string[] {
  return parsed(file).flatMap((token) => {
    if (token.type === "link" || token.type === "image") return [(token as Tokens.Link | Tokens.Image).href];
    if (token.type !== "html") return [];
    return [...(token as Tokens.HTML).text.matchAll(/\b(?:href|src)="([^"]*)"/g)].map((match) => match[1]!);
  });
}

/** The words of a heading, without its marks. */
function words(tokens: readonly Token[]): string {
  return tokens
    .map((token) => ("tokens" in token && token.tokens ? words(token.tokens) : (token as Tokens.Text).text))
    .join("");
}

/** The anchors that a Git host makes of a file's headings. */
function anchors(file: string): Set<string> {
  const seen = new Map<string, number>();
  const found = new Set<string>();
  for (const token of parsed(file)) {
    if (token.type !== "heading") continue;
    const slug = words((token as Tokens.Heading).tokens)
      .toLowerCase()
      .replace(/[^\p{L}\p{N}_ -]/gu, "")
      .replaceAll(" ", "-");
    const before = seen.get(slug) ?? 0;
    seen.set(slug, before + 1);
    found.add(before === 0 ? slug : `${slug}-${before}`);
  }
  return found;
}

/** What is wrong with a link; undefined where it leads somewhere, or off this repository. */
function problem(file: string, target: string): string | undefined {
  if (/^[a-z][a-z0-9+.-]*:/i.test(target)) return undefined;
  const [path, anchor] = target.split("#") as [string, string?];
  const to = path === "" ? join(packageRoot, file) : resolve(packageRoot, dirname(file), decodeURI(path));
  const found = relative(packageRoot, to);
  // The report is made by npm start.
  if (file === "README.md" && /^report(\/|$)/.test(found)) return undefined;
  if (found.startsWith("..") || !existsSync(to)) return `${target}: there is no ${found}`;
  if (anchor === undefined || !found.endsWith(".md")) return undefined;
  return anchors(found).has(anchor) ? undefined : `${target}: ${found} has no heading for #${anchor}`;
}

test.each(files)("every relative link in %s leads somewhere", (file) => {
  expect(targets(file).flatMap((target) => problem(file, target) ?? [])).toEqual([]);
});
