import type { Fault } from "./fault.js";
import { tablesOf } from "./sql.js";

export const federatedTwice: Fault = {
  name: "federated-twice",
  shows: ["F37"],
  field:
    "Series arrive by federation and by remote write. They differ in an external label, which the export dropped: every sample is there twice.",
  fails: ["duplicates", "requested"],
  notes: [],
  spoils: ["gpus_held", "gpus_pending_lower", "demand_ratio"],
  join: "repairs",
  how: "Each series counts once a tick. Samples that differ under one name could not be told apart, so the check fails all the same.",
  nodegroup: false,
  hours: "all",
  change: () =>
    [...tablesOf("kube-state-metrics"), ...tablesOf("kueue")].map(({ name }) => ({
      table: name,
      sql: "FROM old UNION ALL FROM old",
    })),
};
