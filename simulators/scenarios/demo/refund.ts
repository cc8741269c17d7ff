import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { decideRefund, orderRefund } from "../../../gateway/intake/refund-desk.ts";
import type { Day } from "../../../normalizer/model/dates.ts";
import { addDays, addMonths, firstDay, formatDay } from "../../../normalizer/model/dates.ts";
import type { OrganisationId } from "../../../normalizer/model/ids.ts";
import type { AccountPlace } from "../../../normalizer/store/account-place.ts";
import { placeOf } from "../../../normalizer/store/account-place.ts";
import type { Database } from "../../../normalizer/store/database.ts";
import { integer } from "../../../normalizer/store/database.ts";
import { listRefunds } from "../../../normalizer/store/refunds.ts";
import { PAYERS_BIC, personalAccount } from "../../bank/requisites.ts";
import { accountNumber } from "../../supplier/households.ts";
import type { Stage } from "./month.ts";
import { mustUpload } from "./month.ts";
import type { Counterparts } from "./out-and-back.ts";
import { mustBe, until } from "./proof.ts";
import { rubles } from "./summary.ts";

/** Number of the household that pays more than it owes; none of those that other stories are about. */
const OVERPAID_HOUSEHOLD = 120;
const ADVANCE_KOPECKS = 500_00;
const PAYER = {
  name: "Плательщик с переплатой",
  inn: "",
  account: personalAccount(120),
  bic: PAYERS_BIC,
};

/**
 * A household has paid too much and asks for it back: the cashier orders the refund, another person approves it, the
 * bank takes the order out of its folder and pays, and its statement brings the account to nothing.
 */
export async function refundAdvance(stage: Stage, counterparts: Counterparts): Promise<void> {
  const { plan, hub, database, say } = stage;
  const { bank, statements, ordersFolder } = counterparts;
  const organisation = plan.organisation as OrganisationId;
  const number = accountNumber(OVERPAID_HOUSEHOLD);
  const place = await placeOf(database, { organisation, districts: null }, number);
  if (!place.ok) throw new Error(`account ${number}: ${place.problem}`);
  const paidOn = addDays(firstDay(addMonths(plan.period, 1)), 10);
  const [approvedOn, executedOn] = [addDays(paidOn, 1), addDays(paidOn, 2)];
  const owed = await balanceOf(database, place.value);
  const purpose = `Оплата электроэнергии л/с ${number}`;
  bank.pay({ day: paidOn, amountKopecks: owed + ADVANCE_KOPECKS, payer: PAYER, purpose });
  const send = async (day: Day) => {
    await mustUpload(statements, `kl_to_1c_${formatDay(day)}.txt`, bank.statement(day, day));
    await hub.settle();
  };
  await send(paidOn);
  mustBe(`сальдо ${number} с переплатой`, await balanceOf(database, place.value), -ADVANCE_KOPECKS);

  const ordered = await orderRefund(database, {
    place: place.value,
    amount: ADVANCE_KOPECKS,
    payee: {
      name: PAYER.name,
      inn: PAYER.inn,
      account: PAYER.account,
      bankName: "Банк плательщиков (условный)",
      bic: PAYER.bic,
      correspondentAccount: "30101810200000000202",
    },
    purpose: null,
    author: "kassir",
    ground: "заявление 1",
    receivedAtMs: Date.now(),
  });
  mustBe("отказов в заказе возврата", ordered.problems.length, 0);
  const { message: refund } = ordered.message;
  const decided = {
    ...{ organisation, refund, decision: "APPROVED" as const, day: approvedOn },
    ...{ refusedByBank: false, ground: "заявление проверено", receivedAtMs: Date.now() },
  };
  const own = await decideRefund(database, { ...decided, author: "kassir" });
  mustBe("отказов утвердить свой возврат", own.problems.length, 1);
  const other = await decideRefund(database, { ...decided, author: "rukovoditel" });
  mustBe("отказов в утверждении возврата", other.problems.length, 0);
  const isSent = async () => (await stateOf(database, organisation, refund)) === "sent";
  await until(database, "платёжное поручение", isSent);

  for (const name of await readdir(ordersFolder)) {
    if (!name.endsWith(".txt")) continue;
    mustBe(
      "поручений исполнено",
      bank.takeOrders(await orderFile(ordersFolder, name), executedOn),
      1,
    );
    mustBe(
      "поручений исполнено ещё раз",
      bank.takeOrders(await orderFile(ordersFolder, name), executedOn),
      0,
    );
  }
  await send(executedOn);
  const isExecuted = (await stateOf(database, organisation, refund)) === "executed";
  mustBe("возвратов исполнено по выписке", Number(isExecuted), 1);
  mustBe(`сальдо ${number} после возврата`, await balanceOf(database, place.value), 0);
  say(
    `возврат: ${rubles(ADVANCE_KOPECKS)} заказан, утверждён другим, исполнен банком и узнан в выписке`,
  );
}

function orderFile(folder: string, name: string): Promise<Buffer> {
  return readFile(join(folder, name));
}

async function stateOf(database: Database, organisation: OrganisationId, refund: number) {
  const refunds = await listRefunds(database, {
    organisation,
    account: null,
    open: false,
    limit: 9,
  });
  return refunds.find((one) => one.refund === refund)?.state ?? null;
}

/** Kopecks by the ledger alone; below zero = paid in advance. */
async function balanceOf(
  database: Database,
  { shard, site, account }: AccountPlace,
): Promise<number> {
  const [row] = await database.query<{ balance: string }>(
    `select coalesce(sum(amount), 0) as balance from ledger
     where shard = $1 and site = $2 and account = $3`,
    [shard, site, account],
  );
  return integer(row?.balance ?? "");
}
