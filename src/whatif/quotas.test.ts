import fc from "fast-check";
import { expect, test } from "vitest";
import { nominalAt } from "../scenario/resource-groups.js";
import { small } from "../testing/scenario.js";
import { apportion, withScaledQuotas } from "./quotas.js";

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

test("quota that changes in time is scaled at every hour by what holds then", () => {
  const change = (fromHour: number, nominalQuota: number) => ({ fromHour, nominalQuota });
  const scenario = small({
    clusterQueues: [
      { name: "queue", flavors: [{ name: "a", nominalQuota: 8, quotaChanges: [change(-3, 4), change(5, 8)] }] },
    ],
  });
  const [twice] = withScaledQuotas(scenario, (_, __, hour) => (hour < 2 ? 1 : 2), [2]).clusterQueues[0]!.flavors;
  expect([-4, -3, 1.9, 2, 4.9, 5].map((hour) => nominalAt(twice!, hour))).toEqual([8, 4, 4, 8, 8, 16]);
  expect(withScaledQuotas(scenario, () => 1, [2])).toEqual(scenario);
});
