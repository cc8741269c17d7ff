import type { AccountRoute, Movement } from "../../normalizer/intake/money.ts";
import { orderIdsOf, pairsOf } from "../../normalizer/intake/money-pairs.ts";
import type { MessageId, Shard } from "../../normalizer/model/ids.ts";
import type { ProblemCode } from "../../normalizer/model/problems.ts";
import { invariant } from "../../normalizer/model/result.ts";
import type { Queryable, Transaction } from "../../normalizer/store/database.ts";
import type { InboxMessage } from "../../normalizer/store/messages.ts";
import type { PaymentMark, PaymentPair } from "../../normalizer/store/payment-pairs.ts";
import {
  findCandidates,
  readPairsOf,
  readPairsSaid,
} from "../../normalizer/store/payment-pairs.ts";
import type {
  FoundOriginal,
  RecognisablePayment,
  RecognitionWrite,
  StoredRecognition,
} from "../../normalizer/store/payments.ts";
import { readRecognisable, readRecognitions } from "../../normalizer/store/payments.ts";
import { findKeys } from "../../normalizer/store/unique-keys.ts";

/** A payment of a message, with whose it is. */
export interface PlacedPayment extends Pick<Movement, "record" | "direction"> {
  readonly key: string;
  readonly place: AccountRoute | null;
}

/** What a payment of this message is to one that the other source told of before. */
export type PairedAs =
  | {
      readonly kind: "SAME";
      /** Shards that must hear of it: an acknowledgement may be due there. */
      readonly shards: readonly Shard[];
      /** The first one had no account, and this one names it. */
      readonly recognised: RecognisedFirst | null;
    }
  | {
      readonly kind: "DOUBT";
      readonly code: ProblemCode;
      readonly values: Readonly<Record<string, string>>;
    };

export interface Pairing {
  readonly marks: readonly PaymentMark[];
  readonly pairs: readonly PaymentPair[];
  readonly recognitions: readonly RecognitionWrite[];
  /** By the payment's place; one that is alone is absent. */
  readonly byPlace: ReadonlyMap<number, PairedAs>;
}

/** Who recognises a payment because its other sight names the account. */
const AUTHOR = "hub";
const GROUND = "тот же платёж назван в другом источнике";

/**
 * Finds what of a message's payments the other source has told of. Under the lock of common: marks of all payments
 * that were opened before are seen, their legs need not be written. A message that is resumed reads what it has said.
 */
export async function pairPayments(
  transaction: Transaction,
  message: InboxMessage,
  payments: readonly PlacedPayment[],
  isResumed: boolean,
): Promise<Pairing> {
  const incoming = payments.filter(({ direction }) => direction === "IN");
  const marks = incoming.map((payment) => markOf(message, payment));
  const pairs = isResumed
    ? await readPairsSaid(transaction, message.message)
    : await findPairs(transaction, message, marks);
  if (pairs.length === 0) {
    return { marks, pairs, recognitions: [], byPlace: new Map() };
  }
  const firsts = pairs.flatMap(({ kind, first }) => (kind === "SAME" ? [first] : []));
  const said = await readRecognitions(transaction, message.organisation, firsts);
  const recognised = await recogniseFirsts(transaction, message, pairs, said);
  const places = new Set(incoming.map(({ record }) => record.at));
  const byPlace = new Map<number, PairedAs>();
  for (const { kind, first, second, place, ground } of pairs) {
    invariant(places.has(second.at), `a pair of ${nameOf(second)}, which is no payment`);
    if (kind === "DOUBT") {
      const code = ground as ProblemCode;
      byPlace.set(second.at, { kind, code, values: { similar: nameOf(first) } });
      continue;
    }
    const shards = new Set(
      said.flatMap(({ payment, shard }) => (nameOf(payment) === nameOf(first) ? [shard] : [])),
    );
    if (shards.size === 0 && place !== null) shards.add(place.shard);
    byPlace.set(second.at, {
      kind,
      shards: [...shards],
      recognised: recognised.get(nameOf(first)) ?? null,
    });
  }
  const recognitions = [...recognised.values()].map(({ part }) => part);
  return { marks, pairs, recognitions, byPlace };
}

