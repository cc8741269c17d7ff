import t from "tap";
import { day } from "../../normalizer/model/dates.ts";
import type { SiteFacts } from "../../normalizer/model/facts.ts";
import type { Line, Trace } from "../../normalizer/model/lines.ts";
import { formatFixed, formatScaled, type Volume, volume } from "../../normalizer/model/units.ts";
import { billSite } from "../households/site.ts";
import {
  circumstances,
  dated,
  history,
  kwh,
  meter,
  ORIGIN,
  reading,
} from "../households/testing.ts";
import { CURRENT_RULES, ruleOf, rulesOf } from "../rules.ts";
import { type HousePremises, houseMonth } from "./house.ts";
import { type HouseTerms, odnDetail, odnMonth, reductionByResidents } from "./odn.ts";
import {
  carried,
  contract,
  houseOf,
  metered,
  metres,
  mkd,
  payer,
  premises,
  room,
  share,
  WHOLE,
} from "./testing.ts";

const RULES = rulesOf(CURRENT_RULES);

const text = (line: Line) =>
  `${line.account} ${line.kind} ${formatScaled(line.volume, 4)} ${formatFixed(line.amount, 2)}`;
const linesOf = (facts: SiteFacts) => billSite(facts, RULES).lines.map(text);
const problemsOf = (facts: SiteFacts) =>
  billSite(facts, RULES).problems.map(
    ({ account, held, problem }) =>
      `${account} ${held ? "held " : ""}${problem.code} ${problem.at} ${problem.object}`,
  );
/** Every step of an account as clause, text, formula, result. */
function stepsOf(facts: SiteFacts, account: number): string[][] {
  const trace: Trace = [];
  billSite(facts, RULES, trace);
  return trace
    .filter((step) => step.account === account)
    .map((step) => [step.clause, step.text, step.formula ?? "", step.result]);
}

