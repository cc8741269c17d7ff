import type { Day, DayRange, Month } from "../../model/dates.ts";
import { addDays, addMonths, endDay, firstDay, monthOf, SLOTS_PER_DAY } from "../../model/dates.ts";
import type { FactBodies } from "../../model/fact-bodies.ts";
import type {
  ContractFacts,
  ContractPoint,
  Dated,
  IntervalDay,
  SlotTable,
} from "../../model/facts.ts";
import type { AccountId, AccountNumber, ChannelId, SiteId } from "../../model/ids.ts";
import { invariant } from "../../model/result.ts";
import type { Transaction } from "../database.ts";
import { deriveIntervalDays, readIntervalDays } from "../intervals.ts";
import { isAccountInScope, isSiteInScope } from "../run-scope.ts";
import type { AssemblyContext, SiteRange } from "./context.ts";
import { pinOf } from "./context.ts";
import type { FactRow } from "./fact-rows.ts";
import { factsAt, readContractFacts, readVersionsOf } from "./fact-rows.ts";
import type { PostedState } from "./late.ts";
import { monthsOfFacts, postedState } from "./late.ts";
import { switchesOf } from "./law.ts";
import { LOOK_BACK_MONTHS } from "./past.ts";
import { readPostedLines } from "./posted-lines.ts";
import { overlapsMonth } from "./timeline.ts";

interface ContractRows {
  readonly contract: AccountId;
  readonly site: SiteId;
  readonly facts: FactRow<"contract">[];
  readonly points: FactRow<"supply-point">[];
  place: FactBodies["site"] | null;
}

/** A channel and UTC day that a message has changed since a seq. */
interface NewDay {
  readonly channel: ChannelId;
  readonly day: Day;
  readonly seq: number;
}

/**
 * Facts of every business contract of the range (a contract is its own site) for the period, as
 * known at the pin of the context.
 *
 * @param billed whether contracts that a posted run has billed for the period are left out, as a run does, or taken
 *   again, for a house of which they consume a part
 * @returns contracts by id
 */
export async function assembleContracts(
  transaction: Transaction,
  context: AssemblyContext,
  range: SiteRange,
  billed: "LEAVE_OUT" | "TAKE",
): Promise<readonly ContractFacts[]> {
  const seq = pinOf(context.pin, range.shard);
  const { organisation } = context;
  const facts = await readContractFacts(transaction, range, organisation, seq);
  const contracts = contractsOf(facts);
  const first = addMonths(context.period, -LOOK_BACK_MONTHS);
  const posted = await readPostedLines(transaction, context, range, first);
  const result: ContractFacts[] = [];
  for (const rows of contracts) {
    const state = postedState(posted.get(rows.contract) ?? [], context.posted, context.period);
    if (billed === "LEAVE_OUT" && !isInScope(context, rows)) continue;
    const isBilled = state.lines.some((line) => line.period === context.period);
    if (isBilled && billed === "LEAVE_OUT") continue;
    const late = await lateMonths(transaction, context, range, rows, state);
    if (late.length === 0 && !rows.facts.some((fact) => overlapsMonth(fact, context.period))) {
      continue;
    }
    result.push(await contractFacts(transaction, context, range, rows, state, late));
  }
  return result;
}

/** Only a run asks: a house needs its contracts whatever the scope. */
function isInScope({ scope }: AssemblyContext, { contract, site, place }: ContractRows): boolean {
  const district = place?.district ?? "";
  const isOfSite = isSiteInScope(scope, { site, kind: "BUSINESS", district });
  return isOfSite && isAccountInScope(scope, contract, () => []);
}

function contractsOf(facts: readonly FactRow[]): readonly ContractRows[] {
  const contracts = new Map<SiteId, ContractRows>();
  for (const fact of facts) {
    if (fact.kind !== "contract") continue;
    const rows = contracts.get(fact.site);
    if (rows !== undefined) rows.facts.push(fact as FactRow<"contract">);
    else {
      contracts.set(fact.site, {
        contract: Number(fact.subject) as AccountId,
        site: fact.site,
        facts: [fact as FactRow<"contract">],
        points: [],
        place: null,
      });
    }
  }
  for (const fact of facts) {
    const rows = contracts.get(fact.site);
    if (fact.kind === "site" && rows !== undefined) rows.place = fact.body as FactBodies["site"];
    if (fact.kind === "supply-point") rows?.points.push(fact as FactRow<"supply-point">);
  }
  return [...contracts.values()].sort((a, b) => a.contract - b.contract);
}

function slotsOf(context: AssemblyContext, rows: ContractRows): SlotTable {
  invariant(rows.place !== null, `contract ${rows.contract} has no site`);
  return context.slotTableOf(rows.place.zone);
}

async function lateMonths(
  transaction: Transaction,
  context: AssemblyContext,
  range: SiteRange,
  rows: ContractRows,
  state: PostedState,
): Promise<readonly Month[]> {
  const months = new Set<Month>();
  for (const { period } of context.posted) {
    const missing = !state.billed.has(period) && period < context.period;
    if (missing && rows.facts.some((fact) => overlapsMonth(fact, period))) months.add(period);
  }
  if (state.lastRun !== null) {
    const seen = pinOf(state.lastRun.pin, range.shard);
    const changed = [
      ...(await changedMonths(transaction, context, range, rows, seen)),
      ...(await monthsOfIntervals(transaction, context, range, rows, seen)),
      ...(context.lawChanges.get(state.lastRun.run) ?? [])
        .filter(({ kind }) => kind === "one-rate" || kind === "vat")
        .flatMap((change) => change.months),
    ];
    for (const month of changed) if (state.billed.has(month)) months.add(month);
  }
  return [...months].sort((a, b) => a - b);
}

