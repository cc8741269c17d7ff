import t from "tap";
import { type LogFact, monthsOf, playByFact } from "../../billing/recalculation/testing.ts";
import {
  type DrawnLog,
  type DrawnReading,
  FIRST,
  LAW,
  lifeOf,
  logOf,
} from "../../billing/recalculation/testing-logs.ts";
import {
  addMonths,
  type Day,
  formatDay,
  formatMonth,
  type Month,
} from "../../normalizer/model/dates.ts";
import type { FactBodies } from "../../normalizer/model/fact-bodies.ts";
import type { MessageId, MeterId, Shard, SiteId } from "../../normalizer/model/ids.ts";
import { formatScaled, PRICE_SCALE, VOLUME_SCALE } from "../../normalizer/model/units.ts";
import type { Database } from "../../normalizer/store/database.ts";
import { insertFacts, replaceFacts } from "../../normalizer/store/facts.ts";
import { type LawFact, loadLaw } from "../../normalizer/store/law.ts";
import { ensurePartitions } from "../../normalizer/store/partitions.ts";
import { writeReadings } from "../../normalizer/store/readings.ts";
import { approve } from "../../normalizer/store/results.ts";
import { inShard } from "../../normalizer/store/shard-transaction.ts";
import { createTestDatabase } from "../../normalizer/store/testing.ts";
import { closePeriod } from "./close.ts";
import { openRun } from "./create.ts";
import { fact, lawLoad, message, SUPPLIER } from "./testing.ts";
import { workOn } from "./work.ts";

const { organisation } = SUPPLIER;
const shard = 9 as Shard;

const read = (moved: number, more: Partial<DrawnReading> = {}): DrawnReading => ({
  moved,
  before: 0,
  delay: 0,
  isCheck: false,
  corrected: null,
  ...more,
});
const days = (from: number, length: number, known: number) => ({ from, days: length, known });
const never = { delay: null };
const six = [1, 2, 3, 4, 5, 6].map((number) => read(number * 500_001));

const PLAIN: DrawnLog = {
  months: 6,
  zones: 1,
  broughtMonths: 6,
  readings: six,
  replaced: null,
  changes: [],
  faults: [],
  stops: [],
  fixed: [],
  absences: [],
  breaches: [],
  benefits: [],
  manual: [],
  switches: {},
};

/** Each the log of one account; the months are counted from the first. */
const LOGS: Readonly<Record<string, DrawnLog>> = {
  "readings that come late, are corrected or checked": {
    ...PLAIN,
    zones: 2,
    readings: [
      read(900_001, { corrected: { delay: 3, percent: 70 } }),
      read(700_003, never),
      read(800_009, { before: 5, delay: 2 }),
      read(500_001, never),
      read(100_007, { before: 3, isCheck: true }),
      read(900_001, { before: 7 }),
    ],
  },
  "a meter replaced after the reading of its month": {
    ...PLAIN,
    readings: six.map((reading, index) => (index === 2 ? { ...reading, before: 9 } : reading)),
    replaced: { ...days(86, 1, 2), zones: 3 },
  },
  "a stop that ends with the only reading of its month": {
    ...PLAIN,
    readings: six.map((reading, index) => (index === 1 ? { ...reading, before: 6 } : reading)),
    stops: [days(28, 27, 0)],
  },
  "a fixed volume on the days after a reading, entered late": {
    ...PLAIN,
    readings: six.map((reading, index) => (index === 0 ? { ...reading, before: 9 } : reading)),
    fixed: [days(24, 6, 3)],
    benefits: [days(0, 90, 2)],
  },
  "a fault, residents and a category entered late": {
    ...PLAIN,
    faults: [days(40, 30, 3)],
    changes: [
      { ...days(20, 50, 3), what: "residents", number: 3 },
      { ...days(35, 60, 4), what: "account", number: 2 },
    ],
    breaches: [days(10, 40, 4)],
    manual: [days(3, 1, 4)],
  },
  "an account without a meter": {
    ...PLAIN,
    zones: 0,
    absences: [days(10, 40, 3)],
    stops: [days(70, 30, 4)],
    changes: [{ ...days(5, 60, 2), what: "residents", number: 2 }],
    breaches: [days(20, 30, 5)],
  },
};

/** The place of an account and of what is its own. */
const idOf = (index: number) => 70_000 + index * 100;
const meterOf = (index: number, meter: number) => idOf(index) + meter;

async function enter(
  database: Database,
  origin: MessageId,
  index: number,
  given: LogFact,
): Promise<void> {
  const site = idOf(index) as SiteId;
  if (given.fact === "STATE") {
    const { stateAt, values, source } = given.state;
    const meter = meterOf(index, given.meter) as MeterId;
    await ensurePartitions(database, "reading", [formatDay(stateAt)]);
    const state = { shard, site, meter, stateAt, values, source, at: 1 };
    const known = await database.query(
      "select from reading where meter = $1 and state_at = $2 and end_seq = 0",
      [meter, formatDay(stateAt)],
    );
    const replaces = known.length > 0;
    await inShard(database, shard, (inOne) =>
      writeReadings(inOne, { organisation, message: origin }, [{ replaces, fact: state }]),
    );
    return;
  }
  const { kind, from, to, body } = given;
  const isOfMeter = kind === "meter" || kind === "meter-fault";
  const subject = isOfMeter
    ? String(meterOf(index, Number(given.subject)))
    : given.subject.replace(/^1/, String(idOf(index)));
  await inShard(database, shard, async (inOne) => {
    if (body === null) return endAt(inOne, subject, from);
    const own = kind === "meter" ? { ...body, account: idOf(index) } : body;
    const numbered = kind === "account" ? { ...own, number: String(idOf(index)) } : own;
    const text = to === null ? null : formatDay(to);
    const write = fact(
      kind,
      site,
      subject,
      numbered as FactBodies["site"],
      origin,
      formatDay(from),
      text,
    );
    await replaceFacts(inOne, [write]);
  });
}

