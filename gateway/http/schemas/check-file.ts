import { type Static, Type } from "typebox";
import type { FileOutcome } from "../../../normalizer/model/problems.ts";
import { OUTCOME_NAMES, SOURCE_KIND_NAMES, type SourceKind } from "../names.ts";
import { literals, object, orNull } from "./common.ts";

const checkedProblem = object({
  code: Type.String(),
  at: Type.String(),
  text: Type.String(),
  object: Type.Optional(Type.String()),
  remedy: Type.String(),
  harmless: Type.Boolean(),
});
const checkedFields = {
  source: Type.String(),
  file: Type.String(),
  sha256: Type.String(),
  outcome: literals(Object.keys(OUTCOME_NAMES) as FileOutcome[]),
  problems: Type.Array(checkedProblem),
  records: object({
    accepted: Type.Integer(),
    warned: Type.Integer(),
    waiting: Type.Integer(),
    rejected: Type.Integer(),
  }),
  sums: Type.Array(
    object({
      key: Type.String(),
      count: Type.Integer(),
      total: Type.String({ description: "exact decimal in `unit`" }),
      unit: Type.String(),
      /** Entry of a zip of several. */
      file: Type.Optional(Type.String()),
    }),
  ),
  receipt: orNull(Type.Integer()),
};
export const CheckQuery = object({
  source: literals(Object.keys(SOURCE_KIND_NAMES) as SourceKind[]),
  /** "store": senders, points, meters and earlier readings are asked for; "none": the file only. */
  against: Type.Optional(literals(["store", "none"])),
});
/** What `hub check-file --json` prints, and the remedy of each problem. */
export const Checked = object({
  ...checkedFields,
  entries: Type.Optional(Type.Array(object(checkedFields))),
});

export type CheckedAnswer = Static<typeof Checked>;
