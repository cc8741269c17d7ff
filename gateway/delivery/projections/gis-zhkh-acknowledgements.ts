import { paymentParts } from "../../../billing/documents/payment-parts.ts";
import type { Day, Month } from "../../../normalizer/model/dates.ts";
import type { AccountId, Seq } from "../../../normalizer/model/ids.ts";
import { COMMON_SHARD } from "../../../normalizer/model/ids.ts";
import type {
  OutboundAcknowledgement,
  PaymentDocument,
} from "../../../normalizer/model/outbound.ts";
import type { AccountSite } from "../../../normalizer/store/document-facts.ts";
import { readHouseholdAccounts } from "../../../normalizer/store/document-facts.ts";
import type { NoticedPayment } from "../../../normalizer/store/noticed-payments.ts";
import { billedMonths, noticedPayments } from "../../../normalizer/store/noticed-payments.ts";
import type { KnownRun } from "../../../normalizer/store/posted.ts";
import { knownRuns } from "../../../normalizer/store/posted.ts";
import { currentPin } from "../../../normalizer/store/results.ts";
import { documentsOf, readDocumentContext } from "../../documents.ts";
import type { DesiredState, ProjectionContext } from "../projection.ts";
import { acknowledgementKey, documentKey } from "./gis-zhkh-keys.ts";

/**
 * Acknowledgements of the payments that ГИС ЖКХ told of (gis-zhkh.md 9.7, 13.5), one per service of the document. A
 * payment of an account that has no document yet waits for its first one: it is looked at again with the run that
 * makes it. What is acknowledged already is not spread anew by a later document.
 *
 * @param billed household accounts with lines in the new runs
 */
export async function acknowledgementStates(
  context: ProjectionContext,
  billed: readonly AccountSite[],
): Promise<readonly DesiredState[]> {
  const { transaction, organisation, shard, after, upTo } = context;
  const pin = await currentPin(transaction);
  const runs = await knownRuns(transaction, organisation, pin);
  const first = await billedFirst(context, billed, runs);
  const payments = [
    ...(await noticedPayments(transaction, organisation, shard, { places: first, upTo: after })),
    ...(await noticedPayments(transaction, organisation, shard, { after, upTo })),
  ];
  if (payments.length === 0) return [];
  const months = await billedMonths(transaction, shard, payments, runs);
  const paid = payments.map((payment) => {
    const month = documentMonth(payment, months.get(payment.account) ?? []);
    return { payment, month };
  });
  const known = await readDocumentContext(transaction, organisation, pin[COMMON_SHARD] as Seq);
  const documents = new Map<string, PaymentDocument>();
  for (const month of new Set(paid.flatMap((one) => one.month ?? []))) {
    const accounts = paid.filter((one) => one.month === month).map(({ payment }) => payment);
    const query = { organisation, shard, month, runs, seq: upTo };
    const ofMonth = await documentsOf(transaction, known, query, distinct(accounts));
    for (const [account, document] of ofMonth) documents.set(documentKey(account, month), document);
  }
  const where = { shard, seq: upTo };
  const households = new Set(
    (await readHouseholdAccounts(transaction, where, distinct(payments), LAST_KNOWN)).map(
      ({ account }) => account,
    ),
  );
  return paid.flatMap(({ payment, month }) => {
    if (!households.has(payment.account)) return [impossible(payment, "Счёт не бытовой")];
    if (month === null) return [];
    const needed = documentKey(payment.account, month);
    const document = documents.get(needed);
    return document === undefined ? [] : acknowledgements(payment, needed, document);
  });
}

/** Later than any version of a fact. */
const LAST_KNOWN = 2_000_000 as Day;

/** Accounts that no run before the new ones has billed: their payments could not be acknowledged until now. */
async function billedFirst(
  { transaction, shard, runs: news }: ProjectionContext,
  billed: readonly AccountSite[],
  runs: readonly KnownRun[],
): Promise<readonly AccountSite[]> {
  if (billed.length === 0) return [];
  const before = runs.slice(
    0,
    runs.findIndex(({ run }) => run === news[0]?.run),
  );
  const months = await billedMonths(transaction, shard, billed, before);
  return billed.filter(({ account }) => !months.has(account));
}

/** The month that the payer names, where it has a document; else the latest one. */
function documentMonth({ period }: NoticedPayment, billed: readonly Month[]): Month | null {
  if (period !== null && billed.includes(period)) return period;
  return billed.at(-1) ?? null;
}

function acknowledgements(
  payment: NoticedPayment,
  documentKey: string,
  document: PaymentDocument,
): readonly DesiredState[] {
  const parts = paymentParts(payment.amount, document);
  if (parts.length === 0) return [impossible(payment, "В платёжном документе нет услуг")];
  const { notice, account } = payment;
  return parts.map((part) => {
    const content: OutboundAcknowledgement = { notice, document: part, reason: null };
    return {
      object: acknowledgementKey(payment, part.service),
      kind: "acknowledgement",
      account,
      needs: [documentKey],
      content,
    };
  });
}

/** Said only of what no later document can change. */
function impossible(payment: NoticedPayment, reason: string): DesiredState {
  const { notice, account } = payment;
  const content: OutboundAcknowledgement = { notice, document: null, reason };
  const object = acknowledgementKey(payment, null);
  return { object, kind: "acknowledgement", account, needs: [], content };
}

function distinct(places: readonly AccountSite[]): readonly AccountSite[] {
  const byAccount = new Map<AccountId, AccountSite>();
  for (const { site, account } of places) byAccount.set(account, { site, account });
  return [...byAccount.values()];
}
