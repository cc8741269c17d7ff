import type { Month } from "../model/dates.ts";
import type { RunId, SiteId } from "../model/ids.ts";
import type { LineKind } from "../model/lines.ts";
import { LINE_KINDS } from "../model/lines.ts";
import { invariant } from "../model/result.ts";
import { CopyWriter } from "./copy.ts";
import type { Queryable, Transaction } from "./database.ts";
import { integer } from "./database.ts";
import type { AccountResult, RunChunk } from "./results.ts";
import type { Scope } from "./scope.ts";

const COLUMNS = "run, amount, volume, chunk, accounts, lines, shard, kind, correction, district";

interface Sum {
  readonly district: string;
  readonly kind: number;
  readonly correction: boolean;
  accounts: number;
  lines: number;
  volume: number;
  amount: number;
  /** Account counted last: the lines of one account come together. */
  last: number;
}

/** Sums of one chunk by district and kind of line. */
export class ChunkTotals {
  readonly #period: Month;
  readonly #sums = new Map<string, Map<number, Sum>>();

  constructor(period: Month) {
    this.#period = period;
  }

  add({ account, lines }: AccountResult, district: string): void {
    if (lines.length === 0) return;
    let ofDistrict = this.#sums.get(district);
    if (ofDistrict === undefined) {
      ofDistrict = new Map();
      this.#sums.set(district, ofDistrict);
    }
    for (const line of lines) {
      const correction = line.origin !== this.#period;
      const kind = LINE_KINDS.indexOf(line.kind);
      const key = kind * 2 + (correction ? 1 : 0);
      let sum = ofDistrict.get(key);
      if (sum === undefined) {
        sum = { district, kind, correction, accounts: 0, lines: 0, volume: 0, amount: 0, last: -1 };
        ofDistrict.set(key, sum);
      }
      if (sum.last !== account) sum.accounts += 1;
      sum.last = account;
      sum.lines += 1;
      sum.volume += line.volume;
      sum.amount += line.amount;
    }
  }

  *sums(): Iterable<Sum> {
    for (const ofDistrict of this.#sums.values()) yield* ofDistrict.values();
  }
}

/** Call it in the transaction that marks the chunk as done. */
export async function writeRunTotals(
  transaction: Transaction,
  chunk: RunChunk,
  totals: ChunkTotals,
): Promise<void> {
  const rows = new CopyWriter();
  for (const sum of totals.sums()) {
    rows.integer(chunk.run).integer(sum.amount).integer(sum.volume).integer(chunk.chunk);
    rows.integer(sum.accounts).integer(sum.lines).integer(chunk.shard).integer(sum.kind);
    rows
      .text(sum.correction ? "t" : "f")
      .text(sum.district)
      .endRow();
  }
  if (rows.rows > 0)
    await transaction.copyIn(`copy run_total (${COLUMNS}) from stdin`, rows.chunks());
}

/** What was charged in one district by one kind of lines. */
export interface RunTotal {
  readonly district: string;
  readonly kind: LineKind;
  readonly correction: boolean;
  readonly accounts: number;
  readonly lines: number;
  /** 10⁻⁴ kWh. */
  readonly volume: number;
  readonly amountKopecks: number;
}

/** Sums of several runs together (those of one month), by district, kind of line and correction. */
export async function readRunTotals(
  queryable: Queryable,
  { districts }: Scope,
  runs: readonly RunId[],
): Promise<readonly RunTotal[]> {
  const rows = await queryable.query<{
    district: string;
    kind: number;
    correction: boolean;
    accounts: string;
    lines: string;
    volume: string;
    amount: string;
  }>(
    `select district, kind, correction, sum(accounts) as accounts, sum(lines) as lines,
       sum(volume) as volume, sum(amount) as amount
     from run_total
     where run = any ($1::bigint[]) and ($2::text[] is null or district = any ($2))
     group by 1, 2, 3 order by 1, 3, 2`,
    [runs, districts],
  );
  return rows.map((row) => {
    const kind = LINE_KINDS[row.kind];
    invariant(kind !== undefined, `line kind ${row.kind}`);
    return {
      district: row.district,
      kind,
      correction: row.correction,
      accounts: integer(row.accounts),
      lines: integer(row.lines),
      volume: integer(row.volume),
      amountKopecks: integer(row.amount),
    };
  });
}

/** District of every site of a chunk; for contracts, of which there are few. */
export async function readDistricts(
  transaction: Transaction,
  { shard, firstSite, lastSite }: RunChunk,
): Promise<ReadonlyMap<SiteId, string>> {
  const rows = await transaction.query<{ site: string; district: string }>(
    `select site, body->>'district' as district from fact
     where shard = $1 and site between $2 and $3 and kind = 'site' and end_seq = 0
     order by valid_from`,
    [shard, firstSite, lastSite],
  );
  return new Map(rows.map(({ site, district }) => [integer(site) as SiteId, district]));
}
