import type { Parsed } from "../../../adapters/contract.ts";
import {
  addMonths,
  type Day,
  day,
  endDay,
  firstDay,
  formatDay,
  formatMonth,
  type Month,
  SLOTS_PER_DAY,
} from "../../../normalizer/model/dates.ts";
import type { FactBodies } from "../../../normalizer/model/fact-bodies.ts";
import type { HouseMonth } from "../../../normalizer/model/house-facts.ts";
import type {
  AccountId,
  ChannelId,
  MessageId,
  OrganisationId,
  SiteId,
} from "../../../normalizer/model/ids.ts";
import { COMMON_SHARD } from "../../../normalizer/model/ids.ts";
import type { LineKind, Zone } from "../../../normalizer/model/lines.ts";
import type {
  MoneyRecord,
  ReadingRecord,
  SourceRecord,
} from "../../../normalizer/model/records.ts";
import { invariant } from "../../../normalizer/model/result.ts";
import { kopecks, microKwh } from "../../../normalizer/model/units.ts";
import type { Database } from "../../../normalizer/store/database.ts";
import type { FactWrite } from "../../../normalizer/store/facts.ts";
import { insertFacts } from "../../../normalizer/store/facts.ts";
import { readHousesOfRun } from "../../../normalizer/store/house-months.ts";
import { writePatches } from "../../../normalizer/store/intervals.ts";
import { loadLaw } from "../../../normalizer/store/law.ts";
import { receivedDay, storeMessages } from "../../../normalizer/store/messages.ts";
import { ensurePartitions } from "../../../normalizer/store/partitions.ts";
import { addLedgerEntries } from "../../../normalizer/store/posted.ts";
import { approve } from "../../../normalizer/store/results.ts";
import { inShard } from "../../../normalizer/store/shard-transaction.ts";
import { takeKeys } from "../../../normalizer/store/unique-keys.ts";
import type { IntakeChannel } from "../../intake/channels.ts";
import { approveFacts, enterFacts } from "../../intake/desk.ts";
import { ingest } from "../../intake/ingest.ts";
import { decideHeld } from "../../intake/reading-desk.ts";
import { explainPenalty } from "../../penalty.ts";
import { closePeriod } from "../close.ts";
import { openRun } from "../create.ts";
import { workOn } from "../work.ts";
import { LONG_AGO, type Play, type SentMoney, type SentReading } from "./play.ts";

const DAY_MS = 86_400_000;
const OURS = "40702810200000001001";
const PAYER = { name: "Иванов", inn: "", account: "40817810900000009001", bic: "044525225" };

/** A line as `charge_line_text` has it; months and days as texts, volume 10⁻⁴ kWh, money kopecks. */
export interface StoredLine {
  readonly account: AccountId;
  readonly period: string;
  readonly origin: string;
  readonly kind: LineKind;
  readonly zone: Zone;
  readonly range: number;
  readonly tariffFrom: string | null;
  readonly volume: number;
  readonly price: number | null;
  readonly amount: number;
}

export interface StoredClosing {
  readonly principal: ReadonlyMap<string, number>;
  readonly penalty: number;
  readonly balance: number;
}

export interface JudgedReading {
  readonly status: "ACCEPTED" | "HELD" | "REJECTED";
  readonly code: string | null;
}

/** What the months of a case left in the store. */
export class Played {
  readonly database: Database;
  readonly organisation: OrganisationId;
  readonly play: Play;
  readonly lines: readonly StoredLine[];
  /** By month. */
  readonly houses: ReadonlyMap<string, HouseMonth>;
  /** Code of what holds an account or is told of it, by account and month. */
  readonly problems: readonly { readonly account: AccountId; readonly period: string }[];
  readonly judged: ReadonlyMap<string, JudgedReading>;
  private readonly closings: ReadonlyMap<string, StoredClosing>;
  private readonly penalties: ReadonlyMap<string, number>;

