import t from "tap";
import { day } from "../normalizer/model/dates.ts";
import type { Trace } from "../normalizer/model/lines.ts";
import { volume } from "../normalizer/model/units.ts";
import { averageVolumes } from "./households/average.ts";
import { priceEnergy } from "./households/pricing.ts";
import { billSite } from "./households/site.ts";
import { account, history, meter, reading, site, tariffs } from "./households/testing.ts";
import { CURRENT_RULES, RULES, type RuleRegistry, ruleOf, rulesOf, versionOf } from "./rules.ts";
import { rubles } from "./wording.ts";

// Version 2 of the average: whole kWh, up. Only this test knows it.
const WITH_SECOND: RuleRegistry = {
  ...RULES,
  "households.average": {
    ...RULES["households.average"],
    2: {
      price: priceEnergy,
      volumes: (input) => {
        const result = averageVolumes(input);
        if (!result.possible) return result;
        const energy = result.volumes.T0 ?? 0;
        return { ...result, volumes: { T0: volume(Math.ceil(energy / 10_000) * 10_000) } };
      },
    },
  },
};

const FACTS = site(
  "2025-08",
  [
    account(1, {
      served: { from: day("2020-01-01"), to: null },
      points: [{ point: 1, meters: [meter("M", [reading("2025-07-31", ["100"])])] }],
      history: history("2025-02", ["140", "155", "128", "131", "120", "149"]),
    }),
  ],
  tariffs([["2025-07-01", { T0: "6.24" }]]),
);

t.test("lines of version 1 explain by version 1 after version 2 exists", async (t) => {
  const before = billSite(FACTS, rulesOf(CURRENT_RULES));
  const stored = before.lines[0];
  t.match(stored, { rule: "households.average", ruleVersion: 1, volume: 1_371_667 });

  const versions = { ...CURRENT_RULES, "households.average": 2 };
  const after = billSite(FACTS, rulesOf(versions, WITH_SECOND));
  t.match(after.lines[0], { ruleVersion: 2, volume: 1_380_000 });

  const trace: Trace = [];
  const explained = billSite(FACTS, rulesOf(CURRENT_RULES, WITH_SECOND), trace);
  t.same(explained.lines, before.lines);
  t.equal(trace.at(-1)?.result, stored === undefined ? "" : rubles(stored.amount));
});

t.test("unknown rules and versions are refused", async (t) => {
  t.throws(() => rulesOf({ "households.average": 2 }), { name: "InvariantError" });
  t.throws(() => rulesOf({ "households.magic": 1 }), { name: "InvariantError" });
  t.throws(() => ruleOf(rulesOf({}), "households.meter"), { name: "InvariantError" });
  t.throws(() => versionOf(rulesOf({}), "households.meter"), { name: "InvariantError" });
  for (const name of Object.keys(RULES))
    t.type(CURRENT_RULES[name], "number", `a new run uses ${name}`);
});
