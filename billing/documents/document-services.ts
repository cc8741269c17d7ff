import type { Month } from "../../normalizer/model/dates.ts";
import { type LineKind, type PostedLine, ZONES, type Zone } from "../../normalizer/model/lines.ts";
import type { DocumentService, PaymentDocument } from "../../normalizer/model/outbound.ts";
import { invariant } from "../../normalizer/model/result.ts";
import { kopecks, type Price, volume } from "../../normalizer/model/units.ts";

/** A sum that a person posted to the ledger in the month, without lines. */
export interface ManualCorrection {
  readonly origin: Month;
  readonly amount: number;
}

type Method = DocumentService["by"];
type Purpose = DocumentService["use"];

interface Row {
  readonly use: Purpose;
  readonly zone: Zone;
  readonly range: number;
  readonly price: Price;
  readonly kind: LineKind;
  by: Method;
  volume: number;
  charged: number;
  increase: number;
  recalculated: number;
  benefit: number;
}

/**
 * Services and recalculations of one month. A service is one method, zone, range and price; sums of
 * lines are never computed anew from the summed volume. Every line and correction is inside exactly
 * one total.
 *
 * @param lines at least one has a price
 */
export function documentServices(
  lines: readonly PostedLine[],
  corrections: readonly ManualCorrection[],
  month: Month,
): Pick<PaymentDocument, "services" | "recalculations"> {
  const rows: Row[] = [];
  const regular = lines.filter((line) => line.origin === month && isService(line));
  // A coefficient joins the consumption it raises, a later change the line it changes.
  for (const line of regular.filter((item) => stageOf(item) === 0)) addTo(rowOf(rows, line), line);
  for (const line of regular.filter((item) => stageOf(item) === 1)) addTo(rowOf(rows, line), line);
  for (const line of regular.filter((item) => stageOf(item) === 2)) addChange(rows, line);
  const grounds = new Map<string, { origin: Month; ground: string; amount: number }>();
  const recalculate = (row: Row, origin: Month, ground: string, amount: number): void => {
    row.recalculated += amount;
    const key = `${origin}/${ground}`;
    const known = grounds.get(key);
    if (known === undefined) grounds.set(key, { origin, ground, amount });
    else known.amount += amount;
  };
  for (const line of lines) {
    if (line.origin === month && isService(line)) continue;
    if (line.origin === month && line.kind === "BENEFIT") {
      recalculatedRow(rows, line).benefit += line.amount;
      continue;
    }
    recalculate(recalculatedRow(rows, line), line.origin, groundOf(line), line.amount);
  }
  const hasThreeZones = lines.some(({ zone }) => zone === "T3");
  const ordered = rows.sort(byPlace);
  for (const { origin, amount } of corrections) {
    const [first] = ordered;
    invariant(first !== undefined, "a correction without a service");
    recalculate(first, origin, "корректировка начислений", amount);
  }
  return {
    services: ordered.map((row) => serviceOf(row, hasThreeZones)),
    recalculations: [...grounds.values()]
      .sort((a, b) => a.origin - b.origin)
      .map(({ origin, ground, amount }) => ({ origin, ground, amount: kopecks(amount) })),
  };
}

/** An absence takes back what another line charged; a benefit and a manual sum have no price. */
function isService({ kind, price }: PostedLine): boolean {
  return price !== null && kind !== "ABSENCE";
}

const COEFFICIENTS: readonly LineKind[] = ["KPOV", "KDELAY"];

function stageOf(line: PostedLine): 0 | 1 | 2 {
  if (line.rule === "recalculation.difference") return 2;
  return COEFFICIENTS.includes(line.kind) ? 1 : 0;
}

function methodOf(kind: LineKind): Method {
  if (kind === "METER" || kind === "METER_DELTA") return "M";
  return kind === "NORM" || kind === "PLOT" || COEFFICIENTS.includes(kind) ? "N" : "O";
}

function purposeOf(kind: LineKind): Purpose {
  return kind === "COMMON" || kind === "ODN" ? "COMMON" : "INDIVIDUAL";
}

function rowOf(rows: Row[], line: PostedLine): Row {
  // The delay of the supplier lowers the consumption however it was found.
  const by = line.kind === "KDELAY" ? null : methodOf(line.kind);
  const known = rows.find(
    (row) =>
      isSameService(row, line) &&
      (by === null || row.by === by) &&
      isByAct(row.kind) === isByAct(line.kind),
  );
  return known ?? newRow(rows, line);
}