/** A meter is taken out of service: its version ends and goes on as one up to the day. */
async function endAt(
  { transaction, seq }: Parameters<typeof insertFacts>[0],
  subject: string,
  on: Day,
): Promise<void> {
  await transaction.execute(
    `with ended as (
       update fact set end_seq = $2 where kind = 'meter' and subject = $1 and end_seq = 0 returning *
     )
     insert into fact (shard, seq, site, kind, subject, valid_from, valid_to, organisation, message,
       at, author, ground, body)
     select shard, $2, site, kind, subject, valid_from, date '1970-01-01' + $3::int, organisation,
       message, at, author, ground, body from ended`,
    [subject, seq, on],
  );
}

function lawFacts(): readonly LawFact[] {
  const tariffs = Object.entries(LAW.tariffs).flatMap(([subject, versions]) =>
    versions.map(({ from, to, prices, limits, act }, at): LawFact => {
      const texts = Object.entries(prices).map(([zone, list]) => [
        zone,
        list.map((price) => formatScaled(price, PRICE_SCALE)),
      ]);
      const bounds = limits.map((limit) => formatScaled(limit, VOLUME_SCALE));
      const body = { prices: Object.fromEntries(texts), limits: bounds, act };
      return { kind: "tariff", subject, from, to, body, at: at + 1 };
    }),
  );
  const norms = Object.entries(LAW.norms).flatMap(([subject, versions]) =>
    versions.map(({ from, to, perPerson, act }, at): LawFact => {
      const texts = perPerson.map((norm) => formatScaled(norm, VOLUME_SCALE));
      return { kind: "norm", subject, from, to, body: { perPerson: texts, act }, at: at + 10 };
    }),
  );
  const { from } = LAW.norms["N77"]?.[0] ?? { from: 0 as Day };
  const benefit: LawFact = {
    kind: "switch",
    subject: "organisation/benefit.method",
    from,
    to: null,
    body: { value: "IN_RECEIPT" },
    at: 20,
  };
  return [...tariffs, ...norms, benefit];
}

async function billAndClose(database: Database, period: Month): Promise<void> {
  const request = { organisation, period, author: "test" };
  const { run } = await openRun(database, { ...request, accountsMax: 2 });
  const signal = new AbortController().signal;
  await workOn(database, run, { workers: 1, onProgress: () => undefined, signal });
  await approve(database, run, "test");
  await closePeriod(database, { ...request, waitMs: 1000, onProgress: () => undefined });
}

t.test("the months of a store post what the play of the same log posts", async (t) => {
  const { hub } = await createTestDatabase(t);
  await loadLaw(hub, lawLoad(lawFacts()));
  const origin = await message(hub, "Факты.csv", "1\n");
  const logs = Object.values(LOGS).map((of) => logOf(of));
  for (const index of logs.keys()) {
    const site = idOf(index) as SiteId;
    const address = { address: "г. Энск", district: "Энский", zone: "Europe/Moscow" };
    const body = { ...address, kind: "PRIVATE_HOUSE" as const };
    await inShard(hub, shard, (inOne) =>
      insertFacts(inOne, [fact("site", site, site, body, origin)]),
    );
  }
  for (let period = addMonths(FIRST, -1); period < FIRST + 6; period = addMonths(period, 1)) {
    for (const [index, log] of logs.entries())
      for (const one of log) if (one.known === period) await enter(hub, origin, index, one);
    if (period >= FIRST) await billAndClose(hub, period);
  }
  for (const [index, [name, of]] of Object.entries(LOGS).entries()) {
    const rows = await hub.query<{ text: string }>(
      `select concat_ws(' ', to_char(period, 'YYYY-MM'), ordinal, to_char(origin, 'YYYY-MM'), kind,
         zone || '/' || range, tariff_from, volume, amount) as text
       from charge_line_text where account = $1 order by period, ordinal`,
      [idOf(index)],
    );
    const played = playByFact(logOf(of), lifeOf(of)).map((line) =>
      [
        formatMonth(line.period),
        line.ordinal,
        formatMonth(line.origin),
        line.kind,
        `${line.zone}/${line.range}`,
        ...(line.tariffFrom === null ? [] : [formatDay(line.tariffFrom)]),
        line.volume,
        line.amount,
      ].join(" "),
    );
    t.ok(played.length >= monthsOf(lifeOf(of)).length - 1, `${name}: ${played.length} lines`);
    t.same(
      rows.map(({ text }) => text),
      played,
      name,
    );
  }
});
