import type { Queryable } from "./database.ts";
import type { UnrecognisedPayment } from "./payments.ts";
import type { Scope } from "./scope.ts";

/** An account that an unrecognised payment may be for. */
export interface PaymentSuggestion {
  readonly number: string;
  /** "number" = the purpose has it, whole or its beginning; "payer" = an earlier payment of the same payer was for it. */
  readonly reason: "number" | "payer";
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
  return payments.map((_, place) => {
    const found = new Map<string, PaymentSuggestion>();
    for (const [rows, reason] of [
      [byNumber, "number"],
      [byPayer, "payer"],
    ] as const) {
      for (const row of rows) {
        if (row.place !== place || found.has(row.number)) continue;
        found.set(row.number, { number: row.number, reason });
      }
    }
    return [...found.values()].slice(0, PER_PAYMENT);
  });
}
