import t from "tap";
import { addDays, day } from "../model/dates.ts";
import { type Volume, volume } from "../model/units.ts";
import { ControlSwitches } from "./control-limits.ts";
import { type ControlContext, controlReading } from "./reading-control.ts";

const kwh = (value: number): Volume => volume(Math.round(value * 10_000));
const READ_ON = day("2025-04-24");
const { defaults } = new ControlSwitches([]);

interface Given extends Partial<Omit<ControlContext, "registers">> {
  /** By register; the usual is 5 kWh a day unless it is said. */
  readonly average?: readonly (number | null)[];
}

/** The previous reading is 30 days old, so 150 kWh are usual and 450 are still believed. */
function context(previous: readonly number[], { average = [5], ...more }: Given = {}) {
  const registers = previous.map((value, place) => {
    const daily = average[place] ?? null;
    return { previous: kwh(value), averageDaily: daily === null ? null : kwh(daily) };
  });
  return {
    registers,
    previousDay: day("2025-03-25"),
    readDay: READ_ON,
    today: day("2025-04-25"),
    installedDay: null,
    digits: 5,
    decimals: 1,
    ratio: 1,
    maxPowerKwE4: null,
    limits: defaults,
    night: null,
    total: null,
    unmovedSince: null,
    ...more,
  };
}

const half = { maxPowerKwE4: 5_000 };
const limits = (changes: Partial<typeof defaults>) => ({ limits: { ...defaults, ...changes } });
const zones = (more: Given = {}) => context([300, 200], { average: [3, 2], night: 1, ...more });
const TWO = { decimals: null, average: [null, null] };

