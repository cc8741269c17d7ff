import type { OrganisationId, Shard, SiteId } from "../model/ids.ts";
import type { StoredSite } from "./assembler/kept-sites.ts";
import { deriveSites, readStoredSites } from "./assembler/kept-sites.ts";
import { copyQuery } from "./copy-query.ts";
import type { Transaction } from "./database.ts";
import { integer } from "./database.ts";
import type { Check } from "./verify-check.ts";

const SITES_AT_ONCE = 500;

/**
 * Each kept site equals the one made anew from the facts and readings up to its counter. One that
 * is older than its newest fact is right too: a run makes it anew when it reads it.
 */
export const checkKeptSites: Check = async (transaction, findings) => {
  const shards = await transaction.query<{ shard: number; organisation: number }>(
    "select distinct shard, organisation from household_site order by shard, organisation",
  );
  for (const { shard, organisation } of shards) {
    for (let first = 1; ; ) {
      const sites = await transaction.query<{ site: string }>(
        `select site from household_site where shard = $1 and organisation = $2 and site >= $3
         order by site limit ${SITES_AT_ONCE}`,
        [shard, organisation, first],
      );
      const last = sites.at(-1);
      if (last === undefined) break;
      const range = {
        shard: shard as Shard,
        firstSite: first as SiteId,
        lastSite: integer(last.site) as SiteId,
      };
      first = range.lastSite + 1;
      const { rows } = await readStoredSites(transaction, range, organisation as OrganisationId);
      findings.saw(rows.length);
      for (const site of await otherThanDerived(transaction, range.shard, organisation, rows)) {
        findings.fail(`шард ${shard}, объект ${site}: не равен собранному из фактов`);
      }
    }
  }
};

async function otherThanDerived(
  transaction: Transaction,
  shard: Shard,
  organisation: number,
  rows: readonly StoredSite[],
): Promise<readonly SiteId[]> {
  const other: SiteId[] = [];
  const states = new Map<string, StoredSite[]>();
  for (const row of rows) {
    const key = `${row.through}/${row.from}`;
    const same = states.get(key);
    if (same === undefined) states.set(key, [row]);
    else same.push(row);
  }
  for (const same of states.values()) {
    const [{ through, from }] = same as [StoredSite];
    const where = copyQuery`shard = ${shard} and site in (${same.map(({ site }) => site)})`;
    const asOf = { organisation: organisation as OrganisationId, known: through };
    const derived = new Map(
      (await deriveSites(transaction, where, asOf, from)).map((row) => [row.site, row]),
    );
    for (const { site, facts, readings } of same) {
      const made = derived.get(site);
      const isSame =
        made !== undefined &&
        linesOf(made.facts) === linesOf(facts) &&
        linesOf(made.readings) === linesOf(readings);
      if (!isSame) other.push(site);
    }
  }
  return other;
}

/** Rows come in any order. */
function linesOf(bytes: Buffer): string {
  return bytes.toString("latin1").split("\n").sort().join("\n");
}
