import { clausesOf } from "../../billing/clauses.ts";
import type { RuleName, RuleRegistry, RuleVersions } from "../../billing/rules.ts";
import { CURRENT_RULES, rulesOf } from "../../billing/rules.ts";
import type { Month } from "../../normalizer/model/dates.ts";
import type { OrganisationId, RunId } from "../../normalizer/model/ids.ts";
import type { LineKind, Zone } from "../../normalizer/model/lines.ts";
import { readAccountNames } from "../../normalizer/store/account-names.ts";
import type { Database } from "../../normalizer/store/database.ts";
import type { ReportProgress } from "../../normalizer/store/progress.ts";
import { readRuns } from "../../normalizer/store/runs.ts";
import type { Charged, Recomputed } from "./recompute.ts";
import { recompute } from "./recompute.ts";

/** One sum of an account that comes out otherwise today. */
export interface ChangedSum {
  readonly run: RunId;
  readonly account: string;
  readonly address: string;
  readonly district: string;
  readonly kind: LineKind | "PENALTY";
  readonly zone: Zone | null;
  /** Null of a penalty that stands for no single month. */
  readonly origin: Month | null;
  /** Rule that made the line, then and now; null where one of the two has none. */
  readonly ruleThen: string | null;
  readonly ruleNow: string | null;
  readonly thenKopecks: number;
  readonly nowKopecks: number;
}

/** What one rule changed in all. */
export interface ChangedRule {
  readonly rule: string;
  /** Clauses that the rule carries out. */
  readonly clauses: readonly string[];
  readonly sums: number;
  readonly thenKopecks: number;
  readonly nowKopecks: number;
}

export interface Replayed {
  readonly runs: readonly RunId[];
  readonly accounts: number;
  readonly lines: number;
  readonly changed: readonly ChangedSum[];
  readonly byRule: readonly ChangedRule[];
  /** False when the signal stopped it: what is said is of a part. */
  readonly complete: boolean;
}

export interface ReplayRequest {
  readonly organisation: OrganisationId;
  readonly month: Month;
  readonly signal: AbortSignal;
  readonly onProgress: ReportProgress;
  /** Functions of the rules; those of the product when absent. */
  readonly registry?: RuleRegistry;
  /** Versions to compute by; the newest of every rule when absent. */
  readonly versions?: RuleVersions;
}

/**
 * Every posted run of a month computed again by the newest version of every rule, from what the run knew, and compared
 * with what it posted. Sums are compared by what they are for, so that a rule that makes one line of two says nothing
 * as long as the kopecks stay.
 */
export async function replayMonth(database: Database, request: ReplayRequest): Promise<Replayed> {
  const { organisation, month, registry, signal, onProgress } = request;
  const runs = (await readRuns(database, organisation, month)).filter(
    ({ state }) => state === "APPROVED",
  );
  const rules = rulesOf(request.versions ?? CURRENT_RULES, registry);
  const changed: ChangedSum[] = [];
  const count = { accounts: 0, lines: 0 };
  let complete = true;
  for (const run of runs) {
    const found: { readonly whose: Recomputed; readonly sums: readonly Difference[] }[] = [];
    const take = (accounts: readonly Recomputed[]) => {
      for (const whose of accounts) {
        count.accounts += 1;
        count.lines += whose.stored.lines.length;
        const sums = differencesOf(whose.stored, whose.again);
        if (sums.length > 0) found.push({ whose, sums });
      }
    };
    const options = { rules, change: <Same>(context: Same) => context, onProgress, signal, take };
    complete &&= await recompute(database, run, options);
    const scope = { organisation, districts: null };
    const names = await readAccountNames(
      database,
      scope,
      found.map(({ whose }) => whose),
    );
    for (const { whose, sums } of found) {
      const name = names.get(whose.account);
      const { number: account, ...place } = name ?? {
        ...{ number: String(whose.account), address: "", district: "" },
      };
      for (const sum of sums) changed.push({ run: run.run, account, ...place, ...sum });
    }
  }
  return {
    ...{ runs: runs.map(({ run }) => run), ...count, changed, byRule: byRule(changed), complete },
  };
}

type Difference = Omit<ChangedSum, "run" | "account" | "address" | "district">;

interface Sum extends Pick<Difference, "kind" | "zone" | "origin"> {
  readonly rule: string;
  amount: number;
}

/** Sums that differ by a kopeck or more, in the order of what was stored. */
export function differencesOf(stored: Charged, again: Charged): readonly Difference[] {
  const before = sumsOf(stored);
  const after = sumsOf(again);
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((key) => {
    const [then, now] = [before.get(key), after.get(key)];
    const known = then ?? now;
    if (known === undefined || (then?.amount ?? 0) === (now?.amount ?? 0)) return [];
    return {
      ...{ kind: known.kind, zone: known.zone, origin: known.origin },
      ...{ ruleThen: then?.rule ?? null, ruleNow: now?.rule ?? null },
      ...{ thenKopecks: then?.amount ?? 0, nowKopecks: now?.amount ?? 0 },
    };
  });
}

const PENALTY_RULE: RuleName = "penalties.households";

function sumsOf({ lines, penalties }: Charged): ReadonlyMap<string, Sum> {
  const sums = new Map<string, Sum>();
  const add = (key: string, sum: Sum) => {
    const known = sums.get(key);
    if (known === undefined) sums.set(key, sum);
    else known.amount += sum.amount;
  };
  for (const { kind, point, zone, range, origin, tariffFrom, amount, ...line } of lines) {
    const rule = `${line.rule}@${line.ruleVersion}`;
    add(`${kind}/${point}/${zone}/${range}/${origin}/${tariffFrom}`, {
      ...{ kind, zone, origin, rule, amount },
    });
  }
  for (const { origin, amount } of penalties) {
    add(`PENALTY/${origin}`, { kind: "PENALTY", zone: null, origin, rule: PENALTY_RULE, amount });
  }
  return sums;
}

function byRule(changed: readonly ChangedSum[]): readonly ChangedRule[] {
  const rules = new Map<string, { sums: number; thenKopecks: number; nowKopecks: number }>();
  for (const { ruleThen, ruleNow, thenKopecks, nowKopecks } of changed) {
    const rule = ruleThen === ruleNow ? (ruleThen ?? "") : `${ruleThen ?? "—"} → ${ruleNow ?? "—"}`;
    const sum = rules.get(rule) ?? { sums: 0, thenKopecks: 0, nowKopecks: 0 };
    sum.sums += 1;
    sum.thenKopecks += thenKopecks;
    sum.nowKopecks += nowKopecks;
    rules.set(rule, sum);
  }
  return [...rules].map(([rule, sums]) => {
    const [name = ""] = rule.replace("— → ", "").split("@");
    return { rule, clauses: clausesOf(name), ...sums };
  });
}
