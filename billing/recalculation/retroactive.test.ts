import t from "tap";
import { type Day, day, month } from "../../normalizer/model/dates.ts";
import { formatFixed, formatScaled } from "../../normalizer/model/units.ts";
import { kwh, roublesPerKwh } from "../households/testing.ts";
import { differencesOf } from "./difference.ts";
import {
  type ChargedPeriod,
  connectPeriods,
  disconnectPeriods,
  type PeriodCorrection,
  repricedLine,
} from "./retroactive.ts";

/** Closed period over (from, to] of the law's days. */
function period(
  of: string,
  from: string,
  to: string,
  charged: string,
  more: Partial<ChargedPeriod> = {},
): ChargedPeriod {
  return {
    period: month(of),
    from: (day(from) + 1) as Day,
    to: (day(to) + 1) as Day,
    volume: kwh(charged),
    price: roublesPerKwh("5.73"),
    isMetered: true,
    startState: null,
    fullVolume: kwh(charged),
    ...more,
  };
}

const text = (row: PeriodCorrection) =>
  `${formatScaled(row.newVolume - row.oldVolume, 4)} ${formatFixed(row.amount, 2)}`;

t.test("disconnected in a closed period (section 7.2): −928.94", async (t) => {
  const june = period("2021-06", "2021-05-31", "2021-06-30", "120", { startState: kwh("2000") });
  const july = period("2021-07", "2021-06-30", "2021-07-31", "118", {
    price: roublesPerKwh("5.93"),
  });
  const on = day("2021-06-20");
  const final = disconnectPeriods([june, july], on, kwh("2080"));
  t.same(final.map(text), ["-40 -229.20", "-118 -699.74"]);
  t.same(disconnectPeriods([june], on, null).map(text), ["-40 -229.20"], "120 × 20 / 30");
  t.same(disconnectPeriods([june], day("2021-06-30"), null), [], "served to the end");
  t.same(disconnectPeriods([june], day("2021-05-31"), null).map(text), ["-120 -687.60"]);
  const may = period("2021-05", "2021-04-30", "2021-05-31", "100");
  t.same(disconnectPeriods([may, june], on, null).map(text), ["-40 -229.20"], "May was before it");
  const stateless = { ...june, startState: null };
  t.same(
    disconnectPeriods([stateless], on, kwh("2080")).map(text),
    ["-40 -229.20"],
    "a final reading without a state at the start says nothing: by days",
  );
  t.same(
    disconnectPeriods([{ ...july, startState: kwh("2120") }], day("2021-06-30"), kwh("2110")).map(
      text,
    ),
    ["-118 -699.74"],
    "nothing is left of a period that begins after the day, whatever the final reading shows",
  );
});

t.test("connected in a closed period: served from the day itself", async (t) => {
  const none = { fullVolume: kwh("186"), isMetered: false };
  const may = period("2021-05", "2021-04-30", "2021-05-31", "0", none);
  const june = period("2021-06", "2021-05-31", "2021-06-30", "0", none);
  t.same(connectPeriods([may, june], day("2021-05-22")).map(text), ["60 343.80", "186 1065.78"]);
  t.same(connectPeriods([may, june], day("2021-06-01")).map(text), ["186 1065.78"]);
  // Ten kilowatt-hours were charged in May: it was before the connection and stays.
  const charged = { ...may, volume: kwh("10") };
  t.same(connectPeriods([charged, june], day("2021-06-01")).map(text), ["186 1065.78"]);
  t.same(connectPeriods([charged, june], day("2021-06-16")).map(text), ["93 532.89"], "15 / 30");
});

t.test("a difference is of rounded amounts, line by line", async (t) => {
  const line = {
    kind: "AVERAGE",
    point: 1,
    zone: "T0",
    range: 1,
    tariffFrom: day("2021-01-01"),
    price: roublesPerKwh("5.73"),
    vat: null,
  } as const;
  const charged = (volume: string, amount: number, more = {}) =>
    ({ ...line, volume: kwh(volume), amount, ...more }) as Parameters<
      typeof differencesOf
    >[0]["now"][number];
  // 111.1957 × 5.73 = 637.15 − 573.00, whatever the method was.
  const now = [
    charged("111.1957", 637_15, { kind: "METER" }),
    charged("20", 50_40, { zone: "T2" }),
  ];
  const posted = [charged("100", 573_00), charged("20", 50_40, { zone: "T2" })];
  const found = differencesOf({ now, posted });
  t.equal(found.length, 1, "an unchanged line is not listed");
  t.match(found[0], {
    line: { kind: "METER", volume: kwh("11.1957"), amount: 64_15 },
    oldAmount: 573_00,
    newAmount: 637_15,
  });
  const gone = differencesOf({ now: [], posted });
  t.same(
    gone.map((item) => item.line.amount),
    [-573_00, -50_40],
  );
  t.same(differencesOf({ now: posted, posted }), []);
  t.equal(found[0]?.line.vat, null, "no VAT was stated");
  const taxed = { price: null, volume: kwh("0") };
  const [vat] = differencesOf({
    now: [charged("0", 122_00, { ...taxed, vat: 22_00 })],
    posted: [charged("0", 61_00, { ...taxed, vat: 11_00 })],
  });
  t.same([vat?.line.amount, vat?.line.vat], [61_00, 11_00]);
});

t.test("a price published later", async (t) => {
  const repriced = repricedLine(kwh("1234.5"), roublesPerKwh("8.63"), roublesPerKwh("7.91"));
  t.match(repriced, { oldAmount: 10_653_74, newAmount: 9_764_90, difference: -888_84 });
});
