import type { Day } from "../../../normalizer/model/dates.ts";
import { addDays, formatMonth, type Month } from "../../../normalizer/model/dates.ts";
import type { AccountId, Seq } from "../../../normalizer/model/ids.ts";
import { COMMON_SHARD } from "../../../normalizer/model/ids.ts";
import type {
  OutboundAccount,
  OutboundAcknowledgement,
} from "../../../normalizer/model/outbound.ts";
import type { AccountSite, HouseholdAccount } from "../../../normalizer/store/document-facts.ts";
import {
  accountsOfRuns,
  changedAccounts,
  readHouseholdAccounts,
} from "../../../normalizer/store/document-facts.ts";
import type { NoticedPayment } from "../../../normalizer/store/noticed-payments.ts";
import { billedMonths, noticedPayments } from "../../../normalizer/store/noticed-payments.ts";
import { knownRuns } from "../../../normalizer/store/posted.ts";
import { currentPin } from "../../../normalizer/store/results.ts";
import { documentsOf, readDocumentContext } from "../../documents.ts";
import type { DesiredState, ProjectionContext } from "../projection.ts";

/**
 * What ГИС ЖКХ is to have of a shard of households: the accounts whose facts changed or that were
 * billed, the payment document of each billed month, and the acknowledgement of each payment that it
 * told of. Contracts of businesses have none there.
 */
export async function projection(context: ProjectionContext): Promise<readonly DesiredState[]> {
  if (context.shard === COMMON_SHARD) return [];
  const documents = await documentStates(context);
  const billed = await accountsOfRuns(context.transaction, context.shard, context.runs);
  const acknowledgements = await acknowledgementStates(context);
  return [...(await accountStates(context, billed)), ...documents, ...acknowledgements];
}

export function accountKey(account: AccountId): string {
  return `account/${account}`;
}

export function documentKey(account: AccountId, month: Month): string {
  return `payment-document/${account}/${formatMonth(month)}`;
}

async function accountStates(
  { transaction, organisation, shard, after, upTo }: ProjectionContext,
  billed: readonly AccountSite[],
): Promise<readonly DesiredState[]> {
  const changed = await changedAccounts(transaction, organisation, shard, { after, upTo });
  const places = new Map([...changed, ...billed].map((place) => [place.account, place]));
  const accounts = await readHouseholdAccounts(
    transaction,
    { shard, seq: upTo },
    [...places.values()],
    LAST_KNOWN,
  );
  return accounts.map((account) => ({
    object: accountKey(account.account),
    kind: "account",
    account: account.account,
    needs: [],
    content: outboundAccount(account),
  }));
}

/** Later than any version: what is to be so from tomorrow on is told today. */
const LAST_KNOWN = 2_000_000 as Day;

function outboundAccount({ body, siteBody, residents, to }: HouseholdAccount): OutboundAccount {
  return {
    number: body.number,
    holder: body.holder,
    areaM2: body.areaM2,
    residents,
    address: siteBody.address,
    premises: body.premises,
    houseGuid: siteBody.houseGuid ?? null,
    closedOn: to === null ? null : addDays(to, -1),
  };
}

async function documentStates(context: ProjectionContext): Promise<readonly DesiredState[]> {
  const { transaction, organisation, shard, upTo } = context;
  if (context.runs.length === 0) return [];
  const pin = await currentPin(transaction);
  const known = await readDocumentContext(transaction, organisation, pin[COMMON_SHARD] as Seq);
  const runs = await knownRuns(transaction, organisation, pin);
  const states: DesiredState[] = [];
  for (const month of new Set(context.runs.map(({ period }) => period))) {
    const news = context.runs.filter(({ period }) => period === month);
    const accounts = await accountsOfRuns(transaction, shard, news);
    const query = { organisation, shard, month, runs, seq: upTo };
    for (const [account, content] of await documentsOf(transaction, known, query, accounts)) {
      const object = documentKey(account, month);
      const needs = [accountKey(account)];
      states.push({ object, kind: "payment-document", account, needs, content });
    }
  }
  return states;
}

/** Money that a person recognised stays in common, and is acknowledged by the person there. */
async function acknowledgementStates(context: ProjectionContext): Promise<readonly DesiredState[]> {
  const { transaction, organisation, shard, after, upTo } = context;
  const payments = await noticedPayments(transaction, organisation, shard, { after, upTo });
  if (payments.length === 0) return [];
  const runs = await knownRuns(transaction, organisation, await currentPin(transaction));
  const billed = await billedMonths(transaction, shard, payments, runs);
  return payments.map((payment) => {
    const month = documentMonth(payment, billed.get(payment.account) ?? []);
    const needs = month === null ? [] : [documentKey(payment.account, month)];
    return {
      object: `acknowledgement/${payment.notice}`,
      kind: "acknowledgement",
      account: payment.account,
      needs,
      content: acknowledgement(payment, month),
    };
  });
}

/** The month that the payer names, where it has a document; else the latest one. */
function documentMonth({ period }: NoticedPayment, billed: readonly Month[]): Month | null {
  if (period !== null && billed.includes(period)) return period;
  return billed.at(-1) ?? null;
}

function acknowledgement(
  { notice, amount }: NoticedPayment,
  month: Month | null,
): OutboundAcknowledgement {
  return month === null
    ? { notice, document: null, reason: "По лицевому счёту нет платёжного документа" }
    : { notice, document: { amount }, reason: null };
}
