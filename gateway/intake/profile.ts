import type { TSchema } from "typebox";
import { Check, Create, Default, Errors } from "typebox/value";

/**
 * A profile with every default filled in, or what is wrong with it: all at once, each with its
 * path.
 */
export type GivenProfile =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly problems: readonly string[] };

/** Checks what a person wrote as the profile of a channel against the edge's schema. */
export function checkProfile(schema: object, given: unknown): GivenProfile {
  const typed = schema as TSchema;
  if (given === undefined || given === null) return { ok: true, value: Create(typed) };
  const value = Default(typed, structuredClone(given));
  if (Check(typed, value)) return { ok: true, value };
  const problems = Errors(typed, value).map(
    ({ instancePath, message }) => `${instancePath === "" ? "/" : instancePath} ${message}`,
  );
  return { ok: false, problems };
}
