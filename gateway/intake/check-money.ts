import type { RecordCounts } from "../../normalizer/model/intake-facts.ts";
import type { Problem } from "../../normalizer/model/problems.ts";
import type { MoneyRecord } from "../../normalizer/model/records.ts";
import { formatFixed, MONEY_SCALE } from "../../normalizer/model/units.ts";

export interface CheckedMoney {
  readonly counts: RecordCounts;
  /** Of the records; those of the file are the reader's. */
  readonly problems: readonly Problem[];
  /** Of one account and direction each, in the order of the file. */
  readonly sums: readonly MoneySum[];
}

export interface MoneySum {
  /** "account/IN", "account/OUT". */
  readonly key: string;
  readonly count: number;
  readonly total: string;
  readonly unit: "RUB";
}

/**
 * What a statement comes to without a store: money that came in waits for somebody who knows whose it is, money that
 * went out asks for nobody. Repeats that the reader has dropped are no-ops, and those are under warned.
 *
 * @param dropped number of repeats
 */
export function checkMoney(records: readonly MoneyRecord[], dropped: number): CheckedMoney {
  const counts = { accepted: 0, warned: dropped, waiting: 0, held: 0, rejected: 0 };
  const sums = new Map<string, { count: number; total: bigint }>();
  for (const { ourAccount, direction, amount, problems } of records) {
    if (direction === "IN") counts.waiting += 1;
    else if (problems.length > 0) counts.warned += 1;
    else counts.accepted += 1;
    const key = `${ourAccount ?? ""}/${direction}`;
    const sum = sums.get(key) ?? { count: 0, total: 0n };
    sums.set(key, { count: sum.count + 1, total: sum.total + BigInt(amount) });
  }
  return {
    counts,
    problems: records.flatMap(({ problems }) => problems),
    sums: [...sums].map(([key, { count, total }]) => ({
      key,
      count,
      total: formatFixed(Number(total), MONEY_SCALE),
      unit: "RUB",
    })),
  };
}
