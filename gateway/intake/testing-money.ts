import { setTimeout as sleep } from "node:timers/promises";
import type { Parsed } from "../../adapters/contract.ts";
import { day } from "../../normalizer/model/dates.ts";
import type { MessageId, OrganisationId, Shard, SiteId } from "../../normalizer/model/ids.ts";
import { COMMON_SHARD } from "../../normalizer/model/ids.ts";
import type { MoneyRecord } from "../../normalizer/model/records.ts";
import type { Database } from "../../normalizer/store/database.ts";
import { insertFacts } from "../../normalizer/store/facts.ts";
import { inShard } from "../../normalizer/store/shard-transaction.ts";
import { createTestDatabase } from "../../normalizer/store/testing.ts";
import { takeKeys } from "../../normalizer/store/unique-keys.ts";
import { acceptCaptures } from "./accept.ts";
import type { IntakeChannel } from "./channels.ts";
import { runNormaliser } from "./normaliser.ts";
import type { Intake, IntakeBoundary } from "./process.ts";
import { SenderBook } from "./routes.ts";

export const organisation = 1 as OrganisationId;
export const OURS = "40702810200000001001";
export const OUR_SECOND = "40702810500000001002";
export const PAYER = "40817810900000009001";
export const RECEIVED_AT_MS = Date.UTC(2025, 2, 10);

/** A statement as the test writes it: money-and-documents.md leaves nothing else of a format to intake. */
const statements: IntakeChannel = {
  id: "bank",
  organisation,
  profile: {},
  async *parse({ bytes }): AsyncIterable<Parsed> {
    const parts: Uint8Array[] = [];
    for await (const part of bytes) parts.push(part);
    const file = JSON.parse(Buffer.concat(parts).toString()) as {
      accounts: string[] | null;
      records: MoneyRecord[];
    };
    if (file.accounts !== null) {
      const days = { from: day("2025-03-01"), to: day("2025-03-09") };
      yield { kind: "statement", statement: { accounts: file.accounts, ...days } };
    }
    for (const record of file.records) yield { kind: "record", record };
  },
};

/** Account `a` is in shard `a % 8`. */
export const NUMBERS = Array.from({ length: 24 }, (_, index) => 1_500_000_001 + index);
export const shardOf = (number: number) => number % 8;

export async function openAccounts(database: Database) {
  const fact = {
    site: 0 as SiteId,
    organisation,
    from: day("2020-01-01"),
    to: null,
    message: 1 as MessageId,
    at: 0,
    author: "test",
    ground: "test",
    kind: "bank-account" as const,
    body: { bankName: "Банк", bic: "044525225", correspondentAccount: "", main: true },
  };
  await inShard(database, COMMON_SHARD, async (common) => {
    await insertFacts(common, [
      { ...fact, subject: OURS },
      { ...fact, subject: OUR_SECOND },
    ]);
    await takeKeys(
      common.transaction,
      NUMBERS.map((number) => ({
        kind: "account" as const,
        key: String(number),
        organisation,
        shard: shardOf(number) as Shard,
        site: (number % 5) as SiteId,
        id: number,
        message: 1 as MessageId,
      })),
    );
  });
}

let line = 0;
export function row(given: Partial<MoneyRecord> = {}): MoneyRecord {
  line += 1;
  return {
    kind: "money",
    at: line,
    source: "BANK",
    ourAccount: OURS,
    direction: "IN",
    other: { name: "Иванов", inn: "", account: PAYER, bic: "044525225" },
    documentKind: "Платежное поручение",
    documentNumber: String(line),
    documentDay: day("2025-03-01"),
    paidDay: day("2025-03-02"),
    postedDay: day("2025-03-03"),
    amount: 10_000,
    purpose: "",
    period: null,
    accountNumber: null,
    operationId: null,
    reverses: null,
    occurrence: 1,
    problems: [],
    ...given,
  };
}

export interface Statement {
  readonly accounts: readonly string[] | null;
  readonly records: readonly MoneyRecord[];
}

let files = 0;
export async function send(database: Database, ...sent: readonly Statement[]) {
  return acceptCaptures(
    database,
    statements,
    sent.map((statement) => {
      files += 1;
      return {
        name: `statement-${files}`,
        receivedAtMs: RECEIVED_AT_MS,
        parts: (async function* () {
          yield Buffer.from(JSON.stringify(statement));
        })(),
        envelope: {},
      };
    }),
  );
}

export const statement = (...records: readonly MoneyRecord[]): Statement => ({
  accounts: [OURS],
  records,
});

export function intakeOf(
  database: Database,
  boundary: (name: IntakeBoundary) => void = () => undefined,
): Intake {
  return {
    database,
    channels: new Map([[statements.id, statements]]),
    senders: new SenderBook(database),
    legsAtOnce: 2,
    run: inShard,
    boundary,
  };
}

/** Lets a normaliser work until the inbox is empty. */
export async function settle(database: Database, intake: Intake, expected?: unknown[]) {
  const failures = expected ?? [];
  const stop = new AbortController();
  const running = runNormaliser(intake, {
    signal: stop.signal,
    messagesMax: 4,
    bytesMax: 1 << 24,
    pollMs: 20,
    onFailure: (error) => failures.push(error),
  });
  const busy = async () => {
    const rows = await database.query(
      "select from message where state in ('received', 'posting') limit 1",
    );
    return rows.length > 0 && failures.length === 0;
  };
  do await sleep(30);
  while (await busy());
  stop.abort();
  await running;
  if (expected === undefined && failures.length > 0) throw failures[0];
}

export async function endings(database: Database) {
  const rows = await database.query<{
    state: string;
    outcome: { records?: Record<string, number>; unchanged?: number } | null;
    codes: string[];
  }>(
    `select state, outcome, array(
       select p.code from message_problem p where p.message = m.id order by p.ordinal
     ) as codes from message m order by id`,
  );
  return rows.map(({ state, outcome, codes }) => {
    const records = Object.entries(outcome?.records ?? {}).filter(([, count]) => count > 0);
    return { state, ...Object.fromEntries(records), unchanged: outcome?.unchanged ?? 0, codes };
  });
}

/** Kinds 3 and 4 are PAYMENT and REVERSAL. */
export async function ledger(database: Database) {
  const rows = await database.query<Record<"account" | "kind" | "amount" | "at", string>>(
    `select account, kind, amount, at, value_day, period, origin, shard from ledger_entry
     order by account, value_day, at, amount`,
  );
  return rows;
}

export async function sums(database: Database) {
  const rows = await database.query<{ account: string; amount: string }>(
    "select account, sum(amount) as amount from ledger_entry group by account order by account",
  );
  return Object.fromEntries(rows.map(({ account, amount }) => [account, Number(amount)]));
}

/** A database that ends with its play, not with the test. */
export async function freshDatabase() {
  const ends: (() => Promise<void>)[] = [];
  const { hub } = await createTestDatabase({ teardown: (end) => ends.push(end) });
  return {
    hub,
    end: async () => {
      for (const end of ends) await end();
    },
  };
}
