import { ENTRY_KINDS } from "../model/facts.ts";
import { COMMON_SHARD } from "../model/ids.ts";
import { integer } from "./database.ts";
import type { Check } from "./verify-check.ts";

const KINDS_OF_MONEY = (["PAYMENT", "REVERSAL", "REFUND"] as const).map((kind) =>
  ENTRY_KINDS.indexOf(kind),
);

/** Every movement with a consumer's account, as it lowers (+) or raises (−) what the account owes. */
const MONEY_OF_ACCOUNTS = `
  select organisation, shard, site, account,
    case when reversed_message is null then amount else -amount end as money, 0::bigint as entry
  from payment where account is not null
  union all
  select r.organisation, r.account_shard, r.site, r.account,
    case when p.direction = 'OUT' then -r.amount when b.message is null then r.amount else 0 end, 0
  from recognition r
  join payment p on p.shard = r.shard and p.message = r.payment_message and p.at = r.payment_at
  left join payment b on b.shard = r.shard and b.reversed_message = p.message
    and b.reversed_at = p.at
  where r.shard = ${COMMON_SHARD}
  union all
  select organisation, shard, site, account, 0, -amount from ledger_entry where kind = any($1)`;

/**
 * Money is neither lost nor doubled: what came in is what the ledger has of payments and reversals, account by
 * account, and what is left of the unrecognised; none of it is stored twice or recognised twice.
 */
export const checkPayments: Check = async (transaction, findings) => {
  const different = await transaction.query<
    Record<"organisation" | "account" | "money" | "entries", string>
  >(
    `select organisation, account, sum(money) as money, sum(entry) as entries
     from (${MONEY_OF_ACCOUNTS}) sides
     group by organisation, shard, site, account having sum(money) <> sum(entry)
     order by organisation, account`,
    [KINDS_OF_MONEY],
  );
  for (const { organisation, account, money, entries } of different) {
    findings.fail(
      `организация ${organisation}, счёт ${account}: платежей на ${money} коп., проводок на ${entries}`,
    );
  }
  const twice = await transaction.query<{ key: string; count: string }>(
    "select key, count(*) as count from payment group by organisation, key having count(*) > 1",
  );
  for (const { key, count } of twice) findings.fail(`платёж ${key} записан ${count} раза`);
  const reversed = await transaction.query<Record<"message" | "at" | "count", string>>(
    `select reversed_message as message, reversed_at as at, count(*) as count from payment
     where reversed_message is not null group by 1, 2 having count(*) > 1`,
  );
  for (const { message, at, count } of reversed) {
    findings.fail(`платёж ${message}:${at} сторнирован ${count} раза`);
  }
  const beyond = await transaction.query<Record<"message" | "at" | "amount" | "given", string>>(
    `select r.payment_message as message, r.payment_at as at, min(p.amount) as amount,
       sum(r.amount) as given
     from recognition r
     left join payment p on p.shard = r.shard and p.message = r.payment_message
       and p.at = r.payment_at
     where r.shard = ${COMMON_SHARD}
     group by 1, 2 having sum(r.amount) > coalesce(min(p.amount), 0)`,
  );
  for (const { message, at, amount, given } of beyond) {
    findings.fail(`платёж ${message}:${at} на ${amount ?? 0} коп. опознан на ${given}`);
  }
  // Each executed refund is one row of the bank, given whole to its account.
  const refunds = await transaction.query<Record<"refund" | "message" | "at", string>>(
    `select f.message as refund, e.message, e.at
     from refund_event e
     join refund f on f.shard = e.shard and f.message = e.refund
     left join payment p on p.shard = e.shard and p.message = e.message and p.at = e.at
     left join recognition r on r.shard = e.shard and r.payment_message = e.message
       and r.payment_at = e.at and r.account = f.account
     where e.event = 'EXECUTED'
       and (p.direction is distinct from 'OUT' or p.amount <> f.amount
         or r.amount is distinct from f.amount)`,
  );
  for (const { refund, message, at } of refunds) {
    findings.fail(`возврат ${refund} не равен строке ${message}:${at}, которой он исполнен`);
  }
  const joined = await transaction.query<Record<"message" | "at" | "count", string>>(
    `select s.second_message as message, s.second_at as at, count(*) as count
     from payment_pair s
     left join recognition r on r.shard = s.shard and r.payment_message = s.second_message
       and r.payment_at = s.second_at
     left join payment_pair f on f.shard = s.shard and f.kind = 'SAME'
       and f.first_message = s.second_message and f.first_at = s.second_at
     where s.shard = ${COMMON_SHARD} and s.kind = 'SAME'
     group by 1, 2 having count(*) > 1 or count(r.message) > 0 or count(f.message) > 0`,
  );
  for (const { message, at } of joined) {
    findings.fail(`платёж ${message}:${at} признан тем же, что другой, и учтён ещё раз`);
  }
  const [count] = await transaction.query<{ rows: string }>("select count(*) as rows from payment");
  findings.saw(integer(count?.rows ?? "0"));
};
