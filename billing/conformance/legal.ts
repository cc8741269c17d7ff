import { gridBalance, pointDifferences } from "../balances/grid.ts";
import { advanceBase, advancePlan, utilityPayment, volumeOfPower } from "../businesses/advance.ts";
import { documentOf, pricedLine, vatInsideOf } from "../businesses/document.ts";
import { houseNeeds, houseNeedsByNorm } from "../businesses/house-needs.ts";
import { integralKwh, ownVolume } from "../businesses/integral.ts";
import { formFactorSquared, lineLoss, transformerLoss } from "../businesses/losses.ts";
import { oneRateLine, oneRatePrice, wholesalePrice } from "../businesses/one-rate.ts";
import { openCategories, subgroupOf } from "../businesses/subgroup.ts";
import {
  type ByCurrent,
  nonContractKwh,
  substitute as substituteOf,
  unmeteredKwh,
  wholeHours,
} from "../businesses/substitution.ts";
import { Exact, roundTo } from "../exact.ts";
import { arbitrationDuty } from "../receivables/state-duty.ts";
import { boundary } from "./boundary.ts";
import { compare, iku } from "./contracts.ts";
import { documentText, moneyOf } from "./documents.ts";
import { ck2, ck36, restore } from "./hourly.ts";
import { contractVolume, hourlyBalance, partialMonth, plan } from "./hourly-extra.ts";
import type { Translator } from "./individuals.ts";
import { dayText, type Input, type Json } from "./input.ts";
import { alloc, corr, penalty, vatAdvance, vatCycle } from "./legal-money.ts";
import { monthBillCase } from "./month-bill.ts";
import { recalc } from "./recalc.ts";
import { salesBookCase } from "./sales-book.ts";

export const LEGAL: Readonly<Record<string, Translator>> = {
  ck1: oneRate,
  ck1_wholesale: wholesale,
  ck2,
  ck36,
  subgroup,
  meter,
  loss_tr: transformer,
  loss_line: line,
  settle,
  substitute,
  unmetered,
  noncontract,
  restore,
  odn,
  odn_norm: odnNorm,
  pop,
  advance,
  penalty,
  duty,
  vat_advance: vatAdvance,
  vat_cycle: vatCycle,
  corr,
  alloc,
  balance,
  hourlyBalance,
  contractVolume,
  partialMonth,
  plan,
  compare,
  iku,
  recalc,
  boundary,
  monthBill: monthBillCase,
  salesBook: salesBookCase,
};

/** Volumes of business kinds: kWh without trailing zeros. */
export function kwhText(value: Exact): string {
  return value.toFixed();
}

function components(tariff: Input) {
  return {
    wholesale: tariff.exact("wholesale"),
    transmission: tariff.exact("transmission"),
    markup: tariff.exact("markup"),
    other: tariff.exact("other"),
  };
}

function oneRate(input: Input): Json {
  const tariff = components(input.at("tariff"));
  const charged = oneRateLine(input.exact("kwh"), tariff, input.exact("vat"));
  return { price: oneRatePrice(tariff).toFixed(2), ...documentText(documentOf([charged])) };
}

function wholesale(input: Input): Json {
  const form = input.at("form");
  const { alpha, price } = wholesalePrice({
    energyPrice: form.exact("a"),
    capacityPrice: form.exact("b"),
    peakMw: form.exact("g"),
    retailCapacityMw: form.exact("d"),
    hourlyCategoriesMw: form.exact("e"),
    populationMw: form.exact("zh"),
    boughtMwh: form.exact("z"),
    retailMwh: form.exact("i"),
    hourlyCategoriesMwh: form.exact("k"),
    populationMwh: form.exact("l"),
    pastChange: form.exact("m"),
  });
  return { alpha: alpha.toFixed(11), wholesale: price.toFixed(2) };
}

function subgroup(input: Input): Json {
  const power = input.exact("pmaxKw");
  const group = subgroupOf(power);
  const connection = { direct: input.flag("direct4", false), priceZone: isPriceZone(input) };
  return {
    subgroup: group,
    markup: input.at("markups").text(group),
    categories: openCategories(power, connection),
  };
}

