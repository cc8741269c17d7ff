import type { ProblemCode } from "../../normalizer/model/problem-catalogue.ts";
import { definitionOf, PROBLEM_CATALOGUE } from "../../normalizer/model/problem-catalogue.ts";
import { problemText } from "../../normalizer/model/problem-text.ts";
import type { ProblemAnswer } from "./schemas/common.ts";

/** A stored problem, of a message or a run. */
export interface StoredProblem {
  readonly code: string;
  readonly at: string;
  readonly object: string | null;
  readonly details: Readonly<Record<string, string>> | null;
}

/** The problem in words: the catalogue's text with its values, and what to do. */
export function problemAnswer({ code, at, object, details }: StoredProblem): ProblemAnswer {
  const values = details ?? {};
  const text = isKnown(code) ? problemText({ code, values }) : code;
  return { code, text, at, object, ...remedyOf(code) };
}

/** What to do about a code, and whether it is a remark only: nothing was held back for it. */
export function remedyOf(code: string): Pick<ProblemAnswer, "remedy" | "harmless"> {
  // A code of an older version may be gone from the catalogue; what was stored keeps it.
  if (!isKnown(code)) return { remedy: "", harmless: false };
  const { outcome, remedy } = definitionOf(code);
  return { remedy, harmless: outcome === "warned" || outcome === "no-op" };
}

function isKnown(code: string): code is ProblemCode {
  return Object.hasOwn(PROBLEM_CATALOGUE, code);
}
