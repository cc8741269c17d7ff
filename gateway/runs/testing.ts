import type { Day } from "../../normalizer/model/dates.ts";
import { day, SLOTS_PER_DAY } from "../../normalizer/model/dates.ts";
import type { FactBodies } from "../../normalizer/model/fact-bodies.ts";
import type {
  ChannelId,
  MessageId,
  MeterId,
  OrganisationId,
  Shard,
  SiteId,
} from "../../normalizer/model/ids.ts";
import { COMMON_SHARD } from "../../normalizer/model/ids.ts";
import type { IntervalPatchFact } from "../../normalizer/model/intake-facts.ts";
import type { ReadingSource } from "../../normalizer/model/records.ts";
import { microKwh, volume } from "../../normalizer/model/units.ts";
import type { Database } from "../../normalizer/store/database.ts";
import type { FactWrite } from "../../normalizer/store/facts.ts";
import { insertFacts, replaceFacts } from "../../normalizer/store/facts.ts";
import { writePatches } from "../../normalizer/store/intervals.ts";
import type { LawFact, LawLoad } from "../../normalizer/store/law.ts";
import { loadLaw } from "../../normalizer/store/law.ts";
import { receivedDay, storeMessages } from "../../normalizer/store/messages.ts";
import { ensurePartitions } from "../../normalizer/store/partitions.ts";
import { writeReadings } from "../../normalizer/store/readings.ts";
import { inShard } from "../../normalizer/store/shard-transaction.ts";
import { createCitusDatabase, createTestDatabase } from "../../normalizer/store/testing.ts";
import type { UniqueKey } from "../../normalizer/store/unique-keys.ts";
import { takeKeys } from "../../normalizer/store/unique-keys.ts";

/**
 * A supplier small enough to check by hand. Its sums are worked examples of the rules: «Правила
 * начисления», sections 3 and 5, and the first price category of section 3 for businesses.
 */
export const SUPPLIER = {
  organisation: 1 as OrganisationId,
  mkd: { shard: 3 as Shard, site: 5_000 as SiteId },
  house: { shard: 200 as Shard, site: 6_000 as SiteId },
  bakery: { shard: 77 as Shard, site: 7_000 as SiteId },
} as const;

export const ACCOUNTS = {
  /** 22 June – 22 July 2021, 190 kWh, 5.73 → 5.93. */
  oneZone: 5_001,
  /** Meter replaced on 3 July, two zones, prices 6.59/2.52 → 6.82/2.65. */
  replaced: 5_002,
  /** No meter, two residents at 77 kWh. */
  byNorm: 5_003,
  /** No meter and no norm: parked. */
  parked: 5_004,
  /** House, one zone, 213 kWh within July. */
  house: 6_001,
  /** Contract, ЦК1, 48 210 kWh. */
  bakery: 7_000,
} as const;

const METERS = { oneZone: 5_101, old: 5_102, next: 5_103, house: 6_101 } as const;
const CHANNEL = 7_200 as ChannelId;

const CITUS_URL = process.env["CITUS_URL"];

/** Where the months are played: the same SQL on one server and on a cluster. */
export const SERVERS = [
  { server: "one server", create: createTestDatabase, skip: false },
  {
    server: "a cluster",
    create: (t: Parameters<typeof createTestDatabase>[0]) =>
      createCitusDatabase(t, CITUS_URL ?? ""),
    skip: CITUS_URL === undefined && "CITUS_URL is not set",
  },
] as const;

export interface Supplier {
  readonly database: Database;
  /** Message that brought the readings, row by row. */
  readonly readings: MessageId;
  readonly intervals: MessageId;
}

/** Text of the readings' message: row n is line n. */
const READING_ROWS = [
  ["oneZone", "2021-06-22", [4310]],
  ["oneZone", "2021-07-22", [4500]],
  ["old", "2021-06-22", [1000, 400]],
  ["old", "2021-07-03", [1044, 423]],
  ["next", "2021-07-03", [0, 0]],
  ["next", "2021-07-22", [80, 37]],
  ["house", "2021-06-30", [4310]],
  ["house", "2021-07-31", [4523]],
] as const;

