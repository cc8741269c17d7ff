import { utilityPayment } from "../businesses/advance.ts";
import { compareCategories } from "../businesses/compare.ts";
import { vatInsideOf } from "../businesses/document.ts";
import { clockHours, windowHours } from "../businesses/hours.ts";
import { houseNeedsByNorm, utilityMonths } from "../businesses/house-needs.ts";
import { openCategories, subgroupOf } from "../businesses/subgroup.ts";
import { Exact, roundTo, sumOf } from "../exact.ts";
import { contractPenalty } from "../penalties/business.ts";
import { moneyOf } from "./documents.ts";
import { zoneAmounts } from "./hourly.ts";
import { dayText, type Input, type Json, monthText } from "./input.ts";
import { penaltyRow, penaltyTerms } from "./legal-money.ts";
import { caseMonth, peakHours, priceGrid, profileGrid } from "./profiles.ts";

export function compare(input: Input): Json {
  const month = caseMonth(input);
  const power = input.exact("pmaxKw");
  const group = subgroupOf(power);
  const tariff = input.at("tariff");
  const markup = tariff.at("markups").exact(group);
  const prices = priceGrid(input.at("prices"), month);
  const { bills, cheapest } = compareCategories(
    {
      bill: {
        kwh: profileGrid(input.at("profile"), month),
        prices,
        tariff: {
          oneRate: tariff.exact("trOne"),
          power: tariff.exact("trPower"),
          losses: tariff.exact("trLoss"),
          markup,
          other: tariff.exact("other"),
          capacity: tariff.exact("capacity"),
          planRate: tariff.exact("planRate"),
          absRate: tariff.exact("absRate"),
        },
        workdays: month.workdays,
        peaks: peakHours(input.at("peak"), month),
        window: windowHours(input.text("soWindow")),
        capacityDecimals: 3,
        ratePercent: input.exact("vat"),
        plan: {
          kwh: profileGrid(input.at("plan"), month),
          up: priceGrid(input.at("devUp"), month),
          down: priceGrid(input.at("devDown"), month),
        },
      },
      dayAhead: input.has("pricesDayAhead") ? priceGrid(input.at("pricesDayAhead"), month) : prices,
      wholesale: tariff.exact("wholesale1"),
      zoneWholesale: zoneAmounts(tariff.at("wholesale2")),
      night: clockHours(input.text("night")),
      peak: clockHours(input.text("zonePeak")),
    },
    openCategories(power, {
      direct: input.flag("direct4", false),
      priceZone: input.textOr("zone", "PRICE") === "PRICE",
    }),
  );
  const key = (bill: (typeof bills)[number]) => ({
    category: bill.category,
    ...(bill.zoneCount === null ? {} : { zoneCount: bill.zoneCount }),
  });
  return {
    subgroup: group,
    markup: tariff.at("markups").text(group),
    rows: bills.map((bill) => ({
      ...key(bill),
      net: moneyOf(bill.document.net),
      vat: moneyOf(bill.document.vat),
      gross: moneyOf(bill.document.gross),
    })),
    cheapest: cheapest === null ? null : key(cheapest),
  };
}

export function iku(input: Input): Json {
  const rows = input.list("months");
  const norm = input.has("norm")
    ? houseNeedsByNorm(input.at("norm").exact("kwhM2"), input.at("norm").exact("areaM2"))
    : null;
  const months = utilityMonths(
    rows.map((row) => ({
      house: row.has("odpu") ? row.exact("odpu") : null,
      individual: [
        row.exact("residential"),
        ...row.listOrNone("nonResidential").map((item) => item.asExact()),
      ],
    })),
    input.listOrNone("history").map((item) => item.asExact()),
    input.exactOr("carry", "0"),
    norm,
  );
  const bills = rows.map((row, index) => {
    const period = row.month("period");
    const gross = roundTo((months[index]?.billed ?? new Exact(0)).times(row.exact("tariff")), 2);
    const vat = vatInsideOf(gross, row.exact("vat"));
    return { period, gross, vat, due: utilityPayment(period, gross).due };
  });
  const payments = input.list("payments").map((row) => ({
    day: row.day("date"),
    sum: row.exact("sum"),
    rate: row.exact("rate"),
  }));
  const debts = bills.map(({ due, gross }) => ({ due, sum: gross }));
  const penalty = contractPenalty(debts, payments, penaltyTerms(input));
  return {
    months: bills.map(({ period, gross, vat, due }, index) => ({
      period: monthText(period),
      basis: months[index]?.basis ?? null,
      house: months[index]?.house?.toFixed() ?? null,
      raw: months[index]?.raw.toFixed() ?? null,
      billed: months[index]?.billed.toFixed() ?? null,
      carryNext: months[index]?.carryNext.toFixed() ?? null,
      gross: moneyOf(gross),
      vat: moneyOf(vat),
      net: moneyOf(gross.minus(vat)),
      due: dayText(due),
    })),
    unpaid: moneyOf(penalty.unpaid),
    credit: moneyOf(penalty.credit),
    penalty: {
      rows: penalty.rows.map(({ debt, row }) => {
        const period = bills[debt]?.period;
        return {
          ...(period === undefined ? {} : { period: monthText(period) }),
          ...penaltyRow(row),
        };
      }),
      total: moneyOf(sumOf(penalty.rows.map(({ row }) => row.sum))),
    },
  };
}
