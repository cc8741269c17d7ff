import type { Month } from "../../normalizer/model/dates.ts";
import type {
  AccountFacts,
  HouseholdLaw,
  Switches,
  TariffVersion,
} from "../../normalizer/model/facts.ts";
import type { Rules } from "../rules.ts";

/** Facts and rules of one account, resolved once for all its months. */
export interface AccountContext {
  readonly facts: AccountFacts;
  readonly law: HouseholdLaw;
  readonly switches: Switches;
  readonly period: Month;
  readonly rules: Rules;
  readonly tariffs: readonly TariffVersion[];
}
