import t from "tap";
import { readLawFolder } from "../../config/law.ts";
import { closePeriod } from "../../gateway/runs/close.ts";
import { openRun } from "../../gateway/runs/create.ts";
import { workOn } from "../../gateway/runs/work.ts";
import type { Day, Month } from "../../normalizer/model/dates.ts";
import { addDays, endDay, firstDay, formatDay, month } from "../../normalizer/model/dates.ts";
import type {
  MessageId,
  MeterId,
  OrganisationId,
  Shard,
  SiteId,
} from "../../normalizer/model/ids.ts";
import { volume } from "../../normalizer/model/units.ts";
import type { Database } from "../../normalizer/store/database.ts";
import { loadLaw } from "../../normalizer/store/law.ts";
import { ensurePartitions } from "../../normalizer/store/partitions.ts";
import { writeReadings } from "../../normalizer/store/readings.ts";
import { approve } from "../../normalizer/store/results.ts";
import { inShard } from "../../normalizer/store/shard-transaction.ts";
import { createTestDatabase } from "../../normalizer/store/testing.ts";
import { verify } from "../../normalizer/store/verify.ts";
import { draw } from "../random.ts";
import { loadSupplier } from "../supplier/load.ts";

const organisation = 1 as OrganisationId;
const first = month("2026-01");
const last = month("2026-05");
const root = new URL("../../../config/law", import.meta.url).pathname;

/** A meter as it stands: what its registers show, and what was told of it. */
interface Meter {
  readonly shard: Shard;
  readonly site: SiteId;
  readonly meter: MeterId;
  values: number[];
  readonly told: { readonly stateAt: Day; values: number[] }[];
}

async function readMeters(database: Database): Promise<readonly Meter[]> {
  const rows = await database.query<{
    shard: number;
    site: string;
    meter: string;
    values: string[];
  }>(
    `select distinct on (f.shard, f.site, f.subject) f.shard, f.site, f.subject as meter, r.values
     from fact f
     join reading r on r.shard = f.shard and r.site = f.site and r.meter = f.subject::bigint
     where f.kind = 'meter' and f.valid_to is null
     order by f.shard, f.site, f.subject, r.state_at desc`,
  );
  return rows.map(({ shard, site, meter, values }) => ({
    shard: shard as Shard,
    site: Number(site) as SiteId,
    meter: Number(meter) as MeterId,
    values: values.map(Number),
    told: [],
  }));
}

function tell(
  database: Database,
  message: MessageId,
  { shard, site, meter }: Meter,
  stateAt: Day,
  values: readonly number[],
  replaces: boolean,
): Promise<void> {
  const fact = { shard, site, meter, stateAt, values: values.map(volume), at: 1 };
  return inShard(database, shard, (inOne) =>
    writeReadings(inOne, { organisation, message }, [
      { replaces, fact: { ...fact, source: "PORTAL" } },
    ]),
  );
}

/**
 * Seven of ten households tell a state; one of ten has the state of two months before corrected by
 * 1 kWh.
 */
async function playMonth(
  database: Database,
  message: MessageId,
  meters: readonly Meter[],
  period: Month,
): Promise<void> {
  for (const [index, meter] of meters.entries()) {
    const chance = draw(period, 1, index) % 10;
    meter.values = meter.values.map((value) => value + (draw(period, 2, index) % 300) * 10_000);
    if (chance < 7) {
      const stateAt = addDays(firstDay(period), 15 + (draw(period, 3, index) % 12));
      await tell(database, message, meter, stateAt, meter.values, false);
      meter.told.push({ stateAt, values: meter.values });
    }
    const old = meter.told.at(-2);
    if (chance !== 8 || old === undefined) continue;
    old.values = old.values.map((value) => value + 10_000);
    await tell(database, message, meter, old.stateAt, old.values, true);
  }
}

async function billAndClose(database: Database, period: Month): Promise<void> {
  const request = { organisation, period, author: "test" };
  const { run } = await openRun(database, { ...request, accountsMax: 100 });
  const signal = new AbortController().signal;
  await workOn(database, run, { workers: 2, onProgress: () => undefined, signal });
  await approve(database, run, "test");
  await closePeriod(database, { ...request, waitMs: 1000, onProgress: () => undefined });
}

/**
 * Energy billed of every account with one meter, beside the movement of its registers over the same
 * months.
 */
const BILLED_AND_MOVED = `
  with meter as (
    select shard, site, (body->>'account')::bigint as account, subject::bigint as meter,
      count(*) over (partition by body->>'account') as meters
    from fact where kind = 'meter' and end_seq = 0
  ), moved as (
    select m.account,
      (select values from reading r where r.shard = m.shard and r.site = m.site
         and r.meter = m.meter and r.end_seq = 0 and r.state_at > $1 and r.state_at <= $2
         order by r.state_at desc limit 1) as before,
      (select values from reading r where r.shard = m.shard and r.site = m.site
         and r.meter = m.meter and r.end_seq = 0 and r.state_at > $3 and r.state_at <= $4
         order by r.state_at desc limit 1) as after
    from meter m where m.meters = 1
  ), billed as (
    select account, sum(volume) as volume from charge_line_text
    where kind in ('METER', 'METER_DELTA', 'AVERAGE', 'NORM') group by account
  )
  select account, volume,
    (select sum(v) from unnest(after) v) - (select sum(v) from unnest(before) v) as moved
  from moved join billed using (account)
  where before is not null and after is not null`;

t.test("five months of readings that come late, are corrected or do not come", async (t) => {
  const { hub, owner } = await createTestDatabase(t);
  const plan = { seed: 11, households: 120, businesses: 0, period: first, organisation };
  const { message } = await loadSupplier(owner, plan);
  for (const { name, bytes, entries } of await readLawFolder(root)) {
    const law = { organisation, name, bytes, facts: entries, author: "test", ground: "test" };
    await loadLaw(hub, law);
  }
  const meters = await readMeters(hub);
  const months = Array.from({ length: last - first + 2 }, (_, index) =>
    formatDay(firstDay((first + index) as Month)),
  );
  await ensurePartitions(hub, "reading", months);
  for (let period = first; period <= last; period = (period + 1) as Month) {
    await playMonth(hub, message as MessageId, meters, period);
    await billAndClose(hub, period);
  }
  const rows = await hub.query<{ account: string; volume: string; moved: string }>(
    BILLED_AND_MOVED,
    [
      formatDay(firstDay((first - 1) as Month)),
      formatDay(firstDay(first)),
      formatDay(firstDay(last)),
      formatDay(endDay(last)),
    ],
  );
  t.ok(rows.length > 50, `${rows.length} accounts`);
  const wrong = rows.filter(({ volume: billed, moved }) => billed !== moved);
  t.same(wrong, [], "what was billed is what the registers moved, to 0.0001 kWh");
  const report = await verify(hub, {
    signal: new AbortController().signal,
    report: () => undefined,
  });
  t.same(
    report.checks.filter(({ failed }) => failed > 0),
    [],
  );
});
