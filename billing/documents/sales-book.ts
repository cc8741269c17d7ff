import {
  type Day,
  type DayRange,
  endDay,
  type Month,
  monthOf,
} from "../../normalizer/model/dates.ts";
import { invariant } from "../../normalizer/model/result.ts";
import { vatInsideOf, vatOf } from "../businesses/document.ts";
import { Exact, sumOf } from "../exact.ts";
import { quarterOf } from "./recalculation.ts";
import { type CorrectionCause, correctionDocument } from "./vat-books.ts";

export interface SalesBookFacts {
  /** One advance invoice at the month's end on what is open, or one for each advance. */
  readonly advanceInvoice: "MONTH_END_BALANCE" | "PER_PAYMENT";
  /** Of one quarter, in order. */
  readonly months: readonly Month[];
  /** Advances open at the start of the quarter, each with its invoice. */
  readonly openingAdvances: readonly { readonly day: Day; readonly sum: Exact }[];
  /** Earlier deliveries that still have a debt or may be corrected. */
  readonly openingDeliveries: readonly (DeliveryFact & { readonly debt: Exact })[];
  readonly deliveries: readonly DeliveryFact[];
  readonly payments: readonly {
    readonly day: Day;
    readonly sum: Exact;
    /** Period that the payer named. */
    readonly period: Month;
  }[];
  readonly corrections: readonly BookCorrection[];
  /** Rates of VAT by the day of delivery or receipt, 20 = 20 %; they change between months. */
  readonly vat: readonly (DayRange & { readonly value: number })[];
}

export interface DeliveryFact {
  /** Dated by its last day. */
  readonly period: Month;
  readonly net: Exact;
}

export interface BookCorrection extends DeliveryFact {
  readonly issued: Day;
  readonly cause: CorrectionCause;
}

export interface SalesBookEntry {
  readonly book: "sales" | "purchases" | "sales.additionalSheet";
  /** Код вида операции: 01 delivery, 02 advance, 18 decrease by КСФ, 22 offset of an advance. */
  readonly code: "01" | "02" | "18" | "22";
  /** In an additional sheet the day of issue. */
  readonly day: Day;
  /** Delivery of 01 and 18, day of the advance invoice of 02 and 22. */
  readonly of: { readonly period: Month } | { readonly advanceDay: Day };
  readonly gross: Exact;
  readonly vat: Exact;
}

/** VAT by the books against VAT by the documents; a difference is an error in one of them. */
export interface BookCheck {
  readonly of: "deliveries" | "advances";
  readonly books: Exact;
  readonly documents: Exact;
}

export interface SalesBook {
  /** By day, on one day by code, then by arrival. */
  readonly entries: readonly SalesBookEntry[];
  /** Sales less purchases of the quarter; additional sheets belong to their own quarter. */
  readonly vatPayable: Exact;
  readonly checks: readonly BookCheck[];
  /** By period; only those left. */
  readonly debts: readonly { readonly period: Month; readonly sum: Exact }[];
  readonly advance: Exact;
}

interface Delivery {
  readonly period: Month;
  readonly ratePercent: Exact;
  net: Exact;
  vat: Exact;
  debt: Exact;
}

interface AdvanceInvoice {
  readonly day: Day;
  readonly ratePercent: Exact;
  left: Exact;
  vatLeft: Exact;
}

interface OpenAdvance {
  /** Null until it is invoiced. */
  invoice: AdvanceInvoice | null;
  left: Exact;
}

interface Ledger {
  readonly facts: SalesBookFacts;
  readonly deliveries: Map<Month, Delivery>;
  readonly invoices: AdvanceInvoice[];
  /** In the order of receipt. */
  readonly advances: OpenAdvance[];
  readonly entries: SalesBookEntry[];
}

/**
 * Books of sales and purchases of a quarter with one consumer. On one day delivery comes first,
 * then payments, corrections, the advance invoice of the month's end. A payment for a delivered
 * period closes its debt, its excess and any other payment are advances; open advances are offset
 * at the next delivery in the order of receipt, each at its own rate.
 *
 * @throws InvariantError when a correction names a period not delivered, or a day has no rate
 * @see НК РФ ст. 154, 167, 168 п. 3, 171 п. 8, 172 п. 6, 10, 13; ПП РФ 1137
 */
