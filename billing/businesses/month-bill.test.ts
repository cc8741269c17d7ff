import t from "tap";
import { day, formatDay, month } from "../../normalizer/model/dates.ts";
import { Exact } from "../exact.ts";
import { BUSINESS_STEPS } from "../penalties/business.ts";
import { type MonthBillFacts, monthBill } from "./month-bill.ts";
import { type GapSources, type MonthMeter, monthVolume } from "./month-volume.ts";

// Worked by hand from billing-legal-entities.md, sections 7, 8, 13, 14.
const exact = (text: string): Exact => new Exact(text);
const HOUR = 60;

/** A meter that stood from hour to hour of the month; readings "start-end" by register. */
function meter(fromHour: number, toHour: number, ...readings: string[]): MonthMeter {
  const registers = readings.map((text) => {
    const [start, end] = text.split("-");
    return { start: exact(start ?? "0"), end: exact(end ?? "0") };
  });
  return {
    fromMinute: fromHour * HOUR,
    toMinute: toHour * HOUR,
    registers,
    digits: 5,
    coefficient: exact("10"),
  };
}

const nothing: GapSources = {
  missed: 1,
  controlMeter: null,
  previousYear: null,
  lastRead: null,
  baseHours: exact("720"),
  maxPowerKw: null,
};
const plain = { transits: [], lossPercent: exact("0"), meterSide: "inside" } as const;

t.test("gap between two meters: what fills it", async (t) => {
  // 10 hours and 59 minutes: the incomplete hour is dropped.
  const meters = [meter(0, 100, "0-100"), meter(110 + 59 / 60, 720, "0-50")];
  const by = (sources: Partial<GapSources>) => {
    const volume = monthVolume({ ...plain, meters, gapSources: { ...nothing, ...sources } });
    const { gap, metered, billed } = volume;
    const filled = gap?.filled ?? null;
    return [gap?.hours, filled?.basis, filled?.kwh.toFixed(), metered.toFixed(), billed.toFixed()];
  };
  const year = { previousYear: exact("1000"), lastRead: exact("2000"), maxPowerKw: exact("7") };
  t.same(by(year), [10, "PREV_YEAR", "14", "1514", "1514"], "1000 · 10 / 720 = 13.9");
  t.same(by({ lastRead: exact("2000") }), [10, "LAST_READ", "28", "1528", "1528"]);
  t.same(by({ ...year, missed: 3 }), [10, "PMAX", "70", "1500", "1570"], "not metered");
  t.same(by({ ...year, controlMeter: exact("33") }), [10, "CONTROL_METER", "33", "1533", "1533"]);
  t.same(by({}), [10, undefined, undefined, "1500", "1500"], "nothing known: to be held");
  const near = [meter(0, 100, "0-100"), meter(100.9, 720, "0-50")];
  t.equal(monthVolume({ ...plain, meters: near, gapSources: nothing }).gap, null);
});

t.test("registers: what is known as a whole goes by the metered volume", async (t) => {
  const volume = monthVolume({
    meters: [meter(0, 720, "0-10", "0-20", "0-3")],
    gapSources: null,
    transits: [
      { kwh: exact("100"), lossPercent: exact("1") },
      { kwh: [exact("0"), exact("0"), exact("30")], lossPercent: exact("0") },
    ],
    lossPercent: exact("10"),
    meterSide: "outside",
  });
  // 101 by 100 : 200 : 30 is 30.6, 61.2 and the rest 9; the last register holds 30 and gives 39.
  t.same(
    volume.billedByRegister.map((kwh) => kwh.toFixed()),
    ["62", "125", "0"],
    "69 − 7 and 139 − 14",
  );
  t.match([volume.transit, volume.loss, volume.billed].map(String), ["131", "-21", "187"]);
  t.equal(volume.exceeds, true);
});

const bill: MonthBillFacts = {
  period: month("2026-03"),
  charge: {
    category: 1,
    kwh: exact("48210"),
    components: {
      wholesale: exact("3010.55"),
      transmission: exact("3555.10"),
      markup: exact("498.72"),
      other: exact("5.31"),
    },
  },
  ratePercent: exact("22"),
  previous: [{ mwh: exact("48.210"), price: exact("7069.68") }],
  payments: [],
  penalty: {
    steps: BUSINESS_STEPS.general,
    upTo: day("2026-05-18"),
    rate: exact("13"),
    rateCap: null,
    moratoria: [],
  },
};

t.test("advances of 30 and 40 %, the rest, money above the bill, penalty", async (t) => {
  const paid = (date: string, sum: string) => ({ day: day(date), sum: exact(sum), rate: null });
  const none = monthBill(bill);
  t.same(
    [...none.plan.advances, none.plan.rest].map(({ due, sum }) => [formatDay(due), sum.toFixed(2)]),
    [
      ["2026-03-10", "124743.51"],
      ["2026-03-25", "166324.68"],
      ["2026-04-18", "415811.71"],
    ],
    "the example of section 13; unpaid advances stay in the rest",
  );
  // 415 811.71 · 30 days · 13 % / 130.
  t.equal(none.penaltyRows[0]?.sum.toFixed(2), "12474.35");
  const payments = [
    paid("2026-03-31", "400000.00"),
    paid("2026-04-01", "10000.00"),
    paid("2026-04-18", "10000.00"),
  ];
  const full = monthBill({ ...bill, payments });
  t.match([full.advancesPaid, full.plan.rest.sum].map(String), ["400000", "15811.71"]);
  t.match([full.unpaid, full.credit].map(String), ["0", "4188.29"]);
  t.same(full.penaltyRows, [], "the last day is inclusive");
  const above = monthBill({ ...bill, payments: [paid("2026-03-10", "500000.00")] });
  t.match([above.plan.rest.sum, above.credit].map(String), ["0", "84188.29"]);
  t.throws(
    () => monthBill({ ...bill, payments: [paid("2026-04-19", "1.00")] }),
    /no key rate on day/,
  );
});
