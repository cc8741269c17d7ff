import { definitionOf } from "./problem-catalogue.ts";
import type { Problem } from "./problems.ts";

const OPTIONAL_PART = /\[([^[\]]*)\]/g;
const PLACEHOLDER = /\{(\w+)\}/g;

/** What happened, in Russian, values in their places. Plain text: escape it where HTML is shown. */
export function problemText(problem: Pick<Problem, "code" | "values">): string {
  const values = problem.values ?? {};
  return definitionOf(problem.code).text.replace(OPTIONAL_PART, (_, part: string) => {
    const missing = [...part.matchAll(PLACEHOLDER)].some(([, name]) => !values[name as string]);
    return missing ? "" : part.replace(PLACEHOLDER, (_found, name: string) => values[name] ?? "");
  });
}

/** One line for logs and lists: `CODE:at text`. */
export function problemLine(problem: Problem): string {
  const object = problem.object === undefined ? "" : ` (${problem.object})`;
  return `${problem.code}:${problem.at} ${problemText(problem)}${object}`;
}
