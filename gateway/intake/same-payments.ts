import type { OrganisationId, Origin, Shard } from "../../normalizer/model/ids.ts";
import type { Problem } from "../../normalizer/model/problems.ts";
import type { RecognitionRecord } from "../../normalizer/model/records.ts";
import { invariant } from "../../normalizer/model/result.ts";
import { formatFixed, MONEY_SCALE } from "../../normalizer/model/units.ts";
import type { Transaction } from "../../normalizer/store/database.ts";
import type { InboxMessage } from "../../normalizer/store/messages.ts";
import type { PaymentPair } from "../../normalizer/store/payment-pairs.ts";
import { readMarks, readPairsOf, readPairsSaid } from "../../normalizer/store/payment-pairs.ts";
import type { RecognisablePayment } from "../../normalizer/store/payments.ts";
import { readRecognisable, readRecognitions } from "../../normalizer/store/payments.ts";
import { findKeys } from "../../normalizer/store/unique-keys.ts";

/** A record that says of a payment which one it is. */
export interface SameRecord extends RecognitionRecord {
  readonly sameAs: Origin;
}

export function isSame(record: RecognitionRecord): record is SameRecord {
  return record.sameAs !== null;
}

/**
 * Why a payment that was kept back cannot be the other sight of one that counts: it, or that one, is not there, was
 * taken back, has its other sight already, or came from the same source; a part of it is somebody's; the sums differ.
 */
export async function sameProblems(
  transaction: Transaction,
  organisation: OrganisationId,
  record: SameRecord,
  payment: RecognisablePayment | undefined,
): Promise<readonly Problem[]> {
  const at = String(record.at);
  const unknown = (place: Origin): readonly Problem[] => {
    const object = nameOf(place);
    return [{ code: "UNKNOWN_DOCUMENT", at, object, values: { document: object } }];
  };
  const own = record.payment as Origin;
  if (payment === undefined || payment.isReversed || payment.direction !== "IN") {
    return unknown(own);
  }
  const [first] = await readMarks(transaction, organisation, [record.sameAs]);
  if (first === undefined || first.source === payment.source) return unknown(record.sameAs);
  const kind = "reversal" as const;
  const reversed = await findKeys(transaction, [{ kind, key: first.key, organisation }]);
  if (reversed.length > 0) return unknown(record.sameAs);
  for (const place of [own, record.sameAs]) {
    const pairs = await readPairsOf(transaction, organisation, [place]);
    if (pairs.some((pair) => pair.kind === "SAME")) return unknown(place);
  }
  const object = nameOf(own);
  if (payment.left < payment.amount) {
    const values = { given: roubles(payment.amount), allowed: roubles(payment.left) };
    return [{ code: "AMOUNT_TOO_LARGE", at, object, values }];
  }
  if (first.amount !== payment.amount) {
    const values = { given: roubles(payment.amount), expected: roubles(first.amount) };
    return [{ code: "REGISTRY_DIFF", at, object, values }];
  }
  return [];
}

/** The pairs that persons say, and the shards where an acknowledgement may be due because of them. */
export async function joinSights(
  transaction: Transaction,
  { message, organisation }: InboxMessage,
  records: readonly SameRecord[],
  isResumed: boolean,
): Promise<{ readonly pairs: readonly PaymentPair[]; readonly shards: readonly Shard[] }> {
  if (records.length === 0) return { pairs: [], shards: [] };
  const firsts = records.map(({ sameAs }) => sameAs);
  const marks = await readMarks(transaction, organisation, firsts);
  const unrecognised = new Set(
    (await readRecognisable(transaction, organisation, firsts)).map(nameOf),
  );
  const pairs = records.map((record): PaymentPair => {
    const { at, payment, sameAs: first, author, ground } = record;
    const mark = marks.find((one) => nameOf(one) === nameOf(first));
    invariant(mark !== undefined, `payment ${nameOf(first)} has gone`);
    // Of one that is nobody's yet, the account is told by whoever recognises it.
    const place = unrecognised.has(nameOf(first)) ? null : mark.place;
    const said = { message, at };
    const second = payment as Origin;
    return { organisation, second, first, said, kind: "SAME", place, author, ground };
  });
  if (isResumed) {
    const stored = await readPairsSaid(transaction, message);
    invariant(stored.length === pairs.length, `${stored.length} of ${pairs.length} pairs`);
  }
  const recognised = await readRecognitions(transaction, organisation, firsts);
  const shards = [...recognised.map(({ shard }) => shard)];
  for (const { place } of pairs) if (place !== null) shards.push(place.shard);
  return { pairs, shards };
}

function nameOf({ message, at }: Origin): string {
  return `${message}:${at}`;
}

function roubles(amount: number): string {
  return formatFixed(amount, MONEY_SCALE);
}
