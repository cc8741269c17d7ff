import { moveByPerson } from "../../../gateway/delivery/desk.ts";
import { recognise } from "../../../gateway/intake/desk.ts";
import type { Day } from "../../../normalizer/model/dates.ts";
import {
  addDays,
  addMonths,
  firstDay,
  formatDay,
  formatMonth,
} from "../../../normalizer/model/dates.ts";
import type { OrganisationId } from "../../../normalizer/model/ids.ts";
import type { Database } from "../../../normalizer/store/database.ts";
import { integer } from "../../../normalizer/store/database.ts";
import { shardsWithNews } from "../../../normalizer/store/deliveries.ts";
import type { Bank } from "../../bank/bank.ts";
import type { GisZhkh } from "../../gis-zhkh/gis-zhkh.ts";
import { textAt } from "../../gis-zhkh/xml.ts";
import type { Destination } from "../../head-end/sender.ts";
import { upload } from "../../head-end/sender.ts";
import { accountNumber } from "../../supplier/households.ts";
import { GIS_CHANNEL } from "../hub.ts";
import type { Stage } from "./month.ts";
import { mustUpload } from "./month.ts";
import { mustBe, until } from "./proof.ts";
import { rubles } from "./summary.ts";

/** Where the bills go and where the money comes from. */
export interface Counterparts {
  readonly gis: GisZhkh;
  readonly bank: Bank;
  /** Channel of the statements. */
  readonly statements: Destination;
  /** Where the bank's client program takes orders. */
  readonly ordersFolder: string;
}

/** Number of the household whose document ГИС ЖКХ refuses at first. */
const REFUSED_HOUSEHOLD = 100;
const PAYERS = 40;
/** Their account numbers are misspelt or are two in one payment: a person recognises it. */
const TOGETHER = 2;
const NOTICE_ORDER = "DEMO0000000000000000000000000001";
const LETTER = { name: "", inn: "", account: "40817810000000000001", bic: "044500225" };

/** What ГИС ЖКХ does wrong with the first messages; take the rule back by calling what is returned. */
export function arrangeFaults(gis: GisZhkh): () => void {
  gis.inject({ kind: "lost-after" }, { operation: "importPaymentDocumentData" });
  return gis.refuseObjects({ code: "SRV008203", accounts: [accountNumber(REFUSED_HOUSEHOLD)] });
}

/** Bills go out: one answer is lost and read back, one document is refused, mended and sent again. */
export async function sendBills(
  { plan, database, say }: Stage,
  { gis }: Counterparts,
  mend: () => void,
): Promise<void> {
  const scope = { organisation: plan.organisation as OrganisationId, districts: null };
  await until(database, "отправка документов", () => isAllSent(database, scope.organisation));
  const first = await documentStates(database);
  mustBe("отказов по документам", first["refused"] ?? 0, 1);
  say(
    `ГИС ЖКХ: размещено ${first["confirmed"]}, отказано ${first["refused"]}; ответ потерян и найден сверкой`,
  );
  mend();
  const choice = { state: "refused", code: "any" } as const;
  const operator = { organisation: scope.organisation, login: "operator", address: "demo" };
  await moveByPerson(database, operator, scope, GIS_CHANNEL, "resend", choice);
  await until(database, "повтор отказанного документа", async () => {
    const { refused = 0 } = await documentStates(database);
    return refused === 0 && (await isAllSent(database, scope.organisation));
  });
  mustBe("документов дважды в ГИС ЖКХ", gis.state.duplicates.length, 0);
  mustBe(
    "документов в ГИС ЖКХ",
    gis.state.documents.size,
    (await documentStates(database))["confirmed"] ?? 0,
  );
  say(`ГИС ЖКХ: отказанный документ исправлен, размещено всего ${gis.state.documents.size}`);
}

interface Bill {
  readonly number: string;
  /** What ГИС ЖКХ calls the account (ЕЛС). */
  readonly unifiedNumber: string;
  readonly kopecks: number;
}

/**
 * People pay what their documents in ГИС ЖКХ say. One statement comes twice, one overlaps it, one is cut; one payment
 * names no account and is for two; one is taken back by the bank; one came through ГИС ЖКХ and is acknowledged.
 */
