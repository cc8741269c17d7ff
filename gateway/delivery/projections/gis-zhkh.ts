import type { Day } from "../../../normalizer/model/dates.ts";
import { addDays } from "../../../normalizer/model/dates.ts";
import type { Seq } from "../../../normalizer/model/ids.ts";
import { COMMON_SHARD } from "../../../normalizer/model/ids.ts";
import type { OutboundAccount } from "../../../normalizer/model/outbound.ts";
import type { AccountSite, HouseholdAccount } from "../../../normalizer/store/document-facts.ts";
import {
  accountsOfRuns,
  changedAccounts,
  readHouseholdAccounts,
} from "../../../normalizer/store/document-facts.ts";
import { knownRuns } from "../../../normalizer/store/posted.ts";
import { currentPin } from "../../../normalizer/store/results.ts";
import { documentsOf, readDocumentContext } from "../../documents.ts";
import type { DesiredState, ProjectionContext } from "../projection.ts";
import { acknowledgementStates } from "./gis-zhkh-acknowledgements.ts";
import { accountKey, documentKey } from "./gis-zhkh-keys.ts";

/**
 * What ГИС ЖКХ is to have of a shard of households: the accounts whose facts changed or that were
 * billed, the payment document of each billed month, and the acknowledgement of each payment that it
 * told of. Contracts of businesses have none there.
 */
export async function projection(context: ProjectionContext): Promise<readonly DesiredState[]> {
  if (context.shard === COMMON_SHARD) return [];
  const documents = await documentStates(context);
  const billed = await accountsOfRuns(context.transaction, context.shard, context.runs);
  const acknowledgements = await acknowledgementStates(context, billed);
  return [...(await accountStates(context, billed)), ...documents, ...acknowledgements];
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