export function salesBook(facts: SalesBookFacts): SalesBook {
  const ledger = openLedger(facts);
  const openingDeliveryVat = deliveriesVat(ledger);
  const openingAdvanceVat = invoicesVat(ledger);
  for (const event of eventsOf(ledger)) event.apply();
  const entries = [...ledger.entries].sort(
    (a, b) => a.day - b.day || Number(a.code) - Number(b.code),
  );
  const vat = (...codes: SalesBookEntry["code"][]) =>
    sumOf(entries.filter((entry) => codes.includes(entry.code)).map((entry) => entry.vat));
  const inBook = (book: SalesBookEntry["book"]) =>
    sumOf(entries.filter((entry) => entry.book === book).map((entry) => entry.vat));
  const deliveries = [...ledger.deliveries.values()].sort((a, b) => a.period - b.period);
  return {
    entries,
    vatPayable: inBook("sales").minus(inBook("purchases")),
    checks: [
      {
        of: "deliveries",
        books: vat("01").minus(vat("18")),
        documents: deliveriesVat(ledger).minus(openingDeliveryVat),
      },
      {
        of: "advances",
        books: vat("02").minus(vat("22")),
        documents: invoicesVat(ledger).minus(openingAdvanceVat),
      },
    ],
    debts: deliveries
      .filter(({ debt }) => debt.gt(0))
      .map(({ period, debt }) => ({ period, sum: debt })),
    advance: sumOf(ledger.advances.map((advance) => advance.left)),
  };
}

function openLedger(facts: SalesBookFacts): Ledger {
  const ledger: Ledger = {
    facts,
    deliveries: new Map(),
    invoices: [],
    advances: [],
    entries: [],
  };
  for (const { period, net, debt } of facts.openingDeliveries)
    addDelivery(ledger, period, net).debt = debt;
  const received = [...facts.openingAdvances].sort((a, b) => a.day - b.day);
  for (const { day, sum } of received)
    ledger.advances.push({ invoice: openInvoice(ledger, day, sum), left: sum });
  return ledger;
}

function eventsOf(ledger: Ledger): { readonly apply: () => void }[] {
  const { facts } = ledger;
  const isMonthEnd = facts.advanceInvoice === "MONTH_END_BALANCE";
  const events = [
    ...facts.deliveries.map((item) => ({
      day: lastDay(item.period),
      apply: () => deliver(ledger, item),
    })),
    ...facts.payments.map((item) => ({
      day: item.day,
      apply: () => receive(ledger, item.period, item.sum, item.day),
    })),
    ...facts.corrections.map((item) => ({
      day: item.issued,
      apply: () => correct(ledger, item),
    })),
    ...(isMonthEnd ? facts.months : []).map((month) => ({
      day: lastDay(month),
      apply: () => invoiceAdvances(ledger, lastDay(month)),
    })),
  ];
  // The sort is stable: on one day the order of the groups above stands.
  return events.sort((a, b) => a.day - b.day);
}

function deliver(ledger: Ledger, { period, net }: DeliveryFact): void {
  const delivery = addDelivery(ledger, period, net);
  const { debt: gross, vat } = delivery;
  const day = lastDay(period);
  ledger.entries.push({ book: "sales", code: "01", day, of: { period }, gross, vat });
  offset(ledger, delivery, gross, day);
}

function receive(ledger: Ledger, period: Month, sum: Exact, day: Day): void {
  const delivery = ledger.deliveries.get(period);
  const closed = delivery === undefined ? new Exact(0) : Exact.min(sum, delivery.debt);
  if (delivery !== undefined) delivery.debt = delivery.debt.minus(closed);
  addAdvance(ledger, sum.minus(closed), day);
}

