import t from "tap";
import type { AccountFacts, SiteFacts } from "../../normalizer/model/facts.ts";
import type { Trace, TraceStep } from "../../normalizer/model/lines.ts";
import { CURRENT_RULES, rulesOf } from "../rules.ts";
import { billSite } from "./site.ts";
import {
  account,
  circumstances,
  dated,
  history,
  kwh,
  lawOf,
  meter,
  norms,
  ORIGIN,
  reading,
  site,
  tariffs,
} from "./testing.ts";

// What people read beside a line, word for word. The numbers are the worked examples of the rules.

const RULES = rulesOf(CURRENT_RULES);
const MO_2021 = tariffs([
  ["2021-01-01", { T0: "5.73", T1: "6.59", T2: "2.52" }],
  ["2021-07-01", { T0: "5.93", T1: "6.82", T2: "2.65" }],
]);
const ROUNDED = "до 0,0001 кВт·ч";

function stepsOf(facts: SiteFacts): readonly TraceStep[] {
  const trace: Trace = [];
  const { problems } = billSite(facts, RULES, trace);
  t.same(problems, []);
  return trace;
}

const plain = ({ ordinal, clause, text, formula, result }: TraceStep) => [
  ordinal,
  clause,
  text,
  formula,
  result,
];
const texts = (step: TraceStep | undefined) => (step?.sources ?? []).map(({ text }) => text);

function metered(
  readings: readonly (readonly [string, readonly string[]])[],
  more: Parameters<typeof meter>[2] = {},
): Partial<AccountFacts> {
  const states = readings.map(([on, values]) => reading(on, values));
  return { points: [{ point: 7, meters: [meter("0012345", states, more)] }] };
}

t.test(
  "a meter, the tariff changes inside the interval (section 3.2): 290.32 + 826.25",
  async (t) => {
    const steps = stepsOf(
      site(
        "2021-07",
        [
          account(
            1,
            metered([
              ["2021-06-22", ["1000"]],
              ["2021-07-22", ["1190"]],
            ]),
          ),
        ],
        MO_2021,
      ),
    );
    const byDays = "ПП РФ 354, п. 38";
    const byMeter = "ПП РФ 354, п. 42, прил. 2, формула 1";
    t.same(steps.map(plain), [
      [
        null,
        byMeter,
        "Расход по прибору № 0012345, зона T0, за 23.06.2021 – 22.07.2021",
        "(1190 − 1000) × 1",
        "190 кВт·ч",
      ],
      [
        1,
        byDays,
        "Объём по тарифу с 01.01.2021 по дням его действия, зона T0",
        "190 × 8 / 30",
        "50,6667 кВт·ч",
      ],
      [
        1,
        byMeter,
        "Начислено, зона T0, тариф с 01.01.2021: приказ о тарифах с 2021-01-01",
        "50,6667 кВт·ч × 5,73 ₽/кВт·ч",
        "290,32 ₽",
      ],
      [
        2,
        byDays,
        "Объём по тарифу с 01.07.2021 по дням его действия, зона T0",
        "190 × 22 / 30",
        "139,3333 кВт·ч",
      ],
      [
        2,
        byMeter,
        "Начислено, зона T0, тариф с 01.07.2021: приказ о тарифах с 2021-07-01",
        "139,3333 кВт·ч × 5,93 ₽/кВт·ч",
        "826,25 ₽",
      ],
    ]);
    t.same(steps[0]?.sources, [
      { text: "показание 1000 прибора № 0012345 на 22.06.2021", origin: ORIGIN },
      { text: "показание 1190 прибора № 0012345 на 22.07.2021", origin: ORIGIN },
    ]);
    t.equal(steps[1]?.rounding, "до 0,0001 кВт·ч, последняя часть получает остаток");
    t.equal(steps[2]?.rounding, "290,320191 ₽ → 290,32 ₽");
    t.same(steps[2]?.sources, [{ text: "приказ о тарифах с 2021-01-01", origin: ORIGIN }]);
  },
);

