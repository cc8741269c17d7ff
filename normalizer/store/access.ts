import type { OrganisationId } from "../model/ids.ts";
import type { Database } from "./database.ts";
import { integer } from "./database.ts";
import type { Scope } from "./scope.ts";

/** A person who signs in, in the version that is in force. */
export interface User {
  readonly id: number;
  readonly organisation: OrganisationId;
  readonly login: string;
  readonly version: number;
  readonly name: string;
  readonly role: string;
  readonly districts: readonly string[] | null;
  readonly passwordHash: string;
  readonly active: boolean;
}

export interface NewUser {
  readonly login: string;
  readonly name: string;
  readonly role: string;
  readonly districts: readonly string[] | null;
  readonly passwordHash: string;
}

/** Who acts, as the audit keeps it. */
export interface Actor {
  readonly organisation: OrganisationId;
  readonly login: string;
  /** Network address, or "cli". */
  readonly address: string;
}

export interface AuditEntry {
  readonly action: string;
  /** What was touched, as `account:0015000127` or `user:ivanova`. */
  readonly object: string;
  readonly oldValue: unknown;
  readonly newValue: unknown;
}

const USER_COLUMNS = `u.id, u.organisation, u.login, u.version, u.name, u.role, u.districts,
  u.password_hash as "passwordHash", u.active`;

type Row = Omit<User, "id"> & { readonly id: string };

function userOf(row: Row | undefined): User | null {
  return row === undefined ? null : { ...row, id: integer(row.id) };
}

/** The latest version of the user, inactive ones too; null when nobody has the login. */
export async function findUser(database: Database, login: string): Promise<User | null> {
  const rows = await database.query<Row>(
    `select ${USER_COLUMNS} from user_login l
     join user_version u on u.organisation = l.organisation and u.login = l.login
     where l.login = $1 order by u.version desc limit 1`,
    [login],
  );
  return userOf(rows[0]);
}

/** Adds a user and the audit entry of it in one statement; false when the login is taken. */
export async function addUser(database: Database, actor: Actor, user: NewUser): Promise<boolean> {
  const added = await database.execute(
    `with taken as (
       insert into user_login (login, organisation, id)
       values ($2, $1, nextval('object_id')) on conflict do nothing returning id
     ), versioned as (
       insert into user_version (organisation, login, version, id, name, role, districts,
         password_hash, active, author, at)
       select $1, $2, 1, id, $3, $4, $5, $6, true, $7, now() from taken returning id
     )
     insert into audit_entry (organisation, login, action, object, new_value, address)
     select $1, $7, 'USER_ADDED', 'user:' || $2,
       jsonb_build_object('name', $3::text, 'role', $4::text, 'districts', $5::text[]), $8
     from versioned`,
    [
      actor.organisation,
      user.login,
      user.name,
      user.role,
      user.districts,
      user.passwordHash,
      actor.login,
      actor.address,
    ],
  );
  return added === 1;
}

/** Starts a session that ends by itself after `lifeSeconds`. */
export async function addSession(
  database: Database,
  user: User,
  tokenSha256: Buffer,
  lifeSeconds: number,
): Promise<void> {
  await database.execute(
    `insert into user_session (token_sha256, organisation, login, created_at, expires_at)
     values ($1, $2, $3, now(), now() + make_interval(secs => $4))`,
    [tokenSha256, user.organisation, user.login, lifeSeconds],
  );
}

/**
 * The active user of a session that is neither over nor ended; roles and scope are those of this
 * moment.
 */
export async function findSessionUser(
  database: Database,
  tokenSha256: Buffer,
): Promise<User | null> {
  const rows = await database.query<Row>(
    `select ${USER_COLUMNS} from user_session s
     join user_version u on u.organisation = s.organisation and u.login = s.login
     where s.token_sha256 = $1 and s.expires_at > now()
       and not exists (select 1 from user_session_end e where e.token_sha256 = s.token_sha256)
     order by u.version desc limit 1`,
    [tokenSha256],
  );
  const user = userOf(rows[0]);
  return user?.active ? user : null;
}

export async function endSession(database: Database, tokenSha256: Buffer): Promise<void> {
  await database.execute(
    `insert into user_session_end (token_sha256, at) values ($1, now()) on conflict do nothing`,
    [tokenSha256],
  );
}

export async function addAudit(database: Database, actor: Actor, entry: AuditEntry): Promise<void> {
  await database.execute(
    `insert into audit_entry (organisation, login, action, object, old_value, new_value, address)
     values ($1, $2, $3, $4, $5, $6, $7)`,
    [
      actor.organisation,
      actor.login,
      entry.action,
      entry.object,
      JSON.stringify(entry.oldValue),
      JSON.stringify(entry.newValue),
      actor.address,
    ],
  );
}

export interface StoredAudit extends AuditEntry {
  readonly id: number;
  readonly at: string;
  readonly login: string;
  readonly address: string;
}

/** The newest entries about one object, newest first; a user of some districts sees none. */
export async function auditOf(
  database: Database,
  scope: Scope,
  object: string,
  limit: number,
): Promise<readonly StoredAudit[]> {
  const rows = await database.query<Omit<StoredAudit, "id"> & { readonly id: string }>(
    `select id, at, login, action, object, address, old_value as "oldValue",
       new_value as "newValue"
     from audit_entry
     where organisation = $1 and $2::text[] is null and object = $3 order by id desc limit $4`,
    [scope.organisation, scope.districts, object, limit],
  );
  return rows.map((row) => ({ ...row, id: integer(row.id) }));
}