export async function payBills(stage: Stage, counterparts: Counterparts): Promise<void> {
  const { plan, hub, database, say } = stage;
  const { gis, bank, statements } = counterparts;
  const organisation = plan.organisation as OrganisationId;
  const first = firstDay(addMonths(plan.period, 1));
  const bills = billsOf(gis, formatMonth(plan.period)).slice(0, PAYERS);
  const [noticed, reversed, ...rest] = bills;
  if (noticed === undefined || reversed === undefined) throw new Error("nothing was billed");
  const together = rest.slice(0, TOGETHER);
  const alone = [reversed, ...rest.slice(TOGETHER)];
  for (const [index, bill] of alone.entries()) {
    bank.pay({
      day: addDays(first, 1 + (index % 5)),
      amountKopecks: bill.kopecks,
      payer: { ...LETTER, name: `Плательщик ${index + 1}` },
      purpose: `Оплата электроэнергии л/с ${bill.number} за ${formatMonth(plan.period)}`,
    });
  }
  const togetherKopecks = sumOf(together);
  bank.pay({
    day: addDays(first, 3),
    amountKopecks: togetherKopecks,
    payer: { ...LETTER, name: "Плательщик за двоих" },
    purpose: "за свет за себя и за маму",
  });
  bank.takeBack({
    day: addDays(first, 7),
    amountKopecks: reversed.kopecks,
    payer: { ...LETTER, name: "Плательщик 1" },
    purpose: `Сторно ошибочного зачисления л/с ${reversed.number}`,
  });
  const send = async (name: string, from: Day, to: Day, bytes = bank.statement(from, to)) =>
    mustUpload(statements, name, bytes);
  const name = (day: Day) => `kl_to_1c_${formatDay(day)}.txt`;
  const days = [first, addDays(first, 3)] as const;
  await send(name(days[1]), ...days);
  await upload(statements, name(days[1]), bank.statement(...days));
  // The next statement comes days later: it takes back what this one brought.
  await hub.settle();
  const next = [addDays(first, 2), addDays(first, 9)] as const;
  await mustUpload(statements, "kl_to_1c_cut.txt", bank.statement(...next, { cutAt: 0.6 }));
  await send(name(next[1]), ...next);
  gis.addNotice({
    orderId: NOTICE_ORDER,
    amountKopecks: noticed.kopecks,
    // ГИС ЖКХ shows the notices of the last days by the clock, whatever month the demo plays.
    date: new Date().toISOString().slice(0, 10),
    account: noticed.unifiedNumber,
    month: formatMonth(plan.period),
  });
  await hub.settle();
  await until(database, "извещение ГИС ЖКХ", async () => (await noticePayments(database)) === 1);
  const [unrecognised] = await database.query<{ message: string; at: string; amount: string }>(
    `select message, at, amount from payment
     where shard = 256 and organisation = $1 and direction = 'IN' and account is null`,
    [organisation],
  );
  if (unrecognised === undefined) throw new Error("the payment for two was not kept");
  mustBe("невыясненный платёж, коп.", integer(unrecognised.amount), togetherKopecks);
  const { problems } = await recognise(database, {
    organisation,
    payment: { message: integer(unrecognised.message), at: integer(unrecognised.at) },
    parts: together.map(({ number, kopecks }) => ({ accountNumber: number, amount: kopecks })),
    author: "kassir",
    ground: "звонок плательщика",
    receivedAtMs: Date.now(),
  });
  mustBe("отказов при разнесении", problems.length, 0);
  await until(database, "квитирование извещения", async () =>
    [...gis.state.notices.values()].every(({ status }) => status === 2),
  );
  const paid = [noticed, ...together, ...alone.slice(1)];
  await checkMoney(database, paid, reversed);
  say(
    `оплата: ${alone.length + 1} платежей по выписке, 1 через ГИС ЖКХ, 1 сторно, 1 на двоих разнесён; ` +
      `погашено ${rubles(sumOf(paid))}, невыясненных 0`,
  );
}

function billsOf(gis: GisZhkh, month: string): readonly Bill[] {
  return [...gis.state.documents.values()]
    .filter((document) => document.month === month && !document.withdrawn)
    .map(({ account, element }) => ({
      number: account.number ?? "",
      unifiedNumber: account.unifiedNumber,
      kopecks: kopecksOf(textAt(element, "bills:TotalPayableByPDWithDebtAndAdvance") ?? ""),
    }))
    .filter(({ kopecks }) => kopecks > 0)
    .sort((a, b) => (a.number < b.number ? -1 : 1));
}

/** "123.45" of ГИС ЖКХ, without a float between. */
function kopecksOf(rublesText: string): number {
  const [whole = "", fraction = ""] = rublesText.split(".");
  return Number(`${whole}${fraction.padEnd(2, "0")}`);
}

/** By the ledger alone, not by what intake says of itself: who has paid owes nothing, who was reversed owes it all. */
async function checkMoney(
  database: Database,
  paid: readonly Bill[],
  reversed: Bill,
): Promise<void> {
  const rows = await database.query<{ number: string; balance: string; paid: string }>(
    `select k.key as number, sum(l.amount) as balance,
       -coalesce(sum(l.amount) filter (where l.kind in (3, 4)), 0) as paid
     from unique_key k join ledger l on l.shard = k.shard and l.site = k.site and l.account = k.id
     where k.kind = 'account' and k.key = any($1) group by 1`,
    [[...paid, reversed].map(({ number }) => number)],
  );
  const byNumber = new Map(rows.map((row) => [row.number, row]));
  for (const { number, kopecks } of paid) {
    mustBe(`сальдо ${number}`, integer(byNumber.get(number)?.balance ?? ""), 0);
    mustBe(`оплачено ${number}`, integer(byNumber.get(number)?.paid ?? ""), kopecks);
  }
  mustBe(
    `сальдо ${reversed.number}`,
    integer(byNumber.get(reversed.number)?.balance ?? ""),
    reversed.kopecks,
  );
  const [left] = await database.query<{ left: string }>(
    `select coalesce(sum(p.amount), 0) - coalesce((select sum(amount) from recognition), 0) as left
     from payment p where p.shard = 256 and p.direction = 'IN' and p.account is null`,
  );
  mustBe("невыясненные, коп.", integer(left?.left ?? ""), 0);
}

async function documentStates(database: Database): Promise<Readonly<Record<string, number>>> {
  const rows = await database.query<{ state: string; count: string }>(
    "select state, count(*) from delivery where kind = 'payment-document' group by state",
  );
  return Object.fromEntries(rows.map(({ state, count }) => [state, integer(count)]));
}

/** Everything that is posted has its row, and no document is on its way. */
async function isAllSent(database: Database, organisation: OrganisationId): Promise<boolean> {
  const news = await shardsWithNews(database, GIS_CHANNEL, organisation);
  if (news.length > 0) return false;
  const states = await documentStates(database);
  return ["waiting", "sending", "sent", "unknown"].every((state) => states[state] === undefined);
}

async function noticePayments(database: Database): Promise<number> {
  const [row] = await database.query<{ count: string }>(
    "select count(*) from payment where source = 'GIS_ZHKH'",
  );
  return integer(row?.count ?? "");
}

function sumOf(bills: readonly Bill[]): number {
  return bills.reduce((sum, { kopecks }) => sum + kopecks, 0);
}
