import type { Month } from "../../normalizer/model/dates.ts";
import type { TariffVersion } from "../../normalizer/model/facts.ts";
import type { HouseZone } from "../../normalizer/model/house-facts.ts";
import type { Line, Trace } from "../../normalizer/model/lines.ts";
import { formatScaled, type Price, type Volume, volume } from "../../normalizer/model/units.ts";
import { explainMonth } from "../households/explain.ts";
import { dayText, energy, exactRubles, kilowattHours, rubles, unitPrice } from "../wording.ts";
import { type Balance, carriedSum } from "./carried.ts";
import { minus, type Step } from "./explain.ts";
import type { HousePremises, HouseResult } from "./house.ts";
import type { Terms } from "./house-terms.ts";
import type { HouseVolume } from "./house-volume.ts";
import { type PayerBill, type PremisesBill, personDays } from "./premises.ts";

const BY_METER = "ПП РФ 354, п. 44, прил. 2, формула 12";
const BY_NORM = "ПП РФ 354, п. 48, прил. 2, формула 15";
const BY_AREA = "ПП РФ 354, п. 44, прил. 2, формула 10";
const CARRIED = "ПП РФ 354, п. 47 (ПП РФ 92 от 03.02.2022)";
const CREDITED = "ПП РФ 354, п. 47 в редакции до 01.09.2022";
const CAPPED = "ПП РФ 354, п. 44";
const OF_ROOMS = "ПП РФ 354, п. 50, прил. 2, формула 16";
const OF_ACCOUNTS = "ГК РФ, ст. 249; ЖК РФ, ст. 155";
const ROUNDED = "до 0,0001 кВт·ч";

/** The volume of one account, and what it was taken from. */
export interface CommonVolume {
  /** Negative ОДН carried into the month. */
  readonly balance: Balance;
  readonly odpu: HouseVolume;
  readonly result: Extract<HouseResult, { isHeld: false }>;
  readonly terms: Extract<Terms, { ok: true }>;
  /** Of the ОДПУ; empty where the month has none. */
  readonly zones: readonly HouseZone[];
  readonly bill: PremisesBill;
  /** The premises as the house sees it, and the persons of all of them. */
  readonly row: HousePremises;
  readonly persons: number;
  /** Of the whole premises. */
  readonly share: Volume;
  readonly volume: Volume;
}

/** Steps from the meter of the house to the ОДН lines of one account. */
export function explainOdn(
  payer: PayerBill,
  of: CommonVolume,
  lines: readonly Line[],
  version: TariffVersion,
  trace: Trace,
): void {
  const { account } = payer.facts;
  const { odpu } = of;
  if (odpu.consumption !== null) {
    const facts = { ...odpu.context.facts, account };
    explainMonth({ ...odpu.context, facts }, odpu.consumption, [], null, trace);
  }
  const steps =
    of.result.month.method === "NORM" ? normSteps(of) : [...rawSteps(of), ...premisesSteps(of)];
  for (const step of steps) trace.push({ account, ordinal: null, ...step });
  const [first] = lines;
  if (first === undefined) return;
  const isByZones = first.zone !== "T0";
  const own = ownStep(payer, of, first.origin);
  const ordinal = isByZones ? null : first.ordinal;
  if (own !== null) trace.push({ account, ordinal, ...own });
  for (const line of lines) {
    if (isByZones)
      for (const step of zoneSteps(of, line))
        trace.push({ account, ordinal: line.ordinal, ...step });
    trace.push({ account, ordinal: line.ordinal, ...amountStep(line, version) });
  }
}

function rawSteps({ balance, odpu, result, terms }: CommonVolume): Step[] {
  const { month, individual, nonResidential } = result;
  const steps: Step[] = [
    {
      clause: BY_METER,
      text: "Общедомовой объём: прибор дома за вычетом нежилых и жилых помещений",
      formula: minus(odpu.volume ?? volume(0), [nonResidential, individual]),
      result: kilowattHours(month.raw),
    },
  ];
  const carryIn = carriedSum(balance.usable);
  if (balance.expired > 0)
    steps.push({
      clause: CARRIED,
      text: "Отрицательный объём старше срока, который установил поставщик, не зачитывается",
      formula: minus(volume(carryIn + balance.expired), [balance.expired]),
      result: `остаток ${kilowattHours(carryIn)}`,
    });
  if (month.raw < 0) {
    if (terms.terms.negativeMode === "CARRY")
      steps.push({
        clause: CARRIED,
        text: "Отрицательный объём не начисляется и уменьшит следующие месяцы",
        formula: minus(carryIn, [month.raw]),
        result: `остаток ${kilowattHours(month.carryOut)}`,
      });
    return steps;
  }
  if (month.carryUsed > 0)
    steps.push({
      clause: CARRIED,
      text: "Зачтён отрицательный объём прошлых месяцев",
      formula: minus(month.raw, [month.carryUsed]),
      result: `${kilowattHours(volume(month.raw - month.carryUsed))}, остаток ${kilowattHours(month.carryOut)}`,
    });
  if (month.overNorm > 0) {
    const { commonAreaE4 } = terms.terms;
    steps.push({
      clause: CAPPED,
      text: `Не больше норматива, сверх него ${kilowattHours(month.overNorm)}: ${terms.norm.act}`,
      formula: `${energy(terms.norm.perUnit)} × ${squareMetres(commonAreaE4)} = ${energy(month.cap)}`,
      result: kilowattHours(month.distributed),
      sources: [{ text: terms.norm.act, origin: terms.norm.origin }],
    });
  }
  return steps;
}

