import type { Queryable } from "../../../normalizer/store/database.ts";
import { integer } from "../../../normalizer/store/database.ts";
import { kwh } from "./house-balance.ts";

/** What a month has come to. */
export interface Summary {
  readonly messages: readonly { readonly state: string; readonly count: number }[];
  readonly facts: readonly { readonly name: string; readonly count: number }[];
  readonly bills: readonly {
    readonly period: string;
    readonly accounts: number;
    readonly lines: number;
    readonly kopecks: number;
  }[];
  /** What is to stand at the counterparts, and how much of it does. */
  readonly deliveries: readonly {
    readonly kind: string;
    readonly desired: number;
    readonly confirmed: number;
    /** Messages whose answer was lost: read back, then found or sent again. */
    readonly repeated: number;
  }[];
  readonly money: { readonly paidKopecks: number; readonly unrecognisedKopecks: number };
  readonly houses: readonly HouseSummary[];
  readonly problems: readonly { readonly code: string; readonly count: number }[];
}

/** Balance of a МКД in an approved month, 10⁻⁴ kWh. */
interface HouseSummary {
  readonly address: string;
  readonly period: string;
  readonly odpu: number;
  readonly premises: number;
  readonly odn: number;
  readonly carryOut: number;
}

export async function summaryOf(queryable: Queryable): Promise<Summary> {
  const messages = await queryable.query<{ state: string; count: string }>(
    `select state, count(*) from message where channel not in ('law', 'supplier')
     group by state order by state`,
  );
  const facts = await queryable.query<{ name: string; count: string }>(
    `select 'показания приборов' as name, count(*) from reading where end_seq = 0
     union all
     select 'получасовые значения', coalesce(sum(cardinality(array_remove(values, null))), 0)
     from interval_patch
     union all
     select 'записи ожидают привязки', count(*) from waiting_record where not taken
     union all
     select 'справочные сведения и нормы права', count(*) from fact where end_seq = 0`,
  );
  const bills = await queryable.query<{
    period: string;
    accounts: string;
    lines: string;
    kopecks: string;
  }>(
    `select to_char(period, 'YYYY-MM') as period, count(distinct (site, account)) as accounts,
       count(*) as lines, sum(amount) as kopecks
     from charge_line_text group by 1 order by 1`,
  );
  const deliveries = await queryable.query<{
    kind: string;
    desired: string;
    confirmed: string;
    repeated: string;
  }>(
    `select d.kind, count(*) as desired, count(*) filter (where d.state = 'confirmed') as confirmed,
       count(*) filter (where (select count(*) from exchange_object o
         where o.shard = d.shard and o.object = d.object) > 1) as repeated
     from delivery d group by d.kind order by d.kind`,
  );
  const [money] = await queryable.query<{ paid: string; unrecognised: string }>(
    `select -coalesce(sum(amount), 0) as paid,
       (select coalesce(sum(amount), 0) from payment
        where shard = 256 and direction = 'IN' and account is null)
       - (select coalesce(sum(r.amount), 0) from recognition r
          join payment p on p.shard = r.shard and p.message = r.payment_message
            and p.at = r.payment_at and p.direction = 'IN') as unrecognised
     from ledger where kind in (3, 4, 6)`,
  );
  const problems = await queryable.query<{ code: string; count: string }>(
    `select code, count(*) from (
       select code from message_problem
       union all
       select p.code from run_problem p join run_event e on e.run = p.run and e.event = 'APPROVED'
     ) t group by code order by count(*) desc, code`,
  );
  return {
    messages: messages.map(({ state, count }) => ({ state, count: integer(count) })),
    facts: facts.map(({ name, count }) => ({ name, count: integer(count) })),
    bills: bills.map((bill) => ({
      period: bill.period,
      accounts: integer(bill.accounts),
      lines: integer(bill.lines),
      kopecks: integer(bill.kopecks),
    })),
    deliveries: deliveries.map(({ kind, desired, confirmed, repeated }) => ({
      kind,
      desired: integer(desired),
      confirmed: integer(confirmed),
      repeated: integer(repeated),
    })),
    money: {
      paidKopecks: integer(money?.paid ?? ""),
      unrecognisedKopecks: integer(money?.unrecognised ?? ""),
    },
    houses: await housesOf(queryable),
    problems: problems.map(({ code, count }) => ({ code, count: integer(count) })),
  };
}

