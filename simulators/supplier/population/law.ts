import { day } from "../../../normalizer/model/dates.ts";
import type { FactBodies } from "../../../normalizer/model/fact-bodies.ts";
import type { LawFact } from "../../../normalizer/store/law.ts";

const ACT = "Условные тарифы синтетического поставщика";

/** Upper bounds of the first two ranges, kWh a month, where `tariff.scheme` is RANGES. */
const LIMITS = ["250", "400"];

/** Prices with three ranges for every zone; the law folder of the product has neither. */
const PRICES: Readonly<Record<string, FactBodies["tariff"]["prices"]>> = {
  URBAN_GAS: {
    T0: ["6.33", "7.49", "9.12"],
    T1: ["7.28", "8.61", "10.49"],
    T3: ["6.33", "7.49", "9.12"],
    T2: ["4.75", "5.62", "6.84"],
  },
  URBAN_ELECTRIC: {
    T0: ["4.43", "5.24", "6.38"],
    T1: ["5.09", "6.03", "7.34"],
    T2: ["3.32", "3.93", "4.79"],
  },
  RURAL: {
    T0: ["4.43", "5.24", "6.38"],
    T1: ["5.09", "6.03", "7.34"],
    T3: ["4.43", "5.24", "6.38"],
    T2: ["3.32", "3.93", "4.79"],
  },
};

/** Categories without a price for every zone or without any: bad master data that parks an account. */
export const CATEGORY_WITHOUT_TARIFF = "URBAN_UNKNOWN";

export const POPULATION_TARIFFS: readonly LawFact[] = Object.entries(PRICES).map(
  ([subject, prices], index): LawFact => ({
    kind: "tariff",
    subject,
    from: day("2024-01-01"),
    to: null,
    body: { prices, limits: LIMITS, act: ACT },
    at: index + 1,
  }),
);

/** Switches that some districts have: ranges by consumption, benefits in the receipt. */
export const POPULATION_SWITCHES: readonly LawFact[] = [
  ["district:Восточный", "tariff.scheme", "RANGES"],
  ["district:Луговой", "tariff.scheme", "RANGES"],
  ["district:Заречный", "benefit.method", "IN_RECEIPT"],
  ["district:Северный", "benefit.method", "IN_RECEIPT"],
].map(
  ([scope, name, value], index): LawFact => ({
    kind: "switch",
    subject: `${scope}/${name}`,
    from: day("2024-01-01"),
    to: null,
    body: { value: value as string },
    at: index + 1,
  }),
);
