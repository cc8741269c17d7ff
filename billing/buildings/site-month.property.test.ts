import { Decimal } from "decimal.js";
import fc from "fast-check";
import t from "tap";
import { addMonths, month as monthOf } from "../../normalizer/model/dates.ts";
import type { AccountFacts, SiteFacts } from "../../normalizer/model/facts.ts";
import type { HouseMonth, PremisesFacts } from "../../normalizer/model/house-facts.ts";
import type { Line } from "../../normalizer/model/lines.ts";
import { formatFixed, formatScaled, type Volume } from "../../normalizer/model/units.ts";
import { billSite } from "../households/site.ts";
import { dated, kwh } from "../households/testing.ts";
import { CURRENT_RULES, rulesOf } from "../rules.ts";
import {
  contract,
  houseOf,
  metered,
  mkd,
  PERIOD,
  payer,
  premises,
  room,
  share,
  WHOLE,
} from "./testing.ts";

// Random houses against the formulas of the law in decimal.js, written without the rules' code.

const RULES = rulesOf(CURRENT_RULES);
const PRICE = "5.73";
const NORM_ODN = "2.9";
const MARCH = monthOf(PERIOD);

interface Flat {
  readonly kind: "WHOLE" | "ROOMS" | "SHARES" | "BUSINESS";
  readonly areaE2: number;
  /** Tenths of kWh by the common meter. */
  readonly energy: number;
  /** Persons, living area in tenths of m², tenths of kWh by the own meter. */
  readonly rooms: readonly (readonly [number, number, number])[];
  readonly isRoomMetered: boolean;
}

interface Case {
  readonly flats: readonly Flat[];
  readonly common: number;
  readonly odpuOver: number;
  /** Age in months, tenths of kWh. */
  readonly carried: readonly (readonly [number, number])[];
  /** 0 = never. */
  readonly expireMonths: number;
  readonly mode: "CARRY" | "ZERO";
  readonly order: "OFFSET_THEN_CAP" | "CAP_THEN_OFFSET";
  readonly distributeAll: boolean;
  readonly management: "DIRECT" | "MANAGED";
  readonly hasOdpu: boolean;
}

const flat = fc.record({
  kind: fc.constantFrom("WHOLE", "ROOMS", "SHARES", "BUSINESS"),
  areaE2: fc.integer({ min: 1_200, max: 9_999 }),
  energy: fc.integer({ min: 0, max: 9_000 }),
  rooms: fc.array(
    fc.tuple(
      fc.integer({ min: 1, max: 5 }),
      fc.integer({ min: 80, max: 300 }),
      fc.integer({ min: 0, max: 4_000 }),
    ),
    { minLength: 2, maxLength: 3 },
  ),
  isRoomMetered: fc.boolean(),
}) satisfies fc.Arbitrary<Flat>;

const house = fc.record({
  flats: fc.array(flat, { minLength: 1, maxLength: 6 }),
  common: fc.integer({ min: 0, max: 900 }),
  odpuOver: fc.integer({ min: -3_000, max: 6_000 }),
  carried: fc.uniqueArray(
    fc.tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 1_000 })),
    { maxLength: 3, selector: ([age]) => age },
  ),
  expireMonths: fc.integer({ min: 0, max: 4 }),
  mode: fc.constantFrom("CARRY", "ZERO"),
  order: fc.constantFrom("OFFSET_THEN_CAP", "CAP_THEN_OFFSET"),
  distributeAll: fc.boolean(),
  management: fc.constantFrom("DIRECT", "MANAGED"),
  hasOdpu: fc.boolean(),
}) satisfies fc.Arbitrary<Case>;

const tenths = (value: number) => formatScaled(value, 1);

function factsOf(of: Case): SiteFacts {
  const accounts: AccountFacts[] = [];
  const all: PremisesFacts[] = [];
  let area = 0;
  let energy = 0;
  for (const [index, item] of of.flats.entries()) {
    const number = String(index + 1);
    const id = (index + 1) * 10;
    const size = formatScaled(item.areaE2, 2);
    area += item.areaE2;
    energy += item.energy;
    const common = { points: [metered(id, tenths(item.energy))] };
    const people = (persons: number) => ({ residents: [dated(persons)] });
    if (item.kind === "BUSINESS") all.push(contract(number, size, tenths(item.energy)));
    if (item.kind === "WHOLE") {
      accounts.push(payer(id, tenths(item.energy)));
      all.push(premises(number, size, [[id, WHOLE]]));
    }
    if (item.kind === "ROOMS") {
      for (const [at, [persons, , own]] of item.rooms.entries())
        accounts.push(payer(id + at, item.isRoomMetered ? tenths(own) : null, people(persons)));
      const rooms = item.rooms.map(([, living], at) => [id + at, room(tenths(living))] as const);
      all.push(premises(number, size, rooms, common));
    }
    if (item.kind === "SHARES") {
      for (const at of item.rooms.keys()) accounts.push(payer(id + at, null));
      const parts = item.rooms.map(([weight], at) => [id + at, share(weight, at === 0)] as const);
      all.push(premises(number, size, parts, common));
    }
  }
  const odpu = of.hasOdpu ? tenths(Math.max(0, energy + of.odpuOver)) : null;
  return mkd({
    accounts,
    premises: all,
    house: houseOf(formatScaled(area, 2), String(of.common), odpu, {
      management: [dated(of.management)],
      carried: [...of.carried]
        .sort(([a], [b]) => b - a)
        .map(([age, energy]) => ({ month: addMonths(MARCH, -age), volume: kwh(tenths(energy)) })),
    }),
    price: PRICE,
    norm: NORM_ODN,
    switches: {
      "odn.negative.mode": of.mode,
      "odn.negative.order": of.order,
      "odn.distributeAll": String(of.distributeAll),
      "odn.negative.expireMonths": of.expireMonths === 0 ? "NEVER" : String(of.expireMonths),
    },
  });
}