  constructor(of: {
    readonly database: Database;
    readonly organisation: OrganisationId;
    readonly play: Play;
    readonly lines: readonly StoredLine[];
    readonly houses: ReadonlyMap<string, HouseMonth>;
    readonly problems: Played["problems"];
    readonly judged: ReadonlyMap<string, JudgedReading>;
    readonly closings: ReadonlyMap<string, StoredClosing>;
    readonly penalties: ReadonlyMap<string, number>;
  }) {
    this.database = of.database;
    this.organisation = of.organisation;
    this.play = of.play;
    this.lines = of.lines;
    this.houses = of.houses;
    this.problems = of.problems;
    this.judged = of.judged;
    this.closings = of.closings;
    this.penalties = of.penalties;
  }

  linesOf(account: AccountId, period: Month): readonly StoredLine[] {
    const month = formatMonth(period);
    return this.lines.filter((line) => line.account === account && line.period === month);
  }

  house(period: Month): HouseMonth {
    const house = this.houses.get(formatMonth(period));
    invariant(house !== undefined, `${this.play.id}: no house in ${formatMonth(period)}`);
    return house;
  }

  closing(account: AccountId, period: Month): StoredClosing {
    const closing = this.closings.get(`${account} ${formatMonth(period)}`);
    invariant(closing !== undefined, `${this.play.id}: no checkpoint of ${formatMonth(period)}`);
    return closing;
  }

  /** Penalty that the month posted, kopecks. */
  penalty(account: AccountId, period: Month): number {
    return this.penalties.get(`${account} ${formatMonth(period)}`) ?? 0;
  }

  /** What the penalty accrued to the end of the month is made of; none where the month posted none. */
  async penaltyLines(account: AccountId, period: Month) {
    const { site, shard } = this.play;
    const place = { organisation: this.organisation, site, shard, account };
    const [explained] = await explainPenalty(this.database, place, period);
    invariant(explained?.equal !== false, `${this.play.id}: the explanation differs`);
    return explained?.lines ?? [];
  }
}

/**
 * Cases in the store by its own ways in: facts at the desk, readings and payments through a channel, months by runs
 * that are approved and closed. Cases with the same first month are customers of one organisation, so that one run
 * bills them all; those with another law of penalties have one of their own.
 */
export async function playAll(
  database: Database,
  plays: readonly Play[],
): Promise<ReadonlyMap<string, Played>> {
  const played = new Map<string, Played>();
  for (const [index, group] of groupsOf(plays).entries()) {
    const of = new OrganisationPlay(database, (index + 1) as OrganisationId, group);
    for (const one of await of.play()) played.set(one.play.id, one);
  }
  return played;
}

function groupsOf(plays: readonly Play[]): readonly (readonly Play[])[] {
  const groups: { readonly key: string; readonly first: Month; readonly plays: Play[] }[] = [];
  for (const { penaltyKey: key, first } of plays) {
    if (key !== "" && !groups.some((group) => group.key === key && group.first === first))
      groups.push({ key, first, plays: [] });
  }
  for (const play of plays) {
    const { penaltyKey: key, first } = play;
    const fitting = groups.find(
      (group) => group.first === first && (key === "" || group.key === key),
    );
    if (fitting === undefined) groups.push({ key, first, plays: [play] });
    else fitting.plays.push(play);
  }
  return groups.map((group) => group.plays);
}

interface CaseMonth {
  readonly month: Month;
  /** When what is known in the month comes in. */
  readonly receivedAtMs: number;
}

class OrganisationPlay {
  private readonly database: Database;
  private readonly organisation: OrganisationId;
  private readonly plays: readonly Play[];
  private readonly judged = new Map<string, JudgedReading>();
  private readonly houses = new Map<string, HouseMonth>();
  private readonly channel: IntakeChannel;

  constructor(database: Database, organisation: OrganisationId, plays: readonly Play[]) {
    this.database = database;
    this.organisation = organisation;
    this.plays = plays;
    this.channel = { id: `cases-${organisation}`, organisation, profile: {}, parse };
  }

  async play(): Promise<readonly Played[]> {
    await this.open();
    const first = this.plays[0]?.first ?? (0 as Month);
    const last = Math.max(...this.plays.map((play) => play.last));
    for (let month = first; month <= last; month = addMonths(month, 1)) {
      await this.enter({ month, receivedAtMs: (endDay(month) + 20) * DAY_MS });
      await this.bill(month, month < last || this.plays.some(({ isClosed }) => isClosed));
    }
    return this.results();
  }

