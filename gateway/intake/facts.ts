import type { EnteredFact, EntryContext, EntryPlace } from "../../normalizer/intake/fact-entry.ts";
import { enteredFact, premisesKey } from "../../normalizer/intake/fact-entry.ts";
import type { DayRange } from "../../normalizer/model/dates.ts";
import { addDays, formatDay } from "../../normalizer/model/dates.ts";
import type { MessageId, Seq, Shard, SiteId } from "../../normalizer/model/ids.ts";
import { COMMON_SHARD } from "../../normalizer/model/ids.ts";
import type { RecordCounts } from "../../normalizer/model/intake-facts.ts";
import { NO_RECORDS } from "../../normalizer/model/intake-facts.ts";
import type { Problem } from "../../normalizer/model/problems.ts";
import type { FactApprovalRecord, FactEntriesRecord } from "../../normalizer/model/records.ts";
import type { Database, Transaction } from "../../normalizer/store/database.ts";
import type { FactWrite } from "../../normalizer/store/facts.ts";
import { endFacts, insertFacts, readFacts, replaceFacts } from "../../normalizer/store/facts.ts";
import type { InboxMessage } from "../../normalizer/store/messages.ts";
import { readMessages } from "../../normalizer/store/messages.ts";
import { readSitePlaces, takeIds } from "../../normalizer/store/places.ts";
import type { ShardTransaction } from "../../normalizer/store/shard-transaction.ts";
import type { UniqueKey } from "../../normalizer/store/unique-keys.ts";
import { findKeys } from "../../normalizer/store/unique-keys.ts";
import { channelOf } from "./channels.ts";
import { readContent } from "./content.ts";
import { SenderBook } from "./routes.ts";

/** One change of the facts of a shard. */
export interface FactChange {
  readonly action: EnteredFact["action"];
  readonly fact: FactWrite;
}

/** What people enter in one message, decided before anything is written. */
export interface FactPlan {
  readonly changes: ReadonlyMap<Shard, readonly FactChange[]>;
  /** What the changes are made of, as they have to stand to be made. */
  readonly entered: readonly EnteredFact[];
  /** Names that the entries make, and the approval. */
  readonly keys: readonly UniqueKey[];
  readonly counts: RecordCounts;
  /** Any of them ends the message whole. */
  readonly problems: readonly Problem[];
}

export const NO_FACTS: FactPlan = {
  changes: new Map(),
  entered: [],
  keys: [],
  counts: NO_RECORDS,
  problems: [],
};

/** Entries with the message that brought them, and who approved them. */
interface Request {
  readonly entries: FactEntriesRecord;
  readonly message: InboxMessage;
  readonly approvedBy: string | null;
}

/**
 * Names become places, days become validities, and what stands is looked at: what the message asks for can then be
 * written as a whole or is refused as a whole. A message with a fact that needs four eyes writes nothing until a second
 * person approves it.
 *
 * @param isResumed its document stands already: what it asks for was right then
 */
export async function planFacts(
  database: Database,
  message: InboxMessage,
  {
    factEntries,
    approvals,
  }: {
    readonly factEntries: readonly FactEntriesRecord[];
    readonly approvals: readonly FactApprovalRecord[];
  },
  isResumed: boolean,
): Promise<FactPlan> {
  const [entries] = factEntries;
  const [approval] = approvals;
  if (entries !== undefined) {
    return planRequest(database, message, { entries, message, approvedBy: null });
  }
  if (approval === undefined) return NO_FACTS;
  const found = await requestOf(database, message, approval, isResumed);
  if (!found.ok) return { ...NO_FACTS, problems: [found.problem] };
  const plan = await planRequest(database, message, found.request);
  const key: UniqueKey = {
    kind: "fact-approval",
    key: String(approval.request),
    organisation: message.organisation,
    shard: COMMON_SHARD,
    site: 0 as SiteId,
    id: message.message,
    message: message.message,
  };
  return { ...plan, keys: [...plan.keys, key] };
}

/** What the approval is of: a posted message of facts of another person, which nobody has approved yet. */
async function requestOf(
  database: Database,
  { organisation, channel }: InboxMessage,
  { request, author, at }: FactApprovalRecord,
  isResumed: boolean,
): Promise<
  | { readonly ok: true; readonly request: Request }
  | { readonly ok: false; readonly problem: Problem }
