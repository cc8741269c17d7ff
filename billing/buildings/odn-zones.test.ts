import { Decimal } from "decimal.js";
import fc from "fast-check";
import t from "tap";
import type { PointFacts, SiteFacts } from "../../normalizer/model/facts.ts";
import type { HouseMonth } from "../../normalizer/model/house-facts.ts";
import type { Line, Trace, Zone } from "../../normalizer/model/lines.ts";
import { formatFixed, formatScaled } from "../../normalizer/model/units.ts";
import { billSite } from "../households/site.ts";
import { dated, kwh, meter, history as meteredMonths, reading } from "../households/testing.ts";
import { CURRENT_RULES, rulesOf } from "../rules.ts";
import { carried, contract, houseOf, mkd, payer, premises, room, share, WHOLE } from "./testing.ts";

const RULES = rulesOf(CURRENT_RULES);
const BY_ZONES = { "odn.zoneMode": "BY_ODPU_ZONES" };
const PRICES = { T0: "5.73", T1: "6.59", T2: "2.52", T3: "5.73" };
const TWO: readonly Zone[] = ["T1", "T2"];
const THREE: readonly Zone[] = ["T1", "T3", "T2"];

/** A point that counts these energies in March, zone by zone. */
function zoned(point: number, zones: readonly Zone[], energies: readonly string[]): PointFacts {
  const before = reading(
    "2021-02-28",
    energies.map(() => "0"),
  );
  const of = [before, reading("2021-03-31", energies)];
  return { point, meters: [meter(`M${point}`, of, { zones })] };
}

const resident = (id: number, zones: readonly Zone[], energies: readonly string[]) =>
  payer(id, null, { points: [zoned(id, zones, energies)] });

/** Flat 1 of 60 m² by day and night, flat 2 of 180 m² round the clock, a shop of 60 m². */
function house(
  odpu: readonly string[],
  more: Parameters<typeof houseOf>[3] = {},
  switches: SiteFacts["switches"] = {},
): SiteFacts {
  return mkd({
    accounts: [resident(1, TWO, ["150", "50"]), payer(2, "400")],
    premises: [
      premises("1", "60", [[1, WHOLE]]),
      premises("2", "180", [[2, WHOLE]]),
      contract("Н-1", "60", "100"),
    ],
    house: houseOf("300", "540", null, { points: [zoned(999, TWO, odpu)], ...more }),
    price: PRICES,
    switches: { ...BY_ZONES, ...switches },
  });
}

const odnOf = (lines: readonly Line[]) =>
  lines
    .filter(({ kind }) => kind === "ODN")
    .map(
      ({ account, zone, volume: energy, amount }) =>
        `${account} ${zone} ${formatScaled(energy, 4)} ${formatFixed(amount, 2)}`,
    );

/** "T1 700 430 70 200 200": ОДПУ, flats, businesses, above them, distributed. */
const zonesOf = (month: HouseMonth | null) =>
  month?.zones.map((zone) =>
    [
      zone.zone,
      ...[zone.odpu, zone.individual, zone.nonResidential, zone.raw, zone.distributed].map(
        (energy) => formatScaled(energy, 4),
      ),
    ].join(" "),
  );

