import type { Day } from "../../normalizer/model/dates.ts";
import type { MeterFacts, MeterReading } from "../../normalizer/model/facts.ts";
import type {
  Line,
  LineKind,
  PostedLine,
  Trace,
  TraceSource,
} from "../../normalizer/model/lines.ts";
import { ZONES } from "../../normalizer/model/lines.ts";
import { kopecks, type Volume } from "../../normalizer/model/units.ts";
import type { LineDifference } from "../recalculation/difference.ts";
import {
  daysText,
  dayText,
  energy,
  exactRubles,
  kilowattHours,
  monthText,
  rubles,
} from "../wording.ts";
import type { Charge } from "./charges/charge.ts";
import type { AccountContext } from "./context.ts";
import { estimateStep, fixedStep, idleSteps } from "./explain-estimate.ts";
import type { MeasuredPiece, MonthConsumption } from "./month-consumption.ts";
import { COEFFICIENT_ONE } from "./norm.ts";
import { daysOfPart, type EnergyPart, type PricedLine, versionsOver } from "./pricing.ts";
import { amountStep, type Step } from "./steps.ts";

const BY_METER = "ПП РФ 354, п. 42, прил. 2, формула 1";
const BY_RAISED_NORM = "ПП РФ 354, п. 42, прил. 2, формула 4(1)";
const BY_CHECK = "ПП РФ 354, п. 61";
const BY_TARIFF = "ПП РФ 354, п. 38";

/** What stands beside the consumption, in a difference of an origin month. */
const BESIDE: Readonly<
  Partial<Record<LineKind, { readonly name: string; readonly clause: string }>>
> = {
  PLOT: { name: "земельный участок", clause: "ПП РФ 354, п. 49" },
  KDELAY: { name: "снижение за прибор не в срок", clause: "ПП РФ 354, п. 61" },
  BENEFIT: { name: "льгота", clause: "Мера социальной поддержки в квитанции" },
  ABSENCE: { name: "временное отсутствие", clause: "ПП РФ 354, п. 86–97" },
  TAMPER: { name: "вмешательство в прибор", clause: "ПП РФ 354, п. 81(11)" },
  UNAUTHORISED: { name: "несанкционированное подключение", clause: "ПП РФ 354, п. 62" },
  MANUAL: { name: "ручной перерасчёт", clause: "Документ поставщика" },
};

/**
 * Steps from the readings, means and norms of a month to its lines. With `lines` the last step of
 * each has its ordinal; without, the month is an origin computed again, and its amounts are steps
 * that a difference starts from.
 */
export function explainMonth(
  context: AccountContext,
  month: MonthConsumption,
  priced: readonly PricedLine[],
  lines: readonly Line[] | null,
  trace: Trace,
): void {
  const account = context.facts.account;
  const shared = (step: Step): void => {
    trace.push({ account, ordinal: null, ...step });
  };
  for (const piece of month.pieces) for (const step of pieceSteps(piece, month)) shared(step);
  for (const entry of month.charged) {
    for (const zone of ZONES) {
      const charged = entry.volumes[zone];
      if (charged === undefined) continue;
      shared({
        clause: BY_CHECK,
        text: `Вычтено начисленное за ${monthText(entry.month)} без показания, зона ${zone}`,
        formula: `−${energy(charged)}`,
        result: `−${kilowattHours(charged)}`,
      });
    }
  }
  for (const step of idleSteps(context, month)) shared(step);
  for (const estimate of month.estimates) shared(estimateStep(context, estimate));
  for (const fixed of month.fixed) shared(fixedStep(fixed, month.month));
  for (const step of month.portion?.steps() ?? []) shared(step);
  for (const [index, line] of priced.entries()) {
    const ordinal = lines?.[index]?.ordinal ?? null;
    for (const step of lineSteps(context, month, priced, line))
      trace.push({ account, ordinal, ...step });
  }
}

/** Steps of what stands beside the regular lines, by the line of each charge or of an origin. */
export function explainCharges(
  { facts }: AccountContext,
  charges: readonly Charge[],
  lines: readonly Line[] | null,
  trace: Trace,
): void {
  for (const [index, charge] of charges.entries()) {
    const ordinal = lines?.[index]?.ordinal ?? null;
    for (const step of charge.steps()) trace.push({ account: facts.account, ordinal, ...step });
  }
}

/** Last step of a difference line: what the origin month costs now less what was posted for it. */
export function explainDifference(
  context: AccountContext,
  line: Line,
  difference: LineDifference,
  posted: readonly PostedLine[],
  trace: Trace,
): void {
  const beside = BESIDE[line.kind];
  const own = beside === undefined ? posted : posted.filter(({ kind }) => kind === line.kind);
  const runs = [...new Set(own.map((item) => `${monthText(item.period)} (расчёт ${item.run})`))];
  const before = runs.length === 0 ? "не начислялось" : `начислено в ${runs.join(", ")}`;
  const { oldVolume, newVolume } = difference;
  const energies =
    oldVolume === 0 && newVolume === 0
      ? ""
      : `; объём ${energy(oldVolume)} → ${kilowattHours(newVolume)}`;
  const what = beside === undefined ? "" : `, ${beside.name}`;
  trace.push({
    account: context.facts.account,
    ordinal: line.ordinal,
    clause: beside?.clause ?? BY_CHECK,
    text: `Перерасчёт за ${monthText(line.origin)}${what}, зона ${line.zone}: ${before}${energies}`,
    formula: `${rubles(difference.newAmount)} − ${rubles(difference.oldAmount)}`,
    result: rubles(line.amount),
  });
}

