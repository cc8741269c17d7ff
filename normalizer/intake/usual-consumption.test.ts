import { Decimal } from "decimal.js";
import fc from "fast-check";
import t from "tap";
import { addDays, day } from "../model/dates.ts";
import type { MeterId } from "../model/ids.ts";
import type { StoredReading } from "../model/intake-facts.ts";
import type { Zone } from "../model/lines.ts";
import { volume } from "../model/units.ts";
import { unmovedSince, usualDaily } from "./usual-consumption.ts";

const METER = { digits: 5, ratio: 1, zones: ["T0"] as readonly Zone[] };

function readings(...rows: readonly (readonly [string, ...number[]])[]): readonly StoredReading[] {
  return rows.map(([on, ...values]) => ({
    meter: 1 as MeterId,
    stateAt: addDays(day(on), 1),
    values: values.map((value) => volume(Math.round(value * 10_000))),
    source: "PORTAL",
  }));
}

const WINTER = readings(
  ["2024-12-25", 1000],
  ["2025-01-25", 1155],
  ["2025-02-22", 1295],
  ["2025-03-25", 1450],
);

t.test("usual consumption of a day", async (t) => {
  t.same(usualDaily(WINTER, METER), [50_000], "450 kWh in 90 days");
  t.equal(usualDaily(WINTER.slice(1), METER), null, "two months are too few");
  t.same(usualDaily(WINTER, { ...METER, ratio: 20 }), [1_000_000], "Ктт multiplies what moved");
  const gap = readings(["2024-12-31", 0], ["2025-03-31", 45]);
  t.same(usualDaily(gap, METER), [5_000], "one span over three months");
  const turned = readings(["2024-12-31", 99_990], ["2025-02-28", 5], ["2025-03-31", 35]);
  t.same(usualDaily(turned, METER), [5_000], "45 kWh in 90 days, through zero");
  const long = readings(["2024-02-29", 0], ["2024-03-31", 9_000], ["2025-03-31", 9_365]);
  t.same(usualDaily(long, METER), [10_000], "only the last twelve months: 365 kWh in 365 days");
  const zones = readings(["2024-12-31", 0, 0], ["2025-03-31", 90, 45]);
  t.same(usualDaily(zones, { ...METER, zones: ["T1", "T2"] }), [10_000, 5_000]);
  t.equal(usualDaily([], METER), null);
});

t.test("equals the energy of the spans by their days", async (t) => {
  const span = fc.record({ days: fc.integer({ min: 25, max: 35 }), energy: fc.nat(3_000_000) });
  fc.assert(
    fc.property(fc.array(span, { minLength: 5, maxLength: 10 }), (spans) => {
      let [on, state] = [day("2024-05-20"), 0];
      const before = [
        { meter: 1 as MeterId, stateAt: on, values: [volume(0)], source: "AMI" as const },
      ];
      for (const { days, energy } of spans) {
        [on, state] = [addDays(on, days), state + energy];
        before.push({ meter: 1 as MeterId, stateAt: on, values: [volume(state)], source: "AMI" });
      }
      const energies = spans.map(({ energy }) => energy);
      const days = spans.reduce((sum, one) => sum + one.days, 0);
      const mean = Decimal.sum(...energies)
        .div(days)
        .toDecimalPlaces(0, Decimal.ROUND_HALF_UP);
      t.equal(usualDaily(before, METER)?.[0], mean.toNumber());
    }),
  );
});

t.test("since when nothing has moved", async (t) => {
  const still = readings(["2025-01-25", 7], ["2025-02-25", 8], ["2025-03-25", 8]);
  t.equal(unmovedSince(still, [volume(80_000)]), day("2025-02-25"));
  t.equal(unmovedSince(still, [volume(80_001)]), null);
  t.equal(unmovedSince([], [volume(0)]), null);
});