function correct(ledger: Ledger, { issued, cause, period, net }: BookCorrection): void {
  const delivery = ledger.deliveries.get(period);
  invariant(delivery !== undefined, `correction of month ${period} that was not delivered`);
  const before = { net: delivery.net, vat: delivery.vat };
  const after = { net, vat: vatOf(net, delivery.ratePercent) };
  const vat = after.vat.minus(before.vat);
  const gross = net.minus(before.net).plus(vat);
  if (gross.isZero()) return;
  const common = { day: issued, of: { period } };
  if (correctionDocument(cause) === "amended") {
    const isSameQuarter = quarterOf(period) === quarterOf(monthOf(issued));
    const book = isSameQuarter ? "sales" : "sales.additionalSheet";
    for (const [version, sign] of [
      [before, -1],
      [after, 1],
    ] as const) {
      const whole = version.net.plus(version.vat).times(sign);
      const part = version.vat.times(sign);
      ledger.entries.push({ book, code: "01", ...common, gross: whole, vat: part });
    }
  } else if (gross.gt(0)) ledger.entries.push({ book: "sales", code: "01", ...common, gross, vat });
  else {
    const decrease = { gross: gross.neg(), vat: vat.neg() };
    ledger.entries.push({ book: "purchases", code: "18", ...common, ...decrease });
  }
  delivery.net = after.net;
  delivery.vat = after.vat;
  const debt = delivery.debt.plus(gross);
  delivery.debt = Exact.max(0, debt);
  // Paid above the decreased delivery: an advance of the day of the document.
  addAdvance(ledger, Exact.max(0, debt.neg()), issued);
  offset(ledger, delivery, Exact.max(0, gross), issued);
}

/**
 * Closes at most `limit` of the delivery by open advances; one entry per advance invoice, the last
 * offset of an invoice takes the rest of its VAT. Advances not yet invoiced leave no entry.
 */
function offset(ledger: Ledger, delivery: Delivery, limit: Exact, day: Day): void {
  const parts = new Map<AdvanceInvoice, Exact>();
  let rest = limit;
  for (const advance of ledger.advances) {
    const part = Exact.min(rest, advance.left);
    if (part.lte(0)) continue;
    rest = rest.minus(part);
    advance.left = advance.left.minus(part);
    const { invoice } = advance;
    if (invoice !== null) parts.set(invoice, part.plus(parts.get(invoice) ?? 0));
  }
  delivery.debt = delivery.debt.minus(limit.minus(rest));
  for (const [invoice, gross] of parts) {
    const isLast = gross.eq(invoice.left);
    const vat = isLast ? invoice.vatLeft : vatInsideOf(gross, invoice.ratePercent);
    invoice.left = invoice.left.minus(gross);
    invoice.vatLeft = invoice.vatLeft.minus(vat);
    const of = { advanceDay: invoice.day };
    ledger.entries.push({ book: "purchases", code: "22", day, of, gross, vat });
  }
}

function addDelivery(ledger: Ledger, period: Month, net: Exact): Delivery {
  const ratePercent = rateOn(ledger.facts, lastDay(period));
  const vat = vatOf(net, ratePercent);
  const delivery = { period, ratePercent, net, vat, debt: net.plus(vat) };
  ledger.deliveries.set(period, delivery);
  return delivery;
}

function addAdvance(ledger: Ledger, sum: Exact, day: Day): void {
  if (sum.isZero()) return;
  ledger.advances.push({ invoice: null, left: sum });
  if (ledger.facts.advanceInvoice === "PER_PAYMENT") invoiceAdvances(ledger, day);
}

/** One invoice of the day on every open advance that has none. */
function invoiceAdvances(ledger: Ledger, day: Day): void {
  const open = ledger.advances.filter(({ invoice, left }) => invoice === null && left.gt(0));
  if (open.length === 0) return;
  const gross = sumOf(open.map((advance) => advance.left));
  const invoice = openInvoice(ledger, day, gross);
  for (const advance of open) advance.invoice = invoice;
  const of = { advanceDay: day };
  ledger.entries.push({ book: "sales", code: "02", day, of, gross, vat: invoice.vatLeft });
}

function openInvoice(ledger: Ledger, day: Day, gross: Exact): AdvanceInvoice {
  const ratePercent = rateOn(ledger.facts, day);
  const invoice = { day, ratePercent, left: gross, vatLeft: vatInsideOf(gross, ratePercent) };
  ledger.invoices.push(invoice);
  return invoice;
}

function deliveriesVat(ledger: Ledger): Exact {
  return sumOf([...ledger.deliveries.values()].map((delivery) => delivery.vat));
}

function invoicesVat(ledger: Ledger): Exact {
  return sumOf(ledger.invoices.map((invoice) => invoice.vatLeft));
}

function rateOn(facts: SalesBookFacts, day: Day): Exact {
  const rate = facts.vat.find(({ from, to }) => from <= day && (to === null || day < to));
  invariant(rate !== undefined, `no rate of VAT on day ${day}`);
  return new Exact(rate.value);
}

function lastDay(month: Month): Day {
  return (endDay(month) - 1) as Day;
}
