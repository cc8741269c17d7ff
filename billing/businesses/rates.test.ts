import t from "tap";
import { Exact, sumOf } from "../exact.ts";
import { purchaseCapacityMw, transmissionPowerMw } from "./capacity.ts";
import { type BusinessLine, documentOf } from "./document.ts";
import { type HourlyTariff, hourlyLines, planLines } from "./hourly-rates.ts";
import { clockHours, gridSum, type HourGrid, hourGrid, windowHours } from "./hours.ts";
import { oneRateLine, oneRatePrice, wholesalePrice } from "./one-rate.ts";
import { restoreHours } from "./restoration.ts";
import { openCategories, subgroupOf } from "./subgroup.ts";
import { zoneRateLines, zonesOfHours } from "./zone-rates.ts";

// Examples of billing-legal-entities.md.
const exact = (text: string): Exact => new Exact(text);
const money = (line: BusinessLine) =>
  `${line.net.toFixed(2)} ${line.vat.toFixed(2)} ${line.gross.toFixed(2)}`;

t.test("ЦК1 (section 3)", async (t) => {
  const components = {
    wholesale: exact("3010.55"),
    transmission: exact("3555.10"),
    markup: exact("498.72"),
    other: exact("5.31"),
  };
  t.equal(oneRatePrice(components).toFixed(2), "7069.68");
  const line = oneRateLine(exact("48210"), components, exact("22"));
  t.equal(money(line), "340829.27 74982.44 415811.71");
  const { alpha, price } = wholesalePrice({
    energyPrice: exact("1602.14"),
    capacityPrice: exact("945120.33"),
    peakMw: exact("1210.500"),
    retailCapacityMw: exact("8.250"),
    hourlyCategoriesMw: exact("402.118"),
    populationMw: exact("390.005"),
    boughtMwh: exact("801220.410"),
    retailMwh: exact("5110.220"),
    hourlyCategoriesMwh: exact("280114.900"),
    populationMwh: exact("215040.300"),
    pastChange: exact("1.07"),
  });
  t.equal(alpha.toFixed(11), "0.00137101763");
  t.equal(price.toFixed(2), "2898.99");
});

t.test("ЦК2 (section 3)", async (t) => {
  const lines = zoneRateLines(
    { night: exact("10400"), semipeak: exact("22815"), peak: exact("9120") },
    {
      wholesale: { night: exact("1190.40"), semipeak: exact("2601.88"), peak: exact("6480.15") },
      transmission: exact("3555.10"),
      markup: exact("498.72"),
      other: exact("5.31"),
    },
    exact("22"),
  );
  t.same(
    lines.map((line) => [
      line.line,
      line.price?.toFixed(2),
      line.net.toFixed(2),
      line.vat.toFixed(2),
    ]),
    [
      ["energy.night", "5249.53", "54595.11", "12010.92"],
      ["energy.semipeak", "6661.01", "151970.94", "33433.61"],
      ["energy.peak", "10539.28", "96118.23", "21146.01"],
    ],
  );
  t.equal(documentOf(lines).gross.toFixed(2), "369274.82");
  t.same(
    [...clockHours("21-05")].sort((a, b) => a - b),
    [1, 2, 3, 4, 5, 22, 23, 24],
  );
  const grid = hourGrid(2, (_day, hour) => exact(String(hour)));
  const zones = zonesOfHours(grid, clockHours("23-07"), clockHours("8-12,18-20"));
  t.equal(sumOf(Object.values(zones)).toFixed(), gridSum(grid).toFixed(), "zones sum to the month");
  t.equal(zones.peak?.toFixed(), String(2 * (9 + 10 + 11 + 12 + 19 + 20)));
});

const WINDOW = windowHours("8-12,17-21");
const TWO_DAYS: HourGrid = hourGrid(2, (day, hour) => {
  const special: Record<string, string> = {
    "1/9": "431",
    "1/10": "455",
    "1/18": "470",
    "2/9": "402",
    "2/11": "478",
    "2/18": "466",
  };
  return exact(special[`${day}/${hour}`] ?? "200");
});