t.test("ОДН by zones of the ОДПУ: profile, parts of the zones, lines (section 9.7)", async (t) => {
  // Flat 2 and the shop by 700 : 300. Day 700 − 150 − 280 − 70 = 200, night 300 − 50 − 120 − 30 = 100.
  const billed = billSite(house(["700", "300"]), RULES);
  t.same(zonesOf(billed.house), ["T1 700 430 70 200 200", "T2 300 170 30 100 100"]);
  // 300 × 60 / 300 = 60 kWh: 40 by day, 20 by night; flat 2 has 180 round the clock.
  t.same(odnOf(billed.lines), ["1 T1 40 263.60", "1 T2 20 50.40", "2 T0 180 1031.40"]);
  t.same(
    billed.lines.filter(({ account }) => account === 1).map(({ ordinal }) => ordinal),
    [1, 2, 3, 4],
  );
  // The limit is of the house: 2.5 × 40 = 100 of 300, so day 66.6667, night 33.3333; flat 1 has 20.
  const cut = billSite(house(["700", "300"], { commonAreaE4: [dated(400_000)] }), RULES);
  t.match(cut.house, { cap: kwh("100"), distributed: kwh("100"), overNorm: kwh("200") });
  t.same(zonesOf(cut.house), ["T1 700 430 70 200 66.6667", "T2 300 170 30 100 33.3333"]);
  t.same(odnOf(cut.lines).slice(0, 2), ["1 T1 13.3333 87.87", "1 T2 6.6667 16.80"]);
  // What is carried lowers the house: 300 − 240 = 60, flat 1 has 12.
  const lowered = billSite(house(["700", "300"], { carried: carried("240") }), RULES);
  t.match(lowered.house, { carryUsed: kwh("240"), carryOut: 0, distributed: kwh("60") });
  t.same(odnOf(lowered.lines).slice(0, 2), ["1 T1 8 52.72", "1 T2 4 10.08"]);
});

t.test("a zone below 0 takes from the others; a house below 0 is carried whole", async (t) => {
  // Profile 900 : 60 → of 500 kWh 468.75 and 31.25. Day 900 − 150 − 468.75 = 281.25, night −21.25: 260.
  const billed = billSite(house(["900", "60"]), RULES);
  t.same(zonesOf(billed.house), ["T1 900 525 93.75 281.25 260", "T2 60 75 6.25 -21.25 0"]);
  t.match(billed.house, { raw: kwh("260"), distributed: kwh("260"), carryOut: 0 });
  t.same(odnOf(billed.lines), ["1 T1 52 342.68", "1 T2 0 0.00", "2 T0 156 893.88"]);
  const negative = billSite(house(["400", "200"]), RULES);
  t.match(negative.house, { raw: kwh("-100"), carryOut: kwh("100"), distributed: 0 });
  t.same(odnOf(negative.lines), ["1 T1 0 0.00", "1 T2 0 0.00", "2 T0 0 0.00"]);
});

t.test("meters of two zones under an ОДПУ of three, and the other way", async (t) => {
  const facts = (of: readonly Zone[], odpu: readonly string[], own: readonly Zone[]) =>
    mkd({
      accounts: [resident(1, own, own.length === 2 ? ["150", "50"] : ["90", "60", "50"])],
      premises: [premises("1", "60", [[1, WHOLE]])],
      house: houseOf("60", "540", null, { points: [zoned(999, of, odpu)] }),
      price: PRICES,
      switches: BY_ZONES,
    });
  // The day 150 by 200 : 100 of peak and half-peak.
  const three = billSite(facts(THREE, ["200", "100", "70"], TWO), RULES);
  t.same(zonesOf(three.house), ["T1 200 100 0 100 100", "T3 100 50 0 50 50", "T2 70 50 0 20 20"]);
  t.same(odnOf(three.lines), ["1 T0 170 974.10"], "other zones than the ОДПУ: round the clock");
  const two = billSite(facts(TWO, ["300", "70"], THREE), RULES);
  t.same(zonesOf(two.house), ["T1 300 150 0 150 150", "T2 70 50 0 20 20"]);
  t.same(odnOf(two.lines), ["1 T0 170 974.10"]);
  const same = billSite(facts(THREE, ["200", "100", "70"], THREE), RULES);
  // Peak 200 − 90, half-peak 100 − 60, night 70 − 50.
  t.same(odnOf(same.lines), ["1 T1 110 724.90", "1 T3 40 229.20", "1 T2 20 50.40"]);
});

