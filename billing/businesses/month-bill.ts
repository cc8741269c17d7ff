import { type Day, endDay, type Month } from "../../normalizer/model/dates.ts";
import { invariant } from "../../normalizer/model/result.ts";
import { Exact, sumOf } from "../exact.ts";
import {
  type BusinessPenaltyRow,
  type BusinessPenaltyTerms,
  contractPenalty,
} from "../penalties/business.ts";
import { type AdvancePlan, advanceBase, advancePlan } from "./advance.ts";
import { type BusinessDocument, documentOf } from "./document.ts";
import { oneRateLine, type PriceComponents } from "./one-rate.ts";
import { type DayZone, type ZoneComponents, zoneRateLines } from "./zone-rates.ts";

/** Volume and prices of the month, kWh. */
export type MonthCharge =
  | { readonly category: 1; readonly kwh: Exact; readonly components: PriceComponents }
  | {
      readonly category: 2;
      readonly kwh: Readonly<Partial<Record<DayZone, Exact>>>;
      readonly components: ZoneComponents;
    };

export interface MonthPayment {
  readonly day: Day;
  readonly sum: Exact;
  /** Key rate of the day, percent; null only where the money came by the due day. */
  readonly rate: Exact | null;
}

export interface MonthBillFacts {
  readonly period: Month;
  readonly charge: MonthCharge;
  /** VAT of the month of delivery, 20 = 20 %; the base of the advances takes it as well. */
  readonly ratePercent: Exact;
  /** Lines of the month before: the base of the advances. */
  readonly previous: readonly { readonly mwh: Exact; readonly price: Exact }[];
  readonly payments: readonly MonthPayment[];
  readonly penalty: BusinessPenaltyTerms;
}

export interface MonthBill {
  readonly document: BusinessDocument;
  /** Its `rest` is what is due on the 18th after the advances that were paid. */
  readonly plan: AdvancePlan;
  readonly advancesPaid: Exact;
  readonly unpaid: Exact;
  /** All money above the bill. */
  readonly credit: Exact;
  readonly penaltyRows: readonly BusinessPenaltyRow[];
}

/**
 * Bill of a general consumer for a month of price category 1 or 2: the document, the advances by
 * the month before, the rest after the money received by the last day of the month, what later
 * money left unpaid on the day of calculation, and the penalty on the rest. Unpaid advances bear no
 * penalty.
 *
 * @throws InvariantError when a payment after the due day has no key rate
 * @see ПП РФ 442 п. 82; ПП РФ 1179 п. 4, 5; 35-ФЗ ст. 37 п. 2
 */
export function monthBill(facts: MonthBillFacts): MonthBill {
  const { period, charge, ratePercent } = facts;
  const document = documentOf(
    charge.category === 1
      ? [oneRateLine(charge.kwh, charge.components, ratePercent)]
      : zoneRateLines(charge.kwh, charge.components, ratePercent),
  );
  const isAdvance = (payment: MonthPayment) => payment.day < endDay(period);
  const advancesPaid = sumOf(facts.payments.filter(isAdvance).map((payment) => payment.sum));
  const base = advanceBase(facts.previous, ratePercent);
  const plan = advancePlan(period, base, document.gross, advancesPaid);
  const later = facts.payments
    .filter((payment) => !isAdvance(payment))
    .map(({ day, sum, rate }) => {
      invariant(rate !== null || day <= plan.rest.due, `no key rate on day ${day}`);
      return { day, sum, rate: rate ?? new Exact(0) };
    });
  const { rows, unpaid, credit } = contractPenalty([plan.rest], later, facts.penalty);
  return {
    document,
    plan,
    advancesPaid,
    unpaid,
    credit: plan.credit.plus(credit),
    penaltyRows: rows.map((item) => item.row),
  };
}
