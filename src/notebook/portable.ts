import { pathToFileURL } from "node:url";

/**
 * A function that makes the paths in a text relative to `directory`, so that output doesn't depend on where the
 * checkout lies.
 */
export function portablePaths(directory: string): (text: string) => string {
  if (directory === "/") return (text) => text;
  const roots = [pathToFileURL(directory).href, directory].map((root) => root.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  // Not after a letter or a slash, where the same characters are the middle of another path.
  const inside = new RegExp(`(?<![\\w./-])(?:${roots.join("|")})[\\\\/]`, "g");
  const itself = new RegExp(`(?<![\\w./-])(?:${roots.join("|")})(?![\\w./-])`, "g");
  return (text) => text.replace(inside, "").replace(itself, ".");
}
