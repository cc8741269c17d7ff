import type { FactBodies, FactKind } from "../model/fact-bodies.ts";
import type { MessageId, Origin, RunId } from "../model/ids.ts";
import type { AccountPlace } from "./account-place.ts";
import type { Queryable } from "./database.ts";
import { integer } from "./database.ts";

/** A version of a fact about an account, its site or one of its meters; replaced ones too. */
export interface PageFact<Kind extends FactKind = FactKind> {
  readonly kind: Kind;
  readonly subject: string;
  /** Half-open range of days, as text. */
  readonly validFrom: string;
  readonly validTo: string | null;
  readonly seq: number;
  readonly inForce: boolean;
  readonly author: string;
  readonly ground: string;
  readonly origin: Origin;
  readonly body: FactBodies[Kind];
}

export type AnyPageFact = { [Kind in FactKind]: PageFact<Kind> }[FactKind];

/**
 * Facts of the account: of its site, itself, its residents, contract, meters and supply points; in
 * the order in which they were committed.
 */
export async function factsOf(
  queryable: Queryable,
  place: AccountPlace,
): Promise<readonly AnyPageFact[]> {
  const rows = await queryable.query<{
    kind: string;
    subject: string;
    valid_from: string;
    valid_to: string | null;
    seq: string;
    end_seq: string;
    author: string;
    ground: string;
    message: string;
    at: string;
    body: unknown;
  }>(
    `select kind, subject, valid_from, valid_to, seq, end_seq, author, ground, message, at, body
     from fact where shard = $1 and site = $2 and (kind = 'site'
       or kind in ('account', 'residents', 'contract') and subject = $3
       or kind in ('meter', 'supply-point') and body->>'account' = $3)
     order by seq, valid_from, kind, subject`,
    [place.shard, place.site, String(place.account)],
  );
  return rows.map(
    (row) =>
      ({
        kind: row.kind,
        subject: row.subject,
        validFrom: row.valid_from,
        validTo: row.valid_to,
        seq: integer(row.seq),
        inForce: row.end_seq === "0",
        author: row.author,
        ground: row.ground,
        origin: originOf(row.message, row.at),
        body: row.body,
      }) as AnyPageFact,
  );
}

/** A register state; one that a newer version replaced has `inForce` false. */
export interface PageReading {
  readonly meter: number;
  /** First day not yet measured, as text. */
  readonly stateAt: string;
  readonly values: readonly number[];
  readonly source: string;
  readonly seq: number;
  readonly inForce: boolean;
  readonly origin: Origin;
}

/** All readings of the given meters of the account's site, by day and then by order of commit. */
export async function readingsOf(
  queryable: Queryable,
  place: AccountPlace,
  meters: readonly number[],
): Promise<readonly PageReading[]> {
  const rows = await queryable.query<{
    meter: string;
    state_at: string;
    values: readonly string[];
    source: string;
    seq: string;
    end_seq: string;
    message: string;
    at: string;
  }>(
    `select meter, state_at, values, source, seq, end_seq, message, at from reading
     where shard = $1 and site = $2 and meter = any ($3::bigint[]) order by state_at, seq, meter`,
    [place.shard, place.site, meters],
  );
  return rows.map((row) => ({
    meter: integer(row.meter),
    stateAt: row.state_at,
    values: row.values.map(integer),
    source: row.source,
    seq: integer(row.seq),
    inForce: row.end_seq === "0",
    origin: originOf(row.message, row.at),
  }));
}

export function originOf(message: string, at: string): Origin {
  return { message: integer(message) as MessageId, at: integer(at) };
}

/** Why the account, or a part of it, is not in a posted run; one row per problem. */
export interface RunProblem {
  readonly run: RunId;
  readonly code: string;
  readonly at: string;
  readonly object: string | null;
  /** Fill the placeholders of the code's text. */
  readonly details: Readonly<Record<string, string>> | null;
}

/** Problems of the account in the given runs, in the order of runs and ordinals. */
export async function runProblemsOf(
  queryable: Queryable,
  place: AccountPlace,
  runs: readonly RunId[],
): Promise<readonly RunProblem[]> {
  const rows = await queryable.query<Omit<RunProblem, "run"> & { readonly run: string }>(
    `select run, code, at, object, details from run_problem
     where shard = $1 and run = any ($2::bigint[]) and site = $3 and account = $4
     order by run, ordinal`,
    [place.shard, runs, place.site, place.account],
  );
  return rows.map((row) => ({ ...row, run: integer(row.run) as RunId }));
}
