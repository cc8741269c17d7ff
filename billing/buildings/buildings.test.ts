import { Decimal } from "decimal.js";
import fc from "fast-check";
import t from "tap";
import {
  amountOf,
  formatFixed,
  formatScaled,
  type Volume,
  volume,
} from "../../normalizer/model/units.ts";
import { kwh, roublesPerKwh } from "../households/testing.ts";
import { RULES } from "../rules.ts";
import { type CommunalFlat, roomOdn, roomParts } from "./communal.ts";
import { houseMonth } from "./house.ts";
import { type HouseTerms, odnDetail, odnMonth, odnShare, reductionByResidents } from "./odn.ts";
import { separateVolumes } from "./separate.ts";

const PRICE = roublesPerKwh("5.73");

function flatOf(
  flat: string | null,
  rooms: readonly (readonly [number, string | null, string?])[],
  more: Partial<CommunalFlat> = {},
): CommunalFlat {
  return {
    flat: flat === null ? null : kwh(flat),
    sections: new Map(),
    rooms: rooms.map(([persons, metered, section], index) => ({
      id: String(index),
      persons,
      metered: metered === null ? null : kwh(metered),
      section: section ?? null,
    })),
    negativeCommon: "ALLOW",
    partialRoomMeters: "FORMULA_7",
    ...more,
  };
}

/** Money of each room: lines rounded one by one. */
function totals(flat: CommunalFlat, odn: readonly Volume[] = []): string[] {
  return roomParts(flat).map((parts, index) => {
    let total = amountOf(odn[index] ?? volume(0), PRICE) as number;
    for (const part of parts) total += amountOf(part.volume, PRICE);
    return formatFixed(total, 2);
  });
}

t.test("communal flat (section 8.1)", async (t) => {
  const metered = flatOf("360", [
    [2, "110"],
    [1, "70"],
    [4, "145"],
  ]);
  const odn = roomOdn(kwh("9.9"), [180_000, 120_000, 250_000]);
  t.same(totals(metered, odn), ["706.17", "442.13", "971.24"], "formula 9 and 16: 2 119.54");
  const plain = flatOf("360", [
    [2, null],
    [1, null],
    [4, null],
  ]);
  t.same(totals(plain), ["589.37", "294.69", "1178.74"], "formula 7: 2 062.80");
  const over = flatOf("300", [
    [2, "110"],
    [1, "70"],
    [4, "145"],
  ]);
  const common = (flat: CommunalFlat) => roomParts(flat).map((parts) => parts[1]?.volume);
  t.same(common(over), [-71_429, -35_714, -142_857], "a negative common part is a credit");
  t.same(common({ ...over, negativeCommon: "ZERO" }), [0, 0, 0]);
  const none = flatOf(null, [
    [2, "110"],
    [1, "70"],
  ]);
  t.same(
    roomParts(none).map((parts) => parts.map((part) => part.volume)),
    [[1_100_000], [700_000]],
  );
});

t.test("flat with sections (section 8.2): 2 865.01", async (t) => {
  const sections = new Map([
    ["A", kwh("260")],
    ["B", kwh("225")],
  ]);
  const rooms = [
    [2, "120", "A"],
    [2, "125", "A"],
    [1, null, "B"],
    [3, null, "B"],
  ] as const;
  t.same(totals(flatOf("500", rooms, { sections })), ["752.07", "780.72", "333.05", "999.17"]);
});