function isPriceZone(input: Input): boolean {
  return input.textOr("zone", "PRICE") === "PRICE";
}

function meter(input: Input): Json {
  const coefficient = input.exactOr("ktt", "1").times(input.exactOr("ktn", "1"));
  const decimals = input.integerOr("round", 0);
  const digits = input.integer("digits");
  const kwh = integralKwh(input.exact("start"), input.exact("end"), digits, coefficient, decimals);
  return { kwh: kwh.toFixed(decimals), coef: coefficient.toFixed() };
}

function formSquared(input: Input): Exact {
  return input.has("kf2") ? input.exact("kf2") : formFactorSquared(input.exactOr("kz", "0.5"));
}

function transformer(input: Input): Json {
  const loss = transformerLoss({
    idleKw: input.exact("pxx"),
    shortCircuitKw: input.exact("pkz"),
    ratedKva: input.exact("snom"),
    kwh: input.exact("kwh"),
    hours: input.exact("hours"),
    tangent: input.exactOr("tgphi", "0"),
    formSquared: formSquared(input),
  });
  return {
    idle: roundTo(loss.idle, 3).toFixed(3),
    load: roundTo(loss.load, 3).toFixed(3),
    total: loss.total.toFixed(0),
  };
}

function line(input: Input): Json {
  const loss = lineLoss({
    ohmPerKm: input.exact("r0"),
    km: input.exact("km"),
    kilovolts: input.exact("ukv"),
    kwh: input.exact("kwh"),
    hours: input.exact("hours"),
    tangent: input.exactOr("tgphi", "0"),
    formSquared: formSquared(input),
  });
  return { exact: roundTo(loss.exact, 3).toFixed(3), total: loss.total.toFixed(0) };
}

function settle(input: Input): Json {
  let metered: Exact = new Exact(0);
  for (const item of input.list("meters")) metered = metered.plus(item.asExact());
  const transits = input.listOrNone("transit").map((row) => ({
    kwh: row.exact("kwh"),
    lossPercent: row.exactOr("lossPct", "0"),
  }));
  const fixed = input.listOrNone("lossKwh").map((item) => item.asExact());
  const side = input.textOr("meterSide", "inside") === "outside" ? "outside" : "inside";
  const own = ownVolume(metered, transits, input.exactOr("lossPct", "0"), fixed, side);
  return {
    metered: kwhText(own.metered),
    transit: kwhText(own.transit),
    loss: kwhText(own.loss),
    billed: kwhText(own.billed),
  };
}

function byCurrent(input: Input): ByCurrent | null {
  if (!input.has("iA")) return null;
  return {
    phases: input.integer("phases"),
    amperes: input.exact("iA"),
    phaseVolts: input.exact("uphV"),
    cosine: input.exactOr("cosphi", "0.9"),
  };
}

function exactOrNull(input: Input, name: string): Exact | null {
  return input.has(name) ? input.exact(name) : null;
}

function substitute(input: Input): Json {
  const found = substituteOf({
    missed: input.integer("missedIndex"),
    hours: input.exact("hours"),
    controlMeter: exactOrNull(input, "controlMeterKwh"),
    previousYear: exactOrNull(input, "prevYearKwh"),
    lastRead: exactOrNull(input, "lastReadKwh"),
    maxPowerKw: exactOrNull(input, "pmaxKw"),
    current: byCurrent(input),
  });
  return found === null ? null : { basis: found.basis, kwh: kwhText(found.kwh) };
}

function unmetered(input: Input): Json {
  const from = input.at("from").asMinute();
  const since = input.has("capFrom") ? Math.max(from, input.at("capFrom").asMinute()) : from;
  const hours = wholeHours(since, input.at("to").asMinute(), input.integerOr("capHours", 8760));
  const result = unmeteredKwh({
    hours,
    maxPowerKw: exactOrNull(input, "pmaxKw"),
    current: byCurrent(input),
    billedKwh: input.exactOr("alreadyBilledKwh", "0"),
  });
  const mwh = result.added.div(1000);
  const charged = pricedLine("unmetered", mwh, "MWh", input.exact("price"), input.exact("vat"));
  return {
    hours,
    kwh: kwhText(result.kwh),
    addKwh: kwhText(result.added),
    ...(input.flag("hourly", false) ? { hourlyKwh: result.hourly.toFixed(3) } : {}),
    ...documentText(documentOf([charged])),
  };
}

