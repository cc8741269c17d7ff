import { day } from "../../normalizer/model/dates.ts";
import type {
  AccountNumber,
  MessageId,
  MeterId,
  MeterSerial,
  OrganisationId,
  Shard,
  SiteId,
} from "../../normalizer/model/ids.ts";
import type { HeldReading } from "../../normalizer/model/reading-facts.ts";
import { volume } from "../../normalizer/model/units.ts";
import type { Database } from "../../normalizer/store/database.ts";
import { writeHeldReadings } from "../../normalizer/store/held-readings.ts";
import { inShard } from "../../normalizer/store/shard-transaction.ts";

/** 8000 → 8460 + `at` in 31 days where 150 kWh are usual, by the consumer; meter 501 of site 100. */
export function heldReading(at: number, changes: Partial<HeldReading> = {}): HeldReading {
  return {
    ...{ shard: 5 as Shard, site: 100 as SiteId, meter: 501 as MeterId },
    ...{ serial: "007" as MeterSerial, accountNumber: "0015000127" as AccountNumber },
    readOn: day("2026-01-20"),
    typed: [{ zone: "T0", text: String(8460 + at) }],
    values: [volume((8460 + at) * 10_000)],
    ...{ source: "PORTAL", priority: 4, status: "HELD", code: "DEVIATION_HIGH" },
    details: { ratio: "3,07" },
    previous: { readOn: day("2025-12-20"), values: [volume(80_000_000)] },
    volume: volume((460 + at) * 10_000),
    expected: volume(1_500_000),
    at,
    ...changes,
  };
}

/** As the control of a message's readings would have kept them. */
export async function keepReadings(
  database: Database,
  organisation: OrganisationId,
  message: number,
  readings: readonly HeldReading[],
): Promise<void> {
  for (const reading of readings) {
    await inShard(database, reading.shard, (shard) =>
      writeHeldReadings(shard, { organisation, message: message as MessageId }, [reading]),
    );
  }
}
