import {
  appendFileSync,
  chmodSync,
  createReadStream,
  mkdtempSync,
  rmSync,
  statSync,
} from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseArgs } from "node:util";
import { DEFAULT_PROFILE } from "../../adapters/bank/config.ts";
import { parse } from "../../adapters/bank/parse.ts";
import { acceptCaptures } from "../../gateway/intake/accept.ts";
import type { IntakeChannel } from "../../gateway/intake/channels.ts";
import { runNormaliser } from "../../gateway/intake/normaliser.ts";
import { SenderBook } from "../../gateway/intake/routes.ts";
import { day } from "../../normalizer/model/dates.ts";
import type { MessageId, OrganisationId, Shard, SiteId } from "../../normalizer/model/ids.ts";
import { COMMON_SHARD } from "../../normalizer/model/ids.ts";
import type { Database } from "../../normalizer/store/database.ts";
import { integer } from "../../normalizer/store/database.ts";
import { insertFacts } from "../../normalizer/store/facts.ts";
import type { Store } from "../../normalizer/store/open.ts";
import { openStore } from "../../normalizer/store/open.ts";
import { inShard } from "../../normalizer/store/shard-transaction.ts";
import { takeKeys } from "../../normalizer/store/unique-keys.ts";
import type { Benchmark } from "./benchmark.ts";
import type { CpuSeconds } from "./cpu.ts";
import { cpuBetween, readCpu } from "./cpu.ts";
import type { StatementPlan } from "./statement-files.ts";
import { accountNumber, encodeStatement, OUR_ACCOUNT } from "./statement-files.ts";

const organisation = 1 as OrganisationId;
const SHARDS = 256;
const PART_BYTES = 1_048_576;
const ACCOUNTS_AT_ONCE = 50_000;
/** As the hub's. */
const LEGS_AT_ONCE = 2;
const POLL_MS = 50;

/**
 * Rows per second from statements on the wire to posted money: accept, parse, recognise, keys taken, payments and
 * ledger entries committed over 256 shards. Beside it a bare COPY of the very same payments into an empty table with
 * the same key and indexes, in the same run on the same server.
 */
export const benchmark: Benchmark = async (args, note) => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rows: { type: "string", default: "1000000" },
      files: { type: "string", default: "10" },
      accounts: { type: "string", default: "100000" },
      normalisers: { type: "string", default: "2" },
    },
  });
  const files = Number(values.files);
  const plan: StatementPlan = {
    files,
    rowsPerFile: Math.ceil(Number(values.rows) / files),
    accounts: Number(values.accounts),
    firstDay: day("2025-03-01"),
    unnamedPercent: 2,
  };
  const folder = mkdtempSync(join(tmpdir(), "energohub-bench-"));
  // The embedded server of a root user works as another user, who has to reach its data.
  chmodSync(folder, 0o711);
  const store = await openStore(process.env, {
    folder,
    application: "bench statements",
    connectionsMax: 16,
    say: note,
  });
  try {
    await openAccounts(store.hub, plan);
    const rows = plan.files * plan.rowsPerFile;
    const statements = writeStatements(plan, folder);
    const { seconds, cpu, memoryMegabytes } = await post(
      store,
      statements,
      Number(values.normalisers),
    );
    const bytes = statements.reduce((sum, statement) => sum + statement.bytes, 0);
    const perSecond = Math.round(rows / seconds);
    note(`${plan.files} files, ${Math.round(bytes / 1e6)} MB`);
    note(`posted: ${rows} rows in ${seconds.toFixed(2)} s, ${perSecond} rows/s`);
    note(`processor: hub ${cpu.hub} s, server ${cpu.server ?? "?"} s; ${memoryMegabytes} MB`);
    const stored = await checkStored(store.hub, rows);
    const copy = await bareCopy(store, note);
    return {
      rows,
      files,
      bytes,
      accounts: plan.accounts,
      normalisers: Number(values.normalisers),
      seconds,
      rowsPerSecond: perSecond,
      cpuSeconds: cpu,
      memoryMegabytes,
      ...stored,
      baseline: copy,
      ratioToBareCopy: Number((seconds / copy.seconds).toFixed(2)),
      cores: availableParallelism(),
      node: process.version,
      store: store.runsOn,
    };
  } finally {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
};

async function openAccounts(database: Database, plan: StatementPlan): Promise<void> {
  const message = 1 as MessageId;
  await inShard(database, COMMON_SHARD, (common) =>
    insertFacts(common, [
      {
        ...{ site: 0 as SiteId, organisation, from: day("2020-01-01"), to: null, message, at: 0 },
        ...{ author: "bench", ground: "bench", kind: "bank-account", subject: OUR_ACCOUNT },
        body: { bankName: "Банк", bic: "044525225", correspondentAccount: "", main: true },
      },
    ]),
  );
  for (let from = 0; from < plan.accounts; from += ACCOUNTS_AT_ONCE) {
    const count = Math.min(ACCOUNTS_AT_ONCE, plan.accounts - from);
    const keys = Array.from({ length: count }, (_, index) => from + index).map((account) => ({
      kind: "account" as const,
      key: accountNumber(account),
      organisation,
      shard: (account % SHARDS) as Shard,
      site: (1 + account) as SiteId,
      id: 1_000_000 + account,
      message,
    }));
    await inShard(database, COMMON_SHARD, ({ transaction }) => takeKeys(transaction, keys));
  }
}