  /** What stands before anything is entered: places, accounts, law, sums brought along. */
  private async open(): Promise<void> {
    const { database, organisation, plays } = this;
    const bank = { bankName: "Банк", bic: "044525225", correspondentAccount: "", main: true };
    await inShard(database, COMMON_SHARD, (common) =>
      insertFacts(common, [this.fact("bank-account", 0, OURS, bank)]),
    );
    await takeKeys(
      database,
      plays.flatMap((play) =>
        [...play.accounts, ...play.contracts].map(({ of }) => ({
          kind: "account" as const,
          key: of.number,
          organisation,
          shard: play.shard,
          site: play.contracts.some((one) => one.of === of)
            ? (of.id as number as SiteId)
            : play.site,
          id: of.id,
          message: 0 as MessageId,
        })),
      ),
    );
    const law = new Map(
      plays
        .flatMap((play) => play.law)
        .map((fact) => [`${fact.kind} ${fact.subject} ${fact.from}`, fact]),
    );
    await this.load([...law.values()]);
    for (const play of plays) {
      await inShard(database, play.shard, (shard) => insertFacts(shard, this.placesOf(play)));
    }
    await this.addOpenings();
  }

  private placesOf(play: Play): readonly FactWrite[] {
    const where = { address: `г. Энск, ${play.id}`, district: "Энский", zone: "Europe/Moscow" };
    return [
      this.fact("site", play.site, play.site, { ...where, kind: play.kind }),
      ...play.accounts.map(({ of, terms }) =>
        this.fact("account", play.site, of.id, {
          number: of.number,
          holder: "Иванов И. И.",
          premises: "",
          areaM2: "1",
          category: terms.category,
          norm: terms.norm ?? null,
          ...(terms.maxPowerKw === undefined ? {} : { maxPowerKw: terms.maxPowerKw }),
        }),
      ),
      ...play.contracts.flatMap(({ of, channel }) => [
        this.fact("site", of.id, of.id, { ...where, kind: "BUSINESS" }),
        this.fact("contract", of.id, of.id, {
          number: of.number,
          party: "ООО «Магазин»",
          inn: "5001000017",
          priceCategory: 1,
          maxPowerKw: "100",
          voltageLevel: "NN",
        }),
        this.fact("supply-point", of.id, of.id + 1_000_000, {
          account: of.id,
          name: "Ввод",
          channel,
        }),
      ]),
    ];
  }

  private fact<Kind extends keyof FactBodies>(
    kind: Kind,
    site: number,
    subject: number | string,
    body: FactBodies[Kind],
  ): FactWrite {
    return {
      kind,
      site: site as SiteId,
      subject: String(subject),
      from: day(LONG_AGO),
      to: null,
      organisation: this.organisation,
      body,
      message: 0 as MessageId,
      at: 1,
      author: "Оператор",
      ground: "Договор",
    };
  }

  private async load(facts: readonly Play["law"][number][]): Promise<void> {
    if (facts.length === 0) return;
    const bytes = new TextEncoder().encode(JSON.stringify(facts));
    const how = { author: "Администратор", ground: "Проверочные данные" };
    await loadLaw(this.database, {
      organisation: this.organisation,
      name: `law-${this.organisation}.yaml`,
      bytes,
      facts,
      ...how,
    });
  }

  private async addOpenings(): Promise<void> {
    for (const play of this.plays) {
      if (play.openings.length === 0) continue;
      const on = firstDay(play.first);
      await ensurePartitions(this.database, "ledger_entry", [formatDay(on)]);
      const message = await this.message(`Остатки ${play.id}`);
      await inShard(this.database, play.shard, (shard) =>
        addLedgerEntries(
          shard,
          this.organisation,
          play.openings.map(({ account, kind, origin, amount }, index) => ({
            account,
            site: play.site,
            kind,
            valueDay: on,
            period: play.first,
            origin,
            amount: kopecks(amount),
            source: { message, at: index + 1 },
          })),
        ),
      );
    }
  }

