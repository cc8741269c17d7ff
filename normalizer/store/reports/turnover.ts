import type { Month } from "../../model/dates.ts";
import { addMonths } from "../../model/dates.ts";
import { ENTRY_KINDS, type EntryKind } from "../../model/facts.ts";
import type { Shard } from "../../model/ids.ts";
import type { Kopecks } from "../../model/units.ts";
import { kopecks } from "../../model/units.ts";
import type { Queryable } from "../database.ts";
import { integer } from "../database.ts";
import { monthText } from "../results.ts";
import type { Scope } from "../scope.ts";
import { ACCOUNTS, type ReportAccount } from "./accounts.ts";

/** What moved the balance of one account in a month; `opening` above zero = the consumer owed. */
export interface AccountTurnover extends ReportAccount {
  readonly opening: Kopecks;
  readonly charged: Kopecks;
  readonly recalculated: Kopecks;
  readonly penalty: Kopecks;
  /** Court costs charged less those taken back. */
  readonly costs: Kopecks;
  /** Money received less money given back. */
  readonly paid: Kopecks;
  /** Debts given up less those that are owed again. */
  readonly writtenOff: Kopecks;
}

const kind = (name: EntryKind) => ENTRY_KINDS.indexOf(name);

/**
 * Accounts of one shard that had a balance or a movement, by district, address and number. Before
 * the month stands its closing where there is one, else the whole ledger.
 */
export async function turnoversOf(
  queryable: Queryable,
  scope: Scope,
  shard: Shard,
  period: Month,
): Promise<readonly AccountTurnover[]> {
  const rows = await queryable.query<
    ReportAccount &
      Readonly<
        Record<
          "opening" | "charged" | "recalculated" | "penalty" | "costs" | "paid" | "writtenOff",
          string
        >
      >
  >(
    `with whose as (${ACCOUNTS}), closed as (
       select account, balance from checkpoint where shard = $1 and period = $5
     ), moves as (
       select account,
         coalesce(sum(amount) filter (where kind = ${kind("OPENING")}
           or period < $4 and not exists (select from closed)), 0) as opening,
         coalesce(sum(amount) filter (where period = $4 and kind = ${kind("CHARGE")}), 0)
           as charged,
         coalesce(sum(amount) filter (where period = $4 and kind = ${kind("CORRECTION")}), 0)
           as recalculated,
         coalesce(sum(amount) filter (where period = $4 and kind = ${kind("PENALTY")}), 0)
           as penalty,
         coalesce(sum(amount) filter (where period = $4 and kind = ${kind("COURT_COSTS")}), 0)
           as costs,
         -coalesce(sum(amount) filter (where period = $4 and kind in (${kind("PAYMENT")},
           ${kind("REVERSAL")}, ${kind("REFUND")})), 0) as paid,
         -coalesce(sum(amount) filter (where period = $4 and kind in (${kind("WRITE_OFF")},
           ${kind("PENALTY_WRITE_OFF")}, ${kind("COURT_COSTS_WRITE_OFF")})), 0) as written_off
       from ledger
       where shard = $1 and (period = $4
         or period < $4 and not exists (select from closed))
       group by account
     )
     select w.kind, w.number, w.holder, w.premises, w.district, w.address,
       coalesce(c.balance, 0) + coalesce(m.opening, 0) as opening,
       coalesce(m.charged, 0) as charged, coalesce(m.recalculated, 0) as recalculated,
       coalesce(m.penalty, 0) as penalty, coalesce(m.costs, 0) as costs,
       coalesce(m.paid, 0) as paid, coalesce(m.written_off, 0) as "writtenOff"
     from whose w
     left join closed c on c.account = w.account
     left join moves m on m.account = w.account
     where coalesce(c.balance, 0) <> 0 or m.account is not null
     order by w.district, w.address, w.number`,
    [
      shard,
      scope.organisation,
      scope.districts,
      monthText(period),
      monthText(addMonths(period, -1)),
    ],
  );
  return rows.map(
    ({ opening, charged, recalculated, penalty, costs, paid, writtenOff, ...whose }) => ({
      ...whose,
      opening: sum(opening),
      charged: sum(charged),
      recalculated: sum(recalculated),
      penalty: sum(penalty),
      costs: sum(costs),
      paid: sum(paid),
      writtenOff: sum(writtenOff),
    }),
  );
}

function sum(text: string): Kopecks {
  return kopecks(integer(text));
}
