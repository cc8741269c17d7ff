import type { IntervalPatchFact, StoredPatch } from "../model/intake-facts.ts";

/**
 * What a patch is beside the valid one of its place: - `new`: the first, or a correction; it
 * becomes the valid one; - `restated`: a greater version with equal values; only the mark that this
 * version says the same is stored, so that
 *   nothing is computed again, and a version between the two that comes later is still known to be superseded;
 * - `superseded`: a lower version that came later; stored as history;
 * - `present`: this very version is stored (a record taken again); nothing is written.
 */
export type PatchVersionKind = "new" | "restated" | "superseded" | "present";

/**
 * Latest = greatest number per sender and day, then greatest timestamp (metering.md 1.2).
 *
 * @param valid the valid patch of the same channel, UTC day and first slot; undefined = the store
 * has none
 */
export function versionKind(
  patch: IntervalPatchFact,
  valid: StoredPatch | undefined,
): PatchVersionKind {
  if (valid === undefined || patch.held) return "new";
  const order = compareVersions(patch, valid);
  if (order < 0) return "superseded";
  if (!equalValues(patch, valid)) return "new";
  return order === 0 ? "present" : "restated";
}

interface Version {
  readonly version: number;
  readonly versionTimestamp: string;
}

/** Negative when `a` is the older version. Timestamps are compared as texts: YYYYMMDDhhmmss. */
export function compareVersions(a: Version, b: Version): number {
  if (a.version !== b.version) return a.version - b.version;
  if (a.versionTimestamp === b.versionTimestamp) return 0;
  return a.versionTimestamp < b.versionTimestamp ? -1 : 1;
}

function equalValues(a: IntervalPatchFact, b: StoredPatch): boolean {
  if (a.qualities !== b.qualities || a.values.length !== b.values.length) return false;
  return a.values.every((value, index) => value === b.values[index]);
}