  private async message(name: string): Promise<MessageId> {
    const { organisation } = this;
    const [stored] = await storeMessages(this.database, [
      {
        ...{ organisation, channel: "opening", name, receivedAtMs: Date.now(), envelope: {} },
        parts: once(`${organisation} ${name}`),
      },
    ]);
    invariant(stored !== undefined, "a message without a receipt");
    return stored.message as MessageId;
  }

  private async enter(of: CaseMonth): Promise<void> {
    const steps = this.plays.flatMap((play) => {
      const step = play.steps.get(of.month);
      return step === undefined ? [] : [{ play, step }];
    });
    const { database, organisation } = this;
    const { receivedAtMs } = of;
    await this.load(steps.flatMap(({ step }) => step.law));
    const said = { organisation, author: "Петрова", ground: "заявление", receivedAtMs };
    for (const { play, step } of steps) {
      // A fault is of a meter that stands already.
      const faults = step.facts.filter(({ kind }) => kind === "meter-fault");
      const others = step.facts.filter((fact) => !faults.includes(fact));
      for (const facts of [others, faults]) {
        if (facts.length === 0) continue;
        const { problems } = await enterFacts(database, { ...said, facts });
        refuse(play, problems);
      }
      if (step.approved.length === 0) continue;
      const entered = await enterFacts(database, { ...said, facts: step.approved });
      refuse(play, entered.problems);
      const approval = await approveFacts(database, {
        ...said,
        author: "Сидорова",
        request: entered.message.message,
      });
      refuse(play, approval.problems);
    }
    await this.read(
      steps.flatMap(({ step }) => step.readings),
      of,
    );
    await this.receive(
      steps.flatMap(({ step }) => step.money),
      of,
    );
    for (const { play, step } of steps) await this.measure(play, step.energy);
  }

  private async read(readings: readonly SentReading[], of: CaseMonth): Promise<void> {
    if (readings.length === 0) return;
    const { database, organisation } = this;
    const message = await this.send(of, "Показания", readings.map(recordOf));
    const rows = await database.query<{ at: string; status: "HELD" | "REJECTED"; code: string }>(
      "select at, status, code from held_reading where message = $1",
      [message],
    );
    for (const { at, status, code } of rows) {
      const reading = readings[Number(at) - 1];
      invariant(reading !== undefined, `row ${at} of the readings`);
      if (reading.expects === "JUDGED") {
        this.judged.set(nameOf(reading), { status, code });
        continue;
      }
      invariant(status === "HELD", `${reading.meter} on ${formatDay(reading.on)}: ${code}`);
      await decideHeld(database, {
        organisation,
        reading: { message, at: Number(at) },
        decision: "CONFIRMED",
        author: "Петрова",
        ground: "подтверждено потребителем",
        receivedAtMs: of.receivedAtMs,
      });
    }
    for (const reading of readings) {
      if (reading.expects !== "JUDGED" || this.judged.has(nameOf(reading))) continue;
      this.judged.set(nameOf(reading), { status: "ACCEPTED", code: null });
    }
  }

  private async receive(money: readonly SentMoney[], of: CaseMonth): Promise<void> {
    if (money.length === 0) return;
    // A reversal names a payment that stands already.
    const payments = money.filter(({ reverses }) => reverses === null);
    const reversals = money.filter(({ reverses }) => reverses !== null);
    for (const part of [payments, reversals]) {
      if (part.length > 0) await this.send(of, "Выписка", part.map(moneyOf), of.month);
    }
  }

  private async send(
    { receivedAtMs, month }: CaseMonth,
    name: string,
    records: readonly SourceRecord[],
    statementOf: Month | null = null,
  ): Promise<MessageId> {
    const statement =
      statementOf === null
        ? null
        : { accounts: [OURS], from: firstDay(statementOf), to: (endDay(statementOf) - 1) as Day };
    const text = JSON.stringify({ statement, records, of: [this.organisation, month] });
    const [taken] = await ingest(this.database, {
      channel: this.channel,
      adapter: { parse } as never,
      settings: {},
      upload: { name: `${name} ${formatMonth(month)}`, bytes: once(text), envelope: {} },
      receivedAtMs,
      signal: new AbortController().signal,
    });
    invariant(taken?.message.state === "posted", `${name}: ${taken?.message.state}`);
    const { waiting, rejected } = (taken.outcome as { records: Record<string, number> }).records;
    invariant(waiting === 0, `${name}: ${waiting} wait`);
    invariant(rejected === 0 || statementOf === null, `${name}: ${rejected} rejected`);
    return taken.message.message;
  }

