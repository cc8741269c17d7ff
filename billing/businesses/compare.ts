import type { Exact } from "../exact.ts";
import { type BusinessDocument, documentOf } from "./document.ts";
import { type HourlyBill, hourlyLines } from "./hourly-rates.ts";
import { gridSum, type HourGrid } from "./hours.ts";
import { oneRateLine } from "./one-rate.ts";
import { type DayZone, zoneRateLines, zonesOfHours } from "./zone-rates.ts";

export interface CategoryComparison {
  /** The bill of ЦК3–6 without its category and plan; prices are those of ЦК3 and 4. */
  readonly bill: Omit<HourlyBill, "category">;
  /** Day-ahead prices of ЦК5 and 6. */
  readonly dayAhead: HourGrid;
  readonly wholesale: Exact;
  readonly zoneWholesale: Readonly<Partial<Record<DayZone, Exact>>>;
  readonly night: ReadonlySet<number>;
  readonly peak: ReadonlySet<number>;
}

export interface CategoryBill {
  readonly category: number;
  readonly zoneCount: 2 | 3 | null;
  readonly document: BusinessDocument;
}

/**
 * One hourly profile billed under every category open to the consumer, in order, of ЦК2 two zones
 * before three. The cheapest is the first of the lowest total.
 */
export function compareCategories(
  given: CategoryComparison,
  open: readonly number[],
): { readonly bills: readonly CategoryBill[]; readonly cheapest: CategoryBill | null } {
  const bills = open.flatMap((category) => billsOf(given, category));
  let cheapest: CategoryBill | null = null;
  for (const bill of bills)
    if (cheapest === null || bill.document.gross.lt(cheapest.document.gross)) cheapest = bill;
  return { bills, cheapest };
}

function billsOf(given: CategoryComparison, category: number): CategoryBill[] {
  const { bill } = given;
  const { oneRate: transmission, markup, other } = bill.tariff;
  if (category === 1) {
    const components = { wholesale: given.wholesale, transmission, markup, other };
    const line = oneRateLine(gridSum(bill.kwh), components, bill.ratePercent);
    return [{ category, zoneCount: null, document: documentOf([line]) }];
  }
  if (category === 2) {
    const components = { wholesale: given.zoneWholesale, transmission, markup, other };
    return ([2, 3] as const).map((zoneCount) => {
      const zones = zonesOfHours(bill.kwh, given.night, zoneCount === 3 ? given.peak : null);
      const lines = zoneRateLines(zones, components, bill.ratePercent);
      return { category, zoneCount, document: documentOf(lines) };
    });
  }
  const isPlanned = category >= 5;
  const lines = hourlyLines({
    ...bill,
    category: category === 3 || category === 4 || category === 5 ? category : 6,
    prices: isPlanned ? given.dayAhead : bill.prices,
    plan: isPlanned ? bill.plan : null,
  });
  return [{ category, zoneCount: null, document: documentOf(lines) }];
}
