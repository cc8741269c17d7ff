import { TextDecoder } from "node:util";
import type { TSchema } from "typebox";
import { Check, Errors } from "typebox/value";
import { parseDay } from "../../normalizer/model/dates.ts";
import type { Problem, ProblemCode } from "../../normalizer/model/problems.ts";
import type { SourceRecord } from "../../normalizer/model/records.ts";
import { isAccountKeyValid, isInnValid } from "../../normalizer/model/requisites.ts";
import type { Parsed, ParseInput } from "../contract.ts";
import type { DeskProfile, RefundDecisionMessage, RefundOrderMessage } from "./config.ts";
import {
  ApprovalMessageSchema,
  FactsMessageSchema,
  PURPOSE_LENGTH_MAX,
  ReadingDecisionMessageSchema,
  RecognitionMessageSchema,
  RefundDecisionMessageSchema,
  RefundOrderMessageSchema,
  SamePaymentMessageSchema,
} from "./config.ts";

const SIZE_BYTES_MAX = 4 * 1_048_576;
/** A message has one record, which is its whole. */
const PLACE = 1;

/**
 * What a person entered, one message each: a JSON text. Anything wrong ends the message whole, for whoever entered it
 * sees the answer at once.
 */
export async function* parse({ name, bytes }: ParseInput<DeskProfile>): AsyncIterable<Parsed> {
  const text = await readText(bytes);
  if (text === null) {
    yield refused({
      code: "LIMIT_EXCEEDED",
      at: "0",
      object: name,
      values: { limit: String(SIZE_BYTES_MAX) },
    });
    return;
  }
  const given = parseJson(text);
  if (Check(RefundOrderMessageSchema, given)) {
    yield* recordOr(refundOrderProblems(given, name), refundOrder(given));
    return;
  }
  if (Check(RefundDecisionMessageSchema, given)) {
    yield* refundDecision(given, name);
    return;
  }
  if (Check(ReadingDecisionMessageSchema, given)) {
    const { kind, reading, decision, author, ground } = given;
    yield* recordOr([], { kind, at: PLACE, reading, decision, author, ground, problems: [] });
    return;
  }
  if (Check(FactsMessageSchema, given)) {
    const { facts, author, ground } = given;
    const entries = facts.map((fact, index) => ({ ...fact, at: index + 1 }));
    yield* recordOr([], { kind: "fact-entries", at: PLACE, entries, author, ground, problems: [] });
    return;
  }
  if (Check(ApprovalMessageSchema, given)) {
    const { request, author, ground } = given;
    yield* recordOr([], {
      kind: "fact-approval",
      at: PLACE,
      request,
      author,
      ground,
      problems: [],
    });
    return;
  }
  if (Check(SamePaymentMessageSchema, given)) {
    const { payment, sameAs, author, ground } = given;
    const said = { payment, sameAs, parts: [], author, ground };
    yield* recordOr([], { kind: "recognition", at: PLACE, ...said, problems: [] });
    return;
  }
  if (!Check(RecognitionMessageSchema, given)) {
    yield refused(schemaProblem(given, name));
    return;
  }
  const { payment, parts, author, ground } = given;
  yield* recordOr(
    parts.flatMap(({ amount }, index) => amountProblems(amount, `/parts/${index}/amount`, name)),
    { kind: "recognition", at: PLACE, payment, sameAs: null, parts, author, ground, problems: [] },
  );
}

function* recordOr(problems: readonly Problem[], record: SourceRecord): Iterable<Parsed> {
  if (problems.length > 0) yield* problems.map(refused);
  else yield { kind: "record", record };
}

/** What is wrong with a message by the schema of its kind; a kind that nobody knows is wrong itself. */
function schemaProblem(given: unknown, name: string): Problem {
  const kind = typeof given === "object" && given !== null ? Reflect.get(given, "kind") : null;
  const schema = SCHEMAS[String(kind)] ?? RecognitionMessageSchema;
  const [first] = Errors(schema, given);
  const at =
    first?.instancePath === undefined || first.instancePath === "" ? "/" : first.instancePath;
  const reason = first?.message ?? "not JSON";
  return { code: "SCHEMA_INVALID", at, object: name, values: { reason } };
}

const SCHEMAS: Readonly<Record<string, TSchema>> = {
  "refund-order": RefundOrderMessageSchema,
  "refund-decision": RefundDecisionMessageSchema,
  "reading-decision": ReadingDecisionMessageSchema,
  facts: FactsMessageSchema,
  approval: ApprovalMessageSchema,
  "same-payment": SamePaymentMessageSchema,
};

function amountProblems(amount: number, at: string, name: string): readonly Problem[] {
  if (amount > 0 && Number.isSafeInteger(amount)) return [];
  const code = amount === 0 ? "ZERO_AMOUNT" : "BAD_AMOUNT";
  return [{ code, at, object: name, values: { given: String(amount) } }];
}

function refundOrder(given: RefundOrderMessage): SourceRecord {
  const { accountNumber, amount, payee, purpose, author, ground } = given;
  const kind = "refund-order";
  return { kind, at: PLACE, accountNumber, amount, payee, purpose, author, ground, problems: [] };
}

/** Our own document has to be right before anybody approves it (money-and-documents.md, 1.1). */
function refundOrderProblems(
  { amount, payee, purpose }: RefundOrderMessage,
  name: string,
): readonly Problem[] {
  const problems = [...amountProblems(amount, "/amount", name)];
  const wrong = (code: ProblemCode, field: string, values: Problem["values"] = {}) =>
    problems.push({ code, at: `/${field}`, object: name, values });
  if (payee.inn !== "" && !isInnValid(payee.inn)) {
    wrong("INN_INVALID", "payee/inn", { given: payee.inn });
  }
  for (const field of ["account", "correspondentAccount"] as const) {
    const given = payee[field];
    if (!isAccountKeyValid(given, payee.bic)) {
      wrong("ACCOUNT_KEY_INVALID", `payee/${field}`, { given });
    }
  }
  if (purpose.trim() === "") wrong("MISSING_REQUIRED", "purpose", { name: "назначение платежа" });
  if (purpose.length > PURPOSE_LENGTH_MAX) {
    wrong("TOO_LONG", "purpose", { name: "назначение платежа" });
  }
  return problems;
}

function* refundDecision(given: RefundDecisionMessage, name: string): Iterable<Parsed> {
  const { refund, decision, refusedByBank, author, ground } = given;
  const day = parseDay(given.day);
  if (day === null) {
    yield refused({ code: "BAD_DATE", at: "/day", object: name, values: { given: given.day } });
    return;
  }
  const kind = "refund-decision";
  const said = { refund, decision, day, refusedByBank, author, ground };
  yield { kind: "record", record: { kind, at: PLACE, ...said, problems: [] } };
}

function refused(problem: Problem): Parsed {
  return { kind: "problem", problem, outcome: "rejected" };
}

/** @returns null where it is longer than the limit */
async function readText(bytes: AsyncIterable<Uint8Array>): Promise<string | null> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for await (const part of bytes) {
    length += part.length;
    if (length > SIZE_BYTES_MAX) return null;
    parts.push(part);
  }
  return new TextDecoder().decode(Buffer.concat(parts));
}

/** @returns undefined for what is no JSON: no schema accepts it */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
