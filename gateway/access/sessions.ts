import { createHash, createHmac, randomBytes } from "node:crypto";
import type { OrganisationId } from "../../normalizer/model/ids.ts";
import { invariant } from "../../normalizer/model/result.ts";
import {
  addAudit,
  addSession,
  endSession,
  findSessionUser,
  findUser,
} from "../../normalizer/store/access.ts";
import type { Database } from "../../normalizer/store/database.ts";
import type { Scope } from "../../normalizer/store/scope.ts";
import { passwordFits } from "./passwords.ts";
import type { Role } from "./roles.ts";
import { isRole } from "./roles.ts";

/** A working day with a margin; roles and districts are read anew at every request. */
export const SESSION_SECONDS = 12 * 3600;

/** Who asks, from a cookie that held. */
export interface SignedIn {
  readonly login: string;
  readonly name: string;
  readonly role: Role;
  readonly organisation: OrganisationId;
  readonly scope: Scope;
  /** To be sent back in the header of every unsafe request. */
  readonly csrfToken: string;
}

export interface StartedSession {
  readonly token: string;
  readonly user: SignedIn;
}

function sha256(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}

/** Follows from the cookie, which no script can read, so it needs no row of its own. */
export function csrfTokenOf(token: string): string {
  return createHmac("sha256", token).update("csrf").digest("base64url");
}

/**
 * Null when the login is unknown or inactive or the password wrong; the audit of a known login says
 * so.
 */
export async function signIn(
  database: Database,
  login: string,
  password: string,
  address: string,
): Promise<StartedSession | null> {
  const user = await findUser(database, login);
  const fits = await passwordFits(user?.passwordHash ?? null, password);
  if (user === null) return null;
  const admitted = fits && user.active;
  await addAudit(
    database,
    { organisation: user.organisation, login, address },
    {
      action: admitted ? "SIGNED_IN" : "SIGN_IN_REFUSED",
      object: `user:${login}`,
      oldValue: null,
      newValue: null,
    },
  );
  if (!admitted) return null;
  const token = randomBytes(32).toString("base64url");
  await addSession(database, user, sha256(token), SESSION_SECONDS);
  return { token, user: signedIn(user, token) };
}

export async function userOfSession(database: Database, token: string): Promise<SignedIn | null> {
  const user = await findSessionUser(database, sha256(token));
  return user === null ? null : signedIn(user, token);
}

export async function signOut(database: Database, token: string): Promise<void> {
  await endSession(database, sha256(token));
}

function signedIn(
  user: {
    readonly login: string;
    readonly name: string;
    readonly role: string;
    readonly organisation: OrganisationId;
    readonly districts: readonly string[] | null;
  },
  token: string,
): SignedIn {
  const { login, name, role, organisation, districts } = user;
  invariant(isRole(role), `unknown role of ${login}: ${role}`);
  const scope: Scope = { organisation, districts };
  return { login, name, role, organisation, scope, csrfToken: csrfTokenOf(token) };
}
