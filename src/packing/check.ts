import { outOfRange } from "../statistics/out-of-range.js";

/** Where in the input a value is, such as `shapes[2].popularity`; only built when there is an error to name it in. */
type Path = () => string;

/** Throws unless the value is a finite number >= 0. */
export function checkAmount(value: unknown, path: Path): void {
  const allowed = "finite numbers >= 0";
  if (typeof value !== "number") throw wrongType(path, value, allowed);
  if (!(value >= 0 && value < Infinity)) throw outOfRange(path(), value, allowed);
}

/** Throws unless the value is a whole number of at least `least`. */
export function checkWhole(value: unknown, least: number, path: Path): void {
  const allowed = `whole numbers >= ${least}`;
  if (typeof value !== "number") throw wrongType(path, value, allowed);
  if (!Number.isInteger(value) || value < least) throw outOfRange(path(), value, allowed);
}

/** Throws unless the value is an array, of the given length if one is given. */
export function checkArray(value: unknown, path: Path, length?: number): void {
  if (!Array.isArray(value)) throw wrongType(path, value, "arrays");
  if (length !== undefined && value.length !== length) throw outOfRange(`${path()}.length`, value.length, `${length}`);
}

/** Throws unless the value is an object. */
export function checkObject(value: unknown, path: Path): void {
  if (typeof value !== "object" || value === null) throw wrongType(path, value, "objects");
}

/** Throws unless the value is text or undefined. */
export function checkOptionalText(value: unknown, path: Path): void {
  if (value !== undefined && typeof value !== "string") throw wrongType(path, value, "text, or undefined");
}

function wrongType(path: Path, value: unknown, allowed: string): TypeError {
  const found = value === undefined || value === null ? value : `${value} (${typeof value})`;
  return new TypeError(`${path()}: found ${found}, allowed: ${allowed}`);
}
