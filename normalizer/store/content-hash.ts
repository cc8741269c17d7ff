import type { Queryable } from "./database.ts";
import { integer } from "./database.ts";
import { identifier, readTables } from "./tables.ts";

/** Rows of every table by an order-free hash: two stores with the same answer hold the same. */
export async function contentHashes(database: Queryable): Promise<ReadonlyMap<string, string>> {
  const hashes = new Map<string, string>();
  for (const { name, columns } of await readTables(database)) {
    const list = columns.map(identifier).join(", ");
    const [row] = await database.query<{ rows: string; hash: string }>(
      `select count(*) as rows, coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) as hash
       from (select ${list} from ${identifier(name)}) t`,
    );
    hashes.set(name, `${integer(row?.rows ?? "")} rows, ${row?.hash}`);
  }
  return hashes;
}
