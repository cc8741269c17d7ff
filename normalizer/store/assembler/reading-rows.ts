import type { Day } from "../../model/dates.ts";
import type { MessageId, MeterId } from "../../model/ids.ts";
import type { ReadingSource } from "../../model/records.ts";
import { invariant } from "../../model/result.ts";
import type { Volume } from "../../model/units.ts";
import { CopyReader } from "../copy.ts";
import type { CopyQuery } from "../copy-query.ts";
import { copyQuery, readCopy } from "../copy-query.ts";
import type { Transaction } from "../database.ts";
import type { SiteRange } from "./context.ts";
import { inRange } from "./household-query.ts";
import type { KeptReadings, KnownSpan, MeterRows, ReadingRow } from "./household-rows.ts";

/** Register states of `from` <= state_at <= `to`. */
export interface StateDays {
  readonly from: Day;
  readonly to: Day;
}

/**
 * Adds the register states of the days of all meters of the range to their rows.
 */
export async function addReadings(
  transaction: Transaction,
  range: SiteRange,
  meters: ReadonlyMap<MeterId, MeterRows>,
  days: StateDays,
  seq: number,
): Promise<void> {
  const where = copyQuery`${inRange(range)} and ${onDays(days)}`;
  takeReadings(await readCopy(transaction, readingsQuery(seq, where)), meters, days);
}

/** Rows for `takeReadings`: states known at `seq`. */
export function readingsQuery(seq: number, where: CopyQuery): CopyQuery {
  return copyQuery`select ${COLUMNS} from reading r where ${where} and ${isKnown(seq)}`;
}

const COLUMNS = copyQuery`r.site, r.meter, r.state_at - date '1970-01-01', r.seq, r.values, r.source,
  r.message, r.at`;

function onDays({ from, to }: StateDays): CopyQuery {
  return copyQuery`r.state_at >= date '1970-01-01' + ${from}
    and r.state_at <= date '1970-01-01' + ${to}`;
}

function isKnown(seq: number): CopyQuery {
  return copyQuery`r.seq <= ${seq} and (r.end_seq = 0 or r.end_seq > ${seq})`;
}

/** The same for some meters only; states that a meter has already are not added again. */
export async function addReadingsOf(
  transaction: Transaction,
  range: SiteRange,
  some: readonly MeterRows[],
  days: StateDays,
  seq: number,
): Promise<void> {
  const unread: MeterRows[] = [];
  const kept = new Map<KeptReadings, Map<MeterId, MeterRows>>();
  for (const rows of some) {
    if (rows.kept === null || rows.kept.from > days.from) {
      unread.push(rows);
      continue;
    }
    const meters = kept.get(rows.kept);
    if (meters === undefined) kept.set(rows.kept, new Map([[rows.meter, rows]]));
    else meters.set(rows.meter, rows);
  }
  for (const [{ bytes }, meters] of kept) takeReadings(new CopyReader(bytes), meters, days);
  if (unread.length === 0) return;
  const query = copyQuery`select ${COLUMNS} from ${readingsJoin(range, unread)}
    where ${onDays(days)} and ${isKnown(seq)}`;
  takeReadings(await readCopy(transaction, query), byMeter(unread), days);
}

function readingsJoin({ shard }: SiteRange, some: readonly MeterRows[]): CopyQuery {
  return copyQuery`unnest(array[${some.map(({ site }) => site)}]::bigint[],
      array[${some.map(({ meter }) => meter)}]::bigint[]) w (site, meter)
    join reading r on r.shard = ${shard} and r.site = w.site and r.meter = w.meter`;
}

function byMeter(some: readonly MeterRows[]): ReadonlyMap<MeterId, MeterRows> {
  return new Map(some.map((rows) => [rows.meter, rows]));
}

/**
 * The last state before a day, for meters that have been silent for longer than a run looks back.
 */
export async function addLastBefore(
  transaction: Transaction,
  range: SiteRange,
  some: readonly MeterRows[],
  before: Day,
  seq: number,
): Promise<void> {
  if (some.length === 0) return;
  const query = copyQuery`select distinct on (r.meter) ${COLUMNS}
    from ${readingsJoin(range, some)}
    where r.state_at < date '1970-01-01' + ${before} and ${isKnown(seq)}
    order by r.meter, r.state_at desc`;
  const days = { from: 0 as Day, to: before };
  takeReadings(await readCopy(transaction, query), byMeter(some), days);
}

/**
 * Rows of `readingsQuery`, as they come and as they were kept: what is of other meters or days is
 * passed by.
 */
export function takeReadings(
  rows: CopyReader,
  meters: ReadonlyMap<MeterId, MeterRows>,
  { from, to }: StateDays,
): void {
  const touched = new Set<MeterRows>();
  while (rows.more()) {
    rows.skip();
    const id = rows.integer() as MeterId;
    const stateAt = rows.integer() as Day;
    // A reading whose meter is not known yet waits for it.
    const meter = stateAt < from || stateAt > to ? undefined : meters.get(id);
    if (meter === undefined) {
      rows.skipRow();
      continue;
    }
    const reading: ReadingRow = {
      stateAt,
      seq: rows.integer(),
      values: rows.integers() as Volume[],
      source: rows.word() as ReadingSource,
      origin: { message: rows.integer() as MessageId, at: rows.integer() },
    };
    const last = meter.readings.at(-1);
    if (last !== undefined && last.stateAt >= stateAt) touched.add(meter);
    meter.readings.push(reading);
  }
  for (const meter of touched) {
    meter.readings = meter.readings
      .sort((a, b) => a.stateAt - b.stateAt)
      .filter(({ stateAt }, place, all) => stateAt !== all[place - 1]?.stateAt);
  }
}

/** First day before `before` of which a meter's state became known after `seen`, by meter: the late ones. */
export async function readLateMeters(
  transaction: Transaction,
  { shard, firstSite, lastSite }: SiteRange,
  days: { readonly from: Day; readonly before: Day },
  { seen, known }: KnownSpan,
): Promise<ReadonlyMap<MeterId, Day>> {
  invariant(seen <= known, "a run has seen more than is known");
  const rows = await readCopy(
    transaction,
    copyQuery`select meter, min(state_at) - date '1970-01-01' from reading
    where shard = ${shard} and site between ${firstSite} and ${lastSite}
      and state_at >= date '1970-01-01' + ${days.from}
      and state_at < date '1970-01-01' + ${days.before}
      and seq > ${seen} and seq <= ${known}
    group by meter`,
  );
  const meters = new Map<MeterId, Day>();
  while (rows.more()) meters.set(rows.integer() as MeterId, rows.integer() as Day);
  return meters;
}
