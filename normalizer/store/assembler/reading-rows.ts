import type { Day } from "../../model/dates.ts";
import type { MessageId, MeterId } from "../../model/ids.ts";
import type { ReadingSource } from "../../model/records.ts";
import { invariant } from "../../model/result.ts";
import type { Volume } from "../../model/units.ts";
import type { CopyReader } from "../copy.ts";
import { copyQuery, readCopy } from "../copy-query.ts";
import type { Transaction } from "../database.ts";
import type { SiteRange } from "./context.ts";
import type { KnownSpan, MeterRows, ReadingRow } from "./household-rows.ts";

/**
 * Adds the register states with `from` <= state_at <= `to` of all meters of the range to their
 * rows.
 */
export async function addReadings(
  transaction: Transaction,
  { shard, firstSite, lastSite }: SiteRange,
  meters: ReadonlyMap<MeterId, MeterRows>,
  days: { readonly from: Day; readonly to: Day },
  seq: number,
): Promise<void> {
  const rows = await readCopy(
    transaction,
    copyQuery`select meter, state_at - date '1970-01-01', seq, values, source, message, at
    from reading
    where shard = ${shard} and site between ${firstSite} and ${lastSite}
      and state_at >= date '1970-01-01' + ${days.from}
      and state_at <= date '1970-01-01' + ${days.to}
      and seq <= ${seq} and (end_seq = 0 or end_seq > ${seq})`,
  );
  takeReadings(rows, meters);
}

/** The same for some meters only; states that a meter has already are not added again. */
export async function addReadingsOf(
  transaction: Transaction,
  { shard }: SiteRange,
  some: readonly MeterRows[],
  days: { readonly from: Day; readonly to: Day },
  seq: number,
): Promise<void> {
  if (some.length === 0) return;
  const rows = await readCopy(
    transaction,
    copyQuery`select r.meter, r.state_at - date '1970-01-01', r.seq, r.values, r.source, r.message,
      r.at
    from unnest(array[${some.map(({ site }) => site)}]::bigint[],
      array[${some.map(({ meter }) => meter)}]::bigint[]) w (site, meter)
    join reading r on r.shard = ${shard} and r.site = w.site and r.meter = w.meter
    where r.state_at >= date '1970-01-01' + ${days.from}
      and r.state_at <= date '1970-01-01' + ${days.to}
      and r.seq <= ${seq} and (r.end_seq = 0 or r.end_seq > ${seq})`,
  );
  takeReadings(rows, new Map(some.map((meterRows) => [meterRows.meter, meterRows])));
}

/**
 * The last state before a day, for meters that have been silent for longer than a run looks back.
 */
export async function addLastBefore(
  transaction: Transaction,
  { shard }: SiteRange,
  some: readonly MeterRows[],
  before: Day,
  seq: number,
): Promise<void> {
  if (some.length === 0) return;
  const rows = await readCopy(
    transaction,
    copyQuery`select distinct on (r.meter) r.meter, r.state_at - date '1970-01-01', r.seq, r.values,
      r.source, r.message, r.at
    from unnest(array[${some.map(({ site }) => site)}]::bigint[],
      array[${some.map(({ meter }) => meter)}]::bigint[]) w (site, meter)
    join reading r on r.shard = ${shard} and r.site = w.site and r.meter = w.meter
    where r.state_at < date '1970-01-01' + ${before}
      and r.seq <= ${seq} and (r.end_seq = 0 or r.end_seq > ${seq})
    order by r.meter, r.state_at desc`,
  );
  takeReadings(rows, new Map(some.map((meterRows) => [meterRows.meter, meterRows])));
}

function takeReadings(rows: CopyReader, meters: ReadonlyMap<MeterId, MeterRows>): void {
  const touched = new Set<MeterRows>();
  while (rows.more()) {
    const meter = meters.get(rows.integer() as MeterId);
    const reading: ReadingRow = {
      stateAt: rows.integer() as Day,
      seq: rows.integer(),
      values: rows.integers() as Volume[],
      source: rows.text() as ReadingSource,
      origin: { message: rows.integer() as MessageId, at: rows.integer() },
    };
    // A reading whose meter is not known yet waits for it.
    if (meter === undefined) continue;
    if (meter.readings.length > 0) touched.add(meter);
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
