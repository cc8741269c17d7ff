import t from "tap";
import { addMonths } from "../../normalizer/model/dates.ts";
import type { SiteFacts, Switches } from "../../normalizer/model/facts.ts";
import type { CarriedVolume } from "../../normalizer/model/house-facts.ts";
import type { Line, Trace } from "../../normalizer/model/lines.ts";
import { formatFixed, formatScaled } from "../../normalizer/model/units.ts";
import { billSite } from "../households/site.ts";
import { dated, history, kwh, meter, posted, reading } from "../households/testing.ts";
import { CURRENT_RULES, rulesOf } from "../rules.ts";
import { rubles } from "../wording.ts";
import {
  carried,
  contract,
  houseOf,
  metered,
  mkd,
  payer,
  premises,
  room,
  share,
  WHOLE,
} from "./testing.ts";

const RULES = rulesOf(CURRENT_RULES);

/** "ODN 17.1346 98.18" of every line of an account. */
function linesOf(facts: SiteFacts, account: number): string[] {
  return textsOf(billSite(facts, RULES).lines, account);
}

function textsOf(lines: readonly Line[], account: number): string[] {
  return lines.filter((line) => line.account === account).map(text);
}

function text(line: Line): string {
  return `${line.kind} ${formatScaled(line.volume, 4)} ${formatFixed(line.amount, 2)}`;
}

function totalOf(facts: SiteFacts, account: number): string {
  let total = 0;
  for (const line of billSite(facts, RULES).lines)
    if (line.account === account) total += line.amount;
  return formatFixed(total, 2);
}

/** A house of a flat of 48.6 m² and the rest of it, 3 120 m² in all. */
function oneFlat(odpu: string | null, more: Parameters<typeof houseOf>[3] = {}): SiteFacts {
  return mkd({
    accounts: [payer(1, "100"), payer(2, "5100")],
    premises: [
      premises("1", "48.6", [[1, WHOLE]]),
      premises("2", "2771.4", [[2, WHOLE]]),
      contract("Н-1", "300", "700"),
    ],
    house: houseOf("3120", "540", odpu, more),
  });
}

t.test("ОДН with a house meter (sections 9.2, 9.3)", async (t) => {
  // The published check: 12000 − 1000 − 4000 − 5000 = 2000; 60 / 2400; 1.936 → 50 kWh, 96.80.
  const published = mkd({
    accounts: [
      payer(1, "500"),
      payer(2, "4500"),
      payer(3, null, { norm: [dated("NORM")], residents: [dated(40)] }),
    ],
    premises: [
      premises("1", "60", [[1, WHOLE]]),
      premises("2", "1200", [[2, WHOLE]]),
      premises("3", "900", [[3, WHOLE]]),
      contract("Н-1", "240", "1000"),
    ],
    house: houseOf("2400", "1000", "12000"),
    price: "1.936",
    perPerson: ["100"],
  });
  t.same(linesOf(published, 1), ["METER 500 968.00", "ODN 50 96.80"]);
  const { house } = billSite(published, RULES);
  t.match(house, { method: "METER", individual: kwh("9000"), nonResidential: kwh("1000") });
  t.match(house, { raw: kwh("2000"), distributed: kwh("2000"), shares: kwh("2000"), residue: 0 });

  // 7000 − 300 − 400 − 5200 = 1100; 48.6 / 3120 → 17.1346 → 98.18.
  t.same(linesOf(oneFlat("7000"), 1), ["METER 100 573.00", "ODN 17.1346 98.18"]);
  // N 2.5, S 540: cap 1350; raw 2100 → over norm 750; 21.0288 → 120.50.
  const over = oneFlat("8000");
  t.equal(linesOf(over, 1)[1], "ODN 21.0288 120.50");
  t.match(billSite(over, RULES).house, {
    raw: kwh("2100"),
    cap: kwh("1350"),
    distributed: kwh("1350"),
    overNorm: kwh("750"),
  });
  const all = { ...over, switches: { "odn.distributeAll": "true" } };
  t.match(billSite(all, RULES).house, { distributed: kwh("2100"), overNorm: 0 });
});

