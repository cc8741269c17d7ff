import t from "tap";
import { day } from "../model/dates.ts";
import { type Volume, volume } from "../model/units.ts";
import { type ControlContext, controlReading } from "./reading-control.ts";

const kwh = (value: number): Volume => volume(value * 10_000);

const context = (previous: number, more: Partial<ControlContext> = {}): ControlContext => ({
  previous: kwh(previous),
  previousDay: day("2025-03-25"),
  readDay: day("2025-04-24"),
  today: day("2025-04-25"),
  installedDay: null,
  digits: 5,
  decimals: 1,
  ratio: 1,
  averageDaily: kwh(5),
  maxPowerKwE4: null,
  excessMaxE4: 30_000,
  ...more,
});

// billing-individuals.md 17: usual 5 kWh a day, 30 days, so 450 is still believed.
const cases = [
  ["8160", context(8000), "ACCEPTED", null, 160],
  ["00050", context(99900), "ACCEPTED", "ROLLOVER", 150],
  ["7900", context(8000), "REJECTED", "NEGATIVE_DELTA", null],
  ["8450", context(8000), "ACCEPTED", null, 450],
  ["8460", context(8000), "HELD", "DEVIATION_HIGH", 460],
  ["00071", context(95000), "REJECTED", "NEGATIVE_DELTA", null],
  ["00071", context(95000, { averageDaily: null }), "ACCEPTED", "ROLLOVER", 5071],
  [
    "00071",
    context(95000, { averageDaily: null, maxPowerKwE4: 50_000 }),
    "REJECTED",
    "OVER_MAX_POWER",
    5071,
  ],
  ["8000", context(8000), "ACCEPTED", "ZERO", 0],
  ["8000", context(8000, { averageDaily: kwh(0) }), "ACCEPTED", null, 0],
  ["100000", context(8000), "REJECTED", "FORMAT", null],
  ["8160.25", context(8000), "REJECTED", "FORMAT", null],
  ["8160.25", context(8000, { decimals: null }), "ACCEPTED", null, 160.25],
  ["-5", context(8000), "REJECTED", "FORMAT", null],
  ["восемь", context(8000), "REJECTED", "FORMAT", null],
  ["8160", context(8000, { readDay: day("2025-03-25") }), "REJECTED", "DATE", null],
  ["8160", context(8000, { readDay: day("2025-04-26") }), "REJECTED", "DATE", null],
  ["8160", context(8000, { installedDay: day("2025-04-25") }), "REJECTED", "DATE", null],
  ["8160", context(8000, { ratio: 20 }), "HELD", "DEVIATION_HIGH", 3200],
] as const;

for (const [typed, given, status, code, energy] of cases) {
  t.test(`${typed} after ${given.previous / 10_000}: ${code ?? "OK"}`, async (t) => {
    const result = controlReading(typed, given);
    t.equal(result.status, status);
    t.equal(result.code, code);
    t.equal(result.volume, energy === null ? null : kwh(energy));
  });
}

t.test("the excess is told as a ratio", async (t) => {
  t.equal(controlReading("8460", context(8000)).ratioE2, 307);
});
