import type { Day } from "../model/dates.ts";
import type { FactBodies } from "../model/fact-bodies.ts";
import type {
  AccountId,
  AccountNumber,
  ChannelId,
  MeterId,
  MeterSerial,
  OrganisationId,
  Seq,
  Shard,
  SiteId,
} from "../model/ids.ts";
import { COMMON_SHARD } from "../model/ids.ts";
import type { ChannelRoute, MeterRoute, PartnerRoute } from "../model/intake-facts.ts";
import { invariant } from "../model/result.ts";
import { parseScaled } from "../model/units.ts";
import type { Queryable } from "./database.ts";
import { integer } from "./database.ts";

/** What is committed in a shard by now. Read before the facts that are asked for as known at it. */
export async function readCounter(queryable: Queryable, shard: Shard): Promise<Seq> {
  const [row] = await queryable.query<{ seq: string }>(
    "select seq from shard_counter where shard = $1",
    [shard],
  );
  invariant(row !== undefined, `shard ${shard} has no counter`);
  return integer(row.seq) as Seq;
}

/** All that is mapped for one sender of interval files. */
export interface SenderRoutes {
  readonly partner: readonly PartnerRoute[];
  /** By `channelKey`. */
  readonly routes: ReadonlyMap<string, readonly ChannelRoute[]>;
}

interface SenderRow {
  readonly kind: "channel-map" | "partner";
  readonly subject: string;
  readonly from: number;
  readonly to: number | null;
  readonly body: FactBodies["channel-map"] | FactBodies["partner"];
}

/** Registration and channel map of a sender as known at a seq of common. */
export async function readSenderRoutes(
  queryable: Queryable,
  organisation: OrganisationId,
  senderInn: string,
  knownAt: Seq,
): Promise<SenderRoutes> {
  const rows = await queryable.query<SenderRow>(
    `select kind, subject, valid_from - date '1970-01-01' as "from",
       valid_to - date '1970-01-01' as "to", body
     from fact
     where shard = $1 and site = 0 and organisation = $2
       and (kind = 'partner' and subject = $3
         or kind = 'channel-map' and starts_with(subject, $3 || '/'))
       and seq <= $4 and (end_seq = 0 or end_seq > $4)
     order by subject, valid_from`,
    [COMMON_SHARD, organisation, senderInn, knownAt],
  );
  const partner: PartnerRoute[] = [];
  const routes = new Map<string, ChannelRoute[]>();
  for (const row of rows) {
    const range = { from: row.from as Day, to: row.to as Day | null };
    if (row.kind === "partner") partner.push({ ...range, ...(row.body as FactBodies["partner"]) });
    else {
      const body = row.body as FactBodies["channel-map"];
      const route: ChannelRoute = {
        ...range,
        shard: body.shard as Shard,
        site: body.site as SiteId,
        channel: body.channel as ChannelId,
        role: body.role,
      };
      const known = routes.get(row.subject);
      if (known === undefined) routes.set(row.subject, [route]);
      else known.push(route);
    }
  }
  return { partner, routes };
}

/** Senders whose registration or map changed in common after one seq and up to another. */
export async function readChangedSenders(
  queryable: Queryable,
  after: Seq,
  upTo: Seq,
): Promise<readonly string[]> {
  const rows = await queryable.query<{ sender: string }>(
    `select distinct split_part(subject, '/', 1) as sender from fact
     where shard = $1 and seq > $2 and seq <= $3 and kind in ('partner', 'channel-map')`,
    [COMMON_SHARD, after, upTo],
  );
  return rows.map((row) => row.sender);
}

/** 10⁻⁴ kW. */
const POWER_SCALE = 4;

/** A meter that a unique key has named. */
export interface NamedMeter {
  readonly serial: string;
  readonly site: SiteId;
  readonly meter: MeterId;
}

/**
 * Versions of meters of one shard as known at a seq, with the number of the account they are of; a common meter is of
 * none.
 *
 * @returns by serial
 */
export async function readMeterRoutes(
  queryable: Queryable,
  shard: Shard,
  meters: readonly NamedMeter[],
  knownAt: Seq,
): Promise<ReadonlyMap<string, readonly MeterRoute[]>> {
  const rows = await queryable.query<{
    serial: string;
    site: string;
    meter: string;
    from: number;
    to: number | null;
    body: FactBodies["meter"];
    account_number: string | null;
    max_power: string | null;
    district: string | null;
  }>(
    `select w.serial, w.site, w.meter, m.valid_from - date '1970-01-01' as "from",
       m.valid_to - date '1970-01-01' as "to", m.body, a.number as account_number,
       a.max_power, (select s.body ->> 'district' from fact s
         where s.shard = $1 and s.site = w.site and s.kind = 'site' and s.seq <= $5
           and (s.end_seq = 0 or s.end_seq > $5)
         order by s.valid_from desc limit 1) as district
     from unnest($2::text[], $3::bigint[], $4::bigint[]) w (serial, site, meter)
     join fact m on m.shard = $1 and m.site = w.site and m.kind = 'meter'
       and m.subject = w.meter::text and m.seq <= $5 and (m.end_seq = 0 or m.end_seq > $5)
     left join lateral (
       select a.body ->> 'number' as number, a.body ->> 'maxPowerKw' as max_power from fact a
       where a.shard = $1 and a.site = w.site and a.kind = 'account'
         and a.subject = m.body ->> 'account' and a.seq <= $5
         and (a.end_seq = 0 or a.end_seq > $5)
       order by a.valid_from desc limit 1
     ) a on true
     order by w.serial, m.valid_from`,
    [
      shard,
      meters.map((meter) => meter.serial),
      meters.map((meter) => meter.site),
      meters.map((meter) => meter.meter),
      knownAt,
    ],
  );
  const routes = new Map<string, MeterRoute[]>();
  for (const row of rows) {
    const route: MeterRoute = {
      from: row.from as Day,
      to: row.to as Day | null,
      shard,
      site: integer(row.site) as SiteId,
      meter: integer(row.meter) as MeterId,
      serial: row.serial as MeterSerial,
      account: row.body.account as AccountId,
      accountNumber: row.account_number as AccountNumber | null,
      zones: row.body.zones,
      digits: row.body.digits,
      decimals: row.body.decimals,
      ratio: row.body.ratio,
      district: row.district ?? "",
      maxPowerKwE4: row.max_power === null ? null : parseScaled(row.max_power, POWER_SCALE),
    };
    const known = routes.get(row.serial);
    if (known === undefined) routes.set(row.serial, [route]);
    else known.push(route);
  }
  return routes;
}
