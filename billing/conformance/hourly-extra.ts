import { type Day, firstDay } from "../../normalizer/model/dates.ts";
import type { WorkCalendar } from "../../normalizer/model/penalty-law.ts";
import { advanceBase, advancePlan } from "../businesses/advance.ts";
import { purchaseCapacityMw, transmissionPowerMw } from "../businesses/capacity.ts";
import { categoryFrom } from "../businesses/category-change.ts";
import { documentOf, pricedLine } from "../businesses/document.ts";
import {
  hourlyBalance as balanceOf,
  deviationPercent,
  scheduledKwh,
} from "../businesses/hourly-balance.ts";
import { hourlyLines, planLines } from "../businesses/hourly-rates.ts";
import {
  at,
  clockHours,
  combine,
  gridSum,
  type HourGrid,
  hourGrid,
  windowHours,
} from "../businesses/hours.ts";
import { integralKwh } from "../businesses/integral.ts";
import { contractPlanHour, type PlanDefault, resolvePlan } from "../businesses/plan.ts";
import { Exact, roundTo, sumOf } from "../exact.ts";
import { isWorkday } from "../tariffs/calendar.ts";
import { documentText, moneyOf } from "./documents.ts";
import { categoryOf, hourlyTariff } from "./hourly.ts";
import { dayText, type Input, type Json } from "./input.ts";
import { type CaseMonth, caseMonth, peakHours, priceGrid, profileGrid } from "./profiles.ts";

export function hourlyBalance(input: Input): Json {
  const month = caseMonth(input);
  const coefficient = input.exactOr("ktt", "1").times(input.exactOr("ktn", "1"));
  const kwh = profileGrid(input.at("profile"), month).map((row) =>
    row.map((value) => value.times(coefficient)),
  );
  const digits = input.integer("digits");
  const integral = integralKwh(input.exact("start"), input.exact("end"), digits, coefficient);
  const tolerance = input.exactOr("tolerancePct", "0.5");
  const result = balanceOf(kwh, integral, tolerance, input.flag("scaleToIntegral", false));
  const peaks = peakHours(input.at("peak"), month);
  const window = windowHours(input.text("soWindow"));
  return {
    hours: result.hours.toFixed(3),
    integral: integral.toFixed(0),
    diff: result.difference.toFixed(3),
    diffPct: result.differencePercent === null ? null : result.differencePercent.toFixed(3),
    factor: result.factor === null ? null : roundTo(result.factor, 6).toFixed(6),
    events: result.isOff ? [{ code: "HOURLY_BALANCE" }] : [],
    mwh: roundTo(gridSum(result.billed).div(1000), 3).toFixed(3),
    capacityMW: purchaseCapacityMw(result.billed, month.workdays, peaks, 3).toFixed(3),
    powerMW: transmissionPowerMw(result.billed, month.workdays, window, 3).toFixed(3),
  };
}

export function contractVolume(input: Input): Json {
  const month = caseMonth(input);
  const objects = input.list("objects").map((row) => objectOf(row, month));
  const kwh = sumOf(objects.map((item) => item.kwh));
  const contract = sumOf(objects.map((item) => item.contract));
  const rate = input.exact("vat");
  const line = pricedLine("energy", kwh.div(1000), "MWh", input.exact("price"), rate);
  const document = documentOf([line]);
  const mwh = contract.div(1000);
  const base = advanceBase([{ mwh, price: input.exact("advancePrice") }], rate);
  const plan = advancePlan(month.month, base, document.gross, null);
  return {
    objects: objects.map((item) => ({
      id: item.id,
      ...(item.hours === null ? {} : { hours: item.hours.toFixed() }),
      kwh: item.kwh.toFixed(),
      contractKwh: item.contract.toFixed(),
      deviationPct: percentText(item.kwh, item.contract),
    })),
    kwh: kwh.toFixed(),
    contractKwh: contract.toFixed(),
    deviationPct: percentText(kwh, contract),
    ...documentText(document),
    advance: {
      volume: mwh.toFixed(3),
      base: moneyOf(plan.base),
      payments: [...plan.advances, plan.rest].map(({ due, sum }) => ({
        due: dayText(due),
        sum: moneyOf(sum),
      })),
      credit: moneyOf(plan.credit),
    },
  };
}

function percentText(fact: Exact, contract: Exact): Json {
  return deviationPercent(fact, contract)?.toFixed(2) ?? null;
}

function objectOf(row: Input, month: CaseMonth) {
  const id = row.text("id");
  const contract = row.exact("contractKwh");
  if (row.has("kwh")) return { id, contract, hours: null, kwh: row.exact("kwh") };
  const schedule = row.at("schedule");
  const hours = schedule.has("hours") ? schedule.exact("hours") : scheduleHours(schedule, month);
  return { id, contract, hours, kwh: scheduledKwh(row.exact("powerKw"), hours) };
}

