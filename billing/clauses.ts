import { CURRENT_RULES, type RuleName } from "./rules.ts";

/** A clause of the law, or of the product where the law is silent, and what carries it out. */
export interface Clause {
  /** As explanations name it. */
  readonly clause: string;
  /** What it says, in one line. */
  readonly says: string;
  /** Sections of «Правила начисления физическим лицам» that it stands for. */
  readonly sections: readonly string[];
  /** Rules whose lines name their version; none where only sums, dates or papers follow from it. */
  readonly rules: readonly RuleName[];
  /** The functions, by file. */
  readonly code: readonly string[];
  readonly tests: readonly string[];
}

const households = (name: string) => `billing/households/${name}`;
const buildings = (name: string) => `billing/buildings/${name}`;
const SITE_TEST = households("site.test.ts");
const PRECEDENCE_TEST = households("precedence.test.ts");
const CHARGES_TEST = households("charges/charges.test.ts");
const CASES = "billing/conformance/suites.test.ts";
const BUILDINGS_TESTS = [
  buildings("buildings.test.ts"),
  buildings("site-month.test.ts"),
  buildings("site-month.property.test.ts"),
  buildings("odn-zones.test.ts"),
  CASES,
];
const PENALTY_TESTS = ["billing/penalties/penalty.test.ts", "billing/penalties/month.test.ts"];
const SETTLE_TEST = "billing/settlement/settle.test.ts";