> {
  const document = String(request);
  const unknown: Problem = {
    code: "UNKNOWN_DOCUMENT",
    at: "/request",
    object: document,
    values: { document },
  };
  const [message] = await readMessages(database, [request as MessageId]);
  if (message === undefined || message.channel !== channel || message.state !== "posted") {
    return { ok: false, problem: unknown };
  }
  const content = await readContent(database, new SenderBook(database), {
    message,
    channel: channelOf(new Map(), channel),
    knownAt: 0 as Seq,
    only: null,
  });
  const entries = content.kind === "read" ? content.factEntries[0] : undefined;
  if (entries === undefined) return { ok: false, problem: unknown };
  const refused = (reason: string): Problem => ({
    code: "SCHEMA_INVALID",
    at: at === 1 ? "/author" : `/${at}`,
    object: document,
    values: { reason },
  });
  if (entries.author === author) {
    const problem = refused("утверждает не тот, кто внёс: нужен второй человек");
    return { ok: false, problem };
  }
  const [taken] = await findKeys(database, [
    { kind: "fact-approval", key: document, organisation },
  ]);
  if (taken !== undefined && !isResumed) {
    return { ok: false, problem: refused(`уже утверждено сообщением ${taken.id}`) };
  }
  return { ok: true, request: { entries, message, approvedBy: author } };
}

async function planRequest(
  database: Database,
  { message, organisation }: InboxMessage,
  { entries, message: source, approvedBy }: Request,
): Promise<FactPlan> {
  const context = await contextOf(database, source, entries);
  const facts: EnteredFact[] = [];
  const problems: Problem[] = [];
  for (const record of entries.entries) {
    const entry = enteredFact(record, context);
    if (entry.ok) facts.push(entry.fact);
    else problems.push(...entry.problems);
  }
  if (problems.length > 0) return { ...NO_FACTS, problems };
  const count = entries.entries.length;
  if (approvedBy === null && facts.some(({ needsApproval }) => needsApproval)) {
    return { ...NO_FACTS, entered: facts, counts: { ...NO_RECORDS, held: count } };
  }
  const changes = new Map<Shard, FactChange[]>();
  for (const fact of facts) {
    const { author, ground } = entries;
    const { action, kind, site, subject, from, to, at } = fact;
    const body = fact.needsApproval ? { ...fact.body, approvedBy } : fact.body;
    const write = { kind, site, subject, from, to, organisation, at, author, ground };
    const change: FactChange = {
      action,
      fact: { ...write, body: body as FactWrite["body"], message: source.message },
    };
    const same = changes.get(fact.shard);
    if (same === undefined) changes.set(fact.shard, [change]);
    else same.push(change);
  }
  const keys = new Map(
    facts.flatMap(({ key, shard, site }) =>
      key === null
        ? []
        : [[`${key.kind}/${key.key}`, { ...key, organisation, shard, site, message }] as const],
    ),
  );
  return {
    changes,
    entered: facts,
    keys: [...keys.values()],
    counts: { ...NO_RECORDS, accepted: count },
    problems: [],
  };
}

/** Who has the names that the entries use, with ids for those that they make. */
async function contextOf(
  database: Database,
  { organisation }: InboxMessage,
  { entries }: FactEntriesRecord,
): Promise<EntryContext> {
  const names = (texts: readonly (string | undefined)[]) => [
    ...new Set(texts.filter((text) => text !== undefined)),
  ];
  const numbers = names(
    entries.flatMap(({ whose, values }) => [whose.account, values["contract"]]),
  );
  const serials = names(entries.flatMap(({ whose, values }) => [whose.meter, values["replaces"]]));
  const keys = await findKeys(database, [
    ...numbers.map((key) => ({ kind: "account" as const, key, organisation })),
    ...serials.map((key) => ({ kind: "meter" as const, key, organisation })),
  ]);
  const accounts = new Map<string, EntryPlace>();
  const meters = new Map<string, EntryPlace>();
  for (const { kind, key, shard, site, id } of keys) {
    (kind === "account" ? accounts : meters).set(key, { shard, site, id, isNew: false });
  }
  const sites = await readSitePlaces(
    database,
    organisation,
    entries.flatMap(({ whose }) => whose.site ?? []),
  );
  const placeOf = ({ whose }: (typeof entries)[number]) =>
    whose.account === undefined ? sites.get(whose.site ?? 0) : accounts.get(whose.account);
  const wanted = names(
    entries.flatMap((entry) => {
      const place = placeOf(entry);
      const number = entry.kind === "premises" ? entry.name : entry.values["premises"];
      return place === undefined || number === undefined ? [] : [premisesKey(place.site, number)];
    }),
  );
  const premises = new Map<string, EntryPlace>();
  const stored = await findKeys(
    database,
    wanted.map((key) => ({ kind: "premises" as const, key, organisation })),
  );
  for (const { key, shard, site, id } of stored) {
    premises.set(key, { shard, site, id, isNew: false });
  }
  // A file may enter a premises, its meter and who lives in it: what it makes is known to what it says beside.
  const points = await pointsOf(database, organisation, meters);
  const ids = await takeIds(database, entries.length);
  for (const [index, entry] of entries.entries()) {
    const place = placeOf(entry);
    const id = ids[index];
    if (entry.action !== "ADD" || place === undefined || id === undefined) continue;
    const made = { ...place, id, isNew: true };
    if (entry.kind === "premises") {
      const key = premisesKey(place.site, entry.name);
      if (!premises.has(key)) premises.set(key, made);
    } else if (entry.kind === "meter" && entry.whose.meter !== undefined) {
      if (meters.has(entry.whose.meter)) continue;
      meters.set(entry.whose.meter, made);
      points.set(entry.whose.meter, points.get(entry.values["replaces"] ?? "") ?? id);
    }
  }
  return { accounts, meters, points, sites, premises };
}