/** What the house distributes in the zone, and the part of it in the volume of the account. */
function zoneSteps({ zones, result, volume: own }: CommonVolume, line: Line): Step[] {
  const zone = zones.find((item) => item.zone === line.zone);
  if (zone === undefined) return [];
  return [
    {
      clause: BY_METER,
      text:
        `Общедомовой объём, зона ${zone.zone}: прибор дома за вычетом нежилых и жилых помещений, ` +
        "круглосуточный объём которых разделён по зонам прибора дома",
      formula: minus(zone.odpu, [zone.nonResidential, zone.individual]),
      result: kilowattHours(zone.raw),
    },
    {
      clause: BY_AREA,
      text: `Часть объёма счёта, зона ${zone.zone}: как в распределённом объёме дома`,
      formula: `${energy(own)} × ${energy(zone.distributed)} / ${energy(result.month.distributed)}`,
      result: kilowattHours(line.volume),
      rounding: ROUNDED,
    },
  ];
}

function premisesSteps({ result, terms, row, persons, share }: CommonVolume): Step[] {
  const { number } = row;
  if (share < 0)
    return [
      {
        clause: CREDITED,
        text: `Уменьшение по числу проживающих, помещение ${number}, не больше его объёма`,
        formula: `${energy(result.month.raw)} × ${row.persons} / ${persons} чел.-дн.`,
        result: kilowattHours(share),
        rounding: ROUNDED,
      },
    ];
  return [
    {
      clause: BY_AREA,
      text: `Доля помещения ${number} по площади`,
      formula: `${energy(result.month.distributed)} × ${areaRatio(row, terms.terms.totalAreaE4)}`,
      result: kilowattHours(share),
      rounding: ROUNDED,
    },
  ];
}

function normSteps({ terms, row, share }: CommonVolume): Step[] {
  const { totalAreaE4, commonAreaE4 } = terms.terms;
  const { norm } = terms;
  const common = `${energy(norm.perUnit)} × ${squareMetres(commonAreaE4)}`;
  return [
    {
      clause: BY_NORM,
      text: `ОДН по нормативу, доля помещения ${row.number}: ${norm.act}`,
      formula: `${common} × ${areaRatio(row, totalAreaE4)}`,
      result: kilowattHours(share),
      rounding: ROUNDED,
      sources: [{ text: norm.act, origin: norm.origin }],
    },
  ];
}

function ownStep(
  payer: PayerBill,
  { bill, share, volume: own }: CommonVolume,
  month: Month,
): Step | null {
  const { part } = payer;
  if (part.kind === "WHOLE") return null;
  if (part.kind === "SHARE") {
    const weights = bill.payers.map((item) => (item.part.kind === "SHARE" ? item.part.weight : 0));
    const rest = part.isPrimary ? ", остаток округления здесь" : "";
    return {
      clause: OF_ACCOUNTS,
      text: `Доля счёта в ОДН помещения${rest}`,
      formula: `${energy(share)} × ${part.weight} / (${weights.join(" + ")})`,
      result: kilowattHours(own),
      rounding: ROUNDED,
    };
  }
  if (share < 0) {
    const days = bill.payers.map(({ facts }) => personDays(facts, month));
    return {
      clause: CREDITED,
      text: "Доля комнаты в уменьшении по числу проживающих",
      formula: `${energy(share)} × ${personDays(payer.facts, month)} / (${days.join(" + ")}) чел.-дн.`,
      result: kilowattHours(own),
      rounding: ROUNDED,
    };
  }
  const areas = bill.payers.map((item) =>
    item.part.kind === "ROOM" ? squareMetres(item.part.livingAreaE4) : "0",
  );
  return {
    clause: OF_ROOMS,
    text: "Доля комнаты в ОДН квартиры по жилой площади",
    formula: `${energy(share)} × ${squareMetres(part.livingAreaE4)} / (${areas.join(" + ")})`,
    result: kilowattHours(own),
    rounding: ROUNDED,
  };
}

function amountStep(line: Line, version: TariffVersion): Step {
  const price = line.price as Price;
  const zone = line.zone === "T0" ? "" : `, зона ${line.zone}`;
  return {
    clause: BY_AREA,
    text: `Начислено за ОДН${zone}, тариф с ${dayText(version.from)}, диапазон 1: ${version.act}`,
    formula: `${kilowattHours(line.volume)} × ${unitPrice(price)}`,
    result: rubles(line.amount),
    rounding: `${exactRubles(line.volume, price)} → ${rubles(line.amount)}`,
    sources: [{ text: version.act, origin: version.origin }],
  };
}

function areaRatio({ areaE4 }: CommonVolume["row"], totalAreaE4: number): string {
  return `${squareMetres(areaE4)} / ${squareMetres(totalAreaE4)}`;
}

/** "48,6" of 10⁻⁴ m². */
function squareMetres(areaE4: number): string {
  return formatScaled(areaE4, 4).replace(".", ",");
}
