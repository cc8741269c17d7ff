import type { RunId } from "../model/ids.ts";
import type { LineKind } from "../model/lines.ts";
import { LINE_KINDS } from "../model/lines.ts";
import type { ProblemCode } from "../model/problem-catalogue.ts";
import { invariant } from "../model/result.ts";
import type { Queryable } from "./database.ts";
import { integer } from "./database.ts";
import { tableSuffix } from "./results.ts";

/** What a person looks at before a run is posted. */
export interface RunSummary {
  readonly accounts: number;
  readonly lines: number;
  readonly amountKopecks: number;
  /** Lines of origin months before the period: перерасчёты. */
  readonly correctionKopecks: number;
  readonly byKind: readonly KindTotal[];
  readonly problems: readonly ProblemTotal[];
}

export interface KindTotal {
  readonly kind: LineKind;
  readonly correction: boolean;
  readonly lines: number;
  /** 10⁻⁴ kWh. */
  readonly volume: number;
  readonly amountKopecks: number;
}

/** Why accounts are not billed; a few of them by name. */
export interface ProblemTotal {
  readonly code: ProblemCode;
  readonly accounts: number;
  readonly examples: readonly {
    readonly object: string;
    readonly at: string;
    readonly values: Readonly<Record<string, string>>;
  }[];
}

const EXAMPLES_MAX = 5;

/** Reads the run's own tables, posted or not. A discarded run has no lines any more. */
export async function readRunSummary(queryable: Queryable, run: RunId): Promise<RunSummary> {
  const table = tableSuffix(run);
  const kinds = await queryable.query<{
    kind: number;
    correction: boolean;
    lines: string;
    volume: string;
    amount: string;
  }>(
    `select l.kind, l.origin <> r.period as correction, count(*) as lines, sum(l.volume) as volume,
       sum(l.amount) as amount
     from charge_line_${table} l join charge_run r on r.id = l.run
     group by 1, 2 order by 2, 1`,
  );
  const byKind = kinds.map((row): KindTotal => {
    const kind = LINE_KINDS[row.kind];
    invariant(kind !== undefined, `line kind ${row.kind}`);
    return {
      kind,
      correction: row.correction,
      lines: integer(row.lines),
      volume: integer(row.volume),
      amountKopecks: integer(row.amount),
    };
  });
  const [count] = await queryable.query<{ accounts: string }>(
    `select count(distinct (shard, site, account)) as accounts from charge_line_${table}`,
  );
  return {
    accounts: integer(count?.accounts ?? "0"),
    lines: sum(byKind.map(({ lines }) => lines)),
    amountKopecks: sum(byKind.map(({ amountKopecks }) => amountKopecks)),
    correctionKopecks: sum(
      byKind.filter(({ correction }) => correction).map(({ amountKopecks }) => amountKopecks),
    ),
    byKind,
    problems: await problemsOfRun(queryable, run),
  };
}

/** Who is not billed in a run and why, by code. */
export async function problemsOfRun(
  queryable: Queryable,
  run: RunId,
): Promise<readonly ProblemTotal[]> {
  const rows = await queryable.query<{
    code: ProblemCode;
    accounts: string;
    examples: ProblemTotal["examples"];
  }>(
    `select code, count(distinct account) as accounts,
       (array_agg(jsonb_build_object('object', coalesce(object, ''), 'at', at,
          'values', coalesce(details, '{}')) order by account, ordinal))[1:$2] as examples
     from run_problem where run = $1
     group by code order by code`,
    [run, EXAMPLES_MAX],
  );
  return rows.map(({ code, accounts, examples }) => ({
    code,
    accounts: integer(accounts),
    examples,
  }));
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
