import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { DayRange } from "../model/dates.ts";
import { formatDay } from "../model/dates.ts";
import type { FactBodies, FactKind } from "../model/fact-bodies.ts";
import type { MessageId, OrganisationId, SiteId } from "../model/ids.ts";
import { COMMON_SHARD } from "../model/ids.ts";
import type { Database, Queryable, Transaction } from "./database.ts";
import { integer } from "./database.ts";
import { replaceFacts } from "./facts.ts";
import { ensurePartitions } from "./partitions.ts";
import { inShard } from "./shard-transaction.ts";

/** A dated value of law with its place in the file. */
export interface LawFact extends DayRange {
  readonly kind: FactKind;
  readonly subject: string;
  readonly body: FactBodies[FactKind];
  /** Row of the file, from 1. */
  readonly at: number;
}

export interface LawLoad {
  readonly organisation: OrganisationId;
  /**
   * Name of the file; together with its bytes it becomes a message, so that a price explains down
   * to its bytes.
   */
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly facts: readonly LawFact[];
  readonly author: string;
  /** Why the values are loaded: number and date of the order. */
  readonly ground: string;
}

export interface LawOutcome {
  readonly name: string;
  /** Null when nothing had changed and so nothing was stored. */
  readonly message: MessageId | null;
  readonly added: number;
  readonly changed: number;
  readonly unchanged: number;
}

/** Law may end (`to`) but is never forgotten: a line that was priced by it must explain. */
export class LawWithdrawnError extends Error {
  override readonly name = "LawWithdrawnError";
}

interface InForce {
  readonly kind: string;
  readonly subject: string;
  readonly valid_from: string;
  readonly valid_to: string | null;
  readonly body: unknown;
}

const PART_BYTES = 1024 * 1024;

/**
 * Makes the values of one law file versioned facts of the common shard. A value that is there
 * already is left alone, a changed one becomes a new version; when nothing changed nothing is
 * written.
 *
 * @throws LawWithdrawnError when a value in force is no longer in the file
 */
export async function loadLaw(database: Database, law: LawLoad): Promise<LawOutcome> {
  const seen = differences(law, await factsInForce(database, law));
  if (seen.added + seen.changed === 0) return outcomeOf(law, null, seen);
  const [clock] = await database.query<{ today: string }>("select current_date as today");
  const today = clock?.today ?? "";
  for (const table of ["message", "capture_part", "message_problem"]) {
    await ensurePartitions(database, table, [today]);
  }
  return inShard(database, COMMON_SHARD, async (common) => {
    // Under the lock nobody else loads: what is decided here is what is written.
    const found = differences(law, await factsInForce(common.transaction, law));
    if (found.added + found.changed === 0) return outcomeOf(law, null, found);
    const message = await storeFile(common.transaction, law, today);
    await replaceFacts(
      common,
      found.written.map((fact) => ({
        ...fact,
        site: 0 as SiteId,
        organisation: law.organisation,
        message,
        author: law.author,
        ground: law.ground,
      })),
    );
    return outcomeOf(law, message, found);
  });
}

function outcomeOf(law: LawLoad, message: MessageId | null, found: Differences): LawOutcome {
  const { added, changed, unchanged } = found;
  return { name: law.name, message, added, changed, unchanged };
}

function factsInForce(queryable: Queryable, law: LawLoad): Promise<InForce[]> {
  return queryable.query<InForce>(
    `select kind, subject, valid_from, valid_to, body from fact
     where shard = 256 and site = 0 and organisation = $1 and end_seq = 0
       and (kind, subject) in (select * from unnest($2::text[], $3::text[]))`,
    [law.organisation, law.facts.map(({ kind }) => kind), law.facts.map(({ subject }) => subject)],
  );
}

function keyOf(kind: string, subject: string, from: string): string {
  return `${kind}\n${subject}\n${from}`;
}

interface Differences {
  readonly added: number;
  readonly changed: number;
  readonly unchanged: number;
  readonly written: readonly LawFact[];
}

function differences(law: LawLoad, inForce: readonly InForce[]): Differences {
  const stored = new Map(
    inForce.map((fact) => [keyOf(fact.kind, fact.subject, fact.valid_from), fact]),
  );
  const written: LawFact[] = [];
  let changed = 0;
  for (const fact of law.facts) {
    const key = keyOf(fact.kind, fact.subject, formatDay(fact.from));
    const old = stored.get(key);
    stored.delete(key);
    if (old === undefined) written.push(fact);
    else if (old.valid_to !== endOf(fact) || !isDeepStrictEqual(old.body, fact.body)) {
      written.push(fact);
      changed += 1;
    }
  }
  const [lost] = stored.values();
  if (lost !== undefined) {
    throw new LawWithdrawnError(
      `${law.name}: нет действующего значения ${lost.kind} ${lost.subject} с ${lost.valid_from}. ` +
        "Верните его и укажите дату окончания (to): без него не объяснить выставленные счета.",
    );
  }
  const unchanged = law.facts.length - written.length;
  return { added: written.length - changed, changed, unchanged, written };
}

function endOf(fact: LawFact): string | null {
  return fact.to === null ? null : formatDay(fact.to);
}

async function storeFile(
  transaction: Transaction,
  law: LawLoad,
  today: string,
): Promise<MessageId> {
  const [row] = await transaction.query<{ id: string }>("select nextval('object_id') as id");
  const id = integer(row?.id ?? "") as MessageId;
  const bytes = Buffer.from(law.bytes);
  await transaction.execute(
    `insert into message (id, received_on, organisation, channel, name, received_at, sha256,
       size_bytes, envelope, state)
     values ($1, $2, $3, 'law', $4, now(), $5, $6, $7, 'posted')`,
    [
      id,
      today,
      law.organisation,
      law.name,
      createHash("sha256").update(bytes).digest(),
      bytes.length,
      { author: law.author, ground: law.ground },
    ],
  );
  for (let part = 0; part * PART_BYTES < bytes.length; part += 1) {
    await transaction.execute(
      "insert into capture_part (message, received_on, part, bytes) values ($1, $2, $3, $4)",
      [id, today, part, bytes.subarray(part * PART_BYTES, (part + 1) * PART_BYTES)],
    );
  }
  return id;
}
