import type { Day, DayRange } from "../../model/dates.ts";
import type { FactBodies } from "../../model/fact-bodies.ts";
import type {
  AccountId,
  MessageId,
  MeterId,
  OrganisationId,
  Origin,
  SiteId,
} from "../../model/ids.ts";
import type { Zone } from "../../model/lines.ts";
import type { ReadingSource } from "../../model/records.ts";
import { invariant } from "../../model/result.ts";
import type { Volume } from "../../model/units.ts";
import type { CopyReader } from "../copy.ts";
import { copyQuery, readCopy } from "../copy-query.ts";
import type { Transaction } from "../database.ts";
import type { SiteRange } from "./context.ts";

/** A version of a fact with what decides whether it is news. */
interface Version extends DayRange {
  readonly seq: number;
  readonly origin: Origin;
}

export interface AccountVersion extends Version {
  readonly number: string;
  readonly category: string;
  readonly norm: string | null;
}

export interface ResidentsVersion extends Version {
  readonly count: number;
}

export interface MeterVersion extends Version {
  readonly point: number;
  readonly serial: string;
  readonly zones: readonly Zone[];
  readonly digits: number;
  readonly ratio: number;
}

export interface ReadingRow {
  readonly stateAt: Day;
  readonly seq: number;
  readonly values: readonly Volume[];
  readonly source: ReadingSource;
  readonly origin: Origin;
}

export interface MeterRows {
  readonly meter: MeterId;
  readonly versions: MeterVersion[];
  readings: ReadingRow[];
}

/** Rows of one account, each list ascending by its first day. */
export interface AccountRows {
  readonly account: AccountId;
  readonly site: SiteId;
  readonly versions: AccountVersion[];
  readonly residents: ResidentsVersion[];
  readonly meters: Map<MeterId, MeterRows>;
}

/** Everything of the range that is no measurement and no money. */
export interface HouseholdRows {
  readonly sites: ReadonlyMap<SiteId, Pick<FactBodies["site"], "kind" | "address" | "district">>;
  readonly accounts: ReadonlyMap<AccountId, AccountRows>;
  readonly meters: ReadonlyMap<MeterId, MeterRows>;
}

const [SITE, ACCOUNT, RESIDENTS, METER] = [1, 2, 3, 4];

/**
 * Facts of households in the range as known at `seq`. The fields that rules need are columns, in
 * the place of a body to parse per row, and the server does not sort: a few versions of one subject
 * are sorted here.
 *
 * @param before versions of sites that begin on this day or later are left out
 */
export async function readHouseholds(
  transaction: Transaction,
  { shard, firstSite, lastSite }: SiteRange,
  organisation: OrganisationId,
  seq: number,
  before: Day,
): Promise<HouseholdRows> {
  const rows = await readCopy(
    transaction,
    copyQuery`select site,
      case kind when 'site' then ${SITE} when 'account' then ${ACCOUNT}
        when 'residents' then ${RESIDENTS} else ${METER} end,
      subject, valid_from - date '1970-01-01', valid_to - date '1970-01-01', seq, message, at,
      coalesce(body->>'number', body->>'account', body->>'count', body->>'kind'),
      coalesce(body->>'category', body->>'point', body->>'district'),
      coalesce(body->>'norm', body->>'serial', body->>'address'),
      body->>'zones', body->>'digits', body->>'ratio'
    from fact
    where shard = ${shard} and site between ${firstSite} and ${lastSite}
      and kind in ('account', 'meter', 'residents', 'site') and organisation = ${organisation}
      and seq <= ${seq} and (end_seq = 0 or end_seq > ${seq})`,
  );
  const reader = new HouseholdReader(rows, before);
  while (rows.more()) reader.read();
  return reader.finish();
}

/** Takes the rows apart; the columns are those of the query above. */
class HouseholdReader {
  readonly #rows: CopyReader;
  readonly #before: Day;
  readonly #sites = new Map<SiteId, FactBodies["site"] & { readonly from: Day }>();
  readonly #accounts = new Map<AccountId, AccountRows>();
  readonly #meters = new Map<MeterId, MeterRows>();
  readonly #zones = new Map<string, readonly Zone[]>();

  constructor(rows: CopyReader, before: Day) {
    this.#rows = rows;
    this.#before = before;
  }

  read(): void {
    const rows = this.#rows;
    const site = rows.integer() as SiteId;
    const kind = rows.integer();
    const subject = rows.integer();
    const version: Version = {
      from: rows.integer() as Day,
      to: rows.integerOrNull() as Day | null,
      seq: rows.integer(),
      origin: { message: rows.integer() as MessageId, at: rows.integer() },
    };
    if (kind === METER) this.#readMeter(site, subject as MeterId, version);
    else {
      if (kind === ACCOUNT) this.#readAccount(site, subject as AccountId, version);
      else if (kind === RESIDENTS) this.#readResidents(site, subject as AccountId, version);
      else this.#readSite(site, version);
      for (let unused = 0; unused < METER_COLUMNS; unused += 1) rows.skip();
    }
  }

  finish(): HouseholdRows {
    for (const [account, { versions }] of this.#accounts) {
      // Residents or a meter without their account wait for it: nothing can be billed.
      if (versions.length === 0) this.#accounts.delete(account);
      else if (versions.length > 1) versions.sort(byFirstDay);
    }
    for (const { residents } of this.#accounts.values()) {
      if (residents.length > 1) residents.sort(byFirstDay);
    }
    for (const { versions } of this.#meters.values()) {
      if (versions.length > 1) versions.sort(byFirstDay);
    }
    return { sites: this.#sites, accounts: this.#accounts, meters: this.#meters };
  }

  #readAccount(site: SiteId, account: AccountId, { from, to, seq, origin }: Version): void {
    const number = this.#rows.text();
    const category = this.#rows.text();
    const norm = this.#rows.textOrNull();
    const version = { from, to, seq, origin, number, category, norm };
    this.#accountOf(site, account).versions.push(version);
  }

