import type { ContractFacts } from "../../normalizer/model/facts.ts";
import type { Trace } from "../../normalizer/model/lines.ts";
import type { Billed } from "../outcome.ts";
import type { Rules } from "../rules.ts";

/** Lines of one business contract for `facts.period`. */
export function billContract(_facts: ContractFacts, _rules: Rules, _trace?: Trace): Billed {
  return { lines: [], problems: [] };
}
