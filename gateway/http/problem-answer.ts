import type { ProblemCode } from "../../normalizer/model/problem-catalogue.ts";
import { definitionOf, PROBLEM_CATALOGUE } from "../../normalizer/model/problem-catalogue.ts";
import { problemText } from "../../normalizer/model/problem-text.ts";
import type { ProblemAnswer } from "./schemas.ts";

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
  // A code of an older version may be gone from the catalogue; what was stored keeps it.
  if (!isKnown(code)) return { code, text: code, remedy: "", at, object, harmless: false };
  const text = problemText({ code, values });
  const { outcome, remedy } = definitionOf(code);
  const harmless = outcome === "warned" || outcome === "no-op";
  return { code, text, remedy, at, object, harmless };
}

function isKnown(code: string): code is ProblemCode {
  return Object.hasOwn(PROBLEM_CATALOGUE, code);
}
