import type { HouseMonth } from "../normalizer/model/house-facts.ts";
import type { AccountId } from "../normalizer/model/ids.ts";
import type { Line } from "../normalizer/model/lines.ts";
import type { Problem } from "../normalizer/model/problems.ts";

/** What the rules of one site or contract make of its facts. */
export interface Billed {
  /** By account in the order of the facts, inside an account by ordinal from 1. */
  readonly lines: readonly Line[];
  readonly problems: readonly BillingProblem[];
}

/** The same of a site with its common part: null for a private house, and where no ОДН is billed. */
export interface BilledSite extends Billed {
  readonly house: HouseMonth | null;
}

/** A doubt or refusal about one account. A held account has no lines; its neighbours go on. */
export interface BillingProblem {
  readonly account: AccountId;
  readonly held: boolean;
  readonly problem: Problem;
}
