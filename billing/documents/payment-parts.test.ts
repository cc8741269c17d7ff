import fc from "fast-check";
import t from "tap";
import type { Zone } from "../../normalizer/model/lines.ts";
import type { PaymentDocument } from "../../normalizer/model/outbound.ts";
import { kopecks } from "../../normalizer/model/units.ts";
import { paymentParts } from "./payment-parts.ts";

const document = (services: readonly (readonly [zone: Zone, total: number])[], penalty: number) =>
  ({
    services: services.map(([zone, total]) => ({ zone, total: kopecks(total) })),
    penalty: kopecks(penalty),
  }) as unknown as PaymentDocument;
const DAY_NIGHT = [
  ["T1", 536_79],
  ["T2", 152_22],
] as const;

t.test("a payment is spread over what the document charges", async (t) => {
  const cases = [
    ["the whole document", 689_01 + 7_77, DAY_NIGHT, 7_77, "T1 53679, T2 15222, PENALTY 777"],
    // 100,00 ₽ · 536,79 / 689,01 = 77,9074 ₽; the rest is of the night.
    ["a part: by the totals, no penalty", 100_00, DAY_NIGHT, 7_77, "T1 7791, T2 2209"],
    ["all principal and a kopeck", 689_02, DAY_NIGHT, 7_77, "T1 53679, T2 15222, PENALTY 1"],
    // 689,01 + 100,00 ₽ of a debt: 789,01 · 536,79 / 689,01 = 614,6974 ₽.
    ["more than the document", 796_78, DAY_NIGHT, 7_77, "T1 61470, T2 17431, PENALTY 777"],
    ["one kopeck", 1, DAY_NIGHT, 0, "T1 1"],
    [
      "two prices of a zone are one service",
      300,
      [
        ["T0", 100],
        ["T0", 200],
      ],
      0,
      "T0 300",
    ],
    [
      "a credited service takes nothing",
      500,
      [
        ["T1", 1000],
        ["T2", -200],
      ],
      0,
      "T1 500",
    ],
    ["nothing but penalty is charged", 500, [["T1", -1000]], 200, "PENALTY 500"],
    ["nothing is charged", 500, [["T1", 0]], 0, "T1 500"],
    ["nothing stands in it", 500, [], 0, ""],
  ] as const;
  for (const [name, amount, services, penalty, want] of cases) {
    const parts = paymentParts(kopecks(amount), document(services, penalty));
    t.equal(parts.map((part) => `${part.service} ${part.amount}`).join(", "), want, name);
  }
});

t.test("parts are above zero and make up the payment", async (t) => {
  const services = fc.array(
    fc.tuple(fc.constantFrom("T0", "T1", "T2", "T3"), fc.integer({ min: -1e6, max: 1e9 })),
    { minLength: 1, maxLength: 6 },
  );
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1e11 }),
      services,
      fc.integer({ min: 0, max: 1e6 }),
      (amount, charged, penalty) => {
        const parts = paymentParts(kopecks(amount), document(charged as never, penalty));
        t.ok(parts.every((part) => part.amount > 0));
        t.equal(
          parts.reduce((sum, part) => sum + part.amount, 0),
          amount,
        );
        t.equal(new Set(parts.map(({ service }) => service)).size, parts.length);
      },
    ),
  );
});