interface StatementFile {
  readonly path: string;
  readonly bytes: number;
}

/** What the banks do is no work of the hub: the files stand before the clock starts. */
function writeStatements(plan: StatementPlan, folder: string): readonly StatementFile[] {
  return Array.from({ length: plan.files }, (_, file) => {
    const path = join(folder, `kl_to_1c_${file}.txt`);
    for (const piece of encodeStatement(plan, file)) appendFileSync(path, piece);
    return { path, bytes: statSync(path).size };
  });
}

interface Posted {
  readonly seconds: number;
  readonly cpu: CpuSeconds;
  /** Largest resident size of this process. */
  readonly memoryMegabytes: number;
}

/** Time from the first statement to the end of the last message, with as many normalisers as a hub runs. */
async function post(
  { hub }: Store,
  statements: readonly StatementFile[],
  normalisers: number,
): Promise<Posted> {
  const channel: IntakeChannel = {
    id: "bench",
    organisation,
    parse: parse as IntakeChannel["parse"],
    profile: { ...DEFAULT_PROFILE, sizeBytesMax: 1024 * 1_048_576, rowsMax: 2_000_000 },
  };
  const stop = new AbortController();
  const failures: unknown[] = [];
  const cpuBefore = await readCpu(hub);
  const startedAtMs = performance.now();
  const running = Array.from({ length: normalisers }, () =>
    runNormaliser(
      {
        database: hub,
        channels: new Map([[channel.id, channel]]),
        senders: new SenderBook(hub),
        legsAtOnce: LEGS_AT_ONCE,
        run: inShard,
      },
      {
        signal: stop.signal,
        messagesMax: 1,
        bytesMax: 64 * 1_048_576,
        pollMs: POLL_MS,
        onFailure: (error) => failures.push(error),
      },
    ),
  );
  for (const { path } of statements) {
    await acceptCaptures(hub, channel, [
      {
        name: basename(path),
        receivedAtMs: Date.now(),
        parts: createReadStream(path, { highWaterMark: PART_BYTES }),
        envelope: {},
      },
    ]);
  }
  while ((await countOpen(hub)) > 0 && failures.length === 0) await sleep(POLL_MS);
  const seconds = (performance.now() - startedAtMs) / 1000;
  const cpu = cpuBetween(cpuBefore, await readCpu(hub));
  stop.abort();
  await Promise.all(running);
  if (failures.length > 0) throw failures[0];
  const memoryMegabytes = Math.round(process.resourceUsage().maxRSS / 1024);
  return { seconds, cpu, memoryMegabytes };
}

async function countOpen(database: Database): Promise<number> {
  const [row] = await database.query<{ count: string }>(
    "select count(*) from message where state in ('received', 'posting')",
  );
  return integer(row?.count ?? "0");
}

async function checkStored(
  database: Database,
  rows: number,
): Promise<{ readonly entries: number; readonly unrecognised: number }> {
  const [row] = await database.query<Record<"payments" | "entries" | "unrecognised", string>>(
    `select (select count(*) from payment) as payments,
       (select count(*) from ledger_entry) as entries,
       (select count(*) from payment where shard = $1) as unrecognised`,
    [COMMON_SHARD],
  );
  if (integer(row?.payments ?? "0") !== rows) throw new Error(`${row?.payments} of ${rows} posted`);
  return {
    entries: integer(row?.entries ?? "0"),
    unrecognised: integer(row?.unrecognised ?? "0"),
  };
}

/** The same rows by COPY, in the order of shards, into an empty table with the same key and indexes. */
async function bareCopy(
  { owner }: Store,
  note: (line: string) => void,
): Promise<{ readonly seconds: number; readonly rowsPerSecond: number; readonly rows: number }> {
  if (owner === null) throw new Error("the baseline makes a table: give DATABASE_OWNER_URL");
  const chunks: Buffer[] = [];
  await owner.transaction(async (transaction) => {
    const rows = transaction.copyOut("copy (select * from payment order by shard, seq) to stdout");
    for await (const chunk of rows) chunks.push(chunk as Buffer);
  });
  await owner.execute("create table bare_payment (like payment including all)");
  const startedAtMs = performance.now();
  const rows = await owner.transaction((transaction) =>
    transaction.copyIn("copy bare_payment from stdin", chunks),
  );
  const seconds = (performance.now() - startedAtMs) / 1000;
  await owner.execute("drop table bare_payment");
  const rowsPerSecond = Math.round(rows / seconds);
  note(`bare COPY of the same ${rows} payments: ${seconds.toFixed(2)} s, ${rowsPerSecond} rows/s`);
  return { seconds, rowsPerSecond, rows };
}
