import type { ProblemCode } from "../../../normalizer/model/problems.ts";

/** One object that cannot be said in the counterpart's form. Never leaves this edge: encode gathers them by code. */
export class ObjectRefusal extends Error {
  override readonly name = "ObjectRefusal";
  readonly code: ProblemCode;
  constructor(code: ProblemCode, message: string) {
    super(message);
    this.code = code;
  }
}