  #readResidents(site: SiteId, account: AccountId, { from, to, seq, origin }: Version): void {
    const count = this.#rows.integer();
    this.#rows.skip();
    this.#rows.skip();
    this.#accountOf(site, account).residents.push({ from, to, seq, origin, count });
  }

  #readMeter(site: SiteId, meter: MeterId, { from, to, seq, origin }: Version): void {
    const rows = this.#rows;
    const account = this.#accountOf(site, rows.integer() as AccountId);
    const point = rows.integer();
    const serial = rows.text();
    const zones = this.#zonesOf(rows.text());
    const digits = rows.integer();
    const ratio = rows.integer();
    let meterRows = this.#meters.get(meter);
    if (meterRows === undefined) {
      meterRows = { meter, versions: [], readings: [] };
      this.#meters.set(meter, meterRows);
      account.meters.set(meter, meterRows);
    }
    meterRows.versions.push({ from, to, seq, origin, point, serial, zones, digits, ratio });
  }

  #readSite(site: SiteId, { from }: Version): void {
    const kind = this.#rows.text() as FactBodies["site"]["kind"];
    const district = this.#rows.text();
    const address = this.#rows.text();
    const known = this.#sites.get(site);
    if (from >= this.#before || (known !== undefined && known.from > from)) return;
    this.#sites.set(site, { kind, district, address, zone: "", from });
  }

  #accountOf(site: SiteId, account: AccountId): AccountRows {
    let rows = this.#accounts.get(account);
    if (rows === undefined) {
      rows = { account, site, versions: [], residents: [], meters: new Map() };
      this.#accounts.set(account, rows);
    }
    return rows;
  }

  #zonesOf(text: string): readonly Zone[] {
    let zones = this.#zones.get(text);
    if (zones === undefined) {
      zones = JSON.parse(text) as Zone[];
      this.#zones.set(text, zones);
    }
    return zones;
  }
}

/** Columns that only a meter has. */
const METER_COLUMNS = 3;

function byFirstDay(a: DayRange, b: DayRange): number {
  return a.from - b.from;
}

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

/** The same for some meters only. */
export async function addReadingsOf(
  transaction: Transaction,
  { shard }: SiteRange,
  some: readonly { readonly site: SiteId; readonly rows: MeterRows }[],
  days: { readonly from: Day; readonly to: Day },
  seq: number,
): Promise<void> {
  if (some.length === 0) return;
  const rows = await readCopy(
    transaction,
    copyQuery`select r.meter, r.state_at - date '1970-01-01', r.seq, r.values, r.source, r.message,
      r.at
    from unnest(array[${some.map(({ site }) => site)}]::bigint[],
      array[${some.map(({ rows: { meter } }) => meter)}]::bigint[]) w (site, meter)
    join reading r on r.shard = ${shard} and r.site = w.site and r.meter = w.meter
    where r.state_at >= date '1970-01-01' + ${days.from}
      and r.state_at <= date '1970-01-01' + ${days.to}
      and r.seq <= ${seq} and (r.end_seq = 0 or r.end_seq > ${seq})`,
  );
  takeReadings(rows, new Map(some.map(({ rows: meterRows }) => [meterRows.meter, meterRows])));
}

/**
 * The last state before a day, for meters that have been silent for longer than a run looks back.
 */
export async function addLastBefore(
  transaction: Transaction,
  { shard }: SiteRange,
  some: readonly { readonly site: SiteId; readonly rows: MeterRows }[],
  before: Day,
  seq: number,
): Promise<void> {
  if (some.length === 0) return;
  const rows = await readCopy(
    transaction,
    copyQuery`select distinct on (r.meter) r.meter, r.state_at - date '1970-01-01', r.seq, r.values,
      r.source, r.message, r.at
    from unnest(array[${some.map(({ site }) => site)}]::bigint[],
      array[${some.map(({ rows: { meter } }) => meter)}]::bigint[]) w (site, meter)
    join reading r on r.shard = ${shard} and r.site = w.site and r.meter = w.meter
    where r.state_at < date '1970-01-01' + ${before}
      and r.seq <= ${seq} and (r.end_seq = 0 or r.end_seq > ${seq})
    order by r.meter, r.state_at desc`,
  );
  takeReadings(rows, new Map(some.map(({ rows: meterRows }) => [meterRows.meter, meterRows])));
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
  for (const { readings } of touched) readings.sort((a, b) => a.stateAt - b.stateAt);
}

/** Meters of which a state on days before `before` became known after `seen`: late ones. */
export async function readLateMeters(
  transaction: Transaction,
  { shard, firstSite, lastSite }: SiteRange,
  days: { readonly from: Day; readonly before: Day },
  seqs: { readonly seen: number; readonly known: number },
): Promise<ReadonlySet<MeterId>> {
  invariant(seqs.seen <= seqs.known, "a run has seen more than is known");
  const rows = await readCopy(
    transaction,
    copyQuery`select distinct meter from reading
    where shard = ${shard} and site between ${firstSite} and ${lastSite}
      and state_at >= date '1970-01-01' + ${days.from}
      and state_at < date '1970-01-01' + ${days.before}
      and seq > ${seqs.seen} and seq <= ${seqs.known}`,
  );
  const meters = new Set<MeterId>();
  while (rows.more()) meters.add(rows.integer() as MeterId);
  return meters;
}
