import t from "tap";
import { CURRENT_RULES, rulesOf } from "../../billing/rules.ts";
import { slotTableOf } from "../../config/time-zones.ts";
import { NO_CIRCUMSTANCES } from "../../normalizer/model/circumstances.ts";
import type { Day, Month } from "../../normalizer/model/dates.ts";
import { addMonths, day, month } from "../../normalizer/model/dates.ts";
import type { FactBodies } from "../../normalizer/model/fact-bodies.ts";
import type { HouseMonth } from "../../normalizer/model/house-facts.ts";
import type { AccountId, MessageId, Seq } from "../../normalizer/model/ids.ts";
import { COMMON_SHARD } from "../../normalizer/model/ids.ts";
import { volume } from "../../normalizer/model/units.ts";
import { readContext } from "../../normalizer/store/assembler/read-context.ts";
import type { Database } from "../../normalizer/store/database.ts";
import type { FactWrite } from "../../normalizer/store/facts.ts";
import { readHousesOfRun, writeHouseMonths } from "../../normalizer/store/house-months.ts";
import { approve, currentPin } from "../../normalizer/store/results.ts";
import { EVERYBODY } from "../../normalizer/store/run-scope.ts";
import { inShard } from "../../normalizer/store/shard-transaction.ts";
import { createTestDatabase } from "../../normalizer/store/testing.ts";
import { openRun } from "./create.ts";
import { readSites } from "./sites.ts";
import { ACCOUNTS, correct, createSupplier, fact, SUPPLIER, writeReading } from "./testing.ts";
import { workOn } from "./work.ts";

const july = month("2021-07");
const { organisation, mkd, bakery } = SUPPLIER;
const rules = rulesOf(CURRENT_RULES);

/** Flat 1 has one payer, flat 2 rooms and a section, flat 3 two accounts of one meter, Н-1 is the bakery's. */
const FLATS = { one: 5_801, rooms: 5_802, shares: 5_803, shop: 5_804 } as const;
const METERS = { flat: 5_901, section: 5_902, shared: 5_903, house: 5_904 } as const;

function houseFacts(origin: MessageId): readonly FactWrite[] {
  const { site } = mkd;
  const premises = (id: number, number: string, more: Partial<FactBodies["premises"]> = {}) =>
    fact("premises", site, id, { number, use: "RESIDENTIAL", areaM2: "50.5", ...more }, origin);
  const occupancy = (account: number, body: FactBodies["occupancy"]) =>
    fact("occupancy", site, account, body, origin);
  const meter = (id: number, common: NonNullable<FactBodies["meter"]["common"]>) =>
    fact(
      "meter",
      site,
      id,
      {
        account: 0,
        common,
        point: id * 10,
        serial: String(id),
        zones: ["T0"],
        digits: 5,
        decimals: 0,
        ratio: common.of === "HOUSE" ? 20 : 1,
      },
      origin,
    );
  return [
    fact(
      "house",
      site,
      site,
      {
        management: "DIRECT",
        totalAreaM2: "2350.6",
        commonAreaM2: "412.5",
        odnNorm: "MKD",
        category: "URBAN_GAS",
      },
      origin,
    ),
    premises(FLATS.one, "1"),
    premises(FLATS.rooms, "2"),
    premises(FLATS.shares, "3"),
    premises(FLATS.shop, "Н-1", { use: "NON_RESIDENTIAL", contract: ACCOUNTS.bakery }),
    occupancy(ACCOUNTS.oneZone, { premises: FLATS.one, part: "WHOLE" }),
    occupancy(ACCOUNTS.byNorm, {
      premises: FLATS.rooms,
      part: "ROOM",
      livingAreaM2: "18",
      section: "А",
    }),
    occupancy(ACCOUNTS.replaced, {
      premises: FLATS.shares,
      part: "SHARE",
      weight: 2,
      primary: true,
    }),
    meter(METERS.flat, { of: "FLAT", premises: FLATS.rooms, section: "" }),
    meter(METERS.section, { of: "SECTION", premises: FLATS.rooms, section: "А" }),
    meter(METERS.shared, { of: "FLAT", premises: FLATS.shares, section: "" }),
    meter(METERS.house, { of: "HOUSE", premises: 0, section: "" }),
    fact("meter-fault", site, METERS.house, { fault: "BROKEN" }, origin, "2021-07-20"),
  ];
}

async function contextOf(database: Database, period: Month) {
  const pin = (await currentPin(database)) as Seq[];
  return readContext(database, {
    organisation,
    period,
    pin,
    scope: EVERYBODY,
    slotTableOf,
    derivedRows: "DERIVED",
  });
}

