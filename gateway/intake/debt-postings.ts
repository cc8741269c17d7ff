import type { DebtType } from "../../billing/settlement/allocation.ts";
import { NOTHING_OPEN, settle } from "../../billing/settlement/settle.ts";
import type { Day, Month } from "../../normalizer/model/dates.ts";
import { day, formatDay, formatMonth, monthOf } from "../../normalizer/model/dates.ts";
import type { FactBodies } from "../../normalizer/model/fact-bodies.ts";
import type { EntryKind, LedgerEntry } from "../../normalizer/model/facts.ts";
import type { AccountId, OrganisationId, Shard, SiteId } from "../../normalizer/model/ids.ts";
import type { Problem, ProblemCode } from "../../normalizer/model/problems.ts";
import { invariant } from "../../normalizer/model/result.ts";
import type { Kopecks } from "../../normalizer/model/units.ts";
import { formatFixed, kopecks, MONEY_SCALE, parseScaled } from "../../normalizer/model/units.ts";
import type { Queryable, Transaction } from "../../normalizer/store/database.ts";
import type { FactVersion } from "../../normalizer/store/facts.ts";
import { readFacts } from "../../normalizer/store/facts.ts";
import type { NewLedgerEntry } from "../../normalizer/store/posted.ts";
import { entriesOfAccount, knownRuns } from "../../normalizer/store/posted.ts";
import type { MoneyLeg } from "./money-posting.ts";
import { postingPeriods } from "./money-posting.ts";
import type { Plan } from "./plan.ts";

const POSTED_KINDS = ["write-off", "court-costs"] as const;
type PostedKind = (typeof POSTED_KINDS)[number];
type PostedFact = FactVersion<PostedKind>;

function isPosted(kind: string): kind is PostedKind {
  return POSTED_KINDS.some((posted) => posted === kind);
}

const ENTRY_OF_DEBT: Readonly<Record<DebtType, EntryKind>> = {
  PRINCIPAL: "WRITE_OFF",
  PENALTY: "PENALTY_WRITE_OFF",
  COURT_COSTS: "COURT_COSTS_WRITE_OFF",
};

/** What a fact of a debt puts into the ledger: costs raise what is owed, a write-off lowers it. */
interface Posting {
  readonly kind: EntryKind;
  readonly debt: DebtType;
  readonly valueDay: Day;
  readonly origin: Month;
  readonly amount: Kopecks;
}

function postingOf(kind: PostedKind, from: Day, body: FactBodies[PostedKind]): Posting {
  const amount = parseScaled(body.amount.replace(",", "."), MONEY_SCALE);
  invariant(amount !== null, `${kind} of ${body.amount}`);
  const place = { valueDay: day(body.on), origin: monthOf(from) };
  if (!("debt" in body)) {
    return { kind: "COURT_COSTS", debt: "COURT_COSTS", ...place, amount: kopecks(amount) };
  }
  const { debt } = body;
  return { kind: ENTRY_OF_DEBT[debt], debt, ...place, amount: kopecks(-amount) };
}

/** Whose debt a fact is about: the account before the number of the document. */
function accountOf(subject: string): AccountId {
  return Number(subject.slice(0, subject.indexOf("/"))) as AccountId;
}

/**
 * Entries of the debts that a message charges, gives up and takes back, by the shards of the accounts. Call it under the
 * lock of common. What is taken back is posted with the opposite sign on the day on which it is.
 */
export async function postDebts(
  transaction: Transaction,
  { message, facts }: Pick<Plan, "message" | "facts">,
): Promise<ReadonlyMap<Shard, MoneyLeg>> {
  const legs = new Map<Shard, MoneyLeg>();
  const periodOf = await postingPeriods(transaction, message.organisation);
  for (const [shard, changes] of facts.changes) {
    const entries: NewLedgerEntry[] = [];
    for (const { action, fact } of changes) {
      const { kind, site, subject, from, at } = fact;
      if (!isPosted(kind)) continue;
      const post = ({ valueDay, ...posting }: Omit<Posting, "debt">) =>
        entries.push({
          ...{ site, account: accountOf(subject), period: periodOf(valueDay), valueDay },
          ...{ kind: posting.kind, origin: posting.origin, amount: posting.amount },
          source: { message: fact.message, at },
        });
      if (action === "ADD") post(postingOf(kind, from, fact.body as FactBodies[PostedKind]));
      // A leg that is resumed after it was written finds nothing, and writes nothing.
      else {
        for (const stands of await standing(transaction, message.organisation, shard, fact)) {
          const { amount, ...posting } = postingOf(kind, stands.from, stands.body);
          const valueDay = message.receivedOn;
          post({ ...posting, valueDay, amount: kopecks(-amount) });
        }
      }
    }
    if (entries.length > 0) legs.set(shard, { payments: [], entries });
  }
  return legs;
}

