import { type Day, day, type Month, month } from "../../normalizer/model/dates.ts";
import { invariant } from "../../normalizer/model/result.ts";
import { amountOf, kopecks, type Volume, volume } from "../../normalizer/model/units.ts";
import { absenceVolumes } from "../households/absence.ts";
import { landPlotVolumes } from "../households/land-plot.ts";
import { priceTamper, type TamperAct, tamperMonths } from "../households/tamper.ts";
import {
  type ChargedPeriod,
  connectPeriods,
  disconnectPeriods,
  repricedLine,
} from "../recalculation/retroactive.ts";
import { courtFee as courtFeeOf } from "../receivables/court-fee.ts";
import { instalmentSchedule } from "../receivables/instalment.ts";
import { restrictionDates } from "../receivables/restriction.ts";
import { benefitOf } from "../tariffs/benefit.ts";
import { sumVolumes } from "./buildings.ts";
import { tariffVersions, totalOf } from "./households.ts";
import { dayText, type Input, type Json, moneyText, monthText, volumeText } from "./input.ts";

export function absence(input: Input): Json {
  const result = absenceVolumes({
    left: input.day("left"),
    returned: input.day("returned"),
    norm: input.volume("norm"),
    persons: input.integer("persons"),
    hasMeter: input.flag("hasMeter", false),
    isMeterFeasible: input.flag("technicallyFeasible", false),
  });
  const price = input.price("price");
  const lines = result.months.map((row) => ({ ...row, amount: amountOf(row.volume, price) }));
  return {
    eligible: result.refusal === null,
    fullDays: result.fullDays,
    ...(result.refusal === null ? {} : { reason: result.refusal }),
    months: lines.map((row) => ({
      period: monthText(row.month),
      days: row.days,
      volume: volumeText(row.volume),
      amount: moneyText(row.amount),
    })),
    total: totalOf(lines),
  };
}

function dayOrNull(input: Input, name: string): Day | null {
  return input.has(name) ? input.day(name) : null;
}

export function tamper(input: Input): Json {
  const type = input.text("type") === "TAMPER" ? "TAMPER" : "UNAUTHORISED";
  const act: TamperAct = {
    type,
    detected: input.day("detected"),
    eliminated: input.day("eliminated"),
    sealed: dayOrNull(input, "sealDate"),
    previousCheck: dayOrNull(input, "prevCheck"),
    connected: dayOrNull(input, "connectDate"),
    norm: volume(input.scaledOr("norm", 4, 0)),
    persons: input.integer(input.has("persons") ? "persons" : "owners"),
    powerKwE4: type === "UNAUTHORISED" && input.has("powerKw") ? input.scaled("powerKw", 4) : null,
    includesEndDay: input.flag("includeEndDate", true),
  };
  const charged = new Map<Month, Volume>();
  if (input.has("charged") && input.flag("deduct", true))
    for (const [period, value] of input.entries("charged"))
      charged.set(month(period), value.asVolume());
  const tariffs = tariffVersions(input.list("tariffs"), []);
  const months = tamperMonths(act, charged).map((row) => {
    const priced = priceTamper(row, 0, tariffs);
    invariant(priced.ok, "no price");
    let amount = 0;
    for (const line of priced.lines) amount += line.amount;
    return { ...row, amount: kopecks(amount) };
  });
  const [first] = months;
  const last = months.at(-1);
  invariant(first !== undefined && last !== undefined, "an act without days");
  return {
    from: dayText(first.from),
    to: dayText((last.to - 1) as Day),
    days: last.to - first.from,
    months: months.map((row) => ({
      period: monthText(row.month),
      days: row.to - row.from,
      gross: volumeText(row.gross),
      deducted: volumeText(row.deducted),
      net: volumeText(row.net),
      amount: moneyText(row.amount),
    })),
    volume: volumeText(sumVolumes(months.map((row) => row.net))),
    total: totalOf(months),
  };
}

export function landPlot(input: Input): Json {
  const price = input.price("price");
  const uses = input.list("uses").map((row) => ({
    use: row.text("use"),
    norm: row.volume("norm"),
    unitsE4: row.scaled("units", 4),
  }));
  const persons = input.scaled("persons", 4);
  const rows = landPlotVolumes(input.volume("norm"), persons, uses);
  const lines = rows.map((row) => ({ ...row, amount: amountOf(row.volume, price) }));
  return {
    lines: lines.map((row) => ({
      kind: row.use ?? "HOUSE",
      volume: volumeText(row.volume),
      amount: moneyText(row.amount),
    })),
    volume: volumeText(sumVolumes(rows.map((row) => row.volume))),
    total: totalOf(lines),
  };
}

