import { join } from "node:path";
import t from "tap";
import { parseLaw, readLawFolder } from "./law.ts";
import { ConfigError } from "./load.ts";

const root = join(import.meta.dirname, "..", "..");
const vat = (entries: string) =>
  parseLaw(new TextEncoder().encode(`kind: vat\nentries:\n${entries}`), "vat.yaml");

t.test("the law of the product reads, and each entry leads to its row", async (t) => {
  const files = await readLawFolder(join(root, "config", "law"));
  for (const file of files) {
    for (const entry of file.entries) {
      const row = new TextDecoder().decode(file.bytes).split("\n")[entry.at - 1];
      t.equal(row, `  - subject: ${entry.subject}`, file.name);
      t.ok(entry.body.act.length > 0);
    }
  }
  // НК РФ, ст. 164: 18 % until 2018, 20 % until 2025, 22 % from 2026.
  const rates = files.find(({ name }) => name === "vat.yaml");
  t.match(rates?.entries, [{ body: { rate: "18" } }, { body: { rate: "20" } }, { to: null }]);
});

t.test("every problem is told with its path", async (t) => {
  const cases = [
    ["  - {subject: general, from: 2019-02-30, rate: '20', act: x}", /does not exist/],
    ["  - {subject: general, from: 2019-01-01, to: 2019-01-01, rate: '20', act: x}", /after/],
    ["  - {subject: general, from: 2019-01-01, rate: '20,0', act: x}", /entries\/0\/rate/],
    ["  - {subject: general, from: 2019-01-01, rate: '20'}", /act/],
    ["  - {subject: general, from: 2019-01-01, rate: '20', act: x, rates: 1}", /entries\/0/],
    [
      "  - {subject: general, from: 2019-01-01, rate: '20', act: x}\n" +
        "  - {subject: general, from: 2026-01-01, rate: '22', act: y}",
      /entries\/1.*overlaps \/entries\/0/,
    ],
  ] as const;
  for (const [entries, message] of cases) t.throws(() => vat(entries), { message });
  for (const [perUnit, isRight] of [
    ["2.9", true],
    ["0.0001", true],
    ["0", false],
    ["0.00", false],
    ["-1", false],
    ["2.90001", false],
  ] as const) {
    const text =
      "kind: odn-norm\nentries:\n" +
      `  - {subject: X, from: 2019-01-01, perUnit: '${perUnit}', act: x}`;
    const parse = () => parseLaw(new TextEncoder().encode(text), "odn.yaml");
    if (isRight) t.match(parse().entries, [{ body: { perUnit } }]);
    else t.throws(parse, { message: /entries\/0\/perUnit/ });
  }
  t.throws(() => parseLaw(new TextEncoder().encode("kind: taxes"), "x.yaml"), ConfigError);
});
