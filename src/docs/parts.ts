import { EvenkeelError } from "../errors.js";

/** A text with a new part between `<!-- BEGIN name -->` and `<!-- END name -->`. @throws EvenkeelError if these are not there */
export function withPart(text: string, file: string, name: string, part: string): string {
  const [begin, end] = [`<!-- BEGIN ${name} -->`, `<!-- END ${name} -->`];
  const [from, to] = [text.indexOf(begin), text.indexOf(end)];
  if (from < 0 || to < from)
    throw new EvenkeelError(`${file}: found no "${begin}" before "${end}"; put both there, each on a line of its own`);
  return `${text.slice(0, from + begin.length)}\n${part}\n${text.slice(to)}`;
}
