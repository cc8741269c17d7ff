import type { AccountRoute } from "../../normalizer/intake/money.ts";
import { operationIdentity } from "../../normalizer/intake/money.ts";
import { originalOf, REVERSAL_DAYS_BACK } from "../../normalizer/intake/money-reversals.ts";
import { COMMON_SHARD } from "../../normalizer/model/ids.ts";
import type { Queryable } from "../../normalizer/store/database.ts";
import type { InboxMessage } from "../../normalizer/store/messages.ts";
import type { FoundOriginal } from "../../normalizer/store/payments.ts";
import { findOriginals, paymentKey, readByKeys } from "../../normalizer/store/payments.ts";
import { findKeys } from "../../normalizer/store/unique-keys.ts";
import type { KeyedMovement } from "./money-plan.ts";
import { untakeable } from "./pairs.ts";

/** A movement of this message that is posted by it. */
export interface OwnMovement extends KeyedMovement {
  readonly place: AccountRoute | null;
}

/** By reversal, the payment that it takes back; one that is absent is for a person to match. */
export type Originals = ReadonlyMap<KeyedMovement, FoundOriginal>;

/** What was matched when the document was opened. */
export async function storedOriginals(
  queryable: Queryable,
  { message, organisation }: InboxMessage,
  reversals: readonly KeyedMovement[],
): Promise<Originals> {
  const names = new Map(reversals.map((one) => [`${message}/${one.record.at}`, one]));
  const kind = "reversal-original" as const;
  const links = await findKeys(
    queryable,
    [...names.keys()].map((key) => ({ kind, key, organisation })),
  );
  const originals = new Map<KeyedMovement, FoundOriginal>();
  for (const { key, shard, site, id, message: of } of links) {
    const reversal = names.get(key);
    if (reversal === undefined) continue;
    const { amount, paidDay } = reversal.record;
    // Its account stands in the key of the reversal itself; the key of the original is taken already.
    const account = null;
    originals.set(reversal, {
      ...{ place: 0, key: "", message: of, at: id, amount, paidDay },
      ...{ shard, site, account },
    });
  }
  return originals;
}

/**
 * Matches reversals with payments of the store and of their own message (R8). Call it under the lock of common.
 *
 * @param payments those that the reversals' own message posts
 */
export async function findOriginalsOf(
  queryable: Queryable,
  message: InboxMessage,
  reversals: readonly KeyedMovement[],
  payments: readonly OwnMovement[],
): Promise<Originals> {
  const { organisation } = message;
  const stored = await storedCandidates(queryable, organisation, reversals);
  const own = ownCandidates(payments);
  const candidates = reversals.map((reversal) => {
    const byKey = new Map<string, FoundOriginal>();
    const name = candidateName(reversal, reversal.account);
    for (const payment of (name === null ? undefined : own.get(name)) ?? []) {
      byKey.set(payment.key, asOriginal(message, payment));
    }
    for (const original of stored.get(reversal) ?? []) byKey.set(original.key, original);
    return [...byKey.values()];
  });
  const isNotice = reversals.some(({ record }) => record.source === "GIS_ZHKH");
  const taken = new Set(await untakeable(queryable, message, isNotice, candidates.flat()));
  const kind = "reversal" as const;
  const keys = [...new Set(candidates.flat().map(({ key }) => key))];
  const reversed = await findKeys(
    queryable,
    keys.map((key) => ({ kind, key, organisation })),
  );
  for (const { key } of reversed) taken.add(key);
  const originals = new Map<KeyedMovement, FoundOriginal>();
  for (const [index, reversal] of reversals.entries()) {
    const { record } = reversal;
    const fitting = (candidates[index] ?? []).map((one) => ({
      ...one,
      isReversed: taken.has(one.key),
    }));
    const [named] = fitting;
    const original =
      record.reverses?.operationId == null
        ? originalOf(record, fitting)
        : named === undefined || named.isReversed || named.amount !== record.amount
          ? null
          : named;
    if (original === null) continue;
    taken.add(original.key);
    originals.set(reversal, original);
  }
  return originals;
}

async function storedCandidates(
  queryable: Queryable,
  organisation: InboxMessage["organisation"],
  reversals: readonly KeyedMovement[],
): Promise<ReadonlyMap<KeyedMovement, readonly FoundOriginal[]>> {
  const found = new Map<KeyedMovement, FoundOriginal[]>();
  const add = (reversal: KeyedMovement | undefined, original: FoundOriginal) => {
    if (reversal === undefined) return;
    const known = found.get(reversal);
    if (known === undefined) found.set(reversal, [original]);
    else known.push(original);
  };
  const named = new Map<string, KeyedMovement[]>();
  for (const reversal of reversals) {
    const key = originalKey(reversal);
    if (key === null) continue;
    const same = named.get(key);
    if (same === undefined) named.set(key, [reversal]);
    else same.push(reversal);
  }
  const kind = "payment" as const;
  const owners = await findKeys(
    queryable,
    [...named.keys()].map((key) => ({ kind, key, organisation })),
  );
  for (const original of await readByKeys(queryable, organisation, owners)) {
    for (const reversal of named.get(original.key) ?? []) add(reversal, original);
  }
  const unnamed = reversals.filter((reversal) => originalKey(reversal) === null);
  const originals = await findOriginals(
    queryable,
    organisation,
    unnamed.map(({ record, account }) => ({
      amount: record.amount,
      paidDay: record.paidDay,
      account,
      ourAccount: record.ourAccount,
      otherAccount: record.other.account,
    })),
    REVERSAL_DAYS_BACK,
  );
  for (const original of originals) add(unnamed[original.place], original);
  return found;
}

function asOriginal({ message }: InboxMessage, { key, record, place }: OwnMovement): FoundOriginal {
  const { at, amount, paidDay } = record;
  return {
    ...{ place: 0, key, message, at, amount, paidDay },
    shard: place?.shard ?? COMMON_SHARD,
    site: place?.site ?? null,
    account: place?.account ?? null,
  };
}

/** @returns null where the reversal does not name its original */
function originalKey({ record }: KeyedMovement): string | null {
  const id = record.reverses?.operationId ?? null;
  return id === null ? null : paymentKey(operationIdentity(record.source, id));
}

/** Payments of the reversals' own message by each name that a reversal may look for; days are looked at later. */
function ownCandidates(payments: readonly OwnMovement[]): ReadonlyMap<string, OwnMovement[]> {
  const found = new Map<string, OwnMovement[]>();
  const add = (name: string | null, payment: OwnMovement) => {
    if (name === null) return;
    const same = found.get(name);
    if (same === undefined) found.set(name, [payment]);
    else same.push(payment);
  };
  for (const payment of payments) {
    if (payment.direction !== "IN") continue;
    add(payment.key, payment);
    add(candidateName(payment, payment.place), payment);
  }
  return found;
}

/** What a reversal and its original have in common: the key, else the account and sum, else both banks' and sum. */
function candidateName(movement: KeyedMovement, place: AccountRoute | null): string | null {
  const key = originalKey(movement);
  if (key !== null) return key;
  const { amount, ourAccount, other } = movement.record;
  if (place !== null) return `account ${place.account} ${amount}`;
  // Without a bank account nothing tells whose its payments are.
  return other.account === "" ? null : `banks ${ourAccount} ${other.account} ${amount}`;
}
