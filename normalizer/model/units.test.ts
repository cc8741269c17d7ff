import { Decimal } from "decimal.js";
import fc from "fast-check";
import t from "tap";
import { formatFixed, formatScaled, multiplyDivideRound, parseScaled } from "./units.ts";

/** The second method: exact fractions of BigInt, written apart from the code under test. */
function oracle(a: number, b: number, divisor: number): bigint {
  const product = BigInt(a) * BigInt(b);
  const twice = (product < 0n ? -product : product) * 2n + BigInt(divisor);
  const rounded = twice / (2n * BigInt(divisor));
  return product < 0n ? -rounded : rounded;
}

t.test("multiplyDivideRound: half away from zero, by hand", async (t) => {
  const cases = [
    // a, b, divisor, want, why
    [1650000, 573000, 10_000_000, 94545, "165 kWh × 5.73 = 945.45"],
    [5, 1, 10, 1, "0.5 → 1"],
    [-5, 1, 10, -1, "−0.5 → −1"],
    [4, 1, 10, 0, "0.4 → 0"],
    [-4, 1, 10, 0, "−0.4 → 0, not −0"],
    [-2865, 1, 10, -287, "−286.5 → −287"],
  ] as const;
  for (const [a, b, divisor, want, why] of cases) {
    t.equal(multiplyDivideRound(a, b, divisor), want, why);
    t.ok(Object.is(multiplyDivideRound(a, b, divisor), want), `${why} (sign of zero)`);
  }
});

t.test("multiplyDivideRound equals BigInt fractions on both sides of 2⁵³", async () => {
  const operand = fc.integer({ min: -4_000_000_000, max: 4_000_000_000 });
  fc.assert(
    fc.property(operand, operand, fc.integer({ min: 1, max: 10 ** 12 }), (a, b, divisor) => {
      const want = oracle(a, b, divisor);
      if (want > BigInt(Number.MAX_SAFE_INTEGER) || want < -BigInt(Number.MAX_SAFE_INTEGER)) return;
      return BigInt(multiplyDivideRound(a, b, divisor)) === want;
    }),
    { numRuns: 20_000 },
  );
});

t.test("parseScaled takes plain decimals only", async (t) => {
  const cases = [
    ["12.5", 4, 125000],
    ["0012", 4, 120000],
    ["-0.007", 6, -7000],
    ["1.10000", 4, 11000],
    ["1.00001", 4, null],
    ["-0", 4, 0],
    ["1e3", 4, null],
    ["0x10", 4, null],
    ["12,5", 4, null],
    ["", 4, null],
    [" 1", 4, null],
    ["NaN", 4, null],
    ["1.", 4, null],
    [".5", 4, null],
    ["9007199254740993", 0, null],
  ] as const;
  for (const [text, scale, want] of cases) t.equal(parseScaled(text, scale), want, `«${text}»`);
});

t.test("format and parse agree with decimal.js", async () => {
  fc.assert(
    fc.property(fc.maxSafeInteger(), fc.integer({ min: 0, max: 7 }), (value, scale) => {
      const exact = new Decimal(value).div(new Decimal(10).pow(scale));
      return (
        formatFixed(value, scale) === exact.toFixed(scale) &&
        formatScaled(value, scale) === exact.toFixed() &&
        parseScaled(formatScaled(value, scale), scale) === value
      );
    }),
    { numRuns: 5_000 },
  );
});
