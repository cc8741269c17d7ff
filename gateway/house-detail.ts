import type { HouseDetail } from "../billing/documents/house-detail.ts";
import { houseDetail } from "../billing/documents/house-detail.ts";
import { billSite } from "../billing/households/site.ts";
import { rulesOf } from "../billing/rules.ts";
import { slotTableOf } from "../config/time-zones.ts";
import type { Month } from "../normalizer/model/dates.ts";
import type { HouseMonth } from "../normalizer/model/house-facts.ts";
import type { OrganisationId } from "../normalizer/model/ids.ts";
import { readContext } from "../normalizer/store/assembler/read-context.ts";
import type { Database } from "../normalizer/store/database.ts";
import { readHouseMonths } from "../normalizer/store/house-months.ts";
import { type AccountKey, knownRuns } from "../normalizer/store/posted.ts";
import { readRun } from "../normalizer/store/runs.ts";
import { readSites } from "./runs/sites.ts";
import { versionsOf } from "./runs/work.ts";

/** Ф-83 of a house with whether the repeated computation is what the run has stored. */
export interface PostedHouseDetail {
  readonly detail: HouseDetail;
  readonly equal: boolean;
}

/**
 * Ф-83 of the house of an account, as the last posted run of the month has it: computed again by
 * the run's pin and rules, since the premises of a house are not stored with its result. Null where
 * no posted run of the month has a result of the house, or its areas are not on record.
 */
export async function houseDetailOf(
  database: Database,
  { organisation, shard, site }: AccountKey & { readonly organisation: OrganisationId },
  month: Month,
): Promise<PostedHouseDetail | null> {
  const runs = await knownRuns(database, organisation, null);
  const ofMonth = runs.filter(({ period }) => period === month);
  const posted = (await readHouseMonths(database, ofMonth, shard, [site])).get(site)?.at(-1);
  if (posted === undefined) return null;
  const run = await readRun(database, posted.run);
  const context = await readContext(database, { ...run, slotTableOf, derivedRows: "DERIVED" });
  const rules = rulesOf(versionsOf(run));
  const range = { shard, firstSite: site, lastSite: site };
  const [assembled] = await database.transaction(
    (transaction) => readSites(transaction, context, range, rules),
    { isolation: "repeatable read", readOnly: true },
  );
  if (assembled === undefined) return null;
  const billed = billSite(assembled.facts, rules);
  const detail = houseDetail(assembled.facts, billed);
  return detail === null ? null : { detail, equal: isSame(billed.house, posted.result) };
}

function isSame(again: HouseMonth | null, stored: HouseMonth): boolean {
  if (again === null || again.heldBy.join("\n") !== stored.heldBy.join("\n")) return false;
  if (JSON.stringify(again.zones) !== JSON.stringify(stored.zones)) return false;
  if (JSON.stringify(again.carried) !== JSON.stringify(stored.carried)) return false;
  const { heldBy: _, zones: __, carried: ___, ...figures } = stored;
  return Object.entries(figures).every(([key, value]) => again[key as keyof HouseMonth] === value);
}
