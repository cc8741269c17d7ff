import t from "tap";
import { day, type Month, month } from "../../normalizer/model/dates.ts";
import type { LedgerEntry } from "../../normalizer/model/facts.ts";
import type { AccountId, AccountNumber, MessageId } from "../../normalizer/model/ids.ts";
import type { PenaltyLaw } from "../../normalizer/model/penalty-law.ts";
import { kopecks } from "../../normalizer/model/units.ts";
import { HOUSEHOLD_DUE_DAYS, HOUSEHOLD_STEPS } from "../conformance/penalty-law.ts";
import { CURRENT_RULES, rulesOf } from "../rules.ts";
import { type PenaltyFacts, penaltyOfMonth } from "./month.ts";

const ORIGIN = { message: 1 as MessageId, at: 1 };
const dated = <Value>(value: Value, from: string, to: string | null = null) => ({
  value,
  from: day(from),
  to: to === null ? null : day(to),
  origin: ORIGIN,
});

const LAW: PenaltyLaw = {
  steps: [dated(HOUSEHOLD_STEPS, "2016-01-01")],
  keyRates: [
    { from: day("2024-10-28"), rateE2: 2100 },
    { from: day("2025-06-09"), rateE2: 2000 },
  ],
  caps: [{ from: day("2022-09-23"), to: day("2026-12-31"), rateE2: 950, mode: "CAP" }],
  pauses: [],
  dueDays: HOUSEHOLD_DUE_DAYS,
  calendar: [dated({ holidays: [], movedWorkdays: [] }, "2025-01-01", "2026-01-01")],
};

const FEBRUARY = month("2025-02");
const JUNE = month("2025-06");

function entry(
  kind: LedgerEntry["kind"],
  on: string,
  posted: string,
  amount: number,
  origin: Month | null = null,
): LedgerEntry {
  const account = 7 as AccountId;
  const at = { valueDay: day(on), period: month(posted), origin, source: null };
  return { account, kind, amount: kopecks(amount), ...at };
}

/** Section 15.2: 2 500.00 of February, due 10.03.2025; 1 000.00 paid on 05.05.2025. */
const CHARGE = entry("CHARGE", "2025-02-28", "2025-02", 2500_00, FEBRUARY);
const PAYMENT = entry("PAYMENT", "2025-05-05", "2025-05", -1000_00);

function close(entries: readonly LedgerEntry[], more: Partial<PenaltyFacts> = {}) {
  const facts: PenaltyFacts = {
    account: 7 as AccountId,
    number: "0000000007" as AccountNumber,
    period: JUNE,
    entries,
    holds: [],
    law: LAW,
    switches: {},
    ...more,
  };
  const closed = penaltyOfMonth(facts, rulesOf(CURRENT_RULES));
  if (!closed.ok) {
    const { code, at, values, object } = closed.problem;
    t.same([values?.date, object], [at, facts.number]);
    return `${code} ${at} ${values?.name}`;
  }
  return [closed.value.accrued, closed.value.posted];
}

t.test("a month posts what accrued less what was posted before", async (t) => {
  t.same(close([CHARGE, PAYMENT]), [60_85, 60_85]);
  // To 31.05: 1 000 × 26 d/300 = 8.23; 1 500 × (20 − 10 + 20 + 22 = 52) d: 31…82 = 52 d/300 = 24.70.
  const may = close([CHARGE, PAYMENT], { period: month("2025-05") });
  t.same(may, [32_93, 32_93]);
  const posted = entry("PENALTY", "2025-05-31", "2025-05", 32_93);
  t.same(close([CHARGE, PAYMENT, posted]), [60_85, 27_92]);
  t.same(
    close([entry("OPENING", "2025-06-01", "2025-06", 2500_00, FEBRUARY), PAYMENT]),
    [60_85, 60_85],
  );
});

t.test("money that becomes known late takes the penalty back", async (t) => {
  const posted = entry("PENALTY", "2025-06-30", "2025-06", 60_85);
  const july = month("2025-07");
  const inTime = entry("PAYMENT", "2025-03-09", "2025-07", -2500_00);
  t.same(close([CHARGE, posted, inTime], { period: july }), [0, -60_85]);
  // A correction that lowers the month does so from the start; what raises it is a debt of July.
  const lower = entry("CORRECTION", "2025-07-31", "2025-07", -2500_00, FEBRUARY);
  t.same(close([CHARGE, posted, lower], { period: july }), [0, -60_85]);
  const higher = entry("CORRECTION", "2025-07-31", "2025-07", 500_00, FEBRUARY);
  const without = close([CHARGE, posted], { period: july });
  t.same(close([CHARGE, posted, higher], { period: july }), without);
  // One document may correct a month in two lines and another month beside it.
  const half = entry("CORRECTION", "2025-07-31", "2025-07", -1250_00, FEBRUARY);
  const march = entry("CORRECTION", "2025-07-31", "2025-07", 1000_00, month("2025-03"));
  t.same(close([CHARGE, posted, half, half, march], { period: july }), [0, -60_85]);
});

t.test("money given back is a debt of its month", async (t) => {
  // Paid in time; 1 000.00 went back in March, due 10.04: days 31–81 at 1/300 = 51 days: 16.15.
  const paid = entry("PAYMENT", "2025-03-09", "2025-03", -2500_00);
  const refund = entry("REFUND", "2025-03-20", "2025-03", 1000_00);
  t.same(close([CHARGE, paid, refund]), [16_15, 16_15]);
});

