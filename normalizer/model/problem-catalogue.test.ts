import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { REFUND_PROBLEMS } from "./catalogue/refunds.ts";
import type { ProblemCode } from "./problem-catalogue.ts";
import { definitionOf, PROBLEM_CATALOGUE } from "./problem-catalogue.ts";
import { problemLine, problemText } from "./problem-text.ts";

const CODES = Object.keys(PROBLEM_CATALOGUE) as ProblemCode[];
const root = import.meta.dirname.replace(/(\/build)?\/normalizer\/model$/, "");
const page = join(root, "../shared/reference/problem-codes.md");

t.test("every code has a sentence for the operator and a remedy", async (t) => {
  for (const code of CODES) {
    const { text, remedy } = definitionOf(code);
    t.match(text, /^[А-ЯЁXQ]/, `${code}: a Russian sentence`);
    t.ok(remedy.length >= 6, `${code}: a remedy`);
    const bare = problemText({ code });
    t.notMatch(bare, /[[\]{}]|[:,( ]$/, `${code}: reads well without values: «${bare}»`);
    t.notMatch(text.replace(/\[[^[\]]*\]/g, ""), /\{/, `${code}: placeholders stand in brackets`);
  }
});

t.test("values fill their places, a part without its value is left out", async (t) => {
  const cases = [
    [{ number: "812" }, "Номер сообщения 812 уже занят другим содержимым"],
    [{}, "Номер сообщения уже занят другим содержимым"],
    [{ number: "{given} [x]" }, "Номер сообщения {given} [x] уже занят другим содержимым"],
  ] as const;
  for (const [values, want] of cases) {
    t.equal(problemText({ code: "MESSAGE_NUMBER_CONFLICT", values }), want);
  }
  t.equal(
    problemLine({ code: "GAP", at: "120", object: "A/01", values: { from: "00:00", to: "01:00" } }),
    "GAP:120 Нет значений за интервал 00:00–01:00 (A/01)",
  );
});

const EFFECTS = [
  "file rejected",
  "no-op",
  "warned",
  "waiting",
  "held",
  "rejected",
  "quarantined",
  "request refused",
  "alarm",
  "retry",
  "unknown",
  "park",
  "stop",
];

/** Effects that an outcome cell of the page names, prose around them left aside. */
function effectsOf(cell: string): string[] {
  let rest = cell.replace("stays unknown", "").replace("value not stored", "value dropped");
  const found = rest.includes("value dropped") ? ["value dropped"] : [];
  for (const effect of EFFECTS) {
    if (!rest.includes(effect)) continue;
    found.push(effect);
    rest = rest.replaceAll(effect, "");
  }
  return found.sort();
}

t.test(
  "names, outcomes and remedies are those of problem-codes.md",
  { skip: existsSync(page) ? false : "the reference page is not on this machine" },
  async (t) => {
    const catalogue = readFileSync(page, "utf8").split("## Catalogue")[1] ?? "";
    const seen = new Set<string>();
    for (const row of catalogue.matchAll(/^\| (`[^|]*`) \| .* \| ([^|]*) \| ([^|]*) \|$/gm)) {
      const codes = [...(row[1] ?? "").matchAll(/`([A-Z0-9_]+)`/g)].map((match) => match[1] ?? "");
      const effects = new Set<string>();
      for (const code of codes) {
        seen.add(code);
        if (!Object.hasOwn(PROBLEM_CATALOGUE, code)) {
          t.fail(`${code} stands on the page, not in the catalogue`);
          continue;
        }
        const definition = definitionOf(code as ProblemCode);
        t.equal(definition.remedy, row[3], `${code}: remedy`);
        for (const effect of [definition.outcome, ...Object.values(definition.variants ?? {})]) {
          effects.add(effect);
        }
      }
      t.same([...effects].sort(), effectsOf(row[2] ?? ""), `${codes.join(", ")}: ${row[2]}`);
    }
    // The page is older than refunds and has no word for the term of an absence; once it names one of these codes,
    // that is compared as well.
    const added = [...Object.keys(REFUND_PROBLEMS), "GT_6_MONTHS"];
    const later = added.filter((code) => !seen.has(code));
    t.same([...seen, ...later].sort(), [...CODES].sort(), "the same names");
  },
);