t.test("both sides of the cap, of zero and of the carried balance", async (t) => {
  const cases = [
    // ОДПУ, carryIn, raw, carryUsed, carryOut, distributed, overNorm: 5900 are the premises
    ["7249.9999", "0", "1349.9999", "0", "0", "1349.9999", "0"],
    ["7250", "0", "1350", "0", "0", "1350", "0"],
    ["7250.0001", "0", "1350.0001", "0", "0", "1350", "0.0001"],
    ["5900.0001", "0", "0.0001", "0", "0", "0.0001", "0"],
    ["5900", "0", "0", "0", "0", "0", "0"],
    ["5899.9999", "0", "-0.0001", "0", "0.0001", "0", "0"],
    ["6000", "99.9999", "100", "99.9999", "0", "0.0001", "0"],
    ["6000", "100", "100", "100", "0", "0", "0"],
    ["6000", "100.0001", "100", "100", "0.0001", "0", "0"],
  ] as const;
  for (const [odpu, carryIn, ...want] of cases) {
    const { house } = billSite(oneFlat(odpu, { carried: carried(carryIn) }), RULES);
    const { raw, carryUsed, carryOut, distributed, overNorm } = house ?? {};
    const got = [raw, carryUsed, carryOut, distributed, overNorm];
    t.same(
      got.map((value) => formatScaled(value ?? -1, 4)),
      want,
      `${odpu}, ${carryIn}`,
    );
  }
});

t.test("negative ОДН over months (section 9.5): the flat pays 29.45", async (t) => {
  let left: readonly CarriedVolume[] = [];
  const balances: string[] = [];
  for (const raw of [-100, -50, 80, 400]) {
    const facts = oneFlat(String(5900 + raw), { carried: left });
    const { house } = billSite(facts, RULES);
    left = monthLater(house?.carried ?? []);
    balances.push(formatScaled(house?.carryOut ?? -1, 4));
    if (raw === 400) t.equal(linesOf(facts, 1)[1], "ODN 5.1404 29.45");
    else t.equal(linesOf(facts, 1)[1], "ODN 0 0.00", "zero keeps its line");
  }
  t.same(balances, ["100", "150", "70", "0"]);
});

/** Every period is March: the months before it move back instead. */
function monthLater(carried: readonly CarriedVolume[]): readonly CarriedVolume[] {
  return carried.map(({ month, volume }) => ({ month: addMonths(month, -1), volume }));
}

t.test(
  "a negative ОДН of months that are too old expires (odn.negative.expireMonths)",
  async (t) => {
    // Expired, used, left by age in months and distributed, of −100, −50, +80, +400; the oldest is used first.
    const rows: [string, string[]][] = [
      ["NEVER", ["0 0 100 0", "0 0 100+50 0", "0 80 20+50 0", "0 70 - 330"]],
      ["3", ["0 0 100 0", "0 0 100+50 0", "0 80 20+50 0", "0 70 - 330"]],
      // The 20 that are left of the first month may not lower the fourth.
      ["2", ["0 0 100 0", "0 0 100+50 0", "0 80 20+50 0", "20 50 - 350"]],
      ["1", ["0 0 100 0", "0 0 100+50 0", "100 50 - 30", "0 0 - 400"]],
    ];
    const figure = (value: number | undefined) => formatScaled(value ?? -1, 4);
    for (const [months, want] of rows) {
      const switches = { "odn.negative.expireMonths": months };
      let left: readonly CarriedVolume[] = [];
      const got: string[] = [];
      for (const raw of [-100, -50, 80, 400]) {
        const facts = oneFlat(String(5900 + raw), { carried: left });
        const { house } = billSite({ ...facts, switches }, RULES);
        left = monthLater(house?.carried ?? []);
        const ages = left.map((part) => figure(part.volume)).join("+");
        const [expired, used] = [figure(house?.carryExpired), figure(house?.carryUsed)];
        got.push(`${expired} ${used} ${ages === "" ? "-" : ages} ${figure(house?.distributed)}`);
      }
      t.same(got, want, months);
    }

    const old = [...carried("40", "2020-01"), ...carried("5")];
    const switches = { "odn.negative.expireMonths": "12" };
    const house = (odpu: string | null, more: Parameters<typeof houseOf>[3] = {}) =>
      billSite({ ...oneFlat(odpu, { ...more, carried: old }), switches }, RULES).house;
    const kept = { carryIn: kwh("45"), carryExpired: 0, carryOut: kwh("45"), carried: old };
    t.match(house(null), { method: "NORM", ...kept }, "by norm the balance is not touched");
    t.match(house("6000", { commonAreaE4: [] }), { method: "HELD", ...kept });
    const manager = {
      manager: kwh("95"),
      carryExpired: kwh("40"),
      carryUsed: kwh("5"),
      carried: [],
    };
    t.match(house("6000", { management: [dated("MANAGED")] }), manager, "a managed house likewise");
    const text = (facts: SiteFacts) => {
      const trace: Trace = [];
      billSite({ ...facts, switches }, RULES, trace);
      return trace.filter(({ account }) => account === 1).map(({ formula }) => formula);
    };
    t.ok(text(oneFlat("6000", { carried: old })).includes("45 − 40"), "the explanation says so");
    for (const wrong of ["0", "1.5", "null"])
      t.throws(
        () =>
          billSite({ ...oneFlat("6000"), switches: { "odn.negative.expireMonths": wrong } }, RULES),
        { message: /expireMonths/ },
      );
  },
);

