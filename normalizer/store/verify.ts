import type { Database, Transaction } from "./database.ts";
import type { Check, VerifyOptions } from "./verify-check.ts";
import { Findings } from "./verify-check.ts";
import { checkDerivedDays } from "./verify-intervals.ts";
import { checkMessages } from "./verify-messages.ts";
import { checkCheckpoints, checkHouses, checkRuns } from "./verify-money.ts";
import { checkPayments } from "./verify-payments.ts";
import { checkDocuments, checkReferences } from "./verify-references.ts";
import { checkKeptSites } from "./verify-sites.ts";
import { checkCounters, checkVersions } from "./verify-versions.ts";

/**
 * What one check found. `failures` are Russian sentences, the first ones only; `failed` counts all.
 */
export interface CheckResult {
  readonly name: string;
  readonly title: string;
  readonly checked: number;
  readonly failed: number;
  readonly failures: readonly string[];
}

export interface VerifyReport {
  readonly ok: boolean;
  readonly checks: readonly CheckResult[];
}

const CHECKS: readonly { readonly name: string; readonly title: string; readonly check: Check }[] =
  [
    { name: "messages", title: "байты сообщений и их хэши", check: checkMessages },
    { name: "counters", title: "счётчики шардов не отстают от записей", check: checkCounters },
    { name: "versions", title: "версии фактов и показаний не спорят", check: checkVersions },
    { name: "references", title: "у каждой записи есть её сообщение", check: checkReferences },
    { name: "documents", title: "документы и их части", check: checkDocuments },
    { name: "runs", title: "проводки расчётов равны суммам строк", check: checkRuns },
    {
      name: "checkpoints",
      title: "сальдо закрытых периодов равны суммам проводок",
      check: checkCheckpoints,
    },
    { name: "houses", title: "остатки ОДН домов переходят из месяца в месяц", check: checkHouses },
    { name: "payments", title: "платежи равны проводкам по счетам", check: checkPayments },
    { name: "derived", title: "сутки интервалов равны пересчитанным", check: checkDerivedDays },
    {
      name: "sites",
      title: "объекты для расчёта равны собранным из фактов",
      check: checkKeptSites,
    },
  ];

/**
 * Checks the whole store against itself as of one instant, without stopping the hub: what keys and
 * the database's own rules cannot hold in tables that have no foreign keys.
 *
 * @param database the hub's role is enough
 */
export async function verify(database: Database, options: VerifyOptions): Promise<VerifyReport> {
  return database.transaction((transaction) => checkStore(transaction, options), {
    isolation: "repeatable read",
    readOnly: true,
  });
}

/** The checks as of what the transaction sees. */
export async function checkStore(
  transaction: Transaction,
  options: VerifyOptions,
): Promise<VerifyReport> {
  const checks: CheckResult[] = [];
  for (const { name, title, check } of CHECKS) {
    const findings = new Findings(title, options);
    await check(transaction, findings);
    const { checked, failed, failures } = findings;
    checks.push({ name, title, checked, failed, failures });
  }
  return { ok: checks.every(({ failed }) => failed === 0), checks };
}
