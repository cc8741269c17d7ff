import type { PaymentDocument, PaymentPart } from "../../normalizer/model/outbound.ts";
import type { Kopecks } from "../../normalizer/model/units.ts";
import { kopecks, multiplyDivideRound } from "../../normalizer/model/units.ts";

/**
 * A payment spread over what its document charges, for counterparts that ask for it by service. Principal before
 * penalty (money-and-documents.md R12); services of equal rank share by their totals, and what is paid above the
 * document, for a debt or in advance, is shared alike. A service that the document credits takes nothing.
 *
 * @param amount above zero
 * @returns parts above zero whose sum is the amount, to the kopeck; none for a document that charges nothing at all
 */
export function paymentParts(amount: Kopecks, document: PaymentDocument): readonly PaymentPart[] {
  const totals = new Map<PaymentPart["service"], number>();
  for (const { zone, total } of document.services) {
    totals.set(zone, (totals.get(zone) ?? 0) + total);
  }
  const charged = [...totals].filter(([, total]) => total > 0);
  const principal = charged.reduce((sum, [, total]) => sum + total, 0);
  const penalty = Math.max(document.penalty, 0);
  const afterPrincipal = Math.max(amount - principal, 0);
  const toPenalty = principal === 0 && penalty > 0 ? amount : Math.min(afterPrincipal, penalty);
  // Nothing is charged, yet somebody has paid: the first service of the document stands for them all.
  const [first] = totals.keys();
  const weights = principal > 0 || first === undefined ? charged : [[first, 1] as const];
  const parts = [...shares(amount - toPenalty, weights), { service: "PENALTY", amount: toPenalty }];
  return parts.filter((part): part is PaymentPart => part.amount > 0);
}

/** Rounded at each running total, so that the shares make up the whole. */
function shares(
  whole: number,
  weights: readonly (readonly [service: PaymentPart["service"], weight: number])[],
): { readonly service: string; readonly amount: Kopecks }[] {
  const total = weights.reduce((sum, [, weight]) => sum + weight, 0);
  let reached = 0;
  let given = 0;
  return weights.map(([service, weight]) => {
    reached += weight;
    const upTo = multiplyDivideRound(whole, reached, total);
    const amount = kopecks(upTo - given);
    given = upTo;
    return { service, amount };
  });
}