t.test("negative ОДН by the rules before 01.09.2022", async (t) => {
  const people = (count: number) => ({ residents: [dated(count)] });
  // −215 over 6 persons: 1 → 35.8333, 3 → 107.5; 2 persons have 71.6667, but used only 20.
  const facts = mkd({
    accounts: [payer(1, "83", people(1)), payer(2, "20", people(2)), payer(3, "400", people(3))],
    premises: [
      premises("1", "40", [[1, WHOLE]]),
      premises("2", "50", [[2, WHOLE]]),
      premises("3", "60", [[3, WHOLE]]),
    ],
    house: houseOf("150", "50", "288", { carried: carried("5") }),
    switches: { "odn.negative.mode": "REDUCE_BY_RESIDENTS" },
  });
  t.equal(linesOf(facts, 1)[1], "ODN -35.8333 -205.32");
  t.equal(linesOf(facts, 2)[1], "ODN -20 -114.60");
  t.equal(linesOf(facts, 3)[1], "ODN -107.5 -615.98");
  const { house } = billSite(facts, RULES);
  t.match(house, { distributed: kwh("-163.3333"), shares: kwh("-163.3333"), carryOut: 0 });
  const zero = { ...facts, switches: { "odn.negative.mode": "ZERO" } };
  t.equal(linesOf(zero, 1)[1], "ODN 0 0.00");
  t.match(billSite(zero, RULES).house, { raw: kwh("-215"), carryOut: 0, distributed: 0 });
});

t.test("without a house meter (section 9.4): 140.461 kWh, 271.93", async (t) => {
  const facts = mkd({
    accounts: [payer(1, "10")],
    premises: [premises("1", "60", [[1, WHOLE]])],
    house: houseOf("2400", "1426", null, { carried: carried("7") }),
    price: "1.936",
    norm: "3.94",
  });
  t.equal(linesOf(facts, 1)[1], "ODN 140.461 271.93");
  t.match(billSite(facts, RULES).house, { method: "NORM", odpu: null, carryOut: kwh("7") });
});

t.test("an ОДПУ without a state: mean for three periods, then the norm (п. 59(1))", async (t) => {
  const unread = (missedPeriods: number, count = 6) => {
    const past = history("2020-09", ["6900", "7100", "7000", "7000", "6950", "7050"]);
    const months = past.slice(6 - count).map((item) => ({
      ...item,
      month: (item.month - missedPeriods) as typeof item.month,
    }));
    return oneFlat(null, { points: [metered(999, null)], history: months, missedPeriods });
  };
  for (const [missed, method] of [
    [0, "AVERAGE"],
    [2, "AVERAGE"],
    [3, "NORM"],
  ] as const)
    t.equal(billSite(unread(missed), RULES).house?.method, method, `${missed} before`);
  t.match(billSite(unread(0), RULES).house, { odpu: kwh("7000"), raw: kwh("1100") });
  t.equal(billSite(unread(0, 3), RULES).house?.method, "AVERAGE", "three months make a mean");
  t.equal(billSite(unread(0, 2), RULES).house?.method, "NORM", "two do not");
});

