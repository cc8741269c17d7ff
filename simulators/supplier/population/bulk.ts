import type { Day, Month } from "../../../normalizer/model/dates.ts";
import { addMonths, firstDay, formatDay, monthOf } from "../../../normalizer/model/dates.ts";
import type { Database } from "../../../normalizer/store/database.ts";
import { connect } from "../../../normalizer/store/database.ts";

/** A table that is filled at once; its indexes are cheaper made after than kept meanwhile. */
export interface BulkTable {
  readonly name: string;
  /** Of a partition by month: a key of all partitions goes only when the table stands alone. */
  readonly partition?: { readonly parent: string; readonly month: Day };
}

interface IndexMade {
  readonly table: string;
  readonly made: string;
}

/** Indexes that are made at once. */
const BUILDERS = 2;

/** Runs `fill` while the tables have no indexes, then makes them as they were. */
export async function withoutIndexes(
  ownerUrl: string,
  tables: readonly BulkTable[],
  fill: () => Promise<void>,
): Promise<void> {
  const owner = connect({
    url: ownerUrl,
    connectionsMax: BUILDERS,
    application: "population indexes",
    onIdleError: (error) => {
      throw error;
    },
  });
  try {
    const indexes: IndexMade[] = [];
    for (const table of tables) indexes.push(...(await dropIndexes(owner, table)));
    await fill();
    const steps = [
      ...indexes.map(({ made }) => made),
      ...tables.flatMap(({ name, partition }) =>
        partition === undefined ? [] : [attachText(name, partition.parent, partition.month)],
      ),
    ];
    await inTurn(owner, steps);
  } finally {
    await owner.close();
  }
}

async function dropIndexes(
  owner: Database,
  { name, partition }: BulkTable,
): Promise<readonly IndexMade[]> {
  if (partition !== undefined) {
    await owner.execute(`alter table ${partition.parent} detach partition ${name}`);
  }
  const indexes = await owner.query<{ name: string; isKey: boolean; made: string }>(
    `select c.relname as name, o.oid is not null as "isKey",
       coalesce('alter table ' || i.indrelid::regclass || ' add constraint ' || quote_ident(o.conname)
         || ' ' || pg_get_constraintdef(o.oid), pg_get_indexdef(i.indexrelid)) as made
     from pg_index i join pg_class c on c.oid = i.indexrelid
     left join pg_constraint o on o.conindid = i.indexrelid and o.contype in ('p', 'u')
     where i.indrelid = $1::regclass order by c.relname`,
    [name],
  );
  for (const index of indexes) {
    await owner.execute(
      index.isKey
        ? `alter table ${name} drop constraint ${index.name}`
        : `drop index ${index.name}`,
    );
  }
  // Attaching makes what a partition lacks, with the parent's definition.
  return partition !== undefined ? [] : indexes.map(({ made }) => ({ table: name, made }));
}

function attachText(name: string, parent: string, from: Day): string {
  const next = firstDay(addMonths(monthOf(from) as Month, 1));
  return `alter table ${parent} attach partition ${name} for values from ('${formatDay(from)}')
    to ('${formatDay(next)}')`;
}

async function inTurn(owner: Database, steps: readonly string[]): Promise<void> {
  let next = 0;
  const builders = Array.from({ length: BUILDERS }, async () => {
    while (next < steps.length) {
      const step = steps[next] as string;
      next += 1;
      await owner.transaction(async (transaction) => {
        await transaction.execute("set local maintenance_work_mem = '1GB'");
        await transaction.execute("set local synchronous_commit = off");
        await transaction.execute(step);
      });
    }
  });
  await Promise.all(builders);
}
