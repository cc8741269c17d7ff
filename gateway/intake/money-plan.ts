import type { AccountRoute, Movement } from "../../normalizer/intake/money.ts";
import { namesOf, normaliseMoney, wanted } from "../../normalizer/intake/money.ts";
import type { AccountId, OrganisationId, Seq } from "../../normalizer/model/ids.ts";
import { COMMON_SHARD } from "../../normalizer/model/ids.ts";
import type { Problem } from "../../normalizer/model/problems.ts";
import type { Queryable } from "../../normalizer/store/database.ts";
import { readFacts } from "../../normalizer/store/facts.ts";
import type { InboxMessage } from "../../normalizer/store/messages.ts";
import { paymentKey } from "../../normalizer/store/payments.ts";
import { findKeys } from "../../normalizer/store/unique-keys.ts";
import type { ReadContent } from "./content.ts";

/** Movements of a message with their keys, before anybody looked whether the keys are taken. */
export interface MoneyPlan {
  readonly refusal: Problem | null;
  readonly movements: readonly KeyedMovement[];
}

/** Of identity and statement only the hashes are kept: the texts are long, and a statement has a million of them. */
export interface KeyedMovement extends Omit<Movement, "identity" | "statement"> {
  /** Hash of the identity. */
  readonly key: string;
  /** Hash of identity and statement where the identity is the sender's own id, else null. */
  readonly contentKey: string | null;
}

/**
 * Recognises the accounts of a message's money.
 *
 * @param knownAt seq of common by which the organisation's bank accounts are known
 */
export async function planMoney(
  queryable: Queryable,
  { organisation }: InboxMessage,
  { statement, money }: Pick<ReadContent, "statement" | "money">,
  knownAt: Seq,
): Promise<MoneyPlan> {
  if (money.length === 0 && statement === null) return { refusal: null, movements: [] };
  const names = money.map(namesOf);
  const { accounts, gis } = wanted(names);
  const { refusal, movements } = normaliseMoney(statement, money, names, {
    ourAccounts: await readOurAccounts(queryable, organisation, knownAt),
    accounts: await readRoutes(queryable, organisation, "account", accounts),
    gisAccounts: await readRoutes(queryable, organisation, "gis-account", gis),
  });
  return { refusal, movements: movements.map(keyed) };
}

function keyed({ record, direction, account, problems, identity, statement }: Movement) {
  const key = paymentKey(identity);
  const contentKey = statement === null ? null : paymentKey(`${identity}${statement}`);
  return { record, direction, account, problems, key, contentKey };
}

async function readOurAccounts(
  queryable: Queryable,
  organisation: OrganisationId,
  knownAt: Seq,
): Promise<ReadonlySet<string>> {
  const facts = await readFacts(queryable, { shard: COMMON_SHARD, kind: "bank-account", knownAt });
  return new Set(
    facts.flatMap((fact) => (fact.organisation === organisation ? [fact.subject] : [])),
  );
}

/** Accounts by the names of the payments; a name that nobody has is absent. */
export async function readRoutes(
  queryable: Queryable,
  organisation: OrganisationId,
  kind: "account" | "gis-account",
  names: ReadonlySet<string>,
): Promise<ReadonlyMap<string, AccountRoute>> {
  const owners = await findKeys(
    queryable,
    [...names].map((key) => ({ kind, key, organisation })),
  );
  return new Map(
    owners.map(({ key, shard, site, id }) => [key, { shard, site, account: id as AccountId }]),
  );
}