t.test("a state after months by the mean: what the mean missed joins this balance", async (t) => {
  // 7 300 each in January and February by the mean; the meter shows 21 600 over 90 days to 31.03.
  const past = history("2020-07", ["7300", "7300", "7300", "7300", "7300", "7300"]);
  const estimated = history("2021-01", ["7300", "7300"], "AVERAGE");
  const states = [reading("2020-12-31", ["0"]), reading("2021-03-31", ["21600"])];
  const { house } = billSite(
    oneFlat(null, {
      points: [{ point: 999, meters: [meter("ОДПУ", states)] }],
      history: [...past, ...estimated],
      missedPeriods: 2,
    }),
    RULES,
  );
  t.match(house, { method: "METER", odpu: kwh("7000"), raw: kwh("1100") });
});

t.test("a managed house: the manager is billed, the flats have no common line", async (t) => {
  const facts = oneFlat("8000", { management: [dated("MANAGED")], carried: carried("100") });
  const { house, problems } = billSite(facts, RULES);
  t.match(house, { manager: kwh("2000"), distributed: kwh("2000"), shares: 0, residue: 0 });
  t.match(house, { carryUsed: kwh("100"), overNorm: 0 });
  t.same(problems, []);
  t.same(linesOf(facts, 1), ["METER 100 573.00"]);
  const changed = oneFlat("7000", {
    management: [dated("MANAGED", "2020-01-01", "2021-03-31"), dated("NONE", "2021-03-31")],
  });
  t.equal(linesOf(changed, 1)[1], "ODN 17.1346 98.18", "as the house is on the last day");
});

t.test("a communal flat (section 8.1): 2 119.54 with ОДН 9.9", async (t) => {
  const flat = (energies: readonly (string | null)[], common: string | null) =>
    mkd({
      accounts: [2, 1, 4].map((count, index) =>
        payer(index + 1, energies[index] ?? null, {
          residents: [dated(count)],
          norm: [dated("NORM")],
        }),
      ),
      premises: [
        premises(
          "1",
          "78.4",
          [
            [1, room("18")],
            [2, room("12")],
            [3, room("25")],
          ],
          { points: common === null ? [] : [metered(10, common)] },
        ),
      ],
      house: houseOf("78.4", "540", common === null ? null : "369.9"),
      perPerson: ["132", "82", "63", "52", "45"],
      norm: "0",
    });
  const byRooms = {
    ...flat(["110", "70", "145"], "360"),
    switches: { "odn.distributeAll": "true" },
  };
  t.same(linesOf(byRooms, 1), ["OWN 110 630.30", "COMMON 10 57.30", "ODN 3.24 18.57"]);
  t.same(
    [1, 2, 3].map((id) => totalOf(byRooms, id)),
    ["706.17", "442.13", "971.24"],
  );
  t.match(billSite(byRooms, RULES).house, { individual: kwh("360"), communalResidue: 0 });
  const byPersons = flat(["110", null, "145"], "360");
  t.same(
    [1, 2, 3].map((id) => linesOf(byPersons, id)[0]),
    ["OWN 102.8571 589.37", "OWN 51.4286 294.69", "OWN 205.7143 1178.74"],
    "formula 7: 2 062.80",
  );
  t.match(billSite(byPersons, RULES).house, { communalResidue: 0, individual: kwh("360") });
  const credit = flat(["110", "70", "145"], "300");
  t.equal(linesOf(credit, 1)[1], "COMMON -7.1429 -40.93", "a negative common part is a credit");
  const zero = { ...credit, switches: { "communal.negativeCommon": "ZERO" } };
  t.equal(linesOf(zero, 1)[1], "COMMON 0 0.00");

  const ofRooms = flat(["110", "70", "145"], null);
  t.equal(linesOf(ofRooms, 1)[0], "OWN 110 630.30", "no common meter: the meter of the room");
  const byNorm = flat([null, null, null], null);
  // Seven persons in the flat: row «5 and more», 45 each.
  t.same(
    [1, 2, 3].map((id) => linesOf(byNorm, id)[0]),
    ["NORM 90 515.70", "NORM 45 257.85", "NORM 180 1031.40"],
  );
  const people = [dated(2, "2000-01-01", "2021-03-11"), dated(3, "2021-03-11")];
  const guest = {
    ...byPersons,
    accounts: byPersons.accounts.map((item, index) =>
      index === 0 ? { ...item, residents: people } : item,
    ),
  };
  // A guest for 21 of 31 days: 83 of 238 person-days.
  t.equal(linesOf(guest, 1)[0], "OWN 125.5462 719.38");
});