/** Points that meters measure, by serial. */
async function pointsOf(
  database: Database,
  organisation: InboxMessage["organisation"],
  meters: ReadonlyMap<string, EntryPlace>,
): Promise<Map<string, number>> {
  const points = new Map<string, number>();
  const bySite = new Map<string, [string, EntryPlace][]>();
  for (const [serial, place] of meters) {
    const key = `${place.shard} ${place.site}`;
    bySite.set(key, [...(bySite.get(key) ?? []), [serial, place]]);
  }
  for (const inSite of bySite.values()) {
    const [first] = inSite;
    if (first === undefined) continue;
    const [, { shard, site }] = first;
    const subjects = inSite.map(([, { id }]) => String(id));
    const query = { shard, kind: "meter" as const, site, subjects, knownAt: null };
    for (const fact of await readFacts(database, query)) {
      const [serial] = inSite.find(([, { id }]) => String(id) === fact.subject) ?? [];
      if (serial === undefined || fact.organisation !== organisation) continue;
      points.set(serial, fact.body.point);
    }
  }
  return points;
}

/**
 * What a message cannot do as things stand: days that have a fact already, a fact that is not there, a name that
 * somebody has taken meanwhile. Call it under the lock of common, when the messages before it are written.
 */
export async function factProblems(
  transaction: Transaction,
  { organisation }: InboxMessage,
  { entered: facts, keys, problems: known }: FactPlan,
): Promise<readonly Problem[]> {
  const problems: Problem[] = [...known];
  for (const { key, id } of await findKeys(transaction, keys)) {
    const values = { stored: String(id), given: key };
    problems.push({ code: "CONFLICT", at: "/facts", object: key, values });
  }
  for (const [index, fact] of facts.entries()) {
    const { shard, kind, site, subject, action, at } = fact;
    const versions = await readFacts(transaction, {
      shard,
      kind,
      site,
      subjects: [subject],
      knownAt: null,
    });
    const own = versions.filter((version) => version.organisation === organisation);
    const earlier = facts.slice(0, index).filter((other) => isSameSubject(other, fact));
    const name = `${kind} ${subject.slice(subject.indexOf("/") + 1)}`;
    const place = { at: `/facts/${at - 1}`, object: name };
    const overlapping = [...own, ...earlier].find((version) => overlaps(version, fact));
    if (action === "ADD" && overlapping !== undefined) {
      const values = { stored: daysText(overlapping), given: daysText(fact) };
      problems.push({ code: "CONFLICT", ...place, values });
    } else if (action !== "ADD" && earlier.length > 0) {
      const reason = "об этом факте в сообщении сказано дважды";
      problems.push({ code: "SCHEMA_INVALID", ...place, values: { reason } });
    } else if (action !== "ADD" && overlapping === undefined && own.length === 0) {
      problems.push({ code: "UNKNOWN_DOCUMENT", ...place, values: { document: name } });
    }
  }
  return problems;
}

function isSameSubject(a: EnteredFact, b: EnteredFact): boolean {
  return a.shard === b.shard && a.site === b.site && a.kind === b.kind && a.subject === b.subject;
}

function overlaps(a: DayRange, b: DayRange): boolean {
  return (a.to === null || b.from < a.to) && (b.to === null || a.from < b.to);
}

function daysText({ from, to }: DayRange): string {
  return `${formatDay(from)}${to === null ? "" : `–${formatDay(addDays(to, -1))}`}`;
}

/** Writes the changes of one shard under its lock. */
export async function writeFactChanges(
  shardTransaction: ShardTransaction,
  changes: readonly FactChange[],
): Promise<void> {
  const of = (wanted: FactChange["action"]) =>
    changes.filter(({ action }) => action === wanted).map(({ fact }) => fact);
  if (changes.length === 0) return;
  await endFacts(shardTransaction, of("END"));
  await replaceFacts(shardTransaction, of("CORRECT"));
  await insertFacts(shardTransaction, of("ADD"));
}