// billing-individuals.md 17; both sides of every threshold. The energy is worked by hand.
const cases = [
  // 1: 0 ≤ R < 10^5, one decimal
  ["8160", context([8000]), "ACCEPTED", null, 160],
  ["99999.9", context([99000], { average: [null] }), "ACCEPTED", null, 999.9],
  ["100000", context([8000]), "REJECTED", "FORMAT", null],
  ["8160.5", context([8000]), "ACCEPTED", null, 160.5],
  ["8160.25", context([8000]), "REJECTED", "FORMAT", null],
  ["8160.25", context([8000], { decimals: null }), "ACCEPTED", null, 160.25],
  ["-5", context([8000]), "REJECTED", "FORMAT", null],
  ["восемь", context([8000]), "REJECTED", "FORMAT", null],
  // 2
  ["8001", context([8000], { readDay: day("2025-03-26") }), "ACCEPTED", null, 1],
  ["8160", context([8000], { readDay: day("2025-03-25") }), "REJECTED", "DATE", null],
  ["8160", context([8000], { readDay: day("2025-04-25") }), "ACCEPTED", null, 160],
  ["8160", context([8000], { readDay: day("2025-04-26") }), "REJECTED", "DATE", null],
  ["8160", context([8000], { installedDay: READ_ON }), "ACCEPTED", null, 160],
  ["8160", context([8000], { installedDay: day("2025-04-25") }), "REJECTED", "DATE", null],
  // 4: from nine tenths of 100 000 to one tenth, and 450 at most
  ["00050", context([99900]), "ACCEPTED", "ROLLOVER", 150],
  ["00350", context([99900]), "ACCEPTED", "ROLLOVER", 450],
  ["00350.1", context([99900]), "REJECTED", "NEGATIVE_DELTA", null],
  ["10000", context([90000], { average: [null] }), "ACCEPTED", "ROLLOVER", 20_000],
  ["10000.1", context([90000], { average: [null] }), "REJECTED", "NEGATIVE_DELTA", null],
  ["50", context([89999.9], { average: [null] }), "REJECTED", "NEGATIVE_DELTA", null],
  ["7900", context([8000]), "REJECTED", "NEGATIVE_DELTA", null],
  ["00071", context([95000]), "REJECTED", "NEGATIVE_DELTA", null],
  ["00071", context([95000], { average: [null] }), "ACCEPTED", "ROLLOVER", 5071],
  // 5: 0.5 kW give 360 kWh in 30 days; a rollover passes here, too
  ["8360", context([8000], half), "ACCEPTED", null, 360],
  ["8360.1", context([8000], half), "REJECTED", "OVER_MAX_POWER", 360.1],
  [
    "8396",
    context([8000], { ...half, ...limits({ powerFactorE4: 11_000 }) }),
    "ACCEPTED",
    null,
    396,
  ],
  [
    "8396.1",
    context([8000], { ...half, ...limits({ powerFactorE4: 11_000 }) }),
    "REJECTED",
    "OVER_MAX_POWER",
    396.1,
  ],
  ["00261", context([99900], half), "REJECTED", "OVER_MAX_POWER", 361],
  // 6
  ["8450", context([8000]), "ACCEPTED", null, 450],
  ["8450.1", context([8000]), "HELD", "DEVIATION_HIGH", 450.1],
  ["8460", context([8000]), "HELD", "DEVIATION_HIGH", 460],
  ["8900", context([8000], { average: [null] }), "ACCEPTED", null, 900],
  ["8900", context([8000], { average: [0] }), "ACCEPTED", null, 900],
  ["8160", context([8000], { ratio: 20 }), "HELD", "DEVIATION_HIGH", 3200],
  ["8301", context([8000], limits({ excessMaxE4: 20_000 })), "HELD", "DEVIATION_HIGH", 301],
  // 7: a run of 90 days
  ["8000", context([8000]), "ACCEPTED", "ZERO", 0],
  ["8000", context([8000], { average: [0] }), "ACCEPTED", null, 0],
  ["8000", context([8000], { unmovedSince: addDays(READ_ON, -89) }), "ACCEPTED", "ZERO", 0],
  ["8000", context([8000], { unmovedSince: addDays(READ_ON, -90) }), "ACCEPTED", "ZERO_RUN", 0],
  // 8: the night is usually 40 %, so from 10 to 70 %
  ["330 270", zones(), "ACCEPTED", null, 100],
  ["329.9 270", zones(), "HELD", "ZONE_MIX", 99.9],
  ["390 210", zones(), "ACCEPTED", null, 100],
  ["390 209.9", zones(), "HELD", "ZONE_MIX", 99.9],
  ["300 300", zones(), "HELD", "ZONE_MIX", 100],
  ["300 300", zones({ average: [null, null] }), "ACCEPTED", null, 100],
  ["310 20.5", context([300, 20], { ...TWO, total: "331.5" }), "ACCEPTED", null, 10.5],
  ["310 20.5", context([300, 20], { ...TWO, total: "331.6" }), "HELD", "TOU_SUM_CHECK", 10.5],
  ["310 20.5", context([300, 20], { ...TWO, total: "329.4" }), "HELD", "TOU_SUM_CHECK", 10.5],
  ["60000 40001", context([60000, 39990], { ...TWO, total: "00001" }), "ACCEPTED", null, 11],
  // Registers of one meter: one may turn over, energy counts together
  ["00010 210", context([99990, 200], { average: [3, 2] }), "ACCEPTED", "ROLLOVER", 30],
  ["310 190", zones(), "REJECTED", "NEGATIVE_DELTA", null],
  ["570 380", zones(), "ACCEPTED", null, 450],
  ["570.1 380", zones(), "HELD", "DEVIATION_HIGH", 450.1],
] as const;

t.test("the first check that hits decides", async (t) => {
  for (const [typed, given, status, code, energy] of cases) {
    const result = controlReading(typed.split(" "), given);
    const why = `${typed} after ${given.registers.map(({ previous }) => previous / 10_000)}`;
    t.same(
      [result.status, result.code, result.volume],
      [status, code, energy === null ? null : kwh(energy)],
      `${why}: ${code ?? "OK"}`,
    );
  }
});

t.test("what a person has to know of a doubt", async (t) => {
  const high = controlReading(["8460"], context([8000]));
  t.equal(high.ratioE2, 307, "460 / 150");
  t.equal(high.expected, kwh(150));
  t.equal(controlReading(["300", "300"], zones()).nightShareE4, 10_000, "all of it at night");
});
