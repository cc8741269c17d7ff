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

const READING_DECISION = {
  kind: "reading-decision",
  reading: { message: 12, at: 5 },
  decision: "CONFIRMED",
  author: "petrova",
  ground: "потребитель подтвердил по телефону",
  enteredAt: "2026-01-26T09:00:00.000Z",
};

async function parsed(text: string | Uint8Array) {
  const bytes = (async function* () {
    yield Buffer.from(text as string);
  })();
  const all: Parsed[] = [];
  for await (const one of parse({ name: "entry", bytes, profile: {} })) all.push(one);
  return all;
}

t.test("what a person says, and what ends its message whole", async (t) => {
  const { kind, ...rest } = RIGHT;
  t.same(await parsed(JSON.stringify(RIGHT)), [
    { kind: "record", record: { kind, at: 1, sameAs: null, ...rest, problems: [] } },
  ]);
  const { parts: _, ...same } = { ...RIGHT, kind: "same-payment", sameAs: { message: 3, at: 7 } };
  t.same(await parsed(JSON.stringify(same)), [
    { kind: "record", record: { ...same, kind, at: 1, parts: [], problems: [] } },
  ]);
  const part = (amount: unknown) => ({
    ...RIGHT,
    parts: [RIGHT.parts[0], { accountNumber: "1", amount }],
  });
  const { kind: word, enteredAt, ...said } = READING_DECISION;
  t.same(await parsed(JSON.stringify(READING_DECISION)), [
    { kind: "record", record: { kind: word, at: 1, ...said, problems: [] } },
  ]);
  const cases: (readonly [string, string, string])[] = [
    ["", "SCHEMA_INVALID", "/"],
    ["{", "SCHEMA_INVALID", "/"],
    ["null", "SCHEMA_INVALID", "/"],
    [JSON.stringify({ ...RIGHT, kind: "other" }), "SCHEMA_INVALID", "/kind"],
    [JSON.stringify({ ...RIGHT, parts: [] }), "SCHEMA_INVALID", "/parts"],
    [JSON.stringify({ ...RIGHT, sameAs: RIGHT.payment }), "SCHEMA_INVALID", "/"],
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
  const decided = { ...READING_DECISION, reading: { message: 12 } };
  cases.push(
    [JSON.stringify({ ...READING_DECISION, decision: "MAYBE" }), "SCHEMA_INVALID", "/decision"],
    [JSON.stringify({ ...READING_DECISION, ground: "" }), "SCHEMA_INVALID", "/ground"],
    [JSON.stringify(decided), "SCHEMA_INVALID", "/reading"],
  );
  for (const [text, code, at] of cases) {
    t.match(await parsed(text), [{ kind: "problem", outcome: "rejected", problem: { code, at } }]);
  }
});

/** Requisites of the sample of payment orders: control digits are right. */
const ORDER = {
  kind: "refund-order",
  accountNumber: "0042",
  amount: 35_040,
  payee: {
    name: "ПЕТРОВ ПЕТР ПЕТРОВИЧ",
    inn: "",
    account: "40817810000000000029",
    bankName: "УЧЕБНЫЙ БАНК-2",
    bic: "044599202",
    correspondentAccount: "30101810000000000202",
  },
  purpose: "Возврат",
  enteredAt: "2026-01-13T09:00:00Z",
  author: "petrova",
  ground: "заявление 5",
};
const DECISION = {
  kind: "refund-decision",
  refund: 12,
  decision: "APPROVED",
  day: "2026-01-13",
  refusedByBank: false,
  enteredAt: "2026-01-13T10:00:00Z",
  author: "ivanova",
  ground: "проверено",
};

t.test(
  "a refund and a decision about one; a wrong requisite is seen before any approval",
  async (t) => {
    const { enteredAt: _, ...order } = ORDER;
    t.same(await parsed(JSON.stringify(ORDER)), [
      { kind: "record", record: { ...order, at: 1, problems: [] } },
    ]);
    t.match(await parsed(JSON.stringify(DECISION)), [
      { record: { refund: 12, decision: "APPROVED", day: 20_466, refusedByBank: false, at: 1 } },
    ]);
    const payee = (change: object) => ({ ...ORDER, payee: { ...ORDER.payee, ...change } });
    const cases: readonly (readonly [object, readonly (readonly [string, string])[]])[] = [
      [payee({ inn: "500100732259" }), []],
      [payee({ inn: "500100732258" }), [["INN_INVALID", "/payee/inn"]]],
      [payee({ account: "40817810100000000029" }), [["ACCOUNT_KEY_INVALID", "/payee/account"]]],
      // The account's key is of the last three digits of the БИК, the correspondent account's of digits 5–6.
      [payee({ bic: "044599203" }), [["ACCOUNT_KEY_INVALID", "/payee/account"]]],
      [payee({ bic: "044589202" }), [["ACCOUNT_KEY_INVALID", "/payee/correspondentAccount"]]],
      [payee({ name: "" }), [["SCHEMA_INVALID", "/payee/name"]]],
      [{ ...ORDER, amount: 0 }, [["ZERO_AMOUNT", "/amount"]]],
      [{ ...ORDER, amount: -1 }, [["BAD_AMOUNT", "/amount"]]],
      [{ ...ORDER, purpose: " " }, [["MISSING_REQUIRED", "/purpose"]]],
      [{ ...ORDER, purpose: "я".repeat(210) }, []],
      [{ ...ORDER, purpose: "я".repeat(211) }, [["TOO_LONG", "/purpose"]]],
      [{ ...DECISION, day: "2026-02-30" }, [["BAD_DATE", "/day"]]],
      [{ ...DECISION, decision: "EXECUTED" }, [["SCHEMA_INVALID", "/decision"]]],
    ];
    for (const [given, want] of cases) {
      const problems = (await parsed(JSON.stringify(given))).flatMap((one) =>
        one.kind === "problem" ? [[one.problem.code, one.problem.at]] : [],
      );
      t.same(problems, want, JSON.stringify(want));
    }
  },
);
