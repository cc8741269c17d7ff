import type { Problem, ProblemCode } from "../../normalizer/model/problems.ts";
import type { FileEffect, Parsed } from "../contract.ts";

/** A limit of the profile is passed: reading ends here. */
export class LimitPassed extends Error {
  override readonly name = "LimitPassed";
}

/** Problems of one statement, each with the line it stands at; nothing stops at the first. */
export class ProblemList {
  readonly found: Extract<Parsed, { readonly kind: "problem" }>[] = [];
  /** Nothing of the statement becomes a fact. */
  isRefused = false;

  add(
    outcome: FileEffect,
    code: ProblemCode,
    at: number,
    values?: Readonly<Record<string, string>>,
    object?: string,
  ): void {
    this.isRefused ||= outcome !== "none";
    const problem: Problem = {
      code,
      at: String(at),
      ...(object === undefined || object === "" ? {} : { object }),
      ...(values === undefined ? {} : { values }),
    };
    this.found.push({ kind: "problem", problem, outcome });
  }

  /** In the order of the file, which is not the one of the checks. */
  byLine(): readonly Extract<Parsed, { readonly kind: "problem" }>[] {
    return [...this.found].sort((a, b) => Number(a.problem.at) - Number(b.problem.at));
  }

  /** @throws LimitPassed always */
  limit(at: number, values: Readonly<Record<string, string>>): never {
    this.add("rejected", "LIMIT_EXCEEDED", at, values);
    throw new LimitPassed();
  }
}

/** A person recognises the beginning; a hostile value may be a megabyte. */
export function shown(text: string): string {
  return text.length <= 64 ? text : `${text.slice(0, 63)}…`;
}
