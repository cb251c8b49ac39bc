import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { packageRoot } from "../notebook/root.js";
import { generatedDocuments } from "./files.js";

test.each(Object.entries(generatedDocuments()))(
  "%s is what the code says; npm run docs writes it",
  async (file, text) => {
    expect(await readFile(join(packageRoot, file), "utf8")).toBe(text);
  },
);
