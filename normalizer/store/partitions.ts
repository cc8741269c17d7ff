import type { Queryable } from "./database.ts";

/**
 * Makes the partitions of `table` for every month that one of `days` falls in. Call it before the
 * transaction that writes, never inside: it waits for other makers of partitions.
 *
 * @param table parent partitioned by range of one date column: message, capture_part, reading …
 * @param days  ISO dates, "2025-03-31"
 */
export async function ensurePartitions(
  database: Queryable,
  table: string,
  days: Iterable<string>,
): Promise<void> {
  const known = knownMonths(database, table);
  const missing = new Set<string>();
  for (const day of days) {
    const month = day.slice(0, 7);
    if (!known.has(month)) missing.add(month);
  }
  if (missing.size === 0) return;
  await database.query("select ensure_partitions($1, $2::date[])", [
    table,
    [...missing].map((month) => `${month}-01`),
  ]);
  for (const month of missing) known.add(month);
}

/**
 * Partitions of every table partitioned by month, from the previous month to `monthsAhead` months
 * from now by the server's clock. At start and once a day.
 */
export async function ensurePartitionsAhead(
  database: Queryable,
  monthsAhead: number,
): Promise<void> {
  await database.query("select ensure_partitions_ahead($1)", [monthsAhead]);
}

/**
 * Months once made stay: a partition goes only by retention, and nothing is written there any more.
 */
const made = new WeakMap<Queryable, Map<string, Set<string>>>();

function knownMonths(database: Queryable, table: string): Set<string> {
  const tables = made.get(database) ?? new Map<string, Set<string>>();
  made.set(database, tables);
  const months = tables.get(table) ?? new Set<string>();
  tables.set(table, months);
  return months;
}
