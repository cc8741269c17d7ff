import type { OrganisationId } from "../model/ids.ts";

/**
 * What the asking person may see. An argument of every query that people reach, so that none can
 * leave it out: rows of another organisation or district do not exist for it.
 */
export interface Scope {
  readonly organisation: OrganisationId;
  /** Districts of the sites; null = the whole organisation. */
  readonly districts: readonly string[] | null;
}
