import t from "tap";
import type { Parsed } from "../contract.ts";
import { parse } from "./parse.ts";

const RIGHT = {
  kind: "recognition",
  payment: { message: 12, at: 5 },
  parts: [{ accountNumber: "0042", amount: 100 }],
  author: "petrova",
  ground: "звонок",
};

async function parsed(text: string | Uint8Array) {
  const bytes = (async function* () {
    yield Buffer.from(text as string);
  })();
  const all: Parsed[] = [];
  for await (const one of parse({ name: "entry", bytes, profile: {} })) all.push(one);
  return all;
}

t.test("a recognition, and what ends its message whole", async (t) => {
  const { kind, ...rest } = RIGHT;
  t.same(await parsed(JSON.stringify(RIGHT)), [
    { kind: "record", record: { kind, at: 1, ...rest, problems: [] } },
  ]);
  const part = (amount: unknown) => ({
    ...RIGHT,
    parts: [RIGHT.parts[0], { accountNumber: "1", amount }],
  });
  const cases: readonly (readonly [string, string, string])[] = [
    ["", "SCHEMA_INVALID", "/"],
    ["{", "SCHEMA_INVALID", "/"],
    ["null", "SCHEMA_INVALID", "/"],
    [JSON.stringify({ ...RIGHT, kind: "other" }), "SCHEMA_INVALID", "/kind"],
    [JSON.stringify({ ...RIGHT, parts: [] }), "SCHEMA_INVALID", "/parts"],
    [JSON.stringify({ ...RIGHT, author: "" }), "SCHEMA_INVALID", "/author"],
    [
      JSON.stringify({ ...RIGHT, payment: { message: 0, at: 1 } }),
      "SCHEMA_INVALID",
      "/payment/message",
    ],
    [JSON.stringify(part("100")), "SCHEMA_INVALID", "/parts/1/amount"],
    [JSON.stringify(part(1.5)), "SCHEMA_INVALID", "/parts/1/amount"],
    [JSON.stringify(part(0)), "ZERO_AMOUNT", "/parts/1/amount"],
    [JSON.stringify(part(-5)), "BAD_AMOUNT", "/parts/1/amount"],
    [`"${"x".repeat(5_000_000)}"`, "LIMIT_EXCEEDED", "0"],
  ];
  for (const [text, code, at] of cases) {
    t.match(await parsed(text), [{ kind: "problem", outcome: "rejected", problem: { code, at } }]);
  }
});