async function housesOf(queryable: Queryable): Promise<readonly HouseSummary[]> {
  const rows = await queryable.query<{
    address: string;
    period: string;
    odpu: string | null;
    premises: string;
    odn: string;
    carry_out: string;
  }>(
    `select s.body ->> 'address' as address, to_char(r.period, 'YYYY-MM') as period, h.odpu,
       h.individual + h.non_residential as premises, h.raw as odn, h.carry_out
     from house_month h
     join charge_run r on r.id = h.run
     join run_event e on e.run = h.run and e.event = 'APPROVED'
     join fact s on s.shard = h.shard and s.site = h.site and s.kind = 'site' and s.end_seq = 0
     order by 2, 1`,
  );
  return rows.map(({ address, period, odpu, premises, odn, carry_out }) => ({
    ...{ address, period },
    odpu: integer(odpu ?? "0"),
    premises: integer(premises),
    odn: integer(odn),
    carryOut: integer(carry_out),
  }));
}

const STATES: Readonly<Record<string, string>> = {
  posted: "проведено",
  waiting: "ждёт привязки",
  quarantined: "в карантине",
  rejected: "отклонено",
  duplicate: "повтор, без изменений",
  received: "не разобрано",
  posting: "проводится",
};

/** The summary as people read it, in Russian. */
export function summaryText(summary: Summary): string {
  const lines = ["", "Итоги месяца", "  Сообщения"];
  for (const { state, count } of summary.messages) lines.push(row(STATES[state] ?? state, count));
  lines.push("  Факты");
  for (const { name, count } of summary.facts) lines.push(row(name, count));
  for (const { period, accounts, lines: count, kopecks } of summary.bills) {
    lines.push(
      `  Начислено за ${period}`,
      row("счетов", accounts),
      row("строк начислений", count),
      `    ${"сумма".padEnd(WIDTH)} ${rubles(kopecks)}`,
    );
  }
  for (const { address, period, odpu, premises, odn, carryOut } of summary.houses) {
    lines.push(
      `  Дом ${address} за ${period}`,
      `    ${"показал ОДПУ".padEnd(WIDTH)} ${kwh(odpu)}`,
      `    ${"потребили помещения".padEnd(WIDTH)} ${kwh(premises)}`,
      `    ${"ОДН".padEnd(WIDTH)} ${kwh(odn)}`,
      `    ${"перенесено на следующий месяц".padEnd(WIDTH)} ${kwh(carryOut)}`,
    );
  }
  lines.push("  Отправлено контрагентам");
  for (const { kind, desired, confirmed, repeated } of summary.deliveries) {
    lines.push(row(OBJECTS[kind] ?? kind, desired));
    lines.push(row("  из них приняты", confirmed), row("  не с первого раза", repeated));
  }
  lines.push(
    "  Оплата",
    `    ${"разнесено по лицевым счетам".padEnd(WIDTH)} ${rubles(summary.money.paidKopecks)}`,
    `    ${"невыясненные платежи".padEnd(WIDTH)} ${rubles(summary.money.unrecognisedKopecks)}`,
  );
  lines.push("  Замечания по кодам");
  for (const { code, count } of summary.problems) lines.push(row(code, count));
  return lines.join("\n");
}

const OBJECTS: Readonly<Record<string, string>> = {
  account: "лицевые счета",
  "payment-document": "платёжные документы",
  acknowledgement: "квитирования платежей",
  "payment-order": "платёжные поручения",
};
const WIDTH = 34;

function row(name: string, count: number): string {
  return `    ${name.padEnd(WIDTH)} ${count}`;
}

/** Kopecks as "214 690,12 ₽", with a no-break space between thousands. */
export function rubles(kopecks: number): string {
  const sign = kopecks < 0 ? "−" : "";
  const digits = String(Math.abs(kopecks)).padStart(3, "0");
  const whole = digits.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, "\u00a0");
  return `${sign}${whole},${digits.slice(-2)} ₽`;
}
