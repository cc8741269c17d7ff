import type { SiteFacts } from "../../normalizer/model/facts.ts";
import type { Trace } from "../../normalizer/model/lines.ts";
import type { Billed } from "../outcome.ts";
import type { Rules } from "../rules.ts";

/** Regular lines of every account of one site for `facts.period`, and the difference lines of `late`. */
export function billSite(_facts: SiteFacts, _rules: Rules, _trace?: Trace): Billed {
  return { lines: [], problems: [] };
}
