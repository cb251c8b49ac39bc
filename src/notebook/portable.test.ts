import { describe, expect, it } from "vitest";
import { portablePaths } from "./portable.js";

describe("portablePaths", () => {
  const portable = portablePaths("/home/me/even keel");

  it.each([
    ["at /home/me/even keel/dist/a.js:1:2", "at dist/a.js:1:2"],
    ["at f (file:///home/me/even%20keel/dist/a.js:1:2)", "at f (dist/a.js:1:2)"],
    ["'/home/me/even keel'", "'.'"],
    ["/home/me/even keel/a:/home/me/even keel/b", "a:b"],
    ["/home/me/even keeled/a", "/home/me/even keeled/a"],
    ["/backup/home/me/even keel/a", "/backup/home/me/even keel/a"],
    ["https://example.org/home/me/even keel/a", "https://example.org/home/me/even keel/a"],
    ["nothing here", "nothing here"],
  ])("makes %j of the package's folder %j", (text, expected) => {
    expect(portable(text)).toBe(expected);
  });

  it("leaves all paths alone in a package at the root of the file system", () => {
    expect(portablePaths("/")("/usr/lib/x.js")).toBe("/usr/lib/x.js");
  });

  it("takes a folder's name literally", () => {
    expect(portablePaths("/a.b+c")("/a.b+c/d and /aXb+c/d")).toBe("d and /aXb+c/d");
  });
});
