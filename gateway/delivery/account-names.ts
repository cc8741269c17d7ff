import type { OutboundAccount } from "../../normalizer/model/outbound.ts";
import type { Transaction } from "../../normalizer/store/database.ts";
import type { ObjectEnd } from "../../normalizer/store/exchanges.ts";
import { findKeys, takeKeys } from "../../normalizer/store/unique-keys.ts";
import type { Destination } from "./destination.ts";

/** The end of an object of a message, with what the message said of it. */
export interface DeliveredEnd extends ObjectEnd {
  readonly content: unknown;
}

/**
 * Keeps what the counterpart calls the accepted accounts, for intake to know their money by. Call it in the transaction
 * that confirms them, so that no account is confirmed without. A name stays with the account that had it first.
 *
 * @returns names that another account has already
 */
export async function takeAccountNames(
  transaction: Transaction,
  { organisation, target }: Destination,
  kind: string,
  ends: readonly DeliveredEnd[],
): Promise<readonly string[]> {
  const ids = target.objects[kind]?.namesAccounts ?? [];
  const accepted = ends.flatMap(({ outcome, content, foreignIds }) => {
    const names = ids.flatMap((id) => foreignIds[id]?.toUpperCase() ?? []);
    if (outcome !== "accepted" || names.length === 0) return [];
    return [{ number: (content as OutboundAccount).number, names }];
  });
  const found = await findKeys(
    transaction,
    accepted.map(({ number }) => ({ kind: "account", key: number, organisation })),
  );
  const owners = new Map(found.map((owner) => [owner.key, owner]));
  const wanted = accepted.flatMap(({ number, names }) => {
    const owner = owners.get(number);
    if (owner === undefined) return [];
    return names.map((key) => ({ ...owner, kind: "gis-account" as const, key }));
  });
  const taken = new Map((await takeKeys(transaction, wanted)).map((key) => [key.key, key]));
  return wanted.flatMap(({ key, id }) => (taken.get(key)?.id === id ? [] : [key]));
}
