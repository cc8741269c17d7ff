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
  const ourAccounts = await readOurAccounts(queryable, organisation, knownAt);
  const accounts = new RouteBook(queryable, organisation, "account");
  const gisAccounts = new RouteBook(queryable, organisation, "gis-account");
  const planned: KeyedMovement[] = [];
  for (let from = 0; from === 0 || from < money.length; from += RECORDS_AT_ONCE) {
    const records = money.slice(from, from + RECORDS_AT_ONCE);
    const names = records.map(namesOf);
    const named = wanted(names);
    const { refusal, movements } = normaliseMoney(statement, records, names, {
      ourAccounts,
      accounts: await accounts.find(named.accounts),
      gisAccounts: await gisAccounts.find(named.gis),
    });
    if (refusal !== null) return { refusal, movements: [] };
    for (const movement of movements) planned.push(keyed(movement));
  }
  return { refusal: null, movements: planned };
}

/** Names and identities of so many records are held at once; they are longer than the records. */
const RECORDS_AT_ONCE = 10_000;

/** Routes of a message's names, each looked up once. */
class RouteBook {
  readonly #found = new Map<string, AccountRoute>();
  readonly #asked = new Set<string>();
  readonly #queryable: Queryable;
  readonly #organisation: OrganisationId;
  readonly #kind: "account" | "gis-account";

  constructor(queryable: Queryable, organisation: OrganisationId, kind: "account" | "gis-account") {
    this.#queryable = queryable;
    this.#organisation = organisation;
    this.#kind = kind;
  }

  /** @returns the routes of all names that were asked for until now; a name that nobody has is absent */
  async find(names: ReadonlySet<string>): Promise<ReadonlyMap<string, AccountRoute>> {
    const fresh = new Set([...names].filter((name) => !this.#asked.has(name)));
    for (const name of fresh) this.#asked.add(name);
    const routes = await readRoutes(this.#queryable, this.#organisation, this.#kind, fresh);
    for (const [name, route] of routes) this.#found.set(name, route);
    return this.#found;
  }
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