export function benefit(input: Input): Json {
  const result = benefitOf(input.volume("volume"), input.price("price"), {
    registered: input.integer("registered"),
    beneficiaries: input.integer("beneficiaries"),
    standard: input.volume("stdPerPerson"),
    percentE2: input.scaled("percent", 2),
    isFamily: input.flag("family", false),
  });
  return {
    charged: moneyText(result.charged),
    benefitVolume: volumeText(result.volume),
    discount: moneyText(result.discount),
    payable: moneyText(result.payable),
  };
}

export function retro(input: Input): Json {
  const periods = input.list("charged").map((row): ChargedPeriod => {
    const charged = row.volume("volume");
    return {
      period: row.month("period"),
      from: (row.day("from") + 1) as Day,
      to: (row.day("to") + 1) as Day,
      volume: charged,
      price: row.price("price"),
      isMetered: row.text("method") === "METER",
      startState: row.has("readingFrom") ? row.volume("readingFrom") : null,
      fullVolume: row.has("fullVolume") ? row.volume("fullVolume") : charged,
    };
  });
  const on = input.day("date");
  const state = input.has("reading") ? input.volume("reading") : null;
  const rows =
    input.text("op") === "CONNECT"
      ? connectPeriods(periods, on)
      : disconnectPeriods(periods, on, state);
  return {
    corrections: rows.map((row) => ({
      period: monthText(row.period),
      oldVolume: volumeText(row.oldVolume),
      newVolume: volumeText(row.newVolume),
      deltaVolume: volumeText(volume(row.newVolume - row.oldVolume)),
      deltaAmount: moneyText(row.amount),
    })),
    total: totalOf(rows),
  };
}

export function retariff(input: Input): Json {
  let total = 0;
  const corrections = input.list("charged").map((row) => ({
    period: monthText(row.month("period")),
    lines: row.list("lines").map((line) => {
      const repriced = repricedLine(
        line.volume("volume"),
        line.price("oldPrice"),
        line.price("newPrice"),
      );
      total += repriced.difference;
      return {
        zone: line.textOr("zone", "T0"),
        range: line.integer("range"),
        oldAmount: moneyText(repriced.oldAmount),
        newAmount: moneyText(repriced.newAmount),
        deltaAmount: moneyText(repriced.difference),
      };
    }),
  }));
  return { corrections, total: moneyText(total) };
}

/** Cases without a day of filing are of the scale in force since 09.09.2024. */
const FILED = day("2025-01-01");

export function courtFee(input: Input): Json {
  const filed = input.has("filed") ? input.day("filed") : FILED;
  const isOrder = input.text("kindOfClaim") === "ORDER";
  const { full, fee } = courtFeeOf(input.exact("claim"), filed, isOrder);
  return { full: full.toFixed(0), fee: fee.toFixed(0) };
}

export function restriction(input: Input): Json {
  const result = restrictionDates({
    debt: input.money("debt"),
    norm: input.volume("norm"),
    persons: input.integer("persons"),
    price: input.price("price"),
    delivered: dayOrNull(input, "delivered"),
    paidInFull: dayOrNull(input, "paidInFull"),
    hasAgreement: input.flag("agreement", false),
    isLimitable: input.flag("limitable", true),
  });
  const dates: Record<string, Json> = {};
  for (const name of ["payUntil", "restrictFrom", "suspendFrom", "restoreBy"] as const) {
    const value = result[name];
    if (value !== null) dates[name] = dayText(value);
  }
  return { threshold: moneyText(result.threshold), eligible: result.isEligible, ...dates };
}

export function instalment(input: Input): Json {
  const sum = input.money("amount");
  const rows = instalmentSchedule(sum, input.integer("months"), input.day("firstDue"));
  return { schedule: rows.map(instalmentText), total: totalOf(rows) };
}

export function instalmentText(row: ReturnType<typeof instalmentSchedule>[number]): Json {
  return { n: row.number, due: dayText(row.due), amount: moneyText(row.amount) };
}
