import { invariant } from "../model/result.ts";
import type { Queryable } from "./database.ts";

/** A table as backup, restore and verify see it: partitions by month are part of their parent. */
export interface StoredTable {
  readonly name: string;
  /** In order; generated columns are left out. */
  readonly columns: readonly string[];
  /**
   * First days of the months that have a partition; empty for a table that is not partitioned by
   * month.
   */
  readonly months: readonly string[];
  /** For a table that holds one run: which, and whether it is attached to the table of all runs. */
  readonly run: { readonly id: number; readonly attached: boolean } | null;
}

/** Secrets and the list of migrations belong to a database, not to its content. */
const NOT_CONTENT = ["hub_access", "schema_migration"];
/**
 * Tables of all runs: a run's rows stand in a table of its own, named by its id, until it is
 * attached and after.
 */
const RUN_PARENTS = ["charge_line", "run_entry"];
const RUN_TABLE = /^(?:charge_line|run_entry)_(\d+)$/;
/**
 * What a run has become stands after its rows: the tables of a run are made and attached while it
 * is open.
 */
const LAST = "run_event";

/**
 * Every table of the store in an order in which they can be filled: whatever another one refers to
 * comes first, runs before their tables.
 *
 * @param database role that may read the catalogue: any
 */
export async function readTables(database: Queryable): Promise<readonly StoredTable[]> {
  const rows = await database.query<{
    name: string;
    attached: boolean;
    columns: string[];
    months: string[];
    needs: string[];
  }>(
    `select c.relname as name, c.relispartition as attached,
       (select array_agg(a.attname::text order by a.attnum) from pg_attribute a
        where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
       ) as columns,
       array(select substring(pg_get_expr(p.relpartbound, p.oid) from '\\d{4}-\\d\\d-\\d\\d')
         from pg_inherits i join pg_class p on p.oid = i.inhrelid
         where i.inhparent = c.oid order by 1) as months,
       array(select distinct f.relname::text
         from pg_constraint o join pg_class f on f.oid = o.confrelid
         where o.conrelid = c.oid and o.contype = 'f' and f.oid <> c.oid) as needs
     from pg_class c
     where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p')
       and c.relname <> all($1)
       and (not c.relispartition or exists (select from pg_inherits i
         where i.inhrelid = c.oid and i.inhparent = any ($2::regclass[])))
       and not exists (select from pg_depend d
         where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
     order by c.relname`,
    [[...NOT_CONTENT, ...RUN_PARENTS], RUN_PARENTS],
  );
  const tables = rows.map(({ name, attached, columns, months, needs }) => {
    const id = RUN_TABLE.exec(name)?.[1];
    const run = id === undefined ? null : { id: Number(id), attached };
    return { table: { name, columns, months, run }, needs };
  });
  const rank = ({ name, run }: StoredTable) => (name === LAST ? 2 : run === null ? 0 : 1);
  return inOrderOfNeeds(tables).sort((a, b) => rank(a) - rank(b));
}

function inOrderOfNeeds(
  tables: readonly { readonly table: StoredTable; readonly needs: readonly string[] }[],
): StoredTable[] {
  const ordered = new Map<string, StoredTable>();
  while (ordered.size < tables.length) {
    const ready = tables.filter(
      ({ table, needs }) => !ordered.has(table.name) && needs.every((need) => ordered.has(need)),
    );
    invariant(ready.length > 0, "tables refer to each other in a circle");
    for (const { table } of ready) ordered.set(table.name, table);
  }
  return [...ordered.values()];
}

/** Names as SQL text; they come from the catalogue, never from outside. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
