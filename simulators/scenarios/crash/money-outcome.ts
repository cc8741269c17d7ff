import type { Queryable } from "../../../normalizer/store/database.ts";
import type { GisZhkhState } from "../../gis-zhkh/gis-zhkh.ts";
import { textAt } from "../../gis-zhkh/xml.ts";
import { BANK_CHANNEL } from "../hub.ts";

/** One line per thing, in order. */
export type Outcome = Readonly<Record<string, readonly string[]>>;

/**
 * What the store holds of deliveries and money, without what a retry may change (see `store-content.ts`) and without
 * what ГИС ЖКХ names by chance: a notice is known by its order, an account by the supplier's number.
 */
const STORED: Readonly<Record<string, string>> = {
  deliveries: `
    select d.kind, a.number, d.state, d.code, d.text,
      case when d.kind = 'acknowledgement' then d.content->'document'
        else to_jsonb(encode(d.confirmed_hash, 'hex')) end
    from delivery d left join account a on a.id = d.account`,
  "messages without an end": `
    select x.kind, x.state from exchange x where x.state not in ('done', 'failed')`,
  payments: `
    select p.source, p.direction, p.key, p.document_number, p.amount, p.paid_on, p.posted_on,
      a.number, p.period, p.code, p.reversed_message is not null,
      array(select s.number || ' ' || r.amount from recognition r join account s on s.id = r.account
        where r.payment_message = p.message and r.payment_at = p.at order by 1)
    from payment p left join account a on a.id = p.account`,
  ledger: `
    select a.number, l.kind, l.value_day, l.period, l.origin, l.amount
    from ledger l join account a on a.id = l.account`,
  statements: `
    select distinct encode(sha256, 'hex'), state, outcome::text from message
    where channel = '${BANK_CHANNEL}' and state <> 'duplicate'`,
};

const ACCOUNTS =
  "with account as (select key as number, id from unique_key where kind = 'account')";

/** Of the hub's store and of the counterpart: equal answers mean that everybody has the same. */
export async function moneyOutcome(queryable: Queryable, gis: GisZhkhState): Promise<Outcome> {
  const outcome: Record<string, readonly string[]> = {};
  for (const [name, text] of Object.entries(STORED)) {
    const rows = await queryable.query<{ line: string }>(
      `${ACCOUNTS} select t::text as line from (${text}) t order by t::text collate "C"`,
    );
    outcome[name] = rows.map(({ line }) => line);
  }
  return { ...outcome, ...standing(gis) };
}

/** What stands at ГИС ЖКХ, and how often each of it was placed. */
function standing(gis: GisZhkhState): Outcome {
  const accounts = [...gis.accounts.values()].map(
    ({ number, versions }) => `${number}: ${versions}`,
  );
  const documents = [...gis.documents.values()].map(
    ({ account, month, versions, withdrawn, element }) =>
      `${account.number} ${month}: ${versions}, ${withdrawn ? "withdrawn" : "stands"}, ` +
      `${textAt(element, "bills:TotalPayableByPDWithDebtAndAdvance")}`,
  );
  const notices = [...gis.notices.values()].map(({ orderId, status, acknowledgments }) => {
    const kopecks = acknowledgments.map((acknowledgment) => acknowledgment.kopecks);
    return `${orderId}: ${status}, ${kopecks.join(" + ")}`;
  });
  return {
    "accounts at ГИС ЖКХ": accounts.sort(),
    "documents at ГИС ЖКХ": documents.sort(),
    "notices at ГИС ЖКХ": notices.sort(),
    "placed twice": gis.duplicates.map(({ kind, key }) => `${kind} ${key}`),
    "messages that came twice": gis.counters.duplicateGuids,
  };
}

/** Kopecks that each account has paid by the ledger: kinds 3 and 4 are PAYMENT and REVERSAL. */
export async function paidByAccount(queryable: Queryable): Promise<ReadonlyMap<string, number>> {
  const rows = await queryable.query<{ number: string; paid: string }>(
    `${ACCOUNTS} select a.number, -sum(l.amount) as paid from ledger l join account a on a.id = l.account
     where l.kind in (3, 4) group by 1 having sum(l.amount) <> 0 order by 1`,
  );
  return new Map(rows.map(({ number, paid }) => [number, Number(paid)]));
}