function markOf({ message, organisation }: InboxMessage, payment: PlacedPayment): PaymentMark {
  const { record, key, place } = payment;
  return {
    organisation,
    message,
    at: record.at,
    source: record.source,
    key,
    amount: record.amount,
    account: place?.account ?? null,
    place,
    orderIds: orderIdsOf(record),
    documentNumber: record.documentNumber,
    documentDay: record.documentDay,
    paidDay: record.paidDay,
    postedDay: record.postedDay,
  };
}

/** A statement has a million lines: so many are looked for at once. */
const MARKS_AT_ONCE = 10_000;

async function findPairs(
  transaction: Transaction,
  { message, organisation }: InboxMessage,
  marks: readonly PaymentMark[],
): Promise<readonly PaymentPair[]> {
  const [first] = marks;
  if (first === undefined) return [];
  const { source } = first;
  const found = new Map<string, PaymentMark>();
  for (let from = 0; from < marks.length; from += MARKS_AT_ONCE) {
    const page = marks.slice(from, from + MARKS_AT_ONCE);
    for (const one of await findCandidates(transaction, organisation, source, page)) {
      found.set(nameOf(one), one);
    }
  }
  const candidates = [...found.values()];
  const reversed = new Set<string>();
  const kind = "reversal" as const;
  const keys = candidates.map(({ key }) => ({ kind, key, organisation }));
  for (const { key } of await findKeys(transaction, keys)) reversed.add(key);
  const standing = candidates.filter(({ key }) => !reversed.has(key));
  return [...pairsOf(source, marks, standing)].map(([second, { first, doubt }]): PaymentPair => {
    const { at } = second;
    return {
      organisation,
      second: { message, at },
      first: { message: first.message, at: first.at },
      said: { message, at },
      kind: doubt === null ? "SAME" : "DOUBT",
      place: second.place ?? first.place,
      author: null,
      ground: doubt,
    };
  });
}

interface RecognisedFirst {
  readonly part: RecognitionWrite;
  readonly first: RecognisablePayment;
}

/** Firsts that nobody has given to an account yet, and whose pair knows one. */
async function recogniseFirsts(
  transaction: Transaction,
  { message, organisation }: InboxMessage,
  pairs: readonly PaymentPair[],
  said: readonly StoredRecognition[],
): Promise<ReadonlyMap<string, RecognisedFirst>> {
  const known = pairs.filter(({ kind, place }) => kind === "SAME" && place !== null);
  const places = known.map(({ first }) => first);
  const unrecognised = new Map(
    (await readRecognisable(transaction, organisation, places)).map((one) => [nameOf(one), one]),
  );
  // What this message itself has said, before it was killed, it says again.
  const byOthers = new Set(
    said.flatMap((one) => (one.message === message ? [] : [nameOf(one.payment)])),
  );
  const recognised = new Map<string, RecognisedFirst>();
  for (const { first: payment, second, place } of known) {
    const first = unrecognised.get(nameOf(payment));
    if (first === undefined || place === null || byOthers.has(nameOf(payment))) continue;
    const { amount } = first;
    const whose = { organisation, author: AUTHOR, ground: GROUND, ...place };
    const part = { payment, message, at: second.at, amount, ...whose };
    recognised.set(nameOf(payment), { part, first });
  }
  return recognised;
}

/**
 * Keys of originals that a reversal must not take: a second sight has nothing to take back, and a notice that is
 * cancelled takes no money back that the bank has brought.
 */
export async function untakeable(
  queryable: Queryable,
  { organisation }: InboxMessage,
  isNotice: boolean,
  originals: readonly FoundOriginal[],
): Promise<ReadonlySet<string>> {
  const keys = new Set<string>();
  if (originals.length === 0) return keys;
  const pairs = await readPairsOf(queryable, organisation, originals);
  const same = pairs.filter(({ kind }) => kind === "SAME");
  const seconds = new Set(same.map(({ second }) => nameOf(second)));
  const firsts = new Set(same.map(({ first }) => nameOf(first)));
  for (const original of originals) {
    const name = nameOf(original);
    if (seconds.has(name) || (isNotice && firsts.has(name))) keys.add(original.key);
  }
  return keys;
}

function nameOf({ message, at }: { readonly message: MessageId; readonly at: number }) {
  return `${message}:${at}`;
}
