import { penaltyOfMonth } from "../billing/penalties/month.ts";
import type { PenaltyLine } from "../billing/penalties/penalty.ts";
import { rulesOf } from "../billing/rules.ts";
import { slotTableOf } from "../config/time-zones.ts";
import type { Month } from "../normalizer/model/dates.ts";
import type { LedgerEntry } from "../normalizer/model/facts.ts";
import type { OrganisationId, RunId } from "../normalizer/model/ids.ts";
import type { Kopecks } from "../normalizer/model/units.ts";
import { kopecks } from "../normalizer/model/units.ts";

import { switchesOf } from "../normalizer/store/assembler/law.ts";
import { readLedgersOf } from "../normalizer/store/assembler/penalty-facts.ts";
import { readContext } from "../normalizer/store/assembler/read-context.ts";
import type { Database } from "../normalizer/store/database.ts";
import type { AccountKey } from "../normalizer/store/posted.ts";
import { entriesOfAccount, knownRuns } from "../normalizer/store/posted.ts";
import { readRun } from "../normalizer/store/runs.ts";
import { versionsOf } from "./runs/work.ts";

/** What one posted run made of the penalties of an account. */
export interface ExplainedPenalty {
  readonly run: RunId;
  /** By debt, payment and time: what `accrued` is made of. */
  readonly lines: readonly PenaltyLine[];
  /** To the last day of the month. */
  readonly accrued: Kopecks;
  /** By earlier months. */
  readonly postedBefore: Kopecks;
  readonly posted: Kopecks;
  /** The repeated computation gives the stored entry. */
  readonly equal: boolean;
}

/**
 * Penalties of a month computed again, by the pin, law and rules of each run that posted any; must
 * give the stored entries.
 */
export async function explainPenalty(
  database: Database,
  place: AccountKey & { readonly organisation: OrganisationId },
  month: Month,
): Promise<readonly ExplainedPenalty[]> {
  const runs = await knownRuns(database, place.organisation, null);
  const explained: ExplainedPenalty[] = [];
  for (const { run, period, rules } of runs.filter((known) => known.period === month)) {
    const known = { run, period, rules };
    // What no run makes has a message; the pin leaves it out here.
    const own = (await entriesOfAccount(database, place, [known], null)).filter(
      ({ source, period: of }) => source === null && of === month,
    );
    const posted = sumOf(own.filter(({ kind }) => kind === "PENALTY"));
    if (posted === 0) continue;
    const charged = own.filter(({ kind }) => kind !== "PENALTY");
    explained.push(await computeAgain(database, place, run, charged, posted));
  }
  return explained;
}

async function computeAgain(
  database: Database,
  { shard, site, account }: AccountKey,
  id: RunId,
  charged: readonly LedgerEntry[],
  posted: Kopecks,
): Promise<ExplainedPenalty> {
  const run = await readRun(database, id);
  const context = await readContext(database, { ...run, slotTableOf, derivedRows: "DERIVED" });
  const range = { shard, firstSite: site, lastSite: site };
  const ledgers = await database.transaction(
    (transaction) => readLedgersOf(transaction, context, range, [{ site, account }]),
    { isolation: "repeatable read", readOnly: true },
  );
  const ledger = ledgers.find((candidate) => candidate.account === account);
  const nothing = { run: id, lines: [], accrued: kopecks(0), postedBefore: kopecks(0), posted };
  if (ledger === undefined) return { ...nothing, equal: false };
  const closed = penaltyOfMonth(
    {
      ...ledger,
      period: run.period,
      entries: [...ledger.entries, ...charged],
      law: context.law.penalties,
      switches: switchesOf(context.law.switches, { district: ledger.district, site }, run.period),
    },
    rulesOf(versionsOf(run)),
  );
  if (!closed.ok) return { ...nothing, equal: false };
  const { lines, accrued } = closed.value;
  return {
    run: id,
    lines,
    accrued,
    postedBefore: kopecks(accrued - closed.value.posted),
    posted,
    equal: closed.value.posted === posted,
  };
}

function sumOf(entries: readonly LedgerEntry[]): Kopecks {
  return kopecks(entries.reduce((sum, { amount }) => sum + amount, 0));
}
