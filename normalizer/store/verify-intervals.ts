import { isDeepStrictEqual } from "node:util";
import type { Day } from "../model/dates.ts";
import type { IntervalDay } from "../model/facts.ts";
import type { ChannelId, MessageId, Shard } from "../model/ids.ts";
import type { MicroKwh } from "../model/units.ts";
import type { Transaction } from "./database.ts";
import { integer } from "./database.ts";
import type { PatchVersion } from "./interval-day.ts";
import { deriveIntervalDay } from "./interval-day.ts";
import { readPatches } from "./intervals.ts";
import type { Check } from "./verify-check.ts";

const CHANNELS_AT_ONCE = 20;

interface StoredDay {
  readonly channel: string;
  readonly day: number;
  readonly through_seq: string;
  readonly values: (string | null)[];
  readonly qualities: string;
  readonly origin_of: number[];
  readonly origin_message: string[];
  readonly origin_at: string[];
}

/**
 * Each stored day equals the one rebuilt from the patches up to its `through_seq`. A day that is
 * older than its newest patch is right too: billing rebuilds it when it reads it.
 */
export const checkDerivedDays: Check = async (transaction, findings) => {
  const shards = await transaction.query<{ shard: number }>(
    "select distinct shard from interval_day order by shard",
  );
  for (const row of shards) {
    const shard = row.shard as Shard;
    for (let after = -1; ; ) {
      const channels = await transaction.query<{ channel: string }>(
        `select distinct channel from interval_day where shard = $1 and channel > $2
         order by channel limit ${CHANNELS_AT_ONCE}`,
        [shard, after],
      );
      const last = channels.at(-1);
      if (last === undefined) break;
      after = integer(last.channel);
      const ids = channels.map(({ channel }) => integer(channel) as ChannelId);
      const days = await readDays(transaction, shard, ids);
      const patches = await patchesOf(transaction, shard, ids, days);
      for (const stored of days) {
        const known = patches
          .get(`${stored.channel}/${stored.day}`)
          ?.filter(({ seq }) => seq <= integer(stored.through_seq));
        const rebuilt = deriveIntervalDay(
          integer(stored.channel) as ChannelId,
          stored.day as Day,
          known ?? [],
        );
        if (!isDeepStrictEqual(rebuilt, dayOf(stored))) {
          const date = new Date(stored.day * 86_400_000).toISOString().slice(0, 10);
          findings.fail(
            `шард ${shard}, канал ${stored.channel}, ${date} UTC: не равны пересчитанным`,
          );
        }
      }
      findings.saw(days.length);
    }
  }
};

async function readDays(
  transaction: Transaction,
  shard: Shard,
  channels: readonly ChannelId[],
): Promise<readonly StoredDay[]> {
  return transaction.query<StoredDay>(
    `select channel, day - date '1970-01-01' as day, through_seq, values, qualities, origin_of,
       origin_message, origin_at
     from interval_day where shard = $1 and channel = any($2::bigint[])`,
    [shard, channels],
  );
}

async function patchesOf(
  transaction: Transaction,
  shard: Shard,
  channels: readonly ChannelId[],
  days: readonly StoredDay[],
): Promise<ReadonlyMap<string, readonly PatchVersion[]>> {
  const numbers = days.map(({ day }) => day);
  const patches = await readPatches(
    transaction,
    {
      shard,
      channels,
      from: Math.min(...numbers) as Day,
      to: (Math.max(...numbers) + 1) as Day,
    },
    null,
  );
  const byDay = new Map<string, PatchVersion[]>();
  for (const patch of patches) {
    const key = `${patch.channel}/${patch.day}`;
    const group = byDay.get(key);
    if (group === undefined) byDay.set(key, [patch]);
    else group.push(patch);
  }
  return byDay;
}

function dayOf(stored: StoredDay): IntervalDay {
  return {
    channel: integer(stored.channel) as ChannelId,
    day: stored.day as Day,
    values: stored.values.map((value) => (value === null ? null : (integer(value) as MicroKwh))),
    qualities: stored.qualities,
    originOf: stored.origin_of,
    origins: stored.origin_message.map((message, index) => ({
      message: integer(message) as MessageId,
      at: integer(stored.origin_at[index] ?? ""),
    })),
  };
}
