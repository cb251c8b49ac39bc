/** To four digits after the point: all that written results need. */
export const rounded = (value: number): number => Math.round(value * 1e4) / 1e4;