const HALF_HOURS = 31 * SLOTS_PER_DAY;
/** 48 210 kWh in equal half-hours, the last one taking the rest. */
const BAKERY_MICRO_KWH = 48_210_000_000;

export async function createSupplier(database: Database): Promise<Supplier> {
  await inShard(database, COMMON_SHARD, (common) =>
    insertFacts(common, [
      fact("organisation", 0 as SiteId, 1, ORGANISATION, 0 as MessageId, "2000-01-01"),
    ]),
  );
  await takeKeys(database, accountKeys());
  await loadLaw(database, lawLoad(LAW));
  const readings = await message(database, "Показания.csv", readingsText());
  const intervals = await message(database, "80020.xml", "<message/>");
  await writeHouseholds(database, readings);
  await writeBakery(database, intervals);
  return { database, readings, intervals };
}

const ORGANISATION = { name: "Поставщик", inn: "5001000017", address: "г. Энск" } as const;

function accountKeys(): readonly UniqueKey[] {
  const { mkd, house, bakery, organisation } = SUPPLIER;
  const key = (id: number, place: Place, text = String(id)): UniqueKey => ({
    kind: "account",
    key: text,
    organisation,
    ...place,
    id,
    message: 0 as MessageId,
  });
  return [
    key(ACCOUNTS.oneZone, mkd),
    key(ACCOUNTS.replaced, mkd),
    key(ACCOUNTS.byNorm, mkd),
    key(ACCOUNTS.parked, mkd),
    key(ACCOUNTS.house, house),
    key(ACCOUNTS.bakery, bakery, "50-000001"),
    { ...key(METERS.house, house, "4"), kind: "meter" },
  ];
}

function readingsText(): string {
  return READING_ROWS.map((row) => `${row[0]};${row[1]};${row[2].join(" ")}\n`).join("");
}

export async function message(database: Database, name: string, text: string): Promise<MessageId> {
  async function* parts() {
    yield new TextEncoder().encode(text);
  }
  const [stored] = await storeMessages(database, [
    {
      organisation: SUPPLIER.organisation,
      channel: "test",
      name,
      receivedAtMs: Date.now(),
      parts: parts(),
      envelope: {},
    },
  ]);
  if (stored === undefined) throw new Error("the message was not stored");
  return stored.message;
}

export function lawLoad(facts: readonly LawFact[]): LawLoad {
  return {
    organisation: SUPPLIER.organisation,
    name: "law.yaml",
    bytes: new TextEncoder().encode(lawText()),
    facts,
    author: "Администратор",
    ground: "Проверочные данные",
  };
}

function lawText(): string {
  return Array.from({ length: 60 }, (_, index) => `law, row ${index + 1}\n`).join("");
}

export const LAW: readonly LawFact[] = [
  tariff("2021-01-01", "2021-07-01", { T0: ["5.73"], T1: ["6.59"], T2: ["2.52"] }, 10),
  tariff("2021-07-01", null, { T0: ["5.93"], T1: ["6.82"], T2: ["2.65"] }, 20),
  law("norm", "N77", "2020-01-01", { perPerson: ["77"], act: "Норматив 77" }, 30),
  law("vat", "general", "2019-01-01", { rate: "20", act: "НК РФ, ст. 164, п. 3" }, 40),
  law(
    "one-rate",
    "NN/LT_670",
    "2021-01-01",
    {
      voltageLevel: "NN",
      subgroup: "LT_670",
      wholesale: "3010.55",
      transmission: "3555.10",
      markup: "498.72",
      otherServices: "5.31",
      act: "Предельный уровень",
    },
    50,
  ),
];

function law<Kind extends "tariff" | "norm" | "vat" | "one-rate">(
  kind: Kind,
  subject: string,
  from: string,
  body: FactBodies[Kind],
  at: number,
  to: string | null = null,
): LawFact {
  return { kind, subject, from: day(from), to: to === null ? null : day(to), body, at };
}

