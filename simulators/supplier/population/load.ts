import { createHash } from "node:crypto";
import { Worker } from "node:worker_threads";
import { readLawFolder } from "../../../config/law.ts";
import { addMonths, firstDay, formatDay } from "../../../normalizer/model/dates.ts";
import type { MessageId, OrganisationId, SiteId } from "../../../normalizer/model/ids.ts";
import { COMMON_SHARD } from "../../../normalizer/model/ids.ts";
import type { Database } from "../../../normalizer/store/database.ts";
import { integer } from "../../../normalizer/store/database.ts";
import { insertFacts } from "../../../normalizer/store/facts.ts";
import type { LawFact } from "../../../normalizer/store/law.ts";
import { loadLaw } from "../../../normalizer/store/law.ts";
import { ensurePartitions } from "../../../normalizer/store/partitions.ts";
import { inShard } from "../../../normalizer/store/shard-transaction.ts";
import { BANK_ACCOUNT } from "../rows.ts";
import type { BulkTable } from "./bulk.ts";
import { withoutIndexes } from "./bulk.ts";
import { POPULATION_SWITCHES, POPULATION_TARIFFS } from "./law.ts";
import type { PopulationPlan } from "./plan.ts";
import { blocksOf, idsOf } from "./plan.ts";
import type { Phase, RowsContext } from "./rows.ts";
import { AUTHOR, GROUND, partitionOf, READING_MONTHS_BEFORE } from "./rows.ts";

/** What a session copies: blocks `from` … `to` − 1. */
export interface LoadTask {
  readonly url: string;
  readonly context: RowsContext;
  readonly phase: Phase;
  readonly from: number;
  readonly to: number;
}

export interface LoadOptions {
  /** Address of the role that owns the tables. */
  readonly ownerUrl: string;
  readonly sessions: number;
}

/** Law, switches, and the messages and seqs that all rows of a population name. */
export async function openPopulation(
  owner: Database,
  wanted: Omit<PopulationPlan, "firstId">,
): Promise<RowsContext> {
  await loadPopulationLaw(owner, wanted.organisation as OrganisationId);
  const [taken] = await owner.query<{ id: string }>("select nextval('object_id') as id");
  const message = integer(taken?.id ?? "");
  const plan: PopulationPlan = { ...wanted, firstId: message + 2 };
  await owner.query("select setval('object_id', $1)", [plan.firstId + idsOf(plan)]);
  const counters = await owner.query<{ seq: string }>(
    "select seq from shard_counter where shard < 256 order by shard",
  );
  const after = (steps: number) => counters.map(({ seq }) => integer(seq) + steps);
  const context: RowsContext = {
    plan,
    messages: { BEFORE: message, MONTH: message + 1 },
    seqs: { BEFORE: after(1), MONTH: after(2) },
  };
  await storeMessages(owner, context);
  await storeOrganisation(owner, context);
  return context;
}

/** The product's own law, with prices that have three zones and ranges in the place of its own. */
async function loadPopulationLaw(owner: Database, organisation: OrganisationId): Promise<void> {
  const files = (await readLawFolder("config/law")).filter(({ entries }) =>
    entries.every(({ kind }) => kind !== "tariff"),
  );
  const own = (name: string, facts: readonly LawFact[]) => ({
    name,
    bytes: new TextEncoder().encode(JSON.stringify(facts)),
    entries: facts,
  });
  const all = [
    ...files,
    own("population-tariffs.json", POPULATION_TARIFFS),
    own("population-switches.json", POPULATION_SWITCHES),
  ];
  for (const { name, bytes, entries } of all) {
    await loadLaw(owner, {
      organisation,
      name,
      bytes,
      facts: entries,
      author: AUTHOR,
      ground: GROUND,
    });
  }
}

