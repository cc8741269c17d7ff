import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { CLAUSES, describeClauses, SECTIONS_WITHOUT_RULE } from "./clauses.ts";
import { CURRENT_RULES } from "./rules.ts";

const root = join(import.meta.dirname, "../..");
const PAGE = join(root, "docs/clauses.md");
/** What demo.slow.test.ts compares with the lines of its run. */
const DEMO_LINES = join(root, "simulators/scenarios/demo/lines-by-rule.json");
const RULES_TEXT = join(root, "../shared/reference/billing-individuals.md");
const EXPLAINED = [
  "households",
  "buildings",
  "penalties",
  "recalculation",
  "settlement",
  "tariffs",
];

t.test("the page is what the table says", async (t) => {
  const page = describeClauses(JSON.parse(readFileSync(DEMO_LINES, "utf8")));
  if (process.env["UPDATE_CLAUSES"] !== undefined) writeFileSync(PAGE, page);
  t.equal(readFileSync(PAGE, "utf8"), page);
});

t.test("every household rule has a clause, every clause its code and tests", async (t) => {
  const named = new Set(CLAUSES.flatMap(({ rules }) => rules as readonly string[]));
  for (const rule of Object.keys(CURRENT_RULES)) {
    if (!rule.startsWith("businesses.")) t.ok(named.has(rule), `${rule} has no clause`);
  }
  for (const { clause, code, tests } of CLAUSES) {
    t.ok(code.length > 0 && tests.length > 0, clause);
    for (const path of [...code, ...tests])
      t.ok(existsSync(join(root, path)), `${clause}: ${path}`);
  }
  t.equal(new Set(CLAUSES.map(({ clause }) => clause)).size, CLAUSES.length, "no clause twice");
});

t.test("every clause that an explanation names has its row", async (t) => {
  const known = CLAUSES.map(({ clause }) => clause).join("; ");
  let seen = 0;
  for (const folder of EXPLAINED) {
    const files = readdirSync(join(root, "billing", folder), { recursive: true, encoding: "utf8" });
    for (const file of files) {
      if (!file.endsWith(".ts") || file.endsWith(".test.ts")) continue;
      const source = readFileSync(join(root, "billing", folder, file), "utf8");
      for (const [, text = ""] of source.matchAll(/"((?:ПП|ЖК|ГК|НК) РФ[^"]*)"/g)) {
        seen += 1;
        for (const point of pointsOf(text)) t.ok(known.includes(point), `${file}: ${text}`);
      }
    }
  }
  t.ok(seen > 10, "the clauses of the explanations were found");
});

/** "ПП РФ 354, п. 42, прил. 2, формула 4" → the numbers of its points: 42. */
function pointsOf(text: string): readonly string[] {
  const [, points = ""] = /п\. ([\d(), –«»а-я]+)/.exec(text) ?? [];
  return points.match(/\d+(?:\(\d+\))?/g) ?? [];
}

t.test(
  "every section of the rules has a clause",
  { skip: !existsSync(RULES_TEXT) && "the text of the rules is not at hand" },
  async (t) => {
    const named = new Set([
      ...CLAUSES.flatMap(({ sections }) => sections),
      ...SECTIONS_WITHOUT_RULE,
    ]);
    const headings = [
      ...readFileSync(RULES_TEXT, "utf8").matchAll(/^#{2,3} (\d+(?:\.\d+)?)\.? /gm),
    ];
    t.ok(headings.length > 40, "the sections were found");
    const known = new Set(headings.map(([, number]) => number));
    for (const number of known) t.ok(named.has(number ?? ""), `section ${number}`);
    for (const number of named) t.ok(known.has(number), `section ${number} is in the text`);
  },
);
