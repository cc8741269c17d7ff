import type { Day } from "../../normalizer/model/dates.ts";
import { vatInsideOf, vatOf } from "../businesses/document.ts";
import { Exact, roundTo } from "../exact.ts";

export interface BookEntry {
  readonly book: "sales" | "purchases";
  /** Код вида операции: 01 delivery, 02 advance, 22 offset of an advance. */
  readonly code: "01" | "02" | "22";
  readonly day: Day;
  readonly gross: Exact;
  readonly vat: Exact;
}

export interface ReceivedAdvance {
  readonly day: Day;
  readonly sum: Exact;
  /** Rate of the receipt day, percent. */
  readonly ratePercent: Exact;
}

/**
 * Entries of one delivery paid ahead: advances by receipt day, the delivery, offsets in the order
 * of receipt dated by the delivery, each at the rate of its advance and at most what is left of the
 * delivery.
 *
 * @see НК РФ ст. 164 п. 4, 167, 171, 172
 */
export function advanceCycle(
  advances: readonly ReceivedAdvance[],
  delivery: { readonly net: Exact; readonly day: Day; readonly ratePercent: Exact },
): { readonly entries: readonly BookEntry[]; readonly debt: Exact } {
  const entries: BookEntry[] = [];
  const received = [...advances].sort((a, b) => a.day - b.day);
  for (const { day, sum, ratePercent } of received) {
    const vat = vatInsideOf(sum, ratePercent);
    entries.push({ book: "sales", code: "02", day, gross: sum, vat });
  }
  const vat = vatOf(delivery.net, delivery.ratePercent);
  const gross = delivery.net.plus(vat);
  entries.push({ book: "sales", code: "01", day: delivery.day, gross, vat });
  let left: Exact = gross;
  for (const { sum, ratePercent } of received) {
    const offset = Exact.min(left, sum);
    if (offset.lte(0)) continue;
    left = left.minus(offset);
    const part = vatInsideOf(offset, ratePercent);
    entries.push({ book: "purchases", code: "22", day: delivery.day, gross: offset, vat: part });
  }
  return { entries, debt: left };
}

/**
 * Why a delivered period changed; the document follows from it (НК РФ ст. 168 п. 3, 169 п. 5.2; ПП
 * РФ 1137).
 */
export const AMENDED_CAUSES = ["METER_ERROR", "INPUT_ERROR"] as const;
export const CORRECTIVE_CAUSES = [
  "AGREED_VOLUME",
  "PRICE_REVISION",
  "SUBSTITUTE_REPLACED",
] as const;
export type CorrectionCause = (typeof AMENDED_CAUSES)[number] | (typeof CORRECTIVE_CAUSES)[number];

export interface DeliveryVersion {
  readonly net: Exact;
  readonly vat: Exact;
}

/** Net and VAT of quantity × price at the rate of the original delivery. */
export function deliveryOf(quantity: Exact, price: Exact, ratePercent: Exact): DeliveryVersion {
  const net = roundTo(quantity.times(price), 2);
  return { net, vat: vatOf(net, ratePercent) };
}

/** Исправленный where the original was wrong, корректировочный where facts changed later. */
export function correctionDocument(cause: CorrectionCause): "corrective" | "amended" {
  return AMENDED_CAUSES.some((item) => item === cause) ? "amended" : "corrective";
}
