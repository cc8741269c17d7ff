import t from "tap";
import {
  type Day,
  day,
  endDay,
  firstDay,
  month,
  SLOTS_PER_DAY,
  type Slot,
} from "../../normalizer/model/dates.ts";
import type {
  ContractFacts,
  IntervalDay,
  OneRateVersion,
  SlotTable,
} from "../../normalizer/model/facts.ts";
import type { AccountId, ChannelId, RunId, Shard, SiteId } from "../../normalizer/model/ids.ts";
import type { Trace } from "../../normalizer/model/lines.ts";
import { type MicroKwh, microKwh, price } from "../../normalizer/model/units.ts";
import { dated, ORIGIN } from "../households/testing.ts";
import { CURRENT_RULES, rulesOf } from "../rules.ts";
import { rubles } from "../wording.ts";
import { billContract } from "./contract.ts";
import { slotOfLocalDay } from "./slots.ts";

const MOSCOW: SlotTable = {
  zone: "Europe/Moscow",
  offsets: [{ fromSlot: 0 as Slot, offsetSlots: 6 }],
};
const RULES_NOW = rulesOf(CURRENT_RULES);

const COMPONENTS: OneRateVersion = {
  from: day("2026-01-01"),
  to: null,
  voltageLevel: "SN2",
  subgroup: "LT_670",
  wholesale: price(301_055),
  transmission: price(355_510),
  markup: price(49_872),
  otherServices: price(531),
  act: "предельные уровни, март 2026",
  origin: ORIGIN,
};

/** UTC days that cover the local month; `energyAt` gets the number of the slot inside the month. */
function intervals(
  period: string,
  energyAt: (index: number) => MicroKwh | null,
  table = MOSCOW,
  quality: (index: number) => string = () => "A",
): IntervalDay[] {
  const from = slotOfLocalDay(table, firstDay(month(period)));
  const to = slotOfLocalDay(table, endDay(month(period)));
  const days: IntervalDay[] = [];
  for (let date = Math.floor(from / 48); date * 48 < to; date += 1) {
    const slots = Array.from({ length: SLOTS_PER_DAY }, (_, index) => date * 48 + index);
    const inside = (slot: number) => slot >= from && slot < to;
    // Outside of the month stand values that must not be billed.
    const values = slots.map((slot) => (inside(slot) ? energyAt(slot - from) : microKwh(999)));
    days.push({
      channel: 1 as ChannelId,
      day: date as Day,
      values,
      qualities: slots.map((slot) => (inside(slot) ? quality(slot - from) : "A")).join(""),
      originOf: values.map((value) => (value === null ? -1 : 0)),
      origins: [ORIGIN],
    });
  }
  return days;
}

function contract(days: readonly IntervalDay[], more: Partial<ContractFacts> = {}): ContractFacts {
  return {
    contract: 5 as AccountId,
    number: "ЭС-17" as ContractFacts["number"],
    site: 5 as SiteId,
    shard: 0 as Shard,
    party: "ООО «Ромашка»",
    period: month("2026-03"),
    priceCategory: [dated(1)],
    maxPowerKw: [dated(150)],
    voltageLevel: [dated("SN2" as const)],
    points: [
      {
        point: 1,
        name: "Ввод 1",
        served: { from: day("2020-01-01"), to: null },
        channel: 1 as ChannelId,
        days,
      },
    ],
    law: { oneRate: [COMPONENTS], vat: [dated(22, "2026-01-01")] },
    switches: {},
    slots: MOSCOW,
    posted: [],
    late: [],
    ...more,
  };
}

// 48 210 kWh over the 1 488 half-hours of March: 32 each, 594 of them 33.
const MARCH = intervals("2026-03", (index) => microKwh((index < 594 ? 33 : 32) * 1_000_000));

t.test("ЦК1: the example of section 3", async (t) => {
  const { lines, problems } = billContract(contract(MARCH), RULES_NOW);
  t.same(problems, []);
  t.equal(lines.length, 1);
  const [line] = lines;
  t.equal(line?.volume, 482_100_000, "48 210 kWh");
  t.equal(line?.price, 706_968, "7 069.68 ₽/МВт·ч");
  t.equal(line?.amount, 41_581_171, "415 811.71 with VAT");
  t.equal(line?.vat, 7_498_244, "74 982.44");
});