const round = (value: Decimal, digits: number) =>
  value.toDecimalPlaces(digits, Decimal.ROUND_HALF_UP);
const ten = (value: number) => new Decimal(value).div(10);
const sum = (values: readonly Decimal[]) =>
  values.reduce((total, value) => total.plus(value), new Decimal(0));

/** Residue to the first. */
function split(whole: Decimal, weights: readonly number[]): Decimal[] {
  const all = sum(weights.map((weight) => new Decimal(weight)));
  const others = weights.slice(1).map((weight) => round(whole.times(weight).div(all), 4));
  return [whole.minus(sum(others)), ...others];
}

/** By account "OWN 10 57.30"; ОДН where the house charges it. */
function expected(of: Case): Map<number, string[]> {
  const lines = new Map<number, string[]>();
  const add = (account: number, kind: string, volume: Decimal) => {
    const amount = round(volume.times(PRICE), 2).toFixed(2).replace("-0.00", "0.00");
    lines.set(account, [...(lines.get(account) ?? []), `${kind} ${volume.toFixed()} ${amount}`]);
  };
  const area = sum(of.flats.map((item) => new Decimal(item.areaE2)));
  const energy = sum(of.flats.map((item) => ten(item.energy)));
  const cap = new Decimal(NORM_ODN).times(of.common);
  const exact = of.hasOdpu ? distributed(of, energy, cap) : cap;
  for (const [index, item] of of.flats.entries()) {
    const id = (index + 1) * 10;
    const whole = ten(item.energy);
    const odn = round(exact.times(item.areaE2).div(area), 4);
    const charged = of.management === "DIRECT";
    if (item.kind === "WHOLE") {
      add(id, "METER", whole);
      if (charged) add(id, "ODN", odn);
    }
    if (item.kind === "SHARES") {
      const weights = item.rooms.map(([weight]) => weight);
      for (const [at, own] of split(whole, weights).entries()) add(id + at, "METER", own);
      if (charged) for (const [at, own] of split(odn, weights).entries()) add(id + at, "ODN", own);
    }
    if (item.kind === "ROOMS") {
      const persons = sum(item.rooms.map(([count]) => new Decimal(count)));
      const living = sum(item.rooms.map(([, square]) => new Decimal(square)));
      const rest = whole.minus(sum(item.rooms.map(([, , own]) => ten(own))));
      for (const [at, [count, square, own]] of item.rooms.entries()) {
        const part = (from: Decimal) => round(from.times(count).div(persons), 4);
        add(id + at, "OWN", item.isRoomMetered ? ten(own) : part(whole));
        if (item.isRoomMetered) add(id + at, "COMMON", part(rest));
        if (charged) add(id + at, "ODN", round(odn.times(square).div(living), 4));
      }
    }
  }
  return lines;
}

function distributed(of: Case, energy: Decimal, cap: Decimal): Decimal {
  const odpu = Decimal.max(0, energy.plus(ten(of.odpuOver)));
  const raw = odpu.minus(energy);
  const young = of.carried.filter(([age]) => of.expireMonths === 0 || age <= of.expireMonths);
  const balance =
    of.mode === "CARRY" ? sum(young.map(([, energy]) => ten(energy))) : new Decimal(0);
  const limit = of.management === "DIRECT" && !of.distributeAll ? cap : new Decimal(1e9);
  if (raw.isNegative()) return new Decimal(0);
  if (of.order === "CAP_THEN_OFFSET") return Decimal.max(0, Decimal.min(raw, limit).minus(balance));
  return Decimal.min(limit, Decimal.max(0, raw.minus(balance)));
}

function byAccount(lines: readonly Line[]): Map<number, string[]> {
  const found = new Map<number, string[]>();
  for (const line of lines) {
    const text = `${line.kind} ${formatScaled(line.volume, 4)} ${formatFixed(line.amount, 2)}`;
    found.set(line.account, [...(found.get(line.account) ?? []), text]);
  }
  return found;
}

const sorted = (of: ReadonlyMap<number, string[]>) =>
  JSON.stringify([...of].sort(([a], [b]) => a - b));

