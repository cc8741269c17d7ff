import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import t from "tap";
import { differences } from "./compare.ts";
import { runCases, SUITES } from "./suites.ts";

t.test("every differing path is named", async (t) => {
  const want = { lines: [{ amount: "945.45" }, { amount: "1.00" }], total: "946.45" };
  const got = { lines: [{ amount: "945.46", extra: 1 }], total: "946.45" };
  t.same(differences(want, got), [
    "lines[0].amount: want 945.45, got 945.46",
    "lines[0].extra: want nothing, got 1",
    'lines[1]: want {"amount":"1.00"}, got nothing',
  ]);
  t.same(differences({ a: null, b: [] }, { a: null, b: [] }), []);
});

t.test("an unknown kind and a case that throws are failed", async (t) => {
  const cases = [
    { id: "x", kind: "nonsense", input: {}, expected: {} },
    { id: "y", kind: "meter", input: { period: "2021-13" }, expected: {} },
    {
      id: "z",
      kind: "vat",
      input: { amount: "500.00", rate: "22" },
      expected: { vat: "90.16", net: "409.84" },
    },
  ];
  const results = runCases("individuals", JSON.stringify({ cases }));
  t.same(
    results.map((result) => [result.id, result.differences.length]),
    [
      ["x", 1],
      ["y", 1],
      ["z", 0],
    ],
  );
});

for (const suite of Object.keys(SUITES)) {
  const file = join("..", "shared", "conformance", suite, "cases.json");
  const skip = existsSync(file) ? false : `no ${file} beside the project`;
  t.test(`cases of suite ${suite}: every built kind passes`, { skip }, async (t) => {
    const known = SUITES[suite] ?? {};
    for (const { id, kind, differences } of runCases(suite, readFileSync(file, "utf8")))
      if (known[kind] !== undefined) t.same(differences, [], `${id} (${kind})`);
  });
}
