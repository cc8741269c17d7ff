import type { Queryable } from "./database.ts";

const HEADER = `-- Everything the migrations make, written by schema-dump.ts from the catalogue: the same text
-- on PostgreSQL 15 and 18. Read it to see the store as a whole; never run it. schema.test.ts
-- compares it with a freshly migrated database. After adding a migration write it anew:
--   npx tsc -p . && UPDATE_SCHEMA=1 node build/normalizer/store/schema.test.js
-- Partitions are left out (their names depend on the month); "hub" stands for the role of the hub.
`;

/** Oids of what belongs to the schema itself: no partition, nothing that an extension brought. */
const OWN_RELATIONS = `
  select c.* from pg_class c
  where c.relnamespace = current_schema()::regnamespace and not c.relispartition
    and not exists (select from pg_depend d
      where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')`;

const COLUMNS = `
  select c.relname as name,
    case c.relkind when 'p' then ' partition by ' || pg_get_partkeydef(c.oid) else '' end as tail,
    array_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod)
      || case when a.attcollation <> t.typcollation then ' collate ' || l.collname else '' end
      || case when a.attidentity <> '' then ' generated ' || case a.attidentity when 'a'
           then 'always' else 'by default' end || ' as identity' else '' end
      || case when d.adbin is null then ''
           when a.attgenerated = 's' then ' generated always as ('
             || pg_get_expr(d.adbin, d.adrelid) || ') stored'
           else ' default ' || pg_get_expr(d.adbin, d.adrelid) end
      || case when a.attnotnull then ' not null' else '' end
      order by a.attnum) as columns
  from (${OWN_RELATIONS}) c
  join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
  join pg_type t on t.oid = a.atttypid
  left join pg_collation l on l.oid = a.attcollation
  left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
  where c.relkind in ('r', 'p')
  group by c.oid, c.relname, c.relkind order by c.relname`;

/** NOT NULL is a constraint of its own since 18 and stands with the column here. */
const CONSTRAINTS = `
  select c.relname as owner, 'constraint ' || quote_ident(o.conname) || ' '
    || pg_get_constraintdef(o.oid) as text
  from pg_constraint o join (${OWN_RELATIONS}) c on c.oid = o.conrelid
  where o.contype <> 'n' order by c.relname, o.contype <> 'p', o.conname`;

const INDEXES = `
  select c.relname as owner, pg_get_indexdef(i.indexrelid) || ';' as text
  from pg_index i join (${OWN_RELATIONS}) c on c.oid = i.indrelid
  where not exists (select from pg_constraint o where o.conindid = i.indexrelid)
  order by c.relname, pg_get_indexdef(i.indexrelid)`;

const SEQUENCES = `
  select format('create sequence %I as %s increment %s minvalue %s maxvalue %s start %s;',
    c.relname, format_type(s.seqtypid, null), s.seqincrement, s.seqmin, s.seqmax,
    s.seqstart) as text
  from pg_sequence s join (${OWN_RELATIONS}) c on c.oid = s.seqrelid order by c.relname`;

const VIEWS = `
  select format('create view %I as%s%s', c.relname, chr(10), pg_get_viewdef(c.oid, true)) as text
  from (${OWN_RELATIONS}) c where c.relkind = 'v' order by c.relname`;

const FUNCTIONS = `
  select rtrim(pg_get_functiondef(p.oid), chr(10)) || ';' as text from pg_proc p
  where p.pronamespace = current_schema()::regnamespace and not exists (select from pg_depend d
    where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
  order by p.proname, pg_get_function_identity_arguments(p.oid)`;

const GRANTS = `
  with role as (select r.oid from pg_roles r join hub_access a on a.role = r.rolname),
  grants as (
    select c.relkind = 'S' as sequence, c.relname as name, null::name as attribute,
      lower(x.privilege_type) as privilege
    from (${OWN_RELATIONS}) c, aclexplode(c.relacl) x, role where x.grantee = role.oid
    union all
    select false, c.relname, a.attname, lower(x.privilege_type)
    from (${OWN_RELATIONS}) c join pg_attribute a on a.attrelid = c.oid and not a.attisdropped,
      aclexplode(a.attacl) x, role where x.grantee = role.oid)
  select format('grant %s on %s%I to hub;',
    string_agg(privilege || coalesce(' (' || quote_ident(attribute) || ')', ''), ', '
      order by attribute is not null, privilege, attribute),
    case when sequence then 'sequence ' else '' end, name) as text
  from grants group by sequence, name order by sequence, name`;

/**
 * Tables with columns, constraints and indexes, then sequences, views, functions and the rights of
 * the hub's role, as SQL text in alphabetical order.
 *
 * @param owner connection of the role that owns the tables
 */
export async function dumpSchema(owner: Queryable): Promise<string> {
  const constraints = await owner.query<Owned>(CONSTRAINTS);
  const indexes = await owner.query<Owned>(INDEXES);
  const tables = await owner.query<{ name: string; tail: string; columns: string[] }>(COLUMNS);
  const blocks = tables.map(({ name, tail, columns }) =>
    [
      `create table ${name} (`,
      [...columns, ...textsOf(constraints, name)].map((line) => `  ${line}`).join(",\n"),
      `)${tail};`,
      ...textsOf(indexes, name),
    ].join("\n"),
  );
  for (const text of [SEQUENCES, VIEWS, FUNCTIONS]) {
    blocks.push(...(await owner.query<{ text: string }>(text)).map((row) => row.text));
  }
  blocks.push((await owner.query<{ text: string }>(GRANTS)).map((row) => row.text).join("\n"));
  const [schema] = await owner.query<{ name: string }>("select current_schema() as name");
  return `${[HEADER, blocks.join("\n\n")].join("\n").replaceAll(` ${schema?.name}.`, " ")}\n`;
}

interface Owned {
  readonly owner: string;
  readonly text: string;
}

function textsOf(rows: readonly Owned[], owner: string): string[] {
  return rows.filter((row) => row.owner === owner).map((row) => row.text);
}