/** Two flats and a shop: 3 120 m², 5 900 kWh by their own meters. */
function house(odpu: string | null, more: Parameters<typeof houseOf>[3] = {}): SiteFacts {
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

const RAW = [
  "ПП РФ 354, п. 44, прил. 2, формула 12",
  "Общедомовой объём: прибор дома за вычетом нежилых и жилых помещений",
];
const BY_AREA = "ПП РФ 354, п. 44, прил. 2, формула 10";
const CARRIED = "ПП РФ 354, п. 47 (ПП РФ 92 от 03.02.2022)";
const BEFORE_2022 = "ПП РФ 354, п. 47 в редакции до 01.09.2022";
const CHARGED = "Начислено за ОДН, тариф с 01.01.2021, диапазон 1: приказ о тарифах с 2021-01-01";

t.test("the way from the meter of the house to the line, in full (sections 9.2–9.5)", async (t) => {
  // 8 000 − 700 − 5 200 = 2 100; 100 carried; N × S = 1 350; 1 350 × 48.6 / 3 120 = 21.02884.
  const capped = house("8000", { carried: carried("100") });
  const steps = stepsOf(capped, 1);
  t.same(steps.slice(-5), [
    [...RAW, "8000 − 700 − 5200", "2100 кВт·ч"],
    [
      CARRIED,
      "Зачтён отрицательный объём прошлых месяцев",
      "2100 − 100",
      "2000 кВт·ч, остаток 0 кВт·ч",
    ],
    [
      "ПП РФ 354, п. 44",
      "Не больше норматива, сверх него 650 кВт·ч: норматив",
      "2,5 × 540 = 1350",
      "1350 кВт·ч",
    ],
    [BY_AREA, "Доля помещения 1 по площади", "1350 × 48,6 / 3120", "21,0288 кВт·ч"],
    [BY_AREA, CHARGED, "21,0288 кВт·ч × 5,73 ₽/кВт·ч", "120,50 ₽"],
  ]);
  t.ok(
    steps.slice(0, -5).some(([, , , result]) => result?.includes("8000 кВт·ч")),
    "the states of the house's meter come first",
  );
  const trace: Trace = [];
  billSite(capped, RULES, trace);
  const own = trace.filter(({ account }) => account === 1);
  t.equal(own.at(-1)?.rounding, "120,495024 ₽ → 120,50 ₽");
  t.same(own.at(-1)?.sources, [{ text: "приказ о тарифах с 2021-01-01", origin: ORIGIN }]);
  t.same(own.at(-3)?.sources, [{ text: "норматив", origin: ORIGIN }]);
  t.same(
    own.slice(-5).map(({ ordinal }) => ordinal),
    [null, null, null, null, 2],
    "what all premises share belongs to no line",
  );
  // Nothing carried and nothing above the norm: no word of it.
  t.same(stepsOf(house("7000"), 1).slice(-3), [
    [...RAW, "7000 − 700 − 5200", "1100 кВт·ч"],
    [BY_AREA, "Доля помещения 1 по площади", "1100 × 48,6 / 3120", "17,1346 кВт·ч"],
    [BY_AREA, CHARGED, "17,1346 кВт·ч × 5,73 ₽/кВт·ч", "98,18 ₽"],
  ]);
});

t.test("a negative volume: carried, lost, or a credit to residents", async (t) => {
  const negative = house("5800", { carried: carried("20") });
  t.same(stepsOf(negative, 1).slice(-4), [
    [...RAW, "5800 − 700 − 5200", "-100 кВт·ч"],
    [
      CARRIED,
      "Отрицательный объём не начисляется и уменьшит следующие месяцы",
      "20 + 100",
      "остаток 120 кВт·ч",
    ],
    [BY_AREA, "Доля помещения 1 по площади", "0 × 48,6 / 3120", "0 кВт·ч"],
    [BY_AREA, CHARGED, "0 кВт·ч × 5,73 ₽/кВт·ч", "0,00 ₽"],
  ]);
  const lost = { ...negative, switches: { "odn.negative.mode": "ZERO" } };
  t.same(
    stepsOf(lost, 1)
      .slice(-3)
      .map(([, title]) => title),
    [RAW[1], "Доля помещения 1 по площади", CHARGED],
  );
  // 140 − 200 = −60 over six persons, one of them since February: −30 for the flat of three, −20 and
  // −10 for its rooms; −30 for the other three.
  const moved = [dated(5, "2000-01-01", "2021-02-01"), dated(1, "2021-02-01")];
  const credit = mkd({
    accounts: [
      payer(1, null, { residents: [dated(2)] }),
      payer(2, null, { residents: moved }),
      payer(3, "100", { residents: [dated(3)] }),
    ],
    premises: [
      premises(
        "1",
        "50",
        [
          [1, room("10")],
          [2, room("20")],
        ],
        { points: [metered(10, "100")] },
      ),
      premises("2", "50", [[3, WHOLE]]),
    ],
    house: houseOf("100", "50", "140"),
    switches: { "odn.negative.mode": "REDUCE_BY_RESIDENTS" },
  });
  t.same(
    linesOf(credit).filter((line) => line.includes("ODN")),
    ["1 ODN -20 -114.60", "2 ODN -10 -57.30", "3 ODN -30 -171.90"],
  );
  t.same(stepsOf(credit, 1).slice(-3, -1), [
    [
      BEFORE_2022,
      "Уменьшение по числу проживающих, помещение 1, не больше его объёма",
      "-60 × 93 / 186 чел.-дн.",
      "-30 кВт·ч",
    ],
    [
      BEFORE_2022,
      "Доля комнаты в уменьшении по числу проживающих",
      "-30 × 62 / (62 + 31) чел.-дн.",
      "-20 кВт·ч",
    ],
  ]);
  // A positive month of the same house goes by living area: 30 × 50 / 100 = 15, of it 5 and 10.
  const positive = { ...credit, house: houseOf("100", "50", "230") };
  t.same(
    linesOf(positive).filter((line) => line.includes("ODN")),
    ["1 ODN 5 28.65", "2 ODN 10 57.30", "3 ODN 15 85.95"],
  );
  t.same(stepsOf(positive, 2).at(-2), [
    "ПП РФ 354, п. 50, прил. 2, формула 16",
    "Доля комнаты в ОДН квартиры по жилой площади",
    "15 × 20 / (10 + 20)",
    "10 кВт·ч",
  ]);
});

t.test("by norm: the published check of section 9.4 explained", async (t) => {
  const facts = mkd({
    accounts: [payer(1, "10")],
    premises: [premises("1", "60", [[1, WHOLE]])],
    house: houseOf("2400", "1426", null),
    price: "1.936",
    norm: "3.94",
  });
  t.same(stepsOf(facts, 1).slice(-2), [
    [
      "ПП РФ 354, п. 48, прил. 2, формула 15",
      "ОДН по нормативу, доля помещения 1: норматив",
      "3,94 × 1426 × 60 / 2400",
      "140,461 кВт·ч",
    ],
    [BY_AREA, CHARGED, "140,461 кВт·ч × 1,936 ₽/кВт·ч", "271,93 ₽"],
  ]);
  const trace: Trace = [];
  billSite(facts, RULES, trace);
  t.same(trace.at(-2)?.sources, [{ text: "норматив", origin: ORIGIN }]);
});

t.test("separate accounts explained: by weight, the primary, a fixed volume", async (t) => {
  const of = (more: SiteFacts["switches"], second = 1) =>
    mkd({
      accounts: [payer(1, null), payer(2, null)],
      premises: [
        premises(
          "4",
          "58.7",
          [
            [1, share(2, true)],
            [2, share(second)],
          ],
          { points: [metered(10, "200")] },
        ),
      ],
      house: houseOf("58.7", "540", "223.2256"),
      switches: more,
    });
  const accounts = "ГК РФ, ст. 249; ЖК РФ, ст. 155";
  const first = stepsOf(of({}), 1);
  const second = stepsOf(of({}), 2);
  const has = (steps: readonly string[][], want: readonly string[]) =>
    t.ok(
      steps.some((step) => step.join("|") === want.join("|")),
      want.join(" | "),
    );
  has(first, [
    accounts,
    "Объём помещения за вычетом долей других счетов, зона T0",
    "200 − 66,6667",
    "133,3333 кВт·ч",
  ]);
  has(second, [
    accounts,
    "Доля счёта в объёме помещения, зона T0",
    "200 × 1 / (2 + 1)",
    "66,6667 кВт·ч",
  ]);
  t.same(first.at(-2), [
    accounts,
    "Доля счёта в ОДН помещения, остаток округления здесь",
    "23,2256 × 2 / (2 + 1)",
    "15,4837 кВт·ч",
  ]);
  t.same(second.at(-2), [
    accounts,
    "Доля счёта в ОДН помещения",
    "23,2256 × 1 / (2 + 1)",
    "7,7419 кВт·ч",
  ]);
  const fixed = of({ "separateAccounts.splitKey": "FIXED" }, 500_000);
  has(stepsOf(fixed, 2), [accounts, "Доля счёта в твёрдом объёме, зона T0", "50", "50 кВт·ч"]);
});

t.test(
  "a fixed volume of one account: over the zones, above the meter, against ranges",
  async (t) => {
    const of = (energies: readonly string[], price: Parameters<typeof mkd>[0]["price"] = "5.73") =>
      mkd({
        accounts: [payer(1, null), payer(2, null)],
        premises: [
          premises(
            "4",
            "58.7",
            [
              [1, share(0, true)],
              [2, share(500_000)],
            ],
            {
              points: [
                {
                  point: 10,
                  meters: [
                    meter(
                      "M10",
                      [
                        reading(
                          "2021-02-28",
                          energies.map(() => "0"),
                        ),
                        reading("2021-03-31", energies),
                      ],
                      { zones: energies.length === 1 ? ["T0"] : ["T1", "T2"] },
                    ),
                  ],
                },
              ],
            },
          ),
        ],
        house: null,
        price,
        switches: { "separateAccounts.splitKey": "FIXED" },
      });
    // 50 of 120 + 80: 30 by day, 20 by night.
    t.same(linesOf(of(["120", "80"], { T1: "6.59", T2: "2.52" })), [
      "1 METER 90 593.10",
      "1 METER 60 151.20",
      "2 METER 30 197.70",
      "2 METER 20 50.40",
    ]);
    t.same(linesOf(of(["0"])), ["1 METER -50 -286.50", "2 METER 50 286.50"], "nothing was used");
    t.same(linesOf(of(["0", "0"], { T1: "6.59", T2: "2.52" })).slice(2), [
      "2 METER 50 329.50",
      "2 METER 0 0.00",
    ]);
    const base = of(["200"]);
    const [version] = base.law.tariffs["URBAN_GAS"] ?? [];
    const prices = { T0: ["5.51", "5.52", "9.66"].map((price) => (kwh(price) * 10) as never) };
    const ranged = {
      ...base,
      switches: { ...base.switches, "tariff.scheme": "RANGES" },
      law: {
        ...base.law,
        tariffs: { URBAN_GAS: [{ ...version, prices, limits: ["160", "3900"].map(kwh) }] },
      },
    } as SiteFacts;
    // Limit 160 of 200 kWh: 120 for the 150 of the primary, 40 for the fixed 50.
    t.same(
      billSite(ranged, RULES).lines.map(
        (line) => `${line.account} ${line.range} ${formatScaled(line.volume, 4)}`,
      ),
      ["1 1 120", "1 2 30", "2 1 40", "2 2 10"],
    );
  },
);

t.test("separate accounts: no primary, no weights, meters of their own, by norm", async (t) => {
  const of = (
    weights: readonly number[],
    more: { points?: boolean; missed?: number; switches?: SiteFacts["switches"] } = {},
  ) =>
    mkd({
      accounts: weights.map((_, index) =>
        payer(index + 1, null, { norm: [dated("NORM")], residents: [dated(index + 1)] }),
      ),
      premises: [
        premises(
          "4",
          "60",
          weights.map((weight, index) => [index + 1, share(weight)] as const),
          more.missed === undefined
            ? { points: [metered(10, "100")] }
            : {
                points: [metered(10, null)],
                history: history("2020-09", ["100", "100", "100"]),
                missedPeriods: more.missed,
              },
        ),
      ],
      house: null,
      perPerson: ["100", "80", "60"],
      switches: more.switches ?? {},
    });
  t.same(
    linesOf(of([1, 1, 1])),
    ["1 METER 33.3333 191.00", "2 METER 33.3333 191.00", "3 METER 33.3334 191.00"],
    "without a primary the last takes the residue",
  );
  t.same(problemsOf(of([0, 0])), [
    "1 held MISSING_REQUIRED share 0000000001",
    "2 held MISSING_REQUIRED share 0000000002",
  ]);
  const area = { switches: { "separateAccounts.splitKey": "AREA" } };
  t.same(linesOf(of([3, 1], area)), ["1 METER 75 429.75", "2 METER 25 143.25"]);
  // After three months by the mean the norm: of its own persons, 1 × 100 and 2 × 80, not shared.
  t.same(linesOf(of([3, 1], { missed: 3 })), ["1 NORM 100 573.00", "2 NORM 160 916.80"]);
  const apart = {
    ...of([3, 1]),
    accounts: [payer(1, "70"), payer(2, "20")],
    premises: of([3, 1]).premises.map((item) => ({ ...item, points: [] })),
  };
  t.same(linesOf(apart), ["1 METER 70 401.10", "2 METER 20 114.60"], "each by its own");
});

t.test("who pays the ОДН of a premises: who is served on the last day", async (t) => {
  const served = (from: string, to: string | null) => ({
    served: { from: day(from), to: to === null ? null : day(to) },
  });
  const of = (first: Parameters<typeof payer>[2], second: Parameters<typeof payer>[2]) =>
    billSite(
      mkd({
        accounts: [payer(1, "60", first), payer(2, "40", second)],
        premises: [
          premises("1", "100", [
            [1, WHOLE],
            [2, WHOLE],
          ]),
        ],
        house: houseOf("100", "540", "110"),
      }),
      RULES,
    )
      .lines.filter((line) => line.kind === "ODN")
      .map((line) => line.account);
  const always = served("2000-01-01", null);
  t.same(of(always, always), [1], "one of them only");
  t.same(of(served("2000-01-01", "2021-03-31"), always), [2], "gone on the 31st");
  t.same(of(served("2000-01-01", "2021-04-01"), always), [1], "to its end");
  t.same(of(served("2021-03-31", null), served("2000-01-01", "2021-03-31")), [1]);
  t.same(of(served("2021-04-01", null), always), [2], "not yet");
  const stops = (stop: "CHARGING_STOPPED" | "SUSPENDED") => ({
    circumstances: circumstances({ stops: [dated(stop, "2021-03-31")] }),
  });
  t.same(of(stops("CHARGING_STOPPED"), always), [2]);
  t.same(of(stops("SUSPENDED"), always), [1], "no supply, but the stairs are lit");
});

t.test(
  "rooms and their living areas; a premises read by its own or the account's meter",
  async (t) => {
    const flat = (areas: readonly string[], more: Parameters<typeof payer>[2] = {}) =>
      mkd({
        accounts: areas.map((_, index) =>
          payer(index + 1, "10", { residents: [dated(1)], ...(index === 0 ? more : {}) }),
        ),
        premises: [
          premises(
            "1",
            "60",
            areas.map((area, index) => [index + 1, room(area)] as const),
            { points: [metered(10, "20")] },
          ),
        ],
        house: houseOf("60", "540", "50"),
      });
    const odn = (facts: SiteFacts) => linesOf(facts).filter((line) => line.includes("ODN"));
    t.same(odn(flat(["10", "20"])), ["1 ODN 10 57.30", "2 ODN 20 114.60"]);
    t.same(
      odn(flat(["0", "20"])),
      ["1 ODN 0 0.00", "2 ODN 30 171.90"],
      "one area is not on record",
    );
    t.same(odn(flat(["0", "0"])), []);
    t.same(problemsOf(flat(["0", "0"])), [
      "1 MISSING_REQUIRED livingArea 0000000001",
      "2 MISSING_REQUIRED livingArea 0000000002",
    ]);
    const gone = { served: { from: day("2000-01-01"), to: day("2021-03-31") } };
    t.same(odn(flat(["10", "20"], gone)), ["2 ODN 20 114.60"], "a room that is left pays nothing");
    const whole = (own: string | null) =>
      linesOf(
        mkd({
          accounts: [payer(1, own)],
          premises: [premises("1", "60", [[1, WHOLE]], { points: [metered(10, "100")] })],
          house: null,
        }),
      );
    t.same(whole(null), ["1 METER 100 573.00"]);
    t.same(whole("60"), ["1 METER 60 343.80"]);
  },
);

t.test("what a house lacks, by name; norms and their days", async (t) => {
  const at = (more: Parameters<typeof houseOf>[3]) =>
    billSite(house("7000", more), RULES).problems.map(({ problem }) => [
      problem.at,
      problem.object,
    ]);
  const address = "ул. Мира, 1";
  for (const [more, name] of [
    [{ management: [] }, "management"],
    [{ totalAreaE4: [] }, "totalArea"],
    [{ totalAreaE4: [dated(0)] }, "totalArea"],
    [{ commonAreaE4: [] }, "commonArea"],
    [{ odnNorm: [] }, "odnNorm"],
  ] as const)
    t.same(at(more), [
      [name, address],
      [name, address],
    ]);
  const capOf = (versions: readonly (readonly [string, string | null, string])[]) => {
    const facts = house("9000");
    const odnNorms = {
      ODN: versions.map(([from, to, norm]) => ({
        from: day(from),
        to: to === null ? null : day(to),
        perUnit: kwh(norm),
        act: "норматив",
        origin: ORIGIN,
      })),
    };
    return billSite({ ...facts, law: { ...facts.law, odnNorms } }, RULES).house?.cap;
  };
  // By the last day of the month.
  t.equal(
    capOf([
      ["2020-01-01", "2021-03-31", "1"],
      ["2021-03-31", null, "2.5"],
    ]),
    kwh("1350"),
  );
  t.equal(
    capOf([
      ["2020-01-01", "2021-04-01", "1"],
      ["2021-04-01", null, "2.5"],
    ]),
    kwh("540"),
  );
  t.equal(capOf([["2021-04-01", null, "2.5"]]), 0, "none yet: nothing is distributed");
  t.equal(capOf([["2020-01-01", "2021-03-31", "1"]]), 0, "none any more");
  // A tariff by zones alone has no price for ОДН.
  const zoned = mkd({
    accounts: [
      payer(1, null, {
        points: [
          {
            point: 1,
            meters: [
              meter(
                "M1",
                [reading("2021-02-28", ["0", "0"]), reading("2021-03-31", ["60", "40"])],
                {
                  zones: ["T1", "T2"],
                },
              ),
            ],
          },
        ],
      }),
    ],
    premises: [premises("1", "60", [[1, WHOLE]])],
    house: houseOf("60", "540", "110"),
    price: { T1: "6.59", T2: "2.52" },
  });
  t.same(problemsOf(zoned), ["1 NO_PRICE 2021-03-31 0000000001"]);
  t.same(billSite(zoned, RULES).problems[0]?.problem.values, { zone: "T0" });
});

t.test("a month that is held: what is known of it, and who waits for whom", async (t) => {
  const facts = mkd({
    accounts: [payer(1, "160"), payer(2, null, { points: [metered(2, null)] }), payer(3, "85")],
    premises: [
      premises("1", "45", [[1, WHOLE]]),
      premises("2", "52", [[2, WHOLE]]),
      premises("3", "75", [[3, WHOLE]]),
      contract("Н-1", "68", "300"),
      contract("Н-2", "10", null),
    ],
    house: houseOf("250", "60", "980"),
  });
  const { house: month, problems } = billSite(facts, RULES);
  t.match(month, { individual: kwh("245"), nonResidential: kwh("300"), odpu: kwh("980") });
  t.match(month, { cap: kwh("150"), raw: 0, distributed: 0, residue: 0, shares: 0 });
  t.same(month?.heldBy, ["2", "Н-2"]);
  const [first] = problems;
  t.match(first?.problem, { at: "ОДН", object: "0000000001", values: { unit: "2, Н-2" } });
  // No area of one flat: without it the shares of none are known.
  const bare = house("7000");
  const noArea = {
    ...bare,
    premises: bare.premises.map((item, index) => (index === 0 ? { ...item, areaE4: [] } : item)),
  };
  t.same(billSite(noArea, RULES).house?.heldBy, ["1"]);
  const managed = {
    ...noArea,
    house: houseOf("3120", "540", "7000", { management: [dated("MANAGED")] }),
  };
  t.same(billSite(managed, RULES).house?.heldBy, [], "a manager's volume needs no areas");
});

t.test("accounts that no premises names, payers that are not there, mixed payers", async (t) => {
  const outside = (from: string, to: string | null) => {
    const facts = house("7000");
    const served = { from: day(from), to: to === null ? null : day(to) };
    const more = payer(9, null, { served });
    return billSite({ ...facts, accounts: [...facts.accounts, more] }, RULES).house?.heldBy;
  };
  t.same(outside("2021-03-31", null), ["0000000009"]);
  t.same(outside("2021-04-01", null), [], "not served yet");
  t.same(outside("2000-01-01", "2021-03-02"), ["0000000009"], "one day of the month");
  t.same(outside("2000-01-01", "2021-03-01"), [], "gone before the month");
  const of = (payers: Parameters<typeof premises>[2]) =>
    mkd({
      accounts: [payer(1, "60"), payer(2, "40")],
      premises: [premises("7", "60", payers, { points: [metered(10, "100")] })],
      house: houseOf("60", "540", "110"),
    });
  const mixed = of([
    [1, room("10")],
    [2, share(1)],
  ]);
  const both = ["1 held MISSING_REQUIRED payers 7", "2 held MISSING_REQUIRED payers 7"];
  t.same(problemsOf(mixed), both);
  t.same(linesOf(mixed), []);
  const absent = of([
    [1, room("10")],
    [2, room("10")],
    [99, room("10")],
  ]);
  t.same(problemsOf(absent), both, "a room whose account is not known");
  t.same(billSite(absent, RULES).house?.heldBy, ["7"]);
  const whole = of([
    [1, WHOLE],
    [2, WHOLE],
    [99, WHOLE],
  ]);
  t.same(linesOf(whole), ["1 METER 60 343.80", "2 METER 40 229.20"], "own lines go on");
  t.same(billSite(whole, RULES).house?.heldBy, ["7"]);
});

const TERMS: HouseTerms = {
  totalAreaE4: metres("90"),
  commonAreaE4: metres("40"),
  normE4: 25_000,
  management: "DIRECT",
  negativeMode: "CARRY",
  negativeOrder: "OFFSET_THEN_CAP",
  distributeAll: true,
};

t.test(
  "what rounding leaves goes to the largest premises, of equal ones to the first",
  async (t) => {
    const rule = ruleOf(RULES, "buildings.odn");
    const rows = (...areas: readonly (readonly [string, string])[]): HousePremises[] =>
      areas.map(([number, area]) => ({
        number,
        areaE4: metres(area),
        regular: volume(0),
        persons: 0,
        isBusiness: false,
        isHeld: false,
      }));
    const shares = (
      odpu: Volume,
      premises: readonly HousePremises[],
      more: Partial<HouseTerms> = {},
      residual: "NONE" | "LARGEST_AREA" = "LARGEST_AREA",
    ) => {
      const month = houseMonth(rule, { ...TERMS, ...more }, odpu, premises, volume(0), residual);
      return month.isHeld ? month.heldBy : month.shares;
    };
    const equal = rows(["3", "30"], ["1", "30"], ["2", "30"]);
    t.same(shares(kwh("100"), equal), [333_333, 333_334, 333_333]);
    t.same(shares(kwh("100"), equal, {}, "NONE"), [333_333, 333_333, 333_333]);
    t.same(
      shares(kwh("100"), rows(["1", "20"], ["2", "40"], ["3", "30"])),
      [222_222, 444_445, 333_333],
    );
    t.same(shares(kwh("100"), equal, { management: "MANAGED" }), [0, 0, 0]);
    // Half of 180 m² is on no premises: the residue is not a matter of rounding.
    t.same(shares(kwh("100"), equal, { totalAreaE4: metres("180") }), [166_667, 166_667, 166_667]);
    // 0.0001 over two halves: each rounds up, and one of them gives it back.
    const halves = rows(["2", "45"], ["1", "45"]);
    t.same(shares(volume(1), halves), [1, 0]);
    t.same(shares(kwh("90"), halves), [kwh("45"), kwh("45")], "nothing is left");
  },
);

t.test("the formula of the house: heat made in it, modes of a negative month", async (t) => {
  const volumes = {
    house: kwh("1000"),
    nonResidential: kwh("0"),
    unmetered: kwh("50"),
    metered: kwh("500"),
    heat: kwh("100"),
  };
  t.equal(odnMonth(TERMS, volumes, volume(0)).raw, kwh("350"), "п. 54: heat is not common use");
  const zero = odnMonth({ ...TERMS, negativeMode: "ZERO" }, volumes, kwh("60"));
  t.match(zero, { carryUsed: 0, distributed: kwh("350") }, "only CARRY looks back");
  t.equal(reductionByResidents(kwh("10"), 1, 2, kwh("5")), 0, "a positive month reduces nothing");
  t.equal(reductionByResidents(kwh("0"), 1, 2, kwh("5")), 0);
  t.equal(reductionByResidents(kwh("-10"), 0, 0, kwh("5")), 0, "nobody resides");
  t.same(odnDetail(volume(0), 486_000, 31_200_000), { coefficientE4: 156, odn: 0 });
  t.equal(odnDetail(volume(-1), 486_000, 31_200_000).odn, null);
});
