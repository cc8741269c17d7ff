import { billContract } from "../billing/businesses/contract.ts";
import { billSite } from "../billing/households/site.ts";
import type { Billed } from "../billing/outcome.ts";
import type { RuleRegistry, Rules } from "../billing/rules.ts";
import { rulesOf } from "../billing/rules.ts";
import { slotTableOf } from "../config/time-zones.ts";
import type { Month } from "../normalizer/model/dates.ts";
import type { RunId } from "../normalizer/model/ids.ts";
import type { Line, PostedLine, Trace, TraceStep } from "../normalizer/model/lines.ts";
import type { AssemblyContext, SiteRange } from "../normalizer/store/assembler/context.ts";
import { assembleContracts } from "../normalizer/store/assembler/contract-facts.ts";
import { readContext } from "../normalizer/store/assembler/read-context.ts";
import type { Database, Transaction } from "../normalizer/store/database.ts";
import type { AccountKey } from "../normalizer/store/posted.ts";
import { knownRuns, linesOfAccount } from "../normalizer/store/posted.ts";
import type { Run } from "../normalizer/store/runs.ts";
import { readRun } from "../normalizer/store/runs.ts";
import type { ExplainedLine, ExplainedMonth } from "./http/explain.ts";
import { readSites } from "./runs/sites.ts";
import { versionsOf } from "./runs/work.ts";

/**
 * Beside the explanation, what only the repeated computation has: a line that was never stored, a
 * problem.
 */
export interface Explanation extends ExplainedMonth {
  readonly lines: readonly ExplainedLine[];
  readonly notStored: readonly Line[];
}

/**
 * Computes again all that was posted for the account in the month: by the pin, switches and rule
 * versions of each run, with a trace, by the same assembler and functions as the run. What the run
 * knew stands in the store for ever, so the result must be the stored lines; where it is not, a
 * stored value or a rule was changed against the rules.
 */
export async function explainMonth(
  database: Database,
  place: AccountKey & { readonly organisation: Run["organisation"] },
  month: Month,
  registry?: RuleRegistry,
): Promise<Explanation> {
  const runs = await knownRuns(database, place.organisation, null);
  const ofMonth = runs.filter(({ period }) => period === month);
  const stored = await linesOfAccount(database, place, ofMonth);
  const lines: ExplainedLine[] = [];
  const shared: TraceStep[] = [];
  const notStored: Line[] = [];
  for (const run of new Set(stored.map((line) => line.run))) {
    const again = await computeAgain(database, run, place, registry);
    for (const line of stored.filter((candidate) => candidate.run === run)) {
      const same = again.lines.find(({ ordinal }) => ordinal === line.ordinal);
      lines.push({
        line,
        steps: again.trace.filter(({ ordinal }) => ordinal === line.ordinal),
        equal: same !== undefined && isSame(line, same),
      });
    }
    shared.push(...again.trace.filter(({ ordinal }) => ordinal === null));
    notStored.push(
      ...again.lines.filter(
        ({ ordinal }) => !stored.some((line) => line.run === run && line.ordinal === ordinal),
      ),
    );
  }
  return { lines, shared, notStored };
}

interface Again {
  readonly lines: readonly Line[];
  readonly trace: Trace;
}

async function computeAgain(
  database: Database,
  id: RunId,
  { shard, site, account }: AccountKey,
  registry: RuleRegistry | undefined,
): Promise<Again> {
  const run = await readRun(database, id);
  const context = await readContext(database, { ...run, slotTableOf, derivedRows: "DERIVED" });
  const rules = rulesOf(versionsOf(run), registry);
  const range = { shard, firstSite: site, lastSite: site };
  const trace: Trace = [];
  const billed = await database.transaction(
    (transaction) => billRange(transaction, context, range, rules, trace),
    { isolation: "repeatable read", readOnly: true },
  );
  return {
    lines: billed.flatMap(({ lines }) => lines.filter((line) => line.account === account)),
    trace: trace.filter((step) => step.account === account),
  };
}

async function billRange(
  transaction: Transaction,
  context: AssemblyContext,
  range: SiteRange,
  rules: Rules,
  trace: Trace,
): Promise<readonly Billed[]> {
  const sites = await readSites(transaction, context, range, rules);
  const contracts = await assembleContracts(transaction, context, range, "LEAVE_OUT");
  return [
    ...sites.map(({ facts }) => billSite(facts, rules, trace)),
    ...contracts.map((contract) => billContract(contract, rules, trace)),
  ];
}

function isSame(stored: PostedLine, again: Line): boolean {
  return (
    stored.kind === again.kind &&
    stored.rule === again.rule &&
    stored.ruleVersion === again.ruleVersion &&
    stored.point === again.point &&
    stored.zone === again.zone &&
    stored.range === again.range &&
    stored.origin === again.origin &&
    stored.tariffFrom === again.tariffFrom &&
    stored.volume === again.volume &&
    stored.price === again.price &&
    stored.amount === again.amount &&
    stored.vat === again.vat
  );
}
