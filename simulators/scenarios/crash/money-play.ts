import type { Month } from "../../../normalizer/model/dates.ts";
import { addMonths, firstDay, formatMonth } from "../../../normalizer/model/dates.ts";
import type { PlayedMoney } from "../../bank/month.ts";
import { monthOfMoney } from "../../bank/month.ts";
import type { GisZhkh } from "../../gis-zhkh/gis-zhkh.ts";
import { accountNumber } from "../../supplier/households.ts";
import { monthReadings } from "../../supplier/month-readings.ts";
import type { SupplierPlan } from "../../supplier/plan.ts";
import { BANK_ACCOUNT } from "../../supplier/rows.ts";
import { BANK_CHANNEL, READINGS_CHANNEL } from "../hub.ts";
import { SECRET } from "./base.ts";
import { readingsStep } from "./play.ts";
import type { Step } from "./step.ts";
import { orderStep, uploadStep } from "./step.ts";

/** Payers of the bank: half of them in one building, the others in a house and a shard each. */
const PAYERS = { from: 50, to: 100 };
const NOTICES_OF_ROUND = 3;
/** So that the kills of the statements are spread over them. */
const KILLS_OF_FILE = 2;
const OWN_ACCOUNT = { name: "АО «Поставщик»", inn: "", account: BANK_ACCOUNT, bic: "044500017" };
/** The supplier has it too: money goes there from the main one. */
export const SECOND_ACCOUNT = "40702810400000000018";

/** What comes before documents and money: the month's readings and its computed bill. */
export function stepsToBill(plan: SupplierPlan): readonly Step[] {
  return [
    readingsStep(SECRET, READINGS_CHANNEL, [...monthReadings(plan)]),
    orderStep("bill", { order: "bill", period: plan.period }),
  ];
}

/** Statements of the bank after the billed month. */
export function bankMonth({ period }: SupplierPlan): PlayedMoney {
  const count = PAYERS.to - PAYERS.from;
  return monthOfMoney({
    seed: 5,
    from: firstDay(addMonths(period, 1)),
    own: [OWN_ACCOUNT, { ...OWN_ACCOUNT, account: SECOND_ACCOUNT }],
    payers: Array.from({ length: count }, (_, index) => ({
      accountNumber: accountNumber(PAYERS.from + index),
      name: `Плательщик ${index}`,
      kopecks: 30_000 + 7 * index,
    })),
  });
}

/** One payment through ГИС ЖКХ. */
export interface NoticedPayment {
  readonly orderId: string;
  readonly accountNumber: string;
  readonly kopecks: number;
}

/** Payments through ГИС ЖКХ, round by round; each round is a message of acknowledgements. */
export function noticeRounds(rounds: number): readonly (readonly NoticedPayment[])[] {
  return Array.from({ length: rounds }, (_, round) =>
    Array.from({ length: NOTICES_OF_ROUND }, (_, index) => {
      const number = round * NOTICES_OF_ROUND + index;
      return {
        orderId: `CRASH${String(number).padStart(27, "0")}`,
        accountNumber: accountNumber(number),
        kopecks: 10_000 + 13 * number,
      };
    }),
  );
}

export interface MoneyPlay {
  readonly plan: SupplierPlan;
  readonly gis: GisZhkh;
  readonly bank: PlayedMoney;
  readonly notices: readonly (readonly NoticedPayment[])[];
  /** Day of the notices, "2026-03-20": ГИС ЖКХ shows those of the last days by the clock. */
  readonly noticeDate: string;
}

/** Accounts and documents go to ГИС ЖКХ, statements and notices of payments come back, the notices are acknowledged. */
export function moneySteps({ plan, gis, bank, notices, noticeDate }: MoneyPlay): readonly Step[] {
  const { period } = plan;
  return [
    orderStep("accounts", { order: "deliver" }),
    orderStep("documents", { order: "approve", period }),
    orderStep("documents", { order: "deliver" }),
    ...[
      ...bank.sendings.map(({ name, bytes }) =>
        uploadStep("statements", SECRET, { channel: BANK_CHANNEL, name, bytes }),
      ),
      ...bank.unnamed.map((payment) => orderStep("statements", { order: "recognise", ...payment })),
    ].map((step) => ({ ...step, killsMax: KILLS_OF_FILE })),
    ...notices.map((round) => noticesStep(gis, round, period, noticeDate)),
  ];
}

function noticesStep(
  gis: GisZhkh,
  round: readonly NoticedPayment[],
  period: Month,
  date: string,
): Step {
  return {
    name: `notices from ${round[0]?.orderId}`,
    phase: "documents",
    async act(hub) {
      const placed = new Set([...gis.state.notices.values()].map(({ orderId }) => orderId));
      for (const { orderId, accountNumber: number, kopecks } of round) {
        const account = gis.state.accountsByNumber.get(number);
        if (account === undefined) throw new Error(`ГИС ЖКХ has no account ${number}`);
        if (placed.has(orderId)) continue;
        const month = formatMonth(period);
        const payment = { orderId, amountKopecks: kopecks, date, month };
        gis.addNotice({ ...payment, account: account.unifiedNumber });
      }
      await hub.carryOut({ order: "deliver" });
    },
  };
}