function isByAct(kind: LineKind): boolean {
  return kind === "TAMPER" || kind === "UNAUTHORISED";
}

function isSameService(row: Row, line: PostedLine): boolean {
  return (
    row.use === purposeOf(line.kind) &&
    row.zone === line.zone &&
    row.range === line.range &&
    row.price === line.price
  );
}

function newRow(rows: Row[], line: PostedLine): Row {
  const { kind, zone, range, price } = line;
  invariant(price !== null, `line ${line.run}/${line.account}/${line.ordinal} without a price`);
  const nothing = { volume: 0, charged: 0, increase: 0, recalculated: 0, benefit: 0 };
  const row: Row = {
    use: purposeOf(kind),
    zone,
    range,
    price,
    kind,
    by: methodOf(kind),
    ...nothing,
  };
  rows.push(row);
  return row;
}

function addTo(row: Row, line: PostedLine): void {
  if (COEFFICIENTS.includes(line.kind)) {
    // Its kilowatt-hours are no consumption.
    row.increase += line.amount;
    return;
  }
  row.volume += line.volume;
  row.charged += line.amount;
}

/** The month billed again after it was posted: the line as it stands now, by its newest method. */
function addChange(rows: Row[], line: PostedLine): void {
  const known = rows.find((row) => isSameService(row, line) && !isByAct(row.kind));
  const row = known ?? newRow(rows, line);
  if (!COEFFICIENTS.includes(line.kind)) row.by = methodOf(line.kind);
  addTo(row, line);
}

/** A sum of another month goes with the same zone of this one, or makes a row without volume. */
function recalculatedRow(rows: Row[], line: PostedLine): Row {
  const use = purposeOf(line.kind);
  const known =
    rows.find((row) => row.use === use && row.zone === line.zone) ??
    (line.price === null ? rows[0] : undefined);
  return known ?? newRow(rows, line);
}

/** What п. 69 «ж» wants to be told, as far as the line knows it. */
/** Why a line of another month, or a change of this one, was charged. */
export function groundOf(line: PostedLine): string {
  if (line.kind === "ABSENCE") return "временное отсутствие потребителя";
  if (line.kind === "MANUAL") return "разовое начисление";
  if (line.kind === "KPOV") return "повышающий коэффициент";
  if (line.kind === "KDELAY") return "прибор учёта не установлен в срок";
  if (line.kind === "BENEFIT") return "льгота";
  if (isByAct(line.kind)) return "акт о неучтённом потреблении";
  if (line.volume === 0) return "изменение тарифа";
  const method = methodOf(line.kind);
  if (method === "M") return "по показаниям прибора учёта";
  return method === "N" ? "по нормативу" : "по расчётному объёму";
}

function byPlace(a: Row, b: Row): number {
  return (
    PURPOSES.indexOf(a.use) - PURPOSES.indexOf(b.use) ||
    ZONES.indexOf(a.zone) - ZONES.indexOf(b.zone) ||
    a.range - b.range ||
    a.price - b.price ||
    METHODS.indexOf(a.by) - METHODS.indexOf(b.by)
  );
}

const PURPOSES: readonly Purpose[] = ["INDIVIDUAL", "COMMON"];
const METHODS: readonly Method[] = ["M", "O", "N"];

function serviceOf(row: Row, hasThreeZones: boolean): DocumentService {
  return {
    name: nameOf(row, hasThreeZones),
    zone: row.zone,
    volume: volume(row.volume),
    by: row.by,
    use: row.use,
    price: row.price,
    charged: kopecks(row.charged),
    increase: kopecks(row.increase),
    recalculated: kopecks(row.recalculated),
    benefit: kopecks(row.benefit),
    total: kopecks(row.charged + row.increase + row.recalculated + row.benefit),
  };
}

function nameOf({ use, zone, range, kind }: Row, hasThreeZones: boolean): string {
  const parts = ["Электроснабжение"];
  if (use === "COMMON") parts.push("общедомовые нужды");
  if (isByAct(kind)) parts.push("неучтённое потребление");
  if (zone === "T1") parts.push(hasThreeZones ? "пик" : "день");
  if (zone === "T2") parts.push("ночь");
  if (zone === "T3") parts.push("полупик");
  if (range > 1) parts.push(`диапазон ${range}`);
  return parts.join(", ");
}
