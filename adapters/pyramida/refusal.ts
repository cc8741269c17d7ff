import type { Problem, ProblemCode } from "../../normalizer/model/problems.ts";
import type { FileEffect, Parsed } from "../contract.ts";

/**
 * Ends the reading of one message. Never leaves this folder: parse turns it into the problem that
 * it carries, so that only a defect of our own can throw out of parse.
 */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly parsed: Parsed;
  constructor(problem: Problem, outcome: FileEffect = "rejected") {
    super(`${problem.code}:${problem.at}`);
    this.parsed = { kind: "problem", problem, outcome };
  }
}

export function refuse(
  code: ProblemCode,
  at: string | number,
  values: Readonly<Record<string, string>> = {},
): never {
  throw new Refusal({ code, at: String(at), values });
}
