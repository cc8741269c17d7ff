import type { Month } from "../../model/dates.ts";
import type { SlotTable } from "../../model/facts.ts";
import type { OrganisationId, RunId, Seq, Shard, SiteId } from "../../model/ids.ts";
import { COMMON_SHARD } from "../../model/ids.ts";
import { invariant } from "../../model/result.ts";
import type { Closing } from "../closings.ts";
import type { Pin } from "../documents.ts";
import type { KnownRun } from "../posted.ts";
import type { RunScope } from "../run-scope.ts";
import type { KnownLaw } from "./law.ts";

/** A posted run as far as later ones need it: until which facts it has looked. */
export interface PostedRun extends KnownRun {
  readonly pin: Pin;
}

/** What every chunk of one run shares; read once per run and worker. */
export interface AssemblyContext {
  readonly organisation: OrganisationId;
  readonly period: Month;
  readonly pin: Pin;
  readonly scope: RunScope;
  readonly law: KnownLaw;
  /** Runs posted within the pin, in the order of posting. */
  readonly posted: readonly PostedRun[];
  /** The newest closing before the period; null when none is closed. */
  readonly closing: Closing | null;
  /** Law that changed on days of the past since a posted run, by run. */
  readonly lawChanges: ReadonlyMap<RunId, readonly LawChange[]>;
  /** A run reads derived rows and stores those that are missing; an explanation derives them again. */
  readonly derivedRows: "STORED" | "DERIVED";
  readonly slotTableOf: (zone: string) => SlotTable;
}

/**
 * Days of one tariff category, norm, … on which the law says something else than a posted run knew.
 */
export interface LawChange {
  readonly kind: string;
  readonly subject: string;
  readonly months: readonly Month[];
}

/** Sites of one shard, by their ids, both ends included. */
export interface SiteRange {
  readonly shard: Shard;
  readonly firstSite: SiteId;
  readonly lastSite: SiteId;
}

export function pinOf(pin: Pin, shard: Shard): Seq {
  const seq = pin[shard];
  invariant(seq !== undefined, `a pin without shard ${shard}`);
  return seq;
}

export function commonPin(pin: Pin): Seq {
  return pinOf(pin, COMMON_SHARD);
}
