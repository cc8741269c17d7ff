import { documentDates } from "../billing/documents/document-dates.ts";
import { paymentDocument } from "../billing/documents/payment-document.ts";
import { settlementStart } from "../billing/settlement/settle.ts";
import type { WorkCalendar } from "../billing/tariffs/calendar.ts";
import type { Month } from "../normalizer/model/dates.ts";
import { day } from "../normalizer/model/dates.ts";
import type { FactBodies } from "../normalizer/model/fact-bodies.ts";
import type { Dated } from "../normalizer/model/facts.ts";
import type { AccountId, OrganisationId, Seq } from "../normalizer/model/ids.ts";
import { COMMON_SHARD } from "../normalizer/model/ids.ts";
import type { Payee, PaymentDocument } from "../normalizer/model/outbound.ts";
import { problemLine } from "../normalizer/model/problem-text.ts";
import type { Problem } from "../normalizer/model/problems.ts";
import type { Result } from "../normalizer/model/result.ts";
import type { AccountPlace } from "../normalizer/store/account-place.ts";
import type { KnownLaw } from "../normalizer/store/assembler/law.ts";
import { readLaw, switchesOf } from "../normalizer/store/assembler/law.ts";
import type { Database, Queryable } from "../normalizer/store/database.ts";
import type {
  AccountSite,
  DocumentQuery,
  DocumentRows,
} from "../normalizer/store/document-facts.ts";
import { readDocumentRows } from "../normalizer/store/document-facts.ts";
import type { FactVersion } from "../normalizer/store/facts.ts";
import { readFacts } from "../normalizer/store/facts.ts";
import { knownRuns } from "../normalizer/store/posted.ts";
import { currentPin } from "../normalizer/store/results.ts";

/** A document cannot be made until a person mends what the problem names. */
export class DocumentRefusedError extends Error {
  override readonly name = "DocumentRefusedError";
  readonly problem: Problem;
  constructor(problem: Problem, options?: ErrorOptions) {
    super(problemLine(problem), options);
    this.problem = problem;
  }
}

/** What the documents of an organisation have in common. */
export interface DocumentContext {
  readonly payees: readonly Dated<Payee>[];
  readonly calendar: readonly Dated<WorkCalendar>[];
  readonly switches: KnownLaw["switches"];
}

/** @param knownAt seq of common */
export async function readDocumentContext(
  queryable: Queryable,
  organisation: OrganisationId,
  knownAt: Seq,
): Promise<DocumentContext> {
  const ofKind = async <Kind extends "organisation" | "bank-account" | "calendar">(kind: Kind) => {
    const facts = await readFacts(queryable, { shard: COMMON_SHARD, kind, knownAt });
    return facts.filter((fact) => fact.organisation === organisation);
  };
  return {
    payees: payeesOf(await ofKind("organisation"), await ofKind("bank-account")),
    calendar: (await ofKind("calendar")).map((fact) => datedOf(fact, calendarOf(fact.body))),
    switches: (await readLaw(queryable, organisation, knownAt)).switches,
  };
}

/** One per version of the main account, with the organisation as it was on the version's days. */
function payeesOf(
  organisations: readonly FactVersion<"organisation">[],
  accounts: readonly FactVersion<"bank-account">[],
): readonly Dated<Payee>[] {
  return accounts
    .filter(({ body }) => body.main)
    .flatMap((account) =>
      organisations.flatMap((organisation) => {
        const from = Math.max(account.from, organisation.from) as Dated<Payee>["from"];
        const ends = [account.to, organisation.to].filter((end) => end !== null);
        const to = ends.length === 0 ? null : (Math.min(...ends) as Dated<Payee>["from"]);
        if (to !== null && to <= from) return [];
        const { body } = account;
        const value: Payee = {
          name: organisation.body.name,
          inn: organisation.body.inn,
          kpp: organisation.body.kpp ?? "",
          address: organisation.body.address,
          phone: organisation.body.phone ?? "",
          bankAccount: account.subject,
          bankName: body.bankName,
          bic: body.bic,
          correspondentAccount: body.correspondentAccount,
        };
        return [{ ...datedOf(account, value), from, to }];
      }),
    );
}

function datedOf<Value>(fact: FactVersion, value: Value): Dated<Value> {
  return { from: fact.from, to: fact.to, value, origin: { message: fact.message, at: fact.at } };
}

function calendarOf({ daysOff, workingWeekends }: FactBodies["calendar"]): WorkCalendar {
  return { holidays: daysOff.map(day), movedWorkdays: workingWeekends.map(day) };
}

/**
 * Payment documents of one month for some accounts of a shard; an account without a posted line of
 * the month has none.
 *
 * @throws DocumentRefusedError when the organisation has no main bank account, no calendar covers
 * the due day, or a requisite does not fit: all documents of the organisation are alike in that
 */
export async function documentsOf(
  queryable: Queryable,
  context: DocumentContext,
  query: DocumentQuery,
  accounts: readonly AccountSite[],
): Promise<ReadonlyMap<AccountId, PaymentDocument>> {
  const documents = new Map<AccountId, PaymentDocument>();
  for (const rows of await readDocumentRows(queryable, query, accounts)) {
    const made = documentOf(context, query.month, rows);
    if (!made.ok) throw new DocumentRefusedError(made.problem);
    documents.set(rows.account, made.value);
  }
  return documents;
}

function documentOf(
  { payees, calendar, switches }: DocumentContext,
  month: Month,
  rows: DocumentRows,
): Result<PaymentDocument, Problem> {
  const { body, siteBody, site } = rows;
  const place = { district: siteBody.district, site };
  const dates = documentDates(month, switchesOf(switches, place, month), calendar);
  if (!dates.ok) return dates;
  const { issuedOn } = dates.value;
  const executor = payees.findLast(
    ({ from, to }) => from <= issuedOn && (to === null || issuedOn < to),
  );
  if (executor === undefined) {
    const values = { name: "расчётный счёт организации" };
    return { ok: false, problem: { code: "MISSING_REQUIRED", at: "PersonalAcc", values } };
  }
  return paymentDocument({
    account: {
      number: body.number,
      holder: body.holder,
      address: siteBody.address,
      premises: body.premises,
      areaM2: body.areaM2,
      residents: rows.residents,
    },
    executor: executor.value,
    month,
    dates: dates.value,
    lines: rows.lines,
    start: settlementStart(rows.before),
    entries: rows.entries,
    paid: rows.paid,
    lastPaidOn: rows.lastPaidOn,
    meters: rows.meters,
  });
}

/**
 * The payment document of one account as it stands now; null where nothing of the month is posted.
 *
 * @throws DocumentRefusedError as `documentsOf`
 */
export async function paymentDocumentOf(
  database: Database,
  place: AccountPlace,
  month: Month,
): Promise<PaymentDocument | null> {
  const { organisation, shard, account } = place;
  return database.transaction(
    async (transaction) => {
      const pin = await currentPin(transaction);
      const seq = pin[shard] as Seq;
      const runs = await knownRuns(transaction, organisation, pin);
      const context = await readDocumentContext(
        transaction,
        organisation,
        pin[COMMON_SHARD] as Seq,
      );
      const query = { organisation, shard, month, runs, seq };
      return (await documentsOf(transaction, context, query, [place])).get(account) ?? null;
    },
    { isolation: "repeatable read", readOnly: true },
  );
}