export const CLAUSES: readonly Clause[] = [
  {
    clause: "Правила округления продукта",
    says: "Объём до 0,0001 кВт·ч, сумма строки до копейки, половина — от нуля; итог = сумма строк",
    sections: ["1.1", "1.2", "1.3"],
    rules: [],
    code: ["normalizer/model/units.ts", "billing/split.ts", "normalizer/model/dates.ts"],
    tests: ["normalizer/model/units.test.ts", "normalizer/model/dates.test.ts", SITE_TEST],
  },
  {
    clause: "ПП РФ 354, п. 42, 59, 60",
    says: "Порядок способов: остановка, фиксированный объём, прибор, среднее, норматив",
    sections: ["2"],
    rules: ["households.fixed", "households.points"],
    code: ["consumption.ts", "points.ts", "idle.ts", "gaps.ts"].map(households),
    tests: [
      PRECEDENCE_TEST,
      households("precedence.property.test.ts"),
      households("points.test.ts"),
      households("points.property.test.ts"),
    ],
  },
  {
    clause: "ПП РФ 354, п. 42, прил. 2, формула 1",
    says: "Объём по прибору учёта; замена прибора внутри интервала",
    sections: ["3", "3.1"],
    rules: ["households.meter"],
    code: [households("meter.ts"), households("timeline.ts"), households("pricing.ts")],
    tests: [SITE_TEST, "billing/golden.test.ts", CASES],
  },
  {
    clause: "ПП РФ 354, п. 38",
    says: "Тариф меняется внутри интервала: по дням его действия",
    sections: ["3.2"],
    rules: ["households.meter"],
    code: [households("pricing.ts"), "billing/split.ts"],
    tests: [SITE_TEST, "billing/golden.test.ts"],
  },
  {
    clause: "Основы ценообразования, ПП РФ 1178",
    says: "Зоны суток и диапазоны объёма; социальная норма (ПП РФ 614); категории тарифа",
    sections: ["4.1", "4.2", "4.3", "4.4"],
    rules: ["households.meter"],
    code: [households("ranges.ts"), households("pricing.ts"), households("tariffs.ts")],
    tests: [SITE_TEST, CASES],
  },
  {
    clause: "ПП РФ 354, п. 42, прил. 2, формула 4",
    says: "По нормативу: N × человеко-дни",
    sections: ["5"],
    rules: ["households.norm"],
    code: [households("norm.ts"), households("norm-days.ts")],
    tests: [SITE_TEST, CASES],
  },
  {
    clause: "ПП РФ 354, п. 42, прил. 2, формула 4(1)",
    says: "Повышающий коэффициент отдельной строкой",
    sections: ["5.1"],
    rules: ["households.norm"],
    code: [households("norm.ts"), households("account.ts")],
    tests: [SITE_TEST, PRECEDENCE_TEST, CASES],
  },
  {
    clause: "ПП РФ 354, снижение платы при нарушении срока установки прибора (с 01.01.2026)",
    says: "Коэффициент 0,95 за полные месяцы просрочки поставщика",
    sections: ["5.2"],
    rules: ["households.delay"],
    code: [households("delay.ts"), households("charges/delay.ts")],
    tests: [CHARGES_TEST, CASES],
  },
  {
    clause: "ПП РФ 354, п. 59 «б»",
    says: "Показаний нет: среднее за 6 месяцев, не больше 3 периодов подряд",
    sections: ["6"],
    rules: ["households.average"],
    code: [households("average.ts"), households("estimate.ts")],
    tests: [SITE_TEST, PRECEDENCE_TEST, CASES],
  },
  {
    clause: "ПП РФ 354, п. 59 «а», 81(12)",
    says: "Прибор неисправен, утрачен, истёк срок поверки: среднее с даты события, затем норматив",
    sections: ["2", "5.1"],
    rules: ["households.average", "households.norm"],
    code: [households("service.ts"), households("gaps.ts")],
    tests: [PRECEDENCE_TEST],
  },
  {
    clause: "ПП РФ 354, п. 59 «в», 60(1)",
    says: "Дважды не допустили к прибору: среднее, затем норматив × 1,5 до проверки",
    sections: ["2", "5.1"],
    rules: ["households.average", "households.norm"],
    code: [households("service.ts"), households("gaps.ts")],
    tests: [PRECEDENCE_TEST],
  },
  {
    clause: "ПП РФ 354, п. 61",
    says: "Показание после расчётных периодов: по дням или разницей в месяце проверки",
    sections: ["7.1"],
    rules: ["households.meter", "recalculation.difference"],
    code: [households("shares.ts"), "billing/recalculation/difference.ts"],
    tests: [SITE_TEST, CASES, "simulators/scenarios/late-readings.slow.test.ts"],
  },
  {
    clause: "Перерасчёт прошлых периодов",
    says: "Закрытый месяц не меняется: разница по ценам месяца, к которому она относится",
    sections: ["7.2"],
    rules: ["recalculation.difference"],
    code: ["billing/recalculation/difference.ts", "billing/recalculation/retroactive.ts"],
    tests: ["billing/recalculation/retroactive.test.ts", "gateway/runs/close.slow.test.ts"],
  },
  {
    clause: "ПП РФ 354, п. 50",
    says: "Коммунальная квартира: по проживающим, по приборам комнат, секции",
    sections: ["8.1", "8.2"],
    rules: ["buildings.communal"],
    code: [buildings("communal.ts"), buildings("communal-month.ts")],
    tests: BUILDINGS_TESTS,
  },
  {
    clause: "ГК РФ, ст. 249; ЖК РФ, ст. 155",
    says: "Раздельные лицевые счета: по долям, остаток — основному",
    sections: ["8.3"],
    rules: ["buildings.separate"],
    code: [buildings("separate.ts"), buildings("separate-accounts.ts")],
    tests: BUILDINGS_TESTS,
  },
  {
    clause: "ПП РФ 354, п. 44–46, 48",
    says: "Общедомовые нужды: по ОДПУ и по нормативу, предел, доли по площади, зоны ОДПУ",
    sections: ["9.1", "9.2", "9.3", "9.4", "9.6", "9.7"],
    rules: ["buildings.odn"],
    code: [
      buildings("odn.ts"),
      buildings("odn-zones.ts"),
      buildings("house.ts"),
      buildings("common-part.ts"),
    ],
    tests: BUILDINGS_TESTS,
  },
  {
    clause: "ПП РФ 354, п. 47 (ПП РФ 92)",
    says: "Отрицательный ОДН: переносится на следующие месяцы, до 01.09.2022 — по проживающим",
    sections: ["9.5"],
    rules: ["buildings.odn"],
    code: [buildings("odn.ts"), buildings("house.ts")],
    tests: BUILDINGS_TESTS,
  },
  {
    clause: "ПП РФ 354, п. 59(1)",
    says: "ОДПУ без показаний: среднее, не больше 3 периодов подряд, затем норматив",
    sections: ["6"],
    rules: ["households.average"],
    code: [buildings("house-volume.ts")],
    tests: BUILDINGS_TESTS,
  },
  {
    clause: "ПП РФ 354, п. 49, прил. 2, формула 22",
    says: "Земельный участок и надворные постройки без прибора",
    sections: ["10"],
    rules: ["households.plot"],
    code: [households("land-plot.ts"), households("charges/plot.ts")],
    tests: [CHARGES_TEST, CASES],
  },
  {
    clause: "ПП РФ 354, п. 86–97",
    says: "Временное отсутствие больше 5 полных дней, по одному заявлению не больше 6 месяцев",
    sections: ["11"],
    rules: ["households.absence"],
    code: [households("absence.ts"), households("charges/absence.ts")],
    tests: [CHARGES_TEST, CASES],
  },
  {
    clause: "ПП РФ 354, п. 81(11)",
    says: "Вмешательство в прибор: норматив × 10 не больше чем за 3 месяца",
    sections: ["12"],
    rules: ["households.tamper"],
    code: [households("tamper.ts"), households("charges/tamper.ts")],
    tests: [households("acts.test.ts"), CHARGES_TEST, CASES],
  },
  {
    clause: "ПП РФ 354, п. 62",
    says: "Самовольное подключение: мощность × 24 ч, без неё норматив × 10",
    sections: ["12"],
    rules: ["households.tamper"],
    code: [households("tamper.ts"), households("charges/tamper.ts")],
    tests: [households("acts.test.ts"), CHARGES_TEST, CASES],
  },
  {
    clause: "Региональные меры поддержки; НК РФ, ст. 164",
    says: "Льгота в квитанции: скидка отдельной строкой; НДС внутри цены населения",
    sections: ["13"],
    rules: ["households.benefit"],
    code: [
      "billing/tariffs/benefit.ts",
      households("charges/benefit.ts"),
      "billing/tariffs/vat.ts",
    ],
    tests: [CHARGES_TEST, CASES],
  },
  {
    clause: "Ручной перерасчёт",
    says: "Сумма по решению двух сотрудников с основанием",
    sections: ["7.2"],
    rules: ["households.manual"],
    code: [households("manual.ts"), households("charges/manual.ts")],
    tests: [CHARGES_TEST],
  },
  {
    clause: "ЖК РФ, ст. 155, ч. 1; ГК РФ, ст. 193",
    says: "Срок оплаты: 10-е, с марта 2026 года 15-е; выходной — следующий рабочий день",
    sections: ["14"],
    rules: ["penalties.households"],
    code: ["billing/penalties/due-date.ts", "billing/documents/document-dates.ts"],
    tests: [...PENALTY_TESTS, "billing/documents/payment-document.test.ts"],
  },
  {
    clause: "ЖК РФ, ст. 155, ч. 14",
    says: "Пени: 1/300 с 31-го дня, 1/130 с 91-го; предел ставки, моратории, рассрочка",
    sections: ["15", "15.1", "15.2", "15.3", "15.4"],
    rules: ["penalties.households"],
    code: ["billing/penalties/penalty.ts", "billing/penalties/month.ts"],
    tests: [...PENALTY_TESTS, "gateway/runs/penalties.slow.test.ts", CASES],
  },
  {
    clause: "ГК РФ, ст. 196, 319, 319.1",
    says: "Распределение платежа: назначение, самый ранний долг; аванс, отмена, возврат",
    sections: ["16"],
    rules: ["penalties.households"],
    code: ["billing/settlement/allocation.ts", "billing/settlement/derive.ts"],
    tests: [SETTLE_TEST, "gateway/intake/money.slow.test.ts", CASES],
  },
  {
    clause: "Контроль ввода показаний",
    says: "Порядок проверок, первый ответ решает: принято, ждёт подтверждения, отклонено",
    sections: ["17"],
    rules: [],
    code: ["normalizer/intake/reading-control.ts", "normalizer/intake/readings.ts"],
    tests: ["normalizer/intake/reading-control.test.ts", "normalizer/intake/readings.test.ts"],
  },
  {
    clause: "ПП РФ 354, п. 117–121; НК РФ, ст. 333.19",
    says: "Работа с долгом: порог и сроки ограничения, пошлина, рассрочка",
    sections: ["15.5", "18.1", "18.2", "18.3", "18.4"],
    rules: [],
    code: [
      "billing/receivables/restriction.ts",
      "billing/receivables/court-fee.ts",
      "billing/receivables/instalment.ts",
      "billing/receivables/debtors.ts",
    ],
    tests: ["billing/receivables/receivables.test.ts", CASES],
  },
  {
    clause: "ПП РФ 354, п. 69",
    says: "Платёжный документ и его код ST00012",
    sections: ["19.1"],
    rules: [],
    code: ["billing/documents/payment-document.ts", "billing/documents/payment-code.ts"],
    tests: ["billing/documents/payment-document.test.ts", "billing/documents/payment-code.test.ts"],
  },
  {
    clause: "Отчёты поставщика",
    says: "ОСВ, детализация ОДН по МКД (Ф-83), ведомость небаланса ОДН, список должников",
    sections: ["15.5", "19.2", "19.3", "19.4", "19.5"],
    rules: [],
    code: [
      "billing/balances/turnover.ts",
      "billing/documents/house-detail.ts",
      "gateway/reports/reports.ts",
    ],
    tests: [
      "billing/documents/house-detail.test.ts",
      "gateway/reports/reports.slow.test.ts",
      CASES,
    ],
  },
];