function pieceSteps(piece: MeasuredPiece, month: MonthConsumption): Step[] {
  const { span } = piece;
  const { meter, start, end } = span;
  const steps: Step[] = [];
  for (const [index, zone] of meter.zones.entries()) {
    const from = start.values[index] as Volume;
    const to = end.values[index] as Volume;
    const whole = piece.whole[index] as Volume;
    const turn = to < from ? ` + 10^${meter.digits}` : "";
    const days = daysText(start.stateAt, end.stateAt);
    steps.push({
      clause: BY_METER,
      text: `Расход по прибору № ${meter.serial}, зона ${zone}, за ${days}`,
      formula: `(${energy(to)} − ${energy(from)}${turn}) × ${meter.ratio}`,
      result: kilowattHours(whole),
      sources: [source(meter, start, from), source(meter, end, to)],
    });
    const part = piece.volumes[index] as Volume;
    if (piece.days === piece.spanDays) continue;
    steps.push({
      clause: BY_CHECK,
      text:
        `Доля месяца ${monthText(month.month)}, зона ${zone}: ${daysText(piece.from, piece.to)} ` +
        "(последняя доля получает остаток)",
      formula: `${energy(whole)} × ${piece.days} / ${piece.spanDays}`,
      result: kilowattHours(part),
      rounding: "до 0,0001 кВт·ч",
    });
  }
  return steps;
}

function source(meter: MeterFacts, reading: MeterReading, value: Volume): TraceSource {
  const day = dayText((reading.stateAt - 1) as Day);
  return {
    text: `показание ${energy(value)} прибора № ${meter.serial} на ${day}`,
    origin: reading.origin,
  };
}

function lineSteps(
  context: AccountContext,
  month: MonthConsumption,
  priced: readonly PricedLine[],
  line: PricedLine,
): Step[] {
  if (line.kind === "KPOV") return [surchargeStep(month, priced, line)];
  const steps: Step[] = [];
  const same = priced.filter((item) => item.version === line.version && item.kind === line.kind);
  const byTariff = tariffShare(context, month, line);
  if (byTariff !== null) steps.push(byTariff);
  if (same.some((item) => item.range > 1)) {
    const zone = same.filter((item) => item.zone === line.zone && item.point === line.point);
    const parts = zone.map((item) => `${item.range}: ${kilowattHours(item.volume)}`);
    const limits = line.version.limits.map((limit) => kilowattHours(limit)).join(", ");
    steps.push({
      clause: "Основы ценообразования, ПП РФ 1178",
      text: `Диапазоны с границами ${limits} в месяц, зона ${line.zone}`,
      formula: parts.join("; "),
      result: `диапазон ${line.range}: ${kilowattHours(line.volume)}`,
    });
  }
  steps.push(amountStep(line));
  return steps;
}

function surchargeStep(
  month: MonthConsumption,
  priced: readonly PricedLine[],
  line: PricedLine,
): Step {
  const base = priced.find(
    (item) =>
      item.kind === "NORM" &&
      item.version === line.version &&
      item.point === line.point &&
      item.range === line.range,
  );
  const raised = month.estimates.find((item) => item.raised !== null);
  const coefficient = raised?.norm?.coefficient ?? COEFFICIENT_ONE;
  const billed = (line.volume + (base?.volume ?? 0)) as Volume;
  const total = kopecks(line.amount + (base?.amount ?? 0));
  return {
    clause: BY_RAISED_NORM,
    text: `Повышающий коэффициент ${String(coefficient / 100).replace(".", ",")}: объём с ним ${kilowattHours(billed)}`,
    formula: `${rubles(total)} − ${rubles(base?.amount ?? kopecks(0))}`,
    result: rubles(line.amount),
    rounding: `${exactRubles(billed, line.price)} → ${rubles(total)}`,
    sources: [{ text: line.version.act, origin: line.version.origin }],
  };
}

/**
 * How the volume of a line was shared between tariff versions; null when the version has all of it.
 */
function tariffShare(
  context: AccountContext,
  month: MonthConsumption,
  line: PricedLine,
): Step | null {
  const terms: string[] = [];
  let split = false;
  for (const part of month.parts) {
    if (part.kind !== line.kind || part.zone !== line.zone || part.point !== line.point) continue;
    const term = termOf(context, part, line);
    if (term === null) continue;
    if (term.days !== daysOfPart(part)) split = true;
    terms.push(term.text);
  }
  if (!split && terms.length < 2) return null;
  return {
    clause: BY_TARIFF,
    text: `Объём по тарифу с ${dayText(line.version.from)} по дням его действия, зона ${line.zone}`,
    formula: terms.join(" + ").replaceAll("+ −", "− "),
    result: kilowattHours(line.volume),
    rounding: "до 0,0001 кВт·ч, последняя часть получает остаток",
  };
}

function termOf(context: AccountContext, part: EnergyPart, line: PricedLine) {
  const whole = daysOfPart(part);
  if (part.pricedOn !== null) return { days: whole, text: energy(part.volume) };
  const spans = versionsOver(context.tariffs, part);
  if (typeof spans === "number") return null;
  const span = spans.find((item) => item.version === line.version);
  if (span === undefined) return null;
  const share = span.days === whole ? "" : ` × ${span.days} / ${whole}`;
  return { days: span.days, text: `${energy(part.volume)}${share}` };
}
