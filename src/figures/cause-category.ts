import type { Cause } from "../diagnosis/cause.js";
import { type Category, category, WAITING_CAUSES, type WaitingCause } from "./palette.js";

/** The colour and label of a cause; what the diagnosis cannot tell is drawn as such. */
export function causeCategory(cause: Cause | "mixed"): Category<WaitingCause> {
  return category(WAITING_CAUSES, cause === "unknown" ? "cant-tell" : cause);
}