/** Sections that are tables, switches or questions, and nothing to compute. */
export const SECTIONS_WITHOUT_RULE: readonly string[] = [
  ...["1", "4", "7", "8", "9", "18", "19", "20"],
  ...["21", "21.1", "21.2", "21.3", "22"],
];

/** Clauses that a rule carries out, by its name without a version. */
export function clausesOf(rule: string): readonly string[] {
  return CLAUSES.filter(({ rules }) => rules.some((name) => name === rule)).map(
    ({ clause }) => clause,
  );
}

/** Lines of the demo month that one version of a rule made, and one of them. */
export interface DemoLines {
  /** As in "households.meter@1". */
  readonly rule: string;
  readonly lines: number;
  readonly example: {
    readonly account: string;
    /** As in "2026-01". */
    readonly month: string;
    readonly kopecks: number;
  };
}

/** docs/clauses.md: clause → rules and versions → code → tests → lines of the demo. */
export function describeClauses(demo: readonly DemoLines[]): string {
  const linesOf = new Map(demo.map((row) => [row.rule, row]));
  const rows = CLAUSES.map(({ clause, says, rules, code, tests }) => {
    const versions = rules.map((rule) => `${rule}@${CURRENT_RULES[rule]}`);
    const files = (paths: readonly string[]) =>
      paths.map((path) => `[${nameOf(path)}](../${path})`);
    const cells = [
      `**${clause}**. ${says}`,
      versions.map((version) => `\`${version}\``).join(", ") || "–",
      files(code).join(", "),
      files(tests).join(", "),
      versions.map((version) => demoText(linesOf.get(version))).join("; ") || "–",
    ];
    return `| ${cells.join(" | ")} |`;
  });
  return [
    "# Clauses of the law and what carries them out: households",
    "",
    "Made from `billing/clauses.ts` by `UPDATE_CLAUSES=1 node build/billing/clauses.test.js`. The test fails for a rule without a",
    "clause, a clause without a file or test, a clause that an explanation names and this page does not, and, where the rules'",
    "text is at hand, a section without a clause.",
    "",
    "The last column counts the lines that the demo month's run makes by the rule and shows one: account, month, kopecks. Who",
    "changes the demo writes it anew by `UPDATE_CLAUSES=1 node build/simulators/scenarios/demo.slow.test.js`, which compares",
    "`simulators/scenarios/demo/lines-by-rule.json`, and then this page.",
    "",
    "| clause | rule | code | tests | lines of the demo |",
    "| --- | --- | --- | --- | --- |",
    ...rows,
    "",
  ].join("\n");
}

function demoText(of: DemoLines | undefined): string {
  if (of === undefined) return "none";
  const { account, month, kopecks } = of.example;
  return `${of.lines}, as ${account} ${month} ${kopecks}`;
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
