import { type Day, daysIn, type Month, monthOf } from "../../normalizer/model/dates.ts";
import { Exact, roundTo } from "../exact.ts";
import { deliveryOf } from "./vat-books.ts";

/** A line of a delivered period in one version. */
export interface DeliveredLine {
  readonly line: string;
  /** МВт·ч or МВт as printed. */
  readonly quantity: Exact;
  readonly price: Exact;
}

export interface DeliveredPeriod {
  readonly period: Month;
  /** Rate of the delivery, percent; a correction keeps it whenever it is issued. */
  readonly ratePercent: Exact;
  readonly lines: readonly DeliveredLine[];
}

export interface LineChange {
  readonly period: Month;
  readonly line: string;
  readonly quantity: Exact | null;
  readonly price: Exact | null;
}

export interface Sums {
  readonly net: Exact;
  readonly vat: Exact;
  readonly gross: Exact;
}

export interface ChangedLine {
  readonly before: DeliveredLine & Sums;
  readonly after: DeliveredLine & Sums;
  /** after − before; VAT is the difference of the two VATs. */
  readonly difference: Sums;
}

export interface RegisterEntry extends Sums {
  readonly book: "sales" | "purchases" | "sales.additionalSheet";
  readonly code: "01" | "18";
}

export interface ChangedPeriod {
  readonly period: Month;
  readonly lines: readonly ChangedLine[];
  readonly difference: Sums;
  readonly entries: readonly RegisterEntry[];
}

/**
 * One correction of delivered periods: changed lines, signed differences, entries of the books per
 * period. A корректировочный is registered by lines, increases in the sales book and decreases in
 * the purchase book; an исправленный reverses the whole last version and registers the new one, in
 * an additional sheet when the quarter of the period is not that of the issue.
 *
 * @param periods last versions, whatever document made them
 * @returns the changed periods, and every period as it stands now: what the next correction starts
 *   from
 * @see НК РФ ст. 168 п. 3, 169 п. 5.2, 172 п. 13; ПП РФ 1137
 */
export function correctPeriods(
  periods: readonly DeliveredPeriod[],
  changes: readonly LineChange[],
  document: "corrective" | "amended",
  issued: Day,
): { readonly changed: readonly ChangedPeriod[]; readonly periods: readonly DeliveredPeriod[] } {
  const changed: ChangedPeriod[] = [];
  const now = periods.map((period) => {
    const own = changes.filter((change) => change.period === period.period);
    const lines = period.lines.map((line) => changedLine(line, own));
    const version = { ...period, lines };
    const rows = period.lines.flatMap((line, index) => {
      const row = difference(line, lines[index] ?? line, period.ratePercent);
      return isZero(row.difference) ? [] : [row];
    });
    if (rows.length === 0) return period;
    const entries =
      document === "corrective"
        ? correctiveEntries(rows)
        : amendedEntries(period, version, quarterOf(period.period) === quarterOf(monthOf(issued)));
    const total = sumOf(rows.map((row) => row.difference));
    changed.push({ period: period.period, lines: rows, difference: total, entries });
    return version;
  });
  return { changed, periods: now };
}

function changedLine(line: DeliveredLine, changes: readonly LineChange[]): DeliveredLine {
  const change = changes.findLast((item) => item.line === line.line);
  if (change === undefined) return line;
  return {
    line: line.line,
    quantity: change.quantity ?? line.quantity,
    price: change.price ?? line.price,
  };
}

function difference(before: DeliveredLine, after: DeliveredLine, rate: Exact): ChangedLine {
  const old = sumsOf(before, rate);
  const now = sumsOf(after, rate);
  return {
    before: { ...before, ...old },
    after: { ...after, ...now },
    difference: sumOf([now, negative(old)]),
  };
}

function sumsOf(line: DeliveredLine, ratePercent: Exact): Sums {
  const { net, vat } = deliveryOf(line.quantity, line.price, ratePercent);
  return { net, vat, gross: net.plus(vat) };
}

export function sumOf(items: readonly Sums[]): Sums {
  let net: Exact = new Exact(0);
  let vat: Exact = new Exact(0);
  for (const item of items) {
    net = net.plus(item.net);
    vat = vat.plus(item.vat);
  }
  return { net, vat, gross: net.plus(vat) };
}

function negative(sums: Sums): Sums {
  return { net: sums.net.neg(), vat: sums.vat.neg(), gross: sums.gross.neg() };
}

function isZero(sums: Sums): boolean {
  return sums.net.isZero() && sums.vat.isZero();
}

function correctiveEntries(rows: readonly ChangedLine[]): RegisterEntry[] {
  const ups = rows.map((row) => row.difference).filter((sums) => sums.gross.gt(0));
  const downs = rows.map((row) => row.difference).filter((sums) => sums.gross.lt(0));
  const entries: RegisterEntry[] = [];
  if (ups.length > 0) entries.push({ book: "sales", code: "01", ...sumOf(ups) });
  if (downs.length > 0)
    entries.push({ book: "purchases", code: "18", ...sumOf(downs.map(negative)) });
  return entries;
}

function amendedEntries(
  before: DeliveredPeriod,
  after: DeliveredPeriod,
  isSameQuarter: boolean,
): RegisterEntry[] {
  const book = isSameQuarter ? "sales" : "sales.additionalSheet";
  const whole = (period: DeliveredPeriod) =>
    sumOf(period.lines.map((line) => sumsOf(line, period.ratePercent)));
  return [
    { book, code: "01", ...negative(whole(before)) },
    { book, code: "01", ...whole(after) },
  ];
}

/** Quarters counted from year 0; the first of a year is divisible by 4. */
export function quarterOf(month: Month): number {
  return Math.floor(month / 3);
}

/**
 * A late reading that closes several substituted periods: its energy by their calendar hours, in
 * whole kWh, the last period takes the rest (ПП РФ 442 п. 166).
 */
export function spreadByHours(kwh: Exact, periods: readonly Month[]): readonly Exact[] {
  let days = 0;
  for (const period of periods) days += daysIn(period);
  let rest = kwh;
  return periods.map((period, index) => {
    const isLast = index === periods.length - 1;
    const part = isLast ? rest : roundTo(kwh.times(daysIn(period)).div(days), 0);
    rest = rest.minus(part);
    return part;
  });
}