function tariff(
  from: string,
  to: string | null,
  prices: FactBodies["tariff"]["prices"],
  at: number,
): LawFact {
  return law("tariff", "URBAN_GAS", from, { prices, act: "Тарифы 2021 года" }, at, to);
}

interface Place {
  readonly shard: Shard;
  readonly site: SiteId;
}

export function fact<Kind extends keyof FactBodies>(
  kind: Kind,
  site: SiteId,
  subject: number | string,
  body: FactBodies[Kind],
  origin: MessageId,
  from = "2020-01-01",
  to: string | null = null,
): FactWrite {
  return {
    kind,
    site,
    subject: String(subject),
    from: day(from),
    to: to === null ? null : day(to),
    organisation: SUPPLIER.organisation,
    body,
    message: origin,
    at: 1,
    author: "Оператор",
    ground: "Договор",
  };
}

export function accountBody(number: number, norm: string | null): FactBodies["account"] {
  return {
    number: String(number),
    holder: "Иванов И. И.",
    premises: `кв. ${number % 1000}`,
    areaM2: "50.0",
    category: "URBAN_GAS",
    norm,
  };
}

function meterBody(account: number, serial: number, zones: FactBodies["meter"]["zones"]) {
  const point = account * 10;
  return { account, point, serial: String(serial), zones, digits: 5, decimals: 0, ratio: 1 };
}

async function writeHouseholds(database: Database, origin: MessageId): Promise<void> {
  const { mkd, house } = SUPPLIER;
  const site = (at: Place, kind: "MKD" | "PRIVATE_HOUSE") =>
    fact("site", at.site, at.site, { ...SITE, kind }, origin);
  const inMkd = [
    site(mkd, "MKD"),
    fact("account", mkd.site, ACCOUNTS.oneZone, accountBody(ACCOUNTS.oneZone, "N77"), origin),
    fact("account", mkd.site, ACCOUNTS.replaced, accountBody(ACCOUNTS.replaced, "N77"), origin),
    fact("account", mkd.site, ACCOUNTS.byNorm, accountBody(ACCOUNTS.byNorm, "N77"), origin),
    fact("account", mkd.site, ACCOUNTS.parked, accountBody(ACCOUNTS.parked, null), origin),
    fact("residents", mkd.site, ACCOUNTS.oneZone, { count: 1 }, origin),
    fact("residents", mkd.site, ACCOUNTS.replaced, { count: 1 }, origin),
    fact("residents", mkd.site, ACCOUNTS.byNorm, { count: 2 }, origin),
    fact("residents", mkd.site, ACCOUNTS.parked, { count: 1 }, origin),
    fact("meter", mkd.site, METERS.oneZone, meterBody(ACCOUNTS.oneZone, 1, ["T0"]), origin),
    fact(
      "meter",
      mkd.site,
      METERS.old,
      meterBody(ACCOUNTS.replaced, 2, ["T1", "T2"]),
      origin,
      "2020-01-01",
      "2021-07-04",
    ),
    fact(
      "meter",
      mkd.site,
      METERS.next,
      meterBody(ACCOUNTS.replaced, 3, ["T1", "T2"]),
      origin,
      "2021-07-04",
    ),
  ];
  const inHouse = [
    site(house, "PRIVATE_HOUSE"),
    fact("account", house.site, ACCOUNTS.house, accountBody(ACCOUNTS.house, "N77"), origin),
    fact("residents", house.site, ACCOUNTS.house, { count: 1 }, origin),
    fact("meter", house.site, METERS.house, meterBody(ACCOUNTS.house, 4, ["T0"]), origin),
  ];
  await inShard(database, mkd.shard, (shard) => insertFacts(shard, inMkd));
  await inShard(database, house.shard, (shard) => insertFacts(shard, inHouse));
  for (const [index, [meter, readOn, states]] of READING_ROWS.entries()) {
    const where = meter === "house" ? house : mkd;
    await writeReading(database, where, METERS[meter], readOn, states, origin, index + 1);
  }
}

