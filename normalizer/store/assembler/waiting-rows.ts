import type { Day, Month } from "../../model/dates.ts";
import { endDay, firstDay } from "../../model/dates.ts";
import type { MeterId } from "../../model/ids.ts";
import type { ProblemCode } from "../../model/problem-catalogue.ts";
import { copyQuery, readCopy } from "../copy-query.ts";
import type { Transaction } from "../database.ts";
import type { SiteRange } from "./context.ts";
import { inRange } from "./household-query.ts";
import type { MeterRows } from "./household-rows.ts";

/** Adds the readings of the period that wait for a person's word at `known` to the rows of their meters. */
export async function addWaiting(
  transaction: Transaction,
  range: SiteRange,
  meters: ReadonlyMap<MeterId, MeterRows>,
  known: number,
  period: Month,
): Promise<void> {
  const rows = await readCopy(
    transaction,
    copyQuery`select meter, read_on - date '1970-01-01' + 1, code, coalesce(account_number, serial),
      at, details
    from held_reading
    where ${inRange(range)} and status = 'HELD' and seq <= ${known}
      and (decided_seq = 0 or decided_seq > ${known})
      and read_on >= date '1970-01-01' + ${firstDay(period)}
      and read_on < date '1970-01-01' + ${endDay(period)}`,
  );
  while (rows.more()) {
    const meter = meters.get(rows.integer() as MeterId);
    const stateAt = rows.integer() as Day;
    const code = rows.word() as ProblemCode;
    const object = rows.text();
    const at = String(rows.integer());
    const values = JSON.parse(rows.text()) as Record<string, string>;
    // The last of several says all: one word of a person lets the month be billed.
    if (meter === undefined || (meter.waiting !== null && meter.waiting.stateAt > stateAt))
      continue;
    meter.waiting = { stateAt, problem: { code, at, object, values } };
  }
}
