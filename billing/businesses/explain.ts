import type { ContractFacts } from "../../normalizer/model/facts.ts";
import type { Line, PostedLine, Trace, TraceStep } from "../../normalizer/model/lines.ts";
import { kopecks } from "../../normalizer/model/units.ts";
import { Exact } from "../exact.ts";
import type { LineDifference } from "../recalculation/difference.ts";
import { daysText, kilowattHours, monthText, rubles } from "../wording.ts";
import type { OneRateCharge } from "./charge.ts";
import type { PointEnergy } from "./energy.ts";

const BY_HOURS = "ПП РФ 442, раздел X; объём по показаниям приборов";
const BY_PRICE = "ПП РФ 1179, п. 4";
const BY_VAT = "НК РФ, ст. 164, 168";

type Step = Omit<TraceStep, "account" | "ordinal">;

/** Steps of one ЦК1 line from the half-hours of each point to its gross amount. */
export function explainOneRate(
  facts: ContractFacts,
  charge: OneRateCharge,
  line: Line | null,
  trace: Trace,
): void {
  const account = facts.contract;
  for (const energy of charge.energies)
    trace.push({ account, ordinal: null, ...pointStep(charge, energy) });
  const ordinal = line?.ordinal ?? null;
  for (const step of lineSteps(charge)) trace.push({ account, ordinal, ...step });
}

function pointStep(charge: OneRateCharge, energy: PointEnergy): Step {
  const kwh = new Exact(energy.microKwh).div(1_000_000);
  return {
    clause: BY_HOURS,
    text: `Точка ${energy.point.name}, ${daysText(charge.from, charge.to)}: сумма получасов`,
    formula: `сумма ${energy.slots} значений`,
    result: `${comma(kwh)} кВт·ч`,
    sources: energy.origins.map((origin) => ({ text: "интервалы суток", origin })),
  };
}

function lineSteps({ energies, microKwh, line, version, vat }: OneRateCharge): Step[] {
  const terms = energies.map((item) => comma(new Exact(item.microKwh).div(1_000_000)));
  const mwh = `${fixed(line.quantity, 3)} МВт·ч`;
  const components = [
    version.wholesale,
    version.transmission,
    version.markup,
    version.otherServices,
  ].map((value) => fixed(new Exact(value).div(100), 2));
  const price = fixed(line.price ?? new Exact(0), 2);
  const exactNet = line.quantity.times(line.price ?? 0);
  const net = money(line.net);
  return [
    {
      clause: BY_HOURS,
      text: "Объём договора за месяц",
      formula: terms.join(" + "),
      result: mwh,
      rounding: `${comma(new Exact(microKwh).div(1_000_000))} кВт·ч → ${mwh}`,
    },
    {
      clause: BY_PRICE,
      text:
        `Цена первой ценовой категории, ${version.voltageLevel}, ${version.subgroup}: ` +
        `опт + передача + надбавка + иные услуги (${version.act})`,
      formula: components.join(" + "),
      result: `${price} ₽/МВт·ч`,
      sources: [{ text: version.act, origin: version.origin }],
    },
    {
      clause: BY_PRICE,
      text: "Стоимость без НДС",
      formula: `${mwh} × ${price} ₽/МВт·ч`,
      result: net,
      rounding: `${comma(exactNet)} ₽ → ${net}`,
    },
    {
      clause: BY_VAT,
      text: `НДС ${vat.value} %`,
      formula: `${net} × ${vat.value} / 100`,
      result: money(line.vat),
      rounding: `${comma(line.net.times(vat.value).div(100))} ₽ → ${money(line.vat)}`,
      sources: [{ text: `ставка НДС ${vat.value} %`, origin: vat.origin }],
    },
    {
      clause: BY_PRICE,
      text: "Начислено с НДС",
      formula: `${net} + ${money(line.vat)}`,
      result: money(line.gross),
    },
  ];
}

/** Last step of a difference line of a contract. */
export function explainContractDifference(
  facts: ContractFacts,
  line: Line,
  difference: LineDifference,
  posted: readonly PostedLine[],
  trace: Trace,
): void {
  const runs = [...new Set(posted.map((item) => `${monthText(item.period)} (расчёт ${item.run})`))];
  trace.push({
    account: facts.contract,
    ordinal: line.ordinal,
    clause: "ПП РФ 442, раздел X; перерасчёт закрытого периода",
    text:
      `Перерасчёт за ${monthText(line.origin)}: начислено в ${runs.join(", ")}; объём ` +
      `${kilowattHours(difference.oldVolume)} → ${kilowattHours(difference.newVolume)}`,
    formula: `${rubles(difference.newAmount)} − ${rubles(difference.oldAmount)}`,
    result: rubles(line.amount),
  });
}

function comma(value: Exact): string {
  return value.toFixed().replace(".", ",");
}

function fixed(value: Exact, decimals: number): string {
  return value.toFixed(decimals).replace(".", ",");
}

function money(value: Exact): string {
  return rubles(kopecks(value.times(100).toNumber()));
}