async function siteOf(database: Database, period: Month) {
  const context = await contextOf(database, period);
  const range = { shard: mkd.shard, firstSite: mkd.site, lastSite: mkd.site };
  const [site] = await database.transaction((transaction) =>
    readSites(transaction, context, range, rules),
  );
  if (site === undefined) throw new Error("no site");
  return site.facts;
}

async function accountOf(database: Database, account: number, period: Month) {
  const { accounts } = await siteOf(database, period);
  const facts = accounts.find((one) => one.account === account);
  if (facts === undefined) throw new Error(`no account ${account}`);
  return facts;
}

/** Bills and posts a month with this result of the house in the place of its own. */
async function billed(owner: Database, database: Database, period: Month, house: HouseMonth) {
  const { run } = await openRun(database, { organisation, period, author: "test", accountsMax: 9 });
  const signal = new AbortController().signal;
  await workOn(database, run, { workers: 1, onProgress: () => undefined, signal });
  await owner.execute("delete from house_month where run = $1", [run]);
  await database.transaction((transaction) =>
    writeHouseMonths(transaction, { run, shard: mkd.shard }, [{ site: mkd.site, month: house }]),
  );
  await approve(database, run, "test");
  return run;
}

t.test("a house, its premises, and what bends a charge, as the rules read them", async (t) => {
  const { owner } = await createTestDatabase(t);
  const supplier = await createSupplier(owner);
  const plain = await siteOf(owner, july);
  t.equal(plain.house, null, "a МКД of which nothing common is known");
  t.same(plain.premises, []);
  t.ok(plain.accounts.every((one) => one.circumstances === NO_CIRCUMSTANCES));
  const origin = supplier.readings;
  await correct(owner, mkd.shard, houseFacts(origin));
  for (const [meter, first, last] of [
    [METERS.flat, 100, 512],
    [METERS.section, 10, 110],
    [METERS.shared, 1000, 1187],
    [METERS.house, 70, 335],
  ] as const) {
    await writeReading(owner, mkd, meter, "2021-05-31", [first - 5], origin, 1);
    await writeReading(owner, mkd, meter, "2021-06-30", [first], origin, 1);
    await writeReading(owner, mkd, meter, "2021-07-31", [last], origin, 2);
  }
  const { house, premises, accounts } = await siteOf(owner, july);

  t.match(house, {
    management: [{ value: "DIRECT", from: day("2020-01-01"), to: null }],
    totalAreaE4: [{ value: 23_506_000 }],
    commonAreaE4: [{ value: 4_125_000 }],
    odnNorm: [{ value: "MKD" }],
    category: "URBAN_GAS",
    // June by the states of 31 May and 30 June: 5 × 20 kWh.
    history: [{ month: month("2021-06"), method: "METER", volumes: { T0: 1_000_000 } }],
    missedPeriods: 0,
    carried: [],
  });
  const [odpu] = house?.points ?? [];
  t.match(odpu?.meters, [{ meter: METERS.house, ratio: 20, faults: [{ value: "BROKEN" }] }]);
  t.same(
    odpu?.meters[0]?.readings.map(({ stateAt, values }) => [stateAt, ...values]),
    [
      [day("2021-06-01"), 650_000],
      [day("2021-07-01"), 700_000],
      [day("2021-08-01"), 3_350_000],
    ],
  );
  t.match(premises, [
    {
      premises: FLATS.one,
      number: "1",
      use: "RESIDENTIAL",
      areaE4: [{ value: 505_000 }],
      payers: [{ account: ACCOUNTS.oneZone, part: { kind: "WHOLE" } }],
      points: [],
      sections: [],
      contract: null,
    },
    {
      premises: FLATS.rooms,
      payers: [
        {
          account: ACCOUNTS.byNorm,
          part: { kind: "ROOM", livingAreaE4: 180_000, section: "А" },
        },
      ],
      points: [{ meters: [{ meter: METERS.flat }] }],
      sections: [{ section: "А", points: [{ meters: [{ meter: METERS.section }] }] }],
      history: [{ month: month("2021-06"), method: "METER", volumes: { T0: 50_000 } }],
    },
    {
      payers: [{ account: ACCOUNTS.replaced, part: { kind: "SHARE", weight: 2, isPrimary: true } }],
      points: [{ meters: [{ meter: METERS.shared }] }],
    },
    {
      number: "Н-1",
      use: "NON_RESIDENTIAL",
      payers: [],
      // Half-hours of the bakery: 48 210 kWh.
      contract: { account: ACCOUNTS.bakery, volume: 482_100_000 },
    },
  ]);
  t.equal(accounts.length, 4);
  const again = await contextOf(owner, july);
  await owner.execute("update fact set end_seq = seq where kind = 'supply-point'");
  const range = { shard: mkd.shard, firstSite: mkd.site, lastSite: mkd.site };
  const [held] = await owner.transaction((transaction) =>
    readSites(transaction, again, range, rules),
  );
  t.match(held?.facts.premises.at(-1)?.contract, { account: bakery.site, volume: null });
});

