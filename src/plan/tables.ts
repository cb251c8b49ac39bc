import type { z } from "zod";
import { actionRow } from "./actions.js";
import { capacityRow } from "./capacity.js";
import { costRow } from "./cost.js";
import type { Plan } from "./plan.js";

/** A table of a plan: its columns are its schema's. */
export interface PlanTable {
  readonly name: string;
  readonly schema: z.ZodObject;
  readonly rows: readonly Record<string, unknown>[];
}

/** The tables of a plan, to be written elsewhere. */
export function planTables({
  capacity,
  actions,
  costs,
}: Pick<Plan, "capacity" | "actions" | "costs">): readonly PlanTable[] {
  return [
    { name: "capacity-plan", schema: capacityRow, rows: capacity },
    { name: "actions", schema: actionRow, rows: actions },
    { name: "costs", schema: costRow, rows: costs },
  ];
}