t.test("lines of random houses are those of the formulas", async (t) => {
  fc.assert(
    fc.property(house, (of) => {
      const billed = billSite(factsOf(of), RULES);
      const want = sorted(expected(of));
      const got = sorted(byAccount(billed.lines));
      if (billed.problems.length > 0) throw new Error(JSON.stringify(billed.problems));
      if (want !== got) throw new Error(`want ${want}\n got ${got}`);
    }),
    { numRuns: 400 },
  );
  t.pass("400 houses");
});

/** House meter = lines + residues + business + over the norm + carry. */
function lost(month: HouseMonth, lines: readonly Line[]): number {
  let own = 0;
  for (const line of lines) if (line.kind !== "ODN") own += line.volume;
  const common = month.manager ?? month.shares + month.residue;
  const moved = month.carryIn - month.carryExpired - month.carryOut;
  const used = own + (month.communalResidue ?? 0) + month.nonResidential + common;
  return (month.odpu ?? 0) - used - month.overNorm - moved;
}

t.test("the meter of the house is conserved, to 10⁻⁴ kWh", async (t) => {
  fc.assert(
    fc.property(house, (of) => {
      const { house: month, lines } = billSite(
        factsOf({ ...of, mode: "CARRY", hasOdpu: true }),
        RULES,
      );
      if (month === null) return false;
      let shares: number = 0;
      for (const line of lines) if (line.kind === "ODN") shares += line.volume;
      const isBounded = Math.abs(month.residue) <= of.flats.length * 4;
      const own = month.shares - shares;
      const hasBusiness = of.flats.some(({ kind }) => kind === "BUSINESS");
      let left = 0;
      for (const part of month.carried) left += part.volume > 0 ? part.volume : Number.NaN;
      const isLeft = left === month.carryOut;
      return lost(month, lines) === 0 && isLeft && isBounded && (hasBusiness || own === 0);
    }),
    { numRuns: 400 },
  );
  t.pass("400 houses");
});

t.test("the order of premises and accounts does not matter", async (t) => {
  const shuffled = fc.tuple(house, fc.array(fc.nat(), { minLength: 24, maxLength: 24 }));
  const mixed = <Item>(items: readonly Item[], keys: readonly number[]) =>
    items
      .map((item, index) => [keys[index] ?? 0, item] as const)
      .sort(([a], [b]) => a - b)
      .map(([, item]) => item);
  fc.assert(
    fc.property(shuffled, fc.constantFrom("NONE", "LARGEST_AREA"), ([of, keys], residual) => {
      const plain = factsOf(of);
      const facts = { ...plain, switches: { ...plain.switches, "odn.residual": residual } };
      const other = {
        ...facts,
        accounts: mixed(facts.accounts, keys),
        premises: mixed(facts.premises, keys),
      };
      const a = billSite(facts, RULES);
      const b = billSite(other, RULES);
      return (
        sorted(byAccount(a.lines)) === sorted(byAccount(b.lines)) &&
        JSON.stringify(a.house) === JSON.stringify(b.house)
      );
    }),
    { numRuns: 300 },
  );
  t.pass("300 houses");
});

t.test("own lines of an account are the same with ОДН, without it, and alone", async (t) => {
  fc.assert(
    fc.property(house, (of) => {
      const facts = factsOf(of);
      const own = byAccount(billSite(facts, RULES).lines.filter(({ kind }) => kind !== "ODN"));
      const without = byAccount(billSite({ ...facts, house: null }, RULES).lines);
      const alone = new Map<number, string[]>();
      for (const item of facts.premises) {
        const ids = item.payers.map(({ account }) => account);
        const accounts = facts.accounts.filter(({ account }) => ids.includes(account));
        const { lines } = billSite({ ...facts, house: null, accounts, premises: [item] }, RULES);
        for (const entry of byAccount(lines)) alone.set(...entry);
      }
      return sorted(own) === sorted(without) && sorted(own) === sorted(alone);
    }),
    { numRuns: 200 },
  );
  t.pass("200 houses");
});

t.test("LARGEST_AREA takes what rounding leaves, and nothing more", async (t) => {
  const thirds = (area: string): SiteFacts =>
    mkd({
      accounts: [1, 2, 3].map((id) => payer(id, "100")),
      premises: [1, 2, 3].map((id) => premises(String(id), "10", [[id, WHOLE]])),
      house: houseOf(area, "40", "400"),
      switches: { "odn.residual": "LARGEST_AREA" },
    });
  const odn = (facts: SiteFacts): Volume[] =>
    billSite(facts, RULES)
      .lines.filter(({ kind }) => kind === "ODN")
      .map(({ volume }) => volume);
  t.same(odn(thirds("30")), [333_334, 333_333, 333_333], "100 / 3, the first of equal areas");
  t.equal(billSite(thirds("30"), RULES).house?.residue, 0);
  t.same(odn(thirds("300")), [33_333, 33_333, 33_333], "areas of premises are missing");
});
