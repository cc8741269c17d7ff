import type { Month } from "../../model/dates.ts";
import type { AccountId } from "../../model/ids.ts";
import type { Transaction } from "../database.ts";
import type { AssemblyContext, SiteRange } from "./context.ts";
import { pinOf } from "./context.ts";
import type { EndedFactRow, Subject } from "./fact-rows.ts";
import { factsAt, readVersionsOf } from "./fact-rows.ts";
import type { AccountRows, MeterRows, PremisesRows } from "./household-rows.ts";
import { monthsOfFacts } from "./late.ts";

/** An account with the seq that its last run has seen. */
interface SeenAccount {
  readonly rows: AccountRows;
  readonly seen: number;
}

/**
 * Months before the period on which the facts of some accounts say something else than their last runs knew: theirs,
 * and those of a meter or a flat that they share with others.
 */
export async function versionsChanged(
  transaction: Transaction,
  context: AssemblyContext,
  range: SiteRange,
  accounts: readonly SeenAccount[],
): Promise<ReadonlyMap<AccountId, readonly Month[]>> {
  const fresh = new Map<AccountId, readonly Subject[]>();
  for (const { rows, seen } of accounts) {
    const subjects = freshSubjects(rows, seen);
    if (subjects.length > 0) fresh.set(rows.account, subjects);
  }
  const months = new Map<AccountId, readonly Month[]>();
  if (fresh.size === 0) return months;
  const known = pinOf(context.pin, range.shard);
  const seen = Math.min(...accounts.map((account) => account.seen));
  const subjects = [...fresh.values()].flat();
  const versions = bySubject(
    await readVersionsOf(transaction, range.shard, subjects, { seen, known }),
  );
  for (const { rows, seen: seenOfAccount } of accounts) {
    const own = [...new Set((fresh.get(rows.account) ?? []).map(keyOf))].flatMap(
      (key) => versions.get(key) ?? [],
    );
    if (own.length === 0) continue;
    const before = factsAt(own, seenOfAccount);
    months.set(rows.account, monthsOfFacts(before, factsAt(own, known), context.period));
  }
  return months;
}

function freshSubjects(rows: AccountRows, seen: number): readonly Subject[] {
  const { site, account, versions, residents, meters, circumstances, premises, ended } = rows;
  const isNew = ({ seq }: { readonly seq: number }) => seq > seen;
  const subject = String(account);
  const fresh: Subject[] = [...ended, ...circumstances.filter(isNew)];
  if (versions.some(isNew)) fresh.push({ site, kind: "account", subject });
  if (residents.some(isNew)) fresh.push({ site, kind: "residents", subject });
  for (const meter of meters.values()) fresh.push(...freshOfMeter(meter, seen));
  for (const one of premises) fresh.push(...freshOfPremises(one, seen));
  return fresh;
}

/** How a flat is divided among its payers, and their common meters; its area bears on the ОДН alone. */
function freshOfPremises({ payers, meters, ended }: PremisesRows, seen: number) {
  return [
    ...ended,
    ...payers.filter(({ seq }) => seq > seen),
    ...meters.flatMap(({ rows }) => freshOfMeter(rows, seen)),
  ];
}

function freshOfMeter({ site, meter, versions, faults }: MeterRows, seen: number): Subject[] {
  const subject = String(meter);
  const isNew = ({ seq }: { readonly seq: number }) => seq > seen;
  const fresh: Subject[] = faults.filter(isNew);
  return versions.some(isNew) ? [...fresh, { site, kind: "meter", subject }] : fresh;
}

function bySubject(
  versions: readonly EndedFactRow[],
): ReadonlyMap<string, readonly EndedFactRow[]> {
  const map = new Map<string, EndedFactRow[]>();
  for (const version of versions) {
    const key = keyOf(version);
    const same = map.get(key);
    if (same === undefined) map.set(key, [version]);
    else same.push(version);
  }
  return map;
}

function keyOf({ site, kind, subject }: Subject): string {
  return `${site}/${kind}/${subject}`;
}