t.test("zones of a communal flat: kept where all its meters have them", async (t) => {
  const zoned = (point: number, energies: readonly [string, string]) => ({
    point,
    meters: [
      meter(`M${point}`, [reading("2021-02-28", ["0", "0"]), reading("2021-03-31", energies)], {
        zones: ["T1", "T2"],
      }),
    ],
  });
  const flat = (second: ReturnType<typeof metered>) =>
    mkd({
      accounts: [
        payer(1, null, { points: [zoned(1, ["60", "50"])], residents: [dated(2)] }),
        payer(2, null, { points: [second], residents: [dated(1)] }),
      ],
      premises: [
        premises(
          "1",
          "50",
          [
            [1, room("18")],
            [2, room("12")],
          ],
          { points: [zoned(10, ["200", "160"])] },
        ),
      ],
      house: null,
      price: { T0: "5.73", T1: "6.59", T2: "2.52" },
    });
  // Above the rooms 60 by day and 50 by night, two of three persons.
  t.same(linesOf(flat(zoned(2, ["80", "60"])), 1), [
    "OWN 60 395.40",
    "OWN 50 126.00",
    "COMMON 40 263.60",
    "COMMON 33.3333 84.00",
  ]);
  // A one-rate meter inside: 360 − 110 − 140 = 110 round the clock.
  t.same(linesOf(flat(metered(2, "140")), 1), ["OWN 110 630.30", "COMMON 73.3333 420.20"]);
});

t.test("a communal flat whose meter is not read: its mean, then the norm", async (t) => {
  const flat = (missedPeriods: number, second: string | null = null, norm = [dated("NORM")]) => {
    const past = history("2020-09", ["360", "330", "390"]);
    const months = past.map((item) => ({
      ...item,
      month: (item.month + 3 - missedPeriods) as typeof item.month,
    }));
    return mkd({
      accounts: [
        payer(1, second, { residents: [dated(2)], norm }),
        payer(2, null, {
          residents: [dated(1)],
          norm,
          points: second === null ? [] : [metered(2, null)],
        }),
      ],
      premises: [
        premises(
          "1",
          "50",
          [
            [1, room("18")],
            [2, room("12")],
          ],
          { points: [metered(10, null)], history: months, missedPeriods },
        ),
      ],
      house: null,
      perPerson: ["132", "82", "63"],
    });
  };
  t.same(linesOf(flat(2), 1), ["OWN 240 1375.20"], "two of three persons of the mean of 360");
  t.same(linesOf(flat(3), 1), ["NORM 126 721.98"], "the row of three persons, two of them");
  // All rooms metered, one of them not read and without a norm: its neighbour keeps its own line.
  const held = billSite(flat(2, "110", []), RULES);
  t.same(held.lines.map(text), ["OWN 110 630.30"]);
  t.same(
    held.problems.map(({ account, held: isHeld, problem }) => [account, isHeld, problem.code]),
    [
      [1, false, "HELD_BY"],
      [2, true, "NO_NORM"],
    ],
  );
});

t.test("a flat with sections (section 8.2): 2 865.01", async (t) => {
  const people = (count: number) => ({ residents: [dated(count)] });
  const facts = mkd({
    accounts: [
      payer(1, "120", people(2)),
      payer(2, "125", people(2)),
      payer(3, null, people(1)),
      payer(4, null, people(3)),
    ],
    premises: [
      premises(
        "1",
        "112.6",
        [
          [1, room("14", "A")],
          [2, room("16.5", "A")],
          [3, room("11", "B")],
          [4, room("19.5", "B")],
        ],
        {
          points: [metered(10, "500")],
          sections: [
            { section: "A", points: [metered(11, "260")] },
            { section: "B", points: [metered(12, "225")] },
          ],
        },
      ),
    ],
    house: null,
  });
  t.same(linesOf(facts, 1), ["OWN 120 687.60", "SECTION 7.5 42.98", "COMMON 3.75 21.49"]);
  t.same(
    [1, 2, 3, 4].map((id) => totalOf(facts, id)),
    ["752.07", "780.72", "333.05", "999.17"],
  );
});