t.test("switches: the rate of each day, a count of days that stands still", async (t) => {
  // Without a limit: 60 days at 1/300 end on 08.06, before the key rate falls to 20.
  const law = { ...LAW, caps: [] };
  // 2 500 × 20 % × 60 / 300 = 100; × 22 / 130 = 84.62.
  t.same(close([CHARGE], { law }), [184_62, 184_62]);
  // 2 500 × 21 % × 60 / 300 = 105.
  const daily = { "penalty.rateMoment": "DAILY" };
  t.same(close([CHARGE], { law, switches: daily }), [189_62, 189_62]);
  // Ten days of the first thirty: day 31 is 20.04, 60 days at 1/300 = 47.50 and 12 at 1/130 = 21.92.
  const paused = {
    law: {
      ...LAW,
      pauses: [{ from: day("2025-03-11"), to: day("2025-03-20"), onlyDueBefore: null }],
    },
  };
  const frozen = { ...paused, switches: { "penalty.moratorium.freezeDayCount": "true" } };
  t.same(close([CHARGE], frozen), [69_42, 69_42]);
  t.same(close([CHARGE], paused), close([CHARGE]), "by default the count goes on");
});

t.test("nothing accrues on a penalty, nor before day 31", async (t) => {
  // Due 10.03: 09.04 is day 30, 10.04 day 31: 2 500 × 9.5 % / 300 = 0.79167.
  const to = (period: string, due: string) =>
    close([{ ...CHARGE, origin: month(due), valueDay: day("2025-01-31") }], {
      period: month(period),
    });
  t.same(to("2025-03", "2025-02"), [0, 0]);
  t.same(to("2025-04", "2025-02"), [16_63, 16_63], "21 days: 10–30 April");
  const penalty = entry("PENALTY", "2025-02-28", "2025-02", 5000_00);
  t.same(close([penalty]), [0, -5000_00]);
});

t.test("holds: an instalment plan that is kept, a dispute, bankruptcy", async (t) => {
  const hold = (value: "INSTALMENT" | "DISPUTE" | "BANKRUPTCY", from: string) => ({
    holds: [dated(value, from, "2025-07-01")],
  });
  const unpaid = close([CHARGE]);
  t.same(close([CHARGE], hold("INSTALMENT", "2025-01-01")), [0, 0]);
  t.same(close([CHARGE], hold("DISPUTE", "2025-01-01")), [0, 0]);
  t.same(
    close([CHARGE], {
      ...hold("INSTALMENT", "2025-01-01"),
      switches: { "penalty.pauseOnAgreement": "false" },
    }),
    unpaid,
  );
  t.same(
    close([CHARGE], {
      ...hold("DISPUTE", "2025-01-01"),
      switches: { "penalty.pauseOnAgreement": "false" },
    }),
    [0, 0],
    "the switch is about agreements",
  );
  t.same(close([CHARGE], { holds: [dated("DISPUTE", "2025-01-01")] }), [0, 0], "no end yet");
  // Held to 10.06, day 92: 20 days at 1/130: 2 500 × 0.095 × 20 / 130 = 36.54.
  t.same(
    close([CHARGE], { holds: [dated("DISPUTE", "2025-01-01", "2025-06-11")] }),
    [36_54, 36_54],
  );
  // Due on 10.03: before the introduction of 11.03 it is a registry debt, on the day itself a current one.
  t.same(close([CHARGE], hold("BANKRUPTCY", "2025-03-11")), [0, 0]);
  t.same(close([CHARGE], hold("BANKRUPTCY", "2025-03-10")), unpaid);
});

t.test("law that does not reach back refuses, and says to which day", async (t) => {
  t.same(
    close([{ ...CHARGE, origin: month("2024-10") }]),
    "NO_LAW_DATA 2024-11-11 производственный календарь",
    "10.11.2024 is a Sunday",
  );
  const law = { ...LAW, keyRates: [{ from: day("2025-04-11"), rateE2: 2100 }] };
  t.same(close([CHARGE], { law }), "NO_LAW_DATA 2025-04-10 ключевая ставка");
  t.same(close([CHARGE], { law: { ...law, keyRates: LAW.keyRates } }), close([CHARGE]));
  t.same(
    close([CHARGE], { law: { ...LAW, steps: [] } }),
    "NO_LAW_DATA 2025-06-30 доли ставки для пеней",
  );
  const from = (on: string) => ({ law: { ...LAW, keyRates: [{ from: day(on), rateE2: 2100 }] } });
  t.same(close([CHARGE], from("2025-04-10")), close([CHARGE]), "from the day that it needs");
  const none = { ...LAW, keyRates: [] };
  t.same(close([CHARGE], { law: none }), "NO_LAW_DATA 2025-04-10 ключевая ставка");
  t.same(close([CHARGE], { law: none, period: month("2025-03") }), [0, 0], "nothing accrues yet");
  const steps = [dated([{ fromDay: 1, divisor: null }], "2016-01-01")];
  t.same(close([CHARGE], { law: { ...LAW, steps } }), [0, 0], "nothing ever accrues");
  // Due 30.04.2025: its day 31 is the last of the month.
  const march = [{ ...CHARGE, origin: month("2025-03") }];
  const lastDay = {
    law: { ...none, dueDays: [{ from: month("2005-03"), dayOfMonth: 30 }] },
    period: month("2025-05"),
  };
  t.same(close(march, lastDay), "NO_LAW_DATA 2025-05-31 ключевая ставка");
  // Due in January 2026, of which there is no calendar yet.
  const december = [entry("CHARGE", "2025-12-31", "2025-12", 100_00, month("2025-12"))];
  t.same(close(december, { period: month("2025-12") }), [0, 0]);
});