t.test("zones, a coefficient, a turn of the dial; no word where nothing is split", async (t) => {
  const facts = metered(
    [
      ["2021-07-31", ["9990", "100.5"]],
      ["2021-08-31", ["10", "120.5"]],
    ],
    { zones: ["T1", "T2"], digits: 4, ratio: 20 },
  );
  const steps = stepsOf(site("2021-08", [account(1, facts)], MO_2021));
  t.same(
    steps.map(({ formula, result }) => [formula, result]),
    [
      ["(10 − 9990 + 10^4) × 20", "400 кВт·ч"],
      ["(120,5 − 100,5) × 20", "400 кВт·ч"],
      ["400 кВт·ч × 6,82 ₽/кВт·ч", "2728,00 ₽"],
      ["400 кВт·ч × 2,65 ₽/кВт·ч", "1060,00 ₽"],
    ],
  );
  const same = stepsOf(
    site(
      "2021-08",
      [
        account(
          1,
          metered([
            ["2021-07-31", ["5"]],
            ["2021-08-31", ["5"]],
          ]),
        ),
      ],
      MO_2021,
    ),
  );
  t.equal(same[0]?.formula, "(5 − 5) × 1", "a state that stands is no turn");
});

t.test("ranges of a month (section 4.2, Калининград 2025)", async (t) => {
  const prices = { T0: ["5.51", "5.52", "9.66"] };
  const versions = tariffs([["2025-01-01", prices]], ["1200", "3900"]);
  const facts = site(
    "2025-03",
    [
      account(
        1,
        metered([
          ["2025-02-28", ["0"]],
          ["2025-03-31", ["4300"]],
        ]),
      ),
    ],
    versions,
    { switches: { "tariff.scheme": "RANGES" } },
  );
  const steps = stepsOf(facts).filter(({ ordinal }) => ordinal !== null);
  const clause = "Основы ценообразования, ПП РФ 1178";
  const text = "Диапазоны с границами 1200 кВт·ч, 3900 кВт·ч в месяц, зона T0";
  const formula = "1: 1200 кВт·ч; 2: 2700 кВт·ч; 3: 400 кВт·ч";
  t.same(steps.filter((step) => step.clause === clause).map(plain), [
    [1, clause, text, formula, "диапазон 1: 1200 кВт·ч"],
    [2, clause, text, formula, "диапазон 2: 2700 кВт·ч"],
    [3, clause, text, formula, "диапазон 3: 400 кВт·ч"],
  ]);
  t.equal(
    steps.at(-1)?.text,
    "Начислено, зона T0, диапазон 3, тариф с 01.01.2025: приказ о тарифах с 2025-01-01",
  );
});

t.test(
  "by norm: persons by days, owners, the coefficient as a line of its own (section 5)",
  async (t) => {
    const law = {
      law: lawOf({ URBAN_GAS: tariffs([["2025-01-01", { T0: "5.51" }]]) }, { N77: norms("77") }),
    };
    const guest = [
      dated(2, "2000-01-01", "2025-01-01"),
      dated(3, "2025-01-01", "2025-01-10"),
      dated(2, "2025-01-10"),
    ];
    const of = (more: Partial<AccountFacts>, switches: SiteFacts["switches"] = {}) =>
      stepsOf(
        site("2025-01", [account(1, { norm: [dated("N77")], ...more })], [], { ...law, switches }),
      );
    const [first] = of({ residents: guest });
    t.same(plain(first as TraceStep), [
      null,
      "ПП РФ 354, п. 42, прил. 2, формула 4",
      "Прибора нет: по нормативу за 01.01.2025 – 31.01.2025, норматив × человеко-дни / дней в месяце",
      "77 × 71 / 31",
      "T0 176,3548 кВт·ч",
    ]);
    t.equal(first?.rounding, ROUNDED);
    t.same(texts(first), ["норматив"]);
    const owners = { circumstances: circumstances({ owners: [dated(2)] }) };
    t.match(of(owners)[0]?.text, /человеко-дни по числу собственников \(п\. 56\(2\)\)/);
    const raised = of({ residents: [dated(2)] }, { "norm.k.noMeter": "1.5" });
    t.match(raised[0]?.text, /; с коэффициентом 1,5 — отдельной строкой$/);
    // 154 × 1.5 = 231: 1 272.81, of it 848.54 by the norm itself.
    const last = raised.at(-1);
    t.same([last?.formula, last?.result], ["1272,81 ₽ − 848,54 ₽", "424,27 ₽"]);
    t.equal(last?.text, "Повышающий коэффициент 1,5: объём с ним 231 кВт·ч");
    t.equal(last?.rounding, "1272,81 ₽ → 1272,81 ₽");
    t.same(texts(last), ["приказ о тарифах с 2025-01-01"]);
  },
);

