/** The error for an argument outside its range, to be thrown: its name or path, what was found, what is allowed. */
export function outOfRange(name: string, found: unknown, allowed: string): RangeError {
  return new RangeError(`${name}: found ${found}, allowed: ${allowed}`);
}
