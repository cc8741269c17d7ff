import { multiplyDivideRound } from "../../normalizer/model/units.ts";
import type { Element } from "./xml.ts";
import { child, childrenOf, textAt } from "./xml.ts";

const RATE_SCALE = 6;
const VOLUME_SCALE = 7;
/** Volume · rate in 10⁻¹³ ₽; a kopeck is 10⁻² ₽. */
const PER_KOPECK = 10 ** (RATE_SCALE + VOLUME_SCALE - 2);

/**
 * The control of sums of gis-zhkh.md 9.6, on the fields that are filled: lines' totals against the document's, volume · rate
 * against the line's accrual, each product rounded to a kopeck.
 *
 * @returns what does not add up, or null
 */
export function wrongSum(document: Element): string | null {
  const lines = childrenOf(document, "bills:ChargeInfo").flatMap(servicesOf);
  for (const line of lines) {
    const accrued = textAt(line, "bills:AccountingPeriodTotal");
    const volumes = childrenOf(child(line, "bills:Consumption"), "bills:Volume");
    if (accrued === undefined || volumes.length === 0) continue;
    const rate = scaled(textAt(line, "bills:Rate") ?? "", RATE_SCALE);
    let product = 0;
    for (const { text } of volumes) {
      product += multiplyDivideRound(scaled(text, VOLUME_SCALE), rate, PER_KOPECK);
    }
    if (product !== scaled(accrued, 2)) {
      return `AccountingPeriodTotal ${accrued}, объём на тариф ${inRoubles(product)}`;
    }
  }
  const total = textAt(document, "bills:TotalPayableByChargeInfo");
  if (total === undefined) return null;
  const others = ["bills:Insurance", "bills:CapitalRepairCharge", "bills:CapitalRepairYearCharge"];
  let sum = 0;
  for (const line of [...lines, ...others.flatMap((name) => childrenOf(document, name))]) {
    sum += scaled(textAt(line, "bills:TotalPayable") ?? "0", 2);
  }
  return sum === scaled(total, 2)
    ? null
    : `TotalPayableByChargeInfo ${total}, по услугам ${inRoubles(sum)}`;
}

/** A line of ChargeInfo, or the lines that a group bundles. */
function servicesOf(charge: Element): readonly Element[] {
  return charge.children.flatMap((service) =>
    service.name === "bills:GroupMunicipalService"
      ? childrenOf(service, "bills:MunicipalService")
      : [service],
  );
}

/** xs:decimal as a whole number of 10⁻ˢᶜᵃˡᵉ; digits beyond the scale make it NaN, which equals nothing. */
function scaled(text: string, scale: number): number {
  const found = /^\s*([+-]?)(\d*)(?:\.(\d*))?\s*$/.exec(text);
  const [, sign, whole = "", fraction = ""] = found ?? [];
  if (found === null || whole + fraction === "") return Number.NaN;
  if (/[1-9]/.test(fraction.slice(scale))) return Number.NaN;
  const value = Number(whole + fraction.slice(0, scale).padEnd(scale, "0"));
  return sign === "-" ? -value : value;
}

function inRoubles(kopecks: number): string {
  return (kopecks / 100).toFixed(2);
}