t.test("a section with one room without a meter (section 8.2), explained", async (t) => {
  // Section 260: 2 persons by their meter of 120, or 260 × 2 / 6; 140 or 260 by 1 and 3 of the rest.
  const people = (count: number) => ({ residents: [dated(count)] });
  const facts = (switches: Switches) => ({
    ...mkd({
      accounts: [payer(1, "120", people(2)), payer(2, null, people(1)), payer(3, null, people(3))],
      premises: [
        premises(
          "1",
          "60",
          [
            [1, room("14", "A")],
            [2, room("11", "A")],
            [3, room("19", "A")],
          ],
          {
            points: [metered(10, "260")],
            sections: [{ section: "A", points: [metered(11, "260")] }],
          },
        ),
      ],
      house: null,
    }),
    switches,
  });
  const own = (of: Switches) => [1, 2, 3].map((id) => linesOf(facts(of), id)[0]);
  t.same(own({}), ["OWN 86.6667 496.60", "OWN 43.3333 248.30", "OWN 130 744.90"]);
  const mixed = { "communal.section.partialRoomMeters": "MIXED" };
  t.same(own(mixed), ["OWN 120 687.60", "OWN 35 200.55", "OWN 105 601.65"]);
  const trace: Trace = [];
  billSite(facts(mixed), RULES, trace);
  t.match(
    trace.find(({ account, text: step }) => account === 3 && step.includes("без прибора")),
    { formula: "140 × 3 / 4 чел.", result: "105 кВт·ч", rounding: "до 0,0001 кВт·ч" },
  );
});

t.test("separate accounts (section 8.3): 764.00 and 382.00", async (t) => {
  const facts = (switches: SiteFacts["switches"], weights = [2, 1]) =>
    mkd({
      accounts: [
        payer(1, null, { residents: [dated(1)], norm: [dated("NORM")] }),
        payer(2, null, { residents: [dated(3)], norm: [dated("NORM")] }),
      ],
      premises: [
        premises(
          "4",
          "58.7",
          [
            [1, share(weights[0] ?? 0, true)],
            [2, share(weights[1] ?? 0)],
          ],
          { points: [metered(10, "200")] },
        ),
      ],
      house: houseOf("58.7", "540", "223.2256"),
      perPerson: ["132", "82", "63", "52", "45"],
      switches,
    });
  // ОДН 23.2256 of the premises by share: others 7.7419, the primary the rest.
  t.same(linesOf(facts({}), 1), ["METER 133.3333 764.00", "ODN 15.4837 88.72"]);
  t.same(linesOf(facts({}), 2), ["METER 66.6667 382.00", "ODN 7.7419 44.36"]);
  const persons = { "separateAccounts.splitKey": "PERSONS" };
  t.same(linesOf(facts(persons), 2)[0], "METER 150 859.50", "three of four persons");
  const fixed = facts({ "separateAccounts.splitKey": "FIXED" }, [0, 500_000]);
  t.same(linesOf(fixed, 2)[0], "METER 50 286.50");
  t.same(linesOf(fixed, 1)[0], "METER 150 859.50");
  const own = {
    ...facts({}),
    premises: facts({}).premises.map((item) => ({ ...item, points: [] })),
  };
  t.equal(linesOf(own, 2)[0], "NORM 189 1082.97", "by norm: its own three persons");
  const first = {
    ...own,
    accounts: own.accounts.map((item, index) =>
      index === 0 ? { ...item, points: [metered(10, "200")] } : item,
    ),
  };
  t.equal(
    linesOf(first, 2)[0],
    "METER 66.6667 382.00",
    "the meter of the primary is the premises'",
  );
});

t.test("the limits of ranges are shared with the volume", async (t) => {
  const base = mkd({
    accounts: [payer(1, null), payer(2, null)],
    premises: [
      premises(
        "4",
        "58.7",
        [
          [1, share(2, true)],
          [2, share(1)],
        ],
        { points: [metered(10, "1500")] },
      ),
    ],
    house: null,
    switches: { "tariff.scheme": "RANGES" },
  });
  const [version] = base.law.tariffs["URBAN_GAS"] ?? [];
  const prices = { T0: ["5.51", "5.52", "9.66"].map((text) => (kwh(text) * 10) as never) };
  const limits = ["1200", "3900"].map(kwh);
  const ranged = {
    ...base,
    law: { ...base.law, tariffs: { URBAN_GAS: [{ ...version, prices, limits }] } },
  };
  const { lines } = billSite(ranged as SiteFacts, RULES);
  // 1 000 and 500 of 1 500: limits 800 and 400.
  t.same(
    lines.map((line) => `${line.account} ${line.range} ${formatScaled(line.volume, 4)}`),
    ["1 1 800", "1 2 200", "2 1 400", "2 2 100"],
  );
});

