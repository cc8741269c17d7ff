import { invariant } from "../normalizer/model/result.ts";

/** Versions by rule name, as a run stores them: "households.meter" → 1. */
export type RuleVersions = Readonly<Record<string, number>>;

/** Versions that a new run takes. */
export const CURRENT_RULES: RuleVersions = {};

export interface Rules {
  readonly versions: RuleVersions;
}

/** Rules of a run by the versions stored with it; those of a new run by CURRENT_RULES. */
export function rulesOf(versions: RuleVersions): Rules {
  for (const [name, version] of Object.entries(versions))
    invariant(CURRENT_RULES[name] !== undefined, `unknown rule ${name}@${version}`);
  return { versions };
}
