import type { Day } from "../normalizer/model/dates.ts";
import type { Dated } from "../normalizer/model/facts.ts";
import type { OrganisationId, Seq } from "../normalizer/model/ids.ts";
import { COMMON_SHARD } from "../normalizer/model/ids.ts";
import type { Payee } from "../normalizer/model/outbound.ts";
import type { Queryable } from "../normalizer/store/database.ts";
import type { FactVersion } from "../normalizer/store/facts.ts";
import { readFacts } from "../normalizer/store/facts.ts";

/**
 * The organisation as payee of documents, and payer of what it sends back.
 *
 * @param knownAt seq of common; null = as it is known now
 */
export async function readPayees(
  queryable: Queryable,
  organisation: OrganisationId,
  knownAt: Seq | null,
): Promise<readonly Dated<Payee>[]> {
  const ofKind = async <Kind extends "organisation" | "bank-account">(kind: Kind) => {
    const facts = await readFacts(queryable, { shard: COMMON_SHARD, kind, knownAt });
    return facts.filter((fact) => fact.organisation === organisation);
  };
  return payeesOf(await ofKind("organisation"), await ofKind("bank-account"));
}

/** Who pays by a document of the day: the organisation with its main account; null = it has none. */
export async function readPayer(
  queryable: Queryable,
  organisation: OrganisationId,
  day: Day,
): Promise<Payee | null> {
  return payeeOn(await readPayees(queryable, organisation, null), day);
}

export function payeeOn(payees: readonly Dated<Payee>[], day: Day): Payee | null {
  return payees.findLast(({ from, to }) => from <= day && (to === null || day < to))?.value ?? null;
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

export function datedOf<Value>(fact: FactVersion, value: Value): Dated<Value> {
  return { from: fact.from, to: fact.to, value, origin: { message: fact.message, at: fact.at } };
}