t.test("the energy of a boundary is rounded to 1 kWh once", async (t) => {
  // Two points of 0.3 kWh each: 0.6 → 1 kWh, not 0 + 0.
  const small = intervals("2026-03", (index) => microKwh(index === 0 ? 300_000 : 0));
  const facts = contract(small);
  const [first] = facts.points;
  if (first === undefined) return t.fail("no point");
  const { lines } = billContract({ ...facts, points: [first, { ...first, point: 2 }] }, RULES_NOW);
  t.equal(lines[0]?.volume, 10_000);
  t.equal(lines[0]?.amount, 863, "0.001 × 7 069.68 = 7.07; VAT 1.56");
});

t.test("a month of a clock change has the slots of its local days", async (t) => {
  // Clocks go forward at 01:00 UTC on 29.03.2026: 30 days of 48 half-hours and one of 46.
  const changed = day("2026-03-29") * 48 + 2;
  const table: SlotTable = {
    zone: "Europe/Berlin",
    offsets: [
      { fromSlot: 0 as Slot, offsetSlots: 2 },
      { fromSlot: changed as Slot, offsetSlots: 4 },
    ],
  };
  const days = intervals("2026-03", () => microKwh(1_000_000), table);
  const { lines } = billContract(contract(days, { slots: table }), RULES_NOW);
  t.equal(lines[0]?.volume, 1_486 * 10_000);
});

t.test(
  "a month with gaps is held; questionable values are gaps unless the contract says",
  async (t) => {
    const gaps = intervals("2026-03", (index) => (index >= 4 && index < 7 ? null : microKwh(1)));
    const held = billContract(contract(gaps), RULES_NOW);
    t.same(held.lines, []);
    t.match(held.problems, [
      {
        account: 5,
        held: true,
        problem: { code: "GAP", at: "2026-03-01T02:00", object: "Ввод 1", values: { slots: "3" } },
      },
    ]);

    const doubtful = intervals(
      "2026-03",
      () => microKwh(1_000_000),
      MOSCOW,
      (index) => (index === 1487 ? "Q" : "A"),
    );
    const substitute = billContract(contract(doubtful), RULES_NOW);
    t.match(substitute.problems, [{ problem: { code: "NON_COMMERCIAL", at: "2026-03-31T23:30" } }]);
    const use = contract(doubtful, { switches: { questionableIntervals: "USE" } });
    t.equal(billContract(use, RULES_NOW).lines[0]?.volume, 14_880_000);

    const none = billContract(contract([]), RULES_NOW);
    t.match(none.problems, [{ problem: { code: "GAP", values: { slots: "1488" } } }]);
  },
);

t.test("what the rule needs and the contract or the law lacks holds the contract", async (t) => {
  const cases = [
    [{ maxPowerKw: [] }, "NO_MAX_POWER"],
    [{ maxPowerKw: [dated(670)] }, "NO_PRICE"],
    [{ voltageLevel: [dated("VN" as const)] }, "NO_PRICE"],
    [{ priceCategory: [dated(3)] }, "NO_LAW_DATA"],
    [{ law: { oneRate: [COMPONENTS], vat: [] } }, "NO_LAW_DATA"],
  ] as const;
  for (const [more, code] of cases) {
    const billed = billContract(contract(MARCH, more), RULES_NOW);
    t.same(billed.lines, []);
    t.match(billed.problems, [{ held: true, problem: { code } }]);
  }
});

t.test("a correction of a closed month is a difference line with its VAT", async (t) => {
  const before = billContract(contract(MARCH), RULES_NOW).lines;
  // One half-hour of March is 10 kWh less: 48 200 kWh.
  const corrected = MARCH.map((item, index) =>
    index === 3 ? { ...item, values: item.values.with(0, microKwh(23_000_000)) } : item,
  );
  const april = intervals("2026-04", () => microKwh(1_000_000));
  const facts = contract([...corrected, ...april.slice(1)], {
    period: month("2026-04"),
    late: [month("2026-03")],
    posted: before.map((line) => ({ ...line, run: 9 as RunId, period: month("2026-03") })),
  });
  const trace: Trace = [];
  const { lines, problems } = billContract(facts, RULES_NOW, trace);
  t.same(problems, []);
  // 48.200 × 7 069.68 = 340 758.576 → 340 758.58, VAT 74 966.89, gross 415 725.47.
  t.match(lines[1], { origin: month("2026-03"), volume: -100_000, amount: -8_624, vat: -1_555 });
  for (const line of lines) {
    const last = trace.filter((step) => step.ordinal === line.ordinal).at(-1);
    t.equal(last?.result, rubles(line.amount));
  }
});