async function changedMonths(
  transaction: Transaction,
  context: AssemblyContext,
  range: SiteRange,
  rows: ContractRows,
  seenSeq: number,
): Promise<readonly Month[]> {
  const current: readonly FactRow[] = [...rows.facts, ...rows.points];
  const fresh = current.filter(({ seq }) => seq > seenSeq);
  if (fresh.length === 0) return [];
  const span = { seen: seenSeq, known: seenSeq };
  const before = factsAt(await readVersionsOf(transaction, range.shard, fresh, span), seenSeq);
  const after = current.filter((fact) =>
    fresh.some(({ kind, subject }) => kind === fact.kind && subject === fact.subject),
  );
  return monthsOfFacts(before, after, context.period);
}

async function monthsOfIntervals(
  transaction: Transaction,
  context: AssemblyContext,
  range: SiteRange,
  rows: ContractRows,
  seenSeq: number,
): Promise<readonly Month[]> {
  const channels = [...new Set(rows.points.map(({ body }) => body.channel))];
  const first = firstDay(addMonths(context.period, -LOOK_BACK_MONTHS));
  const days = await readNewDays(transaction, range, channels, first, context, seenSeq);
  const slots = slotsOf(context, rows);
  return days.flatMap(({ day }) => localMonths(slots, day)).filter((m) => m < context.period);
}

async function readNewDays(
  transaction: Transaction,
  range: SiteRange,
  channels: readonly number[],
  from: Day,
  context: AssemblyContext,
  seenSeq: number,
): Promise<readonly NewDay[]> {
  const rows = await transaction.query<{ channel: string; day: number; seq: string }>(
    `select channel, day - date '1970-01-01' as day, max(seq) as seq
     from interval_patch
     where shard = $1 and channel = any($2::bigint[]) and not held and cardinality(values) > 0
       and day >= date '1970-01-01' + $3::int and day <= date '1970-01-01' + $4::int
       and seq > $5 and seq <= $6
     group by channel, day`,
    [
      range.shard,
      channels,
      from,
      firstDay(context.period),
      seenSeq,
      pinOf(context.pin, range.shard),
    ],
  );
  return rows.map((row) => ({
    channel: Number(row.channel) as ChannelId,
    day: row.day as Day,
    seq: Number(row.seq),
  }));
}

/** Local months that a UTC day reaches into: two at the edge of a month. */
function localMonths(slots: SlotTable, day: Day): readonly Month[] {
  const first = localDay(slots, day * SLOTS_PER_DAY);
  const last = localDay(slots, (day + 1) * SLOTS_PER_DAY - 1);
  return [...new Set([monthOf(first), monthOf(last)])];
}

function localDay(slots: SlotTable, slot: number): Day {
  const rule = slots.offsets.findLast(({ fromSlot }) => fromSlot <= slot) ?? slots.offsets[0];
  return Math.floor((slot + (rule?.offsetSlots ?? 0)) / SLOTS_PER_DAY) as Day;
}

async function contractFacts(
  transaction: Transaction,
  context: AssemblyContext,
  range: SiteRange,
  rows: ContractRows,
  state: PostedState,
  late: readonly Month[],
): Promise<ContractFacts> {
  const months = [...late, context.period];
  const district = rows.place?.district ?? "";
  const newest = rows.facts.at(-1)?.body;
  invariant(newest !== undefined, `contract ${rows.contract} has no version`);
  return {
    contract: rows.contract,
    number: newest.number as AccountNumber,
    site: rows.site,
    shard: range.shard,
    party: newest.party,
    period: context.period,
    priceCategory: rows.facts.map((fact) => dated(fact, fact.body.priceCategory)),
    maxPowerKw: rows.facts.map((fact) => dated(fact, Number(fact.body.maxPowerKw))),
    voltageLevel: rows.facts.map((fact) => dated(fact, fact.body.voltageLevel)),
    points: await pointsOf(transaction, context, range, rows, months),
    law: context.law.businesses,
    switches: switchesOf(context.law.switches, { district, site: rows.site }, context.period),
    slots: slotsOf(context, rows),
    posted: state.lines.filter(({ origin }) => late.includes(origin)),
    late,
  };
}

async function pointsOf(
  transaction: Transaction,
  context: AssemblyContext,
  range: SiteRange,
  rows: ContractRows,
  months: readonly Month[],
): Promise<readonly ContractPoint[]> {
  const channels = [...new Set(rows.points.map(({ body }) => body.channel as ChannelId))];
  const days: IntervalDay[] = [];
  const read = context.derivedRows === "STORED" ? readIntervalDays : deriveIntervalDays;
  for (const { from, to } of utcDays(months)) {
    const query = { shard: range.shard, channels, from, to };
    days.push(...(await read(transaction, query, pinOf(context.pin, range.shard))));
  }
  return rows.points.map((fact) => ({
    point: Number(fact.subject),
    name: fact.body.name,
    served: { from: fact.from, to: fact.to },
    channel: fact.body.channel as ChannelId,
    days: days.filter(({ channel }) => channel === fact.body.channel),
  }));
}

/** UTC days that the local months can reach into, ascending and apart. */
function utcDays(months: readonly Month[]): readonly { readonly from: Day; readonly to: Day }[] {
  const ranges: { from: Day; to: Day }[] = [];
  for (const month of months) {
    const from = addDays(firstDay(month), -1);
    const to = addDays(endDay(month), 1);
    const last = ranges.at(-1);
    if (last !== undefined && from <= last.to) last.to = to;
    else ranges.push({ from, to });
  }
  return ranges;
}

function dated<Value>(fact: DayRange & Pick<FactRow, "origin">, value: Value): Dated<Value> {
  return { from: fact.from, to: fact.to, value, origin: fact.origin };
}