function scheduleHours(schedule: Input, month: CaseMonth): Exact {
  const days = schedule.textOr("days", "ALL") === "WORKDAYS" ? month.workdays.length : month.days;
  return new Exact(clockHours(schedule.text("clock")).size * days);
}

/** Day of the month of a date: 1 for its first day, 0 and less before it. */
function dayNumber(day: Day, month: CaseMonth): number {
  return day - firstDay(month.month) + 1;
}

export function partialMonth(input: Input): Json {
  const month = caseMonth(input);
  const category = categoryOf(input);
  const points = input.list("points").map((row) => ({
    kwh: profileGrid(row.at("profile"), month),
    from: row.has("from") ? dayNumber(row.day("from"), month) : 1,
    to: row.has("to") ? dayNumber(row.day("to"), month) : month.days,
  }));
  const isActive = (day: number) => points.some((item) => item.from <= day && day <= item.to);
  let kwh: HourGrid = hourGrid(month.days, () => new Exact(0));
  for (const point of points)
    kwh = combine(kwh, masked(point.kwh, point.from, point.to), (a, b) => a.plus(b));
  const all = input.textOr("partialMonth", "ACTIVE_DAYS") === "ALL_WORKDAYS";
  const workdays = month.workdays.filter((day) => all || isActive(day));
  const zero = new Exact(0);
  const plan =
    category < 5
      ? null
      : {
          kwh: profileGrid(input.at("plan"), month).map((row, index) =>
            isActive(index + 1) ? row : row.map(() => zero),
          ),
          up: priceGrid(input.at("devUp"), month),
          down: priceGrid(input.at("devDown"), month),
        };
  const lines = hourlyLines({
    category,
    kwh,
    prices: priceGrid(input.at("prices"), month),
    tariff: hourlyTariff(input.at("tariff")),
    workdays,
    peaks: peakHours(input.at("peak"), month),
    window: windowHours(input.text("soWindow")),
    capacityDecimals: 3,
    ratePercent: input.exact("vat"),
    plan,
  });
  const change = input.has("change") ? { next: nextCategory(input.at("change"), month) } : {};
  return { workdays: workdays.length, ...documentText(documentOf(lines)), ...change };
}

function masked(kwh: HourGrid, from: number, to: number): HourGrid {
  const zero = new Exact(0);
  return hourGrid(kwh.length, (day, hour) =>
    from <= day && day <= to ? at(kwh, day, hour) : zero,
  );
}

function nextCategory(change: Input, month: CaseMonth): Json {
  const admitted = change.has("meterAdmitted") ? change.day("meterAdmitted") : null;
  const from = categoryFrom(change.day("notice"), admitted, calendarOf(month));
  return { category: change.integer("category"), from: dayText(from) };
}

/** The production calendar of the case's month; other months by the week. */
function calendarOf(month: CaseMonth): WorkCalendar {
  const first = firstDay(month.month);
  const days = Array.from({ length: month.days }, (_, index) => (first + index) as Day);
  const works = (day: Day) => month.workdays.includes(dayNumber(day, month));
  const week: WorkCalendar = { holidays: [], movedWorkdays: [] };
  return {
    holidays: days.filter((day) => !works(day) && isWorkday(day, week)),
    movedWorkdays: days.filter((day) => works(day) && !isWorkday(day, week)),
  };
}

export function plan(input: Input): Json {
  const month = caseMonth(input);
  const withNotice = input.textOr("zone", "PRICE") === "NON_PRICE";
  const submitted = input.listOrNone("submitted").map((row) => ({
    from: row.integer("from"),
    to: row.integer("to"),
    kwh: profileGrid(row.at("profile"), month),
    notifiedOn: row.has("on") ? dayNumber(row.day("on"), month) : null,
  }));
  const resolved = resolvePlan(month.days, submitted, defaultOf(input, month), withNotice);
  const hours = {
    kwh: resolved.kwh,
    up: priceGrid(input.at("devUp"), month),
    down: priceGrid(input.at("devDown"), month),
  };
  const tariff = input.at("tariff");
  const rates = { planRate: tariff.exact("planRate"), absRate: tariff.exact("absRate") };
  const lines = planLines(
    profileGrid(input.at("profile"), month),
    hours,
    rates,
    input.exact("vat"),
  );
  return { defaultDays: resolved.defaultDays, ...documentText(documentOf(lines)) };
}

function defaultOf(input: Input, month: CaseMonth): PlanDefault {
  if (input.textOr("zone", "PRICE") === "NON_PRICE") {
    const contract = input.at("contract");
    const population = contract.exactOr("populationKwh", "0");
    const isAllotted = contract.flag("allotted", false);
    const kwh = contractPlanHour(contract.exact("kwh"), population, isAllotted, month.days);
    return { kind: "PER_HOUR", kwh };
  }
  if (input.textOr("planMissing", "LAST") === "ZERO") return { kind: "ZERO" };
  const previous = input.has("previous") ? profileGrid(input.at("previous"), month)[0] : undefined;
  return { kind: "LAST", previousDay: previous ?? null };
}
