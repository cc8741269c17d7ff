import t from "tap";
import { type Day, day, formatDay, month } from "../../normalizer/model/dates.ts";
import {
  amountOf,
  formatFixed,
  formatScaled,
  kopecks,
  type Volume,
} from "../../normalizer/model/units.ts";
import { benefitOf } from "../tariffs/benefit.ts";
import { vatInside } from "../tariffs/vat.ts";
import { type Absence, absenceVolumes } from "./absence.ts";
import { averageVolumes } from "./average.ts";
import { landPlotVolumes } from "./land-plot.ts";
import { COEFFICIENT_ONE, normCharges } from "./norm.ts";
import { priceTamper, type TamperAct, tamperMonths, tamperStart } from "./tamper.ts";
import { history, kwh, roublesPerKwh, tariffs } from "./testing.ts";

const PRICE = roublesPerKwh("5.51");
const rubles = (value: number) => formatFixed(value, 2);

t.test("average (section 6): whole month and ten days of August", async (t) => {
  const six = history("2025-02", ["140", "155", "128", "131", "120", "149"]);
  const form = { history: six, daysOfMonth: 31, source: "METER_ONLY", scale: 4 } as const;
  const volumeOf = (days: number, scale = 4): Volume | undefined => {
    const result = averageVolumes({ ...form, days, scale });
    return result.possible ? result.volumes.T0 : undefined;
  };
  t.equal(volumeOf(31), kwh("137.1667"));
  t.equal(volumeOf(10), kwh("44.2473"));
  t.equal(volumeOf(31, 0), kwh("137"));
  const two = averageVolumes({ ...form, history: six.slice(0, 2), days: 31 });
  t.match(two, { possible: false });
});

t.test("norm with coefficients (sections 5.1, 5.2)", async (t) => {
  const full = {
    entries: [{ norm: kwh("77"), personDays: 90 }],
    daysOfMonth: 30,
    activeDays: 30,
  };
  const text = (k: number) =>
    normCharges(full, k, PRICE).charges.map((line) => `${line.kind} ${rubles(line.amount)}`);
  t.same(text(COEFFICIENT_ONE), ["NORM 1272.81"]);
  t.same(text(150), ["NORM 1272.81", "KPOV 636.41"]);
  t.same(text(95), ["NORM 1272.81", "KDELAY -63.64"]);
});

t.test("temporary absence (section 11): −343.98", async (t) => {
  const base: Absence = {
    left: day("2025-05-10"),
    returned: day("2025-06-05"),
    norm: kwh("77"),
    persons: 1,
    hasMeter: false,
    isMeterFeasible: false,
  };
  const { fullDays, months, refusal } = absenceVolumes(base);
  t.equal(refusal, null);
  t.equal(fullDays, 25);
  t.same(
    months.map((row) => [
      row.days,
      formatScaled(row.volume, 4),
      rubles(amountOf(row.volume, PRICE)),
    ]),
    [
      [21, "-52.1613", "-287.41"],
      [4, "-10.2667", "-56.57"],
    ],
  );
  const may = absenceVolumes({ ...base, returned: day("2025-06-01") });
  t.equal(may.months.length, 1, "back on the first: no full day of June");
  const five = absenceVolumes({ ...base, returned: day("2025-05-16") });
  t.match(five, { fullDays: 5, refusal: "LE_5_FULL_DAYS", months: [] });
  t.match(absenceVolumes({ ...base, returned: day("2025-05-17") }), { refusal: null });
  t.match(absenceVolumes({ ...base, hasMeter: true }), { refusal: "METER_OR_FEASIBLE" });
  // Six months from the departure: its number in the sixth month is the last day that counts.
  for (const [left, returned, days] of [
    ["2025-01-10", "2025-07-10", [21, 28, 31, 30, 31, 30, 9]],
    ["2025-01-10", "2025-07-11", [21, 28, 31, 30, 31, 30, 10]],
    ["2025-01-10", "2025-07-12", [21, 28, 31, 30, 31, 30, 10]],
    ["2025-01-10", "2026-02-01", [21, 28, 31, 30, 31, 30, 10]],
    ["2024-08-30", "2025-03-02", [1, 30, 31, 30, 31, 31, 28]],
  ] as const) {
    const long = absenceVolumes({ ...base, left: day(left), returned: day(returned) });
    t.same(
      long.months.map((row) => row.days),
      days,
      `${left}, ${returned}`,
    );
    t.equal(long.fullDays, day(returned) - day(left) - 1);
  }
});

t.test("tampering and connections (section 12)", async (t) => {
  const act: TamperAct = {
    type: "TAMPER",
    detected: day("2025-04-14"),
    eliminated: day("2025-04-16"),
    sealed: null,
    previousCheck: day("2025-02-20"),
    connected: null,
    norm: kwh("77"),
    persons: 1,
    powerKwE4: null,
    includesEndDay: true,
  };
  const prices = tariffs([["2025-01-01", { T0: "5.51" }]]);
  const rows = tamperMonths(act, new Map()).map((row) => {
    const priced = priceTamper(row, 0, prices);
    const amount = priced.ok ? priced.lines[0]?.amount : undefined;
    return [row.to - row.from, formatScaled(row.net, 4), rubles(amount ?? 0)];
  });
  t.same(rows, [
    [9, "247.5", "1363.73"],
    [31, "770", "4242.70"],
    [16, "410.6667", "2262.77"],
  ]);
  const deducted = tamperMonths(act, new Map([[month("2025-03"), kwh("100")]]));
  t.match(deducted[1], { gross: kwh("770"), deducted: kwh("100"), net: kwh("670") });

  const power: TamperAct = {
    ...act,
    type: "UNAUTHORISED",
    connected: day("2025-04-07"),
    powerKwE4: 22_000,
  };
  t.same(
    tamperMonths(power, new Map([[month("2025-04"), kwh("100")]])).map((row) => row.net),
    [kwh("528")],
    "10 × 24 × 2.2; nothing is deducted",
  );
  const start = (more: Partial<TamperAct>): string =>
    formatDay(tamperStart({ ...act, ...more }) as Day);
  t.equal(start({ previousCheck: null }), "2025-01-14", "three months before the check");
  t.equal(start({ previousCheck: null, detected: day("2025-05-31") }), "2025-02-28");
  t.equal(start({ sealed: day("2025-03-01") }), "2025-03-01");
  t.equal(
    start({ type: "UNAUTHORISED", previousCheck: null }),
    "2025-01-01",
    "three months before the month of detection",
  );
});

t.test("private house without a meter (section 10): 696.73", async (t) => {
  const uses = [
    { use: "CATTLE", norm: kwh("5.5"), unitsE4: 30_000 },
    { use: "LIGHTING", norm: kwh("0.5"), unitsE4: 200_000 },
  ];
  let total = 0;
  for (const row of landPlotVolumes(kwh("77"), 20_000, uses))
    total += amountOf(row.volume, roublesPerKwh("3.86"));
  t.equal(rubles(total), "696.73");
});

t.test("benefit and VAT (section 13)", async (t) => {
  const terms = {
    registered: 3,
    beneficiaries: 1,
    standard: kwh("60"),
    percentE2: 5000,
    isFamily: false,
  };
  const result = benefitOf(kwh("210"), PRICE, terms);
  t.match(result, { volume: kwh("60"), discount: -165_30, payable: 991_80 });
  const family = benefitOf(kwh("210"), PRICE, { ...terms, isFamily: true });
  t.equal(family.volume, kwh("180"));
  t.equal(vatInside(kopecks(500_00), 2200), 90_16);
});
