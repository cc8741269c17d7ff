import t from "tap";
import type { PointFacts, SiteFacts } from "../../normalizer/model/facts.ts";
import { formatFixed, formatScaled } from "../../normalizer/model/units.ts";
import {
  contract,
  houseOf,
  metered,
  mkd,
  payer,
  premises,
  room,
  WHOLE,
} from "../buildings/testing.ts";
import { billSite } from "../households/site.ts";
import { dated, meter, reading } from "../households/testing.ts";
import { CURRENT_RULES, rulesOf } from "../rules.ts";
import { houseDetail } from "./house-detail.ts";

const RULES = rulesOf(CURRENT_RULES);

function detailOf(facts: SiteFacts) {
  const detail = houseDetail(facts, billSite(facts, RULES));
  if (detail === null) throw new Error("no detail");
  return detail;
}

const zoned: PointFacts = {
  point: 4,
  meters: [
    meter("M4", [reading("2021-02-28", ["0", "0"]), reading("2021-03-31", ["1365.6", "560.62"])], {
      zones: ["T1", "T2"],
    }),
  ],
};

t.test("the published sheet: −4 214.9957, coefficients of an area of 0.01 m²", async (t) => {
  const facts = mkd({
    accounts: [
      payer(1, "83"),
      payer(2, "110"),
      payer(3, "162"),
      payer(4, null, { points: [zoned] }),
      payer(5, "1924.7"),
      payer(6, null, { norm: [dated("NORM")], residents: [dated(1)] }),
    ],
    premises: [
      premises("1", "52.1", [[1, WHOLE]]),
      premises("2", "35.4", [[2, WHOLE]]),
      premises("3", "52.4", [[3, WHOLE]]),
      premises("4", "70", [[4, WHOLE]]),
      premises("5", "70", [[5, WHOLE]]),
      premises("6", "30", [[6, WHOLE]]),
    ],
    house: houseOf("0.01", "540", "0.0043"),
    price: { T0: "5.73", T1: "6.59", T2: "2.52" },
    perPerson: ["9.08"],
  });
  const detail = detailOf(facts);
  t.same(
    detail.zones.map(({ zone, premises }) => [zone, formatScaled(premises, 4)]),
    [
      ["T1", "1365.6"],
      ["T2", "560.62"],
      ["T0", "2279.7"],
      [null, "9.08"],
    ],
  );
  t.equal(formatScaled(detail.total.residential, 4), "4215");
  t.equal(formatScaled(detail.total.house ?? 0, 4), "0.0043");
  t.equal(formatScaled(detail.total.odn ?? 0, 4), "-4214.9957");
  t.same(
    detail.residential
      .slice(0, 3)
      .map(({ coefficientE4, individual, odn }) => [
        formatFixed(coefficientE4, 4),
        formatScaled(individual ?? 0, 4),
        odn,
      ]),
    [
      ["5210.0000", "83", null],
      ["3540.0000", "110", null],
      ["5240.0000", "162", null],
    ],
    "a negative house distributes nothing",
  );
  t.match(detail.meters, [{ serial: "M999", ratio: 1, zone: "T0", start: 0, end: 43 }]);
});

t.test("shares of the exact ratio: 1097 × 52.1 / 2350.6 = 24.3145", async (t) => {
  const facts = mkd({
    accounts: [payer(1, "83"), payer(2, "110"), payer(3, "50"), payer(4, "40")],
    premises: [
      premises("1", "52.1", [[1, WHOLE]]),
      premises("2", "2000", [[2, WHOLE]]),
      premises(
        "3",
        "98.5",
        [
          [3, room("20")],
          [4, room("30")],
        ],
        { points: [metered(30, "90")] },
      ),
      contract("Н-1", "200", "300"),
    ],
    house: houseOf("2350.6", "540", "1680"),
  });
  const people = facts.accounts.map((item) => ({ ...item, residents: [dated(1)] }));
  const detail = detailOf({ ...facts, accounts: people });
  t.match(detail, { residentialAreaE4: 21_506_000, nonResidentialAreaE4: 2_000_000 });
  const rows = [...detail.residential, ...detail.nonResidential].map((row) => [
    row.accounts.length,
    formatFixed(row.coefficientE4, 4),
    formatScaled(row.individual ?? -1, 4),
    formatScaled(row.odn ?? -1, 4),
  ]);
  t.same(rows, [
    [1, "0.0222", "83", "24.3145"],
    [1, "0.8508", "110", "933.3787"],
    // 45.9689 of the flat, 18.3876 and 27.5813 of its rooms.
    [2, "0.0419", "90", "45.9689"],
    [0, "0.0851", "300", "93.3379"],
  ]);
  t.equal(detail.nonResidential[0]?.contract, 900);
  t.equal(houseDetail({ ...facts, house: null }, billSite(facts, RULES)), null);
  const held = contract("Н-1", "200", null);
  const waiting = detailOf({ ...facts, premises: [...facts.premises.slice(0, 2), held] });
  t.match(waiting.total, { odn: null });
  t.match(waiting.nonResidential[0], { individual: null, odn: null });
});
