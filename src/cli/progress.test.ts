import { expect, test } from "vitest";
import { Progress } from "./progress.js";

function recorded(isTTY: boolean, columns = 12) {
  let text = "";
  let now = 0;
  const stream = { isTTY, columns, write: (more: string) => (text += more) };
  return { progress: new Progress(stream, () => now), wait: (ms: number) => (now += ms), text: () => text };
}

test("progress is rewritten in place on a terminal, as wide as that is", () => {
  const { progress, text } = recorded(true);
  progress.step("simulating a world");
  progress.done("done");
  expect(text()).toBe("\r\x1b[2Ksimulating \r\x1b[2Kdone\n");
});

test("progress on a terminal that does not say how wide it is is cut at 80", () => {
  const { progress, text } = recorded(true, 0);
  progress.step("checking");
  expect(text()).toBe("\r\x1b[2Kchecking");
});

test("progress in a log is a line at the start and one every five seconds, without codes", () => {
  const { progress, wait, text } = recorded(false);
  progress.step("one");
  progress.step("two");
  wait(5000);
  progress.step("three");
  wait(4999);
  progress.step("four");
  progress.done("done");
  progress.step("five");
  progress.clear();
  expect(text()).toBe("one\nthree\ndone\n");
});