t.test("a section where some rooms have no meter (section 8.2)", async (t) => {
  // Section 260: a room of 2 by its meter of 120, rooms of 1 and 3 without. The flat shows no more.
  const rooms = [
    [2, "120", "A"],
    [1, null, "A"],
    [3, null, "A"],
  ] as const;
  const volumes = (section: string, more: Partial<CommunalFlat> = {}, of: typeof rooms = rooms) =>
    roomParts(flatOf(section, of, { sections: new Map([["A", kwh(section)]]), ...more })).map(
      ([own]) => formatScaled(own?.volume ?? 0, 4),
    );
  const mixed = { partialRoomMeters: "MIXED" } as const;
  t.same(volumes("260"), ["86.6667", "43.3333", "130"], "formula 7: of 260 by 2, 1 and 3 persons");
  t.same(volumes("260", mixed), ["120", "35", "105"], "140 above the meter by 1 and 3 persons");
  t.same(volumes("100", mixed), ["120", "-5", "-15"], "below the meter: a credit");
  t.same(volumes("100", { ...mixed, negativeCommon: "ZERO" }), ["120", "0", "0"]);
  const all = rooms.map(([persons, , section]) => [persons, "120", section] as const);
  const none = rooms.map(([persons, , section]) => [persons, null, section] as const);
  for (const group of [all, none])
    t.same(
      volumes("260", mixed, group as unknown as typeof rooms),
      volumes("260", {}, group as unknown as typeof rooms),
      "all rooms alike: the switch changes nothing",
    );

  const group = fc.array(
    fc.record({
      persons: fc.integer({ min: 1, max: 6 }),
      metered: fc.option(fc.integer({ min: 0, max: 5_000_000 }), { nil: null }),
    }),
    { minLength: 1, maxLength: 6 },
  );
  fc.assert(
    fc.property(group, fc.integer({ min: 0, max: 20_000_000 }), (of, section) => {
      const rest = of.reduce((left, room) => left.minus(room.metered ?? 0), new Decimal(section));
      const without = of.filter(({ metered }) => metered === null);
      if (without.length === 0) return;
      const persons = without.reduce((sum, room) => sum + room.persons, 0);
      const want = of.map((room) =>
        room.metered === null
          ? rest
              .times(room.persons)
              .div(persons)
              .toDecimalPlaces(0, Decimal.ROUND_HALF_UP)
              .toNumber()
          : room.metered,
      );
      const flat: CommunalFlat = {
        flat: volume(section),
        sections: new Map([["A", volume(section)]]),
        rooms: of.map(({ persons: own, metered }, index) => ({
          id: String(index),
          persons: own,
          metered: metered === null ? null : volume(metered),
          section: "A",
        })),
        negativeCommon: "ALLOW",
        partialRoomMeters: "MIXED",
      };
      t.same(
        roomParts(flat).map(([own]) => (own?.volume ?? 0) + 0),
        want.map((energy) => energy + 0),
      );
    }),
  );
});

t.test("separate accounts (section 8.3)", async (t) => {
  const shares = (...weights: number[]) =>
    weights.map((weight, index) => ({ weight, isPrimary: index === 0 }));
  t.same(separateVolumes(kwh("200"), "WEIGHT", shares(20_000, 10_000)), [1_333_333, 666_667]);
  t.same(separateVolumes(kwh("200"), "FIXED", shares(0, 500_000)), [1_500_000, 500_000]);
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 10 ** 9 }),
      fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 5 }),
      (whole, weights) => {
        let sum = 0;
        for (const part of separateVolumes(volume(whole), "WEIGHT", shares(...weights)))
          sum += part;
        return sum === whole;
      },
    ),
  );
});

function terms(more: Partial<HouseTerms> = {}): HouseTerms {
  return {
    totalAreaE4: 31_200_000,
    commonAreaE4: 5_400_000,
    normE4: 25_000,
    management: "DIRECT",
    negativeMode: "CARRY",
    negativeOrder: "OFFSET_THEN_CAP",
    distributeAll: false,
    ...more,
  };
}
const house = (raw: string) => ({
  house: kwh(raw),
  nonResidential: kwh("0"),
  unmetered: kwh("0"),
  metered: kwh("0"),
  heat: kwh("0"),
});
const AREA = 486_000;

t.test("ОДН with a house meter (sections 9.2, 9.3)", async (t) => {
  const volumes = {
    house: kwh("7000"),
    nonResidential: kwh("300"),
    unmetered: kwh("400"),
    metered: kwh("5200"),
    heat: kwh("0"),
  };
  const month = odnMonth(terms(), volumes, kwh("0"));
  t.equal(month.raw, kwh("1100"));
  const share = odnShare(terms(), month, AREA);
  t.equal(formatScaled(share, 4), "17.1346");
  t.equal(formatFixed(amountOf(share, PRICE), 2), "98.18");

  const capped = odnMonth(terms(), house("2100"), kwh("0"));
  t.match(capped, { cap: kwh("1350"), distributed: kwh("1350"), overNorm: kwh("750") });
  t.equal(formatScaled(odnShare(terms(), capped, AREA), 4), "21.0288");
  const all = odnMonth(terms({ distributeAll: true }), house("2100"), kwh("0"));
  t.match(all, { cap: kwh("1350"), distributed: kwh("2100"), overNorm: 0 });
});