  /** Equal half-hours of a month of Moscow, the last one taking the rest. */
  private async measure(
    play: Play,
    energy: readonly { channel: number; month: Month; volume: number }[],
  ): Promise<void> {
    if (energy.length === 0) return;
    const message = await this.message(`80020 ${play.id} ${energy[0]?.month}`);
    const receivedOn = receivedDay(Date.now());
    await ensurePartitions(this.database, "interval_patch", [formatDay(receivedOn)]);
    const patches = energy.flatMap(({ channel, month, volume }) => {
      const slots = (endDay(month) - firstDay(month)) * SLOTS_PER_DAY;
      const each = Math.floor((volume * 100) / slots);
      const rest = volume * 100 - each * (slots - 1);
      const start = firstDay(month) * SLOTS_PER_DAY - MOSCOW_SLOTS;
      return daysOf(start, slots).map(({ on, firstSlot, count, isLast }) => ({
        shard: play.shard,
        channel: channel as ChannelId,
        day: on,
        firstSlot,
        values: Array.from({ length: count }, (_, index) =>
          microKwh(isLast && index === count - 1 ? rest : each),
        ),
        qualities: "A".repeat(count),
        source: "80020" as const,
        version: 1,
        versionTimestamp: "20210801010000",
        held: false,
        at: 1,
      }));
    });
    const { organisation } = this;
    await inShard(this.database, play.shard, (shard) =>
      writePatches(shard, [{ origin: { organisation, message, receivedOn }, patches }]),
    );
  }

  private async bill(period: Month, isClosed: boolean): Promise<void> {
    const { database, organisation } = this;
    const request = { organisation, period, author: "test" };
    const { run } = await openRun(database, { ...request, accountsMax: 1000 });
    const signal = new AbortController().signal;
    await workOn(database, run, { workers: 2, onProgress: () => undefined, signal });
    await approve(database, run, "test");
    for (const { site, month } of await readHousesOfRun(database, run))
      this.houses.set(`${site} ${formatMonth(period)}`, month);
    if (!isClosed) return;
    await closePeriod(database, { ...request, waitMs: 1000, onProgress: () => undefined });
  }

  private async results(): Promise<readonly Played[]> {
    const { database, organisation, plays } = this;
    const lines = await database.query<
      Readonly<Record<"account" | "volume" | "amount", string>> &
        Omit<StoredLine, "account" | "volume" | "amount" | "price"> & {
          readonly price: string | null;
        }
    >(
      `select account, to_char(period, 'YYYY-MM') as period, to_char(origin, 'YYYY-MM') as origin,
         kind, zone, range, to_char(tariff_from, 'YYYY-MM-DD') as "tariffFrom", volume, price, amount
       from charge_line_text where organisation = $1 order by period, account, ordinal`,
      [organisation],
    );
    const problems = await database.query<{ account: string; period: string }>(
      `select p.account, to_char(r.period, 'YYYY-MM') as period
       from run_problem p join charge_run r on r.id = p.run
       where r.organisation = $1 and p.account is not null`,
      [organisation],
    );
    const penalties = await database.query<{ key: string; amount: string }>(
      `select account || ' ' || to_char(period, 'YYYY-MM') as key, sum(amount) as amount from ledger
       where run is not null and kind = 5 group by 1`,
    );
    const closings = await this.closings();
    return plays.map(
      (play) =>
        new Played({
          database,
          organisation,
          play,
          lines: lines
            .map((line) => ({
              ...line,
              account: Number(line.account) as AccountId,
              volume: Number(line.volume),
              price: line.price === null ? null : Number(line.price),
              amount: Number(line.amount),
            }))
            .filter(({ account }) => play.accounts.some(({ of }) => of.id === account)),
          houses: new Map(
            [...this.houses].flatMap(([key, house]) => {
              const [site, period] = key.split(" ");
              return Number(site) === play.site ? [[period ?? "", house] as const] : [];
            }),
          ),
          problems: problems.map(({ account, period }) => ({
            account: Number(account) as AccountId,
            period,
          })),
          judged: this.judged,
          closings,
          penalties: new Map(penalties.map(({ key, amount }) => [key, Number(amount)])),
        }),
    );
  }