/** Who bills, and the account that its documents name. */
async function storeOrganisation(owner: Database, { plan, messages }: RowsContext): Promise<void> {
  const of = {
    ...{ site: 0 as SiteId, organisation: plan.organisation as OrganisationId },
    ...{ from: firstDay(addMonths(plan.period, -36)), to: null, at: 0 },
    ...{ message: messages.BEFORE as MessageId, author: AUTHOR, ground: GROUND },
  };
  await inShard(owner, COMMON_SHARD, (common) =>
    insertFacts(common, [
      {
        ...of,
        kind: "organisation",
        subject: String(plan.organisation),
        body: {
          name: "ООО «Энскэнергосбыт» (условный поставщик)",
          inn: "5001000010",
          kpp: "500101001",
          address: "г. Энск, пл. Энергетиков, д. 1",
        },
      },
      {
        ...of,
        kind: "bank-account",
        subject: BANK_ACCOUNT,
        body: {
          bankName: "АО «Энскбанк» (условный банк)",
          bic: "044500017",
          correspondentAccount: "30101810000000000017",
          main: true,
        },
      },
    ]),
  );
}

/** The rows' origins; in the place of millions of rows the bytes say from what plan they are made. */
async function storeMessages(owner: Database, { plan, messages }: RowsContext): Promise<void> {
  const [clock] = await owner.query<{ today: string }>("select current_date as today");
  const today = clock?.today ?? "";
  for (const table of ["message", "capture_part"]) await ensurePartitions(owner, table, [today]);
  for (const [phase, message] of Object.entries(messages)) {
    const bytes = Buffer.from(`${JSON.stringify({ ...plan, phase })}\n`);
    await owner.execute(
      `insert into message (id, received_on, organisation, channel, name, received_at, sha256,
         size_bytes, envelope, state)
       values ($1, $2, $3, 'supplier', $4, now(), $5, $6, '{}', 'posted')`,
      [
        message,
        today,
        plan.organisation,
        `population-${phase.toLowerCase()}.json`,
        createHash("sha256").update(bytes).digest(),
        bytes.length,
      ],
    );
    await owner.execute(
      "insert into capture_part (message, received_on, part, bytes) values ($1, $2, 0, $3)",
      [message, today, bytes],
    );
  }
}

/**
 * Copies one phase of a population into a store that nobody else writes to, in parallel sessions, without the indexes
 * of the large tables, which are made after. A load that was interrupted leaves the store half full: drop it.
 */
export async function loadPhase(
  owner: Database,
  context: RowsContext,
  phase: Phase,
  options: LoadOptions,
): Promise<void> {
  const { plan, seqs } = context;
  const tables = await prepareTables(owner, plan, phase);
  await withoutIndexes(options.ownerUrl, tables, async () => {
    const blocks = blocksOf(plan);
    const share = Math.ceil(blocks / options.sessions);
    const sessions = Array.from({ length: options.sessions }, (_, place) => ({
      url: options.ownerUrl,
      context,
      phase,
      from: place * share,
      to: Math.min(blocks, (place + 1) * share),
    }));
    await Promise.all(sessions.filter(({ from, to }) => from < to).map(session));
  });
  for (const [shard, seq] of seqs[phase].entries()) {
    await owner.execute("update shard_counter set seq = $2 where shard = $1", [shard, seq]);
  }
}

function session(task: LoadTask): Promise<void> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./session.js", import.meta.url), { workerData: task });
    worker.on("error", reject);
    worker.on("exit", () => resolve());
  });
}

async function prepareTables(
  owner: Database,
  { period }: PopulationPlan,
  phase: Phase,
): Promise<readonly BulkTable[]> {
  const monthDay = firstDay(period);
  if (phase === "MONTH") {
    for (const table of ["reading", "ledger_entry", "payment"]) {
      await ensurePartitions(owner, table, [formatDay(monthDay)]);
    }
    return (["reading", "ledger_entry", "payment"] as const).map((parent) => ({
      name: partitionOf(parent, monthDay),
      partition: { parent, month: monthDay },
    }));
  }
  const tables: BulkTable[] = [{ name: "fact" }, { name: "unique_key" }];
  for (let offset = -READING_MONTHS_BEFORE; offset < 0; offset += 1) {
    const month = firstDay(addMonths(period, offset));
    await ensurePartitions(owner, "reading", [formatDay(month)]);
    tables.push({ name: partitionOf("reading", month), partition: { parent: "reading", month } });
  }
  const before = firstDay(addMonths(period, -2));
  await ensurePartitions(owner, "ledger_entry", [formatDay(before)]);
  return tables;
}
