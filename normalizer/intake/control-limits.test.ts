import t from "tap";
import { day } from "../model/dates.ts";
import type { SwitchVersion } from "../model/facts.ts";
import type { AccountId, SiteId } from "../model/ids.ts";
import { ControlSwitches } from "./control-limits.ts";

const PLACE = { account: 7 as AccountId, site: 5 as SiteId, district: "Энский" };

function entered(scope: string, name: string, value: string, more: Partial<SwitchVersion> = {}) {
  return { scope, name, value, from: day("2025-01-01"), to: null, ...more };
}

t.test("the narrower scope wins, on its days", async (t) => {
  const switches = new ControlSwitches([
    entered("account:7", "control.kMax", "10"),
    entered("site:5", "control.kMax", "5"),
    entered("district:Энский", "control.kMax", "4"),
    entered("organisation", "control.kMax", "2", { to: day("2025-06-01") }),
    entered("organisation", "average.scale", "0"),
  ]);
  const excess = (changes: object, on = "2025-03-01") =>
    switches.limitsAt({ ...PLACE, ...changes }, day(on)).excessMaxE4 / 10_000;
  const elsewhere = { account: 8, site: 6, district: "Иной" };
  t.same(
    [
      excess({}),
      excess({ account: 8 }),
      excess({ account: 8, site: 6 }),
      excess(elsewhere),
      excess(elsewhere, "2025-06-01"),
      excess(elsewhere, "2024-12-31"),
    ],
    [10, 5, 4, 2, 3, 3],
  );
});

t.test("defaults of the rules", async (t) => {
  const { priorities, ...rest } = new ControlSwitches([]).defaults;
  t.match(rest, { excessMaxE4: 30_000, powerFactorE4: 10_000, window: { from: 15, to: 25 } });
  t.same(priorities, {
    ...{ AMI: 1, CONTROLLER: 2, CHECK: 3 },
    ...{ PORTAL: 4, GIS_ZHKH: 4, ROBOT: 4, PAYMENT: 4 },
  });
  const other = [entered("organisation", "readings.sourcePriority", "PORTAL>AMI=CHECK")];
  t.same(new ControlSwitches(other).limitsAt(PLACE, day("2025-01-01")).priorities, {
    ...{ PORTAL: 1, AMI: 2, CHECK: 2 },
    ...{ CONTROLLER: 3, GIS_ZHKH: 3, ROBOT: 3, PAYMENT: 3 },
  });
});

t.test("a value that says nothing stops the work", async (t) => {
  for (const [name, value] of [
    ["control.kMax", "три"],
    ["control.kMax", "-1"],
    ["control.zeroRunDays", "1.5"],
    ["readings.window", "25..15"],
    ["readings.window", "0..25"],
    ["readings.window", "с 15 по 25"],
    ["readings.sourcePriority", "AMI>BANK"],
    ["readings.sourcePriority", "AMI>PORTAL=AMI"],
  ] as const) {
    const switches = new ControlSwitches([entered("organisation", name, value)]);
    t.throws(() => switches.limitsAt(PLACE, day("2025-01-01")), `${name} ${value}`);
  }
});
