import { CHARGING_PROBLEMS } from "./catalogue/charging.ts";
import type { ProblemDefinition } from "./catalogue/definition.ts";
import { DELIVERY_PROBLEMS } from "./catalogue/delivery.ts";
import { MEASUREMENT_PROBLEMS } from "./catalogue/measurement.ts";
import { MONEY_PROBLEMS } from "./catalogue/money.ts";
import { REFUND_PROBLEMS } from "./catalogue/refunds.ts";
import { TRANSPORT_PROBLEMS } from "./catalogue/transport.ts";

/** Every code of problem-codes.md and of refunds: outcome, Russian text, remedy; a test compares the two. */
export const PROBLEM_CATALOGUE = {
  ...TRANSPORT_PROBLEMS,
  ...MEASUREMENT_PROBLEMS,
  ...MONEY_PROBLEMS,
  ...REFUND_PROBLEMS,
  ...DELIVERY_PROBLEMS,
  ...CHARGING_PROBLEMS,
} as const satisfies Record<string, ProblemDefinition>;

export type ProblemCode = keyof typeof PROBLEM_CATALOGUE;
export type { ProblemDefinition, ProblemEffect, ProblemVariant } from "./catalogue/definition.ts";

/** The definition under its common type, for code that handles any code. */
export function definitionOf(code: ProblemCode): ProblemDefinition {
  return PROBLEM_CATALOGUE[code];
}