t.test("circumstances of every kind, and switches of one account", async (t) => {
  const { owner } = await createTestDatabase(t);
  const { readings: origin } = await createSupplier(owner);
  const { site, shard } = mkd;
  const account = ACCOUNTS.byNorm;
  const july1 = "2021-07-01";
  await correct(owner, shard, [
    fact("owners", site, account, { count: 3 }, origin),
    fact("fixed-volume", site, account, { volume: "120.5" }, origin, july1, "2021-08-01"),
    fact("stop", site, account, { reason: "SUSPENDED" }, origin, "2021-07-10", "2021-07-20"),
    fact("access-refused", site, account, { act: "7" }, origin, july1),
    fact("meter-delay", site, account, { act: "8" }, origin, july1),
    fact("meter-impossible", site, account, { act: "9" }, origin, july1),
    fact("absence", site, `${account}/З-1`, { persons: 2 }, origin, "2021-07-03", "2021-07-24"),
    fact(
      "breach",
      site,
      `${account}/А/5`,
      {
        type: "UNAUTHORISED",
        detected: "2021-07-20",
        eliminated: "2021-07-21",
        connected: "2021-07-02",
        powerKw: "2.5",
      },
      origin,
      "2021-07-02",
      "2021-07-22",
    ),
    fact(
      "benefit",
      site,
      `${account}/ВЕТЕРАН`,
      { beneficiaries: 1, standard: "80", percent: "50", family: false },
      origin,
    ),
    fact("plot-use", site, `${account}/CATTLE`, { units: "2" }, origin),
    {
      ...fact(
        "manual-recalculation",
        site,
        `${account}/Р-12`,
        { amount: "-100.50", approvedBy: "Сидорова" },
        origin,
        july1,
        "2021-08-01",
      ),
      ground: "решение суда",
    },
  ]);
  await correct(owner, COMMON_SHARD, [
    fact("switch", 0 as typeof site, "organisation/average.scale", { value: "0" }, origin),
    fact("switch", 0 as typeof site, `account:${account}/average.scale`, { value: "4" }, origin),
    fact(
      "plot-norm",
      0 as typeof site,
      "CATTLE",
      { perUnit: "6.8", unit: "голова", act: "а" },
      origin,
    ),
  ]);
  const { accounts, law, switches } = await siteOf(owner, july);
  const facts = accounts.find((one) => one.account === account);
  t.same(switches, { "average.scale": "0" });
  t.same(facts?.switches, { "average.scale": "4" });
  t.ok(accounts.every((one) => one.account === account || one.switches === undefined));
  t.match(law.plotNorms, { CATTLE: [{ perUnit: 68_000 }] });
  t.match(facts?.circumstances, {
    owners: [{ value: 3, from: day("2020-01-01") }],
    fixedVolumes: [{ value: 1_205_000, from: day(july1), to: day("2021-08-01") }],
    stops: [{ value: "SUSPENDED", from: day("2021-07-10"), to: day("2021-07-20") }],
    accessRefused: [{ value: "7" }],
    meterDelays: [{ value: "8" }],
    meterImpossible: [{ from: day(july1), to: null }],
    absences: [
      { application: "З-1", left: day("2021-07-03"), returned: day("2021-07-24"), persons: 2 },
    ],
    breaches: [
      {
        act: "А/5",
        type: "UNAUTHORISED",
        detected: day("2021-07-20"),
        eliminated: day("2021-07-21"),
        sealed: null,
        previousCheck: null,
        connected: day("2021-07-02"),
        powerKwE4: 25_000,
      },
    ],
    benefits: [
      {
        value: {
          category: "ВЕТЕРАН",
          beneficiaries: 1,
          standard: 800_000,
          percentE2: 5_000,
          isFamily: false,
        },
      },
    ],
    plotUses: [{ value: { use: "CATTLE", unitsE4: 20_000 } }],
    manual: [{ document: "Р-12", month: july, amount: -10_050, ground: "решение суда" }],
  });
});

