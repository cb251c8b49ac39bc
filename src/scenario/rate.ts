import { mean } from "../statistics/index.js";
import type { Scenario, ScenarioInput } from "./schema.js";

/** Hours that are simulated, warm-up included. */
export const simulatedHours = ({ warmupDays, days }: Pick<Scenario, "warmupDays" | "days">): number =>
  (warmupDays + days) * 24;

/** Workloads an hour that a class submits, on average over so many hours from the start of the simulation. */
export function arrivalsPerHour(arrivals: ScenarioInput["workloadClasses"][number]["arrivals"], hours: number): number {
  switch (arrivals.kind) {
    case "poisson":
      return arrivals.perHour;
    case "weekly":
      return mean(arrivals.perHourOfWeek)!;
    case "periodic":
      return 1 / arrivals.everyHours;
    case "listed":
      return arrivals.hours.length / hours;
  }
}
