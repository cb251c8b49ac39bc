import fc from "fast-check";
import { expect, test } from "vitest";
import { kubernetesName } from "./names.js";

test("a name of any text is one that Kubernetes allows, and one that it allows stays as it is", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 100 }), (text) => {
      expect(kubernetesName(text)).toMatch(/^$|^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/);
      expect(kubernetesName(kubernetesName(text))).toBe(kubernetesName(text));
    }),
  );
  expect(kubernetesName("twin-data/My Cluster_2")).toBe("twin-data-my-cluster-2");
  expect(kubernetesName("a-long-name", 7)).toBe("a-long");
});
