import fc from "fast-check";
import t from "tap";
import { Exact } from "../exact.ts";
import { type BoundaryPoint, pointHours } from "./boundary.ts";
import { gridSum, hourGrid } from "./hours.ts";

const exact = (text: string): Exact => new Exact(text);
const flat = (kwh: string, days = 2) => hourGrid(days, () => exact(kwh));

function point(more: Partial<BoundaryPoint>): BoundaryPoint {
  return {
    kwh: flat("100"),
    missing: null,
    transits: [],
    loss: { kind: "NONE" },
    meterSide: "inside",
    ...more,
  };
}

const total = (given: BoundaryPoint) => gridSum(pointHours(given).billed).toFixed();

t.test("transits, losses and the side of the meter, hour by hour", async (t) => {
  const transit = { kind: "HOURS", kwh: flat("10"), lossPercent: exact("5") } as const;
  const percent = { kind: "PERCENT", percent: exact("2") } as const;
  t.equal(total(point({ transits: [transit] })), "4296", "48 × (100 − 10.5)");
  t.equal(total(point({ loss: percent })), "4896");
  t.equal(total(point({ loss: percent, meterSide: "outside" })), "4704");
  const over = pointHours(point({ transits: [{ ...transit, kwh: flat("200") }] }));
  t.equal(over.exceedingHours, 48);
  t.equal(gridSum(over.billed).toFixed(), "0");
});

t.test("hours by maximum power take no transit and no loss", async (t) => {
  const missing = {
    isMissing: (day: number) => day === 2,
    basis: "PMAX",
    base: { maxPowerKw: exact("300") },
  } as const;
  const transits = [{ kind: "HOURS", kwh: flat("10"), lossPercent: exact("0") }] as const;
  const loss = { kind: "PERCENT", percent: exact("10") } as const;
  const result = pointHours(point({ missing, transits, loss }));
  t.equal(gridSum(result.billed).toFixed(), "9576", "24 × 90 × 1.1 + 24 × 300");
  t.equal(result.substituted?.hours, 24);
  t.equal(result.substituted?.kwh.toFixed(), "7200");
});

t.test("substitution by date: a day the base lacks takes its last day", async (t) => {
  const base = { kwh: hourGrid(28, (day) => exact(String(day))) };
  const missing = { isMissing: (day: number) => day >= 28, basis: "LAST_READ", base } as const;
  const result = pointHours(point({ kwh: flat("0", 31), missing }));
  t.equal(result.substituted?.kwh.toFixed(), String(4 * 24 * 28));
});

t.test("an integral transit is spread without a rest, evenly or by the parent", async (t) => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 4000 }),
      fc.constantFrom("PARENT_PROFILE" as const, "UNIFORM" as const),
      (kwh, spread) => {
        const transit = { kind: "INTEGRAL", kwh: exact(String(kwh)), spread } as const;
        const transits = [{ ...transit, lossPercent: exact("0") }];
        const left = gridSum(pointHours(point({ transits })).billed);
        return left
          .minus(4800 - kwh)
          .abs()
          .lt("1e-40");
      },
    ),
  );
  t.pass("spread sums to the transit");
});

t.test("transformer losses stand also in hours without load", async (t) => {
  const terms = {
    idleKw: exact("1.05"),
    shortCircuitKw: exact("5.5"),
    ratedKva: exact("400"),
    tangent: exact("0.4"),
  };
  t.equal(total(point({ kwh: flat("0"), loss: { kind: "EXACT", ...terms } })), "50.4");
  const loss = { kind: "PROPORTIONAL", formSquared: exact("1.1"), ...terms } as const;
  const spread = gridSum(pointHours(point({ kwh: flat("0"), loss })).billed);
  t.equal(spread.toFixed(9), "50.000000000", "50.4 of the month is rounded to 1 kWh");
});