t.test("where the month has no zones it is that of TOTAL_ONLY", async (t) => {
  const plain = (facts: SiteFacts) => billSite({ ...facts, switches: {} }, RULES);
  const oneRate = house([], { points: [zoned(999, ["T0"], ["1000"])] });
  const none = house([], { points: [] });
  const still = house(["0", "0"]);
  for (const facts of [oneRate, none, still]) {
    t.same(billSite(facts, RULES), plain(facts));
    t.same(billSite(facts, RULES).house?.zones, []);
  }
  t.same(plain(house(["700", "300"])).house?.zones, []);
  // The mean keeps the zones that its months have.
  const [unread] = zoned(999, TWO, ["0", "0"]).meters.map((one) => ({
    ...one,
    readings: one.readings.slice(0, 1),
  }));
  const points = [{ point: 999, meters: unread === undefined ? [] : [unread] }];
  const history = meteredMonths("2020-12", ["700", "700", "700"]).map((entry) => ({
    ...entry,
    volumes: { T1: kwh("700"), T2: kwh("300") },
  }));
  const mean = billSite(house([], { points, history }), RULES);
  t.equal(mean.house?.method, "AVERAGE");
  t.same(zonesOf(mean.house)?.[0], "T1 700 430 70 200 200");
  // Residents are credited without zones.
  const credit = house(["400", "200"], {}, { "odn.negative.mode": "REDUCE_BY_RESIDENTS" });
  const people = credit.accounts.map((one) => ({ ...one, residents: [dated(1)] }));
  t.same(odnOf(billSite({ ...credit, accounts: people }, RULES).lines), [
    "1 T0 -50 -286.50",
    "2 T0 -50 -286.50",
  ]);
});

t.test("rooms and separate accounts; a communal flat counts by its meter", async (t) => {
  const common = { points: [zoned(10, TWO, ["100", "50"])] };
  const of = (parts: Parameters<typeof premises>[2]) =>
    billSite(
      mkd({
        accounts: [1, 2].map((id) => payer(id, null, { residents: [dated(1)] })),
        premises: [premises("1", "60", parts, common)],
        house: houseOf("60", "540", null, { points: [zoned(999, TWO, ["160", "80"])] }),
        price: PRICES,
        switches: BY_ZONES,
      }),
      RULES,
    );
  // 90 kWh, two thirds by day: living areas 10 and 20, weights 1 and 2.
  const want = ["1 T1 20 131.80", "1 T2 10 25.20", "2 T1 40 263.60", "2 T2 20 50.40"];
  const rooms = of([
    [1, room("10")],
    [2, room("20")],
  ]);
  t.same(zonesOf(rooms.house), ["T1 160 100 0 60 60", "T2 80 50 0 30 30"]);
  t.same(odnOf(rooms.lines), want);
  t.same(
    odnOf(
      of([
        [1, share(1, true)],
        [2, share(2)],
      ]).lines,
    ),
    want,
  );
});

t.test("an explanation names the zone, its volumes and the line", async (t) => {
  const trace: Trace = [];
  const { lines } = billSite(house(["700", "300"]), RULES, trace);
  const last = lines.filter(({ account, kind }) => account === 1 && kind === "ODN");
  for (const line of last) {
    const steps = trace.filter((step) => step.account === 1 && step.ordinal === line.ordinal);
    t.equal(steps.length, 3);
    t.ok(steps.every(({ text }) => text.includes(`зона ${line.zone}`)));
  }
  const day = trace.filter((step) => step.account === 1 && step.ordinal === last[0]?.ordinal);
  t.same(
    day.map(({ formula, result }) => [formula, result]),
    [
      ["700 − 70 − 430", "200 кВт·ч"],
      ["60 × 200 / 300", "40 кВт·ч"],
      ["40 кВт·ч × 6,59 ₽/кВт·ч", "263,60 ₽"],
    ],
  );
});

t.test("a house without prices by zone says which is missing", async (t) => {
  const facts = house(["700", "300"]);
  const versions = facts.law.tariffs["URBAN_GAS"] ?? [];
  const tariffs = {
    URBAN_GAS: versions.map((one) => ({
      ...one,
      prices: { T0: one.prices.T0 ?? [], T1: one.prices.T1 ?? [] },
    })),
  };
  const { problems } = billSite({ ...facts, law: { ...facts.law, tariffs } }, RULES);
  t.ok(problems.some(({ problem }) => problem.code === "NO_PRICE"));
});