t.test("a mean, and why there is no reading (section 6)", async (t) => {
  const past = history("2021-01", ["140", "155", "128", "131", "120", "149"]);
  const of = (more: Partial<AccountFacts>, meters: Parameters<typeof meter>[2] = {}) =>
    stepsOf(
      site(
        "2021-07",
        [account(1, { ...metered([["2021-06-30", ["500"]]], meters), history: past, ...more })],
        MO_2021,
      ),
    )[0];
  const mean =
    "среднемесячный расход за 01.07.2021 – 31.07.2021 по месяцам 01.2021, 02.2021, 03.2021, 04.2021, 05.2021, 06.2021";
  const unread = of({});
  t.same(plain(unread as TraceStep), [
    null,
    "ПП РФ 354, п. 59 «б»",
    `Показаний нет, 1-й расчётный период подряд: ${mean}`,
    "(140 + 155 + 128 + 131 + 120 + 149) / 6",
    "T0 137,1667 кВт·ч",
  ]);
  t.same([unread?.rounding, texts(unread)], [ROUNDED, []]);
  const lost = of({}, { faults: [dated("LOST", "2021-07-01")] });
  t.equal(lost?.clause, "ПП РФ 354, п. 59 «а», 81(12)");
  t.match(lost?.text, /^Прибор утрачен, 1-й расчётный период подряд/);
  t.same(texts(lost), ["прибор утрачен"]);
  t.match(
    of({}, { faults: [dated("EXPIRED", "2021-07-01")] })?.text,
    /^Срок поверки прибора истёк/,
  );
  t.match(of({}, { faults: [dated("BROKEN", "2021-07-01")] })?.text, /^Прибор неисправен/);
  const refused = of({
    circumstances: circumstances({ accessRefused: [dated("12", "2021-07-01")] }),
  });
  t.equal(refused?.clause, "ПП РФ 354, п. 59 «в», 60(1)");
  t.match(refused?.text, /^Нет доступа к прибору по акту 12, 1-й расчётный период подряд/);
  t.same(texts(refused), ["акт об отказе в доступе 12"]);
});

t.test("a stop and a fixed volume are said with their days and papers", async (t) => {
  const facts = {
    circumstances: circumstances({
      stops: [dated("SUSPENDED", "2021-09-01", "2021-09-11")],
      fixedVolumes: [dated(kwh("90"), "2021-09-26")],
    }),
    norm: [dated("N77")],
    residents: [dated(2)],
  };
  const law = { law: lawOf({ URBAN_GAS: MO_2021 }, { N77: norms("77") }) };
  const steps = stepsOf(site("2021-09", [account(1, facts)], MO_2021, law));
  t.same(steps.slice(0, 3).map(plain), [
    [
      null,
      "ПП РФ 354, п. 42, 117",
      "По прибору, среднему и нормативу не начисляется: подача приостановлена 01.09.2021 – 10.09.2021; договорной объём 26.09.2021 – 30.09.2021",
      "30 − 15",
      "15 дн.",
    ],
    [
      null,
      "ПП РФ 354, п. 42, прил. 2, формула 4",
      "Прибора нет: по нормативу за 11.09.2021 – 25.09.2021, норматив × человеко-дни / дней в месяце",
      "77 × 30 / 30",
      "T0 77 кВт·ч",
    ],
    [
      null,
      "Договор: фиксированный объём",
      "Договорной объём 90 кВт·ч в месяц за 26.09.2021 – 30.09.2021",
      "90 × 5 / 30",
      "15 кВт·ч",
    ],
  ]);
  t.same(steps.slice(0, 3).map(texts), [
    ["документ", "документ"],
    ["норматив"],
    ["договорной объём"],
  ]);
  t.equal(steps[2]?.rounding, ROUNDED);
});
