import fc from "fast-check";
import { expect, test } from "vitest";
import { apportion } from "./quotas.js";

test("quota on twelve GPUs that become eighteen grows by a half, what is left over going to the largest remainders", () => {
  expect(apportion([8, 4], 1.5)).toEqual([12, 6]);
  expect(apportion([5, 4, 3], 1.5)).toEqual([8, 6, 4]);
  expect(apportion([0, 7], 2)).toEqual([0, 14]);
});

test("any quota adds up to the rounded whole, and each is within one of its exact share", () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(1000), { minLength: 1, maxLength: 8 }),
      fc.double({ min: 0, max: 4, noNaN: true }),
      (quotas, factor) => {
        const shares = apportion(quotas, factor);
        const whole = quotas.map((quota) => quota * factor).reduce((sum, one) => sum + one, 0);
        expect(shares.reduce((sum, one) => sum + one, 0)).toBe(Math.round(whole));
        shares.forEach((share, i) => {
          expect(Math.abs(share - quotas[i]! * factor)).toBeLessThan(1);
        });
      },
    ),
  );
});
