import t from "tap";
import { day, month } from "../../normalizer/model/dates.ts";
import type { AccountId, RunId } from "../../normalizer/model/ids.ts";
import type { PostedLine } from "../../normalizer/model/lines.ts";
import { kopecks } from "../../normalizer/model/units.ts";
import { kwh, roublesPerKwh } from "../households/testing.ts";
import { recalculationSheet } from "./recalculation-sheet.ts";

/** Run N posts the month N of 2021. */
function posted(run: number, origin: string, energy: string, amount: number): PostedLine {
  const period = month(`2021-0${run}`);
  const isRegular = month(origin) === period;
  const isJune = origin === "2021-06";
  return {
    account: 1 as AccountId,
    ordinal: 1,
    kind: isRegular ? "AVERAGE" : "METER",
    rule: isRegular ? "households.average" : "recalculation.difference",
    ruleVersion: 1,
    ...{ point: 7, zone: "T0", range: 1 },
    tariffFrom: day(isJune ? "2021-01-01" : "2021-07-01"),
    price: roublesPerKwh(isJune ? "5.73" : "5.93"),
    origin: month(origin),
    volume: kwh(energy),
    amount: kopecks(amount),
    vat: null,
    run: run as RunId,
    period,
  };
}

/** Disconnected on 20 June at 2080, said in August (section 7.2); in September all of June goes. */
const LINES = [
  posted(6, "2021-06", "120", 687_60),
  posted(7, "2021-07", "118", 699_74),
  posted(8, "2021-07", "-118", -699_74),
  posted(8, "2021-06", "-40", -229_20),
  posted(9, "2021-06", "-80", -458_40),
];

t.test("each difference says what was posted before it, not after", async (t) => {
  const august = recalculationSheet(LINES, month("2021-08"));
  t.match(august.rows, [
    {
      line: { origin: month("2021-06"), price: 573_000, amount: -229_20 },
      ground: "по показаниям прибора учёта",
      oldVolume: kwh("120"),
      newVolume: kwh("80"),
      oldAmount: 687_60,
      // 80 × 5.73.
      newAmount: 458_40,
    },
    { oldVolume: kwh("118"), newVolume: 0, oldAmount: 699_74, newAmount: 0 },
  ]);
  t.equal(august.total, -928_94);
  const september = recalculationSheet(LINES, month("2021-09"));
  t.match(september.rows, [{ oldVolume: kwh("80"), newVolume: 0, oldAmount: 458_40 }]);
  t.equal(september.total, -458_40);
  t.same(recalculationSheet(LINES, month("2021-07")), { rows: [], total: 0 });
});
