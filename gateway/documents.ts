import { documentDates } from "../billing/documents/document-dates.ts";
import { isDocumented, paymentDocument } from "../billing/documents/payment-document.ts";
import { settlementStart } from "../billing/settlement/settle.ts";
import type { Month } from "../normalizer/model/dates.ts";
import type { Dated } from "../normalizer/model/facts.ts";
import type { AccountId, OrganisationId, Seq } from "../normalizer/model/ids.ts";
import { COMMON_SHARD } from "../normalizer/model/ids.ts";
import type { Payee, PaymentDocument } from "../normalizer/model/outbound.ts";
import type { PenaltyLaw } from "../normalizer/model/penalty-law.ts";
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
import { knownRuns } from "../normalizer/store/posted.ts";
import { currentPin } from "../normalizer/store/results.ts";
import { payeeOn, readPayees } from "./payees.ts";

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
  readonly law: PenaltyLaw;
  readonly switches: KnownLaw["switches"];
}

/** @param knownAt seq of common */
export async function readDocumentContext(
  queryable: Queryable,
  organisation: OrganisationId,
  knownAt: Seq,
): Promise<DocumentContext> {
  const law = await readLaw(queryable, organisation, knownAt);
  return {
    payees: await readPayees(queryable, organisation, knownAt),
    law: law.penalties,
    switches: law.switches,
  };
}

/**
 * Payment documents of one month for some accounts of a shard; an account without a posted line of
 * the month has none, nor has one of which no service is billed (`isDocumented`).
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
    if (!isDocumented(rows.lines)) continue;
    const made = documentOf(context, query.month, rows);
    if (!made.ok) throw new DocumentRefusedError(made.problem);
    documents.set(rows.account, made.value);
  }
  return documents;
}

function documentOf(
  { payees, law, switches }: DocumentContext,
  month: Month,
  rows: DocumentRows,
): Result<PaymentDocument, Problem> {
  const { body, siteBody, site } = rows;
  const place = { district: siteBody.district, site };
  const dates = documentDates(month, switchesOf(switches, place, month), law);
  if (!dates.ok) return dates;
  const { issuedOn } = dates.value;
  const executor = payeeOn(payees, issuedOn);
  if (executor === null) {
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
    executor,
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