t.test("negative ОДН (section 9.5)", async (t) => {
  let carry = kwh("0");
  const balances: string[] = [];
  const charged: string[] = [];
  for (const raw of ["-100", "-50", "80", "400"]) {
    const month = odnMonth(terms(), house(raw), carry);
    carry = month.carryOut;
    balances.push(formatScaled(carry, 4));
    charged.push(formatScaled(month.distributed, 4));
    if (raw === "400") t.equal(formatScaled(odnShare(terms(), month, AREA), 4), "5.1404");
  }
  t.same(balances, ["100", "150", "70", "0"]);
  t.same(charged, ["0", "0", "0", "330"]);
  const first = odnMonth(terms({ negativeOrder: "CAP_THEN_OFFSET" }), house("2100"), kwh("100"));
  t.match(first, { carryUsed: kwh("100"), distributed: kwh("1250"), overNorm: kwh("750") });
  const zero = odnMonth(terms({ negativeMode: "ZERO" }), house("-100"), kwh("0"));
  t.match(zero, { carryOut: 0, distributed: 0 });
  t.equal(reductionByResidents(kwh("-215"), 10_000, 60_000, kwh("83")), kwh("35.8333"));
  t.equal(reductionByResidents(kwh("-215"), 60_000, 60_000, kwh("83")), kwh("83"), "not below 0");
});

t.test(
  "without a house meter (section 9.4): the published check 140.461 kWh, 271.93",
  async (t) => {
    const published = terms({ normE4: 39_400, commonAreaE4: 14_260_000, totalAreaE4: 24_000_000 });
    const month = odnMonth(published, { ...house("0"), house: null }, kwh("7"));
    t.match(month, { method: "NORM", carryUsed: 0, carryOut: kwh("7"), overNorm: 0 });
    const share = odnShare(published, month, 600_000);
    t.equal(formatScaled(share, 4), "140.461");
    t.equal(formatFixed(amountOf(share, roublesPerKwh("1.936")), 2), "271.93");
    t.equal(odnShare(terms({ management: "MANAGED" }), month, AREA), 0);
  },
);

t.test("Ф-83: the coefficient is for display, the volume from the exact ratio", async (t) => {
  const row = odnDetail(kwh("1097"), 521_000, 23_506_000);
  t.match(row, { coefficientE4: 222, odn: kwh("24.3145") });
  t.equal(odnDetail(kwh("-1"), 521_000, 100).odn, null);
  t.equal(formatFixed(odnDetail(kwh("-1"), 521_000, 100).coefficientE4, 4), "5210.0000");
});

function premises(number: string, areaE4: number, regular: string, isBusiness = false) {
  return { number, areaE4, regular: kwh(regular), persons: 0, isBusiness, isHeld: false };
}

const RULE = RULES["buildings.odn"][1];

t.test(
  "a house balances: house meter = premises + business + distributed + over norm",
  async (t) => {
    if (RULE === undefined) return t.fail("no rule");
    const small = terms({ totalAreaE4: 1_800_000, commonAreaE4: 500_000, normE4: 29_000 });
    const own = [
      premises("1", 540_000, "95"),
      premises("2", 620_000, "189"),
      premises("N1", 640_000, "210", true),
    ];
    const result = houseMonth(RULE, small, kwh("600"), own, kwh("0"));
    if (result.isHeld) return t.fail("held");
    t.equal(result.individual, kwh("284"));
    t.equal(result.month.distributed, kwh("106"));
    t.same(result.shares, [kwh("31.8"), kwh("36.5111"), kwh("37.6889")]);

    const held = own.map((item) => ({ ...item, isHeld: item.number === "2" }));
    t.same(houseMonth(RULE, small, kwh("600"), held, kwh("0")), { isHeld: true, heldBy: ["2"] });
    const byNorm = houseMonth(RULE, small, null, held, kwh("12.5"));
    if (byNorm.isHeld) return t.fail("the norm needs no premises");
    t.equal(byNorm.month.carryOut, kwh("12.5"));
    t.equal(byNorm.shares[1], 0, "the held premises has no line");
  },
);