  private async closings(): Promise<ReadonlyMap<string, StoredClosing>> {
    const accounts = this.plays.flatMap((play) => play.accounts.map(({ of }) => of.id));
    const rows = await this.database.query<{
      key: string;
      balance: string;
      origins: string[];
      amounts: string[];
      penalty: string;
    }>(
      `select account || ' ' || to_char(period, 'YYYY-MM') as key, balance,
         array(select to_char(o, 'YYYY-MM') from unnest(debt_origins) o) as origins,
         debt_amounts as amounts,
         (select coalesce(sum(p), 0) from unnest(penalty_amounts) p) as penalty
       from checkpoint where account = any ($1::bigint[])`,
      [accounts],
    );
    return new Map(
      rows.map(({ key, balance, origins, amounts, penalty }) => [
        key,
        {
          principal: new Map(origins.map((origin, index) => [origin, Number(amounts[index])])),
          penalty: Number(penalty),
          balance: Number(balance),
        },
      ]),
    );
  }
}

const MOSCOW_SLOTS = 6;

function daysOf(start: number, slots: number) {
  const days: { on: Day; firstSlot: number; count: number; isLast: boolean }[] = [];
  for (let slot = start; slot < start + slots; ) {
    const firstSlot = slot % SLOTS_PER_DAY;
    const count = Math.min(SLOTS_PER_DAY - firstSlot, start + slots - slot);
    const on = Math.floor(slot / SLOTS_PER_DAY) as Day;
    slot += count;
    days.push({ on, firstSlot, count, isLast: slot === start + slots });
  }
  return days;
}

function nameOf({ meter, on }: SentReading): string {
  return `${meter} ${formatDay(on)}`;
}

function refuse(play: Play, problems: readonly { readonly code: string }[]): void {
  invariant(problems.length === 0, `${play.id}: ${JSON.stringify(problems)}`);
}

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

interface Sent {
  readonly statement: { readonly accounts: string[]; readonly from: Day; readonly to: Day } | null;
  readonly records: readonly SourceRecord[];
}

/** The records as the case has them: formats are the matter of the edges. */
async function* parse({
  bytes,
}: {
  readonly bytes: AsyncIterable<Uint8Array>;
}): AsyncIterable<Parsed> {
  const parts: Uint8Array[] = [];
  for await (const part of bytes) parts.push(part);
  const { statement, records } = JSON.parse(Buffer.concat(parts).toString()) as Sent;
  if (statement !== null) yield { kind: "statement", statement };
  for (const record of records) yield { kind: "record", record };
}

function recordOf(reading: SentReading, index: number): ReadingRecord {
  return {
    kind: "reading",
    at: index + 1,
    accountNumber: reading.account,
    meterSerial: reading.meter,
    readOn: reading.on,
    values: reading.values,
    source: reading.source,
    problems: [],
  };
}

function moneyOf(sent: SentMoney, index: number): MoneyRecord {
  return {
    kind: "money",
    at: index + 1,
    source: "BANK",
    ourAccount: OURS,
    direction: "IN",
    other: PAYER,
    documentKind: "Платежное поручение",
    documentNumber: String(index + 1),
    documentDay: sent.on,
    paidDay: sent.on,
    postedDay: sent.on,
    amount: sent.amount,
    purpose: "",
    period: sent.period,
    accountNumber: sent.account,
    operationId: sent.id,
    reverses: sent.reverses === null ? null : { operationId: sent.reverses },
    occurrence: 1,
    problems: [],
  };
}
