import type { Day, Month } from "../../model/dates.ts";
import { day, monthOf } from "../../model/dates.ts";
import type { OrganisationId, RunId, Seq } from "../../model/ids.ts";
import { COMMON_SHARD } from "../../model/ids.ts";
import type { Queryable } from "../database.ts";
import { integer } from "../database.ts";
import type { Pin } from "../documents.ts";
import type { RuleVersion } from "../results.ts";
import type { LawChange, PostedRun } from "./context.ts";
import { commonPin } from "./context.ts";
import { monthsOfDays } from "./late.ts";
import { changedDays, type Span } from "./timeline.ts";

/** Runs of the organisation that were posted within the pin, in the order of posting. */
export async function readPostedRuns(
  queryable: Queryable,
  organisation: OrganisationId,
  pin: Pin,
): Promise<readonly PostedRun[]> {
  const rows = await queryable.query<{
    id: string;
    period: string;
    pin: string[];
    rules: readonly RuleVersion[];
  }>(
    `select r.id, r.period, r.pin, r.rules
     from run_event e join charge_run r on r.id = e.run
     where e.shard = $1 and e.seq <= $2 and e.event = 'APPROVED' and r.organisation = $3
     order by e.seq, r.id`,
    [COMMON_SHARD, commonPin(pin), organisation],
  );
  return rows.map((row) => ({
    run: integer(row.id) as RunId,
    period: monthOf(day(row.period)),
    pin: row.pin.map((seq) => integer(seq) as Seq),
    rules: row.rules,
  }));
}

interface LawRow {
  readonly kind: string;
  readonly subject: string;
  readonly from: number;
  readonly to: number | null;
  readonly seq: string;
  readonly end_seq: string;
  readonly body: unknown;
}

/**
 * What of the law has another value, on days before `period`, than each posted run knew: a tariff
 * order with retroactive effect, a corrected norm.
 */
export async function readLawChanges(
  queryable: Queryable,
  organisation: OrganisationId,
  posted: readonly PostedRun[],
  pin: Pin,
  period: Month,
): Promise<ReadonlyMap<RunId, readonly LawChange[]>> {
  const changes = new Map<RunId, readonly LawChange[]>();
  if (posted.length === 0) return changes;
  const now = commonPin(pin);
  const rows = await queryable.query<LawRow>(
    `select kind, subject, valid_from - date '1970-01-01' as "from",
       valid_to - date '1970-01-01' as "to", seq, end_seq, body
     from fact
     where shard = $1 and organisation = $2 and seq <= $3
       and kind in ('tariff', 'norm', 'plot-norm', 'one-rate', 'vat')
     order by kind, subject, valid_from`,
    [COMMON_SHARD, organisation, now],
  );
  for (const run of posted) {
    const seen = commonPin(run.pin);
    if (rows.every((row) => integer(row.seq) <= seen)) continue;
    changes.set(run.run, changesSince(rows, seen, now, period));
  }
  return changes;
}

function changesSince(
  rows: readonly LawRow[],
  seen: Seq,
  now: Seq,
  period: Month,
): readonly LawChange[] {
  const subjects = new Map<string, LawRow[]>();
  for (const row of rows) {
    const key = `${row.kind}/${row.subject}`;
    const same = subjects.get(key);
    if (same === undefined) subjects.set(key, [row]);
    else same.push(row);
  }
  const changes: LawChange[] = [];
  for (const versions of subjects.values()) {
    const [first] = versions;
    if (first === undefined) continue;
    const days = changedDays(spansAt(versions, seen), spansAt(versions, now));
    const months = days.flatMap((range) => monthsOfDays(range, period));
    if (months.length > 0) changes.push({ kind: first.kind, subject: first.subject, months });
  }
  return changes;
}

function spansAt(rows: readonly LawRow[], seq: Seq): readonly Span[] {
  return rows.flatMap((row) => {
    const endSeq = integer(row.end_seq);
    if (integer(row.seq) > seq || (endSeq !== 0 && endSeq <= seq)) return [];
    return [{ from: row.from as Day, to: row.to as Day | null, text: JSON.stringify(row.body) }];
  });
}
