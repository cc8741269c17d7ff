import t from "tap";
import { day, month } from "../../model/dates.ts";
import type { SwitchVersion } from "../../model/facts.ts";
import { recalculationMonths } from "./past.ts";

t.test(
  "a late fact reaches as far as the organisation has set on the period's last day",
  async (t) => {
    const version = (value: string, scope: string, from: string, to: string | null) => ({
      ...{ scope, name: "recalc.maxMonths", value, from: day(from) },
      to: to === null ? null : day(to),
    });
    const switches = [
      version("12", "organisation", "2025-03-31", "2025-06-30"),
      version("24", "organisation", "2025-06-30", null),
      version("6", "site:7", "2020-01-01", null),
    ] as readonly SwitchVersion[];
    const reach = (period: string, of = switches) =>
      recalculationMonths({ law: { switches: of }, period: month(period) });
    t.equal(reach("2025-03", []), 36, "ГК 196: three years");
    t.equal(reach("2025-02"), 36, "a site has none of its own");
    t.equal(reach("2025-03"), 12, "in force on the last day of March");
    t.equal(reach("2025-05"), 12);
    t.equal(reach("2025-06"), 24, "from the last day of June");
    for (const wrong of ["0", "-1", "1.5", "all", "1000", ""]) {
      t.throws(
        () => reach("2025-06", [version(wrong, "organisation", "2020-01-01", null)] as never),
        {
          message: /recalc.maxMonths/,
        },
      );
    }
  },
);
