import type { Queryable } from "./database.ts";

/**
 * How a table lies on a Citus cluster where it is not by `shard`: by a key of its own, as a copy on
 * every node, or on the coordinator alone. A table whose primary key begins with `shard` and that
 * is not named here goes by shard, any other one stays on the coordinator.
 */
export const PLACEMENT: Readonly<Record<string, { readonly by: string } | "everywhere">> = {
  // Ever-unique keys and whatever belongs to one message must be found without knowing a shard.
  unique_key: { by: "key" },
  waiting_record: { by: "key" },
  message: { by: "id" },
  capture_part: { by: "message" },
  message_problem: { by: "message" },
  // Small, read in joins with lines of every shard.
  charge_run: "everywhere",
  run_event: "everywhere",
  closing: "everywhere",
};

interface Undistributed {
  readonly name: string;
  readonly first_key: string | null;
}

/**
 * Distributes the tables that are not yet distributed; does nothing where Citus is not installed.
 * The same migrations and the same SQL then serve a plain server and a cluster.
 *
 * @param owner connection of the role that owns the tables
 * @returns names of the tables distributed now
 */
export async function distribute(owner: Queryable): Promise<readonly string[]> {
  const [extension] = await owner.query("select from pg_extension where extname = 'citus'");
  if (extension === undefined) return [];
  const tables = await owner.query<Undistributed>(
    `select c.relname as name, (
       select a.attname from pg_index i
       join pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[0]
       where i.indrelid = c.oid and i.indisprimary) as first_key
     from pg_class c
     where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p')
       and not c.relispartition
       and not exists (select from pg_dist_partition d where d.logicalrelid = c.oid)
       and not exists (select from pg_depend d where d.objid = c.oid and d.deptype = 'e')
     order by c.relname`,
  );
  const distributed: string[] = [];
  for (const { name, first_key } of tables) {
    const placement = PLACEMENT[name] ?? (first_key === "shard" ? { by: "shard" } : "coordinator");
    if (placement === "coordinator") continue;
    if (placement === "everywhere") await owner.query("select create_reference_table($1)", [name]);
    else await owner.query("select create_distributed_table($1, $2)", [name, placement.by]);
    distributed.push(name);
  }
  return distributed;
}