function noncontract(input: Input): Json {
  const hours = wholeHours(input.at("from").asMinute(), input.at("to").asMinute(), 8760);
  const cosine = input.exactOr("cosphi", "0.9");
  const phases = input.integer("phases");
  const kwh = nonContractKwh(phases, input.exact("iA"), input.exact("uV"), cosine, hours);
  const mwh = kwh.div(1000);
  const charged = pricedLine("noncontract", mwh, "MWh", input.exact("price"), input.exact("vat"));
  return { hours, kwh: kwhText(kwh), ...documentText(documentOf([charged])) };
}

function odn(input: Input): Json {
  const individual = input.list("individual").map((item) => item.asExact());
  const result = houseNeeds(input.exact("odpu"), individual, input.exactOr("carry", "0"));
  return {
    raw: kwhText(result.raw),
    billed: kwhText(result.billed),
    carryNext: kwhText(result.carryNext),
  };
}

function odnNorm(input: Input): Json {
  return { billed: kwhText(houseNeedsByNorm(input.exact("normKwhM2"), input.exact("areaM2"))) };
}

/** Regulated consumers: tariffs hold VAT. */
function pop(input: Input): Json {
  let gross: Exact = new Exact(0);
  const lines = input.list("lines").map((row) => {
    const sum = roundTo(row.exact("kwh").times(row.exact("tariff")), 2);
    gross = gross.plus(sum);
    return { zone: row.text("zone"), gross: moneyOf(sum) };
  });
  const vat = vatInsideOf(gross, input.exact("vat"));
  return { lines, gross: moneyOf(gross), vat: moneyOf(vat), net: moneyOf(gross.minus(vat)) };
}

function advance(input: Input): Json {
  const period = input.month("period");
  const fact = input.exact("factGross");
  if (input.text("kind2") === "iku") {
    const { due, sum } = utilityPayment(period, fact);
    return { payments: [{ due: dayText(due), sum: moneyOf(sum) }] };
  }
  const mwh = input.has("prevMwh") ? input.exact("prevMwh") : volumeOfPower(input.exact("pmaxMw"));
  const base = advanceBase([{ mwh, price: input.exact("price") }], input.exact("vat"));
  const plan = advancePlan(period, base, fact, null);
  return {
    volume: mwh.toFixed(3),
    base: moneyOf(plan.base),
    payments: [...plan.advances, plan.rest].map(({ due, sum }) => ({
      due: dayText(due),
      sum: moneyOf(sum),
    })),
    credit: moneyOf(plan.credit),
  };
}

function duty(input: Input): Json {
  return { duty: arbitrationDuty(input.exact("claim"), input.text("doc") === "order").toFixed(0) };
}

function balance(input: Input): Json {
  const grid = gridBalance(
    input.list("levels").map((row) => ({
      level: row.text("level"),
      input: row.exact("in"),
      output: row.exact("out"),
      useful: row.exact("useful"),
      external: row.has("ext") ? row.exact("ext") : row.exact("in"),
    })),
  );
  const { rows, disputed } = pointDifferences(
    input.list("points").map((row) => ({
      point: row.text("id"),
      supplier: row.exact("supplier"),
      grid: row.exact("grid"),
    })),
  );
  return {
    rows: grid.rows.map((row) => ({
      level: row.level,
      loss: row.loss.toFixed(3),
      lossPct: row.lossPercent.toFixed(2),
    })),
    totalIn: grid.totalInput.toFixed(3),
    useful: grid.useful.toFixed(3),
    loss: grid.loss.toFixed(3),
    diff: rows.map((row) => ({ point: row.point, diff: kwhText(row.difference) })),
    disputedKwh: kwhText(disputed),
  };
}