t.test("a held flat holds the common lines of all, own lines go on", async (t) => {
  const facts = mkd({
    accounts: [
      payer(1, "160"),
      payer(2, null, { points: [metered(2, null)] }),
      payer(3, "85", { residents: [dated(1)] }),
      payer(4, "180", { residents: [dated(2)] }),
    ],
    premises: [
      premises("1", "45", [[1, WHOLE]]),
      premises("2", "52", [[2, WHOLE]]),
      premises(
        "3",
        "75",
        [
          [3, room("20")],
          [4, room("24")],
        ],
        { points: [metered(30, "291")] },
      ),
      contract("Н-1", "68", "300"),
    ],
    house: houseOf("240", "60", "980", { carried: carried("12.5") }),
  });
  const billed = billSite(facts, RULES);
  t.match(billed.house, {
    method: "HELD",
    heldBy: ["2"],
    carryIn: kwh("12.5"),
    carryOut: kwh("12.5"),
  });
  t.same(
    billed.problems.map(({ account, held, problem }) => [account, held, problem.code]),
    [
      [1, false, "HELD_BY"],
      [2, true, "NO_NORM"],
      [3, false, "HELD_BY"],
      [4, false, "HELD_BY"],
    ],
  );
  t.same(textsOf(billed.lines, 1), ["METER 160 916.80"]);
  t.same(textsOf(billed.lines, 2), []);
  t.same(textsOf(billed.lines, 4), ["OWN 180 1031.40", "COMMON 17.3333 99.32"]);

  const unbilled = {
    ...facts,
    premises: facts.premises.map((item) =>
      item.contract === null ? item : { ...item, contract: { ...item.contract, volume: null } },
    ),
  };
  t.same(billSite(unbilled, RULES).house?.heldBy, ["2", "Н-1"], "a contract that is not billed");
  const managed = {
    ...facts,
    house: houseOf("240", "60", "980", { management: [dated("MANAGED")] }),
  };
  const waiting = billSite(managed, RULES);
  t.match(waiting.house, { method: "HELD", manager: null });
  t.equal(waiting.problems.length, 1, "in a managed house only the month says it");
  const unplaced = { ...oneFlat("7000"), premises: oneFlat("7000").premises.slice(1) };
  t.same(billSite(unplaced, RULES).house?.heldBy, ["0000000001"], "an account without premises");
  t.same(linesOf(unplaced, 1), ["METER 100 573.00"]);
});

t.test("what a house lacks is said on each account, its own lines go on", async (t) => {
  const cases = [
    [{ management: [] }, "MISSING_REQUIRED"],
    [{ totalAreaE4: [] }, "MISSING_REQUIRED"],
    [{ commonAreaE4: [] }, "MISSING_REQUIRED"],
    [{ odnNorm: [] }, "NO_NORM"],
  ] as const;
  for (const [more, code] of cases) {
    const { problems, house } = billSite(oneFlat("7000", more), RULES);
    t.same(
      problems.map(({ held, problem }) => [held, problem.code]),
      [
        [false, code],
        [false, code],
      ],
    );
    t.equal(house?.method, "HELD");
    t.same(linesOf(oneFlat("7000", more), 1), ["METER 100 573.00"]);
  }
  t.equal(billSite({ ...oneFlat("7000"), house: null }, RULES).house, null);
});

t.test("a run from before the rules of buildings bills each account by itself", async (t) => {
  const { "buildings.odn": _, ...before } = CURRENT_RULES;
  const billed = billSite(oneFlat("7000"), rulesOf(before));
  t.same(billed.lines.map(text), ["METER 100 573.00", "METER 5100 29223.00"]);
  t.equal(billed.house, null);
});

