import type { Queryable } from "./database.ts";
import { integer } from "./database.ts";

/** A table as backup, restore and verify see it: partitions are part of their parent. */
export interface StoredTable {
  readonly name: string;
  /** In order; generated columns are left out. */
  readonly columns: readonly string[];
  /** First days of the months that have a partition; empty for a table that is not partitioned by month. */
  readonly months: readonly string[];
  /** With indexes and partitions, as an estimate of the work. */
  readonly sizeBytes: number;
}

/** Secrets and the list of migrations belong to a database, not to its content. */
const NOT_CONTENT = ["hub_access", "schema_migration"];

/**
 * Every table of the store in an order in which they can be filled: whatever another one refers to comes first.
 *
 * @param database role that may read the catalogue: any
 */
export async function readTables(database: Queryable): Promise<readonly StoredTable[]> {
  const rows = await database.query<{
    name: string;
    columns: string[];
    months: string[];
    size_bytes: string;
    needs: string[];
  }>(
    `select c.relname as name,
       (select array_agg(a.attname::text order by a.attnum) from pg_attribute a
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
       ) as columns,
       array(select substring(pg_get_expr(p.relpartbound, p.oid) from 'FROM \\(''(\\d{4}-\\d\\d-\\d\\d)''')
         from pg_inherits i join pg_class p on p.oid = i.inhrelid
         where i.inhparent = c.oid and pg_get_expr(p.relpartbound, p.oid) like 'FOR VALUES FROM (''%-%'
         order by 1) as months,
       (select sum(pg_total_relation_size(t.relid)) from pg_partition_tree(c.oid) t
        union all select pg_total_relation_size(c.oid) where c.relkind = 'r' limit 1) as size_bytes,
       array(select distinct f.relname::text from pg_constraint o join pg_class f on f.oid = o.confrelid
         where o.conrelid = c.oid and o.contype = 'f' and f.oid <> c.oid) as needs
     from pg_class c
     where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p')
       and not c.relispartition and c.relname <> all($1)
       and not exists (select from pg_depend d
         where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
     order by c.relname`,
    [NOT_CONTENT],
  );
  const ordered = new Map<string, StoredTable>();
  while (ordered.size < rows.length) {
    const ready = rows.filter(
      ({ name, needs }) => !ordered.has(name) && needs.every((need) => ordered.has(need)),
    );
    if (ready.length === 0) throw new Error("tables refer to each other in a circle");
    for (const { name, columns, months, size_bytes } of ready) {
      ordered.set(name, { name, columns, months, sizeBytes: integer(size_bytes) });
    }
  }
  return [...ordered.values()];
}

/** Names as SQL text; they come from the catalogue, never from outside. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
