import { similarNumbers } from "../intake/money-suggestions.ts";
import type { Queryable } from "./database.ts";
import type { UnrecognisedPayment } from "./payments.ts";
import type { Scope } from "./scope.ts";
import { findKeys } from "./unique-keys.ts";

/** An account that an unrecognised payment may be for. */
export interface PaymentSuggestion {
  readonly number: string;
  /**
   * "number" = the purpose has it, whole or its beginning; "payer" = an earlier payment of the same payer was for it;
   * "similar" = it differs from a number of the purpose by leading zeros or by one digit.
   */
  readonly reason: "number" | "payer" | "similar";
}

/** Shorter runs of digits are dates, sums and flats. */
const DIGITS_MIN = 4;
const RUNS_MAX = 8;
const PER_RUN = 2;
const PER_PAYMENT = 4;

/** Accounts that the payments may be for, by place in the list, the likeliest first; a person decides. */
export async function suggestionsFor(
  queryable: Queryable,
  scope: Scope,
  payments: readonly Pick<UnrecognisedPayment, "purpose" | "other">[],
): Promise<readonly (readonly PaymentSuggestion[])[]> {
  const runs = payments.flatMap(({ purpose }, place) =>
    [...new Set(purpose.match(/\d+/g))]
      .filter((digits) => digits.length >= DIGITS_MIN)
      .slice(0, RUNS_MAX)
      .map((digits) => ({ place, digits })),
  );
  const byNumber = await queryable.query<{ place: number; number: string }>(
    `select w.place, k.key as number
     from unnest($2::integer[], $3::text[]) with ordinality w (place, digits, ordinal)
     cross join lateral (
       select key from unique_key where organisation = $1 and kind = 'account'
         and key like w.digits || '%' order by key limit ${PER_RUN}) k
     order by w.ordinal, k.key`,
    [scope.organisation, runs.map(({ place }) => place), runs.map(({ digits }) => digits)],
  );
  const byPayer = await queryable.query<{ place: number; number: string }>(
    `select w.place, f.body ->> 'number' as number
     from unnest($2::integer[], $3::text[], $4::text[]) w (place, account, name)
     join payment p on p.shard = 256 and p.organisation = $1 and p.direction = 'IN'
       and p.other ->> 'account' = w.account and p.other ->> 'name' = w.name
     join recognition r on r.shard = 256 and r.organisation = $1
       and r.payment_message = p.message and r.payment_at = p.at
     join fact f on f.shard = r.account_shard and f.site = r.site and f.end_seq = 0
       and f.kind in ('account', 'contract') and f.subject = r.account::text
     where w.account <> ''
     group by w.place, number order by w.place, count(*) desc`,
    [
      scope.organisation,
      payments.map((_, place) => place),
      payments.map(({ other }) => other.account),
      payments.map(({ other }) => other.name),
    ],
  );
  const found = payments.map((_, place) => {
    const suggestions = new Map<string, PaymentSuggestion>();
    for (const [rows, reason] of [
      [byNumber, "number"],
      [byPayer, "payer"],
    ] as const) {
      for (const row of rows) {
        if (row.place !== place || suggestions.has(row.number)) continue;
        suggestions.set(row.number, { number: row.number, reason });
      }
    }
    return [...suggestions.values()].slice(0, PER_PAYMENT);
  });
  return withSimilar(queryable, scope, payments, found);
}

/** Thousands of numbers may be meant by a misspelt one, so they are looked for only where nothing else is found. */
async function withSimilar(
  queryable: Queryable,
  { organisation }: Scope,
  payments: readonly Pick<UnrecognisedPayment, "purpose">[],
  found: readonly (readonly PaymentSuggestion[])[],
): Promise<readonly (readonly PaymentSuggestion[])[]> {
  const similar = payments.map(({ purpose }, place) =>
    found[place]?.length === 0 ? similarNumbers(purpose) : new Set<string>(),
  );
  const wanted = new Set(similar.flatMap((numbers) => [...numbers]));
  const kind = "account" as const;
  const owners = await findKeys(
    queryable,
    [...wanted].map((key) => ({ kind, key, organisation })),
  );
  return found.map((suggestions, place) => {
    if (suggestions.length > 0) return suggestions;
    const numbers = owners.map(({ key }) => key).filter((key) => similar[place]?.has(key) === true);
    return numbers.slice(0, PER_PAYMENT).map((number) => ({ number, reason: "similar" }));
  });
}