t.test("capacity and transmission power (section 5)", async (t) => {
  const peaks = new Map([
    [1, 10],
    [2, 18],
  ]);
  t.equal(purchaseCapacityMw(TWO_DAYS, [1, 2], peaks, 3).toFixed(3), "0.461");
  t.equal(purchaseCapacityMw(TWO_DAYS, [1, 2], peaks, 6).toFixed(6), "0.460500");
  t.equal(transmissionPowerMw(TWO_DAYS, [1, 2], WINDOW, 3).toFixed(3), "0.474");
  t.equal(purchaseCapacityMw(TWO_DAYS, [], peaks, 3).toFixed(3), "0.000", "no working day");
});

const TARIFF: HourlyTariff = {
  oneRate: exact("0"),
  power: exact("1078231.42"),
  losses: exact("381.28"),
  markup: exact("287.91"),
  other: exact("4.87"),
  capacity: exact("945120.33"),
  planRate: exact("-1.20"),
  absRate: exact("3.10"),
};

t.test("ЦК4 (section 5): 949 967.56 net, 1 158 960.42 gross", async (t) => {
  // Energy of three hours only; power from the two days of the example.
  const hours: Record<number, readonly [string, string]> = {
    1: ["455", "2310.15"],
    2: ["470", "2288.40"],
    3: ["200", "1502.07"],
  };
  const bill = {
    category: 4 as const,
    kwh: hourGrid(1, (_day, hour) => exact(hours[hour]?.[0] ?? "0")),
    prices: hourGrid(1, (_day, hour) => exact(hours[hour]?.[1] ?? "0")),
    tariff: TARIFF,
    workdays: [],
    peaks: new Map<number, number>(),
    window: [],
    capacityDecimals: 3,
    ratePercent: exact("22"),
    plan: null,
  };
  const [energy] = hourlyLines(bill);
  t.equal(energy?.net.toFixed(2), "3185.40");
  t.equal(energy?.vat.toFixed(2), "700.79");
  const peaks = new Map([
    [1, 10],
    [2, 18],
  ]);
  const days = { ...bill, kwh: TWO_DAYS, workdays: [1, 2], peaks, window: WINDOW };
  const [, capacity, power] = hourlyLines(days);
  t.equal(capacity === undefined ? "" : money(capacity).slice(0, 19), "435700.47 95854.10 ");
  t.equal(power?.net.toFixed(2), "511081.69");
  t.equal(power?.vat.toFixed(2), "112437.97");
});

t.test("plan lines (section 6)", async (t) => {
  const row = (values: readonly string[]): HourGrid => [values.map((value) => exact(value))];
  const fact = row(["120", "100", "80"]);
  const plan = {
    kwh: row(["110", "115", "80"]),
    up: row(["150", "150", "150"]),
    down: row(["90", "90", "90"]),
  };
  const lines = planLines(fact, plan, TARIFF, exact("20"));
  t.same(
    lines.map((line) => line.net.toFixed(2)),
    ["1.50", "1.35", "-0.37", "0.08"],
  );
});

t.test("hours from an integral volume (section 7.5)", async (t) => {
  const workdays = Array.from({ length: 22 }, (_, index) => index + 1);
  const hours11 = windowHours("8-15,18-20");
  const uniform = restoreHours("UNIFORM", exact("60000"), 30, workdays, hours11, exact("0"));
  t.equal(uniform[0]?.[0]?.toFixed(3), "83.333");
  const peak = restoreHours("PEAK_FIRST", exact("100000"), 30, workdays, hours11, exact("200"));
  t.equal(peak[0]?.[8]?.toFixed(), "200", "242 peak hours");
  t.equal(peak[0]?.[0]?.toFixed(3), "107.950");
  t.equal(gridSum(peak).toFixed(6), "100000.000000");
  const short = restoreHours("PEAK_FIRST", exact("24200"), 30, workdays, hours11, exact("200"));
  t.equal(short[0]?.[8]?.toFixed(), "100");
  t.equal(short[0]?.[0]?.toFixed(), "0");
});

t.test("subgroups and categories (section 2)", async (t) => {
  const groups = ["669.99", "670", "9999.99", "10000"].map((power) => subgroupOf(exact(power)));
  t.same(groups, ["LT_670", "670_10000", "670_10000", "GE_10000"]);
  const open = (power: string, direct: boolean, priceZone: boolean) =>
    openCategories(exact(power), { direct, priceZone });
  t.same(open("669.99", false, true), [1, 2, 3, 4, 5, 6]);
  t.same(open("670", false, true), [3, 4, 5, 6]);
  t.same(open("670", false, false), [4, 6]);
  t.same(open("100", true, true), [4, 6]);
});