const random = fc.record({
  odpu: fc.tuple(fc.nat(9_000_000), fc.nat(9_000_000)),
  flats: fc.array(
    fc.record({
      area: fc.integer({ min: 100, max: 9_999 }),
      zoned: fc.boolean(),
      energy: fc.tuple(fc.nat(900_000), fc.nat(900_000)),
    }),
    { minLength: 1, maxLength: 6 },
  ),
  shop: fc.nat(900_000),
  common: fc.nat(900),
  carryIn: fc.nat(900_000),
});

const text = (energy: number) => formatScaled(energy, 4);
const round = (value: Decimal) => value.toDecimalPlaces(0, Decimal.ROUND_HALF_UP);

t.test("zones sum to the house, and only the prices depend on them", async (t) => {
  let distributedMonths = 0;
  fc.assert(
    fc.property(random, (of) => {
      let area = 100;
      for (const flat of of.flats) area += flat.area;
      const facts = mkd({
        accounts: of.flats.map((flat, index) =>
          flat.zoned
            ? resident(index + 1, TWO, flat.energy.map(text))
            : payer(index + 1, text(flat.energy[0])),
        ),
        premises: [
          ...of.flats.map((flat, index) =>
            premises(String(index + 1), formatScaled(flat.area, 2), [[index + 1, WHOLE]]),
          ),
          contract("Н", "1", text(of.shop)),
        ],
        house: houseOf(formatScaled(area, 2), String(of.common), null, {
          points: [zoned(999, TWO, of.odpu.map(text))],
          carried: carried(formatScaled(of.carryIn, 4)),
        }),
        price: PRICES,
        switches: BY_ZONES,
      });
      const { house: month, lines, problems } = billSite(facts, RULES);
      const plain = billSite({ ...facts, switches: {} }, RULES);
      if (month === null || plain.house === null || problems.length > 0)
        throw new Error("no month");
      const { zones, ...whole } = month;
      const { zones: _, ...same } = plain.house;
      if (JSON.stringify(whole) !== JSON.stringify(same)) throw new Error("another house");
      if (sumsOf(lines) !== sumsOf(plain.lines)) throw new Error("another volume of an account");
      const v1 = new Decimal(of.odpu[0]);
      const v = v1.plus(of.odpu[1]);
      if (v.isZero()) return zones.length === 0;
      // The second method: sums round the clock by the profile, what is left by the zones above 0.
      let unzoned = new Decimal(0);
      const own = [new Decimal(0), new Decimal(0)] as const;
      let [day, night] = own;
      for (const { zoned: byZones, energy } of of.flats) {
        if (byZones) {
          day = day.plus(energy[0]);
          night = night.plus(energy[1]);
        } else unzoned = unzoned.plus(energy[0]);
      }
      const flatDay = round(unzoned.times(v1).div(v));
      const shopDay = round(new Decimal(of.shop).times(v1).div(v));
      const raws = [
        v1.minus(day).minus(flatDay).minus(shopDay),
        v
          .minus(v1)
          .minus(night)
          .minus(unzoned.minus(flatDay))
          .minus(new Decimal(of.shop).minus(shopDay)),
      ] as const;
      const [up, down] = [Decimal.max(0, raws[0]), Decimal.max(0, raws[1])];
      const given = new Decimal(month.distributed);
      const first = given.isZero()
        ? given
        : down.isZero()
          ? given
          : round(given.times(up).div(up.plus(down)));
      if (month.distributed > 0) distributedMonths += 1;
      const want = [raws[0], first, raws[1], given.minus(first)].map(Number);
      const got = zones.flatMap((zone) => [zone.raw, zone.distributed]);
      if (want.some((value, index) => value !== got[index])) throw new Error(`${want} ${got}`);
      return (["odpu", "individual", "nonResidential", "raw", "distributed"] as const).every(
        (key) => zones.reduce((sum, zone) => sum + zone[key], 0) === month[key],
      );
    }),
    { numRuns: 400 },
  );
  t.ok(distributedMonths > 50, `${distributedMonths} of 400 houses distribute`);
});

function sumsOf(lines: readonly Line[]): string {
  const sums = new Map<string, number>();
  for (const { account, kind, volume: energy } of lines) {
    const key = `${account} ${kind}`;
    sums.set(key, (sums.get(key) ?? 0) + energy);
  }
  return JSON.stringify([...sums]);
}