const HOUSE: HouseMonth = {
  method: "METER",
  odpu: volume(53_000_000),
  individual: volume(53_500_000),
  nonResidential: volume(0),
  raw: volume(-500_000),
  carryIn: volume(0),
  carryUsed: volume(0),
  carryExpired: volume(3_000),
  carryOut: volume(500_000),
  carried: [
    { month: month("2021-05"), volume: volume(100_000) },
    { month: july, volume: volume(400_000) },
  ],
  cap: volume(1_000),
  distributed: volume(0),
  overNorm: volume(0),
  shares: volume(0),
  residue: volume(0),
  communalResidue: null,
  manager: null,
  heldBy: ['Н-"1"', "2\\3"],
  zones: [
    {
      zone: "T1",
      odpu: volume(40_000_000),
      individual: volume(41_000_000),
      nonResidential: volume(0),
      raw: volume(-1_000_000),
      distributed: volume(0),
    },
    {
      zone: "T2",
      odpu: volume(13_000_000),
      individual: volume(12_500_000),
      nonResidential: volume(0),
      raw: volume(500_000),
      distributed: volume(0),
    },
  ],
};

t.test("what a posted month leaves to the next, and which late facts open it again", async (t) => {
  const { owner, hub } = await createTestDatabase(t);
  const supplier = await createSupplier(owner);
  const origin = supplier.readings;
  const { site, shard } = mkd;
  const { byNorm, oneZone, replaced } = ACCOUNTS;
  await correct(owner, shard, [
    ...houseFacts(origin),
    fact("stop", site, oneZone, { reason: "SUSPENDED" }, origin, "2021-07-10", "2021-07-12"),
  ]);
  const run = await billed(owner, hub, july, HOUSE);
  t.same(await readHousesOfRun(hub, run), [{ site, month: HOUSE }]);
  const august = addMonths(july, 1);
  const lateOf = async (period: Month = august) =>
    Object.fromEntries(
      (await siteOf(hub, period)).accounts.map(({ account, late }) => [account, late]),
    );
  const none = { [oneZone]: [], [replaced]: [], [byNorm]: [], [ACCOUNTS.parked]: [july] };
  t.same(await lateOf(), none, "nothing is late but what was parked");
  const { house } = await siteOf(hub, august);
  t.same(house?.carried, HOUSE.carried, "the negative balance goes on, by its months");
  t.match(house?.history.at(-1), { month: july, method: "METER" });
  t.same(house?.history.at(-1)?.volumes, { T1: 40_000_000, T2: 13_000_000 }, "a mean has zones");

  // Under one account after the other: a fact that is new, one that is taken back, a reading of a shared meter.
  const absence = fact(
    "absence",
    site,
    `${byNorm}/1`,
    { persons: 1 },
    origin,
    "2021-07-03",
    "2021-07-24",
  );
  await correct(owner, shard, [absence]);
  t.same(await lateOf(), { ...none, [byNorm]: [july] }, "a new absence");
  const far = addMonths(july, 20);
  const twenty = await lateOf(far);
  t.same(twenty[byNorm], [july], "twenty months later too");
  t.same(twenty[oneZone], []);
  const { posted } = await accountOf(hub, byNorm, far);
  t.same(
    posted.map(({ origin: of, amount }) => [of, amount]),
    [[july, 913_22]],
  );
  t.same((await lateOf(addMonths(july, 37)))[byNorm], [], "no further than three years");

  await inShard(owner, shard, async ({ transaction, seq }) =>
    transaction.execute("update fact set end_seq = $1 where kind = 'stop'", [seq]),
  );
  t.same(await lateOf(), { ...none, [byNorm]: [july], [oneZone]: [july] }, "a stop taken back");

  await writeReading(owner, mkd, METERS.shared, "2021-07-25", [7], origin, 9);
  await writeReading(owner, mkd, METERS.house, "2021-07-31", [7], origin, 9);
  t.same(
    await lateOf(),
    { ...none, [byNorm]: [july], [oneZone]: [july], [replaced]: [july] },
    "a late reading of a flat's meter is of its payers, one of the ОДПУ of nobody",
  );
  const readAt = (one: { readonly stateAt: Day }) => one.stateAt;
  const { premises } = await siteOf(hub, august);
  t.same(premises[2]?.points[0]?.meters[0]?.readings.map(readAt), [day("2021-07-26")]);
  t.equal((premises[2]?.payers[0]?.account as AccountId) ?? 0, replaced);
});
