import type { Month } from "../../model/dates.ts";
import { addMonths } from "../../model/dates.ts";
import type { SlotTable } from "../../model/facts.ts";
import type { OrganisationId } from "../../model/ids.ts";
import { lastClosing } from "../closings.ts";
import type { Queryable } from "../database.ts";
import type { Pin } from "../documents.ts";
import type { RunScope } from "../run-scope.ts";
import type { AssemblyContext } from "./context.ts";
import { commonPin } from "./context.ts";
import { readLaw } from "./law.ts";
import { readLawChanges, readPostedRuns } from "./posted-runs.ts";

export interface ContextRequest {
  readonly organisation: OrganisationId;
  readonly period: Month;
  readonly pin: Pin;
  readonly scope: RunScope;
  /** Local calendar of an IANA zone; the store has no time zone data of its own. */
  readonly slotTableOf: (zone: string) => SlotTable;
  readonly derivedRows: AssemblyContext["derivedRows"];
}

/** What all chunks of a run share: law, switches and earlier runs as known at the pin. */
export async function readContext(
  queryable: Queryable,
  request: ContextRequest,
): Promise<AssemblyContext> {
  const { organisation, period, pin, scope, slotTableOf, derivedRows } = request;
  const law = await readLaw(queryable, organisation, commonPin(pin));
  const posted = await readPostedRuns(queryable, organisation, pin);
  const lawChanges = await readLawChanges(queryable, organisation, posted, pin, period);
  const closing = await lastClosing(queryable, organisation, addMonths(period, -1));
  return {
    organisation,
    period,
    pin,
    scope,
    law,
    posted,
    closing,
    lawChanges,
    derivedRows,
    slotTableOf,
  };
}
