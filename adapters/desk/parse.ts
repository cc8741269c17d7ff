import { TextDecoder } from "node:util";
import { Check, Errors } from "typebox/value";
import type { Problem } from "../../normalizer/model/problems.ts";
import type { Parsed, ParseInput } from "../contract.ts";
import type { DeskProfile, RecognitionMessage } from "./config.ts";
import { RecognitionMessageSchema } from "./config.ts";

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
  if (!Check(RecognitionMessageSchema, given)) {
    const [first] = Errors(RecognitionMessageSchema, given);
    const at =
      first?.instancePath === undefined || first.instancePath === "" ? "/" : first.instancePath;
    const reason = first?.message ?? "not JSON";
    yield refused({ code: "SCHEMA_INVALID", at, object: name, values: { reason } });
    return;
  }
  const problems = amountProblems(given, name);
  if (problems.length > 0) {
    yield* problems.map(refused);
    return;
  }
  const { payment, parts, author, ground } = given;
  yield {
    kind: "record",
    record: { kind: "recognition", at: PLACE, payment, parts, author, ground, problems: [] },
  };
}

function amountProblems({ parts }: RecognitionMessage, name: string): readonly Problem[] {
  return parts.flatMap(({ amount }, index): Problem[] => {
    if (amount > 0 && Number.isSafeInteger(amount)) return [];
    const code = amount === 0 ? "ZERO_AMOUNT" : "BAD_AMOUNT";
    const values = { given: String(amount) };
    return [{ code, at: `/parts/${index}/amount`, object: name, values }];
  });
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