t.test("a reading after months by the mean: differences of rooms and shares", async (t) => {
  // 100 by the mean in February, posted; 177 over 59 days to 31.03: 84 and 93.
  const points = [
    {
      point: 10,
      meters: [meter("M10", [reading("2021-01-31", ["0"]), reading("2021-03-31", ["177"])])],
    },
  ];
  const past = [
    ...history("2020-11", ["100", "100", "100"]),
    ...history("2021-02", ["100"], "AVERAGE"),
  ];
  const of = (payers: Parameters<typeof premises>[2]) =>
    mkd({
      accounts: [
        payer(1, null, { residents: [dated(2)] }),
        payer(2, null, { residents: [dated(1)] }),
      ],
      premises: [premises("1", "60", payers, { points, history: past, missedPeriods: 1 })],
      house: houseOf("60", "540", "100"),
    });
  const cases = [
    [
      of([
        [1, share(2, true)],
        [2, share(1)],
      ]),
      "METER",
    ],
    [
      of([
        [1, room("20")],
        [2, room("10")],
      ]),
      "OWN",
    ],
  ] as const;
  for (const [facts, kind] of cases) {
    const february = billSite(
      {
        ...facts,
        period: (facts.period - 1) as typeof facts.period,
        house: null,
        premises: facts.premises.map((item) => ({
          ...item,
          history: past.slice(0, 3),
          missedPeriods: 0,
          points: [{ point: 10, meters: [meter("M10", [reading("2021-01-31", ["0"])])] }],
        })),
      },
      RULES,
    );
    const before = posted(february.lines, "2021-02");
    const accounts = facts.accounts.map((item) => ({
      ...item,
      posted: before.filter((line) => line.account === item.account),
    }));
    const billed = billSite({ ...facts, accounts }, RULES);
    t.same(billed.problems, []);
    // 62, then 56 − 66.6667 of February: 320.88 − 382.00.
    const first = billed.lines.filter((line) => line.account === 1).map(text);
    t.same(first.slice(0, 2), [`${kind} 62 355.26`, `${kind} -10.6667 -61.12`], kind);
    const second = billed.lines.filter((line) => line.account === 2).map(text);
    t.same(second.slice(0, 2), [`${kind} 31 177.63`, `${kind} -5.3333 -30.56`], kind);
    // The house sees what is posted in the month: 93 and −16 of February, 100 − 77.
    t.match(billed.house, { individual: kwh("77"), raw: kwh("23") });
    const again = { ...facts, accounts, switches: { "retro.recalcOdn": "true" } };
    t.equal(billSite(again, RULES).house?.method, "HELD", "ОДН of February is not computed again");
    const nothing = { ...oneFlat("7000"), switches: { "retro.recalcOdn": "true" } };
    t.equal(billSite(nothing, RULES).house?.method, "METER", "nothing to compute again");
  }
});

t.test("every line is explained, the last step is its amount", async (t) => {
  const facts = mkd({
    accounts: [
      payer(1, "160"),
      payer(3, "85", { residents: [dated(1)] }),
      payer(4, "180", { residents: [dated(2)] }),
      payer(5, null),
      payer(6, null),
    ],
    premises: [
      premises("1", "45", [[1, WHOLE]]),
      premises(
        "3",
        "75",
        [
          [3, room("20")],
          [4, room("24")],
        ],
        { points: [metered(30, "291")] },
      ),
      premises(
        "5",
        "52",
        [
          [5, share(2, true)],
          [6, share(1)],
        ],
        { points: [metered(50, "100")] },
      ),
      contract("Н-1", "68", "300"),
    ],
    house: houseOf("240", "60", "1100", { carried: carried("12.5") }),
  });
  const trace: Trace = [];
  const { lines } = billSite(facts, RULES, trace);
  t.same(lines, billSite(facts, RULES).lines, "the same with and without an explanation");
  for (const line of lines) {
    const own = trace.filter(
      ({ account, ordinal }) => account === line.account && ordinal === line.ordinal,
    );
    t.equal(own.at(-1)?.result, rubles(line.amount), `${line.account} ${line.kind}`);
  }
  const formulas = trace.filter(({ account }) => account === 4).map(({ formula }) => formula);
  for (const want of [
    "26 × 2 / 3 чел.",
    "1100 − 300 − 551",
    "249 − 12,5",
    "2,5 × 60 = 150",
    "150 × 75 / 240",
    "46,875 × 24 / (20 + 24)",
  ])
    t.ok(formulas.includes(want), want);
  const shares = trace.filter(({ account }) => account === 6).map(({ formula }) => formula);
  t.ok(shares.includes("100 × 1 / (2 + 1)"));
});
