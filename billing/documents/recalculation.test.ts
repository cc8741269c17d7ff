import t from "tap";
import { day, month } from "../../normalizer/model/dates.ts";
import { Exact } from "../exact.ts";
import {
  correctPeriods,
  type DeliveredPeriod,
  type RegisterEntry,
  spreadByHours,
} from "./recalculation.ts";

const exact = (text: string): Exact => new Exact(text);

const JANUARY: DeliveredPeriod = {
  period: month("2026-01"),
  ratePercent: exact("22"),
  lines: [{ line: "energy", quantity: exact("48.210"), price: exact("7069.68") }],
};
const text = (entry: RegisterEntry) =>
  `${entry.book} ${entry.code} ${entry.net.toFixed(2)} ${entry.vat.toFixed(2)}`;

const change = (quantity: string) => [
  { period: JANUARY.period, line: "energy", quantity: exact(quantity), price: null },
];

t.test("a decrease by a corrective invoice (section 15): 22 693.67 and 4 992.61", async (t) => {
  const { changed, periods } = correctPeriods(
    [JANUARY],
    change("45.000"),
    "corrective",
    day("2026-03-03"),
  );
  t.same(changed[0]?.entries.map(text), ["purchases 18 22693.67 4992.61"]);
  t.equal(changed[0]?.difference.gross.toFixed(2), "-27686.28");
  const again = correctPeriods(periods, change("45.000"), "corrective", day("2026-03-04"));
  t.same(again.changed, [], "the next correction starts from the last version");
});

t.test(
  "an amended invoice reverses the whole version, in its own quarter or a sheet",
  async (t) => {
    const amended = (issued: string) =>
      correctPeriods([JANUARY], change("45.000"), "amended", day(issued)).changed[0]?.entries.map(
        text,
      );
    t.same(amended("2026-03-31"), ["sales 01 -340829.27 -74982.44", "sales 01 318135.60 69989.83"]);
    t.match(amended("2026-04-01")?.[0], "sales.additionalSheet 01 -340829.27");
  },
);

t.test("a late reading over substituted periods by their hours", async (t) => {
  const parts = spreadByHours(exact("31252"), [month("2025-11"), month("2025-12")]);
  t.same(
    parts.map((part) => part.toFixed()),
    ["15370", "15882"],
    "31 252 × 30 / 61 = 15 369.8",
  );
});