const SITE = { address: "г. Энск", district: "Энский", zone: "Europe/Moscow" } as const;

export interface ReadingOptions {
  readonly replaces?: boolean;
  readonly source?: ReadingSource;
}

/** States of a meter's registers, whole kWh, at the end of the day. */
export async function writeReading(
  database: Database,
  { shard, site }: Place,
  meter: number,
  readOn: string,
  states: readonly number[],
  origin: MessageId,
  at: number,
  { replaces = false, source = "PORTAL" }: ReadingOptions = {},
): Promise<void> {
  const stateAt = (day(readOn) + 1) as Day;
  await ensurePartitions(database, "reading", [readOn, nextDay(readOn)]);
  await inShard(database, shard, (inOne) =>
    writeReadings(inOne, { organisation: SUPPLIER.organisation, message: origin }, [
      {
        replaces,
        fact: {
          shard,
          site,
          meter: meter as MeterId,
          stateAt,
          values: states.map((kwh) => volume(kwh * 10_000)),
          source,
          at,
        },
      },
    ]),
  );
}

function nextDay(text: string): string {
  return new Date(Date.parse(text) + 86_400_000).toISOString().slice(0, 10);
}

export const HOUSE_METER = METERS.house;
export const ONE_ZONE_METER = METERS.oneZone;

async function writeBakery(database: Database, origin: MessageId): Promise<void> {
  const { shard, site } = SUPPLIER.bakery;
  const facts = [
    fact("site", site, site, { ...SITE, kind: "BUSINESS" }, origin),
    fact(
      "contract",
      site,
      ACCOUNTS.bakery,
      {
        number: "50-000001",
        party: "ООО «Хлебозавод»",
        inn: "5001000017",
        priceCategory: 1,
        maxPowerKw: "400",
        voltageLevel: "NN",
      },
      origin,
    ),
    fact(
      "supply-point",
      site,
      7_100,
      { account: ACCOUNTS.bakery, name: "Ввод 1", channel: CHANNEL },
      origin,
    ),
  ];
  const today = new Date().toISOString().slice(0, 10);
  await ensurePartitions(database, "interval_patch", [today]);
  await inShard(database, shard, async (inOne) => {
    await insertFacts(inOne, facts);
    const from = { organisation: SUPPLIER.organisation, message: origin };
    const receivedOn = receivedDay(Date.now());
    await writePatches(inOne, [{ origin: { ...from, receivedOn }, patches: bakeryPatches(shard) }]);
  });
}

/** July 2021 of Moscow: from 30 June 21:00 UTC. */
function bakeryPatches(shard: Shard): readonly IntervalPatchFact[] {
  const each = Math.floor(BAKERY_MICRO_KWH / HALF_HOURS);
  const first = day("2021-07-01") * SLOTS_PER_DAY - 6;
  const patches: IntervalPatchFact[] = [];
  for (let slot = 0; slot < HALF_HOURS; ) {
    const firstSlot = (first + slot) % SLOTS_PER_DAY;
    const count = Math.min(SLOTS_PER_DAY - firstSlot, HALF_HOURS - slot);
    const values = Array.from({ length: count }, (_, index) =>
      microKwh(slot + index === HALF_HOURS - 1 ? BAKERY_MICRO_KWH - each * (HALF_HOURS - 1) : each),
    );
    patches.push({
      shard,
      channel: CHANNEL,
      day: Math.floor((first + slot) / SLOTS_PER_DAY) as Day,
      firstSlot,
      values,
      qualities: "A".repeat(count),
      source: "80020",
      version: 1,
      versionTimestamp: "20210801010000",
      held: false,
      at: 1,
    });
    slot += count;
  }
  return patches;
}

/** Puts a corrected version of facts in force, as an operator does. */
export async function correct(
  database: Database,
  shard: Shard,
  facts: readonly FactWrite[],
): Promise<void> {
  await inShard(database, shard, (inOne) => replaceFacts(inOne, facts));
}

export const COMMON = { shard: COMMON_SHARD, site: 0 as SiteId };
