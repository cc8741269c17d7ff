import { hash, verify } from "@node-rs/argon2";

/** OWASP's floor for argon2id: 19 MiB, two passes, one lane; about 50 ms. */
const OPTIONS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** Shorter ones fall to a list of common passwords before the rate limit matters. */
export const PASSWORD_LENGTH_MIN = 10;

/** A PHC string with its own salt and parameters. */
export function hashPassword(password: string): Promise<string> {
  return hash(password, OPTIONS);
}

/**
 * True when the password fits. An unknown login (`null`) costs the same time, so that the answer
 * does not tell which logins exist.
 */
export async function passwordFits(passwordHash: string | null, given: string): Promise<boolean> {
  const fits = await verify(passwordHash ?? (await absentHash()), given);
  return passwordHash !== null && fits;
}

let absent: Promise<string> | null = null;
function absentHash(): Promise<string> {
  absent ??= hashPassword("nobody has this password");
  return absent;
}