async function standing(
  queryable: Queryable,
  organisation: OrganisationId,
  shard: Shard,
  {
    kind,
    site,
    subject,
  }: { readonly kind: string; readonly site: SiteId; readonly subject: string },
): Promise<readonly PostedFact[]> {
  if (!isPosted(kind)) return [];
  const versions = await readFacts(queryable, {
    ...{ shard, kind, site, subjects: [subject] },
    knownAt: null,
  });
  return versions.filter((version) => version.organisation === organisation);
}

/**
 * What keeps a debt from being charged or given up: a document that stands already, more than is owed of the month and
 * type, a day that has not come. Call it under the lock of common.
 */
export async function debtProblems(
  transaction: Transaction,
  { message, facts }: Pick<Plan, "message" | "facts">,
): Promise<readonly Problem[]> {
  const problems: Problem[] = [];
  const ledgers = new Map<AccountId, LedgerEntry[]>();
  for (const { kind, action, shard, site, subject, from, at, body } of facts.entered) {
    if (!isPosted(kind)) continue;
    const name = subject.slice(subject.indexOf("/") + 1);
    const problem = (code: ProblemCode, field: string, values: NonNullable<Problem["values"]>) =>
      problems.push({ code, at: `/facts/${at - 1}/${field}`, object: name, values });
    const [stands] = await standing(transaction, message.organisation, shard, {
      ...{ kind, site, subject },
    });
    if (action === "CORRECT") {
      const reason = "проведённое не исправляется: отмените его (end) и внесите новое";
      problem("SCHEMA_INVALID", "action", { reason });
    }
    if (action === "END" && monthOf(from) > START) {
      problem("SCHEMA_INVALID", "to", { reason: "отменяется только целиком" });
    }
    if (action !== "ADD") continue;
    if (stands !== undefined) {
      const stored = formatMonth(monthOf(stands.from));
      problem("CONFLICT", "name", { stored, given: formatMonth(monthOf(from)) });
      continue;
    }
    const posting = postingOf(kind, from, body as FactBodies[PostedKind]);
    if (posting.valueDay > message.receivedOn) {
      problem("SCHEMA_INVALID", "on", {
        reason: `${formatDay(posting.valueDay)} ещё не наступило`,
      });
    }
    const account = accountOf(subject);
    let entries = ledgers.get(account);
    if (entries === undefined) {
      const runs = await knownRuns(transaction, message.organisation, null);
      const whose = { shard, site, account };
      entries = [...(await entriesOfAccount(transaction, whose, runs, null))];
      ledgers.set(account, entries);
    }
    if (kind === "write-off") {
      const owed = owedOf(entries, posting);
      if (-posting.amount > owed) {
        const given = roubles(-posting.amount);
        problem("WRITE_OFF_ABOVE_DEBT", "values/amount", { given, allowed: roubles(owed) });
      }
    }
    const { debt, ...entry } = posting;
    entries.push({ account, ...entry, period: posting.origin, source: null });
  }
  return problems;
}

const START = monthOf(day("1900-01-01"));

/** Open debt of the type and month as all the ledger has it. */
function owedOf(entries: readonly LedgerEntry[], { debt, origin }: Posting): number {
  const upTo = Math.max(...entries.map(({ valueDay }) => valueDay), 0) as Day;
  return settle(NOTHING_OPEN, entries, upTo)
    .debts.filter(({ type, period }) => type === debt && period === origin)
    .reduce((sum, { left }) => sum + left, 0);
}

function roubles(amount: number): string {
  return formatFixed(amount, MONEY_SCALE).replace(".", ",");
}
